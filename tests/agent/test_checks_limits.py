"""Limits, sides and signs against the words behind their numbers: what is found, and where each check is silent."""

import pytest

from fivefold.checks import check_limits, check_sides
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Variable


def plain(objective: str, *rows: str, sense: str = "maximize", **meaning: str) -> Formulation:
    """A formulation of plain variables with their descriptions."""
    return Formulation(
        variables=tuple(Variable(name=name, description=words) for name, words in meaning.items()),
        objective=Objective.model_validate({"sense": sense, "expression": objective}),
        constraints=tuple(Constraint(name=f"r{place}", expression=row) for place, row in enumerate(rows, 1)),
    )


def codes(formulation: Formulation, text: str) -> list[str]:
    return [finding.code for finding in [*check_limits(formulation, text), *check_sides(formulation, text)]]


JARS = "A hive gives 9000 ml of honey. A tall jar holds 350 ml and a flat jar 200 ml. Fill as many jars as possible."
TALL_FLAT = {"tall": "tall jars filled", "flat": "flat jars filled"}
BOATS = (
    "A camp moves 90 guests by canoes and rafts. A canoe takes 4 guests, a raft takes 7 guests. There is money for at "
    "most 8 raft trips. Use as few trips as possible."
)
CANOES = {"canoes": "number of canoe trips", "rafts": "number of raft trips"}


def test_one_stated_limit_in_two_rows_is_found() -> None:
    (finding,) = check_limits(plain("tall + flat", "350*tall <= 9000", "200*flat <= 9000", **TALL_FLAT), JARS)
    assert finding.code == "limit-twice" and "A hive gives 9000 ml of honey." in finding.message
    assert codes(plain("tall + flat", "350*tall + 200*flat <= 9000", **TALL_FLAT), JARS) == []


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("Each oven runs at most 900 hours.", ("2*tall <= 900", "3*flat <= 900")),
        ("No more than 900 of either are sold.", ("2*tall <= 900", "3*flat <= 900")),
        ("Mill 900 sacks in May and 900 sacks in June.", ("2*tall <= 900", "3*flat <= 900")),
        ("There are 900 sacks.", ("tall + flat <= 900", "tall <= 900")),  # a part of what is limited
        ("From 900 sacks on there is a bonus.", ("2*tall >= 900", "3*flat <= 900")),
        ("There are 900 sacks.", ("2*tall <= 900",)),
    ],
)
def test_a_limit_for_several_things_may_stand_in_several_rows(text: str, rows: tuple[str, ...]) -> None:
    assert codes(plain("tall + flat", *rows, **TALL_FLAT), text) == []


def test_a_limit_on_more_than_its_words_name_is_found() -> None:
    (finding,) = check_limits(plain("canoes + rafts", "canoes + rafts <= 8", **CANOES), BOATS)
    assert finding.code == "limit-subject" and finding.mend == "write the limit on rafts alone"
    assert codes(plain("canoes + rafts", "canoes <= 8", **CANOES), BOATS) == ["limit-subject"]
    assert codes(plain("canoes + rafts", "rafts <= 8", **CANOES), BOATS) == []


@pytest.mark.parametrize(
    "text",
    [
        "At most 8 raft trips and canoe trips are paid.",
        "Of canoe trips there may be at most 8, of raft trips more.",
        "There must be at least 8 more raft trips than canoe trips.",
        "Raft trips are 8 times as slow.",
        "The morning raft trips take 2, the evening 8 and the night canoe 4.",
        "At most 8 trips are paid because raft trips are dear.",
        "At most 8 raft trips are paid; 8 canoe trips are free.",
    ],
)
def test_a_limit_whose_words_name_both_or_none_is_not_faulted(text: str) -> None:
    assert codes(plain("canoes + rafts", "canoes + rafts <= 8", **CANOES), text) == []


def test_indexed_variables_have_no_words_of_their_own() -> None:
    indexed = Formulation(
        variables=(Variable(name="trips", index=("b in {'raft', 'canoe'}",)), Variable(name="raft")),
        constraints=(Constraint(name="r", expression="raft <= 8"),),
    )
    assert codes(indexed, "At most 8 canoe trips.") == []


