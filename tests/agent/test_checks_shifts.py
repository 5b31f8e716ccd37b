"""Shifts that go on over several periods are counted in each of them."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from fivefold.checks.shifts import check_shifts
from fivefold.formulations import loads
from fivefold_solvers.formulation.elements import Formulation

TEXT = "A ward needs 4, 9, 7 and 3 nurses in the four parts of the day. A nurse works two parts in a row. Fewest?"
OWN = ("dawn >= 4", "noon >= 9", "dusk >= 7", "night >= 3")
BOTH = ("dawn + night >= 4", "noon + dawn >= 9", "dusk + noon >= 7", "night + dusk >= 3")


def ward(rows: Sequence[str]) -> Formulation:
    names = sorted({word for row in rows for word in row.split() if word.isidentifier()})
    return loads(json.dumps({
        "variables": [{"name": name, "domain": "integer", "description": f"nurses of {name}"} for name in names],
        "objective": {"sense": "minimize", "expression": " + ".join(names)},
        "constraints": [{"name": f"row_{place}", "expression": row} for place, row in enumerate(rows)],
    }))  # fmt: skip


def test_those_who_start_in_each_period_are_not_all() -> None:
    (found,) = check_shifts(ward(OWN), TEXT)
    assert (found.code, str(found.severity)) == ("shift-alone", "warning")
    assert "works two parts in a row" in found.message


@pytest.mark.parametrize("rows", [
    BOTH,
    OWN[:2],  # too few to be the periods of a day
    (*OWN, "night <= dusk"),  # tied to others by a row of its own
    ("dawn >= 4", "noon >= 9", "dusk >= 7", "start_a == dawn", "start_a + start_b == noon", "start_b == dusk"),
])  # fmt: skip
def test_rows_that_carry_on_are_left_alone(rows: Sequence[str]) -> None:
    assert check_shifts(ward(rows), TEXT) == []


def test_shifts_of_one_period_are_left_alone() -> None:
    assert check_shifts(ward(OWN), TEXT.replace("works two parts in a row", "works one part of the day")) == []
    assert check_shifts(ward(OWN), "Four crops need 4, 9, 7 and 3 days, grown for three seasons in a row.") == []
