"""How far a number may go before the answer changes, exact also at degenerate optima and for integer programs.

*Objective coefficient.* The best objective is concave in one coefficient (of a minimum), and the value of the present
solution is a line that touches it. From a solution that is better far out, the place where its line meets ours is
either the end of the range, or shows a still better solution: finitely many solves, no grid, integers or not.

*Right-hand side, linear programs.* The best objective is convex in it (of a minimum), piecewise linear; the end of the
piece is found with tangents from far out in the same way.

*Right-hand side, integer programs.* The best objective is a step function. It can only get better as an inequality
is relaxed, so the range in which it does not change at all is found by bisection. Equations are not monotone: no claim.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from fivefold_solvers.analyze.instance import Instance, goal, limited
from fivefold_solvers.analyze.interval import Interval, bisected
from fivefold_solvers.analyze.piece_range import Piece, piece_range
from fivefold_solvers.analyze.step_range import step_range
from fivefold_solvers.backends.session import Session
from fivefold_solvers.backends.solved import Solved
from fivefold_solvers.build.arrays import Arrays
from fivefold_solvers.diagnose.words import number
from fivefold_solvers.result import Termination

_STEPS = 60
_SAME = 1e-5
"""Two values of a column that differ by less are the same: integer programs leave that much open."""
_FAR = 1e7
"""How far out a range without end is looked at, in multiples of max(1, abs(number))."""


def cost_range(
    base: Instance, column: int, solved: Solved, session: Session, *, limit_s: float | None = 60.0
) -> Interval | None:
    """Return how far the objective coefficient of a column may go with the present solution still best.

    Returns None for a quadratic objective, or where the solution is not proven optimal.
    """
    arrays = base.arrays
    if arrays.quadratic is not None or not solved.optimal:
        return None
    sign = -1.0 if arrays.sense == "maximize" else 1.0
    search = _CostSearch(arrays, column, solved, session, limit_s, sign)
    less, more = search.reach(-1.0), search.reach(1.0)
    low, high = (-more[0], less[0]) if sign < 0 else (-less[0], more[0])
    value = float(arrays.cost[column])
    return Interval(
        what=f"objective coefficient of {arrays.column_name(column)}",
        value=value,
        low=value + low,
        high=value + high,
        claim="the present solution stays the best",
        beyond="another solution is better",
        exact=less[1] and more[1],
        how=f"Found by {search.solves} re-solves where another solution overtakes.",
    )


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
            return self._bisected(way)
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

    def _bisected(self, way: float) -> tuple[float, bool]:
        """Return the reach where far out the objective is without end."""
        values = self.solved.solution()

        def holds(distance: float) -> bool:
            there = self._at(way * distance)
            ours = self._worth(values, way * distance)
            # A point that is not the best one says nothing of ours.
            return there.optimal and self._worth(there.solution(), way * distance) >= ours - 1e-7 * max(1.0, abs(ours))

        return bisected(holds, _FAR * max(1.0, abs(float(self.arrays.cost[self.column]))))

    def _at(self, shift: float) -> Solved:
        cost = self.sign * self.arrays.cost
        cost[self.column] += shift
        return self._solve(cost)

    def _solve(self, cost: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Solved:
        self.solves += 1
        program = replace(self.arrays, sense="minimize", offset=0.0, cost=cost)
        return self.session.solve(program, options=limited(self.limit_s))

    def _worth(self, values: np.ndarray[tuple[int], np.dtype[np.float64]], shift: float) -> float:
        return self.sign * float(self.arrays.cost @ values) + shift * float(values[self.column])


def row_range(
    base: Instance, row: int, solved: Solved, session: Session, *, limit_s: float | None = 60.0
) -> Interval | None:
    """Return how far the limit of a row may go with its price the same, or (integers) with the objective the same.

    Returns None where there is no claim to make: an equation of an integer program, no proven optimum, no dual values.
    """
    arrays = base.arrays
    if not solved.optimal or solved.row_values is None:
        return None
    low, high, at = float(arrays.row_lower[row]), float(arrays.row_upper[row]), float(solved.row_values[row])
    if arrays.integer.any():
        return None if low == high else step_range(base, row, solved, session, limit_s)
    if solved.duals is None or arrays.quadratic is not None:
        return None
    limit = low if abs(at - low) <= abs(at - high) else high
    if not math.isfinite(limit):
        return None
    what = f"limit of {arrays.row_name(row)}"
    piece = piece_range(arrays, row, limit, solved, session, limit_s)
    how = f"Found with {piece.solves} re-solves along tangents of the best objective."
    claim = _slope_text(goal(base.formulation), piece)
    ends = (limit - piece.down, limit + piece.up)
    return Interval(what, limit, *ends, claim, "the price is another", True, how, (piece.down_slope, piece.up_slope))


def _slope_text(name: str, piece: Piece) -> str:
    if math.isclose(piece.down_slope, piece.up_slope, rel_tol=1e-6, abs_tol=1e-9):
        slope = piece.up_slope
        return f"each unit up changes {name} by {number(slope)}" if abs(slope) > 1e-9 else f"{name} does not change"
    parts = [
        f"it cannot move {way}" if math.isinf(slope) else f"each unit {way} changes {name} by {number(sign * slope)}"
        for way, slope, sign in (("down", piece.down_slope, -1.0), ("up", piece.up_slope, 1.0))
    ]
    return " and ".join(parts)
