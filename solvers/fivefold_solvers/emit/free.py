"""A program that an LLM wrote itself: its source, and behind it our own solve and report.

The written part only has to build a Pyomo `ConcreteModel`; how it is solved and what counts as its result is not
left to it. Its names may be anything: ours begin with `_fivefold_`.
"""

from __future__ import annotations

from fivefold_solvers.emit.pyomo import SOLUTION, TERMINATION
from fivefold_solvers.program import Program
from fivefold_solvers.result import OPTIMALITY_TOLERANCE, RESULT_PREFIX

_CLOSING = '''

# --- Solve and report -------------------------------------------------------------------------------------------

import json as _fivefold_json
import math as _fivefold_math
import time as _fivefold_time

import pyomo.environ as _fivefold_pyo
from pyomo.contrib.solver.common.factory import SolverFactory as _fivefold_factory


def _fivefold_built(names):
    """Return the program's last concrete formulation."""
    found = [value for value in names.values() if isinstance(value, _fivefold_pyo.ConcreteModel)]
    if not found:
        raise SystemExit("no pyo.ConcreteModel was built; keep it in a global name such as `model`")
    return found[-1]


def _fivefold_solve(built):
    """Solve with HiGHS, or with SCIP where HiGHS refuses it as nonlinear."""
    for factory, options in (("highs", {}), ("scip_direct", {"display/verblevel": 0})):
        try:
            return factory, _fivefold_factory(factory).solve(
                built,
                load_solutions=False,
                raise_exception_on_nonoptimal_result=False,
                rel_gap=@GAP@,
                time_limit=@LIMIT@,
                solver_options=options,
            )
        except Exception:
            if factory == "scip_direct":
                raise


def _fivefold_report(names):
    """Print status and values for people, then one line for Fivefold."""
    built = _fivefold_built(names)
    goals = list(built.component_data_objects(_fivefold_pyo.Objective, active=True))
    if not goals:
        built._fivefold_any = _fivefold_pyo.Objective(expr=0)
    started = _fivefold_time.perf_counter()
    factory, results = _fivefold_solve(built)
    seconds = _fivefold_time.perf_counter() - started
    termination = @TERMINATION@.get(results.termination_condition.name, "unknown")
    solution_status = @SOLUTION@.get(results.solution_status.name, "none")
    if termination in ("infeasible", "unbounded", "infeasible_or_unbounded"):
        solution_status = "none"
    objective, bound, values = None, None, {}
    if solution_status != "none":
        results.solution_loader.load_vars()
        objective = _fivefold_pyo.value(goals[0]) if goals else None
        bound = results.objective_bound if goals else None
        for variable in built.component_objects(_fivefold_pyo.Var, active=True):
            keys = {key if isinstance(key, tuple) else (key,): entry.value for key, entry in variable.items()}
            plain = [[list(key), entry] for key, entry in keys.items()]
            values[variable.name] = plain if variable.is_indexed() else variable.value
    print(f"Status:    {termination}, solution: {solution_status}")
    print(f"Objective: {objective}")
    finite = bound is not None and _fivefold_math.isfinite(bound)
    report = {
        "termination": termination,
        "solution_status": solution_status,
        "objective": objective,
        "bound": bound if finite else None,
        "values": values,
        "solver": {"highs": "highs", "scip_direct": "scip"}[factory],
        "solver_version": ".".join(map(str, results.solver_version or ())),
        "solve_s": round(seconds, 6),
    }
    print("@PREFIX@" + _fivefold_json.dumps(report))


_fivefold_report(globals())
'''


def free_program(source: str, *, time_limit_s: float = 60.0) -> Program:
    """Return the program of an LLM's own source, with solve and report behind it.

    Args:
        source: Python that builds a `pyo.ConcreteModel`; hostile until it has run in the sandbox.
        time_limit_s: seconds after which the solver stops with what it has.
    """
    marks = {
        "@GAP@": repr(OPTIMALITY_TOLERANCE),
        "@LIMIT@": repr(float(time_limit_s)),
        "@TERMINATION@": repr(TERMINATION),
        "@SOLUTION@": repr(SOLUTION),
        "@PREFIX@": RESULT_PREFIX,
    }
    closing = _CLOSING
    for mark, text in marks.items():
        closing = closing.replace(mark, text)
    return Program(source=source.rstrip() + "\n" + closing, library="pyomo", solver="highs", path="free")
