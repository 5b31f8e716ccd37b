"""Pyomo programs: indexed components with rules, solved by HiGHS, by SCIP where HiGHS cannot, or by IPOPT."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from fivefold_solvers.backends.squares import objective_scale
from fivefold_solvers.emit import beyond, nonlinear, settled, text
from fivefold_solvers.emit.closing import report_section
from fivefold_solvers.emit.names import names_for
from fivefold_solvers.emit.readiness import NotExpressibleError, pyomo_ready
from fivefold_solvers.emit.spelling import Speller
from fivefold_solvers.emit.writer import (
    RowForm,
    bound_text,
    constraint_comment,
    data_section,
    finished,
    limits_section,
    opening,
    row_forms,
    said,
)
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.ground import Grounded, VariableBlock
from fivefold_solvers.formulation.polynomial import Place, Polynomial
from fivefold_solvers.formulation.reach import with_reach
from fivefold_solvers.formulation.rows import Rows
from fivefold_solvers.program import Program
from fivefold_solvers.result import OPTIMALITY_TOLERANCE

PyomoSolver = Literal["highs", "scip", "ipopt"]

TERMINATION = {
    "convergenceCriteriaSatisfied": "optimal",
    "provenInfeasible": "infeasible",
    "unbounded": "unbounded",
    "infeasibleOrUnbounded": "infeasible_or_unbounded",
    "maxTimeLimit": "time_limit",
    "iterationLimit": "other_limit",
    "objectiveLimit": "other_limit",
    "minStepLength": "other_limit",
    "interrupted": "other_limit",
    "locallyInfeasible": "unknown",
    "emptyModel": "unknown",
    "unknown": "unknown",
    "error": "error",
    "licensingProblems": "error",
}
"""Name of Pyomo's `TerminationCondition` -> `Termination`."""
SOLUTION = {
    "optimal": "optimal",
    "feasible": "feasible",
    "infeasible": "none",
    "unknown": "none",
    "noSolution": "none",
}
"""Name of Pyomo's `SolutionStatus` -> `SolutionStatus`."""

_NEEDS = {
    "highs": "Needs Pyomo and HiGHS: pip install pyomo highspy",
    "scip": "Needs Pyomo and SCIP: pip install pyomo pyscipopt",
    "ipopt": "Needs Pyomo, and CasADi with its IPOPT: pip install pyomo casadi",
}
_FACTORY = {"highs": "highs", "scip": "scip_direct"}
_IMPORTS = (
    *("import json", "import math", "import time", "", "import pyomo.environ as pyo"),
    *("from pyomo.contrib.solver.common.factory import SolverFactory", ""),
)
_CHECKED = '''\
def checked(row):
    """Skip a row without variables: Pyomo refuses it, and the data was checked to satisfy it."""
    return pyo.Constraint.Skip if isinstance(row, bool) else row


'''
_SOLVE = """\

solver = SolverFactory(@FACTORY@)
@OPTIONS@


def solve():
    return solver.solve(
        @ROOT@,
        load_solutions=False,
        raise_exception_on_nonoptimal_result=False,
        rel_gap=@GAP@,
        time_limit=TIME_LIMIT_S,
        solver_options=options,
    )


started = time.perf_counter()
results = solve()
termination = TERMINATION.get(results.termination_condition.name, "unknown")
"""
_QUIET = """\
# A log would fill the pipe that Pyomo reads only after the solve, which then would never end.
# Rows are held more tightly than its default, 0.000001, so that rounding leaves them within that.
options = {"display/verblevel": 0, "numerics/feastol": 1e-7}
if not solver.available():
    raise SystemExit("SCIP is missing: pip install pyscipopt")"""
