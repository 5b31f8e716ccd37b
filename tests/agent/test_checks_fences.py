"""Fences round a rectangle: how often each side counts, alone and beside a wall."""

import pytest

from fivefold.checks import check_fences
from fivefold.mends import mended
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Variable

ALONE = "A shepherd has 90 metres of fencing for a rectangular pen. How long and wide is the largest pen?"
BESIDE = ALONE.replace(" pen.", " pen along a stream.")


def pen(row: str, goal: str = "length*width") -> Formulation:
    return Formulation(
        variables=(
            Variable(name="length", description="length of the pen", lower=0),
            Variable(name="width", description="width of the pen", lower=0),
        ),
        objective=Objective(sense="maximize", expression=goal, description="area"),
        constraints=(Constraint(name="fencing", expression=row),),
    )


@pytest.mark.parametrize(
    ("text", "row", "better"),
    [
        (ALONE, "length + width <= 90", "2*length + 2*width <= 90"),
        (ALONE, "length + 2*width == 90", "2*length + 2*width == 90"),
        (ALONE, "2*length + 2*width <= 90", ""),
        (ALONE, "length + width == 45", ""),
        (BESIDE, "length + width <= 90", "length + 2*width <= 90"),
        (BESIDE, "2*width + 2*length <= 90", "width + 2*length <= 90"),
        (BESIDE, "2*length + width <= 90", ""),
        (BESIDE, "length + width >= 90", ""),
        (ALONE.replace("a rectangular pen", "a rectangular pen divided by a hedge"), "length + width <= 90", ""),
        (ALONE.replace("metres of fencing", "posts"), "length + width <= 90", ""),
        (ALONE.replace("rectangular ", ""), "length + width <= 90", ""),
    ],
)
def test_a_fence_goes_round_all_sides_or_three_beside_a_wall(text: str, row: str, better: str) -> None:
    found = [one.mend for one in check_fences(pen(row), text)]
    assert found == [f"write `{better}`"] * bool(better)


def test_what_is_no_area_is_left_alone() -> None:
    assert not list(check_fences(pen("length + width <= 90", "length + 3*width"), ALONE))


def test_a_fence_is_mended_by_rule() -> None:
    found = mended(pen("length + width <= 90"), BESIDE)
    assert found is not None and found.formulation.constraints[0].expression == "length + 2*width <= 90"
