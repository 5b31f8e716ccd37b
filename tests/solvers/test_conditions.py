"""Conditions of `implies` about quantities: exact over whole numbers, and where the limit itself is left out."""

import itertools
from typing import Any

import pytest

from fivefold_solvers.audit import audit
from fivefold_solvers.backends.session import solve
from fivefold_solvers.build.from_rows import from_checked
from fivefold_solvers.emit import ENGINES, emit
from fivefold_solvers.formulation.check import Checked
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.sandbox import run
from tests.formulation_helpers import refused, strict, texts
from tests.solvers.test_formulation_lower import best

VARIABLES = [
    {"name": "x", "domain": "integer", "upper": 6},
    {"name": "n", "domain": "integer", "lower": -2, "upper": 4},
    {"name": "y", "domain": "binary"},
    {"name": "c", "upper": 9},
]
WHOLE = [
    "implies(x >= 5, n <= 1)",
    "implies(x == 2, y == 1)",
    "implies(x != 2, n == 3)",
    "implies(x < 2, n == 3)",
    "implies(not x <= 3, n <= 2)",
    "implies(2 <= x <= 5, n == -1)",
    "implies(not (2 <= x <= 5), n == -1)",
    "implies(x <= 3 and y == 1, n >= 4)",
    "implies(x >= 5 or y == 1, n <= 0)",
    "implies(not (x >= 5 or n >= 2), y == 1)",
    "implies(x + 2*n > 6, n <= 1 and y == 0)",
    "implies(x == n, x >= 4 or n <= 0)",
    "implies(y == 1, n <= 2) and implies(y == 0, x + n <= 3)",
    "x >= 4 or implies(n >= 1, y == 1)",
    "implies(x >= 2.5, n <= 1)",
    "implies(2*x - 4*n <= 3.4, y == 1)",
    "implies(not (x <= 4.5 and n >= -0.5), n == 2)",
]
SECTIONS = ("2*x + n - 3*y", "3*y - x + 2*n", "y + x - n")


def goal(expression: str) -> dict[str, Any]:
    return {"sense": "maximize", "expression": expression}


def lowered(row: str, expression: str) -> tuple[Checked, Checked]:
    checked = strict(row, variables=VARIABLES[:3], objective=goal(expression))
    made = lower(checked)
    assert made.ok, texts(made)
    return checked, made


@pytest.mark.parametrize(("row", "objective"), list(itertools.product(WHOLE, SECTIONS)))
def test_whole_numbers_keep_their_best_value(row: str, objective: str) -> None:
    checked, made = lowered(row, objective)
    assert solve(from_checked(made), backend="auto").objective == pytest.approx(best(checked))


@pytest.mark.parametrize("row", [WHOLE[0], WHOLE[5]])
@pytest.mark.parametrize("engine", ENGINES, ids=lambda own: own.title)
def test_every_solver_that_can_take_it_agrees(row: str, engine: Any) -> None:
    checked, made = lowered(row, SECTIONS[0])
    assert made.grounded is not None
    if engine.refuses(made.grounded, made.rows) is None:
        result = run(emit(made.grounded, engine.library, rows=made.rows, solver=engine.solver))
        assert result.objective == pytest.approx(best(checked))
        assert audit(made, result).faults == ()


@pytest.mark.parametrize(
    ("row", "objective", "value"),
    [
        ("implies(c > 4, x == 0)", "c + x", 10),  # c = 4 and x = 6
        ("implies(c > 0, y == 1)", "c - 7*y", 2),
        ("implies(c < 8, x <= 2)", "2*x - c/2", 8),  # c = 8 and x = 6
        ("implies(c != 3, x <= 1)", "x - c/4", 5.25),  # c = 3
    ],
)
def test_what_leaves_the_limit_out_is_exact_for_any_quantity(row: str, objective: str, value: float) -> None:
    made = lower(strict(row, variables=VARIABLES, objective=goal(objective)))
    assert made.ok, texts(made)
    assert solve(from_checked(made), backend="auto").objective == pytest.approx(value)


def test_a_switch_needs_no_further_binary() -> None:
    made = lower(strict("implies(c > 0, y == 1)", variables=VARIABLES, objective="y - c"))
    assert [one.expression for one in made.formulation.constraints] == ["c <= 0 + 9*y"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("implies(c >= 5, x <= 2)", ("`c >= 5`", "write `c > 5`", "declare a binary")),
        ("implies(c <= 5, x <= 2)", ("`c <= 5`", "write `c < 5`", "declare a binary")),
        ("implies(c == 5, x <= 2)", ("`c == 5`", "declare a binary")),
        ("implies(x/2 >= 2, n <= 2)", ("`x/2 >= 2` is not about binaries or whole", "`x/2 > 2`")),
    ],
)
def test_a_condition_without_an_exact_other_side_is_refused(row: str, words: tuple[str, ...]) -> None:
    refused(lower(strict(row, variables=VARIABLES, objective="x + y + n + c")), *words)


def test_conditions_hold_at_every_index() -> None:
    made = lower(
        strict(
            ("p in P", "implies(lots[p] >= least[p], crew[p] >= 2)"),
            sets={"P": ["oak", "elm"]},
            parameters={"least": {"index": ["p in P"], "values": {"oak": 3, "elm": 5}}},
            variables=[
                {"name": "lots", "index": ["p in P"], "domain": "integer", "upper": 7},
                {"name": "crew", "index": ["p in P"], "domain": "integer", "upper": 4},
            ],
            objective=goal("sum(lots[p] - 4*crew[p] for p in P)"),
        )
    )
    assert made.ok, texts(made)
    assert solve(from_checked(made), backend="auto").objective == pytest.approx(2 + 4)


def test_a_condition_at_no_index_says_nothing() -> None:
    crew = {"name": "crew", "index": ["i in I"], "domain": "integer", "upper": 3}
    made = lower(strict(("i in I if i > 2", "implies(crew[i] >= 2, crew[i] != 3)"), "sum(crew[i] for i in I) <= 5",
                        sets={"I": [1, 2]}, variables=[crew], objective=goal("crew[1]")))  # fmt: skip
    assert made.ok, texts(made)
    assert solve(from_checked(made), backend="auto").objective == pytest.approx(3)
