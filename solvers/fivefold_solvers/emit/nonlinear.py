"""Programs for nonlinear problems: which solver of Pyomo takes what, and the search with IPOPT from many points.

SCIP proves an optimum of the whole; IPOPT, by way of CasADi, finds a point that nothing near it beats, which it
does for large programs too and for functions that SCIP has no rules for. What a program with IPOPT reports says so:
its solver is `ipopt (local)`, the solution `feasible` and without a bound, unless the program is convex.
"""

from __future__ import annotations

from collections.abc import Iterator

from fivefold_solvers.emit import text
from fivefold_solvers.emit.readiness import trees_of
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.classify import convex_objective
from fivefold_solvers.formulation.evaluate import bindings, number
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.intervals import interval
from fivefold_solvers.formulation.polynomial import Polynomial
from fivefold_solvers.formulation.rows import Rows
from fivefold_solvers.formulation.scope import EvaluationError
from fivefold_solvers.formulation.show import show
from fivefold_solvers.result import FEASIBILITY_TOLERANCE

_SHOWN = 80
STARTS = 10
"""Points that IPOPT starts from."""
TERMINATION = {
    "Solve_Succeeded": "optimal",
    "Feasible_Point_Found": "optimal",
    "Maximum_Iterations_Exceeded": "other_limit",
    "User_Requested_Stop": "other_limit",
    "Maximum_CpuTime_Exceeded": "time_limit",
    "Maximum_WallTime_Exceeded": "time_limit",
    "Invalid_Problem_Definition": "error",
    "Invalid_Option": "error",
    "Unrecoverable_Exception": "error",
    "NonIpopt_Exception_Thrown": "error",
    "Insufficient_Memory": "error",
    "Internal_Error": "error",
}
"""IPOPT's status -> `Termination`; all others say nothing of the problem as a whole, so they are `unknown`."""

