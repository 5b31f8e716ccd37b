"""Sums and ranges told in words: what is read, and what is left alone."""

import pytest

from fivefold.reading.claim import Claim
from fivefold.reading.claims import claims
from fivefold.reading.slots import read_text
from fivefold.reading.told_sums import sums
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation, Objective, Variable

READ = [
    ("twice the hours of crew ⟨0⟩ plus the hours of crew ⟨1⟩ cannot exceed #1 hours.".replace("twice", "#0"), "2 1 <="),
    ("the sum of #0 times the money put into ⟨0⟩ and that put into ⟨1⟩ must be at least #1 units.", "2 1 >="),
    ("the difference between #0 of the acres for ⟨0⟩ and those for ⟨1⟩ should not exceed #1.", "2 -1 <="),
    ("the combined output of ⟨0⟩ and ⟨1⟩ must equal exactly #1 units.", "1 1 =="),
    ("to be fair, ⟨0⟩ minus #0 times that of ⟨1⟩ should be at least zero.", "1 -2 >="),
    ("the difference between the shifts of ⟨0⟩ and ⟨1⟩ must be non-negative.", "1 -1 >="),
]
LEFT_ALONE = [
    "twice ⟨0⟩ and ⟨1⟩ cannot exceed #1.".replace("twice", "#0"),  # is the second taken twice as well?
    "the average of ⟨0⟩ and ⟨1⟩ must be at least #1.",
    "the cost of ⟨0⟩ plus the cost of ⟨1⟩ cannot exceed #1.",
    "if ⟨0⟩ is open, #0 times ⟨0⟩ plus ⟨1⟩ must be at least #1.",
    "the sum of ⟨0⟩ and ⟨1⟩ must be at least #1 times ⟨2⟩.",
    "the sum of ⟨0⟩ and ⟨1⟩ must be at least #1% of all.",
    "the sum of ⟨0⟩ and wages for ⟨1⟩ must be at least #1.",
    "⟨0⟩ and ⟨1⟩ must be at least #1.",
]


@pytest.mark.parametrize(("sentence", "expected"), READ)
def test_a_sum_told_in_words_is_read(sentence: str, expected: str) -> None:
    (told,) = sums(" " + sentence, frozenset({"crew"}))
    sizes = [term.sign * (1 if term.times is None else 2) for term in told.terms]
    assert [term.entity for term in told.terms] == ["0", "1"]
    assert f"{sizes[0]:g} {sizes[1]:g} {told.relation}" == expected


@pytest.mark.parametrize("sentence", LEFT_ALONE)
def test_what_could_mean_something_else_is_left_alone(sentence: str) -> None:
    assert list(sums(" " + sentence)) == []


def read(text: str, *names: str) -> list[str]:
    variables = tuple(Variable(name=name, description=name.replace("_", " "), domain="integer") for name in names)
    objective = Objective(sense="minimize", expression=" + ".join(names), description="cost")
    grounded = check(Formulation(variables=variables, objective=objective, constraints=())).grounded
    assert grounded is not None
    return [claim.said for claim in stated(text, grounded)]


def stated(text: str, grounded: object) -> tuple[Claim, ...]:
    return claims(read_text(text, grounded))  # type: ignore[arg-type]  # as `check` gives it


def test_a_difference_from_a_sum_is_one_limit() -> None:
    names = ("site_a", "site_b", "site_c")
    text = "Sites A, B and C share staff. The difference between site A , and the sum of sites B and C cannot exceed 9."
    assert read(text, *names) == ["site_a - site_b - site_c <= 9"]
    text = text.replace("site A , and the sum of sites B and C", "the sum of sites A and B and site C")
    assert read(text, *names) == []  # which is taken off?


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Site A and site B share staff. Site A can take from 20 up to 90 units.", ["site_a >= 20", "site_a <= 90"]),
        ("Site A and site B share staff. Site A can run between 4 and 8 presses.", []),
        (
            "Site A and site B share staff (site A can range from 0-45 units, and site B from 5 – 35 units).",
            ["site_a <= 45", "site_b >= 5", "site_b <= 35"],
        ),
        ("At most 30 of site A. Site A and site B: at most 12 site A and 9 site B are built.", None),
        ("When it rains nobody comes, therefore at least 6 site B must be built, and site A.", ["site_b >= 6"]),
        ("At least twice as many site A must be built as site B.", ["site_a >= 2*site_b"]),
        (
            r"Half of the units of site A plus site B cannot exceed 40.\nSite A and site B.",
            ["0.5*site_a + site_b <= 40"],
        ),
    ],
)
def test_ranges_reasons_and_lists(text: str, expected: list[str] | None) -> None:
    said = read(text, "site_a", "site_b")
    if expected is None:
        assert {"site_a <= 12", "site_b <= 9"} <= set(said)
    else:
        assert said == expected


