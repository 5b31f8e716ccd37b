"""The linear piece of a linear program's best objective around the present value of one right-hand side."""

from __future__ import annotations

import math
from typing import NamedTuple

from fivefold_solvers.analyze.dual_face import dual_face
from fivefold_solvers.analyze.instance import limited
from fivefold_solvers.analyze.shift import Shifted
from fivefold_solvers.backends.session import Session
from fivefold_solvers.backends.solved import Solved
from fivefold_solvers.build.arrays import Arrays

_STEPS = 60


class Piece(NamedTuple):
    """How far the objective is a straight line in the limit, and how steep it is, each way."""

    down: float
    """Distance downwards; infinite for no end."""
    down_slope: float
    up: float
    up_slope: float
    solves: int


def piece_range(
    arrays: Arrays, row: int, limit: float, solved: Solved, session: Session, limit_s: float | None
) -> Piece:
    """Return the pieces to both sides of a binding limit of a linear program; they meet at a degenerate optimum."""
    shifted = Shifted(arrays, row, limit, session, limit_s)
    left, right = _slopes(arrays, row, solved, session, limit_s)
    worth = shifted.worth(solved)
    down = _reach(shifted, -1.0, worth, shifted.sign * left)
    up = _reach(shifted, 1.0, worth, shifted.sign * right)
    return Piece(down, left, up, right, shifted.solves)


def _slopes(arrays: Arrays, row: int, solved: Solved, session: Session, limit_s: float | None) -> tuple[float, float]:
    """Return the slope of the best objective below and above the limit: the ends of the optimal dual values."""
    assert solved.duals is not None
    face = dual_face(arrays, solved.solution())
    own = float(solved.duals[row])
    if face.unique:
        return own, own
    places = face.places.tolist()
    if row not in places:
        return 0.0, 0.0
    low, high = (
        session.solve(face.towards(places.index(row), sign), options=limited(limit_s)).objective for sign in (1.0, -1.0)
    )
    least, greatest = -math.inf if low is None else low, math.inf if high is None else -high
    return (greatest, least) if arrays.sense == "maximize" else (least, greatest)


def _reach(shifted: Shifted, way: float, worth: float, slope: float) -> float:
    """Return how far the line through the present objective holds one way.

    Args:
        shifted: the row whose limit moves.
        way: 1 upwards, -1 downwards.
        worth: the present objective, as a minimum.
        slope: its slope for the limit moving up, as a minimum.
    """
    if math.isinf(slope):
        return 0.0
    steep = way * slope

    def on_line(distance: float, there: float) -> bool:
        line = worth + steep * distance
        return there <= line + 1e-7 * max(1.0, abs(line), abs(steep * distance))

    distance, level, tangent = _start(shifted, way)
    there = shifted.worth(tangent) if tangent is not None else math.inf
    if on_line(distance, there):
        # Beyond where the row no longer binds the objective is level: part of the line only if that is level too.
        return math.inf if distance >= shifted.far or (level and abs(steep) <= 1e-9) else distance
    for _ in range(_STEPS):
        if tangent is None or tangent.duals is None:
            return 0.0
        # Where the row is gone or holds no more, its dual value is 0.
        incline = way * shifted.sign * float(tangent.duals[shifted.row])
        if steep - incline >= -1e-12:
            return distance
        meets = (there - worth - incline * distance) / (steep - incline)
        if meets >= distance * (1 - 1e-9) or meets <= 0:
            return max(0.0, min(meets, distance))
        distance = meets
        tangent = shifted.at(way * distance)
        there = shifted.worth(tangent)
        if on_line(distance, there):
            return distance
    return 0.0


def _start(shifted: Shifted, way: float) -> tuple[float, bool, Solved | None]:
    """Return a distance beyond which nothing new comes, whether the objective is level from there on, and the solve."""
    if shifted.relaxes(way):
        free = shifted.dropped()
        if free.objective is not None:
            return max(0.0, way * (shifted.activity(free) - shifted.limit)), True, free
        return shifted.far, False, shifted.at(way * shifted.far)
    extreme = shifted.extreme(way)
    if math.isinf(extreme):
        return shifted.far, False, shifted.at(way * shifted.far)
    there = shifted.at(way * extreme)
    if there.objective is None:
        # The very end may miss feasibility by a hair.
        extreme *= 1 - 1e-9
        there = shifted.at(way * extreme)
    return extreme, False, there
