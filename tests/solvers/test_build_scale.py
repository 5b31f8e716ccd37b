"""Large data: sparse sets never become dense, nothing grows with the square of a size, and forms that are refused."""

import time

import numpy as np
import pytest

from fivefold_solvers.build.arrays import Arrays
from fivefold_solvers.build.errors import BuildError, NotVectorised
from fivefold_solvers.build.vectorised import build
from fivefold_solvers.data.columns import Columns, Labels, ParameterColumn, SetColumn
from fivefold_solvers.formulation.elements import Formulation
from tests.formulation_helpers import written

NODES, ARCS = 50_000, 120_000
"""A dense product of these would have 6e9 entries, more than a build allows."""


def network(*rows: object, objective: str = "0", text: bool = False) -> Arrays:
    """Build rows over a random network; its nodes are numbers or texts."""
    random = np.random.default_rng(5)
    ring = np.stack([np.arange(NODES), np.roll(np.arange(NODES), 1)], axis=1)
    arcs = np.unique(np.concatenate([ring, random.integers(0, NODES, (ARCS, 2))]), axis=0)
    arcs = arcs[arcs[:, 0] != arcs[:, 1]]
    names = np.array([f"n{place}" for place in range(NODES)], object) if text else None
    columns = Columns(
        {
            "N": SetColumn("N", (Labels(np.arange(NODES), names),), NODES),
            "A": SetColumn("A", (Labels(arcs[:, 0].copy(), names), Labels(arcs[:, 1].copy(), names)), len(arcs)),
        },
        {"b": ParameterColumn("b", ("N",), (np.arange(NODES),), random.integers(0, 5, NODES).astype(np.float64))},
    )
    whole = written(
        *rows,
        sets={"N": [], "A": []},
        parameters={"b": {"index": ["n in N"]}},
        variables=[{"name": "x", "index": ["(i, j) in A"]}, {"name": "u", "index": ["i in N"], "upper": "b[i]"}],
        objective=objective,
    )
    return build(Formulation.model_validate(whole), columns)


BALANCES = [
    "sum(x[i, j] for (i, j) in A if i == n) - sum(x[i, j] for (i, j) in A if j == n) == b[n]",
    "sum(x[n, j] for j in N if (n, j) in A) - sum(x[i, n] for i in N if (i, n) in A) == b[n]",
]


@pytest.mark.parametrize("text", [False, True], ids=["numbers", "texts"])
def test_balances_of_a_sparse_network_are_joins(text: bool) -> None:
    first, second = (network(("n in N", row), text=text) for row in BALANCES)
    assert first.row_count == NODES and len(first.columns) == 2 * first.variable("x").size
    values = np.random.default_rng(6).random(first.column_count)
    np.testing.assert_allclose(first.row_values(values), second.row_values(values))
    key = first.variable("x").keys.key(777)
    assert first.column_name(777) == f"x[{key[0]!r}, {key[1]!r}]" and first.variable("x").keys.find(key) == 777


def test_time_grows_with_the_data_only() -> None:
    started = time.process_time()
    arrays = network(
        ("n in N", BALANCES[0]),
        ("(i, j) in A", "x[i, j] <= 3*u[i] + u[j]"),
        objective="sum(b[i]*x[i, j] for (i, j) in A) + sum(u[i]**2 for i in N)",
    )
    assert time.process_time() - started < 20
    assert arrays.quadratic is not None and len(arrays.quadratic.values) == NODES
    assert arrays.row_count == NODES + arrays.variable("x").size


def test_a_dense_product_beyond_reason_is_refused_with_a_mend() -> None:
    with pytest.raises(BuildError, match=r"constraint 'c1'.* combinations; go over a set of tuples"):
        network("sum(u[i] for i in N for j in N) <= 1")


def test_names_of_many_entries_come_at_once() -> None:
    arrays = network(("n in N", BALANCES[0]))
    started = time.process_time()
    tables = arrays.values_by_name(np.arange(arrays.column_count, dtype=np.float64))
    assert time.process_time() - started < 10
    assert tables["x"][arrays.variable("x").keys.key(5)] == 5 and len(tables["u"]) == NODES


REFUSED = [
    ("abs(x - y) <= 1", "of variables"),
    ("max(x, y) <= 1", "of variables"),
    ("min(x for i in N) >= 1", "of variables"),
    ("implies(y == 1, x <= 1)", "implies"),
    ("x <= 1 or y == 1", "or"),
    ("all_different(k[i] for i in N)", "all_different"),
    ("circuit(k[i] for i in N)", "circuit"),
    ("x*y <= 1", "quadratic"),
    ("x/(y + 1) <= 1", "/"),
    ("x**3 <= 1", r"\*\*"),
    ("exp(x) <= 1", "of variables"),
    ("x % 2 == 0", "%"),
    ("x < 1", "<"),
    ("(x if y == 1 else 2) <= 1", "variables"),
    ("sum(k[prev(i)] for i in N if i > 1 and ord(i, near[i]) > 1) <= x", "depends on indices"),
]


@pytest.mark.parametrize(("row", "reason"), REFUSED, ids=[row for row, _ in REFUSED])
def test_other_forms_are_left_to_the_plain_path(row: str, reason: str) -> None:
    whole = written(
        row,
        sets={"N": [1, 2, 3], "near": {"index": ["i in N"], "elements": {"1": [1], "2": [1, 2], "3": [2, 3]}}},
        variables=[
            {"name": "x", "upper": 10}, {"name": "y", "domain": "binary"},
            {"name": "k", "index": ["i in N"], "domain": "integer", "upper": 3},
        ],
    )  # fmt: skip
    with pytest.raises(NotVectorised) as caught:
        build(Formulation.model_validate(whole))
    assert reason.replace("\\", "") in caught.value.reason
