"""Costs that come with any amount at all: a yes or no for each, with its cost in the objective."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fivefold.checks.battery.lines import Line
from fivefold.checks.bindings import same_number
from fivefold.checks.openings import SET_UP
from fivefold.editing.operations import Add, Change, Drop, Operation
from fivefold.reading.entities import Entry
from fivefold.reading.slots import Slot, TextReading
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.identity import spell_key

_SET_UP = re.compile(SET_UP, re.IGNORECASE)


class SetUps(NamedTuple):
    """What would have to be edited, and the sentence that asks for it."""

    operations: tuple[Operation, ...]
    quote: str


def set_ups(reading: TextReading, formulation: Formulation, lines: Sequence[Line]) -> Iterator[SetUps]:
    """Yield yes-or-no decisions for the set-up costs of a text, where each belongs to one decision.

    A row that takes these costs for what one piece needs is left out.
    """
    costs = _costs(reading)
    if not costs or formulation.objective.sense == "satisfy":
        return
    names = {spell_key(*entry): slot for entry, slot in costs.items()}
    taken = {element.name for element in formulation.elements()}
    if any(not name.isidentifier() or f"set_up_{name}" in taken for name in names):
        return
    sign = "+" if formulation.objective.sense == "minimize" else "-"
    objective = formulation.objective.expression
    added: list[Operation] = []
    for (name, slot), (entry, _) in zip(names.items(), costs.items(), strict=True):
        switch, source = f"set_up_{name}", {"kind": "stated", "quote": reading.quote(slot)}
        whole = next(one.domain == "integer" for one in formulation.variables if one.name == entry[0])
        used = f"{name} >= 1" if whole else f"{name} > 0"
        said = f"whether there is any of {name}"
        variable = {"name": switch, "domain": "binary", "description": said, "source": source}
        row = {"name": f"{switch}_if_used", "expression": f"implies({used}, {switch} == 1)", "source": source}
        added += [
            Add(op="add", section="variables", element=variable),
            Add(op="add", section="constraints", element=row),
        ]
        objective += f" {sign} {slot.quantity.value:.12g}*{switch}"
    dropped = [Drop(op="drop", section="constraints", name=line.name) for line in lines if _of_costs(line, costs)]
    changed = Change(op="change", section="objective", fields={"expression": objective})
    yield SetUps((*dropped, *added, changed), reading.quote(next(iter(costs.values()))))


def _costs(reading: TextReading) -> dict[Entry, Slot]:
    """Return the set-up cost of each decision; none where one has several."""
    found: dict[Entry, Slot] = {}
    for slot in reading.slots:
        if slot.owner is None or slot.kind != "cost" or not slot.conditional or not slot.nouns <= {"money"}:
            continue
        if not _SET_UP.search(reading.quote(slot)) or slot.quantity.percent:
            continue
        entry = reading.entities[slot.owner].entry
        if entry in found or reading.entities[slot.owner].variable.domain == "binary":
            return {}
        found[entry] = slot
    return found


def _of_costs(line: Line, costs: dict[Entry, Slot]) -> bool:
    """Whether a row adds up set-up costs for every piece."""
    return line.weights.keys() == costs.keys() and all(
        same_number(abs(weight), costs[entry].quantity.value) for entry, weight in line.weights.items()
    )
