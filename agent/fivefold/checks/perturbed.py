"""Numbers of a text that can be changed in the same way in two derivations of it, and both with such changes made.

A number that stands in one derivation only is never changed: the other may hold it in a form that cannot be seen, in
the size of a set or inside a number worked out beforehand. What both have in common must stay in common, and where
they are not the same, a number must be beyond doubt.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from fivefold.checks.canonical import GOAL, Canonical, RowKey, canonical
from fivefold.checks.difference import Pair
from fivefold.checks.places import Place, replaced
from fivefold.checks.program_numbers import building
from fivefold.checks.standing import CONVERSIONS, Name, Standing, numbers_of
from fivefold.problem import Quantity, quantities, word_values
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.program import Program

MAX_NUMBERS = 60
_PROBE = 1.37
_HALVES = {(0.5, False), (50.0, True)}
"""Shares that are also what is left of the whole."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the text that can be changed in both derivations."""

    quantity: Quantity
    in_goal: bool
    """Whether it moves the objective."""
    in_rows: bool
    """Whether it moves rows or bounds."""

    @property
    def name(self) -> Name:
        """What tells it from others."""
        return self.quantity.value, self.quantity.percent


def common_numbers(first: Standing, second: Standing, text: str, pair: Pair | None) -> list[Number]:
    """Return the numbers of a text that can be changed in two derivations in the same way.

    Args:
        first: where they stand in the first.
        second: where they stand in the second.
        text: the problem in words.
        pair: both in one form, where both are formulations that can be written so.
    """
    said = _said(text)
    names = [name for name in first.uses if name in second.uses and name[0] not in {0.0, 1.0}][:MAX_NUMBERS]
    quantity_of = {(q.value, q.percent): q for q in reversed(numbers_of(text))}
    shapes = first.shapes | second.shapes

    def plain(name: Name) -> bool:
        once = said[name[0]] == 1 and name not in first.unsure and name not in second.unsure
        return once and name[0] not in CONVERSIONS and name[0] not in shapes and name not in _HALVES

    if pair is None:
        known = not (first.unexplained or second.unexplained or _curved(first) or _curved(second))
        known &= all(first.count(name) == second.count(name) for name in names)
        return [Number(quantity_of[name], in_goal=True, in_rows=True) for name in names if known and plain(name)]
    goal, rows = _closed(pair, first, second)
    found: list[Number] = []
    for name in names:
        moved = _moved(pair, first, second, {name: drawn(quantity_of[name], _PROBE)})
        if moved is None:
            continue
        here, there = moved
        number = Number(quantity_of[name], here.goal or there.goal, here.rows or there.rows)
        if here.open != there.open:
            # It stands where the other does not have it: perhaps another number, worked out, that happens to be equal.
            goal |= (here if here.open else there).goal
            rows |= (here if here.open else there).rows
        elif name[0] not in shapes and (here.goal or here.rows) and (plain(name) or not here.open):
            found.append(number)
    return [number for number in found if not ((rows and number.in_rows) or (goal and number.in_goal))]


def _curved(own: Standing) -> bool:
    """Whether a derivation is seen to be nonlinear: on other numbers a solver may then end beside the best."""
    if isinstance(own.derived, Program):
        return "**" in building(own.derived)
    form = canonical(own.derived)
    terms = [] if form is None else [*form.goal, *(term for line in form.rows.values() for term in line.terms)]
    return form is None or bool(form.opaque) or any(len(term) > 1 for term in terms)


def held_in_common(pair: Pair, first: Canonical | None, second: Canonical | None) -> Pair | None:
    """Return a pair with other data, where all that was the same before still is; else None."""
    if first is None or second is None:
        return None
    if (first.columns, second.columns) != (pair.first.columns, pair.second.columns):
        return None
    other = Pair(first, second.renumbered(pair.to), pair.names, pair.to)
    rows, before = other.open_rows(), pair.open_rows()
    same = all(set(now) <= set(then) for now, then in zip(rows, before, strict=True))
    if not same or not other.open_goal() <= pair.open_goal() or not other.open_bounds() <= pair.open_bounds():
        return None
    return other


@dataclass(frozen=True, slots=True)
class _Moved:
    """What a change of numbers moved in one formulation."""

    goal: bool
    rows: bool
    open: bool
    """Whether it moved what the other formulation does not have."""


