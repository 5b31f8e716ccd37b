"""Which number of the text stands at which places of a formulation, and the same text with one number changed.

    for binding in bindings(formulation, text):
        other = perturbed(formulation, binding, 2 * binding.quantity.value)

`other` is what the formulation becomes where the text has another number there: percentages, complements and numbers
worked out in one step follow. So one change of a text can be made in two formulations of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from fivefold.checks.place_effects import Effect, effects
from fivefold.checks.places import OBJECTIVE, Place, replaced
from fivefold.problem import Quantity
from fivefold.reading.entities import stems
from fivefold.reading.slots import Slot, TextReading, read_text
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation

How = Literal[
    "same", "share", "hundredfold", "complement", "rest", "grown", "sum", "difference", "less", "product", "quotient",
    "inverse",
]  # fmt: skip
"""How a number of the formulation comes from one of the text, or from two; `less` is the other minus this one."""
_ONE: Mapping[How, Callable[[float, float], float]] = {
    "same": lambda value, _: value,
    "share": lambda value, _: value / 100,
    "hundredfold": lambda value, _: value * 100,
    "complement": lambda value, unit: 1 - value / unit,
    "rest": lambda value, _: 100 - value,
    "grown": lambda value, unit: 1 + value / unit,
}
_TWO: Mapping[How, Callable[[float, float], float]] = {
    "difference": lambda value, other: value - other,
    "less": lambda value, other: other - value,
    "sum": lambda value, other: value + other,
    "product": lambda value, other: value * other,
    "quotient": lambda value, other: value / other if other else float("nan"),
    "inverse": lambda value, other: other / value if value else float("nan"),
}
_PAIRS: tuple[tuple[How, How], ...] = (
    ("difference", "less"), ("less", "difference"), ("sum", "sum"), ("product", "product"),
    ("quotient", "inverse"), ("inverse", "quotient"),
)  # fmt: skip
"""How a number comes from the first of two, and how from the second."""
_MARGIN = 3.0
"""By how much the words must go better with one number of the text than with another of the same value."""
_MANY = 60
_UNTOLD = {0.0, 1.0, 100.0}
"""Numbers that need no explanation and are not looked for as differences of others."""


@dataclass(frozen=True, slots=True)
class Use:
    """One place where a number of the text stands."""

    place: Place
    how: How
    """How it comes from the number of the text."""
    other: float = 0.0
    """The second number, where it takes two."""


@dataclass(frozen=True, slots=True)
class Binding:
    """One number of the text with the places where it stands."""

    quantity: Quantity
    uses: tuple[Use, ...]
    certain: bool
    """Whether no other number of the text could stand at these places, by its value or by the words around it."""


def bindings(formulation: Formulation, text: str) -> tuple[Binding, ...]:
    """Return every number of the text that stands somewhere in a formulation, in the order of the text.

    Where two numbers of the text have the same value, the words around them decide: the decision that they belong to,
    what they count, whether they are limits. Where words do not tell, both are bound and neither is `certain`.
    """
    checked = check(formulation)
    if checked.grounded is None:
        return ()
    return bound(read_text(text, checked.grounded), effects(formulation), formulation)


def perturbed(formulation: Formulation, binding: Binding, value: float) -> Formulation:
    """Return what a formulation becomes where the text states another number.

    Raises:
        LookupError: the binding belongs to another formulation.
    """
    return replaced(formulation, {use.place: _worked(use, value, binding.quantity) for use in binding.uses})


def _worked(use: Use, value: float, quantity: Quantity) -> float:
    if use.how in _ONE:
        return _ONE[use.how](value, 100.0 if quantity.percent else 1.0)
    return _TWO[use.how](value, use.other)


def same_number(first: float, second: float) -> bool:
    """Return whether two numbers are the same as written."""
    return abs(first - second) <= 1e-6 * max(1.0, abs(first), abs(second))


def how_stated(quantity: Quantity, value: float) -> How | None:
    """Return how a number of a formulation comes from one of the text; None where it does not in one step."""
    ways: tuple[How, ...] = ("same", "share", "complement", "rest", "grown") if quantity.percent else ("same",)
    if not quantity.percent and 0 < quantity.value < 1:
        ways = ("same", "complement", "hundredfold", "grown")
    unit = 100.0 if quantity.percent else 1.0
    return next((way for way in ways if same_number(_ONE[way](quantity.value, unit), value)), None)


def bound(
    reading: TextReading, moved: Mapping[Place, tuple[Effect, ...]], formulation: Formulation
) -> tuple[Binding, ...]:
    """Return the bindings of a formulation whose text and effects are known already."""
    uses: dict[int, list[tuple[Use, bool]]] = {}
    words = _words(formulation)
    for place, does in moved.items():
        direct = [
            (at, Use(place, how))
            for at, slot in enumerate(reading.slots)
            if (how := how_stated(slot.quantity, place.value)) is not None
        ]
        ranked = sorted(((_fit(reading, at, place, does, words), at, use) for at, use in direct), key=lambda r: -r[0])
        if ranked:
            best = [found for found in ranked if found[0] > ranked[0][0] - _MARGIN]
            for _, at, use in best:
                uses.setdefault(at, []).append((use, len(best) == 1))
        elif len(reading.slots) <= _MANY and place.value not in _UNTOLD:
            worked = list(_from_two(reading.slots, place))
            for at, use in worked:
                uses.setdefault(at, []).append((use, len(worked) == 2))
    return tuple(
        Binding(reading.slots[at].quantity, tuple(use for use, _ in uses[at]), all(sure for _, sure in uses[at]))
        for at in sorted(uses)
    )


def _words(formulation: Formulation) -> dict[str, frozenset[str]]:
    """Return the stems of name and description of every element."""
    objective = formulation.objective
    found = {element.name: stems(f"{element.name} {element.description}") for element in formulation.elements()}
    return {**found, OBJECTIVE: stems(f"{objective.name} {objective.description}")}


def _fit(
    reading: TextReading, at: int, place: Place, does: Sequence[Effect], words: Mapping[str, frozenset[str]]
) -> float:
    """Return how well the words around a number of the text go with a place."""
    slot = reading.slots[at]
    fit = 0.0
    entries = {effect.entry for effect in does if effect.entry is not None}
    if entries and slot.owner is not None:
        fit += 4.0 if reading.entities[slot.owner].entry in entries else -4.0
    constant = bool(does) and not entries
    bounding = slot.kind in {"limit", "requirement", "exact"}
    if bounding:
        fit += 2.0 if constant else -2.0
    elif constant and slot.kind in {"gain", "cost", "use", "yield"}:
        fit -= 2.0
    if slot.kind in {"gain", "cost"}:
        fit += 2.0 if any(effect.kind == "objective" for effect in does) else -1.0
    around = words.get(place.element, frozenset()) | stems(" ".join(map(str, place.path)))
    return fit + 2.0 * len(slot.nouns & around)


def _from_two(slots: Sequence[Slot], place: Place) -> Iterator[tuple[int, Use]]:
    """Yield the numbers of the text that make a number in one step, where they stand in one sentence."""
    for first in range(len(slots)):
        for second in range(first + 1, len(slots)):
            if slots[first].sentence != slots[second].sentence:
                continue
            here, there = slots[first].quantity.value, slots[second].quantity.value
            for how, turned in _PAIRS:
                if same_number(_TWO[how](here, there), place.value):
                    yield first, Use(place, how, there)
                    yield second, Use(place, turned, here)
                    break
