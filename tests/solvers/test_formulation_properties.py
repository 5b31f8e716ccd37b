"""Reading and checking hold on anything: they never raise, always end, and compute what Python computes."""

import json
import math
import time
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fivefold_solvers.formulation.check import Checked, check, summary
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.evaluate import evaluate
from fivefold_solvers.formulation.finding import Severity
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.formulation.parse import parse
from fivefold_solvers.formulation.read import read
from fivefold_solvers.formulation.scope import Budget, EvaluationError, Members, Scope
from tests.formulation_helpers import texts as messages
from tests.formulation_helpers import tolerant
from tests.formulation_strategies import VALID, arithmetic, json_values, spoiled, texts
from tests.strategies import formulations


def whole_way(raw: Any) -> Checked | None:
    """Read, check and lower; what is wrong is a finding with a place or a message, never an exception."""
    reading = read(raw)
    if reading.formulation is None:
        assert any(found.severity is Severity.ERROR for found in reading.findings)
        return None
    checked = check(reading.formulation)
    assert checked.ok == (not checked.errors)
    summary(checked)
    if checked.ok:
        lowered = lower(checked)
        assert lowered.ok == (not lowered.errors)
        # What the rewriting adds is sound: it stops only at what has no linear form, or is never true.
        assert {found.code for found in lowered.errors} <= {"not-linear", "never-true"}, messages(lowered)
    return checked


@given(json_values())
@settings(max_examples=150)
@example({"sets": 5, "parameters": {"p": {"values": [[]]}}, "variables": "x", "objective": [1, 2]})
@example({"sets": [{"name": "S", "elements": 5}], "variables": ["x"]})
def test_any_json_is_read_or_refused(raw: Any) -> None:
    whole_way(raw)


@given(spoiled())
@settings(max_examples=250)
def test_a_spoiled_formulation_is_read_or_refused(raw: dict[str, Any]) -> None:
    whole_way(raw)


@given(texts(), st.sampled_from(["set", "parameter", "lower", "upper", "index", "forall", "objective", "constraint"]))
@settings(max_examples=250)
def test_any_text_in_any_expression_place_is_read_or_refused(text: str, place: str) -> None:
    raw: dict[str, Any] = json.loads(json.dumps(VALID))
    if place == "set":
        raw["sets"].append({"name": "E", "expression": text})
    elif place == "parameter":
        raw["parameters"].append({"name": "e", "index": ["i in N"], "expression": text})
    elif place in {"lower", "upper", "index"}:
        raw["variables"].append({"name": "e", place: [text] if place == "index" else text})
    elif place == "objective":
        raw["objective"]["expression"] = text
    else:
        raw["constraints"].append(
            {"name": "e", "expression": "x[1] <= 5", place.replace("constraint", "expression"): text}
        )
    if place == "forall":
        raw["constraints"][-1]["forall"] = [text]
    whole_way(raw)


@given(formulations())
@settings(max_examples=100)
def test_any_formulation_is_checked(formulation: Formulation) -> None:
    checked = check(formulation)
    assert checked.ok == (not checked.errors)


def test_the_valid_formulation_is_valid() -> None:
    checked = whole_way(VALID)
    assert checked is not None and checked.ok, checked and messages(checked)


def test_nesting_beyond_reason_is_refused() -> None:
    raw: Any = 1
    for _ in range(5_000):
        raw = [raw]
    assert read({"parameters": [{"name": "p", "values": raw}]}).formulation is None


BOMBS = [
    "sum(1 for i in range(0, 10**6) for j in range(0, 10**6)) <= x",
    "sum(len(range(0, 200000)) for i in range(0, 200000)) <= x",
    "prod(9**300 for i in range(0, 200000)) <= x",
    "9**9**9 <= x",
    "x <= 2.0**5000",
    "x <= " + "9" * 4000,
    "x*10**400 <= 1",
    "sum(1 for i in range(10**400)) <= x",
    "len({(i, j) for i in range(0, 2000) for j in range(0, 2000)}) <= x",
    "x <= " + "(" * 5000 + "1" + ")" * 5000,
    "x <= " + "-" * 5000 + "1",
    "all_different(x for i in range(0, 100000))",
    " and ".join(["x <= 1"] * 3000),
]


@pytest.mark.parametrize("text", BOMBS, ids=lambda text: text[:30])
def test_bombs_end_soon(text: str) -> None:
    started = time.process_time()
    checked = tolerant(text)
    assert time.process_time() - started < 20
    assert checked.errors


def test_scopes_that_share_a_budget_end_together() -> None:
    budget, tree = Budget(1_000), parse("sum(1 for j in range(0, 50))").tree
    with pytest.raises(EvaluationError, match="takes more than"):
        for _ in range(20):
            evaluate(tree, Scope(budget=budget))


@given(arithmetic(), st.tuples(*[st.integers(-5, 9) | st.sampled_from([0.1, -2.5, 3.75])] * 4))
@settings(max_examples=300)
def test_values_are_those_of_python(text: str, data: tuple[float, float, float, float]) -> None:
    a, b, first, second = data
    scope = Scope(
        sets={"N": {(): Members.of("N", (1, 2))}},
        parameters={"a": {(): a}, "b": {(): b}, "d": {(1,): first, (2,): second}},
    )
    try:
        wanted = eval(text, {"a": a, "b": b, "d": {1: first, 2: second}, "N": (1, 2)})
    except (ZeroDivisionError, OverflowError):
        wanted = None
    try:
        found = evaluate(parse(text).tree, scope)
    except EvaluationError:
        found = None
    if isinstance(wanted, float) and math.isnan(wanted):
        assert isinstance(found, float) and math.isnan(found)
    elif (wanted is not None and abs(wanted) < 2**1000) or found is not None:
        assert found == wanted


@given(arithmetic(), st.integers(-4, 4), st.integers(-4, 4))
@settings(max_examples=100)
def test_linear_rows_are_the_value_at_every_point(text: str, at_x: int, at_y: int) -> None:
    """The coefficients of a row with variables, at a point, are the value that Python finds there."""
    text = text.replace("a", "x").replace("b", "z").replace("xzs", "abs").replace("mxx", "max").replace("xll", "all")
    text = text.replace("xny", "any").replace("xnd", "and")
    variables = [{"name": "x", "lower": -4, "upper": 4}, {"name": "z", "lower": -4, "upper": 4}]
    parameters = {"d": {"index": ["i in N"], "values": [2, -3]}}
    checked = tolerant(f"{text} <= 1000000", sets={"N": [1, 2]}, parameters=parameters, variables=variables)
    if not checked.ok or not checked.rows.rows:
        return
    body = checked.rows.rows[0].body
    point = {("x", ()): at_x, ("z", ()): at_y}
    value: float = body if isinstance(body, int | float) else body.constant
    if not isinstance(body, int | float):
        if body.beyond:
            return
        value += sum(c * point[place] for place, c in body.linear.items())
        value += sum(c * point[p] * point[q] for (p, q), c in body.quadratic.items())
    wanted = eval(text, {"x": at_x, "z": at_y, "d": {1: 2, 2: -3}, "N": (1, 2)}) - 1000000
    assert value == pytest.approx(wanted, rel=1e-9, abs=1e-6)
