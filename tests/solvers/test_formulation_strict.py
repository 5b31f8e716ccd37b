"""`<`, `>` and `!=` between whole numbers are read as `<=` and `>=` one further; elsewhere they stay refused."""

from collections.abc import Callable
from typing import Any

import pytest

from fivefold_solvers.backends.session import Session
from fivefold_solvers.build.from_rows import from_checked
from fivefold_solvers.build.vectorised import arrays_of
from fivefold_solvers.emit import emit
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.program import Library
from fivefold_solvers.sandbox import run
from tests.formulation_helpers import plain, refused, rows, strict, texts

VARIABLES: list[dict[str, Any]] = [
    {"name": "n", "domain": "integer", "upper": 9},
    {"name": "k", "domain": "integer", "upper": 9},
    {"name": "b", "index": ["i in N"], "domain": "binary"},
    {"name": "x", "upper": 3},
    {"name": "free", "domain": "integer", "lower": "-inf"},
]
PARAMETERS: dict[str, Any] = {
    "whole": {"index": ["i in N"], "values": [2, 3]},
    "half": {"index": ["i in N"], "values": [2, 2.5]},
}


def rows_of(text: Any) -> list[str]:
    """Return the rows of one constraint over whole numbers."""
    return rows(strict(text, sets={"N": [1, 2]}, parameters=PARAMETERS, variables=VARIABLES))


@pytest.mark.parametrize(
    ("written", "read", "row"),
    [
        ("n > k", "n >= k + 1", "-1 k + 1 n + -1 >= 0"),
        ("n < k", "n <= k - 1", "-1 k + 1 n + 1 <= 0"),
        ("n > 3", "n >= 4", "1 n + -4 >= 0"),
        ("n > -3", "n >= -2", "1 n + 2 >= 0"),
        ("5 > n", "4 >= n", "-1 n + 4 >= 0"),
        ("2*n + 1 < 3*k", "2*n + 1 <= 3*k - 1", "-3 k + 2 n + 2 <= 0"),
        ("0.5*n + 0.5*n > k", "0.5*n + 0.5*n >= k + 1", "-1 k + 1 n + -1 >= 0"),
        ("n < sum(whole[i]*b[i] for i in N)", "n <= ", "-2 b[1] + -3 b[2] + 1 n + 1 <= 0"),
        ("n > 2 if whole[1] > 1 else x > 2", "n >= 3", "1 n + -3 >= 0"),
    ],
)
def test_whole_numbers(written: str, read: str, row: str) -> None:
    checked = strict(written, sets={"N": [1, 2]}, parameters=PARAMETERS, variables=VARIABLES)
    assert rows(checked) == [row]
    assert f"was read as `{read}" in texts(checked)


def test_chains_and_logic() -> None:
    assert rows_of("1 < n < 5") == ["-1 n + 2 <= 0", "1 n + -4 <= 0"]
    lowered = lower(strict("implies(b[1] > 0, n > 3)", "n < 2 or k > 7", sets={"N": [1]}, variables=VARIABLES))
    assert lowered.ok, texts(lowered)
    assert [f"{plain(row.body)} {row.relation} 0" for row in lowered.rows.rows] == [
        "-4 b[1] + 1 n >= 0", "8 c2_case_1 + 1 n + -9 <= 0", "-8 c2_case_2 + 1 k >= 0",
        "1 c2_case_1 + 1 c2_case_2 + -1 >= 0",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("n > x", ("`>` is not allowed between continuous expressions", "use >=")),
        ("x < 3", ("`<` is not allowed between continuous expressions", "use <=")),
        ("n < 2.5", ("`<` is only allowed where both sides are sums of whole numbers", "or use <=")),
        ("n/2 > k", ("multiply both sides",)),
        (("i in N", "n < half[i]"), ("at i=1", "sums of whole numbers")),
        ("max(n, k) > 3", ("sums of whole numbers",)),
        ("x != 3", ("`!=` is not allowed between continuous expressions", "how far apart they are at least")),
        ("n/2 != k", ("`!=` is only allowed where both sides are sums of whole numbers", "multiply both sides")),
        ("free != 3", ("free has a finite upper bound",)),
        ("not x <= 2", ("needs a binary here",)),
        ("3 > 2", ("compares data only",)),
    ],
)
def test_what_stays_refused(text: Any, words: tuple[str, ...]) -> None:
    found = lower(strict(text, sets={"N": [1, 2]}, parameters=PARAMETERS, variables=VARIABLES))
    refused(found, *words)
    if "x" not in str(text).replace("max", ""):
        assert "continuous" not in texts(found)


