"""What one unit more or less of a limit is worth: dual values and reduced costs, with both sides where they differ.

At a degenerate optimum the dual values that a solver reports are one choice of many. One unit more is then worth
another amount than one unit less costs; both are the ends of the set of optimal dual values, which is a linear
program of its own: stationarity, signs, and zero where a limit does not bind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fivefold_solvers.analyze.dual_face import DualFace, dual_face
from fivefold_solvers.analyze.instance import Instance, goal, limited
from fivefold_solvers.backends.session import Session, using
from fivefold_solvers.backends.solved import Solved
from fivefold_solvers.build.arrays import Arrays, Floats
from fivefold_solvers.diagnose.words import Clause, Kind, Member, clause, number

END_LIMIT = 400
"""Binding limits up to which both ends of non-unique dual values are computed."""
_ZERO = 1e-9
_WHOLE = (
    "All decisions are whole numbers, so the best objective moves in steps and limits have no price per unit; "
    "ask for the range of a limit, or what if it were another."
)


@dataclass(frozen=True, slots=True)
class Price:
    """What moving one limit does to the objective, in the problem's own sense (see `fivefold_solvers.result`)."""

    clause: Clause
    value: float
    """The solver's dual value or reduced cost: change of the objective per unit by which the limit moves up."""
    up: float | None
    """Change of the objective per unit for the first bit upwards; infinite where the limit cannot move that way."""
    down: float | None
    """The same slope for the first bit downwards (moving down by one changes the objective by its negative)."""
    limit: float
    """The limit that binds, or the nearest one."""
    slack: float
    """Room that is left; 0 where the limit binds."""
    text: str

    @property
    def binding(self) -> bool:
        """Whether no room is left."""
        return self.slack == 0

    @property
    def unique(self) -> bool | None:
        """Whether both slopes are the same; None where that was not computed."""
        if self.up is None or self.down is None:
            return None
        return bool(np.isclose(self.up, self.down, rtol=1e-6, atol=1e-6))


@dataclass(frozen=True, slots=True)
class Prices:
    """The worth of every limit at the best solution."""

    solved: Solved
    rows: tuple[Price, ...]
    """One per row, in row order."""
    bounds: tuple[Price, ...]
    """One per bound that holds a continuous column."""
    held: bool
    """Whether whole-number decisions were held at their values: the prices are then those of the rest only."""
    unique: bool | None
    """Whether the dual values are the only ones; None where that was not computed."""
    how: str
    added: frozenset[str] = frozenset()
    """Names that the formulation does not have: what `abs`, `max` and logic were rewritten into. Left out in words."""

    def __str__(self) -> str:
        every = (*self.rows, *self.bounds)
        lines = [price.text for price in every if price.binding and price.clause.element not in self.added]
        none = self.how if self.unique is None else f"No limit binds. {self.how}"
        return "\n".join([*lines, self.how]) if lines else none


def prices(base: Instance, *, session: Session | None = None, limit_s: float | None = 60.0) -> Prices | Solved:
    """Return the prices of all limits, or what came of the solve where it is not proven optimal."""
    with using(session) as used:
        solved = used.solve(base.arrays, options=limited(limit_s))
        if not solved.optimal:
            return solved
        arrays, held = base.arrays, bool(base.arrays.integer.any())
        if arrays.integer.all():
            return Prices(solved, (), (), True, None, _WHOLE)
        if held:
            arrays = with_integers_held(arrays, solved.solution())
            solved_there = used.solve(arrays, options=limited(limit_s))
        else:
            solved_there = solved
        if solved_there.duals is None or solved_there.reduced_costs is None:
            return replace(solved_there, message="the back-end gave no dual values; take highs")
        face = dual_face(arrays, solved_there.solution())
        ends = _ends(face, used, limit_s)
        return _prices(base, arrays, solved, solved_there, face, ends, held)


def with_integers_held(arrays: Arrays, values: Floats) -> Arrays:
    """Return the linear program that is left when every integer column keeps its value."""
    whole = np.round(values)
    return replace(
        arrays,
        lower=np.where(arrays.integer, whole, arrays.lower),
        upper=np.where(arrays.integer, whole, arrays.upper),
        integer=np.zeros(arrays.column_count, bool),
    )


Ends = Callable[[int], tuple[float, float] | None]
"""Least and greatest optimal dual value of a place of the face; None where they were not computed."""


