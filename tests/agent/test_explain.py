"""The answer in words where there is no objective to tell of, and rows that a repair adds."""

from types import SimpleNamespace
from typing import Any

import pytest

from fivefold.answer import answer_text, worth
from fivefold.nodes.explain import explain
from fivefold.nodes.repair import merged
from fivefold_solvers.audit import audit
from fivefold_solvers.emit import emit
from fivefold_solvers.emit.free import free_program
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation, Objective
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.formulation.read import read
from fivefold_solvers.program import Program
from fivefold_solvers.result import ExecutionResult, Exit, SolutionStatus, Termination
from fivefold_solvers.sandbox import run

PLAN = {
    "variables": [{"name": "x", "domain": "integer", "upper": 4}, {"name": "y", "domain": "integer", "upper": 5}],
    "objective": {"sense": "satisfy", "expression": "0"},
    "constraints": [{"expression": "x + y >= 2"}],
}
SOLVED = ExecutionResult(
    exit=Exit.OK, termination=Termination.OPTIMAL, solution_status=SolutionStatus.OPTIMAL, objective=2
)
FREE = """import pyomo.environ as pyo
model = pyo.ConcreteModel()
model.x = pyo.Var(bounds=(2, 3))
model.c = pyo.Constraint(expr=model.x >= 2.5)
"""


async def explained(program: Program, formulation: dict[str, Any] | None) -> str:
    result = run(program)
    assert result.solved and result.objective is None
    candidate = {"formulation": formulation, "findings": [], "result": result.model_dump(mode="json"), "round": 0}
    state: Any = {"candidate": candidate, "options": {}, "problem": {"text": "Any plan will do."}}
    tools: Any = SimpleNamespace()
    return (await explain(state, tools))["explanation"]


async def test_a_plan_without_an_objective_is_a_solution() -> None:
    formulation = read(PLAN).formulation
    assert formulation is not None
    grounded = lower(check(formulation)).grounded
    assert grounded is not None
    text = await explained(emit(grounded, "pyomo"), formulation.model_dump(mode="json"))
    assert text.startswith("A feasible plan was found.") and "no solution" not in text


async def test_a_free_program_without_an_objective_is_a_solution() -> None:
    text = await explained(free_program(FREE), None)
    assert "It has no objective." in text and "x = 2.5" in text


@pytest.mark.parametrize(
    ("known", "new", "rows"),
    [
        ([{"expression": "a <= 5"}], [{"expression": "b <= 7"}], [{"expression": "a <= 5"}, {"expression": "b <= 7"}]),
        ([{"expression": "a <= 5"}], [{"expression": "a >= 5"}], [{"expression": "a >= 5"}]),
        (["a <= 5", 3], ["b <= 7", {"expression": "a <= 5"}, None], [3, "b <= 7", {"expression": "a <= 5"}, None]),
    ],
)
def test_rows_of_any_form_are_added(known: list[object], new: list[object], rows: list[object]) -> None:
    assert merged(known, new) == rows


def told(constraints: list[dict[str, Any]]) -> list[str]:
    """The lines of an answer about limits, for crates of five kinds of which as many as may be are packed."""
    raw = {
        "sets": [{"name": "K", "elements": [1, 2, 3, 4, 5]}],
        "variables": [{"name": "crates", "index": ["k in K"]}],
        "objective": {"sense": "maximize", "expression": "sum(crates[k] for k in K)"},
        "constraints": constraints,
    }
    formulation = read(raw).formulation
    assert formulation is not None
    grounded = lower(check(formulation)).grounded
    assert grounded is not None
    result = run(emit(grounded, "pyomo"))
    return answer_text(formulation, result, audit(lower(check(formulation)), result)).splitlines()


def test_limits_of_many_places_are_one_line_and_equations_decide_nothing() -> None:
    room = {"name": "room", "forall": ["k in K"], "expression": "crates[k] <= 7", "description": "room for a kind"}
    same = {"name": "same", "expression": "crates[1] == crates[2]"}
    lines = told([room, same])
    at = lines.index("These constraints are at their limit and decide the result:")
    assert lines[at + 1 :] == ["  room at 5 of its 5 places, such as k=1; k=2; k=3 (room for a kind): crates[k] <= 7"]


def test_where_only_equations_hold_they_are_told() -> None:
    fixed = {"name": "fixed", "forall": ["k in K if k <= 2"], "expression": "crates[k] == 2*k"}
    rest = {"name": "rest", "expression": "sum(crates[k] for k in K if k > 2) == 8"}
    lines = told([fixed, rest])
    assert lines[-3:] == [
        "  fixed at k=1: crates[k] == 2*k",
        "  fixed at k=2: crates[k] == 2*k",
        "  rest: sum(crates[k] for k in K if k > 2) == 8",
    ]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("total earnings", "The greatest total earnings are 2,"),
        ("profit", "The greatest profit is 2,"),
        ("number of buses", "The greatest number of buses is 2,"),
        ("bonus", "The greatest bonus is 2,"),
        ("mass", "The greatest mass is 2,"),
    ],
)
def test_the_first_sentence_goes_by_what_is_counted(said: str, sentence: str) -> None:
    plan = Formulation(objective=Objective(sense="maximize", expression="2", description=said))
    assert f"{worth(plan, SOLVED)},".startswith(sentence)
