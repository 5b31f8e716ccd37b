"""Which variable of one formulation is which of another: by name, by words, and by where it stands in the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from fivefold.checks.canonical import Canonical, Entry, Face
from fivefold.reading.entities import stems
from fivefold_solvers.formulation.elements import Formulation

MAX_COLUMNS = 250
"""Of larger formulations only columns of the same name are matched."""
_LEAST = 0.75
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class _Looks:
    """What is known of a column."""

    entry: Entry
    words: frozenset[str]
    index: tuple[str, ...]
    features: Counter[Hashable]
    colour: int
    """The same for columns that stand in the same way among others of the same kind."""


def matched(first: Canonical, second: Canonical, forms: tuple[Formulation, Formulation]) -> dict[int, int]:
    """Return columns of the second as columns of the first; what has no partner is not in it."""
    if max(len(first.columns), len(second.columns)) > MAX_COLUMNS:
        places = {entry: at for at, entry in enumerate(first.columns)}
        return {at: places[entry] for at, entry in enumerate(second.columns) if entry in places}
    here, there = _looks(first, forms[0]), _looks(second, forms[1])
    ranked = sorted(
        ((_alike(one, other), at, to) for at, other in enumerate(there) for to, one in enumerate(here)),
        key=lambda pair: (-pair[0], pair[1], pair[2]),
    )
    found: dict[int, int] = {}
    taken: set[int] = set()
    for score, at, to in ranked:
        if score >= _LEAST and at not in found and to not in taken:
            found[at] = to
            taken.add(to)
    return found


def renumbering(first: Canonical, second: Canonical, found: Mapping[int, int]) -> dict[int, int]:
    """Return numbers for all columns of the second: those of the first where they match, else new ones."""
    free = iter(range(len(first.columns), len(first.columns) + len(second.columns)))
    return {at: found[at] if at in found else next(free) for at in range(len(second.columns))}


def _alike(one: _Looks, other: _Looks) -> float:
    """Return how much two columns are alike."""
    both = (one.features & other.features).total()
    either = (one.features | other.features).total()
    score = 2.0 * both / either if either else 0.0
    score += 2.0 * (one.colour == other.colour) + 3.0 * (one.entry == other.entry)
    score += 0.5 * (one.index == other.index)
    said = one.words | other.words
    return score + (2.0 * len(one.words & other.words) / len(said) if said else 0.0)


def _looks(own: Canonical, formulation: Formulation) -> list[_Looks]:
    described = {variable.name: variable.description for variable in formulation.variables}
    faces = [face for line in own.rows.values() for face in line.faces()]
    features = _features(own, faces)
    colours = _colours(own, faces)
    found: list[_Looks] = []
    for at, (name, key) in enumerate(own.columns):
        index = tuple(str(part) for part in key)
        words = stems(" ".join((name, described.get(name, ""), *index)))
        found.append(_Looks((name, key), words, index, features[at], colours[at]))
    return found


def _features(own: Canonical, faces: list[Face]) -> list[Counter[Hashable]]:
    """Return for every column its kind, its bounds, what it is worth, and its part in every row."""
    found: list[Counter[Hashable]] = [
        Counter([("whole", own.integer[at]), ("bounds", own.bounds[at]), ("worth", own.goal.get((at,), 0.0))])
        for at in range(len(own.columns))
    ]
    for terms, limit in faces:
        others = tuple(sorted(value for _, value in terms))
        for term, value in terms:
            for at in term:
                found[at][value, limit, others, len(term)] += 1
    return found


def _colours(own: Canonical, faces: list[Face]) -> list[int]:
    """Return colours that are refined by the colours of the columns beside them."""
    colours = [hash((own.integer[at], own.bounds[at], own.goal.get((at,), 0.0))) for at in range(len(own.columns))]
    for _ in range(_ROUNDS):
        beside: list[list[int]] = [[] for _ in colours]
        for terms, limit in faces:
            row = hash((limit, tuple(sorted((value, *sorted(colours[at] for at in term)) for term, value in terms))))
            for term, value in terms:
                for at in term:
                    beside[at].append(hash((row, value, len(term))))
        colours = [hash((colour, tuple(sorted(near)))) for colour, near in zip(colours, beside, strict=True)]
    return colours
