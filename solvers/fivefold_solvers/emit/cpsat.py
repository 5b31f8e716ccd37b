"""OR-Tools CP-SAT programs: whole numbers within finite bounds, rows with integer coefficients."""

from __future__ import annotations

from collections.abc import Iterator

from fivefold_solvers.emit import loops, text
from fivefold_solvers.emit.closing import report_section
from fivefold_solvers.emit.names import names_for
from fivefold_solvers.emit.readiness import NotExpressibleError, cpsat_ready
from fivefold_solvers.emit.spelling import Speller
from fivefold_solvers.emit.whole import spread, weighted, whole_scale
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
from fivefold_solvers.formulation.implied import with_whole_bounds
from fivefold_solvers.formulation.polynomial import Polynomial
from fivefold_solvers.formulation.rows import Rows
from fivefold_solvers.program import Program

WORKERS = 8
TERMINATION = {
    "OPTIMAL": "optimal",
    "INFEASIBLE": "infeasible",
    "FEASIBLE": "other_limit",
    "UNKNOWN": "other_limit",
    "MODEL_INVALID": "error",
}
"""Name of a CP-SAT status -> `Termination`; a limit that is not the time's is no limit that a program sets."""
SOLUTION = {
    "OPTIMAL": "optimal",
    "FEASIBLE": "feasible",
    "INFEASIBLE": "none",
    "UNKNOWN": "none",
    "MODEL_INVALID": "none",
}
"""Name of a CP-SAT status -> `SolutionStatus`."""

_SOLVE = """\
solver = cp_model.CpSolver()
solver.parameters.num_workers = @WORKERS@
# The default stops 0.0001 from the optimum, which counts where the objective has fractions.
solver.parameters.absolute_gap_limit = 0.0
if TIME_LIMIT_S is not None:
    solver.parameters.max_time_in_seconds = TIME_LIMIT_S
started = time.perf_counter()
status = solver.status_name(solver.solve(@ROOT@))
solve_s = time.perf_counter() - started

termination = TERMINATION.get(status, "unknown")
if termination == "other_limit" and TIME_LIMIT_S is not None:
    termination = "time_limit"
solution_status = SOLUTION.get(status, "none")
solver_version = f"ortools {ortools.__version__}"
objective, bound, values = None, None, {}
"""


def emit_cpsat(grounded: Grounded, rows: Rows, time_limit_s: float | None) -> Program:
    """Return the CP-SAT program of a linear formulation in bounded integers.

    Raises:
        NotExpressibleError: CP-SAT cannot take it exactly, see `cpsat_ready`.
    """
    reason = cpsat_ready(grounded, rows)
    if reason is not None:
        raise NotExpressibleError("CP-SAT", reason)
    grounded = with_whole_bounds(grounded, rows)
    names = names_for("cpsat", grounded.formulation)
    speller = Speller(grounded, names, lambda name: name, whole=True)
    lines = [
        *opening(grounded, "Needs OR-Tools: pip install ortools"),
        *("import json", "import math", "import time", ""),
        *("import ortools", "from ortools.sat.python import cp_model", ""),
        *limits_section(time_limit_s),
        *data_section(speller),
        *text.heading("Variables"),
        *(f"{names.root} = cp_model.CpModel()", ""),
        *loops.variables(speller, lambda block, name: _variable(block, name, speller)),
        *_objective(speller, rows),
        *_constraints(speller, rows),
        *_solve(speller),
        *report_section(speller, "cp_sat"),
    ]
    return Program(source=finished(lines), library="cpsat", solver="cp_sat")


def _variable(block: VariableBlock, name: str, speller: Speller) -> str:
    lower, upper = bound_text(block, "lower", speller), bound_text(block, "upper", speller)
    if block.element.domain == "binary" and (lower, upper) == ("0", "1"):
        return f"{speller.names.root}.new_bool_var({name})"
    return f"{speller.names.root}.new_int_var({lower}, {upper}, {name})"


def _objective(speller: Speller, rows: Rows) -> Iterator[str]:
    objective = speller.grounded.formulation.objective
    yield from text.heading("Objective")
    yield from said(objective)
    if objective.sense == "satisfy":
        yield "# Any feasible point will do, so there is no objective."
        return
    tree = weighted(speller.grounded.objective, speller.grounded)
    call = f"{speller.names.root}.{objective.sense}("
    if isinstance(rows.objective, Polynomial):
        yield from text.broken(call, speller.row(tree), ")")
    else:
        # CP-SAT takes no plain number with a fraction.
        yield from text.broken(f"{call}cp_model.LinearExpr.sum([]) + (", speller.row(tree), "))")


def _constraints(speller: Speller, rows: Rows) -> Iterator[str]:
    yield from text.heading("Constraints")
    for form in row_forms(speller.grounded, rows, speller):
        scale = whole_scale(form.block, rows.of(form.block.element.name), speller.grounded)
        if scale > 1 and not form.empty:
            yield f"# Times {scale}, which makes all numbers whole."
        whole = spread(form.tree, speller.grounded, scale)
        tree = speller.row(whole, speller.widths(form.clauses))
        yield from loops.constraint(form, speller, f"{speller.names.root}.add", tree, guarded=False)
        yield ""


def _solve(speller: Speller) -> Iterator[str]:
    yield from text.heading("Solve")
    yield f"TERMINATION = {text.table_literal({(name,): repr(word) for name, word in TERMINATION.items()})}"
    yield f"SOLUTION = {text.table_literal({(name,): repr(word) for name, word in SOLUTION.items()})}"
    yield from loops.values_of("solver.value({0})") if loops.any_indexed(speller) else ("",)
    yield from _SOLVE.replace("@ROOT@", speller.names.root).replace("@WORKERS@", str(WORKERS)).splitlines()
    yield 'if solution_status != "none":'
    if speller.grounded.formulation.objective.sense != "satisfy":
        yield "    objective = solver.objective_value"
        yield "    bound = solver.best_objective_bound"
    yield from loops.values(speller, "solver.value({0})")
