"""Bounds that rows imply: found where a rewriting needs them, and never tighter than what the rows say."""

import itertools
import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold_solvers.analyze.instance import instance
from fivefold_solvers.build.errors import BuildError
from fivefold_solvers.formulation.check import Checked
from fivefold_solvers.formulation.implied import with_implied_bounds
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.formulation.polynomial import Polynomial
from tests.formulation_helpers import refused, strict, texts

FREE = [{"name": name, "lower": "-inf"} for name in "abc"]
STEPS = [Fraction(step, 2) for step in range(-8, 9)]
Bounds = dict[str, tuple[float, float]]


def implied(checked: Checked) -> Bounds:
    """Return the bounds of scalar variables after propagation."""
    assert checked.grounded is not None, texts(checked)
    found = with_implied_bounds(checked.grounded, checked.rows)
    return {name: block.bounds[()] for name, block in found.variables.items()}


@pytest.mark.parametrize(
    ("rows", "variables", "wanted"),
    [
        (["a <= 500"], [{"name": "a"}], {"a": (0, 500)}),
        (["a + b + c <= 500"], [{"name": name} for name in "abc"], dict.fromkeys("abc", (0, 500))),
        (["2*a + 3*b <= 10", "a >= 2"], [{"name": "a"}, {"name": "b"}], {"a": (0, 5), "b": (0, 10 / 3)}),
        (["a == b + c", "a <= 7"], [{"name": name} for name in "abc"], dict.fromkeys("abc", (0, 7))),
        (["a >= -3", "5 >= a"], FREE[:1], {"a": (-3, 5)}),
        (["a - b == 1", "b <= 4"], FREE[:2], {"a": (-math.inf, 5), "b": (-math.inf, 4)}),
        (["a + b <= 4"], FREE[:2], dict.fromkeys("ab", (-math.inf, math.inf))),
        (["0.1*a <= 0.3"], [{"name": "a"}], {"a": (0, 3)}),
        (["a <= 8"], [{"name": "a", "upper": 9}], {"a": (0, 9)}),
        (["a <= -1"], [{"name": "a"}], {"a": (0, math.inf)}),
        (["1 <= a*b", "a <= 4"], [{"name": "a"}, {"name": "b"}], {"a": (0, 4), "b": (0, math.inf)}),
        (["a <= 4 or b <= 3"], [{"name": "a"}, {"name": "b"}], dict.fromkeys("ab", (0, math.inf))),
    ],
)  # fmt: skip
def test_what_rows_imply(rows: list[str], variables: list[dict[str, Any]], wanted: Bounds) -> None:
    assert implied(strict(*rows, variables=variables)) == wanted


def test_balances_are_followed() -> None:
    checked = strict(
        ("t in T", "s[t] == (s[prev(t)] if t > first(T) else 0) + p[t] - 2"),
        ("t in T", "p[t] <= 10"),
        sets={"T": "range(1, 21)"},
        variables=[{"name": "s", "index": ["t in T"]}, {"name": "p", "index": ["t in T"]}],
    )
    assert checked.grounded is not None
    found = with_implied_bounds(checked.grounded, checked.rows)
    assert found.variables["s"].bounds[20,] == (0, 160)


coefficients = st.sampled_from([Fraction(n, d) for n in (-3, -2, -1, 1, 2, 5) for d in (1, 2, 4)])
sides = st.sampled_from([None, None, -2, 0, 1, 3])


@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.sampled_from("abc"), coefficients, min_size=1),
            st.sampled_from(["<=", ">=", "=="]),
            st.integers(-6, 6),
        ),
        min_size=1,
        max_size=4,
    ),
    st.tuples(sides, sides, sides),
)
def test_no_point_is_lost(
    system: list[tuple[dict[str, Fraction], str, int]], lowers: tuple[int | None, int | None, int | None]
) -> None:
    texts_of_rows = [
        " + ".join(f"({float(c)})*{name}" for name, c in terms.items()) + f" {relation} {right}"
        for terms, relation, right in system
    ]
    variables: list[dict[str, Any]] = [
        {"name": name, "lower": "-inf" if low is None else low} for name, low in zip("abc", lowers, strict=True)
    ]
    bounds = implied(strict(*texts_of_rows, variables=variables))
    for values in itertools.product(STEPS, repeat=3):
        point = dict(zip("abc", values, strict=True))
        inside = all(low is None or point[name] >= low for name, low in zip("abc", lowers, strict=True))
        if inside and all(_holds(sum(c * point[n] for n, c in terms.items()), relation, right)
                          for terms, relation, right in system):  # fmt: skip
            assert all(low <= point[name] <= high for name, (low, high) in bounds.items())


