"""All ranges of a linear program at once, from the solver's basis: one solve, too short where it is degenerate."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from fivefold_solvers.analyze.dual_face import dual_face, near
from fivefold_solvers.analyze.instance import Instance, goal, limited
from fivefold_solvers.analyze.interval import Interval
from fivefold_solvers.backends.session import Session
from fivefold_solvers.backends.solved import Solved
from fivefold_solvers.diagnose.words import number

_HOW = "From the optimal basis of {0}{1}."
_DEGENERATE = "; the optimum is degenerate, so the true range may be longer"


@dataclass(frozen=True, slots=True)
class BasisRanges:
    """Ranges of every objective coefficient and of every binding right-hand side."""

    solved: Solved
    costs: tuple[Interval, ...]
    """One per column: the present solution stays the best."""
    limits: tuple[Interval, ...]
    """One per row that binds: its price stays the same."""


def basis_ranges(base: Instance, session: Session, *, limit_s: float | None = 60.0) -> BasisRanges | Solved:
    """Return all ranges, or the solve where it is not an optimum of a linear program with a basis."""
    arrays = base.arrays
    options = replace(limited(limit_s), want=frozenset({"ranging", "basis"}))
    solved = session.solve(arrays, options=options)
    found, values = solved.ranging, solved.values
    if found is None or values is None or solved.duals is None or solved.row_values is None:
        return solved
    sharp = dual_face(arrays, values).unique
    # Nonbasic columns and rows without a price mean that other solutions are as good.
    single = sharp and _priced(solved)
    name = goal(base.formulation)
    how = _HOW.format(solved.backend, "" if single else _DEGENERATE)
    costs = tuple(
        Interval(
            f"objective coefficient of {arrays.column_name(column)}", float(arrays.cost[column]),
            *_around(float(arrays.cost[column]), float(found.cost.down[column]), float(found.cost.up[column])),
            "the present solution stays the best", "another solution is better", single, how,
        )
        for column in range(arrays.column_count)
    )  # fmt: skip
    how = _HOW.format(solved.backend, "" if sharp else _DEGENERATE)
    limits: list[Interval] = []
    held = near(arrays.row_lower, solved.row_values) | near(arrays.row_upper, solved.row_values)
    for row in np.flatnonzero(held).tolist():
        low, high, at = (float(side[row]) for side in (arrays.row_lower, arrays.row_upper, solved.row_values))
        limit = low if abs(at - low) <= abs(at - high) else high
        slope = float(solved.duals[row])
        ends = _around(limit, float(found.row.down[row]), float(found.row.up[row]))
        claim = f"each unit up changes {name} by {number(slope)}"
        slopes = (slope, slope)
        what = f"limit of {arrays.row_name(row)}"
        limits.append(Interval(what, limit, *ends, claim, "the price is another", sharp, how, slopes))
    return BasisRanges(solved, costs, tuple(limits))


def _priced(solved: Solved) -> bool:
    """Return whether every nonbasic column and row has a price, which makes the solution the only best one."""
    basis = solved.basis
    if basis is None or solved.duals is None or solved.reduced_costs is None:
        return False
    rows, columns = solved.duals[basis.rows != 1], solved.reduced_costs[basis.columns != 1]
    return bool((np.abs(rows) > 1e-9).all() and (np.abs(columns) > 1e-9).all())


def _around(value: float, low: float, high: float) -> tuple[float, float]:
    """Return the ends of a range, which the value is in; a solver may say -0 or miss by a hair."""
    return (
        -math.inf if low <= -1e20 else min(value, low + 0.0),
        math.inf if high >= 1e20 else max(value, high + 0.0),
    )
