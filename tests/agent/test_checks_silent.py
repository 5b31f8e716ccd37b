"""Wrong formulations that solve without a word: amounts that nothing reads, choices that nothing asks for."""

from __future__ import annotations

from typing import Any

import pytest

from fivefold.checks import check_shape
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.finding import Finding
from fivefold_solvers.formulation.read import read

BALANCE = "stock[t-1] + make[t] == need[t] + stock[t]"
FIRST = "start + make[1] == need[1] + stock[1]"
WEEKS: dict[str, Any] = {
    "sets": [{"name": "T", "elements": [1, 2, 3, 4]}],
    "parameters": [
        {"name": "need", "index": ["t in T"], "values": [30, 45, 60, 25]},
        {"name": "cost", "index": ["t in T"], "values": [20, 20, 24, 24]},
        {"name": "start", "values": 8},
    ],
    "variables": [
        {"name": "make", "index": ["t in T"], "domain": "integer", "upper": 44},
        {"name": "stock", "index": ["t in T"], "domain": "integer"},
    ],
    "objective": {"sense": "minimize", "expression": "sum(cost[t]*make[t] + 1.5*stock[t] for t in T)"},
}


def shaped(parts: dict[str, Any], *rows: tuple[str, str], **changed: Any) -> list[Finding]:
    """What the shape of a formulation with these rows, `(range, expression)`, says."""
    constraints = [
        {"name": f"r{at}", "forall": [forall] if forall else [], "expression": row}
        for at, (forall, row) in enumerate(rows)
    ]
    formulation = read({**parts, "constraints": constraints, **changed}).formulation
    assert formulation is not None
    return [found for found in check_shape(check(formulation)) if str(found.severity) == "warning"]


def test_a_week_whose_need_no_row_reads_is_told() -> None:
    assert shaped(WEEKS, ("", FIRST), ("t in T if t > 1", BALANCE)) == []
    (told,) = shaped(WEEKS, ("", FIRST), ("t in T if t > 2", BALANCE))
    assert told.code == "entry-idle" and told.where == "parameter 'need'"
    assert told.message.startswith("no row and no goal reads need[2], though")


def test_what_bounds_sets_and_other_tables_read_is_read() -> None:
    rows = ("", FIRST), ("t in T if t > 1", BALANCE)
    room = {"name": "room", "index": ["t in T"], "values": [50, 40, 60, 70]}
    stock = {"name": "stock", "index": ["t in T"], "domain": "integer", "upper": "room[t]"}
    parts = {"parameters": [*WEEKS["parameters"], room], "variables": [WEEKS["variables"][0], stock]}
    assert shaped(WEEKS, *rows, **parts) == []
    high = {"name": "HIGH", "expression": "{t for t in T if room[t] > 45}"}
    plain = {"name": "stock", "index": ["t in T"], "domain": "integer"}
    held = ("t in HIGH if t == 1", "stock[t] <= room[t]")
    parts = {"sets": [*WEEKS["sets"], high], "parameters": parts["parameters"]}
    assert shaped(WEEKS, *rows, held, **parts, variables=[WEEKS["variables"][0], plain]) == []


STORES: dict[str, Any] = {
    "variables": [{"name": f"{name}_open", "domain": "binary"} for name in ("north", "mid")]
    + [{"name": "north"}, {"name": "mid"}],
    "objective": {"sense": "minimize", "expression": "500*north_open + 650*mid_open + 4*north + 3*mid"},
}


@pytest.mark.parametrize(
    ("row", "code"),
    [("north <= 80*north_open", ""), ("north >= 80*north_open", "pointless"), ("north <= 80", "free-of-rows")],
)
def test_a_choice_that_costs_and_that_no_row_asks_for_is_told(row: str, code: str) -> None:
    rows = ("", "north + mid >= 100"), ("", "mid <= 110*mid_open"), ("", row)
    constraints = [{"name": f"r{at}", "expression": text} for at, (_, text) in enumerate(rows)]
    formulation = read({**STORES, "constraints": constraints}).formulation
    assert formulation is not None
    checked = check(formulation)
    told = [one for one in [*checked.findings, *check_shape(checked)] if str(one.severity) == "warning"]
    assert [one.code for one in told] == ([code] if code else [])
    assert not code or told[0].where == "variable 'north_open'"


def test_most_of_a_family_that_costs_for_nothing_is_told_and_its_end_is_not() -> None:
    rows = ("", FIRST), ("t in T if t > 1", "stock[t-1] + make[t] >= need[t] + stock[t]")
    assert shaped(WEEKS, *rows) == []
    (told,) = shaped(WEEKS, ("", FIRST), ("t in T if t > 1", "need[t] + stock[t] >= make[t] + stock[t-1]"))
    assert told.code == "pointless" and told.where == "variable 'make'"
    assert "make[2], make[3], make[4]" in told.message and told.mend.startswith("write the row that needs it, or")
