"""Starts and durations of a schedule, found in the constraints: what ends before what begins.

Either `no_overlap` names both, or rows hold an entry and a number at most at another entry of the same kind:
`start[i] + time[i] <= start[j] + M*(1 - before[i, j])`. Names alone tell nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.check import Checked
from fivefold_solvers.formulation.elements import Variable
from fivefold_solvers.formulation.evaluate import bindings, number
from fivefold_solvers.formulation.ground import ConstraintBlock, Grounded
from fivefold_solvers.formulation.identity import Key
from fivefold_solvers.formulation.listed import entries
from fivefold_solvers.formulation.polynomial import Place, Polynomial
from fivefold_solvers.formulation.scope import EvaluationError, Scope
from fivefold_solvers.result import Index

Values = Mapping[str, Mapping[Index, float]]
_ABOUT_TIME = re.compile(
    r"\b(start|starts|begin|begins|finish|finishes|finished|end|ends|complete|completes|completion|time|times|"
    r"hours?|hrs?|minutes?|mins?|seconds?|secs?|days?|weeks?|months?|years?)\b",
    re.IGNORECASE,
)
_ABOUT_ENDS = re.compile(
    r"\b(finish|finishes|finished|end|ends|complete|completes|completed|completion)\b", re.IGNORECASE
)
_MOST_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Before:
    """One row: `first` and `amount` are at most `second`; only under a condition where `chosen`."""

    first: Place
    second: Place
    amount: float
    chosen: bool


@dataclass(slots=True)
class Starts:
    """When tasks start and how long they take."""

    variables: tuple[str, ...]
    reason: str
    durations: dict[Place, float] = field(default_factory=dict[Place, float])
    ends: bool = False
    """Whether the variables say when tasks end, not when they start."""


def starts_of(checked: Checked, values: Values) -> list[Starts]:
    """Return the schedules that a formulation holds."""
    if checked.grounded is None or len(checked.rows.rows) > _MOST_ROWS:
        return []
    found = list(_by_name(checked.grounded, values))
    named = {name for one in found for name in one.variables}
    rows, last = _rows_before(checked.grounded)
    rows = [row for row in rows if row.first[0] not in named and row.second[0] not in named]
    return [*found, *_by_rows(checked.grounded, rows, last)]


def _by_name(grounded: Grounded, values: Values) -> Iterator[Starts]:
    """Yield what `no_overlap` names."""
    found: dict[tuple[str, ...], Starts] = {}
    for block in grounded.constraints:
        for tree, scope in _called(block, grounded):
            try:
                listed = entries(tree, scope)
            except EvaluationError:
                continue
            tasks = [(_single(entry.values[0]), entry.values[1]) for entry in listed if len(entry.values) == 2]
            places = [place for place, _ in tasks if place is not None]
            if not places or len(places) < len(tasks):
                continue
            names = tuple(dict.fromkeys(name for name, _ in places))
            reason = f"{block.element.name} says that no two of them overlap, with their starts and durations"
            one = found.setdefault(names, Starts(names, reason))
            for place, (_, amount) in zip(places, tasks, strict=True):
                one.durations[place] = _worth(amount, values)
    yield from found.values()


def _called(block: ConstraintBlock, grounded: Grounded) -> Iterator[tuple[e.Call, Scope]]:
    calls = [node for node in e.walk(block.tree) if isinstance(node, e.Call) and node.function == "no_overlap"]
    if not calls:
        return
    for scope in _scopes(block, grounded):
        for call in calls:
            yield call, scope


def _scopes(block: ConstraintBlock, grounded: Grounded) -> Iterator[Scope]:
    """Yield a scope for each combination of a constraint's indices."""
    scope = grounded.scope()
    targets = [target for clause in block.clauses for target in clause.targets]
    try:
        for key in list(bindings(block.clauses, scope))[:_MOST_ROWS]:
            scope.indices = dict(zip(targets, key, strict=True))
            yield scope
    except (EvaluationError, ValueError):
        return


def _single(value: float | Polynomial) -> Place | None:
    """Return the entry that a polynomial is; None where it is more or less than one."""
    if isinstance(value, Polynomial) and value.degree == 1 and not value.constant and [*value.linear.values()] == [1]:
        return next(iter(value.linear))
    return None


def _worth(amount: float | Polynomial, values: Values) -> float:
    if not isinstance(amount, Polynomial):
        return float(amount)
    parts = (share * values.get(name, {}).get(key, 0.0) for (name, key), share in amount.linear.items())
    return float(amount.constant + sum(parts))


def _rows_before(grounded: Grounded) -> tuple[list[Before], dict[Place, float]]:
    """Return every row of the form `first + amount <= second`, and the lower limits of single entries."""
    rows: list[Before] = []
    least: dict[Place, float] = {}
    for block in grounded.constraints:
        for compare in (node for node in e.walk(block.tree) if isinstance(node, e.Compare)):
            if compare.relation not in ("<=", ">=") or any(isinstance(node, e.Aggregate) for node in e.walk(compare)):
                continue
            low, high = compare.left, compare.right
            if compare.relation == ">=":
                low, high = high, low
            held = compare is not block.tree
            for scope in _scopes(block, grounded):
                try:
                    row = _before(number(low, scope), number(high, scope), grounded, held=held, least=least)
                except EvaluationError:
                    continue
                if row is not None:
                    rows.append(row)
                if len(rows) > _MOST_ROWS:
                    return rows, least
    return rows, least