def _ends(face: DualFace, session: Session, limit_s: float | None) -> Ends:
    if face.unique:
        return lambda place: None
    found: dict[int, tuple[float, float]] = {}
    if face.places.size <= END_LIMIT:
        for place in range(face.places.size):
            low, high = (
                session.solve(face.towards(place, sign), options=limited(limit_s)).objective for sign in (1.0, -1.0)
            )
            # No least or no greatest value: the limit cannot move that way at all.
            found[place] = (-np.inf if low is None else low, np.inf if high is None else -high)
    return found.get


def _prices(
    base: Instance, arrays: Arrays, solved: Solved, there: Solved, face: DualFace, ends: Ends, held: bool
) -> Prices:
    assert there.duals is not None and there.reduced_costs is not None and there.row_values is not None
    name, maximize = goal(base.formulation), arrays.sense == "maximize"
    known = {int(place): at for at, place in enumerate(face.places)}

    def priced(member: Member, place: int, value: float, limits: tuple[float, float], at: float) -> Price:
        here = known.get(place)
        pair: tuple[float, float] | None = (0.0, 0.0) if here is None else (value, value)
        if here is not None and not face.unique:
            pair = ends(here)
        # Of a minimum the slope upwards is the greatest dual value, of a maximum the least.
        up, down = (None, None) if pair is None else (pair[0], pair[1]) if maximize else (pair[1], pair[0])
        limit, slack = _nearest(limits, at)
        slack = 0.0 if here is not None else slack
        said = clause(base.arrays, member, base.formulation)
        value = 0.0 if abs(value) < _ZERO else value
        return Price(said, value, up, down, limit, slack, _text(said, value, up, down, slack, name))

    rows = [
        priced(
            Member("row", row), row, float(there.duals[row]), _pair(arrays.row_lower, arrays.row_upper, row), float(at)
        )
        for row, at in enumerate(there.row_values)
    ]
    bounds: list[Price] = []
    for place in face.places[face.places >= arrays.row_count].tolist():
        column = place - arrays.row_count
        if base.arrays.integer[column]:
            continue
        at = float(there.solution()[column])
        limits = _pair(arrays.lower, arrays.upper, column)
        kind: Kind = "lower" if _nearest(limits, at)[0] == limits[0] else "upper"
        bounds.append(priced(Member(kind, column), place, float(there.reduced_costs[column]), limits, at))
    how = f"Dual values of {there.backend}"
    if held:
        how += ", with all whole-number decisions held at their values: letting these change may be worth more"
    if not face.unique:
        how += "; they are not the only ones (the optimum is degenerate), so both directions were computed"
        how += "" if face.places.size <= END_LIMIT else " only for small programs: take these as one choice of many"
    added = _added(base, [price.clause.element for price in (*rows, *bounds)])
    return Prices(solved, tuple(rows), tuple(bounds), held, face.unique, how + ".", added)


def _added(base: Instance, names: Iterable[str]) -> frozenset[str]:
    """Return the names that rewriting has added; both sides of `2 <= x <= 4` are named after their constraint."""
    written = {element.name for element in base.formulation.elements()}
    sides = [f"{constraint.name}_" for constraint in base.formulation.constraints]
    return frozenset(name for name in names if name not in written and not any(map(name.startswith, sides)))


def _pair(lower: Floats, upper: Floats, place: int) -> tuple[float, float]:
    return float(lower[place]), float(upper[place])


def _nearest(limits: tuple[float, float], at: float) -> tuple[float, float]:
    """Return the limit nearest to a value, and the room up to it."""
    rooms: Sequence[tuple[float, float]] = [(abs(at - limit), limit) for limit in limits]
    room, limit = min(rooms)
    return limit, room


def _text(said: Clause, value: float, up: float | None, down: float | None, slack: float, name: str) -> str:
    if slack > 0:
        return f"{said.name} does not bind ({number(slack)} left): moving it a little changes nothing."
    if up is None or down is None:
        return f"{said.name}: each unit up changes {name} by about {number(value)} (one of several dual values)."
    if np.isclose(up, down, rtol=1e-6, atol=1e-6):
        if abs(up) < 1e-9:
            return f"{said.name} binds, but moving it a little changes nothing."
        return f"{said.name}: each unit up changes {name} by {number(up)}, each unit down by {number(-up)}."

    def side(slope: float, sign: float, way: str) -> str:
        return (
            f"it cannot move {way}" if np.isinf(slope) else f"each unit {way} changes {name} by {number(sign * slope)}"
        )

    return f"{said.name}: {side(up, 1, 'up')}, {side(down, -1, 'down')}."
