"""One row with its limit moved or dropped: the programs that ranges of right-hand sides are made of."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from fivefold_solvers.analyze.instance import limited
from fivefold_solvers.backends.session import Session
from fivefold_solvers.backends.solved import Solved
from fivefold_solvers.build.arrays import Arrays
from fivefold_solvers.result import Termination

FAR = 1e7
"""How far out a range without end is looked at, in multiples of max(1, abs(limit))."""


@dataclass(slots=True)
class Shifted:
    """A program whose row's limit moves, solved as the minimum of `sign` times its objective."""

    arrays: Arrays
    row: int
    limit: float
    session: Session
    limit_s: float | None
    solves: int = 0

    @property
    def equation(self) -> bool:
        """Whether the row has both limits in one."""
        return bool(self.arrays.row_lower[self.row] == self.arrays.row_upper[self.row])

    def relaxes(self, way: float) -> bool:
        """Return whether moving the limit that way lets more in."""
        outwards = 1.0 if self.limit == float(self.arrays.row_upper[self.row]) else -1.0
        return not self.equation and way == outwards

    def at(self, shift: float) -> Solved:
        """Solve with the limit moved."""
        lower, upper = self.arrays.row_lower.copy(), self.arrays.row_upper.copy()
        for side in (lower, upper):
            if side[self.row] == self.limit:
                side[self.row] = self.limit + shift
        return self._solve(replace(self.arrays, row_lower=lower, row_upper=upper))

    def dropped(self) -> Solved:
        """Solve without the limit; the other limit of a row that has two stays."""
        return self._solve(self._free())

    def extreme(self, way: float) -> float:
        """Return how far the row can go one way when all but this limit holds it; infinite for no end."""
        columns, coefficients = self.arrays.row(self.row)
        cost = np.zeros(self.arrays.column_count)
        cost[columns] = -way * coefficients
        program = replace(self._free(), sense="minimize", offset=0.0, cost=cost, quadratic=None)
        solved = self._solve(program)
        if solved.objective is None:
            return math.inf if solved.termination is Termination.UNBOUNDED else 0.0
        return max(0.0, -solved.objective - way * self.limit)

    def activity(self, solved: Solved) -> float:
        """Return the value of the row in a solution."""
        assert solved.row_values is not None
        return float(solved.row_values[self.row])

    @property
    def far(self) -> float:
        """How far out to look where nothing else ends a range."""
        return FAR * max(1.0, abs(self.limit))

    def _free(self) -> Arrays:
        lower, upper = self.arrays.row_lower.copy(), self.arrays.row_upper.copy()
        if lower[self.row] == self.limit:
            lower[self.row] = -np.inf
        if upper[self.row] == self.limit:
            upper[self.row] = np.inf
        return replace(self.arrays, row_lower=lower, row_upper=upper)

    def _solve(self, arrays: Arrays) -> Solved:
        self.solves += 1
        return self.session.solve(arrays, options=limited(self.limit_s))
