"""What goes to several places, `brown ones`, and a sentence that only says what the one before it lacks."""

from __future__ import annotations

import pytest

from fivefold.mends import mended
from fivefold.reading.claims import claims
from fivefold.reading.slots import read_text
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Sense, Variable

PIPES = (
    "Pipe 1 sends 7 litres of water an hour to the upper part of the orchard and 5 litres of water an hour to the "
    "lower part of the orchard. Pipe 2 sends 4 litres of water an hour to the upper part of the orchard and 9 "
    "litres of water an hour to the lower part of the orchard. At most 120 litres of water may get to the lower "
    "part, and at least 60 litres of water must reach the upper part. Pipe 1 costs $3 an hour and pipe 2 costs $2 "
    "an hour. For how many hours is each pipe opened to minimize the cost?"
)
KILNS = (
    "A potter fires bowls in two kilns. Kiln 1 costs $40 a firing and yields 12 green bowls, 9 blue bowls and 4 grey "
    "ones. Kiln 2 costs $55 a firing and yields 20 green bowls and 14 blue bowls.{none} At least 90 green bowls, 70 "
    "blue bowls and 16 grey bowls must be fired. Minimize the cost."
)


def formulation(names: tuple[str, str], what: str, goal: str, *rows: str, sense: Sense = "minimize") -> Formulation:
    return Formulation(
        variables=tuple(Variable(name=name, description=f"{what} {at}", domain="integer", lower=0)
                        for at, name in enumerate(names, 1)),
        objective=Objective(sense=sense, expression=goal),
        constraints=tuple(Constraint(name=f"row_{at}", expression=row) for at, row in enumerate(rows)),
    )  # fmt: skip


def pipes(*rows: str, goal: str = "3*pipe1 + 2*pipe2") -> Formulation:
    return formulation(("pipe1", "pipe2"), "hours of pipe", goal, *rows)


def kilns(*rows: str) -> Formulation:
    return formulation(("kiln1", "kiln2"), "firings of kiln", "40*kiln1 + 55*kiln2", *rows)


def said(text: str, found: Formulation) -> list[str]:
    grounded = check(found).grounded
    assert grounded is not None
    return [claim.said for claim in claims(read_text(text, grounded))]


YOUNG, OLD = "5*pipe1 + 9*pipe2 <= 120", "7*pipe1 + 4*pipe2 >= 60"
GREEN, BLUE = "12*kiln1 + 20*kiln2 >= 90", "9*kiln1 + 14*kiln2 >= 70"


def test_what_goes_to_several_places_has_limits_of_its_own() -> None:
    found = said(PIPES, pipes(YOUNG, OLD))
    assert any(one.startswith(YOUNG) for one in found)
    assert not mended(pipes(YOUNG, OLD), PIPES).mends


def test_one_place_is_no_place_of_its_own() -> None:
    text = PIPES.replace("lower part", "upper part")
    assert not any("upper" in one for one in said(text, pipes(YOUNG, OLD)))


@pytest.mark.parametrize("none", [" (but no grey ones).", " But without any grey ones.", " And no grey bowls."])
def test_a_sentence_says_what_the_one_before_it_lacks(none: str) -> None:
    text = KILNS.format(none=none)
    assert any(one.startswith("4*kiln1 >= 16") for one in said(text, kilns(GREEN, BLUE)))
    outcome = mended(kilns(GREEN, BLUE, "4*kiln1 + 14*kiln2 >= 16"), text)
    assert {row.expression for row in outcome.formulation.constraints} == {GREEN, BLUE, "4*kiln1 >= 16"}
    assert not mended(kilns(GREEN, BLUE, "4*kiln1 >= 16"), text).mends


def test_ones_are_what_was_counted_before() -> None:
    grounded = check(kilns(GREEN, BLUE)).grounded
    assert grounded is not None
    slots = read_text(KILNS.format(none=""), grounded).slots
    assert [slot.nouns for slot in slots if slot.quantity.written == "4"] == [{"grey", "bowl"}]


def test_an_objective_with_each_decision_twice_is_no_other_unit() -> None:
    text = PIPES.replace("minimize the cost", "minimize the water received by the lower part")
    twice = pipes(OLD, goal="5*pipe1 + 9*pipe2 + 10*pipe1 + 18*pipe2")
    assert mended(twice, text).formulation.objective.expression == "5*pipe1 + 9*pipe2"
