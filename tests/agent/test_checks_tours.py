"""Tours that the text asks for, and plans that fall apart in circles."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from fivefold.checks.results import falsify
from fivefold.checks.tours import check_tours
from fivefold.formulations import loads, run
from fivefold.mends import mended
from fivefold.verdict.verification import verify
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.identity import Key

TEXT = (
    "A postman leaves the office, visits the farms Elm, Fir, Hazel and Larch once each and returns. The office is "
    "11 km from Elm, 8 km from Fir, 16 km from Hazel and 6 km from Larch. Elm is 9 km from Fir, 4 km from Hazel and 15 "
    "km from Larch. Fir is 12 km from Hazel and 5 km from Larch. Hazel is 13 km from Larch. What is the shortest way?"
)
PLACES = ["office", "Elm", "Fir", "Hazel", "Larch"]
KM = [[0, 11, 8, 16, 6], [11, 0, 9, 4, 15], [8, 9, 0, 12, 5], [16, 4, 12, 0, 13], [6, 15, 5, 13, 0]]
SHORTEST = min(
    sum(KM[here][there] for here, there in itertools.pairwise((0, *order, 0)))
    for order in itertools.permutations(range(1, 5))
)


def formulation_of(raw: dict[str, Any]) -> Formulation:
    return loads(json.dumps(raw))


def round_of(*more: dict[str, Any]) -> Formulation:
    """Every place entered and left once, and what else is asked for."""
    ride = {"name": "ride", "index": ["i in PLACES", "j in PLACES if j != i"], "domain": "binary"}
    rows = [
        {"name": "leave", "forall": ["i in PLACES"], "expression": "sum(ride[i, j] for j in PLACES if j != i) == 1"},
        {"name": "enter", "forall": ["j in PLACES"], "expression": "sum(ride[i, j] for i in PLACES if i != j) == 1"},
    ]
    length = "sum(km[i, j]*ride[i, j] for i in PLACES for j in PLACES if j != i)"
    return formulation_of({
        "sets": [{"name": "PLACES", "elements": PLACES}],
        "parameters": [{"name": "km", "index": ["i in PLACES", "j in PLACES"], "values": KM}],
        "variables": [ride],
        "objective": {"sense": "minimize", "expression": length},
        "constraints": [*rows, *more],
    })  # fmt: skip


def test_smaller_tours_falsify_a_plan_and_are_forbidden_by_rule() -> None:
    found = verify(round_of(), TEXT)
    assert found.verdict.grade == "refuted" and "falsified-tour" in [one.code for one in found.findings]
    (told,) = (one for one in found.findings if one.code == "falsified-tour")
    assert "2 circles that do not meet: Elm – Hazel – Elm; office – " in told.message
    done = mended(round_of(), TEXT)
    assert (
        done.formulation.constraints[-1].expression == "circuit(ride[i, j] for i in PLACES for j in PLACES if j != i)"
    )
    assert run(done.formulation).result.objective == pytest.approx(SHORTEST)
    assert not [one for one in verify(done.formulation, TEXT).findings if one.code == "falsified-tour"]


@pytest.mark.parametrize(("text", "arcs", "found"), [
    (TEXT, "12 21 34 45 53", 1),
    (TEXT, "12 23 34 45 51", 0),
    ("The shortest round trip through five towns is wanted.", "12 21 34 45 53", 1),
    ("Whom should each of the five call?", "12 21 34 45 53", 0),
    ("A tour operator pairs five guides.", "12 21 34 45 53", 0),
    ("Two vans leave their depots, visit all shops and return.", "12 21 34 45 53", 0),
    (TEXT, "12 21 13 34 41", 0),  # two rounds from place 1
    (TEXT, "12 21 34", 0),
    (TEXT, "12 23 13 45 56 46", 1),  # written without direction
    (TEXT, "", 0),
])  # fmt: skip
def test_circles_that_do_not_meet(text: str, arcs: str, found: int) -> None:
    values: dict[Key, float] = {(int(arc[0]), int(arc[1])): 1.0 for arc in arcs.split()}
    every: dict[Key, float] = {(i, j): values.get((i, j), 0.0) for i in range(1, 7) for j in range(1, 7)}
    index = ["i in N", "j in N"]
    formulation = formulation_of({
        "sets": [{"name": "N", "elements": [1, 2, 3, 4, 5, 6]}],
        "variables": [{"name": "x", "index": index, "domain": "binary"}],
        "objective": {"sense": "minimize", "expression": "sum(x[i, j] for i in N for j in N)"},
        "constraints": [{"name": "some", "forall": ["i in N"], "expression": "sum(x[i, j] for j in N) <= 1"}],
    })  # fmt: skip
    assert len(check_tours(formulation, text, {"x": every})) == found


def test_of_several_vehicles_each_makes_one_round() -> None:
    formulation = formulation_of({
        "sets": [{"name": "N", "elements": ["a", "b", "c", "d"]}, {"name": "V", "elements": [1, 2]}],
        "variables": [{"name": "go", "index": ["i in N", "j in N", "v in V"], "domain": "binary"}],
        "objective": {"sense": "minimize", "expression": "sum(go[i, j, v] for i in N for j in N for v in V)"},
        "constraints": [],
    })  # fmt: skip
    apart: dict[Key, float] = {("a", "b", 1): 1.0, ("b", "a", 1): 1.0, ("c", "d", 1): 1.0, ("d", "c", 1): 1.0}
    told = check_tours(formulation, TEXT, {"go": apart})
    assert len(told) == 1 and "number the places" in told[0].mend
    each: dict[Key, float] = {("a", "b", 1): 1.0, ("b", "a", 1): 1.0, ("a", "c", 2): 1.0, ("c", "a", 2): 1.0}
    assert not check_tours(formulation, TEXT, {"go": each})


def test_one_tour_is_not_falsified() -> None:
    tour = {"name": "tour", "expression": "circuit(ride[i, j] for i in PLACES for j in PLACES if j != i)"}
    formulation = round_of(tour)
    assert not [
        one for one in falsify(formulation, TEXT, run(formulation).result.values) if one.code == "falsified-tour"
    ]


@pytest.mark.parametrize(("arcs", "found"), [("ab ba cd dc", 1), ("ab bc cd da", 0)])
def test_arcs_in_the_names_of_plain_variables_make_one_tour(arcs: str, found: int) -> None:
    names = [f"go_{one}_{other}" for one, other in itertools.permutations("abcd", 2)]
    formulation = formulation_of({
        "variables": [{"name": name, "domain": "binary"} for name in names],
        "objective": {"sense": "minimize", "expression": " + ".join(names)},
        "constraints": [],
    })  # fmt: skip
    chosen = {f"go_{arc[0]}_{arc[1]}" for arc in arcs.split()}
    values: dict[str, dict[Key, float]] = {name: {(): float(name in chosen)} for name in names}
    assert len(check_tours(formulation, "A vet calls once at each farm and returns.", values)) == found
    assert not check_tours(formulation, "Who calls whom?", values)
