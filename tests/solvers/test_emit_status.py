"""Which of infeasible, unbounded and optimal emitted programs say, whatever solver they call."""

import math
from typing import Any

import pytest

from fivefold_solvers.backends.session import Session
from fivefold_solvers.build.from_rows import from_checked
from fivefold_solvers.emit import NotExpressibleError, emit
from fivefold_solvers.emit.engines import ENGINES, Engine
from fivefold_solvers.formulation.check import Checked, check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.program import Library
from fivefold_solvers.result import Limits, Termination
from fivefold_solvers.sandbox import run
from tests.formulation_helpers import strict


def checked(**raw: Any) -> Checked:
    result = check(Formulation.model_validate(raw))
    assert result.ok, result.errors
    return result


@pytest.mark.parametrize("engine", [one for one in ENGINES if one.missing() is None], ids=lambda one: one.title)
@pytest.mark.parametrize(
    ("domain", "row", "said"),
    [
        ("continuous", "x - y <= 2", "unbounded"),
        ("continuous", "2 <= x - y and x - y <= 1", "infeasible"),
        ("integer", "x - y <= 2", "unbounded"),
        ("integer", "1 <= 3*x - 3*y and 3*x - 3*y <= 2", "infeasible"),
    ],
)
def test_which_of_infeasible_and_unbounded_is_found_out(engine: Engine, domain: str, row: str, said: str) -> None:
    problem = checked(
        variables=[{"name": "x", "domain": domain}, {"name": "y", "domain": domain}],
        objective={"sense": "maximize", "expression": "x + y"},
        constraints=[{"name": "r", "expression": row}],
    )
    assert problem.grounded is not None
    if engine.local or engine.refuses(problem.grounded, problem.rows) is not None:
        pytest.skip("it takes no such program, or proves nothing")
    source = emit(problem.grounded, engine.library, solver=engine.solver, rows=problem.rows, time_limit_s=20)
    result = run(source, Limits(wall_s=60))
    assert (result.termination, result.objective, result.values) == (said, None, {}), result.stderr


QUADRATIC = [
    ("minimize", "(x - y)**2 - x", "x >= y - 10", None),
    ("maximize", "0.03*x - (y - 4)**2", "x + y <= 20000000", 599999.880225),
    ("minimize", "0.00002*x**2 + 0.000008*x*y + 0.000008*y**2", "x + y == 1", 0.0000072),
]
"""Sense, objective, row and optimum, None where there is none; added squares of 1e-7 would move each."""


@pytest.mark.parametrize(("sense", "objective", "row", "best"), QUADRATIC)
def test_squares_that_highs_adds_do_not_move_the_optimum(
    sense: str, objective: str, row: str, best: float | None
) -> None:
    problem = checked(
        variables=[{"name": "x"}, {"name": "y"}],
        objective={"sense": sense, "expression": objective},
        constraints=[{"name": "r", "expression": row}],
    )
    assert problem.grounded is not None
    program = emit(problem.grounded, "pyomo", solver="highs", rows=problem.rows, time_limit_s=20)
    result = run(program, Limits(wall_s=60))
    with Session("highs") as session:
        solved = session.solve(from_checked(problem))
    for found in (result, solved):
        assert found.termination == ("unbounded" if best is None else "optimal"), found
        assert found.objective == (None if best is None else pytest.approx(best, rel=1e-8, abs=1e-12))


@pytest.mark.parametrize("objective", ["0*x + (y - 2)**2", "(0*x)**2 + abs(0*u - 3)", "0*x*u + 3"])
def test_variables_that_only_stand_beside_zeros_have_values(objective: str) -> None:
    problem = checked(
        variables=[{"name": "x", "lower": 1}, {"name": "y"}, {"name": "u", "upper": -1, "lower": "-inf"}],
        objective={"sense": "minimize", "expression": objective},
        constraints=[{"name": "r", "expression": "y + 0*u >= 1"}],
    )
    result = run(emit(problem.grounded, "pyomo", rows=problem.rows), Limits(wall_s=60))
    assert result.objective == pytest.approx(0 if "y" in objective else 3, abs=1e-6), result.stderr
    assert result.values["x"] == {(): 1} and result.values["u"] == {(): -1}