_SCALED = """\
# HiGHS adds 1e-7 / 2 times the square of every variable to a quadratic objective.
# Beside an objective that is 2 to this power times as large, that is little.
options = {"user_objective_scale": @SCALE@}"""
_CLOSER = '''\


def added():
    """Return what HiGHS has added to the objective, as a share of it."""
    results.solution_loader.load_vars()
    squares = sum((entry.value or 0) ** 2 for entry in @ROOT@.component_data_objects(pyo.Var))
    scale = 2 ** options["user_objective_scale"]
    return 1e-7 / 2 * squares / scale / max(1, abs(results.incumbent_objective))


for _ in range(2):
    if termination != "optimal" or added() < 1e-7:
        break
    # Far out even tiny squares count, so that there may be a better solution, or no best one.
    options["user_objective_scale"] += 10
    closer = solve()
    again = TERMINATION.get(closer.termination_condition.name, "unknown")
    if again not in ("optimal", "unbounded"):
        break
    results, termination = closer, again

'''
_OPEN = """\
if termination == "infeasible_or_unbounded":
    # Whether there is any solution at all says which of the two it is.
    @ROOT@.objective.set_value(0 * @ROOT@.objective.expr)
    settled = {"optimal": "unbounded", "infeasible": "infeasible"}
    again = TERMINATION.get(solve().termination_condition.name, "unknown")
    termination = settled.get(again, termination)
"""
_READ = """\
solve_s = time.perf_counter() - started

solution_status = SOLUTION.get(results.solution_status.name, "none")
if termination in ("infeasible", "unbounded", "infeasible_or_unbounded"):
    solution_status = "none"
solver_version = ".".join(map(str, results.solver_version or ()))
objective, bound, values = None, None, {}
if termination in ("optimal", "time_limit", "other_limit"):
    bound = results.objective_bound
"""
_IDLE = """\
for entry in @ROOT@.component_data_objects(pyo.Var):
    # A variable that stands in no row keeps this value, the one nearest to 0; the others get theirs.
    lower = -math.inf if entry.lb is None else entry.lb
    upper = math.inf if entry.ub is None else entry.ub
    entry.set_value(min(max(0, lower), upper), skip_validation=True)
"""

_VALUES_OF = '''\
def values_of(variable):
    """Return the values of a variable keyed by index, always a tuple, empty for a scalar."""
    return {
        () if key is None else key if isinstance(key, tuple) else (key,): entry.value
        for key, entry in variable.items()
    }

'''


def pyomo_solver(grounded: Grounded, rows: Rows) -> PyomoSolver:
    """Return HiGHS for linear programs and convex quadratic objectives without integers, SCIP for the rest."""
    return "highs" if nonlinear.highs_refuses(grounded, rows) is None else "scip"


def emit_pyomo(
    grounded: Grounded, rows: Rows, time_limit_s: float | None, solver: PyomoSolver | None = None
) -> Program:
    """Return the Pyomo program of a formulation; for HiGHS where it can, else for SCIP, unless a solver is named.

    Raises:
        NotExpressibleError: `min` or `max` of variables is left, see `formulation.lower`.
    """
    reason = pyomo_ready(grounded, rows)
    if reason is not None:
        raise NotExpressibleError("Pyomo", reason)
    solver = solver or pyomo_solver(grounded, rows)
    given = grounded
    if solver == "scip":
        grounded = with_reach(grounded, rows)
    far = solver == "scip" and beyond.goes_beyond(grounded, rows)
    also = nonlinear.NAMES if solver == "ipopt" else beyond.NAMES if far else settled.NAMES
    names = names_for("pyomo", grounded.formulation, also)
    functions = {name: f"pyo.{name}" for name in ("sqrt", "exp", "log", "log10", "sin", "cos", "tan")}
    if solver == "scip":
        # Pyomo's writer for SCIP has no abs.
        functions["abs"] = "sqrt of square"
    convex = solver == "ipopt" and nonlinear.is_convex(grounded, rows)
    speller = Speller(grounded, names, lambda name: f"{names.root}.{name}", functions)
    lines = [
        *opening(grounded, _NEEDS[solver]),
        *(nonlinear.IMPORTS if solver == "ipopt" else _IMPORTS),
        *limits_section(time_limit_s),
        *data_section(speller),
        *_variables(speller, given),
        *_objective(speller, rows, solver),
        *_constraints(speller, rows),
        *_solve(speller, solver, rows, convex=convex, far=far),
        *report_section(speller, nonlinear.solver_said(convex=convex) if solver == "ipopt" else solver),
    ]
    return Program(source=finished(lines), library="pyomo", solver=solver)


def _variables(speller: Speller, given: Grounded) -> Iterator[str]:
    yield from text.heading("Variables")
    root = speller.names.root
    yield from (f"{root} = pyo.ConcreteModel()", "")
    for key, block in speller.grounded.variables.items():
        yield from said(block.element)
        if block.upper != given.variables[key].upper:
            yield "# The upper bound is ours: beyond it all is worse than a solution that is known, and SCIP needs one."
        name, rule = speller.names.of(block.element.name), list[str]()
        domain = _domain(block, speller, rule)
        yield from rule
        arguments = [*([_index_sets(block.clauses, speller)] if block.clauses else []), *domain]
        yield from text.broken(f"{root}.{name} = pyo.Var(", ", ".join(arguments), ")")


