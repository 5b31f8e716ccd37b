"""How far a number may go before the answer changes, exact also at degenerate optima and for integer programs.

*Linear programs.* Two or four solves over all best solutions, or over all dual values that go with the present one:
see `faces`.

*Objective coefficient, integer programs.* The best objective is concave in one coefficient (of a minimum), and the
value of the present solution is a line that touches it. From a solution that is better far out, the place where its
line meets ours is either the end of the range, or shows a still better solution: finitely many solves, no grid.

*Right-hand side, integer programs.* The best objective is a step function. It can only get better as an inequality
is relaxed, so the range in which it does not change at all is found by bisection. Equations are not monotone: no claim.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from types import TracebackType

import numpy as np

from fivefold_solvers.analyze.faces import Faces
from fivefold_solvers.analyze.instance import Instance, goal, limited
from fivefold_solvers.analyze.interval import Interval
from fivefold_solvers.analyze.step_range import step_range
from fivefold_solvers.backends.session import Session
from fivefold_solvers.backends.solved import Solved
from fivefold_solvers.build.arrays import Arrays, Floats
from fivefold_solvers.diagnose.words import number
from fivefold_solvers.result import Termination

_STEPS = 60
_SAME = 1e-5
"""Two values of a column that differ by less are the same: integer programs leave that much open."""
_SLOPE = 2e-7
"""Costs by which solvers do not see that an objective is without end."""
_FAR = 1e7
"""How far out a range without end is looked at, in multiples of max(1, abs(number))."""


class Ranges:
    """Ranges of one solved program, one after another; use it as a context manager."""

    def __init__(self, base: Instance, solved: Solved, session: Session, *, limit_s: float | None = 60.0) -> None:
        """Start from a solve; the session is the one that it came from, or another."""
        self.base, self.solved, self.session, self.limit_s = base, solved, session, limit_s
        self.faces: Faces | None = None
        arrays = base.arrays
        linear = arrays.quadratic is None and not arrays.integer.any()
        if linear and solved.optimal and solved.duals is not None:
            self.faces = Faces(arrays, solved, session, limit_s)

    def __enter__(self) -> Ranges:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.faces is not None:
            self.faces.close()

    def cost(self, column: int) -> Interval | None:
        """Return how far the objective coefficient of a column may go with the present solution still best.

        Returns None for a quadratic objective, or where the solution is not proven optimal.
        """
        arrays = self.base.arrays
        if arrays.quadratic is not None or not self.solved.optimal:
            return None
        value = float(arrays.cost[column])
        if self.faces is not None:
            low, high, exact = self.faces.cost(column)
            how = "Found by 2 solves over all dual values that go with it."
        else:
            sign = -1.0 if arrays.sense == "maximize" else 1.0
            search = _CostSearch(arrays, column, self.solved, self.session, self.limit_s, sign)
            less, more = search.reach(-1.0), search.reach(1.0)
            down, up = (more[0], less[0]) if sign < 0 else (less[0], more[0])
            low, high, exact = value - down, value + up, less[1] and more[1]
            how = f"Found by {search.solves} re-solves where another solution overtakes."
        what = f"objective coefficient of {arrays.column_name(column)}"
        return Interval(
            what, value, low, high, "the present solution stays the best", "another solution is better", exact, how
        )

    def row(self, row: int) -> Interval | None:
        """Return how far the limit of a row may go with its price the same, or (integers) with the objective the same.

        Returns None where there is no claim to make: an equation of an integer program, no proven optimum, no dual
        values.
        """
        arrays, solved = self.base.arrays, self.solved
        if not solved.optimal or solved.row_values is None:
            return None
        low, high, at = float(arrays.row_lower[row]), float(arrays.row_upper[row]), float(solved.row_values[row])
        if arrays.integer.any():
            return None if low == high else step_range(self.base, row, solved, self.session, self.limit_s)
        limit = low if abs(at - low) <= abs(at - high) else high
        if self.faces is None or not math.isfinite(limit):
            return None
        prices = self.faces.prices(row)
        if prices is None:
            return None
        worse = 1.0 if arrays.sense == "maximize" else -1.0
        ends: list[float] = []
        slopes: list[float] = []
        settled: list[bool] = []
        for way, there in zip((-1.0, 1.0), prices, strict=True):
            distance, found = (0.0, True) if there is None else self.faces.limit(row, limit, way, there)
            slopes.append(-way * worse * math.inf if there is None else float(there.rows[row]))
            ends.append(limit + way * distance)
            settled.append(found)
        what, claim = f"limit of {arrays.row_name(row)}", _slope_text(goal(self.base.formulation), *slopes)
        how = "Found by solves over all solutions that go with the same dual values."
        (down, up), steep = ends, (slopes[0], slopes[1])
        return Interval(what, limit, down, up, claim, "the price is another", all(settled), how, steep)


def cost_range(
    base: Instance, column: int, solved: Solved, session: Session, *, limit_s: float | None = 60.0
) -> Interval | None:
    """Return `Ranges.cost` of one column."""
    with Ranges(base, solved, session, limit_s=limit_s) as ranges:
        return ranges.cost(column)


def row_range(
    base: Instance, row: int, solved: Solved, session: Session, *, limit_s: float | None = 60.0
) -> Interval | None:
    """Return `Ranges.row` of one row."""
    with Ranges(base, solved, session, limit_s=limit_s) as ranges:
        return ranges.row(row)


@dataclass(slots=True)
class _CostSearch:
    arrays: Arrays
    column: int
    solved: Solved
    session: Session
    limit_s: float | None
    sign: float
    solves: int = 0

    def reach(self, way: float) -> tuple[float, bool]:
        """Return how far the coefficient (of the minimum) may go one way, and whether that is exact."""
        values = self.solved.solution()
        own = float(values[self.column])
        goal_only = np.zeros(self.arrays.column_count)
        goal_only[self.column] = way
        far = self._solve(goal_only)
        if far.values is None and far.termination is not Termination.UNBOUNDED:
            return 0.0, False
        if far.values is None:
            nearer, held = self._overtaken(way)
            if nearer is None:
                return held
            far = nearer
        point = far.solution()
        distance = math.inf
        for _ in range(_STEPS):
            gain = way * (own - float(point[self.column]))
            if gain <= _SAME * max(1.0, abs(own)):
                # No other solution has less of this column: nothing overtakes any more.
                return distance, True
            loss = self.sign * float(self.arrays.cost @ (point - values))
            meets = loss / gain if loss > 1e-12 else 0.0
            if meets >= distance * (1 - 1e-9):
                return distance, True
            distance = meets
            there = self._at(way * distance)
            if there.values is None:
                return distance, False
            ours = self._worth(values, way * distance)
            if self._worth(there.solution(), way * distance) >= ours - 1e-7 * max(1.0, abs(ours)):
                return distance, there.optimal
            point = there.solution()
        return distance, False

    def _overtaken(self, way: float) -> tuple[Solved | None, tuple[float, bool]]:
        """Where far out the objective is without end: return a better solution nearer, or how far there is none."""
        values = self.solved.solution()
        low, high = 0.0, _FAR * max(1.0, abs(float(self.arrays.cost[self.column])))
        if self._holds(self._at(way * high), values, way * high):
            return None, (math.inf, False)
        while high - low > 1e-11 * max(1.0, high):
            middle = (low + high) / 2
            there = self._at(way * middle)
            if self._holds(there, values, way * middle):
                low = middle
            elif there.values is not None:
                return there, (low, False)
            else:
                high = middle
        # A slope of less than a solver's tolerance is none to it: the end is a hair further out than it should be.
        own = self.sign * float(self.arrays.cost[self.column])
        edge = round(own + way * low, 6)
        return None, (abs(edge - own) if abs(abs(edge - own) - low) <= _SLOPE * max(1.0, abs(edge)) else low, True)

    def _holds(self, there: Solved, values: Floats, shift: float) -> bool:
        # A point that is not the best one says nothing of ours.
        ours = self._worth(values, shift)
        return there.optimal and self._worth(there.solution(), shift) >= ours - 1e-7 * max(1.0, abs(ours))

    def _at(self, shift: float) -> Solved:
        cost = self.sign * self.arrays.cost
        cost[self.column] += shift
        return self._solve(cost)

    def _solve(self, cost: Floats) -> Solved:
        self.solves += 1
        program = replace(self.arrays, sense="minimize", offset=0.0, cost=cost)
        return self.session.solve(program, options=limited(self.limit_s))

    def _worth(self, values: Floats, shift: float) -> float:
        return self.sign * float(self.arrays.cost @ values) + shift * float(values[self.column])


def _slope_text(name: str, down: float, up: float) -> str:
    if math.isclose(down, up, rel_tol=1e-6, abs_tol=1e-9):
        return f"each unit up changes {name} by {number(up)}" if abs(up) > 1e-9 else f"{name} does not change"
    parts = [
        f"it cannot move {way}" if math.isinf(slope) else f"each unit {way} changes {name} by {number(sign * slope)}"
        for way, slope, sign in (("down", down, -1.0), ("up", up, 1.0))
    ]
    return " and ".join(parts)
