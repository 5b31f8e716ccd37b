"""What a text says of yes-or-no decisions: which needs which, which exclude each other, how many of them."""

from __future__ import annotations

import json

import pytest

from fivefold.formulations import loads
from fivefold.mends import mended
from fivefold.reading.claims import claims
from fivefold.reading.slots import read_text
from fivefold.verdict.verification import verify
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation

NAMES = ("ferry", "museum", "market", "tower")
BEGIN = "A harbour may carry out a ferry, a museum, a market and a tower. "


def harbour(*rows: str, domain: str = "binary") -> Formulation:
    """The choice among four projects, under some rows."""
    variables = [{"name": name, "domain": domain, "description": f"whether the {name} is built"} for name in NAMES]
    return loads(json.dumps({
        "variables": variables,
        "objective": {"sense": "maximize", "expression": "9*ferry + 7*museum + 6*market + 4*tower", "name": "points"},
        "constraints": [{"name": f"row_{place}", "expression": row} for place, row in enumerate(rows)],
    }))  # fmt: skip


def said(words: str, domain: str = "binary") -> list[str]:
    grounded = check(harbour("ferry + museum + market + tower <= 3", domain=domain)).grounded
    assert grounded is not None
    return [claim.said for claim in claims(read_text(BEGIN + words, grounded)) if claim.form == "choice"]


@pytest.mark.parametrize(("words", "told"), [
    ("The museum can only be built if the ferry is built.", "museum <= ferry"),
    ("The museum may be chosen only if the ferry is chosen as well.", "museum <= ferry"),
    ("The museum can be built provided that the ferry is.", "museum <= ferry"),
    ("The museum requires the ferry.", "museum <= ferry"),
    ("The museum depends on the ferry being there.", None),
    ("The tower requires the market to be built, and the town is small.", "tower <= market"),
    ("If the museum is built, the ferry must be built too.", "museum <= ferry"),
    ("If the museum is built, then so must the ferry.", "museum <= ferry"),
    ("If the museum is built, the ferry cannot be built.", "museum + ferry <= 1"),
    ("If the museum is built, the ferry must not be built.", "museum + ferry <= 1"),
    ("If the museum is not built, the ferry must be built.", "museum + ferry >= 1"),
    ("If the museum is not built, the ferry must not be built either.", "ferry <= museum"),
    ("If the museum is not built, the ferry cannot be built.", "ferry <= museum"),
    ("If the museum is not built, then the ferry is not built.", "ferry <= museum"),
    ("Without the museum, the ferry cannot be built.", "ferry <= museum"),
    ("The museum cannot be built without the ferry.", "museum <= ferry"),
    ("The museum cannot be built if the ferry is not.", "museum <= ferry"),
    ("The museum cannot be built if the ferry is built.", "museum + ferry <= 1"),
    ("The museum may not be built unless the ferry is.", "museum <= ferry"),
    ("Unless the ferry is built, the museum cannot be built.", "museum <= ferry"),
    ("Each year, the museum may not be built unless the ferry is.", None),
    ("The museum can only be built if the ferry is not built.", None),
    ("The museum is nice if the ferry is built.", None),
    ("The museum and the market exclude each other.", "museum + market <= 1"),
    ("The museum and the market are mutually exclusive.", "museum + market <= 1"),
    ("The museum and the market cannot both be built.", "museum + market <= 1"),
    ("The museum and the market cannot be built together.", "museum + market <= 1"),
    ("At least one of the museum, the market and the tower must be built.", "museum + market + tower >= 1"),
    ("At most two of the museum, the market or the tower may be built.", "museum + market + tower <= 2"),
    ("Exactly 2 of ferry, museum, market and tower are built.", "ferry + museum + market + tower == 2"),
    ("At least two projects must be built.", "ferry + museum + market + tower >= 2"),
    ("No more than 3 projects may be built, and the town is small.", "ferry + museum + market + tower <= 3"),
    ("At least two projects must be built in each year.", None),
    ("At least two projects must be built beside the river.", None),
    ("If it rains, at least two projects must be built.", None),
    ("At least two projects must be painted.", None),
    ("Exactly two projects must be chosen.", "ferry + museum + market + tower == 2"),
    ("Either the museum or the market is built, but not both.", "museum + market == 1"),
    ("Either the museum or the market is built.", None),
    ("At most one of the museum and the market is built each year.", None),
    ("The museum requires the ferry unless the tower is built.", None),
])  # fmt: skip
def test_sentences_between_yes_and_no(words: str, told: str | None) -> None:
    assert said(words) == ([] if told is None else [told])


def test_amounts_are_no_choices() -> None:
    assert not said("At most two of the museum, the market or the tower may be built.", domain="integer")


def test_a_turned_condition_is_told_and_mended() -> None:
    text = BEGIN + "The ferry can only be built if the tower is built. At most 2 projects can be paid for. "
    text += "They bring 9, 7, 6 and 4 points. Which should it choose for the most points?"
    right = harbour("ferry <= tower", "ferry + museum + market + tower <= 2")
    turned = harbour("tower <= ferry", "ferry + museum + market + tower <= 2")
    assert verify(right, text).verdict.grade == "consistent"
    assert verify(turned, text).verdict.grade in {"suspicious", "refuted"}
    rows = [row.expression for row in mended(turned, text).formulation.constraints]
    assert "ferry - tower <= 0" in rows and "tower <= ferry" not in rows


def test_how_many_must_be_chosen_is_added() -> None:
    text = BEGIN + "They cost 9, 7, 6 and 4 points. At least three projects must be built. Which cost least?"
    few = loads(harbour("ferry >= 1").model_dump_json().replace("maximize", "minimize"))
    assert verify(few, text).verdict.grade == "refuted"
    rows = [row.expression for row in mended(few, text).formulation.constraints]
    assert "ferry + museum + market + tower >= 3" in rows


def test_a_condition_written_as_logic_is_the_same() -> None:
    text = (
        BEGIN
        + "The ferry can only be built if the tower is built. Choose at most 2 for the most points: 9, 7, 6 and 4."
    )
    logic = harbour("implies(ferry == 1, tower == 1)", "ferry + museum + market + tower <= 2")
    assert verify(logic, text).verdict.grade == "consistent"
