"""Mistakes in numbers: scaled, swapped, another of the same problem, of the wrong unit, percent read wrongly."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import reduce
from itertools import combinations
from typing import cast

from fivefold_benchmarks.mutants_edits import Edit
from fivefold_benchmarks.mutants_places import TREES, Spot, figure, figures, seen, with_figure, with_node, words
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Formulation

Change = Callable[[float], float]
_SCALES: dict[str, Change] = {"x10": lambda v: v * 10, "x100": lambda v: v * 100, "/10": lambda v: v / 10}
_UNITS: dict[str, Change] = {
    "x60": lambda v: v * 60, "/60": lambda v: v / 60, "x7": lambda v: v * 7, "/7": lambda v: v / 7,
    "x12": lambda v: v * 12, "/12": lambda v: v / 12, "x1000": lambda v: v * 1000, "/1000": lambda v: v / 1000,
}  # fmt: skip
_PERCENTS: dict[str, Change] = {"x100": lambda v: v * 100, "1 - it": lambda v: 1 - v}
_OTHERS = 2
"""How many other numbers are tried in the place of one."""
_PAIRS = 60
"""How many pairs of a table are swapped."""


def number_edits(formulation: Formulation, chance: random.Random) -> Iterator[Edit]:
    """Yield mistakes in the numbers of a formulation."""
    spots = [spot for spot in figures(formulation) if figure(formulation, spot) != 0]
    for spot in spots:
        yield from _scaled(formulation, "coefficient mis-scaled", (spot,), _SCALES)
        if 0 < abs(figure(formulation, spot)) < 1:
            yield from _scaled(formulation, "percent slip", (spot,), _PERCENTS)
        yield from _replaced(formulation, spot, spots, chance)
    for table in _together(spots):
        yield from _scaled(formulation, "unit slip", table, _UNITS)
        if len(table) > 1 and all(0 <= figure(formulation, spot) < 1 for spot in table):
            yield from _scaled(formulation, "percent slip", table, _PERCENTS)
    yield from _swapped(formulation, spots, chance)
    yield from _other_parameters(formulation)


def _scaled(formulation: Formulation, kind: str, spots: tuple[Spot, ...], changes: dict[str, Change]) -> Iterator[Edit]:
    where = words(formulation, spots[0])
    shown = f"{figure(formulation, spots[0]):g}" if len(spots) == 1 else "all"
    for name, change in changes.items():
        yield Edit(kind, f"{where}: {shown} {name}", _every(spots, change))


def _every(spots: tuple[Spot, ...], change: Change) -> Callable[[Formulation], Formulation]:
    def one(formulation: Formulation, spot: Spot) -> Formulation:
        return with_figure(formulation, spot, change(figure(formulation, spot)))

    return lambda formulation: reduce(one, spots, formulation)


def _together(spots: list[Spot]) -> Iterator[tuple[Spot, ...]]:
    """Yield the numbers that have one unit: each number of an expression alone, all entries of a table."""
    tables: dict[int, list[Spot]] = {}
    for spot in spots:
        if spot.block == "values":
            tables.setdefault(spot.number, []).append(spot)
        else:
            yield (spot,)
    yield from (tuple(table) for table in tables.values())


def _replaced(formulation: Formulation, spot: Spot, spots: list[Spot], chance: random.Random) -> Iterator[Edit]:
    own = figure(formulation, spot)
    others = [other for other in spots if figure(formulation, other) not in {own, 1.0}]
    for other in chance.sample(others, min(_OTHERS, len(others))):
        what = f"{words(formulation, spot)}: {own:g} becomes {figure(formulation, other):g}"
        yield Edit("another number of the problem", what, _copied(spot, other))


def _copied(spot: Spot, other: Spot) -> Callable[[Formulation], Formulation]:
    return lambda formulation: with_figure(formulation, spot, figure(formulation, other))


def _swapped(formulation: Formulation, spots: list[Spot], chance: random.Random) -> Iterator[Edit]:
    factors = {
        part.spot
        for part in seen(formulation, TREES)
        if isinstance(part.parent, e.Binary) and part.parent.operator in {"*", "/"}
    }
    groups: dict[tuple[str, int], list[Spot]] = {}
    for spot in spots:
        if spot.block == "values" or spot in factors:
            groups.setdefault((spot.block, spot.number), []).append(spot)
    for group in groups.values():
        pairs = [
            pair for pair in combinations(group, 2) if figure(formulation, pair[0]) != figure(formulation, pair[1])
        ]
        for first, second in chance.sample(pairs, min(_PAIRS, len(pairs))):
            values = f"{figure(formulation, first):g} and {figure(formulation, second):g}"
            yield Edit("coefficients swapped", f"{words(formulation, first)}: {values}", _exchanged(first, second))


def _exchanged(first: Spot, second: Spot) -> Callable[[Formulation], Formulation]:
    def apply(formulation: Formulation) -> Formulation:
        one, two = figure(formulation, first), figure(formulation, second)
        return with_figure(with_figure(formulation, first, two), second, one)

    return apply


def _other_parameters(formulation: Formulation) -> Iterator[Edit]:
    """Yield the uses of a parameter as uses of another one of as many indices."""
    arity = {parameter.name: len(parameter.index) for parameter in formulation.parameters}
    for part in seen(formulation):
        if part.role != "amount" or not isinstance(part.node, e.Name | e.Item) or part.node.name not in arity:
            continue
        for name, count in arity.items():
            if name != part.node.name and count == arity[part.node.name]:
                what = f"{words(formulation, part.spot)}: {part.node.name} becomes {name}"
                yield Edit("another number of the problem", what, _named(part.spot, part.node, name))


def _named(spot: Spot, node: e.Name | e.Item, name: str) -> Callable[[Formulation], Formulation]:
    other = e.Name(name) if isinstance(node, e.Name) else e.Item(name, node.index)
    return lambda formulation: with_node(formulation, spot, cast(e.Expression, other))
