"""Circles without pi."""

import pytest

from fivefold.checks.circles import check_circles
from fivefold.checks.unexplained import unexplained
from fivefold.mends import mended
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Variable
from fivefold_solvers.formulation.read import read

TANK = (
    "A brewery builds an open steel tank in the shape of a cylinder that must hold at least 50 cubic metres. The floor "
    "costs $90 per square metre, the wall $60. Which radius and height make the tank cheapest?"
)


def tank(objective: str, *rows: str, name: str = "radius") -> Formulation:
    found = read(
        {
            "variables": [{"name": name, "description": name}, {"name": "height"}],
            "objective": {"sense": "minimize", "expression": objective},
            "constraints": [{"name": f"row_{place}", "expression": row} for place, row in enumerate(rows)],
        }
    ).formulation
    assert found is not None
    return found


def codes(objective: str, volume: str, text: str = TANK, name: str = "radius") -> list[str]:
    return [finding.code for finding in check_circles(tank(objective, volume, name=name), text)]


def test_a_cylinder_without_pi_is_told() -> None:
    assert codes("90*radius**2 + 120*radius*height", "radius**2*height >= 50") == ["no-pi"]
    assert codes("90*radius*radius + 120*radius*height", "radius*radius*height >= 50") == ["no-pi"]


@pytest.mark.parametrize(
    ("objective", "volume"),
    [
        ("90*pi*radius**2 + 120*pi*radius*height", "pi*radius**2*height >= 50"),
        ("90*3.1415926*radius**2 + 376.99*radius*height", "3.1415926*radius**2*height >= 50"),
        ("282.7433*radius**2 + 120*radius*height", "radius**2*height >= 15.915"),  # multiplied out by hand
        ("90*pi*radius**2", "radius**2*height >= 16"),  # the text may say a volume of 16 pi
        ("90*radius + 120*height", "radius + height >= 50"),  # nothing round is measured
    ],
)
def test_pi_in_any_form_is_enough(objective: str, volume: str) -> None:
    assert codes(objective, volume) == []


def test_what_is_not_round_or_has_no_radius_is_left_alone() -> None:
    box = TANK.replace("a cylinder", "a box")
    assert codes("90*radius**2", "radius**2*height >= 50", box) == []
    assert codes("90*side**2", "side**2*height >= 50", TANK, "side") == []


def test_floor_wall_and_content_of_what_is_round_get_their_pi() -> None:
    formulation = tank("90*radius**2 + 60*2*radius*height", "radius**2*height >= 50", "height <= 4", "radius >= 1")
    found = mended(formulation, f"{TANK} The height is at most 4 metres, the radius at least 1 metre.")
    assert found.formulation.objective.expression == "90*pi*radius**2 + 60*2*pi*radius*height"
    rows = [row.expression for row in found.formulation.constraints]
    assert rows == ["pi*radius**2*height >= 50", "height <= 4", "radius >= 1"]
    assert found.after < found.before


def test_pi_rounded_by_the_writer_is_made_exact_but_not_that_of_the_text() -> None:
    formulation = tank("90*3.14*radius**2 + 120*3.14*radius*height", "3.1416*radius**2*height >= 50")
    assert [finding.code for finding in check_circles(formulation, TANK)] == ["pi-rounded"] * 2
    found = mended(formulation, TANK)
    assert found.formulation.objective.expression == "90*pi*radius**2 + 120*pi*radius*height"
    assert found.formulation.constraints[0].expression == "pi*radius**2*height >= 50"
    given = f"{TANK} Take 3.14 for pi."
    assert mended(formulation, given).formulation == formulation


def test_numbers_of_formulas_are_not_asked_for() -> None:
    cone = Formulation(
        variables=(Variable(name="r"), Variable(name="h")),
        objective=Objective(sense="maximize", expression="1/3*pi*r**2*h"),
        constraints=(
            Constraint(name="slant", expression="r**2 + h**2 <= 49"),
            Constraint(name="n", expression="h <= 3*r"),
        ),
    )
    found = unexplained(cone, "Which cone with a slant of at most 7 holds most?")
    assert [(place.element, place.value) for place in found if place.value != 49] == [("n", 3)]


def test_totals_of_what_is_listed_are_not_asked_for() -> None:
    text = "Three casks hold 310, 240 and 170 litres. Pouring costs $2 a litre, a pump $45 less."
    pour = Formulation(
        variables=(Variable(name="pumps", domain="integer", upper=4),),
        objective=Objective(sense="minimize", expression="2*720 - 45*pumps + 333"),
    )
    assert [place.value for place in unexplained(pour, text)] == [333]
