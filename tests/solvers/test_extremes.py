"""The least or greatest of terms that are not linear: as rows where the goal presses them, else by their difference."""

import itertools
import math

import pytest

from fivefold_solvers.audit import audit
from fivefold_solvers.emit import emit, select
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.sandbox import run
from tests.formulation_helpers import strict, texts

WHOLE = [{"name": name, "domain": "integer", "upper": 6} for name in "ab"]


def _inside(a: int, b: int) -> float:
    return math.sqrt(min(a, b)) - math.exp(max(a - 4, b - 3))


@pytest.mark.parametrize(
    ("sense", "goal", "row", "value"),
    [
        ("maximize", "min(a*b, 20 - a**2)", "a + b <= 7", lambda a, b: min(a * b, 20 - a**2)),
        ("minimize", "max((a - 2)**2, a*b) + 3*b", "a + b >= 5", lambda a, b: max((a - 2) ** 2, a * b) + 3 * b),
        ("maximize", "max((a - 4)**2, a*b)", "a + b <= 7", lambda a, b: max((a - 4) ** 2, a * b)),
        ("maximize", "sqrt(min(a, b)) - exp(max(a - 4, b - 3))", "a + b <= 7", _inside),
        ("minimize", "min(a*b, 9 - b, a**2) + a", "a + b >= 5", lambda a, b: min(a * b, 9 - b, a**2) + a),
    ],
)
def test_they_are_solved_as_enumeration_finds(sense: str, goal: str, row: str, value) -> None:  # type: ignore[no-untyped-def]
    lowered = lower(strict(row, variables=WHOLE, objective={"sense": sense, "expression": goal}))
    assert lowered.grounded is not None, texts(lowered)
    choice = select(lowered.grounded, None, rows=lowered.rows)
    result = run(emit(lowered.grounded, choice.library, rows=lowered.rows, solver=choice.solver))
    allowed = [
        pair for pair in itertools.product(range(7), repeat=2) if (sum(pair) <= 7 if "<=" in row else sum(pair) >= 5)
    ]
    best = (max if sense == "maximize" else min)(value(*pair) for pair in allowed)
    assert result.objective == pytest.approx(best)
    assert audit(lowered, result).faults == ()


def test_no_bounds_are_needed() -> None:
    goal = {"sense": "minimize", "expression": "max(x**2, 3 - x) - min(y, y**2 - 2)"}
    lowered = lower(strict("y <= 3", variables=[{"name": "x"}, {"name": "y"}], objective=goal))
    assert lowered.grounded is not None, texts(lowered)
    choice = select(lowered.grounded, None, rows=lowered.rows)
    result = run(emit(lowered.grounded, choice.library, rows=lowered.rows, solver=choice.solver))
    crossing = (math.sqrt(13) - 1) / 2
    assert result.objective == pytest.approx(crossing**2 - 3, abs=1e-5)
