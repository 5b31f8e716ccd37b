"""Quotes of sources against the text."""

import pytest

from fivefold.checks import check_quotes
from fivefold_solvers.formulation.elements import Constraint, Formulation, Parameter, Source, Variable

TEXT = (
    "The mill\u2019s  owner says: \u201cAt most 40 sacks\u201d of Rye \u2013 and 12 of oats.\n"
    "Two wheels turn for 90 minutes. Fees are 15%."
)


def quoting(quote: str, expression: str = "rye <= 40", kind: str = "stated") -> list[str]:
    source = Source.model_validate({"kind": kind, "quote": quote})
    row = Constraint(name="r", expression=expression, source=source)
    formulation = Formulation(variables=(Variable(name="rye"),), constraints=(row,))
    return [finding.code for finding in check_quotes(formulation, TEXT)]


@pytest.mark.parametrize(
    "quote",
    [
        "At most 40 sacks",
        "the mill's owner SAYS: \"at most 40 sacks\"",
        "sacks\u201d of rye - and",
        "  most   40\nsacks ",
        "The mill's owner",  # stops before the number of its sentence
        "",
    ],
)  # fmt: skip
def test_a_quote_in_the_text_is_found_whatever_its_marks_and_spaces(quote: str) -> None:
    assert quoting(quote) == []


def test_a_quote_that_is_not_in_the_text_is_told() -> None:
    assert quoting("At most forty sacks") == ["quote-missing"]
    assert quoting("At most forty sacks", kind="derived") == []


@pytest.mark.parametrize(
    ("quote", "expression", "expected"),
    [
        ("Two wheels turn for 90 minutes.", "rye <= 40", ["quote-number"]),
        ("Two wheels turn for 90 minutes.", "rye <= 1.5", []),
        ("Two wheels turn for 90 minutes.", "rye <= 180", []),
        ("Fees are 15%.", "rye <= 0.15*oats", []),
        ("Fees are 15%.", "rye <= 0.85*oats", []),
        ("Fees are 15%.", "rye <= 0.51*oats", ["quote-number"]),
        ("Fees are 15%.", "rye <= oats", []),
        ("Fees are 15%.", "sum(rye for i in range(1, 9)) <= 7", []),
    ],
)
def test_a_quote_with_other_numbers_is_told(quote: str, expression: str, expected: list[str]) -> None:
    assert quoting(quote, expression) == expected


def test_a_number_is_held_against_its_quote_and_a_table_is_not() -> None:
    source = Source(kind="stated", quote="Fees are 15%")
    fee, table = Parameter(name="fee", values=51, source=source), Parameter(name="t", values=[51, 7], source=source)
    found = check_quotes(Formulation(parameters=(fee, table)), TEXT)
    assert [(finding.code, finding.where) for finding in found] == [("quote-number", "parameter 'fee'")]
