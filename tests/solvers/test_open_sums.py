"""Sums that do not say what they go over: read where the indices tell it, refused where they do not."""

from typing import Any

import pytest

from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.read import read

Json = dict[str, Any]


def _written(goal: str, *rows: Json | str) -> Json:
    return {
        "sets": [{"name": "HUTS", "elements": ["low", "high"]}, {"name": "DAYS", "elements": [1, 2, 3]}],
        "parameters": [
            {"name": "wood", "index": ["h in HUTS"], "values": {"low": 4, "high": 7}},
            {"name": "room", "index": ["d in DAYS"], "values": {"1": 50, "2": 60, "3": 70}},
            {"name": "way", "index": ["h in HUTS", "d in DAYS"], "default": 2},
        ],
        "variables": [
            {"name": "burnt", "index": ["h in HUTS", "d in DAYS"], "domain": "continuous"},
            {"name": "kept", "index": ["h in HUTS"], "domain": "continuous"},
            {"name": "pairs", "index": ["h in HUTS", "g in HUTS if g != h"], "domain": "binary"},
        ],
        "objective": {"sense": "minimize", "expression": goal},
        "constraints": [{"expression": row} if isinstance(row, str) else row for row in rows],
    }


def _read(goal: str, *rows: Json | str) -> tuple[Formulation, str]:
    formulation, findings = read(_written(goal, *rows))
    assert formulation is not None
    return formulation, " ".join(str(finding) for finding in findings)


@pytest.mark.parametrize(
    ("goal", "read_as"),
    [
        ("sum(wood[h]*kept[h])", "sum(wood[h]*kept[h] for h in HUTS)"),
        ("sum(wood[i]*kept[i]) + 5", "sum(wood[i]*kept[i] for i in HUTS) + 5"),
        ("sum(way[h, d]*burnt[h, d])", "sum(way[h, d]*burnt[h, d] for h in HUTS for d in DAYS)"),
        ("sum(kept)", "sum(kept[h] for h in HUTS)"),
        ("sum(way*burnt)", "sum(way[h, d]*burnt[h, d] for h in HUTS for d in DAYS)"),
        ("sum(wood[h]*sum(burnt[h, d]) for h in HUTS)", "sum(wood[h]*sum(burnt[h, d] for d in DAYS) for h in HUTS)"),
        (
            "sum(kept[h] for h in HUTS) + sum(wood[h]*kept[h])",
            "sum(kept[h] for h in HUTS) + sum(wood[h]*kept[h] for h in HUTS)",
        ),
    ],
)
def test_sum_goes_over_what_its_indices_are_declared_over(goal: str, read_as: str) -> None:
    formulation, told = _read(goal)
    assert formulation.objective.expression == read_as
    assert f"was read as `{read_as}`" in told and not check(formulation).errors
    assert read(formulation.model_dump(mode="json")).formulation == formulation, "read again, nothing changes"


@pytest.mark.parametrize(
    ("row", "forall", "read_as", "left"),
    [
        ("sum(kept[h]*wood[h]) >= 9", ["h in HUTS"], "sum(kept[h]*wood[h] for h in HUTS) >= 9", ()),
        (
            "sum(burnt[h, d]) <= room[d]",
            ["h in HUTS", "d in DAYS"],
            "sum(burnt[h, d] for h in HUTS) <= room[d]",
            ("d in DAYS",),
        ),
        ("sum(burnt[h, d]) <= room[d]", ["d in DAYS"], "sum(burnt[h, d] for h in HUTS) <= room[d]", ("d in DAYS",)),
        (
            "sum(kept[h]) <= 2*sum(wood[h])",
            ["h in HUTS if wood[h] > 4"],
            "sum(kept[h] for h in HUTS if wood[h] > 4) <= 2*sum(wood[h] for h in HUTS if wood[h] > 4)",
            (),
        ),
    ],
)
def test_index_that_only_the_sum_uses_belongs_to_it(row: str, forall: list[str], read_as: str, left: Any) -> None:
    formulation, told = _read("sum(kept)", {"expression": row, "forall": forall})
    constraint = formulation.constraints[0]
    assert (constraint.expression, constraint.forall) == (read_as, left)
    assert f"`{row}` was read as `{read_as}`" in told and not check(formulation).errors


@pytest.mark.parametrize(
    ("row", "forall"),
    [
        ("sum(kept[h]) <= wood[h]", ["h in HUTS"]),
        ("sum(pairs[a, b]) <= 1", []),
        ("sum(kept[q]*room[q]) <= 1", []),
        ("sum(3) <= kept['low']", []),
        ("sum(sum(burnt[h, d])) <= 9", []),
        ("sum(wood*room) <= kept['low']", []),
        ("sum(kept[HUTS]) <= 9", []),
        ("sum(burnt[h, d] for h in HUTS if sum(wood[h]) > 3) <= 9", ["d in DAYS"]),
    ],
)
def test_sum_with_two_readings_is_refused(row: str, forall: list[str]) -> None:
    formulation, _ = _read("sum(kept[h] for h in HUTS)", {"expression": row, "forall": forall})
    assert formulation.constraints[0].forall == tuple(forall)
    assert check(formulation).errors, row
