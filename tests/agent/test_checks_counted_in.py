"""`30 thousand` that a formulation writes as 30 is the same number to all checks and mends."""

import pytest

from fivefold.checks import check_text
from fivefold.checks.counted_in import as_counted
from fivefold.mends.trying import mended
from fivefold.problem import quantities
from fivefold.verdict.verification import verify
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Variable

TEXT = (
    "A theatre advertises. Each radio spot reaches 2 thousand old men and 1 thousand old women. Each poster is seen "
    "by 4 thousands old men and 6 thousand old women. At least 30 thousand old men and 40 thousand old women are to be "
    "reached. A spot costs $500 and a poster costs $1200. How many of each should be bought to minimize cost?"
)
SHARED = ("2*spots + 4*posters >= 30", "spots + 6*posters >= 40")
SPLIT = ("2*spots >= 30", "4*posters >= 30", "spots >= 40", "6*posters >= 40")


def theatre(*rows: str) -> Formulation:
    meant = {"spots": "radio spots bought", "posters": "posters bought"}
    return Formulation(
        variables=tuple(Variable(name=name, domain="integer", description=said) for name, said in meant.items()),
        objective=Objective(sense="minimize", expression="500*spots + 1200*posters", description="cost"),
        constraints=tuple(Constraint(name=f"row_{at}", expression=row) for at, row in enumerate(rows)),
    )


def test_the_scale_that_a_formulation_counts_in_is_left_out_of_the_text() -> None:
    left = as_counted(theatre(*SHARED), TEXT)
    assert "thousand" not in left and len(left) == len(TEXT)
    assert {one.value for one in quantities(left)} == {2, 1, 4, 6, 30, 40, 500, 1200}


@pytest.mark.parametrize(
    "rows",
    [
        ("2000*spots + 4000*posters >= 30000", "1000*spots + 6000*posters >= 40000"),
        ("2000*spots + 4*posters >= 30", "1000*spots + 6000*posters >= 40000"),
        ("spots + posters >= 7",),
    ],
)
def test_a_text_stays_where_the_whole_numbers_are_written_or_none(rows: tuple[str, ...]) -> None:
    assert as_counted(theatre(*rows), TEXT) == TEXT


def test_one_need_that_was_split_is_found_and_put_together_in_the_scale_of_the_formulation() -> None:
    assert verify(theatre(*SHARED), TEXT).verdict.grade == "consistent"
    codes = {finding.code for finding in check_text(theatre(*SPLIT), TEXT)}
    assert "limit-twice" in codes and "quote-missing" not in codes
    better = mended(theatre(*SPLIT), TEXT).formulation
    assert [row.expression for row in better.constraints] == list(SHARED)


def test_quotes_are_those_of_the_text_with_its_thousands() -> None:
    (told,) = [finding for finding in check_text(theatre(*SPLIT), TEXT) if "30 is stated once" in finding.message]
    assert "“At least 30 thousand old men and 40 thousand old women are to be reached.”" in told.message
    text = TEXT.replace("At least 30 thousand old men", "At least 30 thousand old men must be reached")
    (mend,) = mended(theatre("2*spots + 4*posters <= 30", SHARED[1]), text).mends
    assert "“At least 30 thousand old men must be reached" in mend.why
    assert all("30 thousand" in added.element["source"]["quote"] for added in mend.operations if added.op == "add")
