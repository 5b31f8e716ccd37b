"""Index ranges, tables with holes and pairs that do not exist, as they are written and as they are read."""

from typing import Any

import pytest

from fivefold_solvers.analyze.instance import instance
from fivefold_solvers.backends.session import Session
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.existing import mend_entries
from fivefold_solvers.formulation.parse import ExpressionError, parse
from fivefold_solvers.formulation.range_texts import dotted, plain_ranges
from fivefold_solvers.formulation.read import read
from fivefold_solvers.formulation.slips import mend

Json = dict[str, Any]


@pytest.fixture(scope="module")
def session() -> Any:
    with Session("auto") as opened:
        yield opened


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        (["d in D: d > 1"], ["d in D if d > 1"]),
        (["d in D | d > 1"], ["d in D if d > 1"]),
        (["d in D where d > 1"], ["d in D if d > 1"]),
        (["d in D such that d > 1"], ["d in D if d > 1"]),
        (["d in D, d > 1"], ["d in D if d > 1"]),
        (["d in D", "d > 1"], ["d in D if d > 1"]),
        (["d in D", "if d > 1"], ["d in D if d > 1"]),
        (["a in A, b in B, a != b"], ["a in A", "b in B if a != b"]),
        (["a in A", "b in B", "a not in {2, 3}"], ["a in A", "b in B if a not in {2, 3}"]),
        (["(a, b) in ROADS: a < b"], ["(a, b) in ROADS if a < b"]),
        (["d in 2..7"], ["d in range(2, 8)"]),
        (["d in {1..n}: d != k"], ["d in range(1, n + 1) if d != k"]),
    ],
)
def test_conditions_and_ends_of_ranges_are_read(written: list[str], read_as: list[str]) -> None:
    ranges, told = plain_ranges(written)
    assert ranges == read_as and told.endswith(f"was read as `{', '.join(read_as)}`")
    assert plain_ranges(ranges) == (ranges, "")


@pytest.mark.parametrize(
    "written",
    [
        ["a in A", "b in B if a != b"],
        ["a in A, b in B"],
        ["A", "B"],
        ["for a in A"],
        ["a in A | B"],
        ["a in A if w[a] > 0.5"],
        ["a in {'x..y', 'z: 1'}"],
        ["d > 1"],
        ["a, b in A, B: a < b"],
        [],
    ],
)
def test_what_needs_no_reading_or_has_none_stays(written: list[str]) -> None:
    assert plain_ranges(written) == (written, "")


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("y == 1 => x <= 5", "implies(y == 1, x <= 5)"),
        ("y[a] = 1 ==> x[a] <= 5", "implies(y[a] == 1, x[a] <= 5)"),
        ("y == 1 -> x <= 5 and z >= 2", "implies(y == 1, x <= 5 and z >= 2)"),
        ("y == 0 --> sum(x[a] for a in A if a != 1) == 0", "implies(y == 0, sum(x[a] for a in A if a != 1) == 0)"),
        ("x >= 3 ⇒ y >= 1", "implies(x >= 3, y >= 1)"),
        ("sum(x[a, b] for a in A, b in B, a != b)", "sum(x[a, b] for a in A for b in B if a != b)"),
        ("sum(x[a] for a in A, a > 1, a < 5)", "sum(x[a] for a in A if a > 1 if a < 5)"),
        ("lpSum(x[a] for a in A)", "sum(x[a] for a in A)"),
    ],
)
def test_what_textbooks_write_in_expressions(slip: str, meant: str) -> None:
    assert parse(slip).tree == parse(meant).tree and parse(slip).notes
    assert mend(mend(slip).text).notes == ()


@pytest.mark.parametrize("text", ["y => x <= 5", "y == 1 => x", "a == 1 => b == 1 => c == 1", "y -> x <= 5"])
def test_arrows_that_may_mean_two_things_are_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text)


def test_sets_from_one_number_to_another() -> None:
    assert dotted("1..12") == dotted("{1..12}") == "range(1, 13)" and dotted("0...n") == "range(0, n + 1)"
    assert dotted("1.5") == "1.5" and dotted("a.b") == "a.b" and dotted("'1..3'") == "'1..3'"
    reading = read({"sets": [{"name": "D", "elements": "1..4"}], "variables": [{"name": "x", "index": ["d in D"]}]})
    assert reading.formulation is not None and reading.formulation.sets[0].expression == "range(1, 5)"