_SEARCH = '''\
STARTS = @STARTS@  # points that a search begins at


def handed_over(program):
    """Return the variables, and the program as CasADi reads it from a file in the .nl format."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "program.nl")
        with open(path, "w", encoding="utf-8") as file:
            written = NLWriter().write(program, file, linear_presolve=False, scale_model=False)
        read = casadi.NlpBuilder()
        read.import_nl(path)
    return written.variables, read


def starting(place, lower, upper, chance):
    """Return the value that a variable starts from: 1, the middle, then anything between its bounds."""
    low = lower if math.isfinite(lower) else min(-100.0, upper - 100)
    high = upper if math.isfinite(upper) else max(100.0, lower + 100)
    if place == 0:
        return min(max(1.0, lower), upper)
    return (low + high) / 2 if place == 1 else chance.uniform(low, high)


def violation(values, lowers, uppers):
    """Return by how much the worst of the values breaks its limits, as a share of them above 1."""
    worst = 0.0
    for value, lower, upper in zip(values, lowers, uppers):
        for limit, excess in ((lower, lower - value), (upper, value - upper)):
            if math.isfinite(limit):
                worst = max(worst, excess / max(1, abs(limit)))
    return worst


started = time.perf_counter()
variables, read = handed_over(@ROOT@)
options = {"print_level": 0, "sb": "yes", "max_iter": 1000}
if TIME_LIMIT_S is not None:
    # A search may take half of the time, and none begins in the other half.
    options["max_wall_time"] = TIME_LIMIT_S / 2
search = casadi.nlpsol(
    "search", "ipopt", read,
    {"ipopt": options, "expand": True, "print_time": False, "show_eval_warnings": False},
)
limits = {"lbx": read.x_lb, "ubx": read.x_ub, "lbg": read.g_lb, "ubg": read.g_ub}
chance = random.Random(0)  # the same points every time
best, least, status, converged, begun = None, math.inf, "", 0, 0
for place in range(STARTS):
    if place and TIME_LIMIT_S is not None and time.perf_counter() - started > TIME_LIMIT_S / 2:
        break
    begun += 1
    point = [starting(place, *pair, chance) for pair in zip(read.x_lb, read.x_ub)]
    found = search(x0=point, **limits)
    said = search.stats()["return_status"]
    if TERMINATION.get(said) != "optimal":
        status = status or said
    elif violation(found["g"].elements(), read.g_lb, read.g_ub) <= @TOLERANCE@:
        converged += 1
        # CasADi turns a maximization round.
        if best is None or float(found["f"]) < least:
            best, least = found["x"].elements(), float(found["f"])
solve_s = time.perf_counter() - started

termination = TERMINATION.get(status, "unknown") if best is None else "optimal"
solver_version = f"casadi {casadi.__version__}"
objective, bound, values = None, None, {}
'''
_LOCAL = """\
# Nothing near it is better; of what lies further away nothing is known.
solution_status = "none" if best is None else "feasible"
print(f"Local optimum: {converged} of {begun} searches came to one, and this is the best of them.")
"""
_CONVEX = """\
# The program is convex, so what nothing near it beats nothing beats at all.
solution_status = "none" if best is None else "optimal"
"""
LOAD = (
    "    for variable, value in zip(variables, best):",
    "        # IPOPT may step over a bound by a hair.",
    "        lower, upper = variable.bounds",
    "        value = value if lower is None else max(value, lower)",
    "        variable.set_value(value if upper is None else min(value, upper), skip_validation=True)",
)
"""The lines that give the variables their values, within the branch where there is a solution."""
IMPORTS = (
    *("import json", "import math", "import os", "import random", "import tempfile", "import time", ""),
    *("import casadi", "import pyomo.environ as pyo", "from pyomo.repn.plugins.nl_writer import NLWriter", ""),
)
"""What a program with IPOPT imports."""
_OWN = """
casadi NLWriter os random tempfile STARTS handed_over starting violation folder path file written read place
lower upper chance low high values lowers uppers worst excess variables options search limits best least status
converged begun point found said value pair
"""
NAMES = frozenset(_OWN.split())
"""Names that a program with IPOPT uses beside those of all programs."""


def search_section(root: str, *, convex: bool) -> Iterator[str]:
    """Yield the search; it sets all that the report needs but `objective` and `values`.

    Args:
        root: the program's name for what everything is added to.
        convex: whether a local optimum is one of the whole.
    """
    yield f"TERMINATION = {text.table_literal({(name,): repr(word) for name, word in TERMINATION.items()})}"
    source = _SEARCH.replace("@ROOT@", root).replace("@STARTS@", str(STARTS))
    yield from source.replace("@TOLERANCE@", repr(FEASIBILITY_TOLERANCE)).splitlines()
    yield from (_CONVEX if convex else _LOCAL).splitlines()


def solver_said(*, convex: bool) -> str:
    """Return what a program with IPOPT calls its solver."""
    return "ipopt" if convex else "ipopt (local)"


def is_convex(grounded: Grounded, rows: Rows) -> bool:
    """Whether a program is known to be convex: linear rows and a convex quadratic objective at most."""
    bodies = [row.body for row in rows.rows if isinstance(row.body, Polynomial)]
    objective = rows.objective
    simple = not isinstance(objective, Polynomial) or objective.degree <= 2
    return simple and all(body.degree <= 1 for body in bodies) and convex_objective(grounded, rows)


def nonlinear_places(rows: Rows) -> int:
    """Return how many entries of variables stand in products or functions."""
    found = set[object]()
    for body in (rows.objective, *(row.body for row in rows.rows)):
        if isinstance(body, Polynomial):
            found |= body.beyond_places
            found.update(place for pair in body.quadratic for place in pair)
    return len(found)


def is_periodic(rows: Rows) -> bool:
    """Whether a sine, cosine or tangent of variables is somewhere."""
    bodies = (rows.objective, *(row.body for row in rows.rows))
    return any(isinstance(body, Polynomial) and body.beyond & {"sin", "cos", "tan"} for body in bodies)


