"""Limits on one decision whose number the text does not give as one.

`cakes >= 4` where a cake sells for $4, `cakes >= 2` where it says twice as many cakes as pies, `pies >= 1` where nobody
asks for a pie.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fivefold.checks.bindings import same_number
from fivefold.checks.sums import Limit, limits
from fivefold.checks.wording import stems
from fivefold.reading.guards import MEASURES
from fivefold.reading.slots import Slot, read_text
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, warning

_MAX_QUOTE = 140
_MEANS = {
    "gain": ("what one earns or costs", "use the number in the objective"),
    "cost": ("what one earns or costs", "use the number in the objective"),
    "ratio": ("how many times as much one thing is as another", "compare the two decisions"),
}
"""What a number of some kind says instead of a limit, and where it belongs."""
_ONE = re.compile(
    r"\b(?:1|one|once|single|positive|non-?zero|a minimum|some of (?:each|both|all)|at least an?|no fewer than an?|"
    r"both (?:kinds|types|sorts|products)|variety|mix(?:ed|ture)?)\b",
    re.IGNORECASE,
)
"""Words that may ask for one of something."""


def check_rates(formulation: Formulation, text: str) -> Iterator[Finding]:
    """Yield a warning for every limit on one decision whose number is a gain, a cost, a ratio, or in no sentence."""
    alone = [limit for limit in limits(formulation) if limit.number and _counts(formulation, limit)]
    for limit in alone:
        if limit.number == 1 and limit.relation == ">=" and not _ONE.search(text):
            message = f"`{limit.row.expression}` asks for one at least, of which the problem says nothing"
            yield warning("one-unsaid", limit.where, message, "leave the row out; a decision may be 0")
    grounded = check(formulation).grounded if alone else None
    if grounded is None:
        return
    reading = read_text(text, grounded)
    for limit in alone:
        said = [slot for slot in reading.slots if same_number(slot.quantity.value, limit.number)]
        telling = next((slot for slot in said if slot.kind in _MEANS), None)
        if telling is not None and all(map(_rate, said)):
            number, quote = telling.quantity.written, reading.quote(telling)[:_MAX_QUOTE]
            means, mend = _MEANS[telling.kind]
            message = f"`{limit.row.expression}` takes {number} for a limit; it is {means}: “{quote}”"
            yield warning("rate-as-limit", limit.where, message, f"leave the row out; {mend}")


def _counts(formulation: Formulation, limit: Limit) -> bool:
    """Whether a limit is on one decision that is a plain count, not money or time."""
    if len(limit.terms) != 1 or limit.terms[0][0] != 1:
        return False
    name = limit.terms[0][1]
    variable = next((one for one in formulation.variables if one.name == name), None)
    if variable is None:
        return False
    return not stems(f"{name.replace('_', ' ')} {variable.description} {variable.unit}") & MEASURES


def _rate(slot: Slot) -> bool:
    """Whether a number says what one piece earns, costs or takes, or how many times as much one thing is as another."""
    return slot.kind in _MEANS or (slot.kind == "use" and slot.owner is not None)