def rounds(**changed: object) -> Json:
    """A round trip to four farms, on which nobody drives from a farm to itself."""
    farms: Json = {
        "sets": [{"name": "F", "elements": [0, 1, 2, 3]}],
        "parameters": [
            {"name": "km", "index": ["i in F", "j in F"],
             "values": [[None, 3, 9, 4], [3, None, 5, 8], [9, 5, None, 2], [4, 8, 2, None]]},
        ],
        "variables": [
            {"name": "drive", "index": ["i in F", "j in F if i != j"], "domain": "binary"},
            {"name": "turn", "index": ["i in F"], "upper": 3},
        ],
        "objective": {"sense": "minimize", "expression": "sum(km[i, j]*drive[i, j] for i in F for j in F)"},
        "constraints": [
            {"name": "leave", "forall": ["i in F"], "expression": "sum(drive[i, j] for j in F) == 1"},
            {"name": "come", "forall": ["j in F"], "expression": "sum(drive[i, j] for i in F) == 1"},
            {"name": "onward", "forall": ["i in F", "j in F if j != F[0] and i != 0"],
             "expression": "turn[i] - turn[j] + 4*drive[i, j] <= 3"},
        ],
    }  # fmt: skip
    return {**farms, **changed}


def mended(raw: Json) -> tuple[Formulation, list[str]]:
    reading = read(raw)
    assert reading.formulation is not None and check(reading.formulation).errors
    found, notes = mend_entries(reading.formulation)
    assert not check(found).errors, check(found).errors
    return found, [str(one) for one in notes]


def best(formulation: Formulation, session: Session) -> float:
    solved = session.solve(instance(formulation).arrays)
    assert solved.optimal and solved.objective is not None
    return solved.objective


def test_a_round_trip_without_ways_to_itself(session: Session) -> None:
    found, notes = mended(rounds())
    assert best(found, session) == pytest.approx(3 + 5 + 2 + 4)
    assert found.constraints[0].expression == "sum(drive[i, j] for j in F if i != j) == 1"
    assert found.constraints[2].forall == ("i in F", "j in F if j != first(F) and i != 0 if i != j")
    assert found.parameters[0].index == ("(i, j) in km_entries",) and len(notes) == 6
    assert mend_entries(found) == (found, [])


@pytest.mark.parametrize("hole", ["inf", "-", "N/A", float("inf")])
def test_other_words_for_a_hole(hole: object, session: Session) -> None:
    table = [[hole, 3, 9, 4], [3, hole, 5, 8], [9, 5, hole, 2], [4, 8, 2, hole]]
    found, _ = mended(rounds(parameters=[{"name": "km", "index": ["i in F", "j in F"], "values": table}]))
    assert best(found, session) == pytest.approx(14)


def test_a_hole_that_is_used_is_still_missed() -> None:
    everywhere = [{"name": "drive", "index": ["i in F", "j in F"], "domain": "binary"}, rounds()["variables"][1]]
    formulation = read(rounds(variables=everywhere)).formulation
    assert formulation is not None
    found, _ = mend_entries(formulation)
    assert any("km[0, 0] does not exist" in str(fault) for fault in check(found).errors)


def test_no_summand_is_lost_that_has_more_than_the_pair() -> None:
    goal = {"sense": "minimize", "expression": "sum(km[i, j]*drive[i, j] + turn[i] for i in F for j in F)"}
    formulation = read(rounds(objective=goal)).formulation
    assert formulation is not None and mend_entries(formulation)[0].objective.expression == goal["expression"]


def test_pairs_in_one_order_are_not_left_out() -> None:
    ordered = [{"name": "drive", "index": ["i in F", "j in F if i < j"], "domain": "binary"}, rounds()["variables"][1]]
    formulation = read(rounds(variables=ordered)).formulation
    assert formulation is not None and check(mend_entries(formulation)[0]).errors


def test_other_elements_of_a_set(session: Session) -> None:
    raw = {
        "sets": [{"name": "D", "elements": ["mon", "tue", "wed"]}],
        "variables": [{"name": "x", "index": ["d in D"], "upper": 9}],
        "objective": {"sense": "maximize", "expression": "quicksum(x[d] for d in D \\ {'mon'}) - x[D[0]] + 2*x[D[-1]]"},
        "constraints": [{"name": "few", "forall": ["d in D - {'wed'}"], "expression": "x[d] <= 4"}],
    }
    found, notes = mended(raw)
    assert best(found, session) == pytest.approx(4 + 3 * 9) and len(notes) == 2
