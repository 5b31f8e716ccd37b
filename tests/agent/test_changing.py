"""A run that changes a formulation as it is asked to: the rest stays, and all checks go by what still stands."""

import json
from pathlib import Path

import pytest

import fivefold
from fivefold import CallerError, Change, Event, Grade, Outcome
from fivefold.editing.superseded import standing
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Variable
from tests.agent.solving import settings_for
from tests.example_replies import answer
from tests.scripted_llm import Json, ScriptedLLM, in_turn

TEXT = Path("examples/bakery.txt").read_text("utf-8")
OPTIMUM, WITH_80_KG = 331, 395
WISH = "There are 80 kg of flour after all."
FLOUR: Json = {"do": "change_constraint", "forall": [], "expression": "4*rye_trays + 7*walnut_trays <= 80"}


def reply(*changes: Json) -> str:
    return json.dumps({"changes": list(changes)})


@pytest.fixture
def solved(tmp_path: Path) -> Formulation:
    with ScriptedLLM(answer) as llm:
        outcome = fivefold.solve(TEXT, settings=settings_for(llm.base_url, tmp_path / "first"), checkpoint=False)
    assert outcome.formulation is not None and outcome.objective == OPTIMUM
    return outcome.formulation


def changed(formulation: Formulation, request: str, folder: Path, *replies: str) -> tuple[Outcome, list[str], int]:
    """Run a change; return what came of it, the steps, and how often the LLM was asked."""
    told: list[Event] = []
    with ScriptedLLM(in_turn(*replies)) as llm:
        outcome = fivefold.solve(
            TEXT,
            change=Change(formulation=formulation, request=request),
            settings=settings_for(llm.base_url, folder),
            on_event=told.append,
        )
        asked = len(llm.requests)
    return outcome, [event.step for event in told if event.kind == "begin"], asked


def test_the_change_is_solved_and_checked_and_the_rest_stays(solved: Formulation, tmp_path: Path) -> None:
    row = {**FLOUR, "name": solved.constraints[0].name}
    outcome, steps, asked = changed(solved, WISH, tmp_path, reply(row))
    assert outcome.objective == WITH_80_KG and asked == 1
    assert outcome.verdict.grade is Grade.CONSISTENT, outcome.verdict.feedback
    assert steps[:3] == ["read", "revise", "check"] and "formulate" not in steps
    assert outcome.formulation is not None and outcome.formulation.constraints[1:] == solved.constraints[1:]
    assert outcome.formulation.variables == solved.variables and outcome.formulation.objective == solved.objective
    assert outcome.problem.text.endswith(WISH) and "64 kg" in outcome.problem.text
    assert "64" not in outcome.problem.standing and "30 hours" in outcome.problem.standing


def test_a_change_against_the_wish_is_doubted(solved: Formulation, tmp_path: Path) -> None:
    row = {**FLOUR, "name": solved.constraints[0].name, "expression": "4*rye_trays + 7*walnut_trays >= 80"}
    wish = "At most 80 kg of flour may be used after all."
    outcome, _, _ = changed(solved, wish, tmp_path, reply(row))
    assert outcome.verdict.grade is not Grade.CONSISTENT


def test_a_wish_for_nothing_solves_what_stands(solved: Formulation, tmp_path: Path) -> None:
    outcome, steps, asked = changed(solved, "Thank you, that helps us a lot.", tmp_path, reply())
    assert outcome.objective == OPTIMUM and asked == 1 and "formulate" not in steps
    assert outcome.verdict.grade is Grade.CONSISTENT, outcome.verdict.feedback


def test_where_no_change_can_be_made_the_whole_is_formulated_again(solved: Formulation, tmp_path: Path) -> None:
    def rule(request: Json) -> str:
        schema = request["response_format"]["json_schema"]["schema"]["properties"]
        return reply({**FLOUR, "name": "nothing"}) if "changes" in schema else str(answer(request))

    told: list[Event] = []
    with ScriptedLLM(rule) as llm:
        outcome = fivefold.solve(
            TEXT,
            change=Change(formulation=solved, request=WISH),
            settings=settings_for(llm.base_url, tmp_path),
            on_event=told.append,
        )
    warnings = [event.message for event in told if event.kind == "warning"]
    assert any("formulated again" in message for message in warnings)
    assert outcome.objective == OPTIMUM and outcome.verdict.grade is not Grade.CONSISTENT


def test_a_change_that_cannot_begin_is_refused(solved: Formulation, tmp_path: Path) -> None:
    faulty = solved.model_copy(update={"constraints": (Constraint(name="flour", expression="unknown <= 3"),)})
    for formulation, request, words in ((faulty, WISH, "unknown"), (solved, " ", "wish is empty")):
        with pytest.raises(CallerError, match=words):
            changed(formulation, request, tmp_path, reply())


def baked(flour: str = "4*rye <= 64", *more: str, objective: str = "29*rye") -> Formulation:
    """Rye bread by the tray."""
    rows = [Constraint(name="flour", expression=flour)]
    rows += [Constraint(name=f"row_{place}", expression=row) for place, row in enumerate(more)]
    return Formulation(
        variables=(Variable(name="rye", domain="integer"),),
        objective=Objective(sense="maximize", expression=objective),
        constraints=tuple(rows),
    )


BAKED = "There are 64 kg of flour, and the oven runs 30 hours. A tray takes 4 kg of it. Rye brings 29 a tray."


def test_what_still_stands_has_the_new_numbers_and_all_else_that_is_said() -> None:
    before = baked("4*rye <= 64", "rye <= 30")
    assert standing(BAKED, before, before) == BAKED
    assert standing(BAKED, before, baked("4*rye <= 80", "rye <= 30")) == BAKED.replace("64", "80")
    dearer = baked("4*rye <= 64", "rye <= 30", objective="31*rye")
    assert standing(BAKED, before, dearer) == BAKED.replace("29", "31")
    share = baked("rye <= 0.4*90")
    text = "At most 40% of the 90 trays may be rye."
    assert standing(text, share, baked("rye <= 0.25*90")) == "At most 25% of the 90 trays may be rye."


def test_a_row_that_is_taken_out_takes_its_clause_along() -> None:
    before = baked("4*rye <= 64", "rye <= 30")
    assert standing(BAKED, before, baked("4*rye <= 80")) == (
        "There are 80 kg of flour. A tray takes 4 kg of it. Rye brings 29 a tray."
    )


def test_a_number_whose_successor_cannot_be_told_is_some_number() -> None:
    before = baked("4*rye <= 64", "rye <= 30")
    worked_out = baked("4*rye <= 50 + 20", "rye <= 30")
    assert standing(BAKED, before, worked_out).startswith("There are some kg of flour, and the oven runs 30 hours.")
