"""Shares that a text states in per cent or in words, in the rows that hold them: 0.4 or 40 for 40 %, 0.5 for half."""

from __future__ import annotations

from fivefold.checks.bindings import how_stated, same_number
from fivefold.checks.places import Place, places
from fivefold.checks.standing import numbers_of
from fivefold_solvers.formulation.elements import Formulation


def percentages(formulation: Formulation, row: str, text: str) -> list[Place]:
    """Return the places of a row that hold a percentage as it is written: every number of that value is one.

    None where the row holds a hundred that they may be divided by.
    """
    own = [place for place in places(formulation) if place.element == row]
    stated = numbers_of(text)
    found: list[Place] = []
    for place in own:
        if same_number(place.value, 100.0):
            return []
        same = [quantity for quantity in stated if same_number(quantity.value, place.value)]
        if place.value > 1 and same and all(quantity.percent for quantity in same):
            found.append(place)
    return found


def holds_share(formulation: Formulation, row: str, text: str) -> bool:
    """Whether a row holds a share that the text states, in any spelling: it is meant, though written wrongly."""
    shares = [quantity for quantity in numbers_of(text) if quantity.percent or 0 < quantity.value < 1]
    own = [place.value for place in places(formulation) if place.element == row]
    return any(how_stated(share, value) is not None for share in shares for value in own)
