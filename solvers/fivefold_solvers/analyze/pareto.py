"""The trade-off between two objectives: solutions none of which is beaten in both (epsilon constraint).

Each point is the best in the first objective with the second held at a level, then the best in the second with the
first kept (Y. Y. Haimes, L. S. Lasdon, D. A. Wismer, IEEE Transactions on Systems, Man, and Cybernetics 1(3), 1971;
the second step is what makes the points efficient, G. Mavrotas, Applied Mathematics and Computation 213(2), 2009).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fivefold_solvers.analyze.instance import Instance, goal, instance, limited, said, same
from fivefold_solvers.analyze.nearest import kept
from fivefold_solvers.backends.session import Session, using
from fivefold_solvers.backends.solved import Solved
from fivefold_solvers.build.arrays import Arrays, Floats
from fivefold_solvers.diagnose.words import number
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Variable
from fivefold_solvers.formulation.identity import Key

_SECOND = "second_objective"


@dataclass(frozen=True, slots=True)
class Point:
    """One efficient solution."""

    first: float
    second: float
    values: dict[str, dict[Key, float]]
    """Values of the formulation's own variables."""
    proven: bool
    """Whether both steps were solved to proven optimality."""


@dataclass(frozen=True, slots=True)
class Front:
    """Efficient solutions, from the best in the first objective to the best in the second."""

    names: tuple[str, str]
    points: tuple[Point, ...]
    how: str

    def __str__(self) -> str:
        lines = [f"  {self.names[0]} {number(p.first)}, {self.names[1]} {number(p.second)}" for p in self.points]
        return "\n".join([*lines, self.how])


def pareto(
    formulation: Formulation,
    second: Objective,
    *,
    points: int = 9,
    session: Session | None = None,
    limit_s: float | None = 60.0,
) -> Front:
    """Return efficient solutions at evenly spaced levels of the second objective.

    Args:
        formulation: the formulation with its first objective, which must be linear.
        second: the other objective, over the same variables.
        points: how many at most; the two ends are always among them.
        session: a session to use; a new one if None.
        limit_s: seconds for one solve.

    Raises:
        BuildError: one of the objectives cannot be built.
    """
    base, column = _with_second(formulation, second)
    names = (goal(formulation), second.name if second.name != formulation.objective.name else f"{second.name} 2")
    sign = -1.0 if second.sense == "maximize" else 1.0
    with using(session) as used:
        walk = _Walk(base, formulation, column, sign, used, limit_s)
        start = used.solve(base.arrays, options=limited(limit_s))
        if start.values is None or base.arrays.quadratic is not None:
            why = said(start) if start.values is None else "has a quadratic objective, which cannot be held at a level"
            return Front(names, (), f"The problem {why}.")
        first = walk.point(base.arrays)
        last = walk.best_second()
        if first is None or last is None:
            return Front(names, (), "The ends of the trade-off were not found within the time.")
        found = [first]
        for level in np.linspace(first.second, last.second, points)[1:-1].tolist():
            between = walk.point(walk.held(float(level)))
            if between is not None:
                found.append(between)
        found.append(last)
    kept_points = _efficient(found, base.arrays.sense, second.sense)
    how = (
        f"Each point is the best in the first objective at a level of the second, then the best in the second; "
        f"{len(kept_points)} of {points} levels gave different ones. Between them there may be more."
    )
    return Front(names, tuple(kept_points), how)


@dataclass(slots=True)
class _Walk:
    base: Instance
    formulation: Formulation
    column: int
    sign: float
    session: Session
    limit_s: float | None

    def solve(self, arrays: Arrays) -> Solved:
        return self.session.solve(arrays, options=limited(self.limit_s))

    def held(self, level: float) -> Arrays:
        """Return the program with the second objective no worse than a level."""
        arrays = self.base.arrays
        lower, upper = arrays.lower.copy(), arrays.upper.copy()
        hair = 1e-9 * max(1.0, abs(level))
        (upper if self.sign > 0 else lower)[self.column] = level + self.sign * hair
        return replace(arrays, lower=lower, upper=upper)

    def second_only(self, arrays: Arrays) -> Arrays:
        cost = np.zeros(arrays.column_count)
        cost[self.column] = self.sign
        return replace(arrays, sense="minimize", offset=0.0, cost=cost)

    def point(self, arrays: Arrays) -> Point | None:
        """Return the best in the first objective, and of these the best in the second."""
        first = self.solve(arrays)
        if first.values is None or first.objective is None:
            return None
        second = self.solve(self.second_only(kept(arrays, first.objective)))
        values = second.values if second.values is not None else first.values
        return self._point(values, first.optimal and second.optimal)

    def best_second(self) -> Point | None:
        """Return the best in the second objective, and of these the best in the first."""
        second = self.solve(self.second_only(self.base.arrays))
        if second.values is None:
            return None
        best = float(second.values[self.column])
        first = self.solve(self.held(best))
        values = first.values if first.values is not None else second.values
        # The level is held within a hair, which is no part of the answer.
        return replace(self._point(values, first.optimal and second.optimal), second=best)

    def _point(self, values: Floats, proven: bool) -> Point:
        own = {variable.name for variable in self.formulation.variables}
        named = {name: table for name, table in self.base.solution(values).items() if name in own}
        return Point(self.base.arrays.objective(values), float(values[self.column]), named, proven)


def _with_second(formulation: Formulation, second: Objective) -> tuple[Instance, int]:
    """Return the formulation with the second objective as a variable of its own, and its column."""
    taken = {element.name for element in formulation.elements()}
    name = next(name for name in (_SECOND, *(f"{_SECOND}_{k}" for k in range(len(taken) + 1))) if name not in taken)
    tie = f"{name}_is"
    wide = formulation.model_copy(
        update={
            "variables": (*formulation.variables, Variable(name=name, lower="-inf")),
            # Pressed the right way an inequality is enough, and lets `max` or `abs` of the objective stay linear.
            "constraints": (
                *formulation.constraints,
                Constraint(
                    name=tie,
                    expression=f"{name} {'<=' if second.sense == 'maximize' else '>='} {second.expression}",
                ),
            ),
        }
    )
    base = instance(wide)
    return base, base.column(name)


def _efficient(points: Sequence[Point], first: str, second: str) -> list[Point]:
    """Return the points that differ and are not beaten by another, from the best in the first objective on."""
    signs = (-1.0 if first == "maximize" else 1.0, -1.0 if second == "maximize" else 1.0)
    ordered = sorted(points, key=lambda p: (signs[0] * p.first, signs[1] * p.second))
    found: list[Point] = []
    for point in ordered:
        if not found:
            found.append(point)
        elif signs[1] * point.second < signs[1] * found[-1].second and not same(point.second, found[-1].second):
            if same(point.first, found[-1].first):
                found.pop()
            found.append(point)
    return found