def test_what_somebody_needs_is_a_requirement() -> None:
    text = "A full shift works 40 hours and a half shift works 15 hours. The depot needs 900 hours of driver labour."
    assert read(text, "full_shift", "half_shift") == ["40*full_shift + 15*half_shift >= 900 driver hour labour"]


BOARDS = "A mill sells pine boards and oak boards. "


@pytest.mark.parametrize(
    "sentence",
    [
        "The total weight of pine and oak boards cannot exceed 800 tons.",
        "The combined length of pine boards and oak boards is limited to 300 feet.",
        "The total number of trips for all boards cannot exceed 90.",
        "At least 60% of the revenue must be from oak.",
        "Oak should not exceed 40% of the total cost.",
        "At least 60% of the boards must not be oak.",
        "The mill need not sell at least 40 oak boards.",
        "Last year it sold at least 40 oak boards.",
        "Ideally at least 40 oak boards are sold.",
        "At most 70 pine boards or 50 oak boards can be sold.",
        "At most 70 pine and 50 oak boards together can be sold.",
        "At most 40 oak boards can be stored in each hall.",
        "The saw cuts at most 40 oak boards per hour.",
        "A pallet takes up to 40 oak boards.",
        "A discount applies for at least 40 oak boards.",
        "For every 3 pine boards there must be at least 2 oak boards.",
        "There must be at least as many pine boards as oak boards plus two.",
        "There must not be at least as many pine boards as oak boards.",
        "The difference between the price of pine boards and oak boards cannot exceed 30.",
        "Oak boards weigh at least 3 but no more than 5 kg.",
        "The sum of pine and oak must be between 30 and 90 boards.",
        "The total number of pine and oak boards cannot exceed 30 in each bundle.",
    ],
)
def test_what_is_about_something_else_than_how_many_is_left_alone(sentence: str) -> None:
    assert read(BOARDS + sentence, "pine_boards", "oak_boards") == []


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The total output of press 1 and press 2 must be at least 900 pieces.", []),
        ("Twice the output of press 1 plus the output of press 2 must be at least 30.", []),
        ("The difference in output between press 1 and press 2 cannot exceed 8.", []),
        ("Press 1 has a maximum production of 300.", []),
        (
            "The combined hours of press 1 and press 2 cannot exceed 60 hours.",
            ["press_1_hours + press_2_hours <= 60"],
        ),
    ],
)
def test_what_is_made_in_some_hours_is_no_hours(sentence: str, expected: list[str]) -> None:
    assert read(f"A mill runs press 1 and press 2. {sentence}", "press_1_hours", "press_2_hours") == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "At most 3 pupils can be late.",
        "A teacher minds at most 20 pupils.",
        "Each hall seats at most 20 pupils.",
        "The hall seats at most 200 pupils at a time.",
        "Last year there were at least 200 pupils.",
    ],
)
def test_a_limit_of_one_place_is_none_on_all(sentence: str) -> None:
    text = f"A bus trip carries 40 pupils and a van trip carries 9 pupils. {sentence}"
    assert read(text, "bus_trips", "van_trips") == []


CAKES = "A bakery bakes cakes and pies. A cake takes 3 eggs; a pie takes 2 eggs. "


@pytest.mark.parametrize(
    "sentence",
    [
        "No more than 40 cakes and pies can be baked.",
        "No more than 40 cakes, pies or tarts can be baked.",
        "Hotels buy up to 20 cakes and shops buy up to 30 cakes.",
        "The number of pies may be at most 4 fewer than the number of cakes.",
        "It is impossible to sell at least 60 pies.",
        "No more than 4 cakes may be unsold.",
        "At most 4 cakes can be decorated per baker.",
        "At most 3 eggs may be wasted.",
        "The bakery can buy at most 30 more eggs.",
        "Eggs come in boxes of at most 12 eggs.",
        "At least 40% of the guests must be on pies.",
    ],
)
def test_what_is_kept_wasted_or_of_two_kinds_is_left_alone(sentence: str) -> None:
    assert read(CAKES + sentence, "cakes", "pies") == []
