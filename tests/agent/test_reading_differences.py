"""Limits on one decision and on how far two are apart, told in words."""

import pytest

from fivefold.checks import check_text
from fivefold.reading.claims import claims
from fivefold.verdict.verification import verify
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Variable
from tests.agent.test_reading_claims import reading

TEAMS = {"a": "hours of team Ant", "b": "hours of team Bee", "c": "hours of team Cat"}
FARM = {"x1": "number of oak plots", "x2": "number of ash plots", "x3": "number of elm plots"}
FARM_TEXT = "Three kinds of plots are planted: oak (x1), ash (x2) and elm (x3). "


def said(sentence: str, meant: dict[str, str], before: str) -> list[str]:
    variables = [{"name": name, "description": words} for name, words in meant.items()]
    return [claim.said for claim in claims(reading(f"{before}{sentence}", *variables))]


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("Ant must work at least 5 more hours than Bee to cover the night.", ["a - b >= 5"]),
        ("The hours spent on Ant should be at least 7 more than those spent on Bee.", ["a - b >= 7"]),
        ("There should be at least 9 more hours dedicated to Ant than Bee.", ["a - b >= 9"]),
        ("Ant should exceed twice Bee by at least 12 hours.", ["a - 2*b >= 12"]),
        ("Ant should exceed Bee by no more than 12 hours.", ["a - b <= 12"]),
        ("Ant must have at least 4 fewer hours than Cat.", ["c - a >= 4"]),
        ("Bee must get at most 6 hours more than Cat.", ["b - c <= 6"]),
        ("Ant can't exceed 30 hours, Bee can't exceed 20 hours.", ["a <= 30", "b <= 20"]),
        ("Ant cannot receive more than 40 hours; that is all.", ["a <= 40"]),
        (
            "The difference between two point five times the Ant team's hours and those of Bee cannot exceed 9.",
            ["2.5*a - b <= 9"],
        ),
        ("Ant must be at least 5 more than Bee and Cat combined.", []),
        ("Ant and Bee must be at least 5 more than Cat.", []),
        ("Ant must work at least 5% more hours than Bee.", []),
        ("Ant needs not work at least 5 more hours than Bee.", []),
        ("The cost of Ant cannot exceed 30.", []),
        ("Ant must be at least 5 times more than Bee.", []),
    ],
)
def test_what_a_sentence_says_of_one_or_two_decisions(sentence: str, told: list[str]) -> None:
    assert said(sentence, TEAMS, "Three teams work: Ant, Bee and Cat. ") == told


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("The combined units of oak and ash plots cannot exceed 55.", ["x1 + x2 <= 55"]),
        ("The sum of twice the number of oak plots plus elm plots should be at least 60.", ["2*x1 + x3 >= 60"]),
        ("The total number of plots cannot exceed 80.", ["x1 + x2 + x3 <= 80"]),
        ("Oak plots weigh on the soil: the weight of oak plots cannot exceed 30.", []),
    ],
)
def test_what_a_text_calls_by_a_symbol_it_calls_by_words_too(sentence: str, told: list[str]) -> None:
    assert said(sentence, FARM, FARM_TEXT) == told


def test_a_limit_on_some_is_not_taken_for_one_on_all() -> None:
    text = (
        f"{FARM_TEXT}They cost $20, $30 and $50 each. The combined units of oak and ash plots cannot exceed 55. The "
        "sum of twice the number of ash plots plus elm plots should be at least 60. What is the least cost?"
    )
    rows = ("x1 + x2 <= 55", "2*x2 + x3 >= 60")
    plan = Formulation(
        variables=tuple(Variable(name=name, domain="integer", description=words) for name, words in FARM.items()),
        objective=Objective(sense="minimize", expression="20*x1 + 30*x2 + 50*x3"),
        constraints=tuple(Constraint(name=f"row_{at}", expression=row) for at, row in enumerate(rows)),
    )
    assert check_text(plan, text) == []
    assert verify(plan, text).verdict.grade == "consistent"
    rows = ("x1 + x2 <= 55", "2*x2 + 20*x3 >= 60")
    wrong = plan.model_copy(
        update={"constraints": tuple(Constraint(name=f"row_{at}", expression=row) for at, row in enumerate(rows))}
    )
    assert verify(wrong, text).verdict.grade == "refuted"