def highs_refuses(grounded: Grounded, rows: Rows) -> str | None:
    """Return why HiGHS, by way of Pyomo, cannot take a formulation, None if it can."""
    for row in rows.rows:
        if isinstance(row.body, Polynomial) and row.body.degree > 1:
            return f"{_called(grounded, row.constraint)} is not linear"
    objective = rows.objective
    if not isinstance(objective, Polynomial) or objective.degree < 2:
        return None
    if objective.degree > 2:
        return "the objective is not quadratic"
    if is_discrete(grounded):
        return "the objective is quadratic and there are whole numbers"
    return None if convex_objective(grounded, rows) else "the quadratic objective is not convex"


def _called(grounded: Grounded, constraint: str) -> str:
    """Return what people call a row: one that a rewriting made stands for what it was made of."""
    own = next(block.element for block in grounded.constraints if block.element.name == constraint)
    made = not own.source and not own.description
    for variable in grounded.formulation.variables if made else ():
        if constraint.startswith(f"{variable.name}_") and variable.description.startswith("the value of "):
            made_of = variable.description.removeprefix("the value of ")
            return f"`{made_of}`" if len(made_of) <= _SHOWN else f"`{made_of[:_SHOWN]}...`"
    return f"constraint '{constraint}'"


def is_discrete(grounded: Grounded) -> bool:
    """Whether a variable takes whole numbers only."""
    return any(block.element.domain != "continuous" for block in grounded.variables.values() if block.bounds)


def scip_refuses(grounded: Grounded) -> str | None:
    """Return why SCIP, by way of Pyomo, cannot take a formulation, None if it can."""
    for where, node, clauses in _powers(grounded):
        if _may_vanish(grounded, node, clauses):
            return f"{where} has `{show(node)}`, a variable exponent over what may be 0 or less"
    return None


def _may_vanish(grounded: Grounded, node: e.Binary, clauses: tuple[e.Clause, ...]) -> bool:
    """Whether the base of a power with a variable exponent may be 0 or less."""
    scope = grounded.scope()
    for _ in bindings(clauses, scope):
        try:
            base, exponent = number(node.left, scope), number(node.right, scope)
        except EvaluationError:
            continue  # a side of a choice that is not taken here
        if isinstance(exponent, Polynomial) and interval(grounded, base)[0] <= 0:
            return True
    return False


def ipopt_refuses(grounded: Grounded) -> str | None:
    """Return why IPOPT cannot take a formulation, None if it can."""
    for name, block in grounded.variables.items():
        if block.bounds and block.element.domain != "continuous":
            return f"variable '{name}' takes whole numbers only"
    for where, tree in trees_of(grounded).items():
        for node in e.walk(tree):
            if isinstance(node, e.Call) and node.function == "abs" and e.names_used(node) & grounded.variables.keys():
                return f"{where} has `{show(node)}`, which has no slope at 0"
    return None


_Powers = Iterator[tuple[str, e.Binary, tuple[e.Clause, ...]]]


def _powers(grounded: Grounded) -> _Powers:
    """Yield every power whose exponent holds a variable, with the index ranges that it stands in."""
    names = grounded.variables.keys()

    def inside(where: str, tree: e.Expression, clauses: tuple[e.Clause, ...]) -> _Powers:
        if isinstance(tree, e.Aggregate):
            yield from inside(where, tree.body, (*clauses, *tree.clauses))
            return
        if isinstance(tree, e.Binary) and tree.operator == "**" and e.names_used(tree.right) & names:
            yield where, tree, clauses
        for child in e.children(tree):
            if not isinstance(child, e.Clause):
                yield from inside(where, child, clauses)

    yield from inside("the objective", grounded.objective, ())
    for block in grounded.constraints:
        yield from inside(f"constraint '{block.element.name}'", block.tree, block.clauses)
