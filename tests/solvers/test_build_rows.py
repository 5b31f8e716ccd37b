"""Arrays from written-out rows: what every number of them means, names, and what is refused."""

from typing import Any

import numpy as np
import pytest

from fivefold_solvers.build.arrays import Arrays
from fivefold_solvers.build.errors import BuildError
from fivefold_solvers.build.from_rows import from_checked
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.lower import lower
from tests.formulation_helpers import strict

INF = float("inf")


def made(*rows: Any, **parts: Any) -> Arrays:
    return from_checked(strict(*rows, **parts))


def example() -> Arrays:
    return made(
        ("i in N", "2*x[i] + 3 <= y + x[i] + cost[i]"),
        "1 <= sum(x[i] for i in N) <= 8",
        sets={"N": ["a", "b"]},
        parameters={"cost": {"index": ["i in N"], "values": [4, 5.5]}},
        variables=[
            {"name": "x", "index": ["i in N"], "lower": "-inf", "upper": "cost[i]"},
            {"name": "y", "domain": "binary"},
            {"name": "k", "domain": "integer", "lower": -2},
        ],
        objective={"sense": "maximize", "expression": "3*x['a'] - 2*y*x['b'] + x['b']**2 + 7 + (k - 1)**2"},
    )


def test_columns_rows_and_objective() -> None:
    arrays = example()
    assert (arrays.column_count, arrays.row_count, arrays.sense, arrays.offset) == (4, 4, "maximize", 8)
    assert arrays.cost.tolist() == [3, 0, 0, -2]
    assert arrays.lower.tolist() == [-INF, -INF, 0, -2] and arrays.upper.tolist() == [4, 5.5, 1, INF]
    assert arrays.integer.tolist() == [False, False, True, True]
    assert arrays.starts.tolist() == [0, 2, 4, 6, 8]
    assert [dict(zip(*map(np.ndarray.tolist, arrays.row(row)), strict=True)) for row in range(4)] == [
        {0: 1, 2: -1},
        {1: 1, 2: -1},
        {0: 1, 1: 1},
        {0: 1, 1: 1},
    ]
    # Variables stand on the left: 1 <= sum(...) is a lower limit.
    assert arrays.row_lower.tolist() == [-INF, -INF, 1, -INF] and arrays.row_upper.tolist() == [1, 2.5, INF, 8]
    assert arrays.quadratic is not None
    assert list(zip(*map(np.ndarray.tolist, arrays.quadratic), strict=True)) == [(1, 1, 1), (1, 2, -2), (3, 3, 1)]
    kinds = [values.dtype for values in (arrays.cost, arrays.starts, arrays.columns, arrays.coefficients)]
    assert kinds == [np.float64, np.int64, np.int32, np.float64]


def test_names_and_values() -> None:
    arrays = example()
    assert [arrays.column_name(j) for j in range(4)] == ["x['a']", "x['b']", "y", "k"]
    assert [arrays.row_name(i) for i in range(4)] == ["c1['a']", "c1['b']", "c2", "c2#1"]
    assert [block.part for block in arrays.constraint("c2")] == [0, 1]
    assert arrays.variable("x").keys.find(("b",)) == 1 and arrays.variable("x").keys.find(("c",)) is None
    values = np.array([1.0, 2.0, 1.0, 5.0])
    assert arrays.values_by_name(values) == {"x": {("a",): 1, ("b",): 2}, "y": {(): 1}, "k": {(): 5}}
    assert arrays.row_values(values).tolist() == [0, 1, 3, 3]
    assert arrays.objective(values) == 3 - 4 + 4 + 7 + 16
    for name in ("nothing", "y"):
        with pytest.raises(KeyError):
            arrays.constraint(name)
    for place in (-1, 4):
        with pytest.raises(IndexError):
            arrays.column_name(place)


def test_a_variable_without_entries_takes_no_column() -> None:
    variables = [{"name": "e", "index": ["i in E"]}, {"name": "x", "upper": 3}]
    arrays = made("x + sum(e[i] for i in E) >= 1", ("i in E", "x >= 1"), sets={"E": []}, variables=variables)
    assert [block.size for block in arrays.variables] == [0, 1] and arrays.column_name(0) == "x"
    assert [block.size for block in arrays.constraints] == [1, 0] and arrays.row_lower.tolist() == [1]


def test_a_row_without_variables_stays_and_a_feasible_point_has_no_objective() -> None:
    arrays = made(("i in N", "0*x <= i"), sets={"N": [1, 2]}, objective={"sense": "satisfy", "expression": "x + 3"})
    assert arrays.starts.tolist() == [0, 0, 0] and arrays.row_upper.tolist() == [1, 2]
    assert arrays.sense == "minimize" and arrays.offset == 0 and not arrays.cost.any()


def test_what_is_not_linear_is_refused_with_its_place() -> None:
    with pytest.raises(BuildError, match=r"constraint 'c1\[2\]'.*a product of variables"):
        made(("i in N", "x*y*(i - 1) <= i"), sets={"N": [1, 2]})
    with pytest.raises(BuildError, match="constraint 'c1': it is not linear: abs"):
        made("abs(x - 1) <= 2")
    with pytest.raises(BuildError, match="constraint 'c1': `implies` is no linear row"):
        made("implies(y == 1, x <= 2)")
    with pytest.raises(BuildError, match="the objective: it is beyond quadratic: exp"):
        made("x <= 2", objective="exp(x)")
    with pytest.raises(BuildError, match="'z' is not declared"):
        made("z <= 2")


def test_lowered_logic_is_taken() -> None:
    checked = lower(strict("implies(y == 1, x <= 2)"))
    arrays = from_checked(checked)
    assert arrays.row_count == 1 and arrays.row(0)[0].tolist() == [0, 1]


def test_an_error_of_the_check_is_passed_on() -> None:
    checked = check(Formulation())
    with pytest.raises(BuildError) as caught:
        from_checked(checked)
    assert caught.value.findings == checked.errors
