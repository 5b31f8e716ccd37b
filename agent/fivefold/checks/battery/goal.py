"""Relations of the objective: it adds up what the text says is to be made large or small, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from fivefold.checks.battery.lab import Lab, Relation
from fivefold.checks.battery.report import RelationResult, Witness
from fivefold.checks.bindings import same_number
from fivefold.checks.slot_entities import Entry, stem
from fivefold.checks.slots import Slot, TextReading
from fivefold_solvers.formulation.polynomial import Polynomial

TABLE = Relation(
    "objective-as-stated",
    "Where the text states one gain or cost for each decision, the objective is their sum.",
    "write the objective with the numbers that the text states of each decision",
)
_GOAL = re.compile(
    r"\b(?P<sense>maximi[sz]|minimi[sz])(?:e|es|ing|ed?)\b(?P<what>[^.?!;]*)", re.IGNORECASE
)
_GAINS = frozenset({"profit", "revenue", "income", "earning", "return", "gain", "sale"})
_COSTS = frozenset({"cost", "expense", "wage", "bill", "spending", "expenditure", "price", "payment", "money"})
_OTHER = re.compile(r"\b(?:subject to|while|given|such that|if|so that|under|within|without|and)\b", re.IGNORECASE)
_EVERY = frozenset({"number", "total", "amount", "quantity"})


def check_goal(lab: Lab) -> Iterator[RelationResult]:
    """Yield whether the objective has the coefficients that the text states."""
    reading = lab.reading
    body = lab.built.checked.rows.objective
    wanted = _wanted(reading)
    if wanted is None:
        yield TABLE.abstained("the text does not state one number of what is to be made best for each decision")
        return
    if not isinstance(body, Polynomial) or body.degree != 1:
        yield TABLE.abstained("the objective is not a plain sum")
        return
    entries = {entity.entry for entity in reading.entities}
    if set(body.linear) - entries or any(lab.column(entry) is None for entry in entries):
        yield TABLE.abstained("the objective holds decisions that the text does not name")
        return
    yield _compared(reading, wanted, body)


def _compared(reading: TextReading, wanted: Mapping[Entry, float], body: Polynomial) -> RelationResult:
    names = {entity.entry: entity.name for entity in reading.entities}
    said = " + ".join(f"{value:g}*{names[entry]}" for entry, value in wanted.items())
    ratios = {entry: body.linear.get(entry, 0.0) / value for entry, value in wanted.items()}
    first = next(iter(ratios.values()))
    if first > 0 and all(same_number(ratio, first) for ratio in ratios.values()):
        return TABLE.held(said)
    entry = next(entry for entry, ratio in ratios.items() if not same_number(ratio, 1.0))
    here = body.linear.get(entry, 0.0)
    words = f"the text states {wanted[entry]:g} of {names[entry]} for what is to be made best, the objective has {here:g}"
    return TABLE.violated(Witness(change="none", before=wanted[entry], after=here, words=words), said, "the objective")


def _wanted(reading: TextReading) -> dict[Entry, float] | None:
    """Return the coefficient of each decision in what the text wants to make best; None where that is not clear."""
    aims = list(_GOAL.finditer(reading.text))
    if len(aims) != 1 or not reading.entities:
        return None
    what = _OTHER.split(aims[0]["what"], maxsplit=1)[0]
    goal = frozenset(stem(word) for word in re.findall(r"[A-Za-z]+", what))
    if goal & {"difference", "deviation", "maximum", "average", "variance", "net"}:
        return None
    up = aims[0]["sense"].lower().startswith("max")
    chosen = {}
    for at in range(len(reading.entities)):
        slot = _only(reading, at, goal, up)
        if slot is None:
            return None
        chosen[reading.entities[at].entry] = slot.quantity.value
    return chosen


def _only(reading: TextReading, entity: int, goal: frozenset[str], up: bool) -> Slot | None:
    """Return the one number of a decision that counts towards the goal."""
    own = [slot for slot in reading.slots if slot.owner == entity and not slot.quantity.percent]
    money = [slot for slot in own if "money" in slot.nouns]
    if (goal & _GAINS and up) or (goal & _COSTS and not up):
        kind = "gain" if up else "cost"
        fitting = [slot for slot in money if slot.kind == kind]
        return fitting[0] if len(fitting) == 1 and (len(money) == 1 or _bare(goal, up)) else None
    if goal & (_GAINS | _COSTS):
        return None
    counted = [slot for slot in own if slot.nouns & goal - _EVERY and slot.kind in {"use", "yield", "unclear"}]
    return counted[0] if len(counted) == 1 else None


def _bare(goal: frozenset[str], up: bool) -> bool:
    """Whether a goal is one for which other money of the text does not count: a stated profit is after all costs."""
    return up and "profit" in goal
