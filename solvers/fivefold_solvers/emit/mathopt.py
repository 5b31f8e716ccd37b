"""OR-Tools MathOpt programs: linear programs with and without integers, solved by HiGHS unless told otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from fivefold_solvers.emit import loops, text
from fivefold_solvers.emit.closing import report_section
from fivefold_solvers.emit.names import names_for
from fivefold_solvers.emit.readiness import NotExpressibleError, continuous_ready, mathopt_ready
from fivefold_solvers.emit.spelling import Speller
from fivefold_solvers.emit.writer import (
    bound_text,
    data_section,
    finished,
    limits_section,
    opening,
    row_forms,
    said,
)
from fivefold_solvers.formulation.ground import Grounded, VariableBlock
from fivefold_solvers.formulation.rows import Rows
from fivefold_solvers.program import Program
from fivefold_solvers.result import OPTIMALITY_TOLERANCE

MathOptSolver = Literal["highs", "glop", "pdlp", "scip"]

TERMINATION = {
    "OPTIMAL": "optimal",
    "INFEASIBLE": "infeasible",
    "UNBOUNDED": "unbounded",
    "INFEASIBLE_OR_UNBOUNDED": "infeasible_or_unbounded",
    "IMPRECISE": "unknown",
    "FEASIBLE": "other_limit",
    "NO_SOLUTION_FOUND": "other_limit",
    "NUMERICAL_ERROR": "error",
    "OTHER_ERROR": "error",
}
"""Name of MathOpt's `TerminationReason` -> `Termination`; a time limit shows in `Termination.limit`."""

_SOLVE = """\
def solve(@ARGUMENT@):
    options = mathopt.SolveParameters(
        relative_gap_tolerance=@GAP@,
        time_limit=None if TIME_LIMIT_S is None else timedelta(seconds=TIME_LIMIT_S),@PRESOLVE@
    )
@CALL@


started = time.perf_counter()
@FIRST@
@TERMINATION@
@OPEN@
solve_s = time.perf_counter() - started

if termination == "other_limit" and result.termination.limit is mathopt.Limit.TIME:
    termination = "time_limit"
solver_version = f"ortools {ortools.__version__}"
solution_status, objective, bound, values = "none", None, None, {}
if termination == "optimal":
    solution_status = "optimal"
elif "unbounded" not in termination and result.has_primal_feasible_solution():
    solution_status = "feasible"
"""
_CALL = "    return mathopt.solve(@ROOT@, mathopt.SolverType.@TYPE@, params=options)"
_CALL_SCIP = """\
    try:
        return mathopt.solve(@ROOT@, mathopt.SolverType.GSCIP, params=options)
    except Exception as fault:
        # OR-Tools 9.15 cannot hand on the infinite objective that SCIP has for an unbounded program.
        if "PrimalSolutionProto.objective_value" not in f"{fault} {fault.__context__}":
            raise
        return None"""
_SEED = """
        random_seed=seed,
        presolve=None if seed is None else mathopt.Emphasis.OFF,"""
_FIRST = "result = solve()"
_FIRST_HIGHS = """\
for seed in (None, 1, 2, 3):
    try:
        result = solve(seed)
        break
    except Exception:
        # HiGHS may find its own solution wrong by a hair, which OR-Tools raises as an error.
        # Starting anew in another way avoids it.
        if seed == 3:
            raise"""
_OPEN = """\
if termination == "infeasible_or_unbounded":
    # Whether there is any solution at all says which of the two it is.
    @ROOT@.objective.clear()
    settled = {"OPTIMAL": "unbounded", "FEASIBLE": "unbounded", "INFEASIBLE": "infeasible"}
    termination = settled.get(solve().termination.reason.name, termination)"""
_TERMINATION = 'termination = TERMINATION.get(result.termination.reason.name, "unknown")'
_UNBOUNDED = 'termination = "unbounded"\nif result is not None:\n    '


