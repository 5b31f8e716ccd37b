"""Columns, lists and clauses of a text against the tables and rows of a formulation."""

import time
from typing import Any

import pytest

from fivefold.checks import check_exchanged
from fivefold.checks.columns import columns, lists
from fivefold_solvers.formulation.elements import Formulation

PIPES = """
| feed | price | protein |
|---|---|---|
| hay | 20 | 30 |
| oats | 50 | 55 |
| pulp | 35 | 21 |
| bran | 12 | 44 |
"""
CLAUSES = (
    "Hay costs 20 and holds 30 g, oats cost 50 and hold 55 g, pulp costs 35 and holds 21 g, bran costs 12 and 44 g."
)
BEHIND = "There are 20 tons of hay and 30 kg of it, 50 tons of oats, 35 of pulp and 12 tons of bran."
FEEDS = ("hay", "oats", "pulp", "bran")


def feeds(
    price: Any = (20, 50, 35, 12), protein: Any = (30, 55, 21, 44), names: tuple[Any, ...] = FEEDS
) -> Formulation:
    """A mix of four feeds."""
    return Formulation.model_validate({
        "sets": [{"name": "F", "elements": names}],
        "parameters": [
            {"name": "price", "index": ["f in F"], "values": price},
            {"name": "protein", "index": ["f in F"], "values": protein},
        ],
        "variables": [{"name": "kg", "index": ["f in F"]}],
        "objective": {"sense": "minimize", "expression": "sum(price[f]*kg[f] for f in F)"},
        "constraints": [{"name": "fed", "expression": "sum(protein[f]*kg[f] for f in F) >= 100"}],
    })  # fmt: skip


def words(*names: str) -> dict[str, frozenset[str]]:
    return {name: frozenset({name}) for name in names}


@pytest.mark.parametrize(
    "text", [PIPES, CLAUSES, "feed, price, protein\nhay,20,30\noats,50,55\npulp,35,21\nbran,12,44\n"]
)
def test_columns_of_tables_and_of_like_clauses_are_read(text: str) -> None:
    said = words("hay", "oat", "pulp", "bran")
    found = [dict(column.values) for column in columns(text, said, [(name,) for name in said])]
    assert {"hay": 20, "oat": 50, "pulp": 35, "bran": 12} in found
    assert {"hay": 30, "oat": 55, "pulp": 21, "bran": 44} in found


def test_names_may_stand_behind_their_numbers_and_in_pairs() -> None:
    text = "It is 20 minutes from hut to rock, 55 minutes from hut to pine and 25 minutes from rock to pine."
    keys = [("hut", "rock"), ("hut", "pine"), ("rock", "pine")]
    found = [dict(column.values) for column in columns(text, words("hut", "rock", "pine"), keys)]
    assert found == [{"hut,rock": 20, "hut,pine": 55, "rock,pine": 25}]


def test_lists_are_read_at_one_scale() -> None:
    assert lists("Opening costs 12, 9 and 14 thousand euros. There are 32.", 3) == (
        ((12, 9, 14), "12, 9 and 14 thousand"),
    )
    assert lists("It needs 3 pairs in May, 5 in June, 9 in July and 8 in August.", 4)[0][0] == (3, 5, 9, 8)


@pytest.mark.parametrize("text", [PIPES, CLAUSES])
def test_what_the_text_says_is_left_alone(text: str) -> None:
    assert check_exchanged(feeds(), text) == []
    assert check_exchanged(feeds(price=(0.2, 0.5, 0.35, 0.12)), text) == []  # another unit
    assert check_exchanged(feeds(price=(12, 35, 50, 20), protein=(44, 21, 55, 30), names=FEEDS[::-1]), text) == []
    assert check_exchanged(feeds(price=(1, 2, 4, 3)), text) == []  # worked out, or of another place


@pytest.mark.parametrize("text", [PIPES, CLAUSES])
def test_two_amounts_that_changed_places_are_found(text: str) -> None:
    (finding,) = check_exchanged(feeds(price=(20, 35, 50, 12)), text)
    assert (finding.code, finding.where) == ("exchanged", "parameter 'price'")
    assert "has 35, 50 where the text states 50 of oats, 35 of pulp" in finding.message
    (finding,) = check_exchanged(feeds(protein={"hay": 30, "oats": 55, "pulp": 44, "bran": 21}), text)
    assert finding.where == "parameter 'protein'"


def test_one_amount_that_is_another_is_found() -> None:
    (finding,) = check_exchanged(feeds(price=(20, 500, 35, 12)), PIPES)
    assert finding.code == "other-value" and finding.mend == "write 50"
    # The price of oats could be what stands beside it.
    assert check_exchanged(feeds(price=(20, 55, 35, 12)), PIPES) == []


def test_lists_go_with_what_has_no_names() -> None:
    text = "The four weeks need 30, 70, 80 and 15 trucks."
    (finding,) = check_exchanged(feeds(price=(30, 80, 70, 15), names=(1, 2, 3, 4)), text)
    assert finding.code == "exchanged"
    assert check_exchanged(feeds(price=(30, 70, 80, 15), names=(1, 2, 3, 4)), text) == []


