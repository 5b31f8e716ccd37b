"""Sentences that a plan breaks: something is left at the end, a later price step comes first."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fivefold.checks.plans import check_plans
from fivefold.formulations import loads, run
from fivefold.verdict.verification import verify


def broken(formulation: Any, text: str) -> list[str]:
    """What the best plan of a formulation breaks of a text."""
    read = loads(json.dumps(formulation))
    return [one.message for one in check_plans(read, text, run(read).result.values)]


def boats(*rows: str, index: bool = True) -> dict[str, Any]:
    """Three weeks of boats, with what is in store and owed at the end of each."""
    series = {"index": ["w in WEEKS"]} if index else {}
    return {
        "sets": [{"name": "WEEKS", "elements": [1, 2, 3]}],
        "parameters": [{"name": "want", "index": ["w in WEEKS"], "values": [4, 6, 8]}],
        "variables": [
            {"name": "made", **series, "domain": "integer", "upper": 5, "description": "boats made"},
            {"name": "kept", **series, "domain": "integer", "description": "boats in store at the end of the week"},
            {"name": "owed", **series, "domain": "integer", "description": "boats owed at the end of the week"},
        ],
        "objective": {"sense": "minimize", "expression": "sum(30*made[w] + kept[w] + 5*owed[w] for w in WEEKS)"},
        "constraints": [
            {
                "name": "balance",
                "forall": ["w in WEEKS"],
                "expression": "(kept[prev(w)] - owed[prev(w)] if w > first(WEEKS) else 3) + made[w] - want[w] "
                "== kept[w] - owed[w]",
            },
            *({"name": f"row_{place}", "expression": row} for place, row in enumerate(rows)),
        ],
    }


BOATS = "A yard makes up to 5 boats a week; 4, 6 and 8 are wanted, 3 are in store, a boat costs 30. "


@pytest.mark.parametrize(("words", "told"), [
    ("Nothing may be owed after week 3.", True),
    ("No boat may be owed at the end of week 3.", True),
    ("All backlog must be cleared by the end.", True),
    ("Nothing may be owed after week 2.", False),  # another week
    ("Nothing may be left over at the end.", False),  # nothing is
    ("If a storm comes, nothing may be owed at the end.", False),
    ("Boats that are owed cost 5 a week.", False),
])  # fmt: skip
def test_what_is_left_at_the_end(words: str, told: bool) -> None:
    found = broken(boats(), BOATS + words)
    assert found == (["the plan has owed[3] = 15 at the end"] if told else [])


def test_a_row_for_the_end_keeps_the_words() -> None:
    assert broken(boats("owed[3] == 0"), BOATS + "Nothing may be owed after week 3.") == []


def test_plain_variables_are_a_series() -> None:
    formulation = {
        "variables": [{"name": f"stock{week}", "description": "tons in stock"} for week in (1, 2)],
        "objective": {"sense": "minimize", "expression": "stock1 + stock2"},
        "constraints": [{"name": "kept", "expression": "stock2 >= 4"}],
    }
    found = broken(formulation, "A mill has tons of flour. The stock must be empty at the end of week 2. 4 come in.")
    assert found == ["the plan has stock2 = 4 at the end"]


def steps(*rows: str, upper: bool = False) -> dict[str, Any]:
    limits = [] if upper else ["dear <= 200", "cheap <= 300"]
    return {
        "variables": [
            {"name": "dear", "upper": 200 if upper else None},
            {"name": "cheap", "upper": 300 if upper else None},
            {"name": "full", "domain": "binary"},
        ],
        "objective": {"sense": "minimize", "expression": "5*dear + 4*cheap"},
        "constraints": [
            {"name": f"row_{place}", "expression": row}
            for place, row in enumerate(("dear + cheap >= 250", *limits, *rows))
        ],
    }


def test_a_later_price_step_comes_after_the_earlier() -> None:
    text = "A dyer needs 250 litres. The first 200 litres cost 5 euros each, the next 300 litres 4 euros each."
    told = ["the plan takes 250 of cheap before dear is full (0 of 200)"]
    assert broken(steps(), text) == told and broken(steps(upper=True), text) == told
    assert broken(steps("dear >= 200*full", "cheap <= 300*full"), text) == []
    assert broken(steps(), text.replace("The first 200", "In summer 200")) == []


def test_further_steps_come_after_the_first_and_other_decisions_need_not() -> None:
    text = "A dyer buys dye. The first 200 litres cost 5 euros each, the next 300 litres 4, the last 300 litres 3 each."
    for third, told in (("dye3", ["the plan takes 300 of dye3 before dye1 is full (0 of 200)"]), ("paint", [])):
        sizes = {"dye1": 200, "dye2": 300, third: 300}
        rows = [*(f"{name} <= {size}" for name, size in sizes.items()), f"dye1 + dye2 + {third} >= 300"]
        formulation = {
            "variables": [{"name": name} for name in sizes],
            "objective": {"sense": "minimize", "expression": f"5*dye1 + 4*dye2 + 3*{third}"},
            "constraints": [{"name": f"row_{place}", "expression": row} for place, row in enumerate(rows)],
        }
        assert broken(formulation, text) == told


def test_the_verdict_doubts_such_a_plan() -> None:
    text = (
        "A dyer needs 250 litres. The first 200 litres cost 5 euros each, the next 300 litres 4 euros each. Cheapest?"
    )
    assert verify(loads(json.dumps(steps())), text).verdict.grade == "suspicious"
    assert verify(loads(json.dumps(steps("dear >= 200*full", "cheap <= 300*full"))), text).verdict.grade == "consistent"
