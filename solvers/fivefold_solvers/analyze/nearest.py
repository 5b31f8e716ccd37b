"""Of all best solutions the one nearest to a given point, by total absolute difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from fivefold_solvers.analyze.instance import Instance, limited
from fivefold_solvers.analyze.rows import appended
from fivefold_solvers.backends.reading import violation
from fivefold_solvers.backends.session import Session
from fivefold_solvers.backends.solved import Solved
from fivefold_solvers.build.arrays import Arrays, Block, Floats, ListedKeys
from fivefold_solvers.formulation.identity import Key

COLUMN_LIMIT = 5_000
"""Variable entries up to which the nearest solution is looked for."""
_PLACES = 4
_EXACT = 1e-9


def nearest(
    changed: Instance,
    best: Solved,
    reference: Mapping[str, Mapping[Key, float]],
    session: Session,
    limit_s: float | None,
) -> tuple[Floats, bool]:
    """Return the values of a best solution near the reference, and whether none is proven nearer.

    Args:
        changed: the program.
        best: a best solution of it.
        reference: values by variable and index; entries that the program does not have play no part.
        session: where to solve.
        limit_s: seconds for the search.
    """
    arrays, values = changed.arrays, best.solution()
    if arrays.quadratic is not None or arrays.column_count > COLUMN_LIMIT or not best.optimal:
        return values, False
    targets = np.full(arrays.column_count, np.nan)
    for name, (start, _) in changed.own.items():
        block = arrays.variable(name)
        for key, value in reference.get(name, {}).items():
            place = block.keys.find(key)
            if place is not None:
                targets[start + place] = value
    solved = session.solve(_distance(arrays, targets, arrays.objective(values)), options=limited(limit_s))
    if solved.values is None:
        return values, False
    return _rounded(arrays, solved.values[: arrays.column_count]), solved.optimal


def _rounded(arrays: Arrays, values: Floats) -> Floats:
    """Return values without the crumbs that the room for the objective leaves: rounded, where that holds as well."""
    near = np.round(values, _PLACES) + 0.0
    loss = abs(arrays.objective(near) - arrays.objective(values))
    holds = violation(arrays, near) <= _EXACT and loss <= 10 * _EXACT * max(1.0, abs(arrays.objective(values)))
    return near if holds else values


def kept(arrays: Arrays, objective: float, room: float = 0.0) -> Arrays:
    """Return the program with one row more: the objective is within `room` of a value (to nine digits)."""
    slack = room + 1e-9 * max(1.0, abs(objective))
    level = objective - arrays.offset
    low, high = (level - slack, np.inf) if arrays.sense == "maximize" else (-np.inf, level + slack)
    used = np.flatnonzero(arrays.cost)
    return appended(arrays, [(low, used, arrays.cost[used], high)])


def _distance(arrays: Arrays, targets: Floats, objective: float) -> Arrays:
    """Return the program that minimizes the distance to the targets and keeps the objective."""
    at = np.flatnonzero(~np.isnan(targets))
    n, k = arrays.column_count, at.size
    wide = replace(
        kept(arrays, objective),
        sense="minimize",
        offset=0.0,
        cost=np.concatenate([np.zeros(n), np.ones(2 * k)]),
        lower=np.concatenate([arrays.lower, np.zeros(2 * k)]),
        upper=np.concatenate([arrays.upper, np.full(2 * k, np.inf)]),
        integer=np.concatenate([arrays.integer, np.zeros(2 * k, bool)]),
        variables=(*arrays.variables, Block("distance", n, 2 * k, ListedKeys([(i,) for i in range(2 * k)]))),
    )
    # column - more + less == target
    rows = [
        (
            float(targets[column]),
            np.array([column, n + i, n + k + i]),
            np.array([1.0, -1.0, 1.0]),
            float(targets[column]),
        )
        for i, column in enumerate(at.tolist())
    ]
    return appended(wide, rows)
