"""Rows that a text states and an LLM wrote wrongly: the mend is the number, never to leave the row out."""

from __future__ import annotations

import pytest

from fivefold.mends import mended
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.read import read

SAUNA = (
    "A sauna sells day passes and evening tickets. A day pass uses 3 towels and an evening ticket 1 towel; 150 towels "
    "are washed. A day pass sells for $29 and an evening ticket for $12. {} Maximize revenue."
)


def sauna(*rows: str) -> Formulation:
    names = [{"name": "passes", "description": "day passes sold", "domain": "integer"},
             {"name": "tickets", "description": "evening tickets sold", "domain": "integer"}]  # fmt: skip
    goal = {"sense": "maximize", "expression": "29*passes + 12*tickets", "description": "revenue"}
    listed = [{"name": f"row_{at}", "expression": row} for at, row in enumerate(("3*passes + tickets <= 150", *rows))]
    found = read({"variables": names, "objective": goal, "constraints": listed}).formulation
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("said", "row", "wanted"),
    [
        ("At least 45% of all guests come with evening tickets.",
         "tickets >= 45*(passes + tickets)", "tickets >= 0.45*(passes + tickets)"),
        ("Day passes make up 35 per cent or more of what is sold.",
         "passes >= 35*(passes + tickets)", "passes >= 0.35*(passes + tickets)"),
    ],
)  # fmt: skip
def test_a_percentage_becomes_a_share(said: str, row: str, wanted: str) -> None:
    found = mended(sauna(row), SAUNA.format(said), budget_s=60).formulation
    assert [one.expression for one in found.constraints] == ["3*passes + tickets <= 150", wanted]


def test_a_row_of_a_stated_share_is_not_left_out() -> None:
    text = SAUNA.format("Marketing promised that tickets would make up 40% or more of what is sold.")
    found = mended(sauna("tickets >= 0.4*(tickets + tickets)"), text, budget_s=60).formulation
    assert len(found.constraints) > 1


def test_a_row_whose_factors_are_exchanged_is_not_left_out() -> None:
    given = sauna("5*passes + 4*tickets <= 230")
    text = SAUNA.format("An evening ticket needs 5 litres of water and a day pass 4 litres; 230 litres are heated.")
    found = mended(given, text, budget_s=60).formulation
    assert any("230" in row.expression for row in found.constraints)


def test_a_row_whose_limit_is_written_at_a_decision_too_is_not_left_out() -> None:
    text = SAUNA.format("An evening ticket needs 4 litres of water and a day pass 5 litres; 230 litres are heated.")
    found = mended(sauna("230*passes + 4*tickets <= 230"), text, budget_s=60).formulation
    assert any("230" in row.expression for row in found.constraints)


def test_a_ratio_is_not_made_a_sum() -> None:
    names = [{"name": "kayaks", "description": "kayaks hired", "domain": "integer"},
             {"name": "rafts", "description": "rafts hired", "domain": "integer"}]  # fmt: skip
    goal = {"sense": "minimize", "expression": "(26*kayaks + 26*rafts)/(2*kayaks + 9*rafts)"}
    rows = [{"name": "guests", "expression": "2*kayaks + 9*rafts >= 70"},
            {"name": "kayaks_there", "expression": "kayaks <= 25"},
            {"name": "rafts_there", "expression": "rafts <= 5"}]  # fmt: skip
    given = read({"variables": names, "objective": goal, "constraints": rows}).formulation
    assert given is not None
    text = (
        "A kayak takes 2 guests and costs 26 dollars to hire, a raft takes 9 guests and costs 95 dollars to hire. At "
        "least 70 guests come; 25 kayaks and 5 rafts are there. Minimise the cost per guest taken along."
    )
    assert mended(given, text, budget_s=60).formulation.objective.expression == goal["expression"]


def test_a_limit_that_is_worked_out_is_not_left_out() -> None:
    text = (
        "A joiner varnishes stools (2 coats) and shelves (3 coats). One coat takes 5 minutes. He varnishes for 7 hours "
        "30 minutes a day. Material per stool is 1.80, per shelf 3.10; the day's cash for material is 72. Stools sell "
        "for 9, shelves for 14. He cannot sell more than 20 shelves a day, but has to make 8 stools for a "
        "customer. What brings "
        "the highest daily profit?"
    )
    names = [{"name": name, "description": f"{name} made", "domain": "integer"} for name in ("stools", "shelves")]
    rows = ["10*stools + 15*shelves <= 450", "1.8*stools + 3.1*shelves <= 72", "shelves <= 20", "stools >= 8"]
    listed = [{"name": f"row_{at}", "expression": row} for at, row in enumerate(rows)]
    goal = {"sense": "maximize", "expression": "7.2*stools + 10.9*shelves"}
    given = read({"variables": names, "objective": goal, "constraints": listed}).formulation
    assert given is not None
    assert mended(given, text, budget_s=60).mends == ()


@pytest.mark.parametrize("times", ["1.5 times R", "twice R"])
def test_a_multiple_of_a_letter_is_no_limit(times: str) -> None:
    names = [
        {"name": name, "description": said, "domain": "integer"}
        for name, said in (("R", "radio spots"), ("P", "posters"))
    ]
    goal = {"sense": "maximize", "expression": "3000*R + 700*P"}
    given = read(
        {
            "variables": names,
            "objective": goal,
            "constraints": [
                {"name": "budget", "expression": "250*R + 90*P <= 9000"},
                {"name": "least", "expression": "R >= 10"},
            ],
        }
    ).formulation
    assert given is not None
    text = (
        f"An agency buys radio spots (R) and posters (P). R costs 250, P costs 90; the budget is 9,000. R should be at "
        f"least 10. P is to be at least {times}. Each R reaches 3,000 listeners, each P 700. Maximize the reach."
    )
    added = [row.expression for row in mended(given, text, budget_s=60).formulation.constraints][2:]
    assert all("P" in expression and "R" in expression for expression in added)