def _before(
    low: float | Polynomial, high: float | Polynomial, grounded: Grounded, *, held: bool, least: dict[Place, float]
) -> Before | None:
    """Return `low <= high` as a row of two entries, where it is one; keep it as a lower limit where it is that."""
    first, negative, low_switch, low_number = _parts(low, grounded)
    second, taken, high_switch, high_number = _parts(high, grounded)
    first, second = [*first, *taken], [*second, *negative]
    chosen = held or low_switch or high_switch
    if not first and len(second) == 1 and not chosen and low_number > high_number:
        least[second[0]] = low_number - high_number
    if len(first) != 1 or len(second) != 1 or first == second:
        return None
    # What belongs to a switch (big M) stands on the far side; the near side has the duration alone.
    amount = low_number if chosen else low_number - high_number
    return Before(first[0], second[0], amount, chosen) if amount > 0 else None


def _parts(value: float | Polynomial, grounded: Grounded) -> tuple[list[Place], list[Place], bool, float]:
    """Return entries added, entries taken away, whether a binary is in it, and the number in it."""
    if not isinstance(value, Polynomial):
        return [], [], False, float(value)
    plus: list[Place] = []
    minus: list[Place] = []
    switch = False
    for place, share in value.linear.items():
        if grounded.variables[place[0]].element.domain == "binary":
            switch = True
        elif share == 1:
            plus.append(place)
        elif share == -1:
            minus.append(place)
        else:
            return [place, place], [], False, 0.0
    if value.degree > 1:
        return [], [], False, float("nan")
    return plus, minus, switch, float(value.constant)


def _by_rows(grounded: Grounded, rows: list[Before], least: Mapping[Place, float]) -> Iterator[Starts]:
    """Yield the schedules whose tasks are entries of one variable, and that of variables without index."""
    own = [row for row in rows if row.first[0] == row.second[0]]
    for name in dict.fromkeys(row.first[0] for row in own):
        mine = [row for row in own if row.first[0] == name]
        # To what ends last, every task may have a row of its own: it tells how long the last one takes.
        more = [row for row in rows if row.first[0] == name and row.second[1] == () and row.second[0] != name]
        yield from _schedule(grounded, (name,), mine, more, least)
    single = [row for row in rows if row.first[1] == () and row.second[1] == ()]
    names = tuple(dict.fromkeys(place[0] for row in single for place in (row.first, row.second)))
    if len(names) > 2:
        yield from _schedule(grounded, names, single, [], least)


def _schedule(
    grounded: Grounded, names: tuple[str, ...], rows: list[Before], more: list[Before], least: Mapping[Place, float]
) -> Iterator[Starts]:
    elements = [grounded.variables[name].element for name in names]
    waiting = {row.first[0] for row in rows}
    said = all(_about(_ABOUT_TIME, one) for one in elements if one.name in waiting)
    if not said and not any(row.chosen for row in rows):
        return
    if any(one.domain == "binary" for one in elements):
        return
    as_starts = _amounts([(row.first, row.amount) for row in (*rows, *more)])
    as_ends = _amounts([(row.second, row.amount) for row in rows])
    # Where a task cannot be over before its own duration, the variable says when it ends.
    over = as_ends is not None and any(abs(least.get(place, 0.0) - took) < 1e-9 for place, took in as_ends.items())
    # Where rows allow both, the words decide.
    over = over or all(_about(_ABOUT_ENDS, one) for one in elements)
    first = rows[0]
    words = f"{_spelled(first.first)} and {first.amount:g} more are at most {_spelled(first.second)}"
    how = f"{words}{' or the other way round' if first.chosen else ''}: tasks that wait for each other"
    if as_ends is not None and (over or as_starts is None):
        shortest = {place: least[place] for place in least if place[0] in names}
        yield Starts(names, how, {**shortest, **as_ends}, ends=True)
    elif as_starts is not None:
        yield Starts(names, how, as_starts)


def _amounts(pairs: list[tuple[Place, float]]) -> dict[Place, float] | None:
    """Return the one amount of each entry; None where an entry has two."""
    found: dict[Place, float] = {}
    for place, amount in pairs:
        if abs(found.setdefault(place, amount) - amount) > 1e-9:
            return None
    return found


def _about(what: re.Pattern[str], element: Variable) -> bool:
    words = (element.name.replace("_", " "), element.description, element.unit)
    return any(what.search(word) for word in words)


def _spelled(place: tuple[str, Key]) -> str:
    name, key = place
    return f"{name}[{', '.join(map(str, key))}]" if key else name
