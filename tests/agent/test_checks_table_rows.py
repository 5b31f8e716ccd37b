"""Tables of a text against rows and goal: the column that a limit names, and no cells of another."""

import pytest

from fivefold.checks import check_table_rows
from fivefold.mends import mended
from fivefold.reading.claims import claims
from fivefold.reading.slots import read_text
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Variable

TABLE = """A joiner makes chairs and tables.
| item | profit ($) | cutting (h) | finishing (h) | oak (kg) |
|---|---|---|---|---|
| chair | 40 | 2 | 6 | 4 |
| table | 70 | 3 | 5 | 9 |

"""
BARE = TABLE.replace(" ($)", "").replace(" (h)", "").replace(" (kg)", "")
AVAILABLE = """A joiner makes chairs and tables. Maximize profit.
| | chair | table | available |
|---|---|---|---|
| cutting (h) | 2 | 3 | 90 |
| oak (kg) | 4 | 9 | 400 |
| profit | 40 | 70 | |
"""
CUTTING, FINISHING, OAK = "2*chairs + 3*tables <= {}", "6*chairs + 5*tables <= {}", "4*chairs + 9*tables <= {}"


def formulated(*rows: str, goal: str = "40*chairs + 70*tables") -> Formulation:
    variables = tuple(
        Variable(name=name, description=f"{name} made", domain="integer") for name in ("chairs", "tables")
    )
    constraints = tuple(Constraint(name=f"row_{at}", expression=row) for at, row in enumerate(rows))
    return Formulation(
        variables=variables, objective=Objective(sense="maximize", expression=goal), constraints=constraints
    )


def read(text: str) -> set[str]:
    grounded = check(formulated()).grounded
    assert grounded is not None
    return {claim.said for claim in claims(read_text(text, grounded))}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "There are 90 hours of cutting and 60 hours of finishing available.",
            {CUTTING.format(90), FINISHING.format(60)},
        ),
        ("Cutting is limited to 90 hours.", {CUTTING.format(90)}),
        ("At most 400 kg of oak can be used.", {OAK.format(400)}),
        (
            "At most 50 hours can be worked at each station (cutting, finishing).",
            {CUTTING.format(50), FINISHING.format(50)},
        ),
        ("At most 30 hours on each activity.", {CUTTING.format(30), FINISHING.format(30)}),
        ("There are 90 hours available.", set[str]()),
        ("At most 90 minutes of cutting are available.", set[str]()),
        ("Each chair has at most 90 kg of oak.", set[str]()),
        ("At most 90 hours of painting are available.", set[str]()),
        ("Painting is limited to 90 hours.", set[str]()),
        ("On Monday at most 90 hours of cutting are available.", set[str]()),
        ("At most 400 kg of oak of the 900 kg of oak available can be used.", set[str]()),
    ],
)
def test_a_limit_is_on_the_column_that_it_names(sentence: str, expected: set[str]) -> None:
    assert read(TABLE + sentence) == expected


def test_headings_without_units_are_measured_as_the_text_says() -> None:
    assert read(BARE + "Cutting is limited to 90 hours.") == {CUTTING.format(90)}
    assert read(BARE + "Cutting is limited to 90 hours; all numbers are in minutes.") == set()
    assert read(TABLE.replace("cutting (h)", "cutting (h per set)") + "Cutting is limited to 90 hours.") == set()


def test_a_heading_without_a_unit_is_no_weight() -> None:
    text = "The van takes chairs and tables. It can hold up to 12 kg.\n| piece | weight (kg) | value |\n|---|---|---|\n"
    text += "| chair | 3 | 15 |\n| table | 6 | 25 |\n"
    assert read(text) == {"3*chairs + 6*tables <= 12"}
    assert read(text.replace(" (kg)", "")) == read(text.replace("weight (kg)", "points")) == set()


def test_a_table_may_hold_its_own_limits() -> None:
    assert read(AVAILABLE) == {CUTTING.format(90), OAK.format(400)}
    assert read(AVAILABLE.replace("available", "colour")) == set()


@pytest.mark.parametrize(
    "wrong",
    [
        formulated("40*chairs + 70*tables <= 90", OAK.format(400)),
        formulated("2*chairs + 9*tables <= 90", OAK.format(400)),
        formulated(CUTTING.format(90)),
        formulated(CUTTING.format(90), OAK.format(400), goal="2*chairs + 70*tables"),
    ],
)
def test_rows_and_goal_take_the_numbers_of_their_column(wrong: Formulation) -> None:
    text = TABLE + "There are 90 hours of cutting available. At most 400 kg of oak can be used. Maximize profit."
    right = {CUTTING.format(90), OAK.format(400)}
    for told in (text, AVAILABLE):
        found = mended(wrong, told, budget_s=60).formulation
        assert {row.expression for row in found.constraints} == right
        assert found.objective.expression == "40*chairs + 70*tables"
        assert mended(formulated(*sorted(right)), told).mends == ()


def test_cells_of_two_columns_in_one_row_are_told() -> None:
    (finding,) = check_table_rows(formulated("2*chairs + 9*tables <= 90"), TABLE)
    assert finding.code == "table-mixed" and "oak" in finding.message and "cutting" in finding.message
    (finding,) = check_table_rows(formulated(goal="40*chairs + 5*tables"), TABLE)
    assert finding.where == "the objective"
    for right in ("2*chairs + 3*tables <= 90", "2*chairs <= 9", "chairs + 9*tables <= 8", "2*chairs + 8*tables <= 9"):
        assert check_table_rows(formulated(right), TABLE) == []
    assert check_table_rows(formulated("2*chairs + 9*tables <= 90"), TABLE + "A set has 2 chairs and 9 tables.") == []
