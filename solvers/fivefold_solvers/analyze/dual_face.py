"""All optimal dual values of a linear (or convex quadratic) program at an optimum, as a program of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fivefold_solvers.build.arrays import Arrays, Block, Floats, Integers, ListedKeys

_RANK_LIMIT = 600
"""Rows and columns up to which independence is settled by the rank of a dense matrix."""
_NEAR = 1e-6


@dataclass(frozen=True, slots=True)
class DualFace:
    """The set of optimal dual values: one column for every row and bound that binds."""

    program: Arrays
    """Its feasible points are the optimal dual values; it has no objective."""
    places: Integers
    """Shape (k,): which row (below m) or which column's bound (m + column) each column stands for."""
    unique: bool
    """Whether there is only one point."""

    def towards(self, place: int, sign: float) -> Arrays:
        """Return the program that minimizes `sign` times the dual value of one place."""
        cost = np.zeros(self.places.size)
        cost[place] = sign
        return replace(self.program, cost=cost)


def dual_face(arrays: Arrays, values: Floats) -> DualFace:
    """Return the optimal dual values at an optimal point."""
    n, m = arrays.column_count, arrays.row_count
    sign = -1.0 if arrays.sense == "maximize" else 1.0
    at = np.concatenate([arrays.row_values(values), values])
    low, high = np.concatenate([arrays.row_lower, arrays.lower]), np.concatenate([arrays.row_upper, arrays.upper])
    at_low, at_high = near(low, at), near(high, at)
    places = np.flatnonzero(at_low | at_high).astype(np.int64)
    # In the sense of a minimum a lower limit has a dual value of at least 0, an upper one of at most 0.
    least = np.where(at_high[places], -np.inf, 0.0)
    greatest = np.where(at_low[places], np.inf, 0.0)
    if sign < 0:
        least, greatest = -greatest, -least
    gradient = arrays.cost.copy()
    if arrays.quadratic is not None:
        first, second, factors = arrays.quadratic
        np.add.at(gradient, first, factors * values[second])
        np.add.at(gradient, second, factors * values[first])
    column_of = np.full(m + n, -1)
    column_of[places] = np.arange(places.size)
    rows, columns, entries = _transposed(arrays, column_of)
    order = np.argsort(rows, kind="stable")
    keys = ListedKeys([(place,) for place in range(max(n, places.size))])
    program = Arrays(
        sense="minimize", offset=0.0, cost=np.zeros(places.size), lower=least + 0.0, upper=greatest + 0.0,
        integer=np.zeros(places.size, bool),
        starts=np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=n))]).astype(np.int64),
        columns=columns[order].astype(np.int32), coefficients=entries[order],
        row_lower=gradient, row_upper=gradient.copy(), quadratic=None,
        variables=(Block("dual", 0, places.size, keys),), constraints=(Block("stationary", 0, n, keys),),
    )  # fmt: skip
    return DualFace(program, places, _independent(arrays, places, n, m))


def near(limits: Floats, at: Floats) -> NDArray[np.bool_]:
    """Return where values are at their limits, within a tolerance."""
    finite = np.isfinite(limits)
    size = np.maximum(1.0, np.abs(np.where(finite, limits, 1.0)))
    return finite & (np.abs(at - np.where(finite, limits, 0.0)) <= _NEAR * size)


def _transposed(arrays: Arrays, column_of: NDArray[np.int64]) -> tuple[Integers, Integers, Floats]:
    """Return the entries of `A' y + r = gradient` over the places that bind."""
    row = np.repeat(np.arange(arrays.row_count), np.diff(arrays.starts))
    used = column_of[row] >= 0
    held = np.flatnonzero(column_of[arrays.row_count :] >= 0)
    rows = np.concatenate([arrays.columns[used].astype(np.int64), held])
    columns = np.concatenate([column_of[row[used]], column_of[arrays.row_count + held]]).astype(np.int64)
    return rows, columns, np.concatenate([arrays.coefficients[used], np.ones(held.size)])


def _independent(arrays: Arrays, places: Integers, n: int, m: int) -> bool:
    """Return whether the gradients of the binding limits are independent, which makes dual values unique."""
    rows, held = places[places < m], places[places >= m] - m
    if places.size > n:
        return False
    free = np.ones(n, bool)
    free[held] = False
    if not rows.size:
        return True
    if max(rows.size, int(free.sum())) > _RANK_LIMIT:
        return False
    matrix = np.zeros((rows.size, n))
    for k, row in enumerate(rows.tolist()):
        columns, coefficients = arrays.row(row)
        matrix[k, columns] = coefficients
    return bool(np.linalg.matrix_rank(matrix[:, free]) == rows.size) if free.any() else False
