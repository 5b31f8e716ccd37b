"""Limits on a decision whose number is only what one of it earns or costs: `cakes >= 4` where a cake sells for $4."""

from __future__ import annotations

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


def check_rates(formulation: Formulation, text: str) -> Iterator[Finding]:
    """Yield a warning for every limit on one decision that is a gain or cost of one piece."""
    alone = [limit for limit in limits(formulation) if limit.number and _counts(formulation, limit)]
    grounded = check(formulation).grounded if alone else None
    if grounded is None:
        return
    reading = read_text(text, grounded)
    for limit in alone:
        said = [slot for slot in reading.slots if same_number(slot.quantity.value, limit.number)]
        if said and all(map(_rate, said)) and any(slot.kind in {"gain", "cost"} for slot in said):
            number, quote = said[0].quantity.written, reading.quote(said[0])[:_MAX_QUOTE]
            message = f"`{limit.row.expression}` takes {number} for a limit; it is what one earns or costs: “{quote}”"
            yield warning("rate-as-limit", limit.where, message, "leave the row out; use the number in the objective")


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
    """Whether a number says what one piece earns, costs or takes."""
    return slot.kind in {"gain", "cost"} or (slot.kind == "use" and slot.owner is not None)
