"""What a text leaves out, the one question about it, and texts that leave nothing out."""

import json
from pathlib import Path

import pytest

from fivefold.checks.gaps import gaps
from fivefold.checks.missing import missing_facts
from fivefold.checks.unexplained import unexplained
from fivefold.clarification import question_for
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.read import read

PROBLEMS = Path(__file__).resolve().parents[1] / "problems"
KITES = (
    "Ida sews dragon kites and box kites for a market. A dragon kite takes 3 hours of sewing and a box kite takes 5 "
    "hours of sewing. {hours}She earns 14 EUR with a dragon kite and 26 EUR with a box kite. How many of each should "
    "she sew to earn the most? Only whole kites sell."
)
HOURS = "She has 44 hours for sewing. "


def kites(limit: float = 44) -> Formulation:
    formulation = read(
        {
            "variables": [
                {"name": "dragon", "domain": "integer", "description": "dragon kites"},
                {"name": "box", "domain": "integer", "description": "box kites"},
            ],
            "objective": {"sense": "maximize", "expression": "14*dragon + 26*box"},
            "constraints": [{"name": "sewing", "expression": f"3*dragon + 5*box <= {limit:g}"}],
        }
    ).formulation
    assert formulation is not None
    return formulation


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        (KITES.format(hours=""), "How many hours of sewing are there in all?"),
        (
            "A baker bakes rolls and loaves. Her oven time is limited. A roll brings 1 EUR.",
            "What is the limit on time?",
        ),
        ("A spice mill must grind at least kilograms of pepper a day.", "at least ___ kilograms of pepper"),
        ("Each crate costs 7 EUR and a pallet takes some hours to load.", "takes ___ hours to load"),
        ("A lamp sells for per piece, a shade for 9 EUR.", "A lamp sells for ___ per piece"),
        ("Fill a bag.\n- peat: 12 EUR\n- sand:\n- bark: 9 EUR\n", "- sand: ___"),
        ("| hut | beds |\n|---|---|\n| A | 40 |\n| B |  |\n| C | 35 |\n", "| B | ___ |"),
        ("A mill grinds oats and rye. A sack of oats needs 3 hours. Maximize the profit.", "what profit comes with"),
        ("A shop makes cups and plates. A cup takes 2 hours, and a cup brings 4 EUR.", "which are those of “plates”?"),
    ],
)
def test_what_is_missing_is_asked_for(text: str, asked: str) -> None:
    facts = missing_facts(text)
    assert any(asked in fact.question for fact in facts), facts
    question = question_for(facts, ())
    assert question is not None and question.text.endswith("?")


@pytest.mark.parametrize(
    "text",
    [
        KITES.format(hours=HOURS),
        "At least as many boats as rafts are built, at most the number of piers, and up to a third of them are red.",
        "The costs per unit are known: 4 EUR for a cup, 5 EUR for a plate. Some people need some time to decide.",
        "Of two crops $X$ and $Y$, at least $\\$5$ per unit of $X$ must be spent, at most one hour per unit of $Y$.",
    ],
)
def test_a_complete_text_is_left_in_peace(text: str) -> None:
    assert missing_facts(text) == () and gaps(text) == []


def test_a_number_that_an_llm_made_up_is_asked_for_where_it_matters() -> None:
    (fact,) = [one for one in missing_facts(KITES.format(hours=""), kites()) if one.kind == "constant"]
    assert (fact.element, fact.value) == ("sewing", 44) and fact.changes and fact.impact > 0.1
    assert missing_facts(KITES.format(hours=HOURS), kites()) == ()


def test_a_number_that_changes_nothing_is_not_asked_for() -> None:
    idle = kites().model_copy(update={"constraints": (*kites().constraints, *_row("dragon <= 777"))})
    text = KITES.format(hours=HOURS)
    assert [place.value for place in unexplained(idle, text)] == [777]
    assert missing_facts(text, idle) == ()


def _row(expression: str) -> tuple[object, ...]:
    formulation = read(
        {
            "variables": [{"name": "dragon"}],
            "objective": {"sense": "minimize", "expression": "dragon"},
            "constraints": [{"name": "idle", "expression": expression}],
        }
    ).formulation
    assert formulation is not None
    return formulation.constraints


def test_numbers_worked_out_of_two_are_explained() -> None:
    text = "A stool sells for 35 EUR and its wood costs 12 EUR. There is wood for 9 stools. Maximize the profit."
    formulation = read(
        {
            "variables": [{"name": "stools"}],
            "objective": {"sense": "maximize", "expression": "23*stools"},
            "constraints": [{"name": "wood", "expression": "stools <= 9"}],
        }
    ).formulation
    assert formulation is not None
    assert unexplained(formulation, text) == []


def test_an_objective_without_end_asks_for_a_limit() -> None:
    endless = kites().model_copy(update={"constraints": ()})
    (both,) = missing_facts(KITES.format(hours=HOURS), endless)
    assert both.kind == "unbounded" and "dragon kites and box kites" in both.question
    one = read(
        {
            "variables": [{"name": "sold", "description": "pots sold"}],
            "objective": {"sense": "maximize", "expression": "5*sold"},
        }
    ).formulation
    assert one is not None
    (fact,) = missing_facts("Ada sells pots at 5 EUR each and wants the most profit.", one)
    assert fact.kind == "unbounded" and "pots sold" in fact.question


def test_complete_problems_get_no_question() -> None:
    asked: list[str] = []
    for path in sorted(PROBLEMS.glob("*.json")):
        facts = missing_facts(json.loads(path.read_text("utf-8"))["text"])
        asked += [path.stem] if question_for(facts, ()) is not None else []
    assert asked == []


def test_what_is_left_over_at_a_cost_needs_no_limit() -> None:
    text = (
        "A dairy has 900 litres of milk. A litre of cheese brings 0.60 euros, up to 400 litres, a litre of yoghurt "
        "0.45 euros, up to 300 litres. What is left goes to the biogas plant, which {plant} 0.08 euros a litre."
    )

    def asked(goal: str, plant: str) -> list[str]:
        names = ("cheese", "yoghurt", "biogas")
        made = read({
            "variables": [{"name": name, "description": f"litres for {name}"} for name in names],
            "objective": {"sense": "maximize", "expression": goal},
            "constraints": [{"name": "milk", "expression": "cheese + yoghurt + biogas == 900"}],
        }).formulation  # fmt: skip
        return [fact.question for fact in missing_facts(text.format(plant=plant), made) if fact.kind == "sibling"]

    assert asked("0.6*cheese + 0.45*yoghurt - 0.08*biogas", "charges") == []
    assert asked("0.6*cheese + 0.45*yoghurt + 0.08*biogas", "pays") == [
        "How many litres of biogas may there be at most?"
    ]
