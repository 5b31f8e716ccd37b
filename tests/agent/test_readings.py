"""Both readings of what a text leaves open, solved; what is asked and told of them."""

from pathlib import Path
from typing import Any

import pytest

import fivefold
from fivefold.checks.readings import readings
from fivefold.clarification import MissingFact, Reading, question_for, spread
from fivefold.nodes.clarify import in_words
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.read import read
from tests.agent.solving import TOYS, settings_for, toys
from tests.scripted_llm import ScriptedLLM


def formulation(**parts: Any) -> Formulation:
    made = read(parts).formulation
    assert made is not None
    return made


def barges(domain: str = "integer", row: str = "40*barges >= 100") -> Formulation:
    return formulation(
        variables=[{"name": "barges", "domain": domain, "description": "barges hired"}],
        objective={"sense": "minimize", "expression": "70*barges", "description": "cost"},
        constraints=[{"name": "gravel", "expression": row, "description": "gravel moved"}],
    )


GRAVEL = "A barge moves 40 tonnes and costs 70 EUR. At least 100 tonnes of gravel are moved at the least cost."


def test_whole_or_in_parts_is_told_with_both_optima() -> None:
    (found,) = readings(barges(), GRAVEL)
    assert (found.kind, found.element, found.instead) == ("domain", "barges", "may be fractional")
    assert (found.objective, found.other_objective) == pytest.approx((210, 175)) and found.changes and found.usual
    assert question_for((), (found,)) is None, "people hire whole barges"


def test_what_the_text_settles_is_no_reading() -> None:
    assert readings(barges(), GRAVEL + " Only whole barges can be hired.") == ()


def test_a_reading_that_changes_nothing_is_left_out() -> None:
    assert readings(barges(row="40*barges >= 120"), GRAVEL.replace("100", "120")) == ()


def test_fractions_of_bodies_are_asked_about() -> None:
    ferries = formulation(
        variables=[{"name": "ferries", "description": "ferries hired"}],
        objective={"sense": "minimize", "expression": "70*ferries"},
        constraints=[{"name": "cars", "expression": "40*ferries >= 100"}],
    )
    (found,) = readings(ferries, "A ferry takes 40 cars and costs 70 EUR. At least 100 cars cross at the least cost.")
    question = question_for((), (found,))
    assert found.other_objective == pytest.approx(210) and not found.usual
    assert question is not None and question.text == "May ferries be fractions, or only whole numbers?"


def test_exactly_or_at_least_where_the_text_only_says_needs() -> None:
    text = "A lime kiln gives 3 tonnes for 50 EUR, and a quarry pays 4 EUR a tonne. The builder needs 10 tonnes."
    held = formulation(
        variables=[{"name": "lime", "unit": "tonne", "description": "tonnes of lime"}],
        objective={"sense": "maximize", "expression": "4*lime"},
        constraints=[
            {"name": "need", "expression": "lime == 10", "description": "the builder's need"},
            {"name": "kiln", "expression": "lime <= 50"},
        ],
    )
    (found,) = readings(held, text)
    assert (found.kind, found.instead, found.other_objective) == ("relation", "may be exceeded", pytest.approx(200))
    question = question_for((), (found,))
    assert question is not None and "meant exactly" in question.text
    assert readings(held, text.replace("needs 10", "needs exactly 10")) == ()


def test_more_than_is_tried_in_the_strict_sense() -> None:
    shifts = formulation(
        variables=[{"name": "guards", "domain": "integer"}],
        objective={"sense": "minimize", "expression": "90*guards"},
        constraints=[{"name": "watch", "expression": "guards >= 6"}],
    )
    (found,) = readings(shifts, "A guard costs 90 EUR a night. More than 6 guards must watch. What is the least cost?")
    assert found.kind == "strict" and found.other_objective == pytest.approx(630)


def test_what_is_missing_goes_before_what_can_be_read_in_two_ways() -> None:
    fact = MissingFact(kind="amount", words="", question="How many hours are there in all?")
    doubtful = Reading(
        kind="domain", element="x", assumed="", instead="", objective=1, other_objective=2, usual=False, question="Q?"
    )
    asked = question_for((fact,), (doubtful,))
    assert asked is not None and asked.text == fact.question
    unimportant = fact.model_copy(update={"changes": False})
    other = question_for((unimportant,), (doubtful,))
    assert other is not None and other.text == "Q?"
    assert question_for((unimportant,), ()) is None


def test_readings_are_told_in_a_few_lines() -> None:
    found = [
        Reading(
            kind="domain", element="x", assumed="is whole", instead=f"way {n}", objective=96, other_objective=96 - n
        )
        for n in (3, 2, 1)
    ]
    assert spread(found) == (93, 96)
    lines = in_words("How many?", tuple(found), "least cost")
    assert lines[0].endswith("How many?") and lines[1] == "If x way 3, the least cost is 93 instead of 96."
    assert lines[-1] == "Over all readings it lies between 93 and 96." and len(lines) == 4
    assert in_words("", (), "least cost") == []


async def test_the_outcome_holds_the_question_and_the_readings(tmp_path: Path) -> None:
    with ScriptedLLM(toys()) as server:
        settings = settings_for(server.base_url, tmp_path)
        whole = await fivefold.asolve(TOYS, settings=settings, checkpoint=False)
        holed = TOYS.replace("There are 120 hours and 140 boards. ", "")
        asked = await fivefold.asolve(holed, settings=settings, checkpoint=False)
    assert whole.question == "" and "leaves open" not in whole.explanation
    assert asked.question.endswith("?") and asked.question in asked.explanation
    assert fivefold.Outcome.model_validate_json(asked.model_dump_json()) == asked
