"""Yes-or-no decisions that no row holds: told, and linked by rule where it is clear what they open."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from fivefold.formulations import loads, run
from fivefold.mends import mended
from fivefold.verdict.verification import verify
from fivefold_solvers.formulation.elements import Formulation

TEXT = (
    "A bakery can rent kiosks at the Harbour and at the Station. The Harbour kiosk costs 90 a day and sells at most 70 "
    "rolls, the Station kiosk costs 60 a day and sells at most 40 rolls. A roll brings in 2 at the Harbour and 2.5 at "
    "the Station. Which kiosks should it rent to earn the most?"
)
KIOSKS: dict[str, Any] = {
    "variables": [
        {"name": "rent_harbour", "domain": "binary", "description": "whether the Harbour kiosk is rented"},
        {"name": "rent_station", "domain": "binary", "description": "whether the Station kiosk is rented"},
        {"name": "rolls_harbour", "domain": "integer", "description": "rolls sold at the Harbour"},
        {"name": "rolls_station", "domain": "integer", "description": "rolls sold at the Station"},
    ],
    "objective": {
        "sense": "maximize",
        "expression": "2*rolls_harbour + 2.5*rolls_station - 90*rent_harbour - 60*rent_station",
    },
    "constraints": [
        {"name": "harbour_sales", "expression": "rolls_harbour <= 70"},
        {"name": "station_sales", "expression": "rolls_station <= 40"},
    ],
}
INDEXED: dict[str, Any] = {
    "sets": [{"name": "KIOSKS", "elements": ["Harbour", "Station"]}],
    "parameters": [
        {"name": "rent", "index": ["k in KIOSKS"], "values": [90, 60]},
        {"name": "most", "index": ["k in KIOSKS"], "values": [70, 40]},
        {"name": "gain", "index": ["k in KIOSKS"], "values": [2, 2.5]},
    ],
    "variables": [
        {"name": "rented", "index": ["k in KIOSKS"], "domain": "binary"},
        {"name": "rolls", "index": ["k in KIOSKS"], "domain": "integer"},
    ],
    "objective": {"sense": "maximize", "expression": "sum(gain[k]*rolls[k] - rent[k]*rented[k] for k in KIOSKS)"},
    "constraints": [{"name": "sales", "forall": ["i in KIOSKS"], "expression": "rolls[i] <= most[i]"}],
}
RIGHT = 2 * 70 - 90 + 2.5 * 40 - 60


def built(raw: dict[str, Any], **changes: Any) -> Formulation:
    return loads(json.dumps({**copy.deepcopy(raw), **changes}))


@pytest.mark.parametrize("raw", [KIOSKS, INDEXED])
def test_capacity_is_there_only_where_the_answer_is_yes(raw: dict[str, Any]) -> None:
    found = verify(built(raw), TEXT)
    assert "free-of-rows" in [one.code for one in found.findings] and found.verdict.grade == "suspicious"
    done = mended(built(raw), TEXT)
    assert run(done.formulation).result.objective == pytest.approx(RIGHT)
    assert "free-of-rows" not in [one.code for one in verify(done.formulation, TEXT).findings]


def test_rows_of_indices_keep_their_letter() -> None:
    (row,) = mended(built(INDEXED), TEXT).formulation.constraints
    assert (row.forall, row.expression) == (("i in KIOSKS",), "rolls[i] <= most[i]*rented[i]")


@pytest.mark.parametrize(("raw", "rows"), [
    (KIOSKS, [{"name": "sales", "expression": "rolls_harbour + rolls_station <= 110"}]),
    (KIOSKS, [*KIOSKS["constraints"], {"name": "harbour_stock", "expression": "rolls_harbour <= 65"}]),
    (INDEXED, [{"name": "sales", "expression": "sum(rolls[k] for k in KIOSKS) <= 110"}]),
    (INDEXED, [*INDEXED["constraints"],
               {"name": "more", "forall": ["k in KIOSKS"], "expression": "2*rolls[k] <= rent[k]"}]),
])  # fmt: skip
def test_nothing_is_linked_where_it_is_unclear_what_is_opened(raw: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    done = mended(built(raw, constraints=[{**row, "name": f"{row['name']}_row"} for row in rows]), TEXT)
    assert not any("rent" in row.expression and "<=" in row.expression and "*rent" in row.expression
                   for row in done.formulation.constraints)  # fmt: skip


def test_a_decision_that_a_row_holds_is_left_alone() -> None:
    link = {"name": "link", "forall": ["k in KIOSKS"], "expression": "rolls[k] <= most[k]*rented[k]"}
    formulation = built(INDEXED, constraints=[link])
    assert mended(formulation, TEXT).formulation == formulation
