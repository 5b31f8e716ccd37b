"""Sets and parameters are computed in the order of what they need, whatever the order they are written in."""

from itertools import permutations
from typing import Any

import numpy as np
import pytest

from fivefold_solvers.audit.scene import scene
from fivefold_solvers.build.from_rows import from_checked
from fivefold_solvers.build.vectorised import build
from fivefold_solvers.emit import emit
from fivefold_solvers.formulation.check import Checked
from fivefold_solvers.formulation.finding import Severity
from fivefold_solvers.formulation.latex import to_latex
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.formulation.markdown import from_markdown, to_markdown
from fivefold_solvers.formulation.order import circle
from fivefold_solvers.program import Library
from fivefold_solvers.sandbox import run
from tests.formulation_helpers import refused, rows, strict, texts

SETS = {"ROADS": "{(i, j) for i in N for j in N if w[i, j] > least}", "N": ["a", "b", "c"]}
PARAMETERS: dict[str, Any] = {
    "room": {"index": ["(i, j) in ROADS"], "expression": "2*w[i, j]"},
    "least": {"expression": "cutoff/2"},
    "w": {"index": ["i in N", "j in N"], "values": {"a,b": 4, "b,c": 5, "c,a": 1}, "default": 0},
    "cutoff": 2,
}


def roads() -> Checked:
    """Return a formulation whose roads are the pairs with a weight above a computed limit."""
    return strict(
        "sum(x[i, j] for (i, j) in ROADS) >= 11",
        ("(i, j) in ROADS", "x[i, j] <= room[i, j]"),
        sets=SETS,
        parameters=PARAMETERS,
        variables=[{"name": "x", "index": ["(i, j) in ROADS"], "domain": "integer", "upper": 7}],
        objective="sum(w[i, j]*x[i, j] for (i, j) in ROADS)",
    )


def test_a_set_may_depend_on_parameters() -> None:
    checked = roads()
    assert checked.ok, texts(checked)
    assert not any(finding.severity is Severity.WARNING for finding in checked.findings)
    assert checked.grounded is not None
    assert checked.grounded.sets["ROADS"].table[()].order == (("a", "b"), ("b", "c"))
    assert rows(checked, "c2") == ["1 x[a, b] + -8 <= 0", "1 x[b, c] + -10 <= 0"]
    assert [block.element.name for block in checked.grounded.data()] == ["N", "w", "cutoff", "least", "ROADS", "room"]
    assert list(checked.grounded.sets) == ["ROADS", "N"], "listed as written"
    assert not scene(checked.grounded).faults


@pytest.mark.parametrize("library", ["pyomo", "mathopt", "cpsat"])
def test_programs_hold_data_behind_what_it_needs(library: Library) -> None:
    program = emit(lower(roads()).grounded, library)
    places = [program.source.index(f"\n{name} = ") for name in ("N", "w", "cutoff", "least", "ROADS", "room")]
    assert places == sorted(places)
    assert "ROADS = [(i, j) for i in N for j in N if w.get((i, j), 0) > least]" in program.source
    assert run(program).objective == 7 * 4 + 4 * 5


def test_vectorised_arrays_are_those_of_the_plain_path() -> None:
    checked = roads()
    fast, plain = build(checked.formulation), from_checked(checked)
    for part in ("cost", "lower", "upper", "starts", "columns", "coefficients", "row_lower", "row_upper"):
        assert np.array_equal(getattr(fast, part), getattr(plain, part)), part


def test_it_survives_markdown_and_can_be_set() -> None:
    formulation = roads().formulation
    again, findings = from_markdown(to_markdown(formulation))
    assert again is not None, findings
    assert again.sets == formulation.sets
    assert "ROADS" in to_latex(formulation)


def test_the_order_of_writing_does_not_matter() -> None:
    names = list(PARAMETERS)
    for chosen in permutations(names):
        parameters = {name: PARAMETERS[name] for name in chosen}
        checked = strict("x <= sum(room[i, j] for (i, j) in ROADS)", sets=SETS, parameters=parameters)
        assert rows(checked) == ["1 x + -18 <= 0"]


def test_a_circle_is_refused_with_its_path() -> None:
    by_roads = {"w": {"index": ["(i, j) in A"], "values": {"1,2": 1}}}
    sets: dict[str, Any] = {"A": "{(i, j) for i in N for j in N if w[i, j] > 0}", "N": [1, 2]}
    refused(strict("x <= 1", sets=sets, parameters=by_roads), "set 'A'", "A uses w, w uses A", "without the other")
    longer = {"n": {"expression": "m + 1"}, "m": {"expression": "k"}, "k": {"expression": "len(N)"}}
    refused(strict("x <= n", sets={"N": "range(n)"}, parameters=longer), "N uses n, n uses m, m uses k, k uses N")
    itself = {"f": {"index": ["i in N"], "expression": "f[i] + 1"}}
    refused(strict("x <= f[1]", sets={"N": [1]}, parameters=itself), "parameter 'f'", "f uses f", "without itself")


def test_a_set_may_not_depend_on_a_variable() -> None:
    refused(strict("x <= len(A)", sets={"A": "{i for i in range(3) if y == i}"}), "variable y stands where only data")


def test_circles_are_told_from_what_only_leads_to_them() -> None:
    uses = {"a": frozenset("b"), "b": frozenset("c"), "c": frozenset("bd"), "d": frozenset[str]()}
    assert circle(uses) == ("b", "c")
    assert circle({"a": frozenset("b"), "b": frozenset[str]()}) == ()
