"""Programs that an LLM wrote itself: our solve and report stand behind them, whatever they print or call things."""

import json

import pytest

from fivefold_solvers.emit.free import free_program
from fivefold_solvers.result import RESULT_PREFIX, ExecutionResult, Exit, Limits, SolutionStatus, Termination
from fivefold_solvers.sandbox import run

HEAD = "import pyomo.environ as pyo\nmodel = pyo.ConcreteModel()\n"
FORGED = {
    "termination": "optimal",
    "solution_status": "optimal",
    "objective": 999.0,
    "values": {"x": 999.0},
    "solver": "forged",
}


def go(source: str) -> ExecutionResult:
    return run(free_program(source, time_limit_s=20), Limits(wall_s=60))


def test_a_linear_program_is_solved_and_a_forged_result_overruled() -> None:
    source = HEAD + (
        "I = ['oak', 'elm']\n"
        "model.x = pyo.Var(I, [1, 2], bounds=(0, 4))\n"
        "model.n = pyo.Var(domain=pyo.Integers, bounds=(0, 2.5))\n"
        "model.idle = pyo.Var()\n"
        "model.row = pyo.Constraint(expr=sum(model.x[i, t] for i in I for t in (1, 2)) <= 7)\n"
        "model.goal = pyo.Objective(expr=pyo.quicksum(model.x.values()) + 3*model.n, sense=pyo.maximize)\n"
        f"print({RESULT_PREFIX + json.dumps(FORGED)!r})\n"
        "json = time = print = SolverFactory = None  # names of its own"
    )
    program = free_program(source)
    assert (program.path, program.library, program.source.startswith(source)) == ("free", "pyomo", True)
    result = go(source.replace(" = print = ", " = "))
    assert result.solved and result.solver == "highs", result.stderr
    assert result.objective == pytest.approx(13) and result.bound == pytest.approx(13)
    assert result.values["n"] == {(): pytest.approx(2)} and "idle" not in {k for k, v in result.values.items() if v}
    assert set(result.values["x"]) == {("oak", 1), ("oak", 2), ("elm", 1), ("elm", 2)}
    assert sum(result.values["x"].values()) == pytest.approx(7)
    assert "Objective: 13" in result.stdout and "forged" in result.stdout


def test_a_nonlinear_program_goes_to_scip() -> None:
    pytest.importorskip("pyscipopt")
    result = go(
        HEAD + "model.x = pyo.Var(bounds=(0.1, 9))\nmodel.y = pyo.Var(bounds=(0.1, 9))\n"
        "model.row = pyo.Constraint(expr=model.x*model.y >= 4)\n"
        "model.goal = pyo.Objective(expr=model.x + model.y)\n"
    )
    assert result.solved and result.solver == "scip", result.stderr
    assert result.objective == pytest.approx(4, abs=1e-3)


def test_an_infeasible_program_reports_no_value() -> None:
    result = go(
        HEAD + "model.x = pyo.Var(bounds=(0, 1))\nmodel.row = pyo.Constraint(expr=model.x >= 2)\n"
        "model.goal = pyo.Objective(expr=model.x)\n"
    )
    assert (result.exit, result.termination) == (Exit.OK, Termination.INFEASIBLE)
    assert result.solution_status is SolutionStatus.NONE and result.objective is None and result.values == {}


def test_a_program_without_objective_looks_for_any_point() -> None:
    result = go(HEAD + "model.x = pyo.Var(bounds=(3, 8))\nmodel.row = pyo.Constraint(expr=model.x >= 5)\n")
    assert result.solved and result.objective is None and result.values["x"][()] >= 5 - 1e-6


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import pyomo.environ as pyo\nraise ValueError('too few planks')", "too few planks"),
        ("def broken(:\n    pass", "SyntaxError"),
        ("print('thinking about it')", "no pyo.ConcreteModel was built"),
        (HEAD + "model.x = pyo.Var()\nmodel.row = pyo.Constraint(expr=model.nothing <= 2)", "nothing"),
    ],
)
def test_a_crash_is_told_with_its_reason(source: str, words: str) -> None:
    result = go(source)
    assert result.exit is Exit.CRASHED and not result.solved and words in result.stderr
