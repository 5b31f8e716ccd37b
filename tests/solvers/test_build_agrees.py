"""The vectorised build says what the plain path says: on the corpus, lowered or not, and on random formulations."""

import json
from typing import Any

import pytest
from hypothesis import given, settings

from fivefold_solvers.build.errors import BuildError, NotVectorised
from fivefold_solvers.build.from_rows import from_checked
from fivefold_solvers.build.vectorised import arrays_of, build
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.formulation.read import read
from tests.formulation_strategies import spoiled
from tests.solvers.build_agreement import assert_same
from tests.solvers.build_strategies import index_formulations
from tests.solvers.corpus_cases import FOLDER, names
from tests.strategies import formulations

PLAIN_ONLY = {
    "abs_deviation", "all_different", "can_design", "cooling", "fixed_charge", "maximin", "min_max_load",
    "tour_circuit",
}  # fmt: skip
"""What only `lower` makes linear, or nothing does."""
NONLINEAR = {"can_design", "cooling", "all_different", "tour_circuit"}
"""What stays so."""


def formulation(name: str) -> Formulation:
    raw = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return Formulation.model_validate(raw["formulation"])


@pytest.mark.parametrize("name", names())
def test_corpus(name: str) -> None:
    whole = formulation(name)
    if name not in PLAIN_ONLY:
        assert_same(build(whole), from_checked(check(whole)))
        return
    with pytest.raises(NotVectorised):
        build(whole)


@pytest.mark.parametrize("name", sorted(PLAIN_ONLY))
def test_corpus_lowered(name: str) -> None:
    lowered = lower(check(formulation(name)))
    try:
        plain = from_checked(lowered)
    except BuildError:
        assert name in NONLINEAR
        with pytest.raises(BuildError):
            arrays_of(formulation(name))
        return
    assert_same(build(lowered.formulation), plain)
    assert_same(arrays_of(formulation(name)), plain)


def both_ways(whole: Formulation) -> str:
    """Build both ways; return what came of it. Only a form of its own may keep the vectorised path from it."""
    checked = check(whole)
    try:
        found = build(whole)
    except NotVectorised:
        return "refused"
    except BuildError as error:
        assert not checked.ok, f"{error}\n{whole.model_dump_json()}"
        return "fault"
    assert checked.ok, f"{checked.errors}\n{whole.model_dump_json()}"
    assert_same(found, from_checked(checked))
    return "same"


@given(index_formulations())
@settings(max_examples=300)
def test_random_indices(raw: dict[str, Any]) -> None:
    whole = Formulation.model_validate(raw)
    checked = check(whole)
    if both_ways(whole) != "refused":
        return
    # A form that the vectorised path does not know goes the plain way, to the same program or the same refusal.
    try:
        plain = from_checked(checked)
    except BuildError:
        with pytest.raises(BuildError):
            arrays_of(whole)
    else:
        assert_same(arrays_of(whole), plain)


def test_the_place_in_a_set_of_its_own_goes_the_plain_way():
    after = {"name": "AFTER", "index": ["i in N"], "expression": "{j for j in N if ord(j) > ord(i)}"}
    raw = {
        "sets": [{"name": "N", "elements": [1, 2]}, after],
        "variables": [{"name": "u"}],
        "objective": {"sense": "minimize", "expression": "u"},
        "constraints": [
            {"name": "c", "forall": ["i in N", "j in AFTER[i]"], "expression": "sum(u for k in range(0, ord(j))) >= 4"}
        ],
    }
    whole = Formulation.model_validate(raw)
    assert both_ways(whole) == "refused"
    assert_same(arrays_of(whole), from_checked(check(whole)))


@given(spoiled())
@settings(max_examples=150)
def test_spoiled_formulations(raw: dict[str, Any]) -> None:
    reading = read(raw)
    if reading.formulation is not None:
        both_ways(reading.formulation)


@given(formulations())
@settings(max_examples=100)
def test_any_formulation_is_built_or_refused(whole: Formulation) -> None:
    both_ways(whole)


def test_an_empty_element_is_no_element_on_either_way():
    subsets = {"name": "S", "index": ["i in N"], "elements": {"1": [[]], "2": [2]}}
    raw = {
        "sets": [{"name": "N", "elements": [1, 2]}, subsets],
        "variables": [{"name": "x", "index": ["i in N"]}],
        "objective": {"sense": "minimize", "expression": "sum(x[i] for i in N)"},
    }
    reading = read(raw)
    assert reading.formulation is not None
    assert not check(reading.formulation).ok
    assert both_ways(reading.formulation) == "fault"
