"""Solved problems of the corpus as results, for the audit's tests; each is solved once."""

from dataclasses import dataclass
from functools import cache

from fivefold_solvers.backends.session import solve
from fivefold_solvers.build.arrays import Arrays
from fivefold_solvers.build.errors import BuildError
from fivefold_solvers.build.from_rows import from_checked
from fivefold_solvers.emit import emit
from fivefold_solvers.formulation.check import Checked
from fivefold_solvers.result import ExecutionResult, Exit, SolutionStatus
from fivefold_solvers.sandbox import run
from tests.solvers.corpus_cases import FOLDER, Case, load, names


@dataclass(frozen=True)
class SolvedCase:
    """A problem of the corpus with its solution."""

    case: Case
    result: ExecutionResult

    @property
    def lowered(self) -> Checked:
        return self.case.lowered


def arrays_of(checked: Checked) -> Arrays | None:
    """Return the arrays of a formulation that a back-end can take."""
    try:
        return from_checked(checked)
    except BuildError:
        return None


def solved_result(arrays: Arrays) -> ExecutionResult:
    """Return what a back-end says, as a program would have told it."""
    solved = solve(arrays, backend="auto")
    return ExecutionResult(
        exit=Exit.OK,
        termination=solved.termination,
        solution_status=solved.solution_status,
        objective=solved.objective,
        bound=solved.bound,
        gap=solved.gap,
        values={} if solved.values is None else arrays.values_by_name(solved.values),
        solver=solved.backend,
        solver_version=solved.solver_version,
    )


@cache
def corpus(nonlinear: bool = False) -> tuple[SolvedCase, ...]:
    """Return the problems that have an optimum; nonlinear ones need a program each and take seconds."""
    found: list[SolvedCase] = []
    for name in names():
        case = load(FOLDER / f"{name}.json")
        if case.status != "optimal":
            continue
        arrays = arrays_of(case.lowered)
        if arrays is not None:
            found.append(SolvedCase(case, solved_result(arrays)))
        elif nonlinear:
            found.append(SolvedCase(case, run(emit(case.linear, "pyomo", time_limit_s=20.0))))
    unsolved = [own.case.name for own in found if own.result.solution_status is not SolutionStatus.OPTIMAL]
    assert not unsolved, unsolved
    return tuple(found)
