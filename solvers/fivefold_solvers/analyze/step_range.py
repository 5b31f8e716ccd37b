"""The range of one inequality's limit in which the best objective of an integer program does not change at all."""

from __future__ import annotations

import math

from fivefold_solvers.analyze.instance import Instance, goal, same
from fivefold_solvers.analyze.interval import Interval, bisected
from fivefold_solvers.analyze.shift import Shifted
from fivefold_solvers.backends.session import Session
from fivefold_solvers.backends.solved import Solved


def step_range(base: Instance, row: int, solved: Solved, session: Session, limit_s: float | None) -> Interval | None:
    """Return the range; relaxing an inequality never makes the best objective worse, so bisection finds its ends."""
    arrays = base.arrays
    assert solved.row_values is not None and solved.objective is not None
    at, low, high = float(solved.row_values[row]), float(arrays.row_lower[row]), float(arrays.row_upper[row])
    limit = low if abs(at - low) <= abs(at - high) else high
    shifted = Shifted(arrays, row, limit, session, limit_s)
    down, up = (_reach(shifted, way, solved.objective, abs(at - limit)) for way in (-1.0, 1.0))
    name = goal(base.formulation)
    how = (
        f"Bisected with {shifted.solves} re-solves to about four digits: relaxing an inequality never makes the "
        "best objective worse, so there is one end each way; at the end it relaxes to, the value is already another."
    )
    return Interval(
        what=f"limit of {arrays.row_name(row)}",
        value=limit,
        low=_neat(limit - down),
        high=_neat(limit + up),
        claim=f"{name} stays at its best value (the decisions may differ)",
        beyond="the best value is another, or there is no solution",
        exact=True,
        how=how,
    )


def _reach(shifted: Shifted, way: float, objective: float, slack: float) -> float:
    def holds(distance: float) -> bool:
        # The present solution itself stays feasible up to its own slack.
        if distance <= slack and not shifted.relaxes(way):
            return True
        there = shifted.at(way * distance)
        return there.objective is not None and same(there.objective, objective)

    if shifted.relaxes(way):
        free = shifted.dropped()
        if free.objective is not None and same(free.objective, objective):
            return math.inf
        far = shifted.far if free.objective is None else max(0.0, way * (shifted.activity(free) - shifted.limit))
    else:
        far = shifted.extreme(way)
        if not math.isinf(far) and holds(far):
            return far
        far = shifted.far if math.isinf(far) else far
    return bisected(holds, far)[0]


def _neat(end: float) -> float:
    """Return an end without what comes of the solver's tolerances."""
    short = round(end, 3) if math.isfinite(end) else end
    return short + 0.0 if abs(end - short) <= 2e-4 * max(1.0, abs(end)) else end
