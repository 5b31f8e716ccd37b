"""The problems that the build benchmark states, each with random data of a given size; the same data for every tool."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fivefold_solvers.data.columns import Labels, ParameterColumn, SetColumn
from fivefold_solvers.formulation.elements import Formulation


@dataclass(frozen=True)
class Case:
    """One problem with its data, as plain arrays and for Fivefold."""

    name: str
    sizes: dict[str, int]
    numbers: dict[str, Any] = field(default_factory=dict)
    """Arrays by name of the parameter."""
    formulation: Formulation = field(default_factory=Formulation)
    columns: dict[str, SetColumn | ParameterColumn] = field(default_factory=dict)


def case(name: str, variables: int) -> Case:
    """Return a problem with about so many variables."""
    return {"transport": transport, "stock": stock, "assignment": assignment}[name](variables)


def _set(name: str, size: int) -> SetColumn:
    return SetColumn(name, (Labels(np.arange(size, dtype=np.int64)),), size)


def _table(name: str, axes: tuple[str, ...], values: np.ndarray) -> ParameterColumn:
    """Return a full table in the order of its sets, as reading a file gives it."""
    codes = tuple(np.ascontiguousarray(own.reshape(-1)) for own in np.indices(values.shape))
    return ParameterColumn(name, axes, codes, np.ascontiguousarray(values.reshape(-1), dtype=np.float64))


def _elements(sets: list[dict[str, Any]], parameters: dict[str, list[str]], rest: dict[str, Any]) -> Formulation:
    declared = [{"name": name, "index": index, "values": None} for name, index in parameters.items()]
    return Formulation.model_validate({"sets": sets, "parameters": declared, **rest})


def transport(variables: int) -> Case:
    """Ship from plants to customers: a dense bipartite program with two non-zeros per column."""
    size = math.isqrt(variables)
    random = np.random.default_rng(1)
    cost = random.integers(1, 100, (size, size)).astype(np.float64)
    demand = random.integers(1, 50, size).astype(np.float64)
    supply = np.full(size, 2 * demand.sum() / size)
    return Case(
        "transport",
        {"I": size, "J": size},
        {"cost": cost, "supply": supply, "demand": demand},
        _elements(
            [{"name": "I", "elements": []}, {"name": "J", "elements": []}],
            {"cost": ["i in I", "j in J"], "supply": ["i in I"], "demand": ["j in J"]},
            {
                "variables": [{"name": "x", "index": ["i in I", "j in J"]}],
                "objective": {"sense": "minimize", "expression": "sum(cost[i, j]*x[i, j] for i in I for j in J)"},
                "constraints": [
                    {"name": "ship", "forall": ["i in I"], "expression": "sum(x[i, j] for j in J) <= supply[i]"},
                    {"name": "meet", "forall": ["j in J"], "expression": "sum(x[i, j] for i in I) >= demand[j]"},
                ],
            },
        ),
        {
            "I": _set("I", size),
            "J": _set("J", size),
            "cost": _table("cost", ("I", "J"), cost),
            "supply": _table("supply", ("I",), supply),
            "demand": _table("demand", ("J",), demand),
        },
    )


def stock(variables: int) -> Case:
    """Make and keep items over time: a balance with the stock of the period before, and a capacity per period."""
    periods = max(2, round(math.sqrt(variables / 2) / 4))
    items = max(1, variables // 2 // periods)
    random = np.random.default_rng(2)
    demand = random.integers(0, 20, (items, periods)).astype(np.float64)
    price, keep, start = (random.integers(1, 9, items).astype(np.float64) for _ in range(3))
    use = random.integers(1, 4, items).astype(np.float64)
    room = np.full(periods, 2 * float((use[:, None] * demand).sum()) / periods)
    return Case(
        "stock",
        {"I": items, "T": periods},
        {"demand": demand, "price": price, "keep": keep, "start": start, "use": use, "room": room},
        _elements(
            [{"name": "I", "elements": []}, {"name": "T", "elements": []}],
            {
                "demand": ["i in I", "t in T"], "price": ["i in I"], "keep": ["i in I"], "start": ["i in I"],
                "use": ["i in I"], "room": ["t in T"],
            },
            {
                "variables": [
                    {"name": "make", "index": ["i in I", "t in T"]},
                    {"name": "left", "index": ["i in I", "t in T"]},
                ],
                "objective": {
                    "sense": "minimize",
                    "expression": "sum(price[i]*make[i, t] + keep[i]*left[i, t] for i in I for t in T)",
                },
                "constraints": [
                    {
                        "name": "balance",
                        "forall": ["i in I", "t in T"],
                        "expression": "(left[i, prev(t)] if t > first(T) else start[i]) + make[i, t]"
                        " == demand[i, t] + left[i, t]",
                    },
                    {
                        "name": "capacity",
                        "forall": ["t in T"],
                        "expression": "sum(use[i]*make[i, t] for i in I) <= room[t]",
                    },
                ],
            },
        ),
        {
            "I": _set("I", items),
            "T": _set("T", periods),
            "demand": _table("demand", ("I", "T"), demand),
            **{name: _table(name, ("I",), own) for name, own in
               {"price": price, "keep": keep, "start": start, "use": use}.items()},
            "room": _table("room", ("T",), room),
        },
    )  # fmt: skip


def assignment(variables: int) -> Case:
    """Give every task to one of the workers who can do it: binaries over a sparse set of pairs."""
    tasks = max(1, variables // 10)
    width = variables // tasks
    random = np.random.default_rng(3)
    worker = random.integers(0, tasks, tasks * width)
    task = np.repeat(np.arange(tasks), width)
    pairs = np.unique(np.stack([task, worker], axis=1), axis=0)
    task, worker = (np.ascontiguousarray(own) for own in pairs.T)
    cost = random.integers(1, 100, len(task)).astype(np.float64)
    return Case(
        "assignment",
        {"TASK": tasks, "A": len(task)},
        {"task": task, "worker": worker, "cost": cost},
        _elements(
            [{"name": name, "elements": []} for name in ("TASK", "WORKER", "A")],
            {"cost": ["(t, w) in A"]},
            {
                "variables": [{"name": "x", "index": ["(t, w) in A"], "domain": "binary"}],
                "objective": {"sense": "minimize", "expression": "sum(cost[t, w]*x[t, w] for (t, w) in A)"},
                "constraints": [
                    {
                        "name": "done",
                        "forall": ["k in TASK"],
                        "expression": "sum(x[t, w] for (t, w) in A if t == k) == 1",
                    },
                    {
                        "name": "busy",
                        "forall": ["k in WORKER"],
                        "expression": "sum(x[t, w] for (t, w) in A if w == k) <= 1",
                    },
                ],
            },
        ),
        {
            "TASK": _set("TASK", tasks),
            "WORKER": _set("WORKER", tasks),
            "A": SetColumn("A", (Labels(task), Labels(worker)), len(task)),
            "cost": _table("cost", ("A",), cost),
        },
    )
