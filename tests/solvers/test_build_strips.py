"""Rows cut into strips: conditions on one index are written by strides, anything else in the general way."""

from collections.abc import Sequence

import numpy as np
import pytest

from fivefold_solvers.build import assemble
from fivefold_solvers.build.affine import Term
from fivefold_solvers.build.arrays import all_finite
from fivefold_solvers.build.frame import Frame
from fivefold_solvers.build.from_rows import from_checked
from fivefold_solvers.build.strips import Strips, strips_of
from fivefold_solvers.build.vectorised import build
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from tests.formulation_helpers import written
from tests.solvers.build_agreement import assert_same

EVERYWHERE = [
    ("x[i, t, k] <= c[i, t]", [1]),
    ("(x[i, prev(t), k] if t > first(T) else c[i, t]) + y[i, t] >= x[i, t, k]", [2, 3]),
    ("x[i, t, k] + (y[i, next(t)] if t < last(T) else 0) <= 4", [2, 1]),
    ("(y[i, prev(t)] if t > 1 else 0) + y[i, t] + (2*y[i, next(t)] if t < 40 else 0) <= 3", [2, 3, 2]),
    ("(x[prev(i), t, k] if i > first(I) else 0) <= c[i, t]*y[i, t]", [1, 2]),
    ("(x[i, t, prev(k)] if k == 2 else y[i, t]) <= x[i, t, k]", [2, 2, 2]),
    ("(sum(d[t]*x[j, t, k] for j in I if j > 1) if 5 <= t and t <= 7 else 0) <= y[i, t]", [1, 3, 1]),
    ("(sum(x[i, prev(t), m] for m in K) if t > 1 and t != 9 else 1) == c[i, t]*y[i, t]", [1, 4, 1, 4]),
]
"""Rows, and how many entries those of each strip have."""
ELSEWHERE = [
    "(x[i, t, k] if t % 2 == 0 else 1) <= y[i, t]",
    "(x[i, prev(t), k] if t > 1 and i > 1 else 1) <= y[i, t]",
    "(x[i, prev(t), k] if t > 1 else 1) + (x[prev(i), t, k] if i > 1 else 1) <= y[i, t]",
    "(t - 3)*x[i, t, k] <= y[i, t]",
    "y[i, t] + sum(y[i, s] for s in T) <= 9",
]


def program(row: str) -> Formulation:
    numbers = np.random.default_rng(4).integers(1, 9, (3, 40))
    whole = written(
        {"forall": ["i in I", "t in T", "k in K"], "expression": row},
        sets={"I": [1, 2, 3], "T": list(range(1, 41)), "K": [1, 2, 3]},
        parameters={
            "c": {"index": ["i in I", "t in T"], "values": numbers.tolist()},
            "d": {"index": ["t in T"], "values": numbers[0].tolist()},
        },
        variables=[
            {"name": "x", "index": ["i in I", "t in T", "k in K"], "upper": "c[i, t]"},
            {"name": "y", "index": ["i in I", "t in T"], "domain": "binary"},
        ],
        objective="sum(d[t]*y[i, t] for i in I for t in T) + sum(x[i, 3, 1] for i in I)",
    )
    return Formulation.model_validate(whole)


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> list[Strips | None]:
    """Return a list into which goes what every block of rows was cut into."""
    seen: list[Strips | None] = []

    def watched(terms: Sequence[Term], root: Frame) -> Strips | None:
        seen.append(strips_of(terms, root))
        return seen[-1]

    monkeypatch.setattr(assemble, "strips_of", watched)
    return seen


@pytest.mark.parametrize(("row", "widths"), EVERYWHERE)
def test_conditions_on_one_index_make_strips(row: str, widths: list[int], cut: list[Strips | None]) -> None:
    assert_same(build(program(row)), from_checked(check(program(row))))
    (found,) = cut
    assert found is not None and [strip.width for strip in found.strips] == widths


@pytest.mark.parametrize("row", ELSEWHERE)
def test_other_rows_are_written_in_the_general_way(row: str, cut: list[Strips | None]) -> None:
    assert_same(build(program(row)), from_checked(check(program(row))))
    assert cut in ([], [None])


def test_rows_without_an_index_are_one_strip(cut: list[Strips | None]) -> None:
    whole = written(
        "sum(x[i] for i in N) + 2*y <= 4",
        sets={"N": [1, 2, 3]},
        variables=[{"name": "x", "index": ["i in N"]}, {"name": "y"}],
    )
    formulation = Formulation.model_validate(whole)
    assert_same(build(formulation), from_checked(check(formulation)))
    assert cut[0] is not None and [part.width for part in cut[0].strips[0].parts] == [3, 1]


def test_finite_is_told_from_the_sum_and_where_that_overflows_from_all() -> None:
    assert all_finite(np.array([1e308, 1e308, -1.0])) and all_finite(np.empty(0)) and all_finite(np.array(2.0))
    assert not all_finite(np.array([1.0, np.inf])) and not all_finite(np.array([np.inf, -np.inf]))
    assert not all_finite(np.array(np.nan))
