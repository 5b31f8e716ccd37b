"""Limits on each of the decisions, read from sentences that name none of them."""

import pytest

from fivefold.mends import mended
from fivefold.reading.each import each
from fivefold.reading.slots import read_text
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.read import read

GAMES = ("arrow", "bingo", "comet", "delta")
STUDIO = (
    "A studio makes four games: Arrow, Bingo, Comet and Delta. A team on Arrow earns $9000, on Bingo $7000, on Comet "
    "$8000, on Delta $6000. There are 30 teams. "
)
ASKED = " How many teams should work on each game to earn most?"


def studio(*rows: str) -> Formulation:
    found = read(
        {
            "variables": [
                {"name": name, "domain": "integer", "description": f"teams on {name.title()}"} for name in GAMES
            ],
            "objective": {"sense": "maximize", "expression": "9000*arrow + 7000*bingo + 8000*comet + 6000*delta"},
            "constraints": [
                {"name": f"row_{place}", "expression": row}
                for place, row in enumerate(("arrow + bingo + comet + delta <= 30", *rows))
            ],
        }
    ).formulation
    assert found is not None
    return found


def said(formulation: Formulation, text: str) -> list[str]:
    grounded = check(formulation).grounded
    assert grounded is not None
    return [claim.said for claim in each(read_text(text, grounded))]


@pytest.mark.parametrize(
    ("sentence", "limit"),
    [
        ("It was agreed that each game gets at least one team of its own.", ">= 1"),
        ("Each game must have at least one team.", ">= 1"),
        ("At least one team must be assigned to each game.", ">= 1"),
        ("At least 2 teams of each game are needed.", ">= 2"),
        ("Every game needs at least two teams.", ">= 2"),
        ("No game may have more than 12 teams.", "<= 12"),
        ("Each game can have at most 12 teams.", "<= 12"),
        ("There must be a minimum of 3 teams for every game.", ">= 3"),
        ("Each of the games can be worked on by up to 9 teams.", "<= 9"),
    ],
)
def test_a_limit_on_each_is_one_on_every_decision(sentence: str, limit: str) -> None:
    assert said(studio(), STUDIO + sentence + ASKED) == [f"{name} {limit}" for name in GAMES]


@pytest.mark.parametrize(
    "sentence",
    [
        "Each team must have at least 2 programmers.",
        "Each team can work on at most 3 games.",
        "Each programmer works at most 40 hours.",
        "At least 3 teams are needed each week.",
        "Each game must earn at least $9000.",
        "If each game has at least 2 teams, the studio saves $500.",
        "Each game ideally has at least 2 teams.",
        "Each room holds at most 4 teams.",
        "Arrow and each other game need at least 2 teams.",
        "At least 50% of the teams on each game must be senior.",
    ],
)
def test_what_is_said_of_something_else_is_no_limit_on_decisions(sentence: str) -> None:
    assert said(studio(), STUDIO + sentence + ASKED) == []


def test_decisions_of_two_kinds_are_left_alone() -> None:
    names = ("small_van", "large_van", "small_truck", "large_truck")
    found = read(
        {
            "variables": [{"name": name, "domain": "integer"} for name in names],
            "objective": {"sense": "minimize", "expression": " + ".join(names)},
            "constraints": [{"name": "loads", "expression": "3*small_van + 5*large_van >= 40"}],
        }
    ).formulation
    assert found is not None
    assert said(found, "There are small vans, large vans, small trucks and large trucks. At least 2 of each van.") == []


@pytest.mark.parametrize("row", ["arrow >= 2", "arrow + bingo + comet + delta >= 2"])
def test_rows_for_some_or_for_their_sum_become_rows_for_each(row: str) -> None:
    found = mended(studio(row), f"{STUDIO}Each game needs at least 2 teams.{ASKED}")
    rows = [one.expression for one in found.formulation.constraints]
    assert {f"{name} >= 2" for name in GAMES} <= set(rows)
    assert "arrow + bingo + comet + delta >= 2" not in rows
    assert found.after < found.before and len(found.mends) == 1


def test_rows_for_each_that_are_there_are_left_as_they_are() -> None:
    formulation = studio(*(f"{name} >= 2" for name in GAMES))
    found = mended(formulation, f"{STUDIO}Each game needs at least 2 teams.{ASKED}")
    assert found.formulation == formulation and not found.mends
