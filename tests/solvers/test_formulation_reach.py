"""Upper bounds for variables in products that no row limits: found where soundly they can be, and enough for SCIP."""

import itertools
import math

import pytest

from fivefold_solvers.emit import emit, select
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.formulation.points import values_at_points
from fivefold_solvers.formulation.products import terms_of
from fivefold_solvers.formulation.reach import with_reach
from fivefold_solvers.formulation.rows import Rows
from fivefold_solvers.sandbox import run
from tests.formulation_helpers import strict, texts

Limits = dict[str, float]


def reached(objective: str, *rows: str, sense: str = "minimize", **kinds: str) -> Limits:
    """Return the upper bounds of the variables that the texts name."""
    grounded, all_rows = built(objective, *rows, sense=sense, **kinds)
    found = with_reach(grounded, all_rows)
    return {name: block.bounds[()][1] for name, block in found.variables.items()}


def built(objective: str, *rows: str, sense: str = "minimize", **kinds: str) -> tuple[Grounded, Rows]:
    names = [name for name in "abcr" if any(name in text for text in (objective, *rows))]
    variables = [{"name": name, "domain": kinds.get(name, "continuous")} for name in names]
    lowered = lower(strict(*rows, variables=variables, objective={"sense": sense, "expression": objective}))
    assert lowered.grounded is not None, texts(lowered)
    return lowered.grounded, lowered.rows


CLOSED = [
    # Each with its best value, known from calculus.
    ("maximize", "a*b*c", ["2*(a*b + a*c + b*c) <= 54"], 27.0),
    ("minimize", "2*(a*b + a*c + b*c)", ["a*b*c >= 8"], 24.0),
    ("minimize", "2*pi*r*a + 3*(2*pi*r**2)", ["pi*r**2*a + 2/3*pi*r**3 >= 40"], None),
    ("maximize", "pi*r**2*a", ["2*pi*r**2 + 2*pi*r*a == 24*pi"], 16 * math.pi),
    ("minimize", "a*b + 2*a*c + 2*b*c", ["a == 2*b", "a*b*c == 36"], None),
    ("minimize", "3*a + 12/a*5", ["a >= 0.1"], None),
]


@pytest.mark.parametrize(("sense", "objective", "rows", "best"), CLOSED)
def test_scip_closes_what_had_no_bounds(sense: str, objective: str, rows: list[str], best: float | None) -> None:
    grounded, all_rows = built(objective, *rows, sense=sense)
    result = run(emit(grounded, "pyomo", rows=all_rows, solver="scip", time_limit_s=60))
    assert result.solved, result.termination
    if best is not None:
        assert result.objective is not None
        assert abs(result.objective - best) <= 1e-4 * best


@pytest.mark.parametrize(
    ("sense", "objective", "rows"),
    [
        ("maximize", "a*b", ["a <= 10"]),
        ("minimize", "a", ["a*b >= 4"]),
        ("maximize", "a + b", ["a*b <= 40"]),
        ("minimize", "a - b", ["a*b >= 4"]),
        ("satisfy", "0", ["a*b >= 4"]),
    ],
)
def test_what_is_unlimited_stays_so(sense: str, objective: str, rows: list[str]) -> None:
    assert math.inf in reached(objective, *rows, sense=sense).values()


def test_a_factor_that_may_be_zero_bounds_nothing() -> None:
    # Where a is 0, b may be anything and the best: dividing by a would lose these points.
    found = reached("b", "a*b <= a", "b <= 7 + a*c", sense="maximize")
    assert found["b"] > 7 or found["b"] == math.inf


@pytest.mark.parametrize(
    "rows", [["a*b <= 9", "a*b >= 4", "a <= b"], ["a**2*b + b <= 30"], ["a*b + b*c >= 6", "a + b*c <= 12"]]
)
def test_no_better_point_is_lost(rows: list[str]) -> None:
    for sense, objective in itertools.product(("minimize", "maximize"), ("a*b + c", "a + b**2", "a*b*c")):
        found = reached(objective, *rows, sense=sense)
        values = [0.0, 0.01, 0.2, 0.5, 1, 2, 3, 5, 8, 12, 30, 100, 1000]
        sign = 1 if sense == "minimize" else -1
        points = [dict(zip("abc", point, strict=True)) for point in itertools.product(values, repeat=3)]
        kept = [point for point in points if all(eval(row, {}, point) for row in rows)]
        best = min(sign * eval(objective, {}, point) for point in kept)
        inside = [point for point in kept if all(point[name] <= high for name, high in found.items())]
        assert best == min(sign * eval(objective, {}, point) for point in inside)


def test_integers_get_what_the_rows_alone_say() -> None:
    found = reached("a + b", "a*b <= 30", "a >= 2*b", "b >= 1", sense="maximize", a="integer", b="integer")
    assert found["b"] < 20 or found["b"] == math.inf


def test_terms() -> None:
    grounded, _ = built("(a + b)**2*c/2 - sqrt(a*a)", "a >= 1")
    a, b, c = ((name, ()) for name in "abc")
    assert terms_of(grounded.objective, grounded.scope()) == {
        frozenset({(a, 2.0), (c, 1.0)}): 0.5,
        frozenset({(a, 1.0), (b, 1.0), (c, 1.0)}): 1.0,
        frozenset({(b, 2.0), (c, 1.0)}): 0.5,
        frozenset({(a, 1.0)}): -1.0,
    }
    assert terms_of(built("exp(a)", "a >= 1")[0].objective, grounded.scope()) is None


def test_the_reason_for_a_solver_names_what_people_wrote() -> None:
    grounded, all_rows = built("(5*a + 4*b)/(2*a + b)", "a + b <= 9", "a >= 1", sense="maximize")
    assert "`(5*a + 4*b)/(2*a + b)` is not linear" in select(grounded, rows=all_rows).reason.replace(" / ", "/")


def test_no_ray_is_tried_where_none_can_meet_all_equations() -> None:
    grounded, all_rows = built("a*b*c", "a*b == 4", "b*c == 4", "a*c == 4")
    assert not list(values_at_points(grounded, all_rows))
    grounded, all_rows = built("a*b*c", "a*b == 4", "b == 3*c", "a == 2*b")
    assert list(values_at_points(grounded, all_rows))
