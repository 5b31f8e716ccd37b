"""What still stands of a text after its formulation was changed: with the new numbers, without what was taken out.

A changed formulation is checked against what stands and against the wish; "64 kg of flour" would falsify the 80 kg that
came in their place. All else that the sentence says still stands, so only its number is changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from fivefold.checks.bindings import How, how_stated, same_number
from fivefold.checks.constants import constants
from fivefold.checks.numbers import unused
from fivefold.checks.places import Place, places
from fivefold.problem import Quantity, quantities
from fivefold_solvers.formulation.elements import Formulation

CLAUSE = re.compile(r"(?:(?!, (?:and |but )?| and |[.;!?](?:\s|$)).)+", re.DOTALL)
"""What stands between commas, "and" and the ends of sentences."""
_LOOSE = re.compile(r"^[\s,.;!?]+|(?<=[.;!?])\s*[,.;!?]+|,\s*(?=[.;!?])", re.MULTILINE)
"""Marks that lost their clause."""
_UNKNOWN = "some"
"""Stands for a number of which only is known that it was replaced."""
_GONE = "\0"
"""Marks a number whose clause is dropped."""
_BACK: Mapping[How, Callable[[float, float], float]] = {
    "same": lambda value, _: value,
    "share": lambda value, _: value * 100,
    "hundredfold": lambda value, _: value / 100,
    "complement": lambda value, unit: (1 - value) * unit,
    "rest": lambda value, _: 100 - value,
    "grown": lambda value, unit: (value - 1) * unit,
}
"""How the number of a text comes from one of the formulation, by how that one comes from the text."""


def standing(text: str, before: Formulation, after: Formulation) -> str:
    """Return a text that states the numbers of a changed formulation.

    A number that the formulation had before and now lacks becomes the one in its place. Where that cannot be told it
    becomes `some`; where the elements that held it are gone, so is the clause that states it.
    """
    had = {quantity.value for quantity in unused(text, constants(before))}
    gone = {quantity.value for quantity in unused(text, constants(after))} - had
    if not gone:
        return text
    superseded = [quantity for quantity in quantities(text) if quantity.value in gone]
    kept = {element.name for element in after.elements()} | {place.element for place in places(after)}
    dropped: list[Quantity] = []
    changed: list[tuple[Quantity, str]] = []
    for quantity in superseded:
        held = [place for place in places(before) if how_stated(quantity, place.value) is not None]
        if held and not any(place.element in kept for place in held):
            dropped.append(quantity)
        else:
            changed.append((quantity, _spelt(quantity, _new(quantity, held, before, after))))
    return _LOOSE.sub("", _without_clauses(_rewritten(text, changed, dropped), dropped)).strip()


def _new(quantity: Quantity, held: Sequence[Place], before: Formulation, after: Formulation) -> float | None:
    """Return what stands now where a number stood; None where that is not one number."""
    found: list[float] = []
    for place in held:
        old, new = (_of(place, formulation) for formulation in (before, after))
        way = how_stated(quantity, place.value)
        there = [other.value for other in new if other.path == place.path]
        if len(old) != len(new) or not there or way is None:
            return None
        found.append(_BACK[way](there[0], 100.0 if quantity.percent else 1.0))
    return found[0] if found and all(same_number(value, found[0]) for value in found) else None


def _of(place: Place, formulation: Formulation) -> list[Place]:
    """Return all numbers in the part of an element that a number stands in."""
    return [other for other in places(formulation) if (other.element, other.slot) == (place.element, place.slot)]


def _spelt(quantity: Quantity, value: float | None) -> str:
    if value is None:
        return _UNKNOWN
    return f"{value:.12g}" + (re.sub(r"^[\d.,]+", "", quantity.written) if quantity.percent else "")


def _rewritten(text: str, changed: Sequence[tuple[Quantity, str]], dropped: Sequence[Quantity]) -> str:
    """Return a text with other numbers, and a mark for each that is dropped with its clause."""
    marked = [*changed, *((quantity, _GONE) for quantity in dropped)]
    for quantity, new in sorted(marked, key=lambda one: -one[0].start):
        text = text[: quantity.start] + new + text[quantity.start + len(quantity.written) :]
    return text


def _without_clauses(text: str, dropped: Sequence[Quantity]) -> str:
    if not dropped:
        return text
    for clause in reversed(list(CLAUSE.finditer(text))):
        if _GONE in clause.group():
            text = text[: clause.start()] + text[clause.end() :]
    return text