def test_rows_of_plain_variables_are_columns_too() -> None:
    def mix(row: str) -> Formulation:
        return Formulation.model_validate({
            "variables": [{"name": name} for name in FEEDS],
            "objective": {"sense": "minimize", "expression": "20*hay + 50*oats + 35*pulp + 12*bran"},
            "constraints": [{"name": "fed", "expression": row}],
        })  # fmt: skip

    assert check_exchanged(mix("30*hay + 55*oats + 21*pulp + 44*bran >= 100"), CLAUSES) == []
    (finding,) = check_exchanged(mix("55*hay + 30*oats + 21*pulp + 44*bran >= 100"), CLAUSES)
    assert finding.where == "constraint 'fed'" and "30 of hay, 55 of oats" in finding.message


def test_of_two_things_only_numbers_that_the_text_states_once_are_held_against_it() -> None:
    rates = {"variables": [{"name": "hay"}, {"name": "oats"}], "objective": {"sense": "minimize", "expression": "hay"}}
    made = [Formulation.model_validate({**rates, "constraints": [{"name": "r", "expression": row}]}) for row in
            ("20*hay + 50*oats >= 9", "50*hay + 20*oats >= 9")]  # fmt: skip
    text = "Hay costs 20, oats cost 50."
    assert check_exchanged(made[0], text) == []
    assert [finding.code for finding in check_exchanged(made[1], text)] == ["exchanged"]
    assert check_exchanged(made[1], text + " They weigh 50 and 20.") == []


def test_a_table_of_two_sets_is_read_in_the_direction_of_the_text() -> None:
    def roads(values: list[list[int]]) -> Formulation:
        return Formulation.model_validate({
            "sets": [
                {"name": "B", "elements": ("north", "south")},
                {"name": "S", "elements": ("mill", "port", "hill")},
            ],
            "parameters": [{"name": "cost", "index": ["b in B", "s in S"], "values": values}],
            "variables": [{"name": "go", "index": ["b in B", "s in S"]}],
            "objective": {"sense": "minimize", "expression": "sum(cost[b, s]*go[b, s] for b in B for s in S)"},
        })  # fmt: skip

    text = "From North it costs 2 to Mill, 4 to Port and 7 to Hill; from South 5 to Mill, 3 to Port and 1 to Hill."
    assert check_exchanged(roads([[2, 4, 7], [5, 3, 1]]), text) == []
    (finding,) = check_exchanged(roads([[2, 7, 4], [5, 3, 1]]), text)
    assert "4 of port, 7 of hill" in finding.message


def test_a_long_text_and_a_large_table_take_no_time() -> None:
    names = tuple(f"place{number}" for number in range(300))
    text = "\n".join(f"{name} costs {number + 7} and holds {number * 3 + 1}" for number, name in enumerate(names))
    began = time.process_time()
    assert check_exchanged(feeds(price=list(range(300)), protein=list(range(300)), names=names), text * 8) == []
    assert time.process_time() - began < 5


DOCKS = """Barges can go, with so many tons a day:
- From Dock 1: to Dock 2 (11), to Dock 3 (14), to Dock 4 (17), and to Dock 5 (23).
- From Dock 2: to Dock 1 (31), to Dock 3 (13), and to Dock 4 (19).
- From Dock 3: to Dock 1 (37), to Dock 2 (41), to Dock 4 (43), and to Dock 5 (47)."""
CAPACITY = {
    "Dock 1": {"Dock 2": 11, "Dock 3": 14, "Dock 4": 17, "Dock 5": 23},
    "Dock 2": {"Dock 1": 31, "Dock 3": 13, "Dock 4": 19, "Dock 5": 0},
    "Dock 3": {"Dock 1": 37, "Dock 2": 41, "Dock 4": 43, "Dock 5": 47},
}


@pytest.mark.parametrize(("told", "codes"), [(0, []), (43, ["other-value"])])
def test_a_list_with_a_gap_takes_no_number_of_the_line_before(told: int, codes: list[str]) -> None:
    """What is 0 since the line tells nothing is right; a number of the same line that is another is told as before."""
    capacity = {**CAPACITY, "Dock 1": {**CAPACITY["Dock 1"], "Dock 4": told or 17}}
    formulation = Formulation.model_validate(
        {
            "sets": [
                {"name": "FROM", "elements": list(CAPACITY)},
                {"name": "TO", "elements": [f"Dock {number}" for number in range(1, 6)]},
            ],
            "parameters": [{"name": "capacity", "index": ["i in FROM", "j in TO if i != j"], "values": capacity}],
            "variables": [{"name": "sent", "index": ["i in FROM", "j in TO if i != j"], "upper": "capacity[i, j]"}],
            "objective": {"sense": "maximize", "expression": "sum(sent[i, j] for i in FROM for j in TO if i != j)"},
        }
    )
    assert [finding.code for finding in check_exchanged(formulation, DOCKS)] == codes