def _moved(pair: Pair, first: Standing, second: Standing, values: Mapping[Name, float]) -> tuple[_Moved, _Moved] | None:
    """Return what a change moves in both; None where what they had in common is so no more."""
    forms = first.changed(values), second.changed(values)
    assert isinstance(forms[0], Formulation) and isinstance(forms[1], Formulation)
    other = held_in_common(pair, canonical(forms[0]), canonical(forms[1]))
    if other is None:
        return None
    rows = pair.doubtful_rows()
    here = _difference(pair, pair.first, other.first, rows[0])
    there = _difference(pair, pair.second, other.second, rows[1])
    return None if here is None or there is None else (here, there)


def _difference(pair: Pair, before: Canonical, after: Canonical, open_rows: Set[RowKey]) -> _Moved | None:
    if before.rows.keys() != after.rows.keys():
        return None
    rows = {key for key, line in before.rows.items() if line.faces() != after.rows[key].faces()}
    rows |= {key for key, words in before.opaque.items() if key != GOAL and after.opaque.get(key) != words}
    bounds = {at for at, held in before.bounds.items() if after.bounds[at] != held}
    goal = {term for term in {*before.goal, *after.goal} if before.goal.get(term) != after.goal.get(term)}
    opened = bool(rows & open_rows) or bool(goal & pair.open_goal()) or bool(bounds & pair.open_bounds())
    opened |= bool(bounds - pair.shared)
    opaque_goal = before.opaque.get(GOAL) != after.opaque.get(GOAL)
    return _Moved(bool(goal) or opaque_goal, bool(rows or bounds), opened or (opaque_goal and bool(pair.open_goal())))


def _closed(pair: Pair, first: Standing, second: Standing) -> tuple[bool, bool]:
    """Return whether numbers of unknown origin stand in what is not common: in the objective, in rows."""
    goal = rows = False
    for own, before, open_rows in zip((first, second), (pair.first, pair.second), pair.doubtful_rows(), strict=True):
        to = pair.to if own is second else None
        for place in own.unexplained:
            assert isinstance(place, Place) and isinstance(own.derived, Formulation)
            after = canonical(replaced(own.derived, {place: place.value * _PROBE}))
            if after is not None and after.columns == before.columns:
                moved = _difference(pair, before, after.renumbered(to) if to else after, open_rows)
                if moved is not None and not moved.open:
                    continue
                goal |= moved is None or moved.goal
                rows |= moved is None or moved.rows
            else:
                goal = rows = True
    return goal, rows


def drawn(quantity: Quantity, factor: float) -> float:
    """Return a number of the text times a factor: whole numbers stay whole, shares stay shares."""
    value = float(quantity.value)
    new = value * factor
    end = 100.0 if quantity.percent else 1.0
    if 0 < value < end and (quantity.percent or value < 1) and new >= end:
        new = value + (end - value) * min(0.9, 1 - 1 / factor)
    if not value.is_integer():
        return float(f"{new:.4g}")
    whole = float(max(1, round(new)))
    return whole if whole != value else value + 1 if factor > 1 or value <= 1 else value - 1


def changes(numbers: Sequence[Number], trial: int, seed: int = 0) -> dict[Name, float]:
    """Return other values for numbers of the text, by chance.

    In turn what only the objective has, so that other plans become best; all numbers, a little; the objective again,
    high and low the other way round; all numbers, much, so that other rows bind; what only the rows have.
    """
    turn, kind = divmod(trial, 5)
    goal = [number for number in numbers if not number.in_rows]
    rows = [number for number in numbers if not number.in_goal]
    picked = (goal, numbers, goal, numbers, rows)[kind] or numbers
    low, high = ((2.5, 10.0), (1.1, 2.0), (2.5, 10.0), (2.0, 8.0), (1.5, 4.0))[kind]
    chance = random.Random(f"{seed} {turn} {len(picked)}")
    ups = [chance.random() < 0.5 for _ in picked]
    if len(set(ups)) == 1:
        ups[0] = not ups[0]
    factors = [low * (high / low) ** chance.random() for _ in picked]
    return {
        number.name: drawn(number.quantity, factor if up == (kind < 2) else 1 / factor)
        for number, up, factor in zip(picked, ups, factors, strict=True)
    }


def _said(text: str) -> Counter[float]:
    """Return how often a text says each value, in digits and in words."""
    said = Counter(quantity.value for quantity in numbers_of(text))
    digits = Counter(quantity.value for quantity in quantities(text))
    said.update(value for value in word_values(text) if said[value] == digits[value])
    return said
