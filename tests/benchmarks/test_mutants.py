"""Mutants: one mistake each, wrong for sure or told apart; places that can be read and written anew."""

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from fivefold_benchmarks.mutants import Mutant, edits, judged, mutants
from fivefold_benchmarks.mutants_meaning import Meaning, alike, solved
from fivefold_benchmarks.mutants_places import figure, figures, node_at, seen, tree, with_figure, with_node
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Variable

FOLDER = Path(__file__).parent.parent / "problems"
EXPECTED = {
    "another number of the problem",
    "big-M too small",
    "bound missing",
    "coefficient mis-scaled",
    "coefficients swapped",
    "constraint dropped",
    "continuous as integer",
    "equality loosened",
    "integer as continuous",
    "limit made exact",
    "link dropped",
    "objective term missing",
    "percent slip",
    "ratio inverted",
    "relation turned",
    "row left out",
    "sense of the objective",
    "sign of a term",
    "strictness",
    "sum for each, each for sum",
    "term missing",
    "tour as assignment",
    "unit slip",
    "wrong index",
    "wrong variable",
}


@cache
def right(name: str) -> Formulation:
    raw = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return Formulation.model_validate(raw["formulation"])


@cache
def tried(name: str) -> tuple[Mutant, ...]:
    return tuple(judged(right(name), seed=1, most=2))


NAMES = ("stock_months", "tour_circuit", "open_plants", "paint_mix", "steel_two_months", "bin_packing")
every = pytest.mark.parametrize("name", NAMES)


@every
def test_a_wrong_one_can_be_built_and_is_another(name: str) -> None:
    wrong = [mutant for mutant in tried(name) if mutant.fate == "wrong"]
    assert len(wrong) >= 15
    for mutant in wrong:
        assert mutant.formulation != right(name)
        assert check(mutant.formulation).ok
        assert mutant.what


@every
def test_the_optimum_tells_what_is_said(name: str) -> None:
    own = solved(check(right(name)))
    for mutant in tried(name)[::5]:
        if mutant.fate == "wrong":
            found = solved(check(mutant.formulation))
            assert alike(own, found) == mutant.optimum_equal
            assert found.status == mutant.status


def test_what_is_refused_has_errors() -> None:
    refused = [mutant for name in NAMES for mutant in tried(name) if mutant.fate == "refused"]
    assert refused
    assert all(check(mutant.formulation).errors for mutant in refused)


def test_every_kind_of_mistake_is_made() -> None:
    made = {mutant.kind for name in NAMES for mutant in tried(name) if mutant.fate == "wrong"}
    made |= {edit.kind for name in ("diet", "orchard_land", "shifts") for edit in edits(right(name))}
    assert made >= EXPECTED


def test_a_seed_repeats_and_a_limit_holds() -> None:
    first = list(mutants(right("diet"), seed=3, most=1))
    assert first == list(mutants(right("diet"), seed=3, most=1))
    assert first != list(mutants(right("diet"), seed=4, most=1))
    assert set(Counter(mutant.kind for mutant in first).values()) == {1}


@pytest.mark.parametrize("name", ["tour_mtz", "tour_circuit"])
def test_a_tour_without_its_rule_falls_apart(name: str) -> None:
    relaxed = [edit for edit in edits(right(name)) if edit.kind == "tour as assignment"]
    assert len(relaxed) == 1
    meaning = Meaning(right(name))
    answer = solved(check(relaxed[0].apply(right(name))))
    assert not alike(meaning.own, answer) or meaning.differs(relaxed[0].apply, answer)


def test_what_means_the_same_is_left_out() -> None:
    # Beer costs money and nothing else asks for it, so at least 5 means just 5.
    beer = Formulation(
        variables=(Variable(name="beer"),),
        objective=Objective(sense="minimize", expression="3*beer"),
        constraints=(Constraint(name="drinks", expression="beer >= 5"),),
    )
    fates = {mutant.kind: mutant.fate for mutant in judged(beer)}
    assert fates["limit made exact"] == "equivalent"
    assert fates["relation turned"] == fates["constraint dropped"] == "wrong"


def test_an_equal_optimum_is_told_apart_on_other_data() -> None:
    # The second row does not bind here and would with other numbers.
    slack = Formulation(
        variables=(Variable(name="x"), Variable(name="y")),
        objective=Objective(sense="maximize", expression="2*x + 3*y"),
        constraints=(
            Constraint(name="hours", expression="x + y <= 10"),
            Constraint(name="wood", expression="2*x + 5*y <= 55"),
        ),
    )
    dropped = {mutant.what: mutant for mutant in judged(slack, kinds={"constraint dropped"})}
    assert dropped["without constraint wood"].fate == "wrong"
    assert dropped["without constraint wood"].optimum_equal
    assert not dropped["without constraint hours"].optimum_equal


def test_positions_that_only_help_are_no_part_of_the_plan() -> None:
    fates = {mutant.what: mutant.fate for mutant in judged(right("tour_mtz"), kinds={"bound missing"})}
    assert fates["place without lower bound"] == "equivalent"


def test_a_plan_that_breaks_a_row_is_not_allowed() -> None:
    meaning = Meaning(right("knapsack"))
    everything = right("knapsack").model_copy(update={"constraints": ()})
    assert meaning.allows(meaning.own)
    assert not meaning.allows(solved(check(everything)))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_places_are_read_and_written(path: Path) -> None:
    formulation = right(path.stem)
    for spot in figures(formulation):
        assert figure(with_figure(formulation, spot, 17.25), spot) == 17.25
        assert with_figure(formulation, spot, figure(formulation, spot)).model_dump().keys() == set(
            Formulation.model_fields
        )
    for part in list(seen(formulation))[::7]:
        again = with_node(formulation, part.spot, node_at(formulation, part.spot))
        assert tree(again, part.spot.block, part.spot.number) == tree(formulation, part.spot.block, part.spot.number)
