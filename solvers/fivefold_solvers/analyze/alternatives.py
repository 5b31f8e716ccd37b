"""Other solutions that are as good or nearly so: the k best, and ones that differ as much as they can.

*k best* (`next_best`): every further solution must differ in the whole-number decisions, by a cut that forbids those
found before (no-good cut); so the list is complete up to its length, in order.

*Diverse* (`diverse`): among all solutions within a room around the best objective, each next one is as different as
can be from those before: with 0-1 decisions by their number, else by the distance between values in one direction
(B. Brill, Management Science 28(3), 1982, "modelling to generate alternatives").

*Room of each decision* (`freedom`): the least and greatest value that it takes in any solution within the room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fivefold_solvers.analyze.instance import Instance, ValueChange, changes, goal, limited, same
from fivefold_solvers.analyze.nearest import kept
from fivefold_solvers.analyze.nogood import excluded
from fivefold_solvers.backends.session import Session, using
from fivefold_solvers.backends.solved import Solved
from fivefold_solvers.build.arrays import Arrays, Floats
from fivefold_solvers.diagnose.words import number
from fivefold_solvers.result import Termination


@dataclass(frozen=True, slots=True)
class Alternative:
    """One solution beside the best."""

    objective: float
    values: Floats
    """Shape (n,): values of all columns."""
    changes: tuple[ValueChange, ...]
    """What differs from the best solution."""
    proven: bool
    """Whether it is proven to be the next best, or the most different."""

    def __str__(self) -> str:
        shown = "; ".join(map(str, self.changes[:6])) + ("; ..." if len(self.changes) > 6 else "")
        return f"{number(self.objective)}: {shown or 'the same decisions'}"


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Solutions, the best first."""

    best: Solved
    found: tuple[Alternative, ...]
    """The best solution itself is not among them."""
    complete: bool
    """Whether there are no others of the kind that was asked for."""
    how: str
    name: str
    """What the objective is called."""

    @property
    def unique(self) -> bool | None:
        """Whether the best solution is the only best one; None where that was not settled."""
        ties = any(self.best.objective is not None and same(one.objective, self.best.objective) for one in self.found)
        return False if ties else True if self.found or self.complete else None

    def __str__(self) -> str:
        best = "none" if self.best.objective is None else number(self.best.objective)
        lines = [f"Best {self.name}: {best}.", *(f"  - {one}" for one in self.found), self.how]
        return "\n".join(lines)


def next_best(
    base: Instance,
    *,
    count: int = 5,
    within: float | None = None,
    over: Sequence[str] | None = None,
    session: Session | None = None,
    limit_s: float | None = 60.0,
) -> Alternatives:
    """Return the next best solutions that differ in whole-number decisions.

    Args:
        base: the formulation.
        count: how many beside the best.
        within: greatest loss against the best objective, as a share of it; None for any.
        over: variables in which solutions must differ; all with whole numbers if None.
        session: a session to use; a new one if None.
        limit_s: seconds for one solve.

    Raises:
        ValueError: none of these variables has whole numbers, or nothing limits one of them.
    """
    columns = _whole_columns(base, over)
    with using(session) as used:
        best = used.solve(base.arrays, options=limited(limit_s))
        if best.values is None:
            return Alternatives(best, (), best.termination is Termination.INFEASIBLE, "There is no best solution.", "")
        program, found, points = base.arrays, list[Alternative](), [best.values]
        room = base.arrays
        if within is not None and best.objective is not None and room.quadratic is None:
            room = kept(room, best.objective, within * abs(best.objective) + 1e-6 * max(1.0, abs(best.objective)))
        program = limits = _bounded(base.arrays, columns, room, used, limit_s)
        complete = False
        while len(found) < count:
            program = excluded(program, columns, points[-1], limits)
            solved = used.solve(program, options=limited(limit_s))
            if solved.values is None or not _is_within(base, best, solved, within):
                complete = solved.values is not None or solved.termination is Termination.INFEASIBLE
                break
            points.append(solved.values[: base.arrays.column_count])
            found.append(_alternative(base, best, points[-1], solved.optimal and best.optimal))
    how = "Each was solved with the whole-number decisions of those before it forbidden"
    how += "; there are no others within the room." if complete else "."
    return Alternatives(best, tuple(found), complete, how, goal(base.formulation))


def diverse(
    base: Instance,
    *,
    count: int = 3,
    within: float = 0.02,
    session: Session | None = None,
    limit_s: float | None = 60.0,
) -> Alternatives:
    """Return solutions within a share of the best objective that differ from each other as much as they can."""
    with using(session) as used:
        best = used.solve(base.arrays, options=limited(limit_s))
        if best.values is None or best.objective is None or base.arrays.quadratic is not None:
            return Alternatives(best, (), False, "There is no best solution of a linear objective.", "")
        room = kept(base.arrays, best.objective, within * max(abs(best.objective), 1e-9))
        columns = _own_columns(base)
        switches = columns[_switches(base.arrays)[columns]]
        points, found = [best.values], list[Alternative]()
        for _ in range(count):
            cost = np.zeros(base.arrays.column_count)
            if switches.size:
                # The number of 0-1 decisions that differ, summed over those before.
                cost[switches] = sum(1.0 - 2.0 * np.round(point[switches]) for point in points)
            else:
                cost[columns] = -_direction(base.arrays, points)[columns]
            solved = used.solve(replace(room, sense="maximize", offset=0.0, cost=cost), options=limited(limit_s))
            if solved.values is None or any(_alike(point, solved.values, columns) for point in points):
                break
            points.append(solved.values)
            found.append(_alternative(base, best, solved.values, solved.optimal))
    measure = "the number of 0-1 decisions that differ" if switches.size else "the sum of values in use so far, scaled"
    how = f"Each goes as far from those before as {measure} allows, within {100 * within:.3g} % of the best objective."
    return Alternatives(best, tuple(found), False, how, goal(base.formulation))


