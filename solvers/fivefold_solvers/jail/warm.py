"""What programs of each family import, loaded ahead; nothing here solves, so no thread is started."""

import importlib
from typing import Any

_EVERYDAY = (
    *("json", "math", "time", "itertools", "functools", "collections", "dataclasses", "random", "re", "csv"),
    *("multiprocessing", "multiprocessing.synchronize", "concurrent.futures"),
    *("tempfile", "traceback", "linecache", "numpy"),
)
_PYOMO = (
    *("highspy", "pyomo.environ", "pyomo.contrib.appsi.solvers.highs"),
    *("pyomo.contrib.solver.common.factory", "pyomo.contrib.solver.solvers.highs"),
)
MODULES: dict[str, tuple[str, ...]] = {
    "pyomo": (*_EVERYDAY, *_PYOMO),
    "frames": (*_EVERYDAY, *_PYOMO, "pandas"),
    "nlp": (*_EVERYDAY, "pyscipopt", "pyomo.environ", "pyomo.contrib.solver.common.factory"),
    "ipopt": (*_EVERYDAY, "pyomo.environ", "pyomo.repn.plugins.nl_writer", "casadi"),
    "ortools": (
        *_EVERYDAY,
        *("ortools.sat.python.cp_model", "ortools.math_opt.python.mathopt"),
        "ortools.linear_solver.pywraplp",
    ),
}
"""Modules by family. highspy and OR-Tools bring libraries of one name and cannot share a process."""


def warm_up(family: str) -> None:
    """Build small programs and ask for solvers, so that what libraries load late is loaded."""
    if family == "ortools":
        _ortools()
    else:
        _pyomo(family)


def _pyomo(family: str) -> None:
    # By name, because these libraries have no types; the modules are imported by now.
    pyo: Any = importlib.import_module("pyomo.environ")
    factory: Any = importlib.import_module("pyomo.contrib.solver.common.factory").SolverFactory
    program = pyo.ConcreteModel()
    program.I = pyo.RangeSet(3)
    program.x = pyo.Var(program.I, domain=pyo.NonNegativeReals)
    program.c = pyo.Constraint(program.I, rule=_row)
    program.o = pyo.Objective(expr=pyo.quicksum(program.x[i] for i in (1, 2, 3)), sense=pyo.maximize)
    if family == "nlp":
        factory("scip_direct").available()
    elif family != "ipopt":
        factory("highs").available()
        pyo.SolverFactory("appsi_highs").available()


def _row(program: Any, i: int) -> Any:
    return program.x[i] <= i


def _ortools() -> None:
    cp_model: Any = importlib.import_module("ortools.sat.python.cp_model")
    mathopt: Any = importlib.import_module("ortools.math_opt.python.mathopt")
    program = cp_model.CpModel()
    x = program.new_int_var(0, 3, "x")
    program.add(x <= 2)
    program.maximize(x)
    cp_model.CpSolver()
    other = mathopt.Model(name="warm")
    y = other.add_variable(lb=0, ub=1)
    other.maximize(2 * y)
    other.export_model()
