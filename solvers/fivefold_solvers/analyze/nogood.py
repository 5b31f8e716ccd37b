"""A cut that forbids one combination of whole numbers and no other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fivefold_solvers.analyze.rows import NewRow, appended
from fivefold_solvers.build.arrays import Arrays, Block, Floats, ListedKeys


def excluded(arrays: Arrays, columns: NDArray[np.int64], values: Floats, limits: Arrays) -> Arrays:
    """Return the program in which these columns may not all have these values again.

    For 0-1 columns one row says that at least one must differ. Any other column gets two 0-1 columns that may be 1
    only if it is at least one higher, or one lower, and count as differing.

    Args:
        arrays: the program, perhaps with such cuts already.
        columns: integer columns with finite bounds.
        values: the values to forbid.
        limits: the program whose bounds these columns have.
    """
    whole = np.round(values[columns])
    low, high = np.ceil(limits.lower[columns] - 1e-9), np.floor(limits.upper[columns] + 1e-9)
    binary = (low == 0) & (high == 1)
    others, at = columns[~binary], whole[~binary]
    least, greatest = low[~binary], high[~binary]
    n, k = arrays.column_count, others.size
    wide = _widened(arrays, 2 * k) if k else arrays
    rows: list[NewRow] = []
    for i, (column, value, floor, top) in enumerate(
        zip(others.tolist(), at.tolist(), least.tolist(), greatest.tolist(), strict=True)
    ):
        higher, lower = n + 2 * i, n + 2 * i + 1
        # column >= floor + (value + 1 - floor) * higher;  column <= top - (top - value + 1) * lower
        rows.append((floor, np.array([column, higher]), np.array([1.0, -(value + 1 - floor)]), np.inf))
        rows.append((-np.inf, np.array([column, lower]), np.array([1.0, top - value + 1]), top))
    switches, ones = columns[binary], whole[binary] > 0.5
    weights = np.concatenate([np.where(ones, -1.0, 1.0), np.ones(2 * k)])
    every = np.concatenate([switches, np.arange(n, n + 2 * k)])
    rows.append((1.0 - float(ones.sum()), every, weights, np.inf))
    return appended(wide, rows, "forbidden")


def _widened(arrays: Arrays, count: int) -> Arrays:
    """Return the program with 0-1 columns at its end."""
    n = arrays.column_count
    block = Block("differs", n, count, ListedKeys([(n + place,) for place in range(count)]))
    return replace(
        arrays,
        cost=np.concatenate([arrays.cost, np.zeros(count)]),
        lower=np.concatenate([arrays.lower, np.zeros(count)]),
        upper=np.concatenate([arrays.upper, np.ones(count)]),
        integer=np.concatenate([arrays.integer, np.ones(count, bool)]),
        variables=(*arrays.variables, block),
    )