def emit_mathopt(
    grounded: Grounded, rows: Rows, time_limit_s: float | None, solver: MathOptSolver = "highs"
) -> Program:
    """Return the MathOpt program of a linear formulation.

    Raises:
        NotExpressibleError: the formulation is not linear, or the solver takes no whole numbers.
    """
    reason = mathopt_ready(grounded, rows) if solver in ("highs", "scip") else continuous_ready(grounded, rows)
    if reason is not None:
        raise NotExpressibleError("MathOpt", reason)
    names = names_for("mathopt", grounded.formulation)
    speller = Speller(grounded, names, lambda name: name, total="mathopt.fast_sum")
    lines = [
        *opening(grounded, "Needs OR-Tools: pip install ortools"),
        *("import json", "import math", "import time", "from datetime import timedelta", ""),
        *("import ortools", "from ortools.math_opt.python import mathopt", ""),
        *limits_section(time_limit_s),
        *data_section(speller),
        *text.heading("Variables"),
        *(f"{names.root} = mathopt.Model()", ""),
        *loops.variables(speller, lambda block, name: _variable(block, name, speller)),
        *_objective(speller),
        *_constraints(speller, rows),
        *_solve(speller, solver),
        *report_section(speller, solver),
    ]
    return Program(source=finished(lines), library="mathopt", solver=solver)


def _variable(block: VariableBlock, name: str, speller: Speller) -> str:
    sides = (("lb", bound_text(block, "lower", speller)), ("ub", bound_text(block, "upper", speller)))
    # MathOpt's own default is no bound.
    limits = [f"{option}={limit}" for option, limit in sides if limit is not None]
    domain = block.element.domain
    if domain == "binary" and limits == ["lb=0", "ub=1"]:
        return f"{speller.names.root}.add_binary_variable(name={name})"
    function = "add_variable" if domain == "continuous" else "add_integer_variable"
    return f"{speller.names.root}.{function}({', '.join([*limits, f'name={name}'])})"


def _objective(speller: Speller) -> Iterator[str]:
    objective = speller.grounded.formulation.objective
    yield from text.heading("Objective")
    yield from said(objective)
    if objective.sense == "satisfy":
        yield "# Any feasible point will do, so there is no objective."
        return
    yield from text.broken(f"{speller.names.root}.{objective.sense}(", speller.row(speller.grounded.objective), ")")


def _constraints(speller: Speller, rows: Rows) -> Iterator[str]:
    yield from text.heading("Constraints")
    for form in row_forms(speller.grounded, rows, speller):
        tree = speller.row(form.tree, speller.widths(form.clauses))
        yield from loops.constraint(form, speller, f"{speller.names.root}.add_linear_constraint", tree, guarded=True)
        yield ""


def _solve(speller: Speller, solver: MathOptSolver) -> Iterator[str]:
    yield from text.heading("Solve")
    yield f"TERMINATION = {text.table_literal({(name,): repr(word) for name, word in TERMINATION.items()})}"
    yield from loops.values_of("solution[{0}]") if loops.any_indexed(speller) else ("", "")
    yield from _call(speller.names.root, solver).splitlines()
    yield 'if solution_status != "none":'
    if speller.grounded.formulation.objective.sense != "satisfy":
        yield "    objective = result.objective_value()"
        yield "    bound = result.termination.objective_bounds.dual_bound"
    yield "    solution = result.variable_values()"
    yield from loops.values(speller, "solution[{0}]")


def _call(root: str, solver: MathOptSolver) -> str:
    """Return the call of the solver, and what came of it."""
    scip, highs = solver == "scip", solver == "highs"
    parts = {
        "@ARGUMENT@": "seed=None" if highs else "",
        "@PRESOLVE@": _SEED if highs else "",
        "@CALL@": _CALL_SCIP if scip else _CALL.replace("@TYPE@", solver.upper()),
        "@FIRST@": _FIRST_HIGHS if highs else _FIRST,
        "@OPEN@": _OPEN,
        "@TERMINATION@": f"{_UNBOUNDED if scip else ''}{_TERMINATION}",
        "@GAP@": repr(OPTIMALITY_TOLERANCE),
        "@ROOT@": root,
    }
    source = _SOLVE
    for mark, part in parts.items():
        source = source.replace(mark, part)
    return source
