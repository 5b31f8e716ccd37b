"""Where a rate goes to: `a valve sends 3 litres a minute to the pond and 2 litres a minute to the well`.

Litres to the pond and litres to the well are two things, each with limits of its own. They are told apart only where
a text sends one thing to two places or more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fivefold.problem import Quantity
from fivefold.reading.entities import stems

_TO = re.compile(
    r"^[^,;.()\d]{0,60}?\b(?:to|into) the (?P<where>[a-z]+(?: [a-z]+){0,4}?)"
    r"(?= (?:and|while|but|per|an?|each|every|for|at)\b| ?[.,;]| ?$)",
    re.IGNORECASE,
)
_REACHED = re.compile(
    r"^[^,;.()\d]{0,80}?\b(?:to|into|by|in|reach|reaches) the (?P<where>[a-z]+(?: [a-z]+){0,3})", re.IGNORECASE
)
_REACH = 160


@dataclass(frozen=True, slots=True)
class Counted:
    """A number, what it counts, and whether it is a rate or a limit."""

    quantity: Quantity
    nouns: frozenset[str]
    rate: bool
    limit: bool


def by_target(text: str, counted: Sequence[Counted]) -> list[frozenset[str]]:
    """Return what each number counts, with the place that it goes to where one thing goes to several."""
    places = [_place(_TO, text, one) if one.rate else frozenset[str]() for one in counted]
    found = [one.nouns for one in counted]
    for nouns in {one.nouns for one, place in zip(counted, places, strict=True) if place}:
        own = {place for one, place in zip(counted, places, strict=True) if place and one.nouns == nouns}
        telling = _telling(own)
        if len(own) < 2 or not all(telling.values()):
            continue
        for at, one in enumerate(counted):
            if one.nouns != nouns:
                continue
            if places[at]:
                found[at] = nouns | telling[places[at]]
            elif one.limit:
                reached = _place(_REACHED, text, one)
                meant = [words for words in telling.values() if words & reached]
                found[at] = nouns | meant[0] if len(meant) == 1 else nouns
    return found


def _place(pattern: re.Pattern[str], text: str, one: Counted) -> frozenset[str]:
    begin = one.quantity.start + len(one.quantity.written)
    match = pattern.match(text[begin : begin + _REACH].replace("\n", " "))
    return stems(match["where"]) if match else frozenset()


def _telling(places: set[frozenset[str]]) -> dict[frozenset[str], frozenset[str]]:
    """Return of each place the words that no other has: north, where all are parts of something."""
    return {place: place - frozenset[str]().union(*(places - {place})) for place in places}
