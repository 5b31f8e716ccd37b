"""What the words of a text say about its numbers: whose they are, what they limit, which conditions they state."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.reading.claims import claims
from fivefold.reading.entities import stem
from fivefold.reading.slots import TextReading, read_text
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.read import read


def reading(text: str, *variables: str | dict[str, Any]) -> TextReading:
    named = [{"name": variable} if isinstance(variable, str) else variable for variable in variables]
    formulation = read({"variables": named, "objective": {"sense": "satisfy"}}).formulation
    assert formulation is not None
    grounded = check(formulation).grounded
    assert grounded is not None
    return read_text(text, grounded)


def told(found: TextReading) -> list[tuple[str, str, str | None]]:
    """Return number, kind and owner of every slot."""
    return [
        (slot.quantity.written, slot.kind, None if slot.owner is None else found.entities[slot.owner].name)
        for slot in found.slots
    ]


@pytest.mark.parametrize(
    ("plural", "single"),
    [
        ("boxes", "box"),
        ("berries", "berry"),
        ("shelves", "shelf"),
        ("glass", "glass"),
        ("Loaves", "loaf"),
        ("cars", "car"),
    ],
)
def test_plurals_have_the_stem_of_the_single(plural: str, single: str) -> None:
    assert stem(plural) == stem(single)


def test_numbers_belong_to_the_name_before_or_behind_them() -> None:
    before = reading(
        "An oak desk needs 3 hours and 2 boards, while a pine desk needs 5 hours and 4 boards.", "oak", "pine"
    )
    assert [owner for _, _, owner in told(before)] == ["oak", "oak", "pine", "pine"]
    behind = reading("We have 3 hours per unit for oak and 5 hours per unit for pine.", "oak", "pine")
    assert [owner for _, _, owner in told(behind)] == ["oak", "pine"]
    listed = reading("The profits of oak, pine and ash desks are $4, $5 and $6, respectively.", "oak", "pine", "ash")
    assert told(listed) == [("4", "gain", "oak"), ("5", "gain", "pine"), ("6", "gain", "ash")]


def test_names_of_several_words_letters_and_numbers_are_found() -> None:
    found = reading(
        "Machine A makes 4 parts. Machine B makes 6 parts. A lathe is not needed.",
        {"name": "x1", "description": "hours of machine A"},
        {"name": "x2", "description": "hours of machine B"},
    )
    assert [owner for _, _, owner in told(found)] == ["x1", "x2"]
    assert len(found.mentions) == 2


def test_a_name_within_what_a_number_counts_is_no_name() -> None:
    found = reading("A loaf of rye takes 2 kg of flour and 3 kg of rye bran. A pie takes 4 kg of flour.", "rye", "pie")
    assert [owner for _, _, owner in told(found)] == ["rye", "rye", "pie"]


def test_words_make_limits_requirements_and_gains() -> None:
    text = "At most 40 vans and 30 carts can be hired. The town has available 25 drivers. At least 7 carts must go."
    assert [kind for _, kind, _ in told(reading(text, "vans", "carts"))] == ["limit", "limit", "limit", "requirement"]
    money = "A van costs $80 and a cart costs $20. Each trip of a van earns $9."
    assert [kind for _, kind, _ in told(reading(money, "van", "cart"))] == ["cost", "cost", "gain"]


def test_a_sentence_broken_over_lines_is_one_sentence() -> None:
    found = reading("A van takes 8 crates and\na cart takes\n3 crates.\n- 9 drivers\n- 5 mules", "van", "cart")
    assert [slot.sentence for slot in found.slots[:2]] == [0, 0]
    assert found.slots[2].sentence != found.slots[3].sentence
    assert [owner for _, _, owner in told(found)[:2]] == ["van", "cart"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("There must be at least 12 vans.", ["vans >= 12"]),
        ("The number of carts must not exceed the number of vans.", ["carts <= vans"]),
        ("They need at least three times as many carts as vans.", ["carts >= 3*vans"]),
        ("There should be at least 5 more vans than carts.", ["vans >= carts + 5"]),
        ("At most 25% of the vehicles can be vans.", ["vans <= 0.25 of the total"]),
        ("At least 25% of the vehicles must be vans.", ["vans >= 0.25 of the total"]),
        ("The total number of vans and carts cannot exceed 60.", ["vans + carts <= 60"]),
        ("A van holds 9 crates and a cart holds 4 crates. At least 90 crates go.", ["9*vans + 4*carts >= 90 crate"]),
        ("If it rains, there must be at least 12 vans.", []),
        ("The number of vans must not exceed twice the number of carts by more than 3.", []),
        ("Each van needs at least 2 carts.", []),
    ],
)  # fmt: skip
def test_sentences_become_conditions(text: str, said: list[str]) -> None:
    counted = [{"name": "vans", "domain": "integer"}, {"name": "carts", "domain": "integer"}]
    found = reading(f"The town hires vans and carts. {text}", *counted)
    assert [claim.said for claim in claims(found)] == said


def test_decisions_that_cannot_be_told_apart_are_not_named() -> None:
    found = reading("At least 5 desks must be built.", "q1", "q2")
    assert not found.entities and not claims(found)


@given(st.text(alphabet="ab XY12%$.,;|\n-", max_size=60))
def test_any_text_is_read(text: str) -> None:
    claims(reading(text + " X and Y", "X", "Y"))


@pytest.mark.parametrize(
    ("one", "joint"),
    [("4 stools and 9 shelves", ", "), ("7 hours of sanding per stool", " and "), ("12", ", "), ("3 stools", ". ")],
)
def test_thousands_of_numbers_are_read_in_moments(one: str, joint: str) -> None:
    """The time grows with the text and not with its square; what is only listed says nothing of each number."""
    started = time.process_time()
    found = reading(f"The shop makes {joint.join([one] * 5000)}.", "stools", "shelves")
    assert time.process_time() - started < 20
    assert len(found.slots) >= 5000
    assert joint == ". " or {slot.kind for slot in found.slots} == {"unclear"}
