"""Sets that are used as parameters: read as what they are used for, left alone where they are gone over."""

from typing import Any

import pytest

from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.read import read


def _read(goal: str, row: str, *sets: tuple[str, Any]) -> Formulation:
    formulation, _ = read(
        {
            "sets": [{"name": name, "elements": elements} for name, elements in sets],
            "variables": [{"name": "hung", "index": ["p in PICTURES"], "domain": "binary"}],
            "objective": {"sense": "maximize", "expression": goal},
            "constraints": [{"name": "wall", "expression": row}],
        }
    )
    assert formulation is not None
    return formulation


PICTURES = ("PICTURES", ["storm", "harbour", "cat"])
GOAL = "sum(LIKED[p]*hung[p] for p in PICTURES)"


def test_set_that_is_only_looked_up_is_a_parameter() -> None:
    row = "sum(WIDTH[p]*hung[p]) <= 200"
    formulation = _read(GOAL, row, PICTURES, ("WIDTH", [90, 120, 60.5]), ("LIKED", [4, 8, 3]))
    assert [block.name for block in formulation.sets] == ["PICTURES"]
    assert [(one.name, one.index, one.values) for one in formulation.parameters] == [
        ("WIDTH", ("i in PICTURES",), [90, 120, 60.5]),
        ("LIKED", ("i in PICTURES",), [4, 8, 3]),
    ]
    assert check(formulation).ok
    assert read(formulation.model_dump(mode="json")).formulation == formulation


def test_set_whose_data_is_in_a_table_is_a_parameter_that_is_open() -> None:
    formulation = _read(GOAL, "sum(hung[p] for p in PICTURES) <= 2", ("PICTURES", []), ("LIKED", []))
    assert [block.name for block in formulation.sets] == ["PICTURES"]
    assert [(one.name, one.values) for one in formulation.parameters] == [("LIKED", None)]


def test_set_that_is_looked_up_by_two_indices_is_a_matrix() -> None:
    row = "sum(COST[p, r]*hung[p] for p in PICTURES for r in ROOMS) <= 9"
    formulation = _read("sum(hung[p] for p in PICTURES)", row, PICTURES, ("ROOMS", ["hall", "den"]), ("COST", []))
    assert [(one.name, one.index) for one in formulation.parameters] == [("COST", ("i in PICTURES", "j in ROOMS"))]
    full = _read("sum(hung[p] for p in PICTURES)", row, PICTURES, ("ROOMS", ["hall", "den"]), ("COST", [1, 2, 3]))
    assert not full.parameters, "three numbers are no matrix"


@pytest.mark.parametrize(
    ("row", "elements"),
    [
        ("sum(w for w in LIKED) + hung['cat'] <= 20", [4, 8, 3]),
        ("hung['cat'] <= len(LIKED)", [4, 8, 3]),
        ("sum(LIKED[q]*hung[p] for p in PICTURES for q in ROOMS) <= 9", [4, 8, 3]),
        ("hung['cat']*LIKED[0] <= 3", [4, 8, 3]),
        ("hung['cat'] <= 1", [4, 8]),
        ("hung['cat'] <= 1", ["a", "b", "c"]),
        ("hung['cat'] <= (1", [4, 8, 3]),
    ],
)
def test_set_with_another_use_or_other_elements_stays(row: str, elements: list[Any]) -> None:
    formulation = _read(GOAL, row, PICTURES, ("ROOMS", ["hall", "attic", "den"]), ("LIKED", elements))
    assert "LIKED" in {block.name for block in formulation.sets} and not formulation.parameters
    assert check(formulation).errors
