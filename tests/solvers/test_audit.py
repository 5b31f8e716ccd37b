"""The audit of a result: what holds passes, and every false claim is found with its place."""

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fivefold_solvers.audit import audit
from fivefold_solvers.emit import emit
from fivefold_solvers.formulation.check import Checked
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.result import ExecutionResult, Exit, Index, SolutionStatus, Termination
from fivefold_solvers.sandbox import run
from tests.formulation_helpers import strict
from tests.solvers.corpus_cases import objective_of, worst_violation

Values = dict[str, dict[Index, float]]


def result(objective: float | None, **values: float | dict[Index, float]) -> ExecutionResult:
    tables = {name: value if isinstance(value, dict) else {(): float(value)} for name, value in values.items()}
    return ExecutionResult(
        exit=Exit.OK,
        termination=Termination.OPTIMAL,
        solution_status=SolutionStatus.OPTIMAL,
        objective=objective,
        values=tables,
    )


SHOP = strict(
    "2*chairs + 3*desks <= 12",
    "chairs >= desks",
    variables=[
        {"name": "chairs", "upper": 5},
        {"name": "desks", "domain": "integer"},
        {"name": "open", "domain": "binary"},
    ],
    objective={"sense": "maximize", "expression": "4*chairs + 5*desks + open"},
)


def test_a_right_result_passes_with_its_slacks() -> None:
    found = audit(SHOP, result(18.0, chairs=3, desks=1, open=1))
    assert found.faults == () and found.objective == 18
    assert [(r.constraint, r.place, r.slack, r.binding) for r in found.residuals] == [
        ("c1", "", 3, False),
        ("c2", "", 2, False),
    ]
    tight = audit(SHOP, result(19.6, chairs=2.4, desks=2, open=0))
    assert tight.faults == () and [r.binding for r in tight.residuals] == [False, False]
    edge = audit(SHOP, result(26.0, chairs=4.5, desks=1, open=1))
    assert edge.residuals[0].binding and edge.faults == ("the objective is 24 at the reported values, not 26",)


@pytest.mark.parametrize(
    ("claimed", "words"),
    [
        (result(18.1, chairs=3, desks=1, open=1), "the objective is 18 at the reported values, not 18.1"),
        (result(math.nan, chairs=3, desks=1, open=1), "not nan"),
        (result(30.0, chairs=5, desks=2, open=0), "constraint 'c1' is violated by 4: 16 against 12"),
        (result(14.0, chairs=1, desks=2, open=0), "constraint 'c2' is violated by 1"),
        (result(25.0, chairs=6, desks=0, open=1), "chairs = 6 is outside its bounds 0 to 5"),
        (result(-4.0, chairs=-1, desks=0, open=0), "chairs = -1 is outside its bounds"),
        (result(14.5, chairs=3, desks=0.5, open=0), "desks = 0.5 is not whole"),
        (result(12.4, chairs=3, desks=0, open=0.4), "open = 0.4 is not whole"),
        (result(12.0, chairs=3, desks=0), "open has no value"),
        (result(12.0, chairs=3, desks=math.nan, open=0), "desks has no value"),
        (result(12.0, chairs=3, desks=0, open={("a",): 1.0}), "open has no value"),
        (result(12.0, chairs=3, desks=0, open={(math.inf,): 1.0}), "index that is none"),
    ],
)  # fmt: skip
def test_a_false_claim_is_found(claimed: ExecutionResult, words: str) -> None:
    faults = audit(SHOP, claimed).faults
    assert any(words in fault for fault in faults), faults


def test_what_lies_within_the_tolerances_passes() -> None:
    near = result(18.00001, chairs=3 + 1e-9, desks=1 - 1e-7, open=1 + 1e-8)
    assert audit(SHOP, near).faults == ()
    assert audit(SHOP, result(None, chairs=0, desks=0, open=0)).faults == ()


ROADS = strict(
    ("(i, j) in A", "flow[i, j] <= cap[i, j]"),
    ("i in N if i != 'mill'", "sum(flow[i, j] for j in N if (i, j) in A) >= load[i]"),
    sets={"N": ["mill", "port", 3], "A": [["mill", "port"], ["port", 3]]},
    parameters={
        "cap": {"index": ["(i, j) in A"], "values": {"mill,port": 4, "port,3": 6}},
        "load": {"index": ["i in N"], "values": {"mill": 0, "port": 2, "3": 0}},
    },
    variables=[{"name": "flow", "index": ["(i, j) in A"]}],
    objective="sum(flow[i, j] for (i, j) in A)",
)


def test_indices_of_tuples_texts_and_numbers() -> None:
    right = result(6.0, flow={("mill", "port"): 4.0, ("port", 3): 2.0})
    assert audit(ROADS, right).faults == ()
    # A program may print the element 3 as text or as 3.0; it is the same element.
    for three in ("3", 3.0):
        assert audit(ROADS, result(6.0, flow={("mill", "port"): 4.0, ("port", three): 2.0})).faults == ()
    (fault,) = audit(ROADS, result(7.0, flow={("mill", "port"): 5.0, ("port", 3): 2.0})).faults
    assert fault.startswith("constraint 'c1' at ") and "mill" in fault and "port" in fault and "violated by 1" in fault
    (fault,) = audit(ROADS, result(5.0, flow={("mill", "port"): 4.0, ("port", 3): 1.0})).faults
    assert fault.startswith("constraint 'c2' at i=") and "port" in fault
    (fault,) = audit(ROADS, result(4.0, flow={("mill", "port"): 4.0})).faults
    assert fault == "flow['port', 3] has no value"


