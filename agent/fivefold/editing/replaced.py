"""Which number of a formulation a wish replaces that says only the new one: `100 planks were there instead`."""

from __future__ import annotations

import re

from fivefold.checks.wording import stem, stems
from fivefold.problem import quantities
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.expression import Compare, Number
from fivefold_solvers.formulation.parse import ExpressionError, parse

_NOUN = re.compile(r"[^\W\d_]{3,}")
_INSTEAD = re.compile(r"[\s,]*\binstead\b[\s.]*$", re.IGNORECASE)


def with_replaced(formulation: Formulation, wish: str) -> str:
    """Return a wish with the number that it replaces behind it; empty where that cannot be told.

    The wish says one number and what it counts, and one limit or parameter of the formulation speaks of that.
    """
    said = list(quantities(wish))
    if len(said) != 1:
        return ""
    noun = _NOUN.match(wish[said[0].start + len(said[0].written) :].lstrip())
    if noun is None:
        return ""
    old = {value for words, value in _amounts(formulation) if stem(noun[0].lower()) in stems(words)}
    if len(old) != 1 or said[0].value in old:
        return ""
    return f"{_INSTEAD.sub('', wish.rstrip(' .'))} instead of {old.pop():.12g}"


def _amounts(formulation: Formulation) -> list[tuple[str, float]]:
    """Return the limits and parameters that are one number, with the words about them."""
    found: list[tuple[str, float]] = []
    for row in formulation.constraints:
        try:
            tree = parse(row.expression).tree
        except ExpressionError:
            continue
        if isinstance(tree, Compare) and isinstance(tree.right, Number) and not row.forall:
            found.append((f"{row.name} {row.description}".replace("_", " "), float(tree.right.value)))
    for parameter in formulation.parameters:
        if isinstance(parameter.values, int | float):
            found.append((f"{parameter.name} {parameter.description}".replace("_", " "), float(parameter.values)))
    return found