def test_a_side_without_variables_at_one_index_must_be_whole_too() -> None:
    empty = ("i in N", "sum(b[j] for j in N if j < i) < half[i]")
    refused(strict(empty, sets={"N": [1, 2]}, parameters=PARAMETERS, variables=VARIABLES), "sums of whole numbers")


@pytest.mark.parametrize("library", ["pyomo", "cpsat", "mathopt"])
def test_programs_and_arrays_say_the_same(library: Library) -> None:
    goal = {"sense": "maximize", "expression": "2*n + k + b[1]"}
    checked = strict("n < k", "k + b[1] < 7", sets={"N": [1]}, variables=VARIABLES[:3], objective=goal)
    assert run(emit(lower(checked).grounded, library)).objective == 2 * 5 + 6
    arrays = arrays_of(checked.formulation)
    assert arrays.row_upper.tolist() == [-1, 6]


APART: list[tuple[str, Callable[[int, int, int], bool]]] = [
    ("n != 3", lambda n, k, b: n != 3),
    ("2*n - k != 4 + b[1]", lambda n, k, b: 2 * n - k != 4 + b),
    ("b[1] != 1", lambda n, k, b: b != 1),
    ("n != 2 and n != k", lambda n, k, b: n not in (2, k)),
    ("implies(b[1] == 1, n != k)", lambda n, k, b: not b or n != k),
    ("not (n <= k and k != 2)", lambda n, k, b: not (n <= k and k != 2)),
    ("n + k < 3 or not k >= 2", lambda n, k, b: n + k < 3 or not k >= 2),
    ("implies(b[1] != 1 and not b[1] == 1, n + k <= 5)", lambda n, k, b: b == 1 or n + k <= 5),
    ("implies(not (b[1] == 1 or b[1] == 1), n == k)", lambda n, k, b: b == 1 or n == k),
    ("not (n == 1 or b[1] == 1)", lambda n, k, b: not (n == 1 or b)),
]


@pytest.mark.parametrize(("written", "holds"), APART)
def test_what_is_apart_is_solved_as_by_trying(written: str, holds: Callable[[int, int, int], bool]) -> None:
    bounded = [{**VARIABLES[0], "upper": 4}, {**VARIABLES[1], "upper": 3}, VARIABLES[2]]
    points = [(n, k, b) for n in range(5) for k in range(4) for b in range(2) if holds(n, k, b)]
    with Session("highs") as session:
        for gains in ((3, 2, 1), (-1, 5, 2), (4, -3, -2), (-2, -5, 9)):
            goal = {"sense": "maximize", "expression": f"{gains[0]}*n + {gains[1]}*k + {gains[2]}*b[1]"}
            lowered = lower(strict(written, sets={"N": [1]}, variables=bounded, objective=goal))
            best = max(sum(gain * value for gain, value in zip(gains, point, strict=True)) for point in points)
            assert session.solve(from_checked(lowered)).objective == pytest.approx(best), texts(lowered)


@pytest.mark.parametrize("library", ["pyomo", "cpsat", "mathopt"])
def test_programs_keep_indexed_numbers_apart(library: Library) -> None:
    variables = [{"name": "seat", "index": ["i in N"], "domain": "integer", "lower": 1, "upper": 3}]
    apart = {"forall": ["i in N", "j in N if i < j"], "expression": "seat[i] != seat[j]"}
    goal = {"sense": "maximize", "expression": "sum(i*seat[i] for i in N)"}
    checked = strict(apart, sets={"N": [1, 2, 3]}, variables=variables, objective=goal)
    assert run(emit(lower(checked).grounded, library)).objective == 1 * 1 + 2 * 2 + 3 * 3
