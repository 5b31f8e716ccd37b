"""The audit's arithmetic: decimals as written, nothing rounded, bounds of the rest, logic within tolerances."""

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold_solvers.audit import audit, interval
from fivefold_solvers.audit.exact import ordering, power, quotient, whole_part, written
from fivefold_solvers.audit.interval import Interval, ends
from fivefold_solvers.formulation.check import Checked
from fivefold_solvers.result import ExecutionResult, Exit, Index
from tests.formulation_helpers import strict

FUNCTIONS = ("exp", "log", "log10", "log2", "sqrt", "sin", "cos", "tan")


def at(checked: Checked, objective: float | None = None, **values: float | dict[Index, float]) -> Any:
    tables = {name: value if isinstance(value, dict) else {(): float(value)} for name, value in values.items()}
    return audit(checked, ExecutionResult(exit=Exit.OK, objective=objective, values=tables))


@given(st.floats(1e-6, 500), st.sampled_from(FUNCTIONS))
def test_bounds_of_functions_hold_what_floats_say(value: float, name: str) -> None:
    found = getattr(interval, name)(Fraction(value))
    low, high = ends(found)
    said = getattr(math, name)(value)
    # The platform's functions are good to a few units in the last place; tan has poles.
    room = Fraction(1, 10**12) * Fraction(max(1.0, abs(said))) * (10**9 if name == "tan" else 1)
    assert low - room <= Fraction(said) <= high + room
    assert high - low <= Fraction(1, 10**45) * Fraction(max(1.0, abs(said))) ** 2


@given(st.fractions(-4, 4, max_denominator=1000), st.fractions(-4, 4, max_denominator=1000))
def test_identities_lie_within_the_bounds(a: Fraction, b: Fraction) -> None:
    assert ordering(interval.sin(a) * interval.sin(a) + interval.cos(a) * interval.cos(a), 1) == 0
    assert ordering(interval.exp(a) * interval.exp(b), interval.exp(a + b)) == 0
    assert ordering(interval.exp(interval.exp(a)), interval.exp(interval.exp(a))) == 0
    root = interval.sqrt(a * a + 2)
    assert ordering(root * root, a * a + 2) == 0
    assert ordering(power(a * a + 2, Fraction(1, 3)), interval.exp(interval.log(a * a + 2) * Fraction(1, 3))) == 0


def test_what_is_exact_stays_exact() -> None:
    assert interval.sqrt(Fraction(9, 4)) == Fraction(3, 2)
    assert interval.log2(Fraction(1, 8)) == -3 and interval.log10(1000) == 3
    assert interval.log10(1) == interval.log2(1) == 0 and ordering(interval.log(Interval(1, 1)), 0) == 0
    assert interval.exp(0) == interval.cos(0) == 1 and interval.sin(0) == interval.log(1) == 0
    assert power(Fraction(2, 3), -2) == Fraction(9, 4) and quotient(1, 3) == Fraction(1, 3)
    assert written(0.1) == Fraction(1, 10) and written(1e23) == 10**23 and written(3.0) == 3
    assert whole_part(interval.sqrt(2) * interval.sqrt(2), "floor") == 2
    low, high = ends(interval.pi())
    assert low < high and high - low < Fraction(1, 10**70) and round(low * 10**20) == 314159265358979323846
    assert repr(Interval(1, 2)) == "Interval(1.0, 2.0)" and abs(Interval(-2, 1)).high == 2


def test_decimals_are_what_people_wrote() -> None:
    # With floats 0.1 + 0.2 is above 0.3, and 0.29 * 100 has the floor 28.
    checked = strict(
        "n[1] + n[2] <= floor(0.29*100)",
        ("i in I if 0.1 + 0.2 <= 0.3", "n[i] <= third*3"),
        sets={"I": [1, 2]},
        parameters={"third": {"expression": "1/3"}, "rate": {"index": ["i in I"], "values": [0.1, 0.7]}},
        variables=[{"name": "n", "index": ["i in I"]}],
        objective="sum(rate[i]*n[i] for i in I)",
    )
    found = at(checked, n={(1,): 1.0, (2,): 1.0})
    assert found.faults == () and found.exact
    assert found.exact_objective == Fraction(8, 10)
    assert [residual.exact_slack for residual in found.residuals] == [27, 0, 0]
    assert [residual.key for residual in found.residuals] == [(), (1,), (2,)]


def test_a_range_that_rounding_changes_is_a_fault() -> None:
    # With floats 0.1*3 is not 0.3, so that a program has an entry too many.
    odd = "{i for i in range(1, 5) if 0.1*i != 0.3}"
    for sets, index in (({"I": odd}, "i in I"), ({"I": [1, 2, 3, 4]}, "i in I if 0.1*i != 0.3")):
        checked = strict("x[1] <= 1", sets=sets, variables=[{"name": "x", "index": [index]}])
        assert checked.grounded is not None
        found = at(checked, x={(i,): 1.0 for i in range(1, 5)})
        assert any("when computed without rounding" in fault for fault in found.faults)


