"""Relations of change: what a looser limit, a higher requirement or a better price can do to the optimum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from fivefold.checks.battery.lab import Lab, Relation, clearly_above, value_of
from fivefold.checks.battery.report import RelationResult, Witness
from fivefold.checks.bindings import Binding, perturbed, same_number
from fivefold.checks.place_effects import Effect
from fivefold.checks.places import Place
from fivefold.reading.slots import Kind, Slot, TextReading

_MEND = "look at the row or term that holds this number: its relation, its sign, its place"
_WHY: dict[Kind, str] = {
    "limit": "With a higher limit every plan that was allowed stays allowed, so the best cannot get worse.",
    "requirement": "With a higher requirement no new plan is allowed, so the best cannot get better.",
    "gain": "Where a thing earns more, no plan earns less, so the best cannot get worse.",
    "cost": "Where a thing costs more, no plan costs less, so the best cannot get better.",
    "use": "Where a thing takes more of what is limited, no new plan is allowed, so the best cannot get better.",
    "yield": "Where a thing gives more of what is required, every plan stays allowed, so the best cannot get worse.",
}
MOVES = {kind: Relation(f"{kind}-monotone", why, _MEND) for kind, why in _WHY.items()}
_SAID: dict[Kind, str] = {
    "limit": "a limit",
    "requirement": "a requirement",
    "gain": "a gain",
    "cost": "a cost",
    "use": "what is used of something limited",
    "yield": "what is given of something required",
}
_HELPS: dict[Kind, bool] = {
    "limit": True, "requirement": False, "gain": True, "cost": False, "use": False, "yield": True,
}  # fmt: skip
"""Whether more of it can only help."""
_FACTORS = (1000.0, 0.0)
_SHARES = (1.5, 0.5)


def check_moves(
    lab: Lab, found: Sequence[Binding], moved: Mapping[Place, tuple[Effect, ...]]
) -> Iterator[RelationResult]:
    """Yield for every number whose part is clear whether the optimum moves the right way with it."""
    sense = lab.formulation.objective.sense
    base = None if sense == "satisfy" else value_of(lab.base, sense)
    if sense == "satisfy" or base is None or not lab.base.optimal:
        yield MOVES["limit"].abstained("there is no optimum to compare with")
        return
    slots = {slot.quantity: slot for slot in lab.reading.slots}
    for binding in found:
        slot = slots[binding.quantity]
        relation = MOVES.get(slot.kind)
        if relation is None or not binding.certain or not _clear(lab.reading, slot, sense):
            continue
        twins = sum(same_number(other.quantity.value, slot.quantity.value) for other in lab.reading.slots) - 1
        if twins and len(binding.uses) > 1:
            continue  # one of its places may be that of the other number
        if not all(_fits(slot.kind, effect) for use in binding.uses for effect in moved[use.place]):
            continue
        yield _moved(lab, relation, slot, binding, base, sense)


def _clear(reading: TextReading, slot: Slot, sense: Literal["minimize", "maximize"]) -> bool:
    """Whether more of a number can only help, or only harm, in every right formulation of the text."""
    if slot.conditional or slot.quantity.value == 0:
        return False
    bounds = [other for other in reading.slots if other.kind in {"limit", "requirement", "exact"} and other is not slot]
    alike = {other.kind for other in bounds if other.nouns == slot.nouns}
    match slot.kind:
        case "limit" | "requirement":
            return True
        case "gain":
            return sense == "maximize" and slot.owner is not None and not alike
        case "cost":
            return sense == "minimize" and slot.owner is not None and not alike & {"requirement", "exact"}
        case "use":
            return slot.owner is not None and alike == {"limit"} and "money" not in slot.nouns
        case "yield":
            return slot.owner is not None and alike == {"requirement"} and "money" not in slot.nouns
        case _:
            return False


def _fits(kind: Kind, effect: Effect) -> bool:
    """Whether a number of its kind moves what such a number moves; elsewhere it may be another number."""
    if kind in {"limit", "requirement"}:
        return effect.kind != "objective"
    return (effect.kind == "objective") == (kind in {"gain", "cost"}) and effect.entry is not None


def _moved(
    lab: Lab, relation: Relation, slot: Slot, binding: Binding, base: float, sense: Literal["minimize", "maximize"]
) -> RelationResult:
    where = f"“{lab.reading.quote(slot)}”"
    tried = 0
    for factor in _SHARES if slot.quantity.percent or slot.quantity.value < 1 else _FACTORS:
        value = slot.quantity.value * factor
        changed = perturbed(lab.formulation, binding, value)
        arrays = lab.built_from(changed)
        if arrays is None:
            continue
        after = value_of(lab.solve(arrays), sense)
        tried += after is not None
        if after is None or not _wrong_way(base, after, sense, _HELPS[slot.kind] == (factor > 1)):
            continue
        again = value_of(lab.solve(arrays, anew=True), sense)
        first = value_of(lab.solve(lab.arrays, anew=True), sense)
        if again is None or first is None or not _wrong_way(first, again, sense, _HELPS[slot.kind] == (factor > 1)):
            return relation.abstained("a second solve did not agree", where)
        return relation.violated(_witness(slot, value, base, after, factor), f"{slot.quantity.written}", where)
    return relation.held(f"{slot.quantity.written} changed in {tried} ways", where)


def _wrong_way(before: float, after: float, sense: str, better: bool) -> bool:
    """Whether the best value got worse where it can only get better, or the other way round."""
    rose, fell = clearly_above(after, before), clearly_above(before, after)
    return (fell if sense == "maximize" else rose) if better else (rose if sense == "maximize" else fell)


def _witness(slot: Slot, value: float, before: float, after: float, factor: float) -> Witness:
    can = "better" if _HELPS[slot.kind] == (factor > 1) else "worse"
    how = f"{slot.quantity.written} to {value:g}"
    words = (
        f"{slot.quantity.written} is {_SAID[slot.kind]}: changed to {value:g}, the best value can only get {can} "
        f"or stay; it goes from {before:g} to {after:g}"
    )
    return Witness(change=how, before=before, after=after, words=words)