@dataclass(frozen=True, slots=True)
class Freedom:
    """The values that one decision takes in good solutions."""

    name: str
    low: float
    high: float
    at: float
    """Its value in the best solution."""
    proven: bool

    @property
    def fixed(self) -> bool:
        """Whether every good solution has the same value."""
        return same(self.low, self.high)

    def __str__(self) -> str:
        if self.fixed:
            return f"{self.name} is {number(self.at)} in every one"
        return f"{self.name} from {number(self.low)} to {number(self.high)}"


def freedom(
    base: Instance,
    *,
    within: float = 0.0,
    over: Sequence[str] | None = None,
    session: Session | None = None,
    limit_s: float | None = 60.0,
) -> tuple[Freedom, ...]:
    """Return the least and greatest value of every decision over all solutions within a share of the best objective.

    Two solves a decision; infinite where nothing limits it. Empty without a best solution of a linear objective.
    """
    with using(session) as used:
        best = used.solve(base.arrays, options=limited(limit_s))
        if best.values is None or best.objective is None or base.arrays.quadratic is not None:
            return ()
        room = kept(base.arrays, best.objective, within * abs(best.objective))
        found: list[Freedom] = []
        for column in _own_columns(base, over).tolist():
            at = float(best.values[column])
            ends: list[float] = []
            proven = best.optimal
            for sign in (1.0, -1.0):
                cost = np.zeros(base.arrays.column_count)
                cost[column] = sign
                solved = used.solve(replace(room, sense="minimize", offset=0.0, cost=cost), options=limited(limit_s))
                endless = solved.termination is Termination.UNBOUNDED
                proven = proven and (solved.optimal or endless)
                end = -sign * np.inf if endless else at if solved.values is None else float(solved.values[column])
                # The best solution itself is one of them, also where the level misses it by a hair.
                ends.append(float(min(end, at) if sign > 0 else max(end, at)))
            found.append(Freedom(base.arrays.column_name(column), ends[0], ends[1], at, proven))
    return tuple(found)


def _alternative(base: Instance, best: Solved, values: Floats, proven: bool) -> Alternative:
    found = changes(base.solution(best.solution()), base.solution(values))
    return Alternative(base.arrays.objective(values), values, tuple(found), proven)


def _is_within(base: Instance, best: Solved, solved: Solved, within: float | None) -> bool:
    if within is None or best.objective is None or solved.objective is None:
        return True
    sign = -1.0 if base.arrays.sense == "maximize" else 1.0
    loss = sign * (solved.objective - best.objective)
    return loss <= within * abs(best.objective) + 1e-6 * max(1.0, abs(best.objective))


def _own_columns(base: Instance, over: Sequence[str] | None = None) -> NDArray[np.int64]:
    unknown = set(over or ()) - set(base.own)
    if unknown:
        raise ValueError(f"there is no variable '{sorted(unknown)[0]}'; there are {', '.join(base.own)}")
    chosen = [np.arange(*ends) for name, ends in base.own.items() if over is None or name in over]
    return np.concatenate(chosen).astype(np.int64) if chosen else np.zeros(0, np.int64)


def _whole_columns(base: Instance, over: Sequence[str] | None) -> NDArray[np.int64]:
    columns = _own_columns(base, over)
    columns = columns[base.arrays.integer[columns]]
    if not columns.size:
        raise ValueError("no decision here is a whole number; ask for `diverse` solutions or the `freedom` of each")
    return columns


def _bounded(
    arrays: Arrays, columns: NDArray[np.int64], room: Arrays, session: Session, limit_s: float | None
) -> Arrays:
    """Return the program with finite bounds for these columns, where rows give them: what the room lets them reach.

    Raises:
        ValueError: nothing limits one of them.
    """
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    relaxed = replace(room, integer=np.zeros_like(room.integer), quadratic=None, offset=0.0)
    sides: list[tuple[Floats, Literal["minimize", "maximize"]]] = [(lower, "minimize"), (upper, "maximize")]
    for ends, sense in sides:
        for column in columns[~np.isfinite(ends[columns])].tolist():
            cost = np.zeros(room.column_count)
            cost[column] = 1.0
            asked = replace(relaxed, sense=sense, cost=cost)
            reached = session.solve(asked, options=limited(limit_s))
            if not reached.optimal or reached.objective is None:
                raise ValueError(
                    f"nothing limits {arrays.column_name(column)}, which forbidding a solution needs; give it bounds, "
                    "or ask only for solutions `within` a share of the best"
                )
            ends[column] = (
                np.floor(reached.objective + 1e-6) if sense == "maximize" else np.ceil(reached.objective - 1e-6)
            )
    return replace(arrays, lower=lower, upper=upper)


def _switches(arrays: Arrays) -> NDArray[np.bool_]:
    return arrays.integer & (arrays.lower >= 0) & (arrays.upper <= 1)


def _direction(arrays: Arrays, points: Sequence[Floats]) -> Floats:
    """Return weights that make what was used before worth less: each value by its size over the points."""
    size = np.maximum.reduce([np.abs(point) for point in points])
    mean = sum(points) / len(points)
    weights = np.divide(mean, np.where(size > 0, size, 1.0) ** 2)
    # Unused columns pull the solution away from those in use, if only a little.
    return np.where(size > 1e-9, weights, -1e-3 / max(1, arrays.column_count))


def _alike(first: Floats, second: Floats, columns: NDArray[np.int64]) -> bool:
    gap = np.abs(first[columns] - second[columns])
    return bool((gap <= 1e-6 * np.maximum(1.0, np.abs(first[columns]))).all())
