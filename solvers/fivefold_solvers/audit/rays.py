"""Dual values by name from a back-end's answer, and multipliers that show why a linear program has no solution."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fivefold_solvers.audit.linear import Duals, RowName
from fivefold_solvers.backends.session import solve
from fivefold_solvers.backends.solved import Solved
from fivefold_solvers.build.arrays import Arrays, Block, ListedKeys
from fivefold_solvers.formulation.polynomial import Place


def duals_of(arrays: Arrays, solved: Solved) -> Duals | None:
    """Return the dual values of a solved linear program, None where the back-end gave none."""
    if solved.duals is None:
        return None
    reduced: dict[Place, float] = {}
    if solved.reduced_costs is not None:
        for block in arrays.variables:
            values = solved.reduced_costs[block.start : block.end].tolist()
            reduced.update({(block.name, key): value for key, value in zip(block.decoded(), values, strict=True)})
    return Duals(_by_row(arrays, solved.duals.tolist()), reduced)


def _by_row(arrays: Arrays, duals: list[float]) -> dict[RowName, float]:
    return {
        (block.name, block.part, key): value
        for block in arrays.constraints
        for key, value in zip(block.decoded(), duals[block.start : block.end], strict=True)
        if value
    }


def infeasibility_ray(arrays: Arrays) -> Duals | None:
    """Return multipliers whose sum of rows contradicts the bounds (a Farkas ray), None where there are none.

    They are the dual values of the program that lets every row be broken at a cost of 1 per unit; integrality is left
    out, so that programs whose contradiction needs it have none.
    """
    solved = solve(_elastic(arrays))
    if solved.duals is None or solved.objective is None or solved.objective <= 0:
        return None
    return Duals(_by_row(arrays, solved.duals.tolist()))


def _elastic(arrays: Arrays) -> Arrays:
    """Return the program that minimizes the total violation of the rows; bounds stay, integrality goes."""
    n, m = arrays.column_count, arrays.row_count
    short = np.flatnonzero(np.isfinite(arrays.row_lower))
    over = np.flatnonzero(np.isfinite(arrays.row_upper))
    added = short.size + over.size
    rows = np.concatenate([np.repeat(np.arange(m), np.diff(arrays.starts)), short, over])
    columns = np.concatenate([arrays.columns, np.arange(n, n + added, dtype=np.int32)])
    values = np.concatenate([arrays.coefficients, np.ones(short.size), -np.ones(over.size)])
    order = np.argsort(rows, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=m))]).astype(np.int64)
    taken = {block.name for block in arrays.variables}
    name = next(own for own in ("violation", *(f"violation_{k}" for k in range(len(taken) + 1))) if own not in taken)
    keys = ListedKeys([(place,) for place in range(added)])
    return replace(
        arrays,
        sense="minimize",
        offset=0.0,
        cost=np.concatenate([np.zeros(n), np.ones(added)]),
        lower=np.concatenate([arrays.lower, np.zeros(added)]),
        upper=np.concatenate([arrays.upper, np.full(added, np.inf)]),
        integer=np.zeros(n + added, bool),
        starts=starts,
        columns=columns[order].astype(np.int32),
        coefficients=values[order],
        quadratic=None,
        variables=(*arrays.variables, Block(name, n, added, keys)),
    )
