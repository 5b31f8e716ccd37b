"""What a limit is on: all that is made, what goes through one step, or one day of several; differences have no sign."""

import pytest

from fivefold.checks import check_text
from fivefold.mends import mended
from fivefold.reading.claims import claims
from fivefold.reading.slots import read_text
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Variable

CAKES = "A bakery bakes cakes and pies. A cake takes 3 eggs; a pie takes 2 eggs. "


def formulated(*rows: str, objective: str = "cakes + pies") -> Formulation:
    variables = tuple(
        Variable(name=name, description=f"number of {name}", domain="integer") for name in ("cakes", "pies")
    )
    constraints = tuple(Constraint(name=f"row_{at}", expression=row) for at, row in enumerate(rows))
    return Formulation(
        variables=variables,
        objective=Objective(sense="maximize", expression=objective),
        constraints=constraints,
    )


def read(text: str) -> set[str]:
    grounded = check(formulated()).grounded
    assert grounded is not None
    return {claim.said for claim in claims(read_text(text, grounded))}


@pytest.mark.parametrize(
    "sentence",
    [
        "At least 20 cakes must be iced.",
        "No more than 15 pies can be glazed by hand.",
        "The baker must decorate at least 20 cakes.",
        "At most 12 pies may be frozen.",
    ],
)
def test_what_goes_through_one_step_is_not_all_that_is_made(sentence: str) -> None:
    assert read(CAKES + sentence) == set()


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("At least 20 cakes must be made.", "cakes >= 20"),
        ("At least 20 cakes must be baked.", "cakes >= 20"),
        ("It must bake at least 20 cakes.", "cakes >= 20"),
        ("At most 15 pies can be sold.", "pies <= 15"),
        ("There must be at least 20 cakes.", "cakes >= 20"),
    ],
)
def test_what_is_done_with_all_limits_all(sentence: str, expected: str) -> None:
    assert read(CAKES + sentence) == {expected}


@pytest.mark.parametrize(
    "sentence",
    [
        "It has 90 eggs a day and works 5 days.",
        "90 eggs are available a day, and the bakery works 5 days a week.",
        "Each day 90 eggs are available. The bakery plans a week.",
        "At most 40 cakes per day can be sold, and the shop opens 6 days.",
        "At most 40 cakes can be sold in May and at most 60 in June.",
        "In January, at most 40 cakes can be baked. In February there is no limit.",
        "At most 40 cakes can be baked on Mondays.",
        "At least 20 cakes have to be delivered in the first week and 30 in the second.",
    ],
)
def test_what_holds_for_one_period_is_left_alone_where_there_are_several(sentence: str) -> None:
    assert read(CAKES + sentence) == set()


def test_one_period_alone_is_all_that_is_planned() -> None:
    assert read(CAKES + "90 eggs are available a day.") == {"3*cakes + 2*pies <= 90 egg"}
    assert read("In May a bakery bakes cakes and pies. At most 40 cakes can be sold in May.") == {"cakes <= 40"}


def test_a_difference_is_read_in_both_directions_only_where_the_words_say_so() -> None:
    both = {"cakes <= pies + 5", "pies <= cakes + 5"}
    assert read(CAKES + "The number of cakes and the number of pies may not differ by more than 5.") == both
    assert read(CAKES + "The absolute difference between cakes and pies must be at most 5.") == both
    assert read(CAKES + "The difference between cakes and pies is at most 5.") == {"cakes - pies <= 5"}
    assert read(CAKES + "The difference between cakes and pies is at least 5.") == set()
    assert read(CAKES + "Cakes and pies must not differ by more than 5%.") == set()


@pytest.mark.parametrize(
    "sentence",
    [
        "The difference between the number of cakes and the number of pies cannot exceed 5.",
        "The number of cakes and the number of pies may not differ by more than 5.",
    ],
)
def test_a_difference_is_mended_in_both_directions(sentence: str) -> None:
    text = f"{CAKES}90 eggs are available. A cake sells for $9 and a pie sells for $3. Maximize revenue. {sentence}"
    eggs, over, under = "3*cakes + 2*pies <= 90", "cakes - pies <= 5", "-cakes + pies <= 5"
    found = mended(formulated(eggs, objective="9*cakes + 3*pies"), text, budget_s=60)
    assert [row.expression for row in found.formulation.constraints] == [eggs, over, under] and found.after == 0
    right = formulated(eggs, over, under, objective="9*cakes + 3*pies")
    assert check_text(right, text) == [] and mended(right, text).mends == ()


def test_what_is_sold_to_some_is_not_all_that_is_sold() -> None:
    assert read(CAKES + "At most 40 cakes can be sold to hotels.") == set()
    assert read(CAKES + "At most 40 cakes can be sold by the bakery.") == {"cakes <= 40"}
    assert read(CAKES + "At most 40 cakes can be sold in total.") == {"cakes <= 40"}
    assert read(CAKES + "At least 40 cakes must be sold to hotels.") == {"cakes >= 40"}


def test_boxes_are_not_counted_by_what_is_in_them() -> None:
    text = "A smith forges boxes of nails and boxes of hooks. A box holds 50 nails. At least {} must be sold."
    variables = tuple(
        Variable(name=name, description=f"boxes of {name}", domain="integer") for name in ("nails", "hooks")
    )
    grounded = check(
        Formulation(variables=variables, objective=Objective(sense="minimize", expression="nails"))
    ).grounded
    assert grounded is not None
    assert claims(read_text(text.format("200 nails"), grounded)) == ()


def test_thousands_are_not_counted_by_the_piece() -> None:
    text = (
        "A shop makes cards and books. A thousand cards take 20 minutes and earn 38 euros, a thousand books take 75 "
        "minutes and earn 190 euros. The press runs for 900 minutes. At least 2500 cards have been promised."
    )
    for unit, told in (("thousand ", False), ("", True)):
        variables = tuple(Variable(name=name, description=f"{unit}{name}") for name in ("cards", "books"))
        objective = Objective(sense="maximize", expression="38*cards + 190*books")
        grounded = check(Formulation(variables=variables, objective=objective)).grounded
        assert grounded is not None
        said = [claim.said for claim in claims(read_text(text, grounded))]
        assert ("cards >= 2500" in said) is told


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("If 90 eggs are available, how many of each should it bake?", {"3*cakes + 2*pies <= 90 egg"}),
        ("How many of each should it bake if 90 eggs are available?", {"3*cakes + 2*pies <= 90 egg"}),
        ("If it needs at least 20 cakes for each of 3 shops, how many should it bake?", set()),
        ("How many cakes could it bake if 90 eggs were available?", set()),
        ("If each of the two bakers has 90 eggs, how many should they bake?", set()),
    ],
)
def test_each_in_what_is_asked_says_nothing_of_what_is_stated(sentence: str, expected: set[str]) -> None:
    assert read(CAKES + sentence) == expected
