"""Money that may be spent, and what a decision does without: two rows of resources that name no number for each."""

import pytest

from fivefold.mends import mended
from fivefold.reading.claims import claims
from fivefold.reading.slots import read_text
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Variable

COSTS = "A garden gets shrubs and trees. A shrub costs $7 and a tree costs $20. "


def formulated(*rows: str, names: tuple[str, ...] = ("shrubs", "trees"), objective: str = "") -> Formulation:
    variables = tuple(Variable(name=name, description=name.replace("_", " "), domain="integer") for name in names)
    constraints = tuple(Constraint(name=f"row_{at}", expression=row) for at, row in enumerate(rows))
    goal = Objective(sense="maximize", expression=objective or " + ".join(names))
    return Formulation(variables=variables, objective=goal, constraints=constraints)


def read(text: str, *names: str) -> set[str]:
    grounded = check(formulated(names=names or ("shrubs", "trees"))).grounded
    assert grounded is not None
    return {claim.said for claim in claims(read_text(text, grounded))}


@pytest.mark.parametrize(
    "sentence",
    [
        "There is $500 to spend.",
        "The budget is $500.",
        "There is a total budget of $500 for the project.",
        "The gardener can spend at most $500.",
        "The total cost must not exceed $500.",
    ],
)
def test_a_budget_is_spent_on_all(sentence: str) -> None:
    assert read(COSTS + sentence) == {"7*shrubs + 20*trees <= 500 money"}


@pytest.mark.parametrize(
    "text",
    [
        COSTS + "The budget for advertising is $500.",
        COSTS + "The budget for trees is $500.",
        COSTS + "There is $500 to spend, and a discount of 10% is given.",
        COSTS + "At least $500 must be spent.",
        COSTS + "There is $500 to spend. Delivery costs $40.",
        COSTS + "There is $500 to spend. A tree costs $3 a year to water.",
        COSTS + "There is $500 to spend each month. The plan is for 4 months.",
        COSTS + "If it rains there is $500 to spend.",
        "A garden gets shrubs and trees. A shrub costs $7 a metre and a tree costs $20 a metre. The budget is $500.",
        "Shrubs and trees are sold. A shrub is priced at $7 and a tree is priced at $20. The budget is $500.",
        "A garden gets shrubs and trees. A shrub costs $7. The budget is $500.",
    ],
)
def test_money_for_something_else_is_left_alone(text: str) -> None:
    assert not any("money" in said for said in read(text))


def test_a_budget_that_counts_pieces_is_mended() -> None:
    text = f"{COSTS}There is $500 to spend. A shrub shades 3 m2 and a tree shades 9 m2. How many give the most shade?"
    found = mended(formulated("shrubs + trees <= 500", objective="3*shrubs + 9*trees"), text, budget_s=60)
    assert [row.expression for row in found.formulation.constraints] == ["7*shrubs + 20*trees <= 500"]
    right = formulated("7*shrubs + 20*trees <= 500", objective="3*shrubs + 9*trees")
    assert mended(right, text).mends == ()


ICED = (
    "A plain cake takes 30 minutes of baking and {}. A rich cake takes 40 minutes of baking and 10 minutes of icing. "
)


@pytest.mark.parametrize(
    ("without", "expected"),
    [
        ("no icing", {"10*rich_cakes <= 60 icing minute"}),
        ("no minutes of icing", {"10*rich_cakes <= 60 icing minute"}),
        ("does without icing", {"10*rich_cakes <= 60 icing minute"}),
        ("no more", set[str]()),
        ("some icing", set[str]()),
        ("no nuts", set[str]()),
    ],
)
def test_what_a_decision_does_without_counts_nothing(without: str, expected: set[str]) -> None:
    text = ICED.format(without) + "300 minutes of baking and 60 minutes of icing are available."
    baking = {"30*plain_cakes + 40*rich_cakes <= 300 baking minute"}
    assert read(text, "plain_cakes", "rich_cakes") == baking | expected


def test_neither_of_two_uses_it() -> None:
    text = "Neither a plain cake nor a white cake needs any cocoa. A rich cake needs 8 g of cocoa. "
    text += "90 g of cocoa are available."
    assert read(text, "plain_cakes", "white_cakes", "rich_cakes") == {"8*rich_cakes <= 90 cocoa"}
