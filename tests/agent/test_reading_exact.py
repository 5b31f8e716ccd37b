"""Exact totals, and comparisons that leave out the number that they name."""

import pytest

from fivefold.mends import mended
from fivefold.reading.claims import claims
from fivefold.reading.slots import read_text
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Constraint, Domain, Formulation, Objective, Variable

CAKES = "A bakery bakes cakes and pies. A cake takes 3 eggs; a pie takes 2 eggs. "


def formulated(*rows: str, sense: str = "minimize", domain: Domain = "integer") -> Formulation:
    variables = tuple(Variable(name=name, description=f"number of {name}", domain=domain) for name in ("cakes", "pies"))
    constraints = tuple(Constraint(name=f"row_{at}", expression=row) for at, row in enumerate(rows))
    objective = Objective(sense="maximize" if sense == "maximize" else "minimize", expression="9*cakes + 3*pies")
    return Formulation(variables=variables, objective=objective, constraints=constraints)


def read(text: str, domain: Domain = "integer") -> set[str]:
    grounded = check(formulated(domain=domain)).grounded
    assert grounded is not None
    return {claim.said for claim in claims(read_text(CAKES + text, grounded))}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("A total of 30 cakes and pies must be made.", "cakes + pies == 30"),
        ("The bakery must make a total of 30 cakes and pies.", "cakes + pies == 30"),
        ("In total, 30 cakes and pies must be baked.", "cakes + pies == 30"),
        ("The total number of cakes and pies must be 30.", "cakes + pies == 30"),
        ("Exactly 12 pies must be made.", "pies == 12"),
        ("It must bake exactly 12 pies.", "pies == 12"),
        ("The number of cakes must be more than 20.", "cakes >= 21"),
        ("Fewer than 20 cakes must be made.", "cakes <= 19"),
        ("There must be fewer than 12 pies.", "pies <= 11"),
        ("The number of cakes must exceed the number of pies.", "cakes - pies >= 1"),
        ("There must be more cakes than pies.", "cakes - pies >= 1"),
    ],
)
def test_what_is_exact_or_strict_is_read(sentence: str, expected: str) -> None:
    assert read(sentence) == {expected}


@pytest.mark.parametrize(
    "sentence",
    [
        "Up to a total of 30 cakes and pies can be made.",
        "A total of 20 cakes must be iced.",
        "A total of 30 boxes of cakes and pies must be sold.",
        "A total of 30 cakes and pies must be made in each shop.",
        "There must be exactly 12 pies and 3 tarts.",
        "There must be no more cakes than pies.",
        "The number of cakes must not be more than 20.",
        "A discount applies if more than 20 cakes are ordered.",
        "The shop must sell more than 20 cakes or more than 30 pies.",
        "The number of pies must be less than half the number of cakes.",
        "The weight of cakes must exceed the weight of pies.",
        "It can bake more than 20 cakes.",
    ],
)
def test_what_may_mean_something_else_is_left_alone(sentence: str) -> None:
    assert not any("==" in said or "21" in said or ">= 1" in said for said in read(sentence))


def test_what_is_no_count_has_no_next_whole_number() -> None:
    assert read("The number of cakes must be more than 20.", "continuous") == {"cakes >= 20"}


def test_a_total_is_mended_as_exact_and_one_that_asks_for_at_least_as_much_is_none_the_worse() -> None:
    text = f"{CAKES}A total of 30 cakes and pies must be made, at least 8 of them cakes. "
    text += "A cake costs $9 and a pie costs $3. Minimize the cost."
    found = mended(formulated("cakes >= 8"), text, budget_s=60)
    assert {row.expression for row in found.formulation.constraints} == {"cakes >= 8", "cakes + pies == 30"}
    for right in ("cakes + pies == 30", "cakes + pies >= 30"):
        assert mended(formulated("cakes >= 8", right), text).mends == ()
