"""Numbers that are worked out or left out rightly: steps of a price, widths, how many there are to choose."""

import pytest

from fivefold.checks import check_numbers
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Variable

ROPE = (
    "A rigger needs 640 metres of rope. Holm asks 7 euros a metre for the first 150 metres, 6 for each of the next 250 "
    "and 5 for every metre beyond, and has {most} metres in all. Reef asks 6.40 a metre. Where should it be bought?"
)


def rope(most: int) -> Formulation:
    return Formulation(
        variables=tuple(Variable(name=name) for name in ("dear", "usual", "cheap", "reef")),
        objective=Objective(sense="minimize", expression="7*dear + 6*usual + 5*cheap + 6.4*reef"),
        constraints=tuple(
            Constraint(name=f"r{at}", expression=row)
            for at, row in enumerate(
                ("dear + usual + cheap + reef == 640", "dear <= 150", "usual <= 250", f"cheap <= {most}")
            )
        ),
    )


@pytest.mark.parametrize(("most", "last"), [(660, 260), (580, 180)])
def test_the_last_step_of_a_price_is_what_the_others_leave(most: int, last: int) -> None:
    assert check_numbers(rope(last), ROPE.format(most=most)) == []
    assert [one.code for one in check_numbers(rope(last - 11), ROPE.format(most=most))] == [
        "number-unused",
        "number-unexplained",
    ]


def test_a_radius_is_half_of_what_is_so_wide() -> None:
    text = "A potter wants a round bowl of 900 cubic centimetres that is at most 14 cm wide. Use the least clay."

    def bowl(most: str, name: str = "radius") -> Formulation:
        return Formulation(
            variables=(Variable(name=name), Variable(name="height")),
            objective=Objective(sense="minimize", expression=f"pi*{name}**2 + 2*pi*{name}*height"),
            constraints=(
                Constraint(name="volume", expression=f"pi*{name}**2*height == 900"),
                Constraint(name="width", expression=f"{name} <= {most}"),
            ),
        )

    assert check_numbers(bowl("7"), text) == []
    assert len(check_numbers(bowl("6"), text)) == len(check_numbers(bowl("7", "depth"), text)) == 2


def test_how_many_there_are_to_choose_from_stands_in_no_row() -> None:
    names = ("wells", "trees", "lamps", "stands")
    text = "A site gets a label for 3 of 4 wishes: wells for 90 euros, trees for 70, lamps for 85, stands for 60."

    def chosen(row: str) -> Formulation:
        return Formulation(
            variables=tuple(Variable(name=name, domain="binary") for name in names),
            objective=Objective(sense="minimize", expression="90*wells + 70*trees + 85*lamps + 60*stands"),
            constraints=(Constraint(name="label", expression=row),),
        )

    assert check_numbers(chosen("wells + trees + lamps + stands >= 3"), text) == []
    assert [one.code for one in check_numbers(chosen("wells + trees + lamps >= 3"), text)] == ["number-unused"]
