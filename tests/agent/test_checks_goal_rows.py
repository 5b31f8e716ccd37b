"""Rows that limit the objective itself by a number of something else."""

import pytest

from fivefold.checks import check_goal_rows, check_text
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Variable

TEXT = (
    "Ms Oduya can put at most 9000 euros into hives and orchards. Each euro in hives brings a profit of 0.30 and each "
    "euro in orchards one of 0.80. At most 4000 euros may go into orchards. Maximize the total profit."
)
GOAL = "0.3*hives + 0.8*orchards"


def _money(row: str, goal: str = GOAL) -> Formulation:
    return Formulation(
        variables=(Variable(name="hives"), Variable(name="orchards")),
        objective=Objective(sense="maximize", expression=goal),
        constraints=(
            Constraint(name="money", expression=row),
            Constraint(name="land", expression="orchards <= 4000"),
        ),
    )


@pytest.mark.parametrize("row", ["0.3*hives + 0.8*orchards <= 9000", "9000 >= 0.8*orchards + hives*0.3"])
def test_profits_limited_by_what_can_be_spent_are_told(row: str) -> None:
    (finding,) = check_goal_rows(_money(row), TEXT)
    assert (finding.code, finding.where) == ("goal-limited", "constraint 'money'")
    assert "put at most 9000 euros" in finding.message and finding in check_text(_money(row), TEXT)


@pytest.mark.parametrize(
    ("row", "goal", "text"),
    [
        ("hives + orchards <= 9000", GOAL, TEXT),
        ("0.3*hives + 0.8*orchards >= 9000", GOAL, TEXT),
        ("hives + orchards <= 9000", "hives + orchards", TEXT),
        ("0.3*hives + 0.8*orchards <= 8000", GOAL, TEXT),
        (f"{GOAL} <= 9000", GOAL, TEXT.replace("can put at most 9000 euros into", "may earn at most 9000 euros with")),
        (f"{GOAL} <= 9000", GOAL, "A van carries 9000 kg. Hives weigh 0.3, orchards 0.8. Load as much as you can."),
    ],
    ids=["right", "other relation", "plain sum", "other number", "a limit of profits", "as much as fits"],
)
def test_what_may_well_be_meant_is_left_alone(row: str, goal: str, text: str) -> None:
    assert check_goal_rows(_money(row, goal), text) == []
