"""What still stands of a text after its formulation was changed: clauses whose numbers were replaced do not.

A changed formulation is checked against what stands and against the wish; "64 kg of flour" would falsify the 80 kg that
came in their place.
"""

from __future__ import annotations

import re

from fivefold.checks.numbers import constants, unused
from fivefold.problem import quantities
from fivefold_solvers.formulation.elements import Formulation

CLAUSE = re.compile(r"(?:(?!, (?:and |but )?| and |[.;!?](?:\s|$)).)+", re.DOTALL)
"""What stands between commas, "and" and the ends of sentences."""
_LOOSE = re.compile(r"^[\s,.;!?]+|(?<=[.;!?])\s*[,.;!?]+|,\s*(?=[.;!?])", re.MULTILINE)
"""Marks that lost their clause."""


def standing(text: str, before: Formulation, after: Formulation) -> str:
    """Return a text without the clauses that state a number which the formulation had before a change and now lacks."""
    had = {quantity.value for quantity in unused(text, constants(before))}
    gone = {quantity.value for quantity in unused(text, constants(after))} - had
    if not gone:
        return text
    starts = [quantity.start for quantity in quantities(text) if quantity.value in gone]
    kept = text
    for clause in reversed(list(CLAUSE.finditer(text))):
        if any(clause.start() <= start < clause.end() for start in starts):
            kept = kept[: clause.start()] + kept[clause.end() :]
    return _LOOSE.sub("", kept).strip()
