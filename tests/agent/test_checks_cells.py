"""Numbers of tables that are no amounts are not asked for; those that are amounts still are."""

import re

import pytest

from fivefold.checks.cells import bases, numbering, per_cent, scales
from fivefold.checks.numbers import check_numbers
from fivefold.problem import quantities
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Variable

STANDS = """A baker rents stands. Each stand that is rented costs rent, and there are 90 hours.

| Stand | Rent ($) | Hours |
|-------|----------|-------|
| 1     | 40       | 11    |
| 2     | 55       | 17    |
| 3     | 62       | 23    |
| 4     | 71       | 29    |
"""
SHARES = """Two hills are planted with firs.

| Hill | Trees | Lost (%) |
|:----:|:-----:|:--------:|
| East |  700  |    35    |
| West |  900  |    45    |
"""


def formulation(objective: str, *rows: str, names: tuple[str, ...]) -> Formulation:
    return Formulation(
        variables=tuple(Variable(name=name) for name in names),
        objective=Objective(sense="maximize", expression=objective),
        constraints=tuple(Constraint(name=f"r{place}", expression=row) for place, row in enumerate(rows)),
    )


def told(text: str, objective: str, *rows: str, names: tuple[str, ...]) -> list[str]:
    return [finding.message for finding in check_numbers(formulation(objective, *rows, names=names), text)]


def test_rows_that_are_numbered() -> None:
    names = ("s1", "s2", "s3", "s4")
    row = "11*s1 + 17*s2 + 23*s3 + 29*s4 <= 90"
    assert told(STANDS, "40*s1 + 55*s2 + 62*s3 + 71*s4", row, names=names) == []
    left = told(STANDS, "40*s1 + 55*s2 + 62*s3", row, names=names)
    assert len(left) == 1 and "71" in left[0]


def test_columns_that_are_numbered() -> None:
    text = "| Van | 1 | 2 | 3 |\n|---|---|---|---|\n| Load | 50 | 60 | 70 |\n| Toll | 5 | 6 | 7 |\n"
    assert [text[place] for place in sorted(numbering(text))] == ["1", "2", "3"]


@pytest.mark.parametrize("cells", [["1", "2", "4"], ["3", "4", "5"], ["1", "2.5", "3"], ["10", "20", "30"], ["2", "1"]])
def test_amounts_in_the_first_column_stay_amounts(cells: list[str]) -> None:
    text = "| Price | Sold |\n|---|---|\n" + "".join(f"| {cell} | 8 |\n" for cell in cells)
    assert not numbering(text)


def test_columns_of_percentages() -> None:
    names = ("e", "w")
    assert told(SHARES, "e + w", "e <= 700 - 0.35*700", "w <= 0.55*900", names=names) == []
    assert any("45" in message for message in told(SHARES, "e + w", "e <= 0.65*700", "w <= 900", names=names))
    assert {SHARES[place : place + 2] for place in per_cent(SHARES)} == {"35", "45"}
    rows = "| Field | A | B |\n|---|---|---|\n| Clay (%) | 12 | 34 |\n| Area | 56 | 78 |\n"
    assert {rows[place : place + 2] for place in per_cent(rows)} == {"12", "34"}


def test_what_prices_are_counted_by() -> None:
    text = "Seed costs $31 per 100 pounds and 100 pounds are needed; lime $8/10 kg."
    assert len(bases(text)) == 2


def test_what_is_worked_out_from_a_width() -> None:
    text = "The salt level should be between 6% and 6.25%, the lime level between 9% and 9.25%."
    assert told(text, "a + b", "a >= 6", "a <= 6 + 0.25", "b >= 9", "b <= 9 + 0.25", names=("a", "b")) == []


def test_two_tables_are_two() -> None:
    text = "| Oven | Heat |\n|---|---|\n| 1 | 3 |\n| 2 | 5 |\n\n| Cook | Pay |\n|---|---|\n| 1 | 7 |\n| 2 | 9 |\n"
    assert len(numbering(text)) == 4


def test_what_steps_come_to_in_all() -> None:
    text = "Up to 1,200 litres more can be had: the first 400 at $9, the next 400 at $8, the last 400 at $7."
    steps = ("step1", "step2", "step3", "on2")
    price = "9*step1 + 8*step2 + 7*step3"
    assert told(text, price, "step1 <= 400", "step2 <= 400*on2", "step3 <= 400", names=steps) == []
    assert any("1,200" in message for message in told(text, price, "step1 <= 400", names=steps))