@pytest.mark.parametrize("library", ["pyomo", "mathopt", "cpsat"])
def test_the_greatest_of_sums_is_found_by_every_library(library: Library) -> None:
    """OR-Tools' HiGHS calls its own optimum wrong by a hair here, with presolve and without, unless it starts anew."""
    problem = lower(
        checked(
            sets=[{"name": "I", "elements": ["p", "q"]}],
            variables=[
                {"name": "x", "index": ["i in I"], "domain": "integer", "lower": -2, "upper": 0.5},
                {"name": "z", "domain": "binary"},
            ],
            objective={"sense": "maximize", "expression": "max(x[i] + z for i in I)"},
        )
    )
    assert problem.grounded is not None
    if library == "cpsat":
        with pytest.raises(NotExpressibleError, match="continuous"):
            emit(problem.grounded, library, rows=problem.rows)
        return
    result = run(emit(problem.grounded, library, rows=problem.rows), Limits(wall_s=60))
    assert result.objective == pytest.approx(1), result.stderr


@pytest.mark.parametrize(
    ("objective", "value"), [("2.5*sum(x[i] for i in I) + 0.25", 0.25), ("0*y - 7", -7), ("1/8", 0.125)]
)
def test_cpsat_takes_an_objective_that_is_a_number(objective: str, value: float) -> None:
    problem = checked(
        sets=[{"name": "I", "elements": []}],
        variables=[
            {"name": "x", "index": ["i in I"], "domain": "integer", "upper": 2},
            {"name": "y", "domain": "integer", "lower": 1, "upper": 4},
        ],
        objective={"sense": "minimize", "expression": objective},
        constraints=[{"name": "r", "expression": "y <= 3"}],
    )
    result = run(emit(problem.grounded, "cpsat", rows=problem.rows), Limits(wall_s=60))
    assert (result.termination, result.objective) == ("optimal", value), result.stderr


@pytest.mark.parametrize(
    ("sense", "objective", "least", "value"),
    [
        ("maximize", "x**6*y", 0, 4000**6 * 50.0),
        ("minimize", "3 - x**6*y", 0, -(4000**6) * 50.0),
        ("minimize", "x**6*y", 3000, 3000**6 * 5.0),  # was told to be infeasible
        ("maximize", "exp(x/60)", 0, math.exp(4000 / 60)),
        ("maximize", "1e14*x*y", 0, 1e14 * 4000 * 50),
    ],
)
def test_an_objective_beyond_what_scip_calls_infinite_has_its_optimum(
    sense: str, objective: str, least: float, value: float
) -> None:
    variables = [{"name": "x", "lower": least, "upper": 4000}, {"name": "y", "lower": 5 * (least > 0), "upper": 50}]
    made = lower(strict("x + y <= 5000", variables=variables, objective={"sense": sense, "expression": objective}))
    assert made.grounded is not None
    result = run(emit(made.grounded, "pyomo", rows=made.rows, solver="scip"))
    assert result.termination is Termination.OPTIMAL, result.stdout
    assert result.objective == pytest.approx(value) == pytest.approx(result.bound)


def test_what_is_infeasible_or_unbounded_stays_so_however_large_it_may_get() -> None:
    for row, upper, wanted in (
        ("x + y >= 5000", 4000, Termination.INFEASIBLE),
        ("x + y >= 5", None, Termination.UNBOUNDED),
    ):
        variables = [{"name": "x", "upper": upper}, {"name": "y", "upper": 50}]
        made = lower(strict(row, variables=variables, objective={"sense": "maximize", "expression": "x**6 + y"}))
        assert made.grounded is not None
        assert run(emit(made.grounded, "pyomo", rows=made.rows, solver="scip")).termination is wanted
