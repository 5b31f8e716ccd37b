"""Rows that divide by variables: where the divisor is 0 the quotient has no value, and such a row does not hold."""

import itertools
from fractions import Fraction

import pytest

from fivefold_solvers.audit import audit
from fivefold_solvers.backends.session import solve
from fivefold_solvers.build.from_rows import from_checked
from fivefold_solvers.emit import ENGINES, Engine, emit
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.result import ExecutionResult, Exit, SolutionStatus, Termination
from fivefold_solvers.sandbox import run
from tests.formulation_helpers import strict, texts

WHOLE = [{"name": name, "domain": "integer", "upper": 4} for name in "ab"]
SHARES = [{"name": name, "upper": 4} for name in "ab"]


def plan(objective: float, **values: float) -> ExecutionResult:
    return ExecutionResult(
        exit=Exit.OK,
        termination=Termination.OPTIMAL,
        solution_status=SolutionStatus.OPTIMAL,
        objective=objective,
        values={name: {(): float(value)} for name, value in values.items()},
    )


def quotient_holds(a: int, b: int) -> bool:
    return a + b > 0 and Fraction(a, a + b) <= Fraction(2, 5)


@pytest.mark.parametrize("engine", ENGINES, ids=lambda own: own.title)
def test_every_solver_keeps_whole_divisors_from_0(engine: Engine) -> None:
    goal = {"sense": "minimize", "expression": "3*a + 2*b"}
    lowered = lower(strict("a/(a + b) <= 0.4", variables=WHOLE, objective=goal))
    assert lowered.grounded is not None, texts(lowered)
    best = min(3 * a + 2 * b for a, b in itertools.product(range(5), repeat=2) if quotient_holds(a, b))
    if engine.refuses(lowered.grounded, lowered.rows) is not None:
        return
    program = emit(lowered.grounded, engine.library, rows=lowered.rows, solver=engine.solver)
    assert run(program).objective == pytest.approx(best) == 2
    assert solve(from_checked(lowered), backend="auto").objective == pytest.approx(best)


def test_a_plan_without_a_quotient_is_no_plan() -> None:
    lowered = lower(strict("a/(a + b) <= 0.4", variables=SHARES, objective="3*a + 2*b"))
    assert lowered.problem_class == "LP"
    (fault,) = audit(lowered, plan(0, a=0, b=0)).faults
    assert "constraint 'c1' has no value" in fault and "above 0" in fault
    # Rounding makes no quotient.
    (fault,) = audit(lowered, plan(3e-9, a=1e-9, b=0)).faults
    assert "has no value" in fault
    assert audit(lowered, plan(2, a=0, b=1)).faults == ()


def test_a_divisor_that_is_small_by_its_bounds_is_no_rounding() -> None:
    fine = [{"name": "a"}, {"name": "b", "lower": 1e-8, "upper": 1e-7}]
    lowered = lower(strict("a/b <= 4", variables=fine, objective="0 - a"))
    assert audit(lowered, plan(-2e-7, a=2e-7, b=5e-8)).faults == ()


@pytest.mark.parametrize(
    ("rows", "written"),
    [
        (("a/(a + b) <= 0.4", "a + 2*b >= 3"), ["a <= 0.4*(a + b)"]),
        (("0.4 >= a/(a + b)", "b >= 1"), ["0.4*(a + b) >= a"]),
        (("a/(-a - b) >= -0.4", "b >= 1"), ["a <= -0.4*(-a - b)"]),
    ],
)
def test_rows_that_keep_a_divisor_from_0_are_enough(rows: tuple[str, ...], written: list[str]) -> None:
    for variables in (WHOLE, SHARES):
        lowered = lower(strict(*rows, variables=variables, objective="a + b"))
        assert [one.expression for one in lowered.formulation.constraints][:-1] == written


def test_a_quotient_that_need_not_hold_keeps_nothing_from_0() -> None:
    open_ = {"name": "open", "domain": "binary"}
    goal = {"sense": "minimize", "expression": "a + b + 5*open"}
    lowered = lower(strict("implies(open == 1, a/(a + b) <= 0.4)", variables=[*WHOLE, open_], objective=goal))
    assert lowered.ok, texts(lowered)
    assert solve(from_checked(lowered), backend="auto").objective == pytest.approx(0)
    assert audit(lowered, plan(0, a=0, b=0, open=0)).faults == ()
    (fault,) = audit(lowered, plan(5, a=0, b=0, open=1)).faults[:1]
    assert "c1" in fault
    either = lower(strict("a/(a + b) <= 0.4 or open == 1", variables=[*SHARES, open_], objective=goal))
    assert either.ok, texts(either)
    assert audit(strict("a/(a + b) <= 0.4 or open == 1", variables=[*SHARES, open_], objective=goal),
                 plan(5, a=0, b=0, open=1)).faults == ()  # fmt: skip


def test_quotients_of_every_index_are_kept_from_0() -> None:
    lots = {"name": "lots", "index": ["d in D"], "domain": "integer", "upper": 5}
    bad = {"name": "bad", "index": ["d in D"], "domain": "integer", "upper": 5}
    goal = {"sense": "minimize", "expression": "sum(lots[d] for d in D)"}
    lowered = lower(
        strict(("d in D", "bad[d]/lots[d] <= 0.5"), sets={"D": ["mon", "tue"]}, variables=[lots, bad], objective=goal)
    )
    assert solve(from_checked(lowered), backend="auto").objective == pytest.approx(2)
    found = audit(lowered, plan(0).model_copy(update={"values": {
        "lots": {("mon",): 1.0, ("tue",): 0.0}, "bad": {("mon",): 0.0, ("tue",): 0.0}}}))  # fmt: skip
    assert any("tue" in fault for fault in found.faults)
