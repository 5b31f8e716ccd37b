"""Elements left out, limits moved by one, a sense that the question turns: what is found, and where they are silent."""

from typing import Any

import pytest

from fivefold.checks import check_balances, check_left_out, check_off_by_one, check_sense, check_sides
from fivefold_solvers.formulation.elements import Formulation

SHOPS = (
    "Shops in Mill, Port and Hill need 4, 5 and 6 pallets of bread. Driving a pallet there costs 2, 4 and 7 euros. "
    "No more than 20 pallets can be baked. Plan the deliveries at the lowest cost."
)


def bread(objective: str = "sum(cost[s]*ship[s] for s in S)", forall: str = "s in S", **more: Any) -> Formulation:
    """Deliveries to three shops."""
    raw: dict[str, Any] = {
        "sets": [{"name": "S", "elements": ["mill", "port", "hill"]}],
        "parameters": [
            {"name": "cost", "index": ["s in S"], "values": [2, 4, 7]},
            {"name": "need", "index": ["s in S"], "values": [4, 5, 6]},
        ],
        "variables": [{"name": "ship", "index": ["s in S"]}],
        "objective": {"sense": "minimize", "expression": objective},
        "constraints": [
            {"name": "needed", "forall": [forall], "expression": "ship[s] >= need[s]"},
            {"name": "baked", "expression": "sum(ship[s] for s in S) <= 20"},
        ],
    }
    return Formulation.model_validate({**raw, **more})


def made(*rows: str, objective: str = "cups + mugs", sense: str = "maximize") -> Formulation:
    """Cups and mugs."""
    constraints = [{"name": f"r{place}", "expression": row} for place, row in enumerate(rows, 1)]
    return Formulation.model_validate(
        {
            "variables": [{"name": "cups"}, {"name": "mugs"}],
            "objective": {"sense": sense, "expression": objective},
            "constraints": constraints,
        }
    )


def test_what_leaves_nobody_out_is_left_alone() -> None:
    assert check_left_out(bread(), SHOPS) == []


@pytest.mark.parametrize("clause", ["s in S if s != first(S)", "s in S if s != 'hill'", "s in S if s != last(S)"])
def test_an_element_whose_amount_is_used_nowhere_is_found(clause: str) -> None:
    (finding,) = check_left_out(bread(forall=clause), SHOPS)
    assert finding.code == "left-out" and finding.where == "constraint 'needed'" and "its need" in finding.message
    (finding,) = check_left_out(bread(f"sum(cost[s]*ship[s] for {clause})"), SHOPS)
    assert finding.where == "the objective" and "its cost" in finding.message


def test_a_sum_over_all_but_one_is_found_and_an_exception_in_the_text_is_not() -> None:
    rows = [{"name": "baked", "expression": "sum(ship[s] for s in S if s != 'port') <= 20"}]
    (finding,) = check_left_out(bread(constraints=rows), SHOPS)
    assert "leaves out port of S" in finding.message
    assert check_left_out(bread(constraints=rows), SHOPS + " Port does not count, other than Mill and Hill.") == []
    assert check_left_out(bread(constraints=rows), SHOPS + " Port bakes its own bread.") == []


def test_a_depot_and_a_first_month_are_other_than_the_rest() -> None:
    depot = [*({"name": name, "forall": ["s in S if s != 'mill'"], "expression": row} for name, row in
               (("once", "ship[s] <= 9"), ("again", "ship[s] >= 1")))]  # fmt: skip
    assert check_left_out(bread(constraints=depot), SHOPS) == []
    stock = [{"name": "stock", "forall": ["s in S if s != first(S)"], "expression": "ship[s] >= ship[prev(s)]"}]
    assert check_left_out(bread(constraints=stock), SHOPS) == []


POTTERY = "A cup takes 2 hours and a mug 3 hours; at most 90 hours are there. Fill as many cups and mugs as possible."


def test_a_limit_with_one_taken_off_is_found() -> None:
    (finding,) = check_off_by_one(made("2*cups + 3*mugs <= 90 - 1"), POTTERY)
    assert (finding.code, finding.where) == ("limit-moved", "constraint 'r1'")
    assert check_off_by_one(made("2*cups + 3*mugs <= 90"), POTTERY) == []


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("Fewer than 90 hours may be worked.", "2*cups <= 90 - 1"),
        ("There must be more cups than mugs.", "cups >= mugs + 1"),
        ("There must be 1 cup above the number of mugs.", "cups >= mugs + 1"),
        ("There are 90 hours, of which one is spent already.", "2*cups <= 90 - 1"),
    ],
)
def test_a_text_that_compares_strictly_moves_its_limit_itself(text: str, row: str) -> None:
    assert check_off_by_one(made(row), text) == []


def test_what_links_choices_may_hold_a_one() -> None:
    both = Formulation.model_validate(
        {
            "variables": [{"name": "a", "domain": "binary"}, {"name": "b", "domain": "binary"}],
            "objective": {"sense": "maximize", "expression": "a + b"},
            "constraints": [{"name": "not_both", "expression": "a + b <= 2 - 1"}],
        }
    )
    assert check_off_by_one(both, "Not both of 2 halls can be let.") == []


