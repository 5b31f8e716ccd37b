"""Solving data that is too large for a program: built as arrays, handed to a solver in a process of its own."""

from __future__ import annotations

from fivefold.data.attached import columns_of
from fivefold.tools import Tools
from fivefold_solvers.backends.reading import violation
from fivefold_solvers.backends.session import solve
from fivefold_solvers.backends.solved import Options, Solved
from fivefold_solvers.build.arrays import Arrays
from fivefold_solvers.build.vectorised import build
from fivefold_solvers.data.mapping import DataMapping
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.result import FEASIBILITY_TOLERANCE, ExecutionResult, Exit


def arrays_beside(formulation: Formulation, mapping: DataMapping, tools: Tools) -> Arrays:
    """Return the arrays of a formulation whose data is in tables, built once a run for each formulation and mapping.

    Raises:
        BuildError: formulation or data have faults.
        NotVectorised: it holds a form that only small data can have.
    """
    known = tools.built
    if known is None or known[0] != (formulation, mapping):
        known = ((formulation, mapping), build(formulation, columns_of(formulation, mapping, tools.tables)))
        tools.built = known
    return known[1]


def run_arrays(formulation: Formulation, mapping: DataMapping, tools: Tools) -> ExecutionResult:
    """Return the result of solving it; values that are zero are left out, there may be millions.

    Raises:
        BuildError: see `arrays_beside`.
        NotVectorised: see `arrays_beside`.
        UnusableError: no back-end takes it.
    """
    arrays = arrays_beside(formulation, mapping, tools)
    solved = solve(arrays, backend="auto", options=Options(time_limit_s=tools.options.time_limit_s))
    holds = solved.values is not None and violation(arrays, solved.values) <= FEASIBILITY_TOLERANCE
    return ExecutionResult(
        exit=Exit.OK,
        termination=solved.termination,
        solution_status=solved.solution_status,
        objective=solved.objective,
        bound=solved.bound,
        gap=solved.gap,
        values=_nonzero(arrays, solved),
        stderr=solved.message,
        wall_s=solved.wall_s,
        solver=solved.backend,
        solver_version=solved.solver_version,
        evidence="audited" if holds else "printed",
    )


def _nonzero(arrays: Arrays, solved: Solved) -> dict[str, dict[tuple[int | float | str, ...], float]]:
    if solved.values is None:
        return {}
    return {
        name: {key: value for key, value in table.items() if value}
        for name, table in arrays.values_by_name(solved.values).items()
    }
