"""Slips of indexed rows: idle and doubled indices, limits only added up, and things that each need one of others."""

from __future__ import annotations

from typing import Any

import pytest

from fivefold.checks import check_each_one, check_indices, check_text
from fivefold.checks.each_one import claims
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.read import read

TEXT = (
    "A school has five choirs and three halls for a Sunday. The choirs have 12, 18, 9, 25 and 14 singers, and the "
    "halls have room for 30, 24 and 40 of them. Each choir sings in exactly one hall. A hall that is opened costs 90. "
    "Which halls are opened so that the costs are least?"
)


def halls(**changed: Any) -> Formulation:
    """The choirs in their halls, with rows put in the place of others."""
    rows: dict[str, dict[str, object]] = {
        "placed": {"forall": ["c in CHOIR"], "expression": "sum(sings[c, h] for h in HALL) == 1"},
        "room": {
            "forall": ["h in HALL"],
            "expression": "sum(singers[c]*sings[c, h] for c in CHOIR) <= seats[h]*opened[h]",
        },
    }
    rows |= {name: row for name, row in changed.items() if row is not None}
    for name in [name for name, row in changed.items() if row is None]:
        del rows[name]
    data = {
        "sets": [
            {"name": "CHOIR", "elements": [1, 2, 3, 4, 5], "description": "choirs"},
            {"name": "HALL", "elements": [1, 2, 3], "description": "halls"},
        ],
        "parameters": [
            {"name": "singers", "index": ["c in CHOIR"], "values": [12, 18, 9, 25, 14]},
            {"name": "seats", "index": ["h in HALL"], "values": [30, 24, 40]},
        ],
        "variables": [
            {"name": "sings", "index": ["c in CHOIR", "h in HALL"], "domain": "binary"},
            {"name": "opened", "index": ["h in HALL"], "domain": "binary"},
        ],
        "objective": {"sense": "minimize", "expression": "sum(90*opened[h] for h in HALL)"},
        "constraints": [{"name": name, **row} for name, row in rows.items()],
    }
    found = read(data).formulation
    assert found is not None
    return found


def codes(formulation: Formulation) -> set[str]:
    return {finding.code for finding in [*check_indices(formulation), *check_each_one(formulation, TEXT)]}


def test_a_right_formulation_is_let_be() -> None:
    assert not codes(halls()) and not check_text(halls(), TEXT)


@pytest.mark.parametrize(
    ("name", "row", "code"),
    [
        ("room", {"forall": ["h in HALL"], "expression": "sum(sings[c, 1] for c in CHOIR) <= 3"}, "index-idle"),
        ("room", {"expression": "sum(singers[c]*sings[c, 1] for c in CHOIR for h in HALL) <= 40"}, "index-idle"),
        ("placed", {"forall": ["c in CHOIR"], "expression": "sum(sings[h, h] for h in HALL) == 1"}, "index-doubled"),
        (
            "room",
            {"expression": "sum(singers[c]*sings[c, h] for c in CHOIR for h in HALL) <= sum(seats[h] for h in HALL)"},
            "limit-summed",
        ),
        ("placed", None, "each-one"),
        ("placed", {"expression": "sum(sings[c, h] for c in CHOIR for h in HALL) == 5"}, "each-one"),
        ("placed", {"forall": ["h in HALL"], "expression": "sum(sings[c, h] for c in CHOIR) == 1"}, "each-one"),
    ],
)
def test_a_slip_is_told(name: str, row: dict[str, object] | None, code: str) -> None:
    assert code in codes(halls(**{name: row}))


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("placed", {"forall": ["c in CHOIR"], "expression": "sum(sings[c, h] for h in HALL if h != 2) <= 1"}),
        ("room", {"forall": ["h in HALL", "c in CHOIR"], "expression": "sings[c, h] <= opened[h]"}),
        ("more", {"forall": ["h in HALL if h > 1"], "expression": "opened[h] <= opened[h - 1]"}),
        ("more", {"expression": "sum(opened[h] for h in HALL for c in CHOIR if c == h) <= 2"}),
        ("more", {"expression": "sum(seats[h]*opened[h] for h in HALL) >= sum(singers[c] for c in CHOIR)"}),
    ],
)
def test_what_only_looks_like_one_is_let_be(name: str, row: dict[str, object]) -> None:
    assert not codes(halls(**{name: row}))


@pytest.mark.parametrize(
    ("text", "who", "what"),
    [
        ("Every parcel must be put into exactly one van.", "parcel", "van"),
        ("Each of the 7 tutors teaches at most one class a day.", "tutor", "class"),
        ("Each visitor is led by a single guide.", "visitor", "guide"),
        ("Exactly one nurse has to be there for each ward.", "ward", "nurse"),
    ],
)
def test_what_each_has_one_of_is_read(text: str, who: str, what: str) -> None:
    (claim,) = claims(text)
    assert who in claim.who and what in claim.what


@pytest.mark.parametrize(
    "text",
    [
        "Each van costs 40 and only one driver is ill.",
        "Each van needs 2 drivers. One driver is enough for the bus.",
        "Every tutor likes it if exactly one class is late.",
        "Each cake takes exactly 1 hour.",
    ],
)
def test_other_words_are_left_alone(text: str) -> None:
    assert not [claim for claim in claims(text) if claim.what & {"driver", "class"}]


def test_hostile_words_take_no_time() -> None:
    assert not list(claims("each " * 30_000)) and not list(claims("exactly one " * 20_000))
