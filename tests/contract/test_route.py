"""Which solver a program is written for, why, and what a program with IPOPT says of itself."""

from typing import Any

import pytest

from fivefold_solvers.emit import ENGINES, Choice, NotExpressibleError, emit, select
from fivefold_solvers.emit.engines import Engine, engine
from fivefold_solvers.formulation.check import Checked, check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.result import ExecutionResult, Exit, Limits, SolutionStatus, Termination
from fivefold_solvers.sandbox import run

IPOPT = engine("pyomo", "ipopt")
needs_ipopt = pytest.mark.skipif(IPOPT.missing() is not None, reason=str(IPOPT.missing()))


def checked(objective: str, *rows: str, sense: str = "minimize", **variables: dict[str, Any]) -> Checked:
    result = check(
        Formulation.model_validate(
            {
                "variables": [{"name": name, **own} for name, own in variables.items()],
                "objective": {"sense": sense, "expression": objective},
                "constraints": [{"name": f"row_{place}", "expression": row} for place, row in enumerate(rows)],
            }
        )
    )
    assert result.ok, result.errors
    return result


def grounded(objective: str, *rows: str, sense: str = "minimize", **variables: dict[str, Any]) -> Grounded:
    found = checked(objective, *rows, sense=sense, **variables).grounded
    assert found is not None
    return found


def searched(problem: Grounded) -> ExecutionResult:
    return run(emit(problem, "pyomo", solver="ipopt", time_limit_s=30.0), Limits(wall_s=60))


@pytest.mark.parametrize(
    ("objective", "row", "domain", "solver", "reason"),
    [
        ("x + y", "x + y >= 1", "continuous", "highs", "Pyomo with HiGHS: the program is linear"),
        ("x + y", "x + y >= 1", "integer", "highs", "Pyomo with HiGHS: the program is linear with whole numbers"),
        ("x**2 + y", "x + y >= 1", "continuous", "highs", "the objective is quadratic, the rows are linear"),
        ("x*y", "x + y >= 1", "continuous", "scip", "the quadratic objective is not convex"),
        ("x**2", "x + y >= 1", "integer", "scip", "the objective is quadratic and there are whole numbers"),
        ("exp(x) + y", "x + y >= 1", "continuous", "scip", "the objective is not quadratic"),
        ("x + y", "x*y >= 1", "integer", "scip", "constraint 'row_0' is not linear"),
    ],
)
def test_solver_by_class(objective: str, row: str, domain: str, solver: str, reason: str) -> None:
    choice = select(grounded(objective, row, x={"upper": 4, "domain": domain}, y={"upper": 4}))
    assert (choice.library, choice.solver) == ("pyomo", solver)
    assert reason in choice.reason


@needs_ipopt
def test_a_variable_exponent_over_what_may_vanish_goes_to_ipopt() -> None:
    problem = grounded("x**y", "x + y >= 3", x={"upper": 4}, y={"lower": 0.5, "upper": 4})
    choice = select(problem)
    assert choice.solver == "ipopt" and "a variable exponent" in choice.reason and "local" in choice.reason
    kept = grounded("x**y", "x + y >= 3", x={"lower": 0.1, "upper": 4}, y={"lower": 0.5, "upper": 4})
    assert select(kept).solver == "scip"


@needs_ipopt
@pytest.mark.parametrize(
    ("size", "term", "solver"),
    [(400, "log(1 + x[i])", "scip"), (3001, "log(1 + x[i])", "ipopt"), (150, "sin(x[i])*x[i]", "ipopt")],
)
def test_what_is_too_large_for_a_proof_goes_to_ipopt(size: int, term: str, solver: str) -> None:
    raw: dict[str, Any] = {
        "sets": [{"name": "I", "expression": f"range({size})"}],
        "variables": [{"name": "x", "index": ["i in I"], "upper": 5}],
        "objective": {"sense": "maximize", "expression": f"sum({term}/(i + 1) for i in I)"},
        "constraints": [{"name": "all_of_it", "expression": "sum(x[i] for i in I) <= 50"}],
    }
    result = check(Formulation.model_validate(raw))
    assert result.grounded is not None
    choice = select(result.grounded, rows=result.rows)
    assert choice.solver == solver
    assert solver == "scip" or f"{size} variables in nonlinear terms" in choice.reason
    assert select(result.grounded, "ortools", rows=result.rows).library == "pyomo"
    program = emit(result.grounded, choice.library, rows=result.rows, time_limit_s=30.0)
    assert program.solver == solver