def _holds(left: Fraction | int, relation: str, right: int) -> bool:
    return left <= right if relation == "<=" else left >= right if relation == ">=" else left == right


@pytest.mark.parametrize(
    "rows",
    [
        ("max(a, b) >= 30", "a <= 500", "a + b <= 600"),
        ("abs(a - b) >= 5", "a + b + c <= 500"),
        ("implies(y == 1, a + b <= 5)", "a + b <= 50"),
        ("a <= 2 or b <= 3", "a + 2*b == 40"),
        ("min(a, b) == 4", "max(a, c) <= 9", "b <= 3*c", "c <= 30"),
    ],
)
def test_rows_give_the_bounds_that_a_rewriting_needs(rows: tuple[str, ...]) -> None:
    variables = [*({"name": name} for name in "abc"), {"name": "y", "domain": "binary"}]
    checked = strict(*rows, variables=variables, objective={"sense": "maximize", "expression": "a - c"})
    lowered = lower(checked)
    assert lowered.ok, texts(lowered)
    assert lowered.formulation.variables[:4] == checked.formulation.variables, "their own bounds stay as written"
    assert all(row.body.degree == 1 for row in lowered.rows.rows if isinstance(row.body, Polynomial))


@pytest.mark.parametrize(
    ("limit", "row", "wanted"),
    [
        ("a - b <= 10", "implies(y == 1, a - b <= 4)", "a - b <= 4 + 6*(1 - y)"),
        ("2*a - 2*b <= 10", "implies(y == 1, a - b <= 4)", "a - b <= 4 + 1*(1 - y)"),
        ("b - a >= -10", "implies(y == 1, 3*a <= 3*b)", "3*a <= 3*b + 30*(1 - y)"),
        ("a - b + 0.5 == 0.2", "implies(y == 1, a - b >= 1)", "a - b >= 1 - 1.3*(1 - y)"),
    ],
)
def test_rows_bound_differences_of_what_has_no_bounds(limit: str, row: str, wanted: str) -> None:
    variables = [*FREE[:2], {"name": "y", "domain": "binary"}]
    lowered = lower(strict(limit, row, variables=variables, objective="y + a"))
    assert lowered.ok, texts(lowered)
    assert lowered.formulation.constraints[1].expression == wanted


def test_what_has_no_bound_is_named_with_what_to_write() -> None:
    variables = [{"name": "a", "index": ["i in I"]}, {"name": "y", "domain": "binary"}]
    sets = {"I": ["north", "south"]}
    found = lower(strict(("i in I", "implies(y == 1, a[i] <= 4)"), sets=sets, variables=variables, objective="y"))
    refused(found, "constraint 'c1'", "if a['north'] has a finite upper bound", "as its `upper`", "`a[i] <= most`")
    found = lower(strict("implies(y == 1, a*b <= 4)", variables=[*FREE[:2], variables[1]], objective="y"))
    refused(found, "it is not linear", "declare a variable with bounds")


def test_chains_of_rows_are_followed_in_any_order() -> None:
    names = "abcdef"
    rows = [f"{one} <= {other} + 1" for one, other in itertools.pairwise(names)]
    assert implied(strict(*rows, "f <= 3", variables=[{"name": name} for name in names]))["a"] == (0, 8)


def test_a_bound_that_nothing_gives_is_still_asked_for() -> None:
    variables = [{"name": name} for name in "ab"]
    refused(lower(strict("max(a, b) >= 3", "a <= 5", variables=variables)), "if b has a finite upper bound")
    # Rows that contradict each other imply nothing that is worth building on.
    refused(lower(strict("max(a, b) >= 3", "a <= -5", variables=variables)), "if a has a finite upper bound")


@pytest.mark.parametrize("row", ["x*x*x <= 5", "max(x*x, y) >= 1", "x*x <= 5", "exp(x) <= 5 + abs(x)"])
def test_what_was_lowered_already_is_not_sent_there(row: str) -> None:
    with pytest.raises(BuildError, match="use a solver for nonlinear programs") as caught:
        instance(strict(row).formulation)
    assert "lower the formulation" not in str(caught.value)