def test_how_many_things_are_crossed() -> None:
    text = (
        "A dam has 3 inflows and 2 outflows. Every inflow goes to one outflow. At most 2 inflows may go to outflow 1."
    )
    names = tuple(f"in{place}_out{other}" for place in (1, 2, 3) for other in (1, 2))
    rows = [f"in{place}_out1 + in{place}_out2 == 1" for place in (1, 2, 3)]
    limit = "in1_out1 + in2_out1 + in3_out1 <= 2"
    assert told(text, "in1_out1", *rows, limit, names=names) == []
    both = told(text.replace("At most 2", "At most 7"), "in1_out1", *rows, names=names)
    assert len(both) == 1 and "7" in both[0]


def test_a_million_with_one_comma() -> None:
    assert [quantity.value for quantity in quantities("$1000,000 or 4000,000; 1200,350 and 1,250")] == [
        1e6, 4e6, 1200, 350, 1250,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Taste is rated on a scale from 1 to 10.", ["1", "10"]),
        ("The jury marks each act on a scale up to 20.", ["20"]),
        ("Comfort, rated 1-5, and 30 seats.", ["1", "5"]),
        ("The kitchen scale weighs up to 5 kg and 3 cooks share it.", []),
    ],
)
def test_the_ends_of_a_scale_are_no_amounts(text: str, found: list[str]) -> None:
    assert [re.split(r"\D", text[place:])[0] for place in sorted(scales(text))] == found


def test_contents_of_each_hundred_grams_and_seconds_of_an_hour_are_explained() -> None:
    text = "In each 100 grams oats hold 12 g of fat. A bar takes 45 seconds."
    assert [text[place : place + 3] for place in bases(text)] == ["100"]
    assert (
        told("A bar takes 45 seconds and the press runs for 1 hour.", "bars", "45*bars <= 3600", names=("bars",)) == []
    )


WEEKS = "A dairy plans its cheese for six weeks.\n\n{table}\n\nCheese keeps. Make it at least cost."


@pytest.mark.parametrize(
    "table",
    [
        "Week     1    2    3    4    5    6\nNeed    40   50   45   70   65   30\nCost     3    3    4    5    5    4",
        "\t1\t2\t3\t4\t5\t6\nNeed\t40\t50\t45\t70\t65\t30\nCost\t3\t3\t4\t5\t5\t4",
        "Week | 1 | 2 | 3 | 4 | 5 | 6\n--- | --- | --- | --- | --- | --- | ---\n"
        "Need | 40 | 50 | 45 | 70 | 65 | 30\nCost | 3 | 3 | 4 | 5 | 5 | 4",
        "         1    2    3    4    5    6\nNeed    40   50   45   70   65   30\nCost     3    3    4    5    5    4",
    ],
    ids=["gaps", "tabs", "no outer lines", "blank corner"],
)
def test_the_numbers_of_weeks_above_columns_are_no_amounts(table: str) -> None:
    text = WEEKS.format(table=table)
    assert sorted(text[at] for at in numbering(text)) == ["1", "2", "3", "4", "5", "6"]


def test_the_numbers_of_months_before_rows_are_no_amounts() -> None:
    text = WEEKS.format(table="Month  Need  Cost\n1        40     3\n2        50     6\n3        45     4")
    assert sorted(text[at] for at in numbering(text)) == ["1", "2", "3"]
    text = WEEKS.format(table="Cheese  Need\nBrie      40\nFeta       1\nEdam       2")
    assert numbering(text) == set()


def test_what_is_paid_on_top_for_several_days_is_explained() -> None:
    text = "A guard earns 700 a week and 45 extra for each of Saturday and Sunday. There are 12 posts."
    goal, row = "700*early + 790*late", "early + late >= 12"
    assert told(text, goal, row, names=("early", "late")) == []
    found = told(text.replace(" extra", ""), goal, row, names=("early", "late"))
    assert "the number 790 of the formulation is not in the problem" in found


@pytest.mark.parametrize("description", ["cost in k EUR", "thousands of euros", "cost (1,000 EUR)"])
def test_millions_are_thousands_where_the_formulation_counts_in_them(description: str) -> None:
    text = "A town has 3 million EUR for parks and squares. A park costs 700 k EUR, a square 250 k EUR."
    asked = formulation("parks + squares", "700*parks + 250*squares <= 3000", names=("parks", "squares"))
    assert "the number 3000 of the formulation is not in the problem" in [
        one.message for one in check_numbers(asked, text)
    ]
    objective = asked.objective.model_copy(update={"description": description})
    assert check_numbers(asked.model_copy(update={"objective": objective}), text) == []
