"""A second search where a proof came to no end: IPOPT from many points, for what SCIP found until then may be poor.

Without bounds SCIP can search far away for all of its time, and hold a point that anyone could better.
"""

from __future__ import annotations

from fivefold_solvers.emit import NotExpressibleError, select
from fivefold_solvers.emit import emit as emit_program
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.program import Program
from fivefold_solvers.result import ExecutionResult, Exit, Termination

LIMIT_S = 20.0
"""Seconds that the second search may take at most."""
WHY = "Pyomo with IPOPT: SCIP came to no end in its time, and this search found better; the optimum is local"
_GAIN = 1e-6


def program_near_by(formulation: Formulation, program: Program, result: ExecutionResult) -> Program | None:
    """Return the program of the second search; None where the first ended well, or IPOPT cannot take it."""
    stopped = result.exit is Exit.OK and result.termination is Termination.TIME_LIMIT and not result.solved
    if program.solver != "scip" or not stopped:
        return None
    lowered = lower(check(formulation))
    try:
        choice = select(lowered.grounded, rows=lowered.rows, solver="ipopt")
    except NotExpressibleError:
        return None
    if choice.engine.missing() is not None:
        return None
    return emit_program(lowered.grounded, "pyomo", rows=lowered.rows, time_limit_s=LIMIT_S, solver="ipopt")


def is_better(found: ExecutionResult, known: ExecutionResult, formulation: Formulation) -> bool:
    """Whether a second result is a solution where there was none, or one worth more."""
    if not found.has_solution or not known.has_solution or found.objective is None or known.objective is None:
        return found.has_solution and not known.has_solution
    sign = 1 if formulation.objective.sense == "minimize" else -1
    return sign * (known.objective - found.objective) > _GAIN * max(1.0, abs(known.objective))
