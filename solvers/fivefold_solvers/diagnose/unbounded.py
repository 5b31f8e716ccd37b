"""Why a program has no best solution: a direction in which the objective improves without end, and what stops it.

A direction keeps every limit when it is followed for ever, so it is a solution of the recession program: rows and
bounds with 0 in place of every finite limit. Of all directions that improve by 1, one of least total movement is
shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from fivefold_solvers.backends.session import Session, using
from fivefold_solvers.backends.solved import Options
from fivefold_solvers.build.arrays import Arrays, Block, Floats, ListedKeys
from fivefold_solvers.diagnose.words import linear_text
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.identity import Key
from fivefold_solvers.result import Termination

_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Step:
    """How one variable entry moves."""

    column: int
    element: str
    key: Key
    name: str
    by: float
    """Per unit by which the objective improves."""
    description: str

    @property
    def missing(self) -> str:
        """The bound that is not there and would stop this entry."""
        return f"{'an upper' if self.by > 0 else 'a lower'} bound on {self.name}"


@dataclass(frozen=True, slots=True)
class Unbounded:
    """A direction without end."""

    steps: tuple[Step, ...]
    """Every entry that moves; empty if there is no such direction."""
    feasible: bool | None
    """Whether the program has any solution at all; None if that could not be settled in time."""
    alone: tuple[Step, ...]
    """Entries any one of which, given the missing bound, makes the program bounded."""
    together: tuple[Step, ...]
    """Entries that do so only together, where none does alone."""

    def __str__(self) -> str:
        if not self.steps:
            return "There is no direction in which the objective improves without end."
        terms = linear_text([(step.name, step.by) for step in self.steps])
        per = "The objective improves without end along " + terms + " (each per unit of the objective)."
        needed = self.alone or self.together
        word = " or " if self.alone else " and "
        cure = f" {word.join(step.missing for step in needed)} would stop it." if needed else ""
        none = " There is no feasible point, though." if self.feasible is False else ""
        return per + cure[:1] + cure[1:2].upper() + cure[2:] + none


def find_direction(
    arrays: Arrays,
    formulation: Formulation | None = None,
    *,
    session: Session | None = None,
    limit_s: float = 10.0,
) -> Unbounded:
    """Return a direction in which the objective improves without end, and the bounds that would stop it.

    Args:
        arrays: the program; domains play no part, which is right for rational data.
        formulation: where its elements' descriptions are.
        session: a session to use; a new one if None.
        limit_s: seconds for one solve.
    """
    options = Options(time_limit_s=limit_s)
    recession = _recession(arrays)
    with using(session, "highs") as used:
        movement = _direction(recession, used, options)
        if movement is None:
            return Unbounded((), None, (), ())
        steps = tuple(_step(arrays, column, float(movement[column]), formulation) for column in _moving(movement))
        alone = tuple(step for step in steps if _direction(_blocked(recession, (step,)), used, options) is None)
        together = () if alone else _together(arrays, recession, steps, formulation, used, options)
        return Unbounded(steps, _feasible(arrays, used, options), alone, together)


def _recession(arrays: Arrays) -> Arrays:
    """Return the program of all directions that improve the objective by 1, as differences of two columns each."""
    n, sign = arrays.column_count, -1.0 if arrays.sense == "minimize" else 1.0
    at = [np.repeat(np.arange(arrays.row_count), np.diff(arrays.starts)).astype(np.int64)]
    columns, values = [arrays.columns.astype(np.int64)], [arrays.coefficients]
    used = np.flatnonzero(arrays.cost)
    at.append(np.full(used.size, arrays.row_count))
    columns.append(used)
    values.append(sign * arrays.cost[used])
    flat = np.zeros(0)
    if arrays.quadratic is not None:
        # Along a direction without end a convex quadratic part must not move at all: Q d = 0.
        first, second, factors = arrays.quadratic
        mixed = first != second
        at += [arrays.row_count + 1 + place.astype(np.int64) for place in (first, second[mixed])]
        columns += [place.astype(np.int64) for place in (second, first[mixed])]
        values += [np.where(mixed, factors, 2 * factors), factors[mixed]]
        flat = np.zeros(n)
    rows = np.concatenate([*at, *at])
    flat_columns, flat_values = np.concatenate(columns), np.concatenate(values)
    order = np.argsort(rows, kind="stable")
    total = arrays.row_count + 1 + flat.size
    low = np.where(np.isfinite(arrays.row_lower), 0.0, -np.inf)
    high = np.where(np.isfinite(arrays.row_upper), 0.0, np.inf)
    up = np.where(np.isfinite(arrays.upper), 0.0, np.inf)
    down = np.where(np.isfinite(arrays.lower), 0.0, np.inf)
    keys = ListedKeys([(place,) for place in range(max(total, 2 * n))])
    return Arrays(
        sense="minimize", offset=0.0, cost=np.ones(2 * n), lower=np.zeros(2 * n), upper=np.concatenate([up, down]),
        integer=np.zeros(2 * n, bool),
        starts=np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=total))]).astype(np.int64),
        columns=np.concatenate([flat_columns, flat_columns + n])[order].astype(np.int32),
        coefficients=np.concatenate([flat_values, -flat_values])[order],
        row_lower=np.concatenate([low, [1.0], flat]), row_upper=np.concatenate([high, [1.0], flat]),
        quadratic=None, variables=(Block("movement", 0, 2 * n, keys),), constraints=(Block("row", 0, total, keys),),
    )  # fmt: skip


def _direction(recession: Arrays, session: Session, options: Options) -> Floats | None:
    """Return how every column moves, None where no direction improves."""
    values = session.solve(recession, options=options).values
    if values is None:
        return None
    half = values.size // 2
    movement = values[:half] - values[half:]
    movement[np.abs(movement) < _TINY] = 0.0
    return movement


def _moving(movement: Floats) -> list[int]:
    return [int(column) for column in np.flatnonzero(movement)]


def _blocked(recession: Arrays, steps: tuple[Step, ...]) -> Arrays:
    upper, half = recession.upper.copy(), recession.column_count // 2
    for step in steps:
        upper[step.column + (0 if step.by > 0 else half)] = 0.0
    return replace(recession, upper=upper)


def _together(
    arrays: Arrays,
    recession: Arrays,
    steps: tuple[Step, ...],
    formulation: Formulation | None,
    session: Session,
    options: Options,
) -> tuple[Step, ...]:
    """Return bounds that stop every direction, none of which can be left out."""
    chosen: list[Step] = []
    movement: Floats | None = None
    while len(chosen) <= 2 * arrays.column_count:
        chosen.append(max(steps, key=lambda step: abs(step.by)))
        movement = _direction(_blocked(recession, tuple(chosen)), session, options)
        if movement is None:
            break
        steps = tuple(_step(arrays, column, float(movement[column]), formulation) for column in _moving(movement))
    for step in list(chosen):
        others = tuple(one for one in chosen if one is not step)
        if _direction(_blocked(recession, others), session, options) is None:
            chosen.remove(step)
    return tuple(chosen)


def _feasible(arrays: Arrays, session: Session, options: Options) -> bool | None:
    goalless = replace(arrays, cost=np.zeros(arrays.column_count), quadratic=None)
    solved = session.solve(goalless, options=options)
    if solved.termination is Termination.INFEASIBLE:
        return False
    return True if solved.feasible else None


def _step(arrays: Arrays, column: int, by: float, formulation: Formulation | None) -> Step:
    block = arrays.column_block(column)
    described = "" if formulation is None else _description(formulation, block.name)
    key = block.keys.key(column - block.start)
    return Step(column, block.name, key, arrays.column_name(column), by, described)


def _description(formulation: Formulation, name: str) -> str:
    return next((element.description for element in formulation.elements() if element.name == name), "")