def _domain(block: VariableBlock, speller: Speller, rule: list[str]) -> list[str]:
    """Return the arguments that say which numbers a variable may take; add a function to `rule` if one is needed."""
    lower, upper = (bound_text(block, side, speller) or "None" for side in ("lower", "upper"))
    if block.element.domain == "binary":
        domain = "pyo.Binary"
        if (lower, upper) == ("0", "1"):
            return [f"domain={domain}"]
    else:
        domain = "pyo.Integers" if block.element.domain == "integer" else "pyo.Reals"
        if (lower, upper) == ("0", "None"):
            return [f"domain={domain.replace('.', '.NonNegative')}"]
    if (lower, upper) == ("None", "None"):
        return [f"domain={domain}"]
    bounds = f"({lower}, {upper})"
    if not _varies(block):
        return [f"domain={domain}", f"bounds={bounds}"]
    parameters, unpacked = _rule_parameters(block.clauses, speller)
    if not unpacked:
        return [f"domain={domain}", f"bounds=lambda {', '.join(parameters)}: {bounds}"]
    function = speller.names.fresh(f"{block.element.name}_bounds")
    rule += ["", "", f"def {function}({', '.join(parameters)}):"]
    rule += [f"    {name} = {value}" for name, value in unpacked]
    rule += [f"    return {bounds}", "", ""]
    return [f"domain={domain}", f"bounds={function}"]


def _varies(block: VariableBlock) -> bool:
    """Whether the bounds of a variable depend on its indices."""
    targets = {target for clause in block.clauses for target in clause.targets}
    return bool((e.names_used(block.lower) | e.names_used(block.upper)) & targets)


def _index_sets(clauses: tuple[e.Clause, ...], speller: Speller) -> str:
    """Return what a component is indexed by: its sets where these form a grid, else the list of its keys."""
    targets = {target for clause in clauses for target in clause.targets}
    if all(not clause.conditions and not e.names_used(clause.source) & targets for clause in clauses):
        return ", ".join(speller.source(clause) for clause in clauses)
    return f"[{speller.key(clauses, speller.widths(clauses))} {speller.clauses(clauses)}]"


def _rule_parameters(clauses: tuple[e.Clause, ...], speller: Speller) -> tuple[list[str], list[tuple[str, str]]]:
    """Return a rule's parameters, and how indices that stand for tuples are put together from them.

    Pyomo hands the parts of an index one by one, so `a in ARCS` arrives as two arguments.
    """
    widths = speller.widths(clauses)
    parameters, unpacked, seen = [speller.names.root], list[tuple[str, str]](), set[str]()
    for target in (target for clause in clauses for target in clause.targets):
        name = speller.names.of(target)
        if widths.get(target, 0):
            parts = [speller.names.part(target, place + 1) for place in range(widths[target])]
            parameters += parts
            unpacked.append((name, f"({', '.join(parts)})"))
        else:
            # `for (_, _, k) in ...`: two parameters of one name are no Python.
            parameters.append(speller.names.fresh(name) if target in seen else name)
        seen.add(target)
    return parameters, unpacked


def _objective(speller: Speller, rows: Rows, solver: PyomoSolver) -> Iterator[str]:
    objective = speller.grounded.formulation.objective
    yield from text.heading("Objective")
    yield from said(objective)
    tree, sense = speller.row(speller.grounded.objective), f", sense=pyo.{objective.sense})"
    if objective.sense == "satisfy":
        yield "# Any feasible point will do; Pyomo still wants an objective."
        tree, sense = "0", ")"
    seen = [name for name, block in speller.grounded.variables.items() if block.bounds]
    if not _places(rows) and seen:
        yield "# No row and no objective holds a variable; HiGHS gives no answer unless it sees one."
        tree = f"{tree} + sum(0*entry for entry in {speller.variable(speller.names.of(seen[0]))}.values())"
    elif not seen and solver == "highs":
        none = f"{speller.names.root}.{speller.names.fresh('nothing')}"
        yield "# No variable has an entry; HiGHS gives no answer unless it sees one."
        yield f"{none} = pyo.Var(bounds=(0, 0))"
        tree = f"{tree} + 0*{none}"
    yield from text.broken(f"{speller.names.root}.objective = pyo.Objective(expr=", tree, sense)