@pytest.mark.parametrize(
    ("question", "sense"),
    [
        ("Which way is quickest?", "minimize"),
        ("How many cups and mugs bring the most money?", "maximize"),
        ("Plan the pottery at the lowest total cost.", "minimize"),
        ("Use as few hours of the oven as possible; how many cups should be made?", "minimize"),
        ("Cheapest batch?", "minimize"),
        ("Highest weekly earnings?", "maximize"),
        ("Goal: highest turnover.", "maximize"),
        ("Spend as little as possible.", "minimize"),
        ("The potter wants the largest output.", "maximize"),
        ("Best profit for the week?", "maximize"),
    ],
)
def test_what_the_question_asks_for_is_the_sense(question: str, sense: str) -> None:
    text = f"At least 5 cups are ordered. {question}"
    other = {"minimize": "maximize", "maximize": "minimize"}[sense]
    assert check_sense(made("cups >= 5", sense=sense), text) == []
    (finding,) = check_sense(made("cups >= 5", sense=other), text)
    assert finding.code == "sense" and question in finding.message


@pytest.mark.parametrize(
    "question",
    [
        "How many are there at most?",
        "What gives the most cups with the fewest hours?",
        "Which plan loses the least, the largest loss being counted?",
        "How should the minimum number of 5 cups be made?",
        "What should be made?",
        "What is the most economical plan?",
        "How many of the largest cups should be made?",
        "She wants at least 6 mugs, and at most 9.",
        "Is the largest kiln full?",
    ],
)
def test_a_question_that_may_be_read_in_two_ways_is_left_alone(question: str) -> None:
    for sense in ("minimize", "maximize"):
        assert check_sense(made("cups >= 5", sense=sense), f"At least 5 cups are ordered. {question}") == []
    assert check_sense(made("cups >= 5", objective="-cups", sense="minimize"), "Which plan has the most cups?") == []


def sides(text: str, *rows: str) -> list[str]:
    return [finding.code for finding in check_sides(made(*rows), text)]


def test_only_what_is_stated_as_a_rate_divides() -> None:
    assert sides(POTTERY, "cups/2 + 3*mugs <= 90") == ["divided"]
    assert sides(POTTERY, "2*cups + 3*mugs <= 90") == sides(POTTERY, "cups/2 + mugs/3 <= 90") == []
    assert sides("Ada makes 2 cups an hour; a mug takes her 3 hours, and she has 90.", "cups/2 + 3*mugs <= 90") == []


def test_a_share_that_is_a_limit_and_an_exact_amount_that_is_none_are_found() -> None:
    share = "At most 40% of the pieces may be cups; exactly 75 pieces are made."
    assert sides(share, "cups == 0.4*(cups + mugs)", "cups + mugs == 75") == ["exact"]
    assert sides(share, "cups <= 0.4*(cups + mugs)", "cups + mugs <= 75") == ["loosened"]
    assert sides(share, "cups <= 0.4*(cups + mugs)", "cups + mugs <= 75", "cups + mugs >= 75") == []
    assert sides("Their number is less than or equal to 75.", "cups + mugs <= 75") == []


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("stock[t] == stock[prev(t)] + make[t] - demand[t]", ""),
        ("stock[prev(t)] + make[t] == demand[t] + stock[t]", ""),
        ("(stock[prev(t)] if t > first(T) else start) + make[t] == demand[t] + stock[t]", ""),
        ("make[t] <= stock[prev(t)]", ""),  # no balance: only what is there can be used
        ("stock[t] == stock[prev(t)] + make[t] + demand[t]", "adds demand"),
        ("stock[prev(t)] - make[t] == demand[t] + stock[t]", "takes make off"),
        ("stock[prev(t)] + make[t] == demand[t] - stock[t]", "of the time before to that of now"),
        ("stock[prev(t)] + make[t] == demand[t]", "not what is left"),
        ("stock[prev(t)] + make[t] >= demand[t] + stock[t]", "no equation"),
        ("stock[prev(t)] - owed[prev(t)] + make[t] - demand[t] == stock[t] - owed[t]", ""),
        ("stock[prev(t)] - owed[prev(t)] + make[t] - demand[t] == stock[t] + owed[t]", "adds owed of the time before"),
    ],
)
def test_what_is_kept_is_what_was_there_and_came_in_less_what_went_out(row: str, words: str) -> None:
    formulation = Formulation.model_validate({
        "sets": [{"name": "T", "expression": "range(1, 5)"}],
        "parameters": [{"name": "demand", "index": ["t in T"], "values": [3, 5, 9, 8]}, {"name": "start", "values": 2}],
        "variables": [{"name": name, "index": ["t in T"]} for name in ("make", "stock", "owed")],
        "objective": {"sense": "minimize", "expression": "sum(make[t] + stock[t] + 9*owed[t] for t in T)"},
        "constraints": [{"name": "kept", "forall": ["t in T if t > first(T)"], "expression": row}],
    })  # fmt: skip
    found = check_balances(formulation)
    assert [finding.code for finding in found] == (["balance"] if words else [])
    assert not words or words in found[0].message


def test_what_comes_after_what_moves_no_limit() -> None:
    text = "A press prints cards in 1 hour and books in 8 hours, one at a time."

    def printing(row: str) -> list[str]:
        formulation = Formulation.model_validate({
            "variables": [{"name": "cards"}, {"name": "books"}, {"name": "first", "domain": "binary"}],
            "objective": {"sense": "minimize", "expression": "cards + books"},
            "constraints": [{"name": "order", "expression": row}],
        })  # fmt: skip
        return [finding.code for finding in check_off_by_one(formulation, text)]

    assert printing("books >= cards + 1 - 8*first") == []
    assert printing("8*books <= 8*first + 1") == ["limit-moved"]
