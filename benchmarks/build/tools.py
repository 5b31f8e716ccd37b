"""The problems of `cases` in each tool: `build` to the tool's own object, `load` from there into HiGHS.

Every tool is written as its documentation does; the one by hand in NumPy is what a specialist writes once per problem.
A module is imported only by the process that measures it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from cases import Case

INF = float("inf")


class Tool(NamedTuple):
    """How one tool builds and loads."""

    build: Callable[[Case], Any]
    load: Callable[[Any], Any]


def tool(name: str) -> Tool:
    """Return a tool by name; its library is imported here."""
    return {"fivefold": fivefold, "by hand": by_hand, "linopy": linopy, "pyomo": pyomo, "pulp": pulp}[name]()


def pass_arrays(
    cost: Any, lower: Any, upper: Any, integer: Any, starts: Any, columns: Any, values: Any, low: Any, high: Any
) -> Any:
    """Pass a minimization to HiGHS by rows."""
    import highspy

    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    empty, none = np.empty(0, np.int32), np.empty(0)
    solver.passModel(
        len(cost), len(low), len(columns), 0, 2, 1, 1, 0.0, cost, lower, upper, low, high,
        starts.astype(np.int32), columns, values, empty, empty, none, integer.astype(np.int32),
    )  # fmt: skip
    return solver


def fivefold() -> Tool:
    """Return Fivefold: the formulation is text, the data columns."""
    from fivefold_solvers.build.vectorised import build

    def load(a: Any) -> Any:
        return pass_arrays(
            a.cost, a.lower, a.upper, a.integer, a.starts, a.columns, a.coefficients, a.row_lower, a.row_upper
        )

    return Tool(lambda case: build(case.formulation, case.columns), load)


# --- by hand ---------------------------------------------------------------------------------------------------


def by_hand() -> Tool:
    """Return arrays written by hand for each problem."""
    forms: dict[str, Callable[[Case], Any]] = {
        "transport": _transport_by_hand, "stock": _stock_by_hand, "assignment": _assignment_by_hand
    }  # fmt: skip
    return Tool(lambda case: forms[case.name](case), lambda arrays: pass_arrays(*arrays))


def _transport_by_hand(case: Case) -> Any:
    plants, customers, n = case.sizes["I"], case.sizes["J"], case.sizes["I"] * case.sizes["J"]
    place = np.arange(n, dtype=np.int32).reshape(plants, customers)
    columns = np.concatenate([place.reshape(-1), place.T.reshape(-1)])
    widths = np.concatenate([np.full(plants, customers), np.full(customers, plants)])
    starts = np.concatenate([[0], np.cumsum(widths)])
    low = np.concatenate([np.full(plants, -INF), case.numbers["demand"]])
    high = np.concatenate([case.numbers["supply"], np.full(customers, INF)])
    return (
        case.numbers["cost"].reshape(-1), np.zeros(n), np.full(n, INF), np.zeros(n, bool),
        starts, columns, np.ones(2 * n), low, high,
    )  # fmt: skip


def _stock_by_hand(case: Case) -> Any:
    items, periods = case.sizes["I"], case.sizes["T"]
    n = items * periods
    make = np.arange(n, dtype=np.int32).reshape(items, periods)
    left = make + n
    # The first row of each item has no stock of the period before.
    first = np.stack([make[:, 0], left[:, 0]], axis=1)
    later = np.stack([left[:, :-1], make[:, 1:], left[:, 1:]], axis=2).reshape(items, -1)
    balance = np.concatenate([first, later], axis=1).reshape(-1)
    signs = np.tile(np.concatenate([[1.0, -1.0], np.tile([1.0, 1.0, -1.0], periods - 1)]), items)
    columns = np.concatenate([balance, make.T.reshape(-1)])
    values = np.concatenate([signs, np.tile(case.numbers["use"], periods)])
    widths = np.concatenate([np.tile(np.concatenate([[2], np.full(periods - 1, 3)]), items), np.full(periods, items)])
    starts = np.concatenate([[0], np.cumsum(widths)])
    due = case.numbers["demand"].copy()
    due[:, 0] -= case.numbers["start"]
    low = np.concatenate([due.reshape(-1), np.full(periods, -INF)])
    high = np.concatenate([due.reshape(-1), case.numbers["room"]])
    cost = np.concatenate([np.repeat(case.numbers["price"], periods), np.repeat(case.numbers["keep"], periods)])
    return cost, np.zeros(2 * n), np.full(2 * n, INF), np.zeros(2 * n, bool), starts, columns, values, low, high


def _assignment_by_hand(case: Case) -> Any:
    task, worker, tasks = case.numbers["task"], case.numbers["worker"], case.sizes["TASK"]
    n = len(task)
    columns = np.concatenate([np.argsort(task, kind="stable"), np.argsort(worker, kind="stable")]).astype(np.int32)
    widths = np.concatenate([np.bincount(task, minlength=tasks), np.bincount(worker, minlength=tasks)])
    starts = np.concatenate([[0], np.cumsum(widths)])
    low = np.concatenate([np.ones(tasks), np.full(tasks, -INF)])
    return (
        case.numbers["cost"], np.zeros(n), np.ones(n), np.ones(n, bool),
        starts, columns, np.ones(2 * n), low, np.ones(2 * tasks),
    )  # fmt: skip


# --- linopy ------------------------------------------------------------------------------------------------------


def linopy() -> Tool:
    """Return linopy with xarray coordinates."""
    import linopy as library
    import pandas as pd
    import xarray as xr

    def transport(case: Case) -> Any:
        program = library.Model()
        rows, columns = pd.RangeIndex(case.sizes["I"], name="i"), pd.RangeIndex(case.sizes["J"], name="j")
        x = program.add_variables(lower=0, coords=[rows, columns], name="x")
        program.add_constraints(x.sum("j") <= xr.DataArray(case.numbers["supply"], [rows]), name="ship")
        program.add_constraints(x.sum("i") >= xr.DataArray(case.numbers["demand"], [columns]), name="meet")
        program.add_objective((xr.DataArray(case.numbers["cost"], [rows, columns]) * x).sum())
        return program

    def stock(case: Case) -> Any:
        program = library.Model()
        items, periods = pd.RangeIndex(case.sizes["I"], name="i"), pd.RangeIndex(case.sizes["T"], name="t")
        make = program.add_variables(lower=0, coords=[items, periods], name="make")
        left = program.add_variables(lower=0, coords=[items, periods], name="left")
        due = case.numbers["demand"].copy()
        due[:, 0] -= case.numbers["start"]
        balance = left.shift(t=1) + make - left
        program.add_constraints(balance == xr.DataArray(due, [items, periods]), name="balance")
        use = xr.DataArray(case.numbers["use"], [items])
        room = xr.DataArray(case.numbers["room"], [periods])
        program.add_constraints((use * make).sum("i") <= room, name="capacity")
        price, keep = (xr.DataArray(case.numbers[name], [items]) for name in ("price", "keep"))
        program.add_objective((price * make).sum() + (keep * left).sum())
        return program

    def assignment(case: Case) -> Any:
        program = library.Model()
        pairs = pd.RangeIndex(case.sizes["A"], name="pair")
        x = program.add_variables(binary=True, coords=[pairs], name="x")
        for name, relation in (("task", "=="), ("worker", "<=")):
            key = pd.Series(case.numbers[name], index=pairs, name=name)
            total = (1 * x).groupby(key).sum()
            program.add_constraints(total == 1 if relation == "==" else total <= 1, name=name)
        program.add_objective((xr.DataArray(case.numbers["cost"], [pairs]) * x).sum())
        return program

    forms = {"transport": transport, "stock": stock, "assignment": assignment}

    def load(program: Any) -> Any:
        from linopy.io import to_highspy

        return to_highspy(program)

    return Tool(lambda case: forms[case.name](case), load)


# --- Pyomo and PuLP --------------------------------------------------------------------------------------------


def pyomo() -> Tool:
    """Return Pyomo with rules."""
    import pyomo.environ as pyo
    from pyomo.contrib.solver.solvers.highs import Highs

    def transport(case: Case) -> Any:
        m = pyo.ConcreteModel()
        cost, supply, demand = (case.numbers[name].tolist() for name in ("cost", "supply", "demand"))
        m.I, m.J = pyo.RangeSet(0, case.sizes["I"] - 1), pyo.RangeSet(0, case.sizes["J"] - 1)
        m.x = pyo.Var(m.I, m.J, domain=pyo.NonNegativeReals)
        m.cost = pyo.Objective(expr=sum(cost[i][j] * m.x[i, j] for i in m.I for j in m.J))
        m.ship = pyo.Constraint(m.I, rule=lambda m, i: sum(m.x[i, j] for j in m.J) <= supply[i])
        m.meet = pyo.Constraint(m.J, rule=lambda m, j: sum(m.x[i, j] for i in m.I) >= demand[j])
        return m

    def stock(case: Case) -> Any:
        m = pyo.ConcreteModel()
        data = {name: own.tolist() for name, own in case.numbers.items()}
        m.I, m.T = pyo.RangeSet(0, case.sizes["I"] - 1), pyo.RangeSet(0, case.sizes["T"] - 1)
        m.make = pyo.Var(m.I, m.T, domain=pyo.NonNegativeReals)
        m.left = pyo.Var(m.I, m.T, domain=pyo.NonNegativeReals)
        m.cost = pyo.Objective(
            expr=sum(data["price"][i] * m.make[i, t] + data["keep"][i] * m.left[i, t] for i in m.I for t in m.T)
        )

        def balance(m: Any, i: int, t: int) -> Any:
            before = m.left[i, t - 1] if t else data["start"][i]
            return before + m.make[i, t] == data["demand"][i][t] + m.left[i, t]

        m.balance = pyo.Constraint(m.I, m.T, rule=balance)
        m.capacity = pyo.Constraint(
            m.T, rule=lambda m, t: sum(data["use"][i] * m.make[i, t] for i in m.I) <= data["room"][t]
        )
        return m

    def assignment(case: Case) -> Any:
        m = pyo.ConcreteModel()
        of_task, of_worker, pairs = _grouped(case)
        m.A = pyo.Set(initialize=pairs, dimen=2)
        m.x = pyo.Var(m.A, domain=pyo.Binary)
        costs = case.numbers["cost"].tolist()
        m.cost = pyo.Objective(expr=sum(cost * m.x[pair] for cost, pair in zip(costs, pairs, strict=True)))
        m.done = pyo.Constraint(list(of_task), rule=lambda m, k: sum(m.x[pair] for pair in of_task[k]) == 1)
        m.busy = pyo.Constraint(list(of_worker), rule=lambda m, k: sum(m.x[pair] for pair in of_worker[k]) <= 1)
        return m

    def load(m: Any) -> Any:
        solver = Highs()
        solver.set_instance(m)
        return solver._solver_model

    forms = {"transport": transport, "stock": stock, "assignment": assignment}
    return Tool(lambda case: forms[case.name](case), load)


def _grouped(case: Case) -> tuple[dict[int, list[Any]], dict[int, list[Any]], list[Any]]:
    pairs = list(zip(case.numbers["task"].tolist(), case.numbers["worker"].tolist(), strict=True))
    of_task: dict[int, list[Any]] = {}
    of_worker: dict[int, list[Any]] = {}
    for pair in pairs:
        of_task.setdefault(pair[0], []).append(pair)
        of_worker.setdefault(pair[1], []).append(pair)
    return of_task, of_worker, pairs


def pulp() -> Tool:
    """Return PuLP with dictionaries of variables."""
    import pulp as library

    total = library.lpSum

    def transport(case: Case) -> Any:
        program = library.LpProblem("transport", library.LpMinimize)
        rows, columns = range(case.sizes["I"]), range(case.sizes["J"])
        cost, supply, demand = (case.numbers[name].tolist() for name in ("cost", "supply", "demand"))
        x = library.LpVariable.dicts("x", (rows, columns), 0)
        program += total(cost[i][j] * x[i][j] for i in rows for j in columns)
        for i in rows:
            program += total(x[i][j] for j in columns) <= supply[i]
        for j in columns:
            program += total(x[i][j] for i in rows) >= demand[j]
        return program

    def stock(case: Case) -> Any:
        program = library.LpProblem("stock", library.LpMinimize)
        items, periods = range(case.sizes["I"]), range(case.sizes["T"])
        data = {name: own.tolist() for name, own in case.numbers.items()}
        make = library.LpVariable.dicts("make", (items, periods), 0)
        left = library.LpVariable.dicts("left", (items, periods), 0)
        program += total(data["price"][i] * make[i][t] + data["keep"][i] * left[i][t] for i in items for t in periods)
        for i in items:
            for t in periods:
                before = left[i][t - 1] if t else data["start"][i]
                program += before + make[i][t] == data["demand"][i][t] + left[i][t]
        for t in periods:
            program += total(data["use"][i] * make[i][t] for i in items) <= data["room"][t]
        return program

    def assignment(case: Case) -> Any:
        program = library.LpProblem("assignment", library.LpMinimize)
        of_task, of_worker, pairs = _grouped(case)
        x = library.LpVariable.dicts("x", pairs, cat="Binary")
        program += total(cost * x[pair] for cost, pair in zip(case.numbers["cost"].tolist(), pairs, strict=True))
        for own in of_task.values():
            program += total(x[pair] for pair in own) == 1
        for own in of_worker.values():
            program += total(x[pair] for pair in own) <= 1
        return program

    def load(program: Any) -> Any:
        solver = library.HiGHS(msg=False)
        solver.createAndConfigureSolver(program)
        solver.buildSolverModel(program)
        return program.solverModel

    forms = {"transport": transport, "stock": stock, "assignment": assignment}
    return Tool(lambda case: forms[case.name](case), load)