def test_the_result_of_a_lowered_program_is_audited() -> None:
    checked = lower(
        strict(
            "implies(y == 1, x <= 3)",
            "all_different(k[i] for i in N)",
            "y == 1",
            sets={"N": [1, 2]},
            variables=[
                {"name": "x", "upper": 10},
                {"name": "y", "domain": "binary"},
                {"name": "k", "index": ["i in N"], "domain": "integer", "upper": 5},
            ],
            objective={"sense": "maximize", "expression": "x + sum(k[i] for i in N)"},
        )
    )
    assert checked.grounded is not None
    claim = run(emit(checked.grounded, "pyomo"))
    assert claim.solved, claim.stderr
    found = audit(checked, claim)
    assert found.faults == () and found.objective == pytest.approx(12)
    for name, index, value in (("x", (), 4.0), ("k", (1,), claim.values["k"][(2,)])):
        table: dict[Index, float] = {**claim.values[name], index: value}
        changed = claim.model_copy(update={"values": {**claim.values, name: table}, "objective": None})
        assert any("is violated by" in fault for fault in audit(checked, changed).faults)


def test_a_value_that_cannot_be_computed_is_a_fault() -> None:
    checked = strict("1/x <= 5", variables=[{"name": "x"}], objective="x**2")
    assert any("c1" in fault and "no value" in fault for fault in audit(checked, result(0.0, x=0)).faults)
    assert any("objective has no value" in fault for fault in audit(checked, result(0.0, x=1e200)).faults)


def test_without_a_built_formulation_nothing_is_accepted() -> None:
    broken = strict("x + nowhere <= 3")
    assert audit(broken, result(0.0, x=1, y=0)).faults == ("the formulation cannot be built",)


NUMBERS = st.sampled_from([-2, -1, 0, 1, 2, 3, 0.5])


@st.composite
def problems(draw: st.DrawFn) -> Checked:
    """Small formulations over two whole scalars and a table of two."""
    terms = [f"{draw(NUMBERS)}*{name}" for name in ("x", "y", "z['a']", "z['b']", "x*y")]
    sides = [" + ".join(draw(st.lists(st.sampled_from(terms), min_size=1, max_size=3))) for _ in range(3)]
    relation = draw(st.sampled_from(["<=", ">="]))
    return strict(
        f"{sides[0]} {relation} {draw(NUMBERS)}",
        ("i in I", f"z[i] - {draw(NUMBERS)}*x <= {draw(NUMBERS)} + {sides[1]}"),
        sets={"I": ["a", "b"]},
        variables=[
            {"name": "x", "domain": "integer", "upper": 2},
            {"name": "y", "domain": "integer", "lower": -1, "upper": 1},
            {"name": "z", "index": ["i in I"], "upper": 2},
        ],
        objective={"sense": "maximize", "expression": sides[2]},
    )


@given(problems(), st.tuples(st.integers(0, 2), st.integers(-1, 1), st.floats(0, 2), st.floats(0, 2)))
@settings(max_examples=80)
def test_the_evaluators_own_numbers_pass_and_changed_ones_do_not(
    checked: Checked, point: tuple[int, int, float, float]
) -> None:
    assume(checked.grounded is not None)  # rows without a variable are refused
    assert checked.grounded is not None
    x, y, first, second = map(float, point)
    values: Values = {"x": {(): x}, "y": {(): y}, "z": {("a",): first, ("b",): second}}
    objective = objective_of(checked.grounded, values)
    claim = result(objective, **values)
    found = audit(checked, claim)
    # The evaluator rounds with every step, the audit once at the end.
    assert found.objective == pytest.approx(objective, rel=1e-13, abs=1e-13) and len(found.residuals) == 3
    worst = worst_violation(checked.grounded, values)
    if worst == 0:
        assert found.faults == ()
        assert all(residual.slack >= -1e-13 for residual in found.residuals)
    elif worst > 1e-4:
        assert any("is violated by" in fault for fault in found.faults)
    assert any("the objective is" in f for f in audit(checked, result(objective + 1, **values)).faults)
    assert any("outside its bounds" in f for f in audit(checked, result(objective, **{**values, "x": 3.0})).faults)
    assert any("not whole" in f for f in audit(checked, result(objective, **{**values, "y": 0.5})).faults)
    for name in values:
        rest = {other: table for other, table in values.items() if other != name}
        assert any("has no value" in fault for fault in audit(checked, result(objective, **rest)).faults)


@pytest.mark.parametrize("row", ["2*h + 2*r + pi*r <= 12", "12 - r*pi >= 2*h + 2*r", "2*(h + r) == 12 - pi*r"])
def test_a_linear_row_with_a_number_that_no_fraction_holds_is_measured(row: str) -> None:
    """At its limit, and a hair beyond it: that is where its coefficients are asked for."""
    window = strict(row, variables=[{"name": "h"}, {"name": "r"}], objective="r")
    side = 12 / (4 + math.pi)
    for hair in (0.0, 1e-7):
        found = audit(window, result(side + hair, h=side, r=side + hair))
        assert found.faults == () and found.residuals[0].binding
    far = audit(window, result(side + 1e-3, h=side, r=side + 1e-3))
    assert far.faults


def test_an_objective_that_rests_on_rounding_is_a_fault() -> None:
    """Near 0 over 0 a ratio is whatever the solver's tolerance makes of it."""
    goal = {"sense": "maximize", "expression": "(3*x + 2*y) / (x + y)"}
    ratio = strict("x + y <= 10", variables=[{"name": "x"}, {"name": "y"}], objective=goal)
    x, y = 1e-9, -2e-10
    found = audit(ratio, result((3 * x + 2 * y) / (x + y), x=x, y=y))
    assert "least amount that keeps the divisor above 0" in found.faults[0]
    assert audit(ratio, result(3.0, x=1e-3, y=0)).faults == ()
    assert audit(ratio, result(3.0, x=10, y=-1e-9)).faults == ()