@pytest.mark.parametrize(
    ("text", "wrong", "right"),
    [
        ("There must be at least twice as many rafts as canoes.", "2*rafts >= canoes", "rafts >= 2*canoes"),
        ("Rafts are limited to 3 times the number of canoes.", "3*rafts <= canoes", "rafts <= 3*canoes"),
        ("There are to be at most 1.5 times more rafts than canoes.", "1.5*rafts <= canoes", "rafts <= 1.5*canoes"),
        ("The number of rafts has to be at least three times the number of canoes.", "canoes >= 3*rafts",
         "3*canoes <= rafts"),
    ],
)  # fmt: skip
def test_a_multiple_on_the_wrong_side_is_found(text: str, wrong: str, right: str) -> None:
    assert codes(plain("rafts", wrong, **CANOES), text) == ["ratio"]
    assert codes(plain("rafts", right, **CANOES), text) == []


def test_multiples_both_ways_are_not_faulted() -> None:
    text = "At most twice as many rafts as canoes, and at most twice as many canoes as rafts."
    assert codes(plain("rafts", "rafts <= 2*canoes", "2*rafts >= canoes", **CANOES), text) == []


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("rafts <= 0.4*(rafts + canoes)", []),
        ("canoes >= 0.6*(canoes + rafts)", []),
        ("rafts <= 0.6*(rafts + canoes)", ["share"]),
        ("canoes <= 0.4*(rafts + canoes)", ["share"]),
        ("(rafts + canoes)*0.6 >= rafts", ["share"]),
        ("rafts <= 0.4*(tubs + canoes)", []),
    ],
)
def test_the_share_of_another_part_is_found(row: str, expected: list[str]) -> None:
    text = "At most 40% of the trips can be rafts. Rafts are slow."
    assert codes(plain("rafts", row, **CANOES), text) == expected


def test_a_limit_as_an_equation_is_found() -> None:
    text = "A shed holds up to 75 crates. It must not exceed 60 kegs. The order is for 50 bins."
    names = {"a": "crates", "b": "kegs", "c": "bins"}
    found = check_sides(plain("a", "a == 75", "b == 60", "c == 50", **names), text)
    assert [(finding.code, finding.where) for finding in found] == [
        ("exact", "constraint 'r1'"),
        ("exact", "constraint 'r2'"),
    ]
    assert codes(plain("a", "a <= 75", "b <= 60", "c == 50", **names), text) == []


SHED = "A kite takes 4 hours and a flag takes 3 hours; there are 90 hours. A kite earns $11, a flag earns $8."
KITES = {"kites": "kites sewn", "flags": "flags sewn"}


def test_a_term_taken_off_a_shared_limit_is_found() -> None:
    (finding,) = check_sides(plain("11*kites + 8*flags", "4*kites - 3*flags <= 90", **KITES), SHED)
    assert finding.code == "sign" and "there are 90 hours" in finding.message


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("There must be at least 20 more kites than flags.", "kites - flags >= 20"),
        ("The difference between kites and flags is within 20.", "kites - flags <= 20"),
        ("The stock of 20 kites is used up.", "kites - flags <= 20"),
        ("Some 20 kites are planned.", "kites + short - over == 20"),
        ("Keep to $4k_{1}-f_{1}\\leq 20$.", "4*kites - flags <= 20"),
        ("Four times the kites minus the flags is 20.", "4*kites - flags <= 20"),
    ],
)
def test_a_stated_difference_is_not_faulted(text: str, row: str) -> None:
    assert codes(plain("kites", row, **KITES, short="short of the goal", over="beyond the goal"), text) == []


def test_an_objective_that_takes_off_what_is_earned_is_found() -> None:
    text = "A kite brings $11, a flag brings $8. Bring in the most."
    assert codes(plain("11*kites - 8*flags", **KITES), text) == ["sign"]
    assert codes(plain("11*kites - 8*flags", **KITES), text + " Flags cost more than they bring.") == []