def test_slack_violation_and_tolerance_of_a_row() -> None:
    checked = strict("2*x + y <= 1000", "x - y == 0", variables=[{"name": "x"}, {"name": "y"}], objective="x")
    found = at(checked, x=333.5, y=333.5)
    row, equation = found.residuals
    assert row.slack == -0.5 and row.exact_slack == Fraction(-1, 2) and row.violation == 0.0005
    assert row.tolerance == pytest.approx(1e-6, rel=1e-3) and not row.binding
    assert equation.binding and equation.violation == 0
    assert found.rows.size == 0.0005 and found.rows.where == "c1"
    # The right-hand side of the second row is 0, however large its sides are.
    assert any("c2" in fault for fault in at(checked, x=300, y=300.0001).faults)
    assert at(checked, x=300, y=300.0000005).faults == ()


def test_transcendental_rows_are_bounded_and_say_so() -> None:
    checked = strict(
        "exp(x) <= 20", "sqrt(x) + sin(y) >= 1", variables=[{"name": "x"}, {"name": "y"}], objective="log(x)"
    )
    found = at(checked, objective=math.log(2), x=2, y=0.5)
    assert found.faults == () and not found.exact and found.exact_objective is None
    assert found.residuals[0].exact_slack is None and found.residuals[0].slack == pytest.approx(20 - math.exp(2))
    assert found.objective == pytest.approx(math.log(2), abs=1e-15)
    assert any("violated" in fault for fault in at(checked, x=2.9958, y=0.5).faults)
    assert any("has no value" in fault for fault in at(checked, x=1e9, y=0.5).faults)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"x": {(1,): 1.0}}, "x[2] has no value"),
        ({"x": {(1,): 1.0, (2,): 1.0, (3,): 1.0}}, "x[3] has a value but does not exist"),
        ({"x": {(1,): 1.0, ("1",): 1.0, (2,): 1.0}}, "x[1] has two values"),
        ({"x": {(1,): math.nan, (2,): 1.0}}, "x[1] has no value, only nan"),
        ({"x": {(1,): 1.0, (2,): -math.inf}}, "x[2] has no value, only -inf"),
        ({"x": {(1,): 1.0, (2,): 1.0}, "z": 1.0}, "'z' has values but is no variable"),
    ],
)
def test_values_that_are_no_table_of_the_variables_are_refused(values: dict[str, Any], words: str) -> None:
    checked = strict("x[1] + x[2] >= 1", sets={"I": [1, 2]}, variables=[{"name": "x", "index": ["i in I"]}])
    found = at(checked, **values)
    assert words in found.faults and found.residuals == ()


LOGIC = strict(
    "implies(y == 1, x <= 3)",
    "y == 1 or x >= 2 or k == 4",
    "not (y == 1 and k == 0)",
    "all_different(k, j)",
    "0 <= x <= 9",
    variables=[
        {"name": "x", "upper": 10},
        {"name": "y", "domain": "binary"},
        {"name": "k", "domain": "integer", "upper": 5},
        {"name": "j", "domain": "integer", "upper": 5},
    ],
)


@pytest.mark.parametrize(
    ("x", "y", "k", "j", "broken"),
    [
        (3, 1, 2, 1, ""),
        (3 + 1e-7, 1 - 1e-7, 2, 1, ""),
        (3.1, 1, 2, 1, "c1"),
        (3.1, 1 - 1e-6, 2, 1, "c1"),
        (2, 0, 0, 1, ""),
        (2 - 1e-7, 0, 0, 1, ""),
        (1.9, 0, 0, 1, "c2"),
        (1.9, 0, 4 - 1e-6, 1, ""),
        (2, 1, 0, 1, "c3"),
        (2, 0, 1, 1, "c4"),
        (2, 0, 1, 1 + 1e-6, "c4"),
        (9.1, 0, 1, 2, "c5"),
    ],
)
def test_logic_holds_within_the_tolerances(x: float, y: float, k: float, j: float, broken: str) -> None:
    assert LOGIC.grounded is not None, LOGIC.errors
    faults = at(LOGIC, x=x, y=y, k=k, j=j).faults
    assert [fault.split("'")[1] for fault in faults] == ([broken] if broken else []), faults


def test_tours_and_jobs() -> None:
    tour = strict(
        "circuit(a[i, j] for i in N for j in N if i != j)",
        sets={"N": [1, 2, 3, 4]},
        variables=[{"name": "a", "index": ["i in N", "j in N if i != j"], "domain": "binary"}],
    )
    pairs = [(i, j) for i in range(1, 5) for j in range(1, 5) if i != j]
    for arcs, right in (
        ({(1, 2), (2, 3), (3, 4), (4, 1)}, True),
        ({(1, 2), (2, 1), (3, 4), (4, 3)}, False),
        ({(1, 2), (2, 3), (3, 1)}, False),
        ({(1, 2), (2, 3), (3, 4), (4, 1), (1, 3)}, False),
    ):
        taken: dict[Index, float] = {pair: float(pair in arcs) for pair in pairs}
        assert (at(tour, a=taken).faults == ()) is right, arcs
    jobs = strict(
        "no_overlap((s[j], time[j]) for j in J)",
        sets={"J": ["a", "b"]},
        parameters={"time": {"index": ["j in J"], "values": [2.5, 1]}},
        variables=[{"name": "s", "index": ["j in J"], "upper": 9}],
    )
    assert at(jobs, s={("a",): 0.0, ("b",): 2.5 - 1e-8}).faults == ()
    assert at(jobs, s={("a",): 0.0, ("b",): 2.4}).faults == ("constraint 'c1' does not hold",)