@pytest.mark.parametrize(
    ("solver", "wanted", "library"),
    [("scip", "pyomo", "pyomo"), ("scip", "ortools", "mathopt"), ("highs", "ortools", "mathopt"),
     ("glop", "pyomo", "mathopt"), ("pdlp", "ortools", "mathopt"), ("ipopt", "ortools", "pyomo")],
)  # fmt: skip
def test_what_is_asked_for_is_taken(solver: str, wanted: Any, library: str) -> None:
    choice = select(grounded("x", "x >= 1", x={"upper": 4}), wanted, solver=solver)
    assert (choice.library, choice.solver) == (library, solver)
    assert "asked for" in choice.reason


@pytest.mark.parametrize(
    ("solver", "reason"),
    [("cp_sat", "variable 'x' is continuous"), ("highs", "not linear"), ("glop", "not linear")],
)
def test_what_cannot_be_taken_is_refused(solver: str, reason: str) -> None:
    problem = grounded("x", "x**2 >= 1", x={"upper": 4})
    with pytest.raises(NotExpressibleError, match=reason):
        select(problem, solver=solver)
    own = next(one for one in ENGINES if one.solver == solver)
    with pytest.raises(NotExpressibleError, match=reason):
        emit(problem, own.library, solver=solver)


@pytest.mark.parametrize(
    ("objective", "domain", "reason"),
    [("x**2", "integer", "takes whole numbers only"), ("abs(x - 1)*x", "continuous", "no slope at 0")],
)
def test_ipopt_says_why_not(objective: str, domain: str, reason: str) -> None:
    problem = grounded(objective, "x >= 0.5", x={"upper": 4, "domain": domain})
    with pytest.raises(NotExpressibleError, match=reason):
        emit(problem, "pyomo", solver="ipopt")


def test_unknown_solvers_are_named() -> None:
    problem = grounded("x", "x >= 1", x={"upper": 4})
    with pytest.raises(ValueError, match=r"no solver 'cplex'; there are highs, scip, ipopt"):
        select(problem, solver="cplex")
    with pytest.raises(ValueError, match=r"no solver 'glop' for 'pyomo'; there are highs, scip, ipopt"):
        emit(problem, "pyomo", solver="glop")


def test_what_is_missing_is_said_without_an_import() -> None:
    absent = Engine("pyomo", "none", "Pyomo with nothing", ("pyomo", "no_such_library"), lambda grounded, rows: None)
    assert absent.missing() == "no_such_library is not installed, `pip install no_such_library`"
    assert Choice(absent, "asked for").reason == "Pyomo with nothing: asked for"


@needs_ipopt
def test_a_local_optimum_is_called_one() -> None:
    # Valleys near 4.5, 10.8 and 17.1; a search from the middle ends in the second.
    result = searched(grounded("sin(x) + x/5", "x <= 19.5", x={"upper": 20}))
    assert result.exit is Exit.OK, result.stderr
    assert result.solution_status is SolutionStatus.FEASIBLE and result.bound is None and not result.solved
    assert result.solver == "ipopt (local)"
    assert "Local optimum:" in result.stdout
    assert result.objective == pytest.approx(-0.0775896852, abs=1e-6)


@needs_ipopt
def test_a_convex_program_has_no_other_optimum() -> None:
    result = searched(grounded("(x - 3)**2 + y**2", "x + y <= 2", x={}, y={"lower": "-inf"}))
    assert result.solved and result.solver == "ipopt"
    assert result.objective == pytest.approx(0.5, abs=1e-6)


@needs_ipopt
@pytest.mark.parametrize(("sense", "best"), [("minimize", 1.0), ("maximize", 8.0)])
def test_both_senses(sense: str, best: float) -> None:
    result = searched(grounded("x**3", "x >= 1", sense=sense, x={"upper": 2}))
    assert result.objective == pytest.approx(best, abs=1e-4)


@needs_ipopt
def test_no_point_is_no_proof() -> None:
    result = searched(grounded("x", "x**2 + y**2 <= 1", "x + y >= 2", x={}, y={}))
    assert result.exit is Exit.OK, result.stderr
    assert (result.termination, result.solution_status) == (Termination.UNKNOWN, SolutionStatus.NONE)
    assert result.objective is None and result.values == {}


@needs_ipopt
def test_names_of_the_search_may_be_the_formulations_own() -> None:
    names = ("read", "best", "search", "casadi", "value", "place", "variables", "os")
    rows = [f"{name} >= {place}" for place, name in enumerate(names, 1)]
    own: dict[str, dict[str, Any]] = {name: {"upper": 20} for name in names}
    result = searched(grounded(" + ".join(f"exp({name}/9)" for name in names), *rows, **own))
    assert result.exit is Exit.OK, result.stderr
    assert {name: round(table[()], 3) for name, table in result.values.items()} == {
        name: float(place) for place, name in enumerate(names, 1)
    }
