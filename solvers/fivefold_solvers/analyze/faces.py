"""How far one number of a linear program may go, read off its optimal solutions and its optimal dual values.

*A limit.* The best objective is a straight line in it as far as some point goes with the same dual values: every limit
that has a price binds. Over these points one solve a way tells how far the row gets.

*A cost.* The present solution stays the best as far as some dual values go with it. They are those that are optimal
now, but for the one condition that the cost stands in, and the same two solves tell how far that gets.

Nothing is looked at far out, so neither ends nor their lack depend on how far that is.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from fivefold_solvers.analyze.dual_face import DualFace, dual_face
from fivefold_solvers.analyze.instance import limited
from fivefold_solvers.backends.session import Session
from fivefold_solvers.backends.solved import Solved
from fivefold_solvers.build.arrays import Arrays, Floats
from fivefold_solvers.result import Termination

_NO_PRICE = 1e-10
"""Dual values up to here, relative to max(1, the largest cost), are 0."""


class Reach(NamedTuple):
    """The ends between which a number may move."""

    low: float
    high: float
    exact: bool
    """Whether both ends were found; one that was not is where the number is."""


class Prices(NamedTuple):
    """Optimal dual values of rows and columns."""

    rows: Floats
    columns: Floats


class Faces:
    """A linear program at its optimum, for one question after another; `close` it."""

    def __init__(self, arrays: Arrays, solved: Solved, session: Session, limit_s: float | None) -> None:
        """Start from an optimum with dual values; the session is the one that solved it, or another."""
        self.arrays, self.solved, self.session, self.limit_s = arrays, solved, session, limit_s
        self._dual: Session | None = None

    def close(self) -> None:
        """Give back the process that dual values are looked at in."""
        if self._dual is not None:
            self._dual.close()

    @cached_property
    def face(self) -> DualFace:
        """All optimal dual values."""
        return dual_face(self.arrays, self.solved.solution())

    @cached_property
    def own(self) -> Prices:
        """The dual values that came with the solution."""
        assert self.solved.duals is not None and self.solved.reduced_costs is not None
        return Prices(self.solved.duals, self.solved.reduced_costs)

    def prices(self, row: int) -> tuple[Prices | None, Prices | None] | None:
        """Return dual values that hold below and above the limit of a row, None for a way that it cannot move at all.

        Returns None for both where a solve was not settled.
        """
        place = int(np.searchsorted(self.face.places, row))
        if self.face.unique or place == self.face.places.size or self.face.places[place] != row:
            return self.own, self.own
        ends: list[Prices | None] = []
        for sign in (1.0, -1.0):
            solved = self._over_duals(self.face.towards(place, sign))
            if not solved.optimal and solved.termination is not Termination.UNBOUNDED:
                return None
            ends.append(self._spread(solved.values) if solved.values is not None else None)
        least, greatest = ends
        return (greatest, least) if self.arrays.sense == "maximize" else (least, greatest)

    def _spread(self, values: Floats) -> Prices:
        every = np.zeros(self.arrays.row_count + self.arrays.column_count)
        every[self.face.places] = values
        return Prices(every[: self.arrays.row_count], every[self.arrays.row_count :])

    def limit(self, row: int, limit: float, way: float, prices: Prices) -> tuple[float, bool]:
        """Return how far a row's limit can move one way with dual values the same, and whether that was found."""
        arrays = self.arrays
        zero = _NO_PRICE * max(1.0, float(np.abs(arrays.cost).max(initial=0.0)))
        both = bool(arrays.row_lower[row] == arrays.row_upper[row])
        outwards = 1.0 if limit == float(arrays.row_upper[row]) else -1.0
        if not both and way == outwards and abs(float(prices.rows[row])) <= zero:
            return math.inf, True
        sign = -1.0 if arrays.sense == "maximize" else 1.0
        lower, upper = _held(arrays.lower, arrays.upper, sign * prices.columns, zero)
        row_lower, row_upper = _held(arrays.row_lower, arrays.row_upper, sign * prices.rows, zero)
        row_lower[row] = -np.inf if arrays.row_lower[row] == limit else arrays.row_lower[row]
        row_upper[row] = np.inf if arrays.row_upper[row] == limit else arrays.row_upper[row]
        columns, coefficients = arrays.row(row)
        cost = np.zeros(arrays.column_count)
        cost[columns] = -way * coefficients
        program = replace(
            arrays, sense="minimize", offset=0.0, cost=cost,
            lower=lower, upper=upper, row_lower=row_lower, row_upper=row_upper,
        )  # fmt: skip
        end, found = self._end(self._solve(self.session, program))
        return max(0.0, -end - way * limit), found

    def cost(self, column: int) -> Reach:
        """Return between which values the cost of a column may be with the present solution still best."""
        program, own = self.face.program, float(self.arrays.cost[column])
        free = program.row_lower.copy(), program.row_upper.copy()
        free[0][column], free[1][column] = -np.inf, np.inf
        places, coefficients = program.row(column)
        ends: list[tuple[float, bool]] = []
        for way in (1.0, -1.0):
            cost = np.zeros(program.column_count)
            cost[places] = way * coefficients
            ends.append(self._end(self._over_duals(replace(program, cost=cost, row_lower=free[0], row_upper=free[1]))))
        (low, low_found), (high, high_found) = ends
        return Reach(
            min(own, low) if low_found else own, max(own, -high) if high_found else own, low_found and high_found
        )

    def _end(self, solved: Solved) -> tuple[float, bool]:
        """Return the least value of what was minimized, and whether it was found; not found is infinitely high."""
        if solved.termination is Termination.UNBOUNDED:
            return -math.inf, True
        return (solved.objective, True) if solved.optimal and solved.objective is not None else (math.inf, False)

    def _over_duals(self, program: Arrays) -> Solved:
        if self._dual is None:
            # Two programs that take turns in one process would both start cold each time.
            self._dual = Session(self.session.backend or "highs")
        return self._solve(self._dual, program)

    def _solve(self, session: Session, program: Arrays) -> Solved:
        return session.solve(program, options=limited(self.limit_s))


def _held(lower: Floats, upper: Floats, prices: Floats, zero: float) -> tuple[Floats, Floats]:
    """Return limits that hold everything with a price where it is; prices are those of a minimum."""
    return (
        np.where((prices < -zero) & np.isfinite(upper), upper, lower),
        np.where((prices > zero) & np.isfinite(lower), lower, upper),
    )