def _constraints(speller: Speller, rows: Rows) -> Iterator[str]:
    forms = list(row_forms(speller.grounded, rows, speller))
    yield from text.heading("Constraints")
    if any(form.trivial and form.clauses and not form.empty for form in forms):
        yield from ("", *_CHECKED.splitlines(), "")
    for form in forms:
        yield from constraint_comment(form)
        yield from _constraint(form, speller)


def _constraint(form: RowForm, speller: Speller) -> Iterator[str]:
    if form.empty:
        yield f"# {form.name} is true whatever the variables are: its rows hold data only."
        yield ""
        return
    widths = speller.widths(form.clauses)
    tree = speller.row(form.tree, widths)
    if not form.clauses:
        yield from text.broken(f"{speller.names.root}.{form.name} = pyo.Constraint(expr=", tree, ")")
        yield ""
        return
    parameters, unpacked = _rule_parameters(form.clauses, speller)
    yield from text.broken(f"@{speller.names.root}.Constraint(", _index_sets(form.clauses, speller), ")")
    yield f"def {form.name}({', '.join(parameters)}):"
    for name, value in unpacked:
        yield f"    {name} = {value}"
    if form.trivial:
        yield from text.broken("return checked(", tree, ")", "    ")
    else:
        yield from text.broken("return ", tree, "", "    ")
    yield from ("", "")


def _solve(speller: Speller, solver: PyomoSolver, rows: Rows, *, convex: bool, far: bool) -> Iterator[str]:
    yield from text.heading("Solve")
    yield from ("", *_VALUES_OF.splitlines(), "")
    root = speller.names.root
    if _has_idle(speller.grounded, rows):
        yield from (*_IDLE.replace("@ROOT@", root).splitlines(), "")
    yield from nonlinear.search_section(root, convex=convex) if solver == "ipopt" else _call(root, solver, rows, far)
    yield 'if solution_status != "none":'
    yield from nonlinear.LOAD if solver == "ipopt" else ("    results.solution_loader.load_vars()",)
    if speller.grounded.formulation.objective.sense != "satisfy":
        yield f"    objective = pyo.value({root}.objective)"
        yield from settled.settle(root) if solver == "highs" and settled.is_mixed(speller.grounded, rows) else ()
    else:
        yield "    bound = None"
    yield "    values = {"
    for name in speller.grounded.variables:
        yield f"        {name!r}: values_of({speller.variable(speller.names.of(name))}),"
    yield "    }"


def _call(root: str, solver: Literal["highs", "scip"], rows: Rows, far: bool) -> Iterator[str]:
    """Yield the call of a solver that Pyomo has an interface for."""
    yield f"TERMINATION = {text.table_literal({(name,): repr(word) for name, word in TERMINATION.items()})}"
    yield f"SOLUTION = {text.table_literal({(name,): repr(word) for name, word in SOLUTION.items()})}"
    squares = [value for (one, other), value in _quadratic(rows).items() if one == other]
    scaled = _SCALED.replace("@SCALE@", str(objective_scale(squares))) if squares else "options = {}"
    options = scaled if solver == "highs" else _QUIET
    source = _SOLVE.replace("@FACTORY@", repr(_FACTORY[solver])).replace("@OPTIONS@", options)
    yield from source.replace("@GAP@", repr(OPTIMALITY_TOLERANCE)).replace("@ROOT@", root).splitlines()
    yield from _CLOSER.replace("@ROOT@", root).splitlines() if solver == "highs" and squares else ()
    yield from beyond.retry(root) if far else ()
    yield from _OPEN.replace("@ROOT@", root).splitlines()
    yield from _READ.splitlines()
    yield from beyond.bound() if far else ()


def _quadratic(rows: Rows) -> Mapping[tuple[Place, Place], float]:
    return rows.objective.quadratic if isinstance(rows.objective, Polynomial) else {}


def _places(rows: Rows) -> set[Place]:
    """Return the entries of variables that stand in a row or in the objective."""
    seen: set[Place] = set()
    for body in (rows.objective, *(row.body for row in rows.rows)):
        if isinstance(body, Polynomial):
            seen |= body.places()
    return seen


def _has_idle(grounded: Grounded, rows: Rows) -> bool:
    """Whether an entry of a variable stands in no row and not in the objective, so that no solver sees it."""
    seen = _places(rows)
    return any((name, key) not in seen for name, block in grounded.variables.items() for key in block.bounds)
