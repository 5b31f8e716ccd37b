"""Optima of formulations and programs that differ a little, under one budget of time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from types import TracebackType
from typing import Literal

from fivefold_solvers.analyze.instance import instance
from fivefold_solvers.backends.registry import UnusableError
from fivefold_solvers.backends.session import Session
from fivefold_solvers.backends.solved import Options
from fivefold_solvers.build.errors import BuildError
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.program import Program
from fivefold_solvers.result import Exit, Limits, SolutionStatus, Termination

TOLERANCE = 1e-4
"""Optima that differ by less, relative to max(1, abs(value)), are the same."""
_LONGEST_S = 1.0
_STARTING_S = 3.0
"""Seconds beyond the solve within which a program's process has to come up."""


class OutOfTimeError(Exception):
    """The budget of time is spent."""


@dataclass(frozen=True, slots=True)
class Optimum:
    """What came of one solve."""

    status: Literal["optimal", "infeasible", "unbounded", "neither", "unsettled"]
    """`neither`: infeasible or unbounded, the solver does not say which; `unsettled`: nothing is known."""
    value: float | None = None
    """The optimum, where there is one."""

    @property
    def settled(self) -> bool:
        """Whether anything is known."""
        return self.status != "unsettled"


_UNSETTLED = Optimum("unsettled")


def same_optimum(first: Optimum, second: Optimum) -> bool | None:
    """Return whether two optima are the same; None where one is not known."""
    if not first.settled or not second.settled:
        return None
    if first.value is not None and second.value is not None:
        return same_value(first.value, second.value)
    if first.value is not None or second.value is not None:
        return False
    return first.status == second.status or "neither" in {first.status, second.status}


def same_value(first: float, second: float) -> bool:
    """Return whether two objectives are the same."""
    return abs(first - second) <= TOLERANCE * max(1.0, abs(first), abs(second))


class Optima:
    """Solves what is made of one formulation or program; its solver stays warm."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self._session = Session("auto")

    def __enter__(self) -> Optima:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._session.close()

    def of(self, wanted: Formulation | Program, *, seed: int = 0) -> Optimum:
        """Return the optimum of a formulation or program.

        Raises:
            OutOfTimeError: the budget is spent.
        """
        left = self.deadline - time.perf_counter()
        if left <= 0:
            raise OutOfTimeError
        limit_s = max(0.05, min(_LONGEST_S, left))
        if isinstance(wanted, Program):
            return _of_program(wanted, limit_s)
        try:
            options = Options(time_limit_s=limit_s, gap=1e-9, seed=seed)
            solved = self._session.solve(instance(wanted).arrays, options=options)
        except (BuildError, UnusableError):
            return _of_nonlinear(wanted, limit_s)
        if solved.optimal:
            return Optimum("optimal", solved.objective)
        return _without_solution(solved.termination)


def _without_solution(termination: Termination) -> Optimum:
    match termination:
        case Termination.INFEASIBLE:
            return Optimum("infeasible")
        case Termination.UNBOUNDED:
            return Optimum("unbounded")
        case Termination.INFEASIBLE_OR_UNBOUNDED:
            return Optimum("neither")
        case _:
            return _UNSETTLED


def _of_program(program: Program, limit_s: float) -> Optimum:
    """Return the optimum of a program in the sandbox; whatever goes wrong leaves nothing known."""
    from fivefold_solvers.sandbox import SandboxError, run

    try:
        result = run(program, Limits(wall_s=limit_s + _STARTING_S, cpu_s=4 * (limit_s + _STARTING_S)))
    except SandboxError:
        return _UNSETTLED
    if result.exit is not Exit.OK:
        return _UNSETTLED
    if result.solution_status is SolutionStatus.OPTIMAL:
        return _UNSETTLED if result.objective is None else Optimum("optimal", result.objective)
    return _without_solution(result.termination)


def _of_nonlinear(formulation: Formulation, limit_s: float) -> Optimum:
    from fivefold.errors import CallerError
    from fivefold.formulations import FaultyError, compiled, lowered

    try:
        program, _ = compiled(lowered(formulation), time_limit_s=limit_s)
    except (FaultyError, CallerError):
        return _UNSETTLED
    return _of_program(program, limit_s)
