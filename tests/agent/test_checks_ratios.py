"""Ratios that are asked for, rates that are taken for limits, and rows that hold half a column of a table."""

import pytest

from fivefold.checks import check_rates, check_ratios
from fivefold.checks.ratios import as_ratio
from fivefold.mends import mended
from fivefold.reading.slots import read_text
from fivefold.reading.tables import table_columns
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.read import read

KILN = "A kiln fires bowls and vases. A bowl earns $6 and takes 2 hours, a vase earns $9 and takes 4 hours. "


def formulation(
    objective: str, *rows: str, sense: str = "maximize", names: tuple[str, ...] = ("bowls", "vases")
) -> Formulation:
    found = read(
        {
            "variables": [
                {"name": name, "domain": "integer", "upper": 40, "description": f"{name} fired"} for name in names
            ],
            "objective": {"sense": sense, "expression": objective},
            "constraints": [{"name": f"row_{at}", "expression": row} for at, row in enumerate(rows)],
        }
    ).formulation
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "objective", "found"),
    [
        ("Maximize the profit efficiency (profit per hour of firing).", "(6*bowls + 9*vases) - (2*bowls + 4*vases)", 1),
        ("Maximize the ratio of profit to hours, defined as profit divided by hours.", "6*bowls + 9*vases", 1),
        ("Maximize the profit efficiency (profit per hour of firing).", "(6*bowls + 9*vases)/(2*bowls + 4*vases)", 0),
        ("Maximize the profit (in dollars per week).", "6*bowls + 9*vases", 0),
        ("Maximize profit. The ratio of bowls to vases is at most 2.", "6*bowls + 9*vases", 0),
    ],
)
def test_a_ratio_that_is_asked_for_is_missed(text: str, objective: str, found: int) -> None:
    assert len(list(check_ratios(formulation(objective), KILN + text))) == found


def test_a_difference_becomes_the_ratio_that_the_text_asks_for() -> None:
    text = KILN + "At least 3 vases are fired. Maximize the profit efficiency (profit per hour of firing)."
    faulty = formulation("(6*bowls + 9*vases) - (2*bowls + 4*vases)", "vases >= 3")
    assert as_ratio(faulty) == "(6*bowls + 9*vases)/(2*bowls + 4*vases)"
    done = mended(faulty, text)
    assert (
        done.formulation.objective.expression == "(6*bowls + 9*vases)/(2*bowls + 4*vases)" and done.after < done.before
    )
    assert as_ratio(formulation("6*bowls + 9*vases - 20")) is None
    assert as_ratio(formulation("6*bowls - 2*vases")) is None


def test_what_one_earns_limits_nothing() -> None:
    found = [
        finding.where for finding in check_rates(formulation("6*bowls + 9*vases", "vases >= 9", "bowls <= 30"), KILN)
    ]
    assert found == ["constraint 'row_0'"]
    text = KILN + "At most 9 vases can be sold."
    assert not list(check_rates(formulation("6*bowls + 9*vases", "vases <= 9"), text))


def test_how_many_times_as_many_limits_nothing_either() -> None:
    text = KILN + "At least 3 times as many bowls as vases are fired."
    faulty = formulation("6*bowls + 9*vases", "bowls >= 3")
    (found,) = check_rates(faulty, text)
    assert found.code == "rate-as-limit" and "how many times as much" in found.message
    rows = [row.expression for row in mended(faulty, text).formulation.constraints]
    assert "bowls >= 3" not in rows and "bowls - 3*vases >= 0" in rows
    assert not list(check_rates(faulty, text + " At least 3 bowls are fired."))


def test_one_of_something_that_nobody_asked_for() -> None:
    faulty = formulation("6*bowls + 9*vases", "vases >= 1", "bowls <= 1")
    (found,) = check_rates(faulty, KILN)
    assert (found.code, found.where) == ("one-unsaid", "constraint 'row_0'")
    assert "vases >= 1" not in [row.expression for row in mended(faulty, KILN).formulation.constraints]
    for words in (
        "At least one vase is fired.",
        "A mix of both is wanted.",
        "Some of each must be made.",
        "Line 1 runs.",
    ):
        assert not list(check_rates(faulty, KILN + words))


TABLE = """We make bowls and vases and want the greatest profit.

| Ware | Clay kg | Hours | Profit |
|------|---------|-------|--------|
| Bowls | 3 | 2 | $6 |
| Vases | 5 | 4 | $9 |

There are 90 kg of clay and 60 hours."""


def test_the_columns_of_a_table_are_read_by_their_headings() -> None:
    grounded = check(formulation("6*bowls + 9*vases")).grounded
    assert grounded is not None
    reading = read_text(TABLE, grounded)
    assert {column.heading: list(column.values.values()) for column in table_columns(TABLE, reading.entities)} == {
        "Clay kg": [3.0, 5.0],
        "Hours": [2.0, 4.0],
        "Profit": [6.0, 9.0],
    }
    assert not list(table_columns(TABLE.replace("Vases |", "Jugs |"), reading.entities))


def test_a_row_with_half_a_column_gets_the_whole_one() -> None:
    faulty = formulation("6*bowls + 9*vases", "3*bowls + 4*vases <= 90", "2*bowls + 4*vases <= 60")
    done = mended(faulty, TABLE)
    assert [row.expression for row in done.formulation.constraints] == [
        "3*bowls + 5*vases <= 90",
        "2*bowls + 4*vases <= 60",
    ]
    assert "“Clay kg”" in str(done.mends[0])


def test_a_row_that_forces_one_decision_to_nothing_is_left_out() -> None:
    faulty = formulation(
        "6*bowls + 9*vases", "3*bowls + 5*vases <= 90", "2*bowls + 4*vases <= 60", "6*vases >= 9*vases"
    )
    done = mended(faulty, TABLE)
    assert [row.name for row in done.formulation.constraints] == ["row_0", "row_1"] and done.after < done.before


def test_a_supply_that_is_asked_for_becomes_a_limit() -> None:
    text = KILN + "There are 60 hours and 70 kg of clay; a bowl takes 3 kg, a vase takes 4 kg. Maximize the profit."
    faulty = formulation("6*bowls + 9*vases", "2*bowls + 4*vases <= 60", "3*bowls + 4*vases >= 70")
    done = mended(faulty, text)
    assert [row.expression for row in done.formulation.constraints] == [
        "2*bowls + 4*vases <= 60",
        "3*bowls + 4*vases <= 70",
    ]
