"""Goals that count things where the text asks for a time, money or a length."""

import pytest

from fivefold.checks import check_goal_counts, check_goal_twice
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Variable

MILLS = "Two mills grind flour. A miller grinds 8 sacks an hour in the old mill and 14 in the new one."


def counting(
    expression: str = "old + new", domain: str = "integer", what: str = "millers in the {} mill"
) -> Formulation:
    return Formulation(
        variables=tuple(
            Variable.model_validate({"name": name, "domain": domain, "description": what.format(name), "lower": 0})
            for name in ("old", "new")
        ),
        objective=Objective(sense="minimize", expression=expression),
        constraints=(Constraint(name="sacks", expression="8*old + 14*new >= 300"),),
    )


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("At least 300 sacks are needed. Find the minimum grinding time.", True),
        ("He wants to minimize the total cost of at least 300 sacks.", True),
        ("What is the lowest cost of 300 sacks?", True),
        ("How can 300 sacks be ground with the fewest millers?", False),
        ("Minimize the number of millers for 300 sacks.", False),
        ("Minimize the total number of millers. The cost of a miller is 90.", False),
        ("How many millers does each mill need, so that as few as possible are paid?", False),
        ("The minimum grinding time of a sack is 4 minutes.", False),
    ],
)
def test_only_a_measure_that_is_asked_for_is_no_count(asked: str, found: bool) -> None:
    assert [one.code for one in check_goal_counts(counting(), f"{MILLS} {asked}")] == ["goal-counts"] * found


@pytest.mark.parametrize(
    "formulation",
    [
        counting("8*old + 14*new"),
        counting(domain="continuous"),
        counting(what="hours of work in the {} mill"),
        counting("old"),
    ],
)
def test_what_may_be_a_measure_is_left_alone(formulation: Formulation) -> None:
    assert check_goal_counts(formulation, f"{MILLS} Find the minimum grinding time for 300 sacks.") == []


WATER = "Water flows through pipes from the well over a tank to the village. How much can reach it at most?"


def piped(objective: str, *rows: str) -> Formulation:
    return Formulation(
        variables=(
            Variable(name="well_tank", upper=9),
            Variable(name="tank_village", upper=7),
            Variable(name="well_village"),
        ),
        objective=Objective(sense="maximize", expression=objective),
        constraints=tuple(Constraint(name=f"row_{at}", expression=row) for at, row in enumerate(rows)),
    )


@pytest.mark.parametrize(("formulation", "text", "found"), [
    (piped("well_tank + tank_village + well_village", "well_tank == tank_village", "well_village <= 3"), WATER, True),
    (piped("tank_village + well_village", "well_tank == tank_village", "well_village <= 3"), WATER, False),
    (piped("2*well_tank + tank_village", "well_tank == tank_village"), WATER, False),
    (piped("well_tank + tank_village", "well_tank <= tank_village"), WATER, False),
    (piped("well_tank + tank_village", "well_tank - tank_village == 2"), WATER, False),
    (piped("well_tank + tank_village", "well_tank == tank_village"), "As many left as right shoes are made.", False),
])  # fmt: skip
def test_what_flows_on_is_counted_once(formulation: Formulation, text: str, found: bool) -> None:
    assert [one.code for one in check_goal_twice(formulation, text)] == ["goal-twice"] * found
