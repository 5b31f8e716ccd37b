"""Nonlinear programs by chance: whole numbers against all of their points, quadratic ones solver against solver."""

import itertools
import math
import random
from typing import Any

import pytest

from fivefold_solvers.emit import ENGINES, emit
from fivefold_solvers.formulation.check import Checked, check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.result import Limits, SolutionStatus, Termination
from fivefold_solvers.sandbox import run

LIMITS = Limits(wall_s=120)
PARTS = (
    *("sqrt({a} + 1)", "exp({a}/4)", "log({a} + 2)", "{a}/({b} + 1)", "abs({a} - {b})", "({a} + 1)**1.5"),
    *("({a} + 1)**({b}/2)", "{a}*{b}", "sin({a})", "max({a}, 2*{b})", "({a} - 2)**2*{b}", "{a}**3", "2**{a}"),
    *("abs({a} - 2)*{b}", "min({a}, {b})*{a}", "cos({a}*{b})", "log2({a} + 1)", "log10({a} + 3)", "tan({a}/9)"),
)
FUNCTIONS: dict[str, Any] = {
    **{name: getattr(math, name) for name in ("sqrt", "exp", "log", "log2", "log10", "sin", "cos", "tan")},
    "abs": abs,
    "min": min,
    "max": max,
}
GREATEST = 4


def built(sense: str, objective: str, rows: list[str], variables: list[dict[str, Any]]) -> Checked:
    raw = {
        "variables": variables,
        "objective": {"sense": sense, "expression": objective},
        "constraints": [{"name": f"row_{place}", "expression": row} for place, row in enumerate(rows)],
    }
    return lower(check(Formulation.model_validate(raw)))


def best_point(sense: str, objective: str, rows: list[str], names: list[str]) -> float | None:
    """Return the best objective over all points, None where none keeps the rows; Python reads what was written."""
    found: list[float] = []
    for point in itertools.product(range(GREATEST + 1), repeat=len(names)):
        known = FUNCTIONS | dict(zip(names, point, strict=True))
        sides = [(eval(left, known), eval(right, known)) for left, right in (row.split(" <= ") for row in rows)]
        if all(left <= right + 1e-9 for left, right in sides):
            found.append(eval(objective, known))
    return (min if sense == "minimize" else max)(found) if found else None


@pytest.mark.parametrize("seed", range(25))
def test_whole_numbers_against_all_points(seed: int) -> None:
    chance = random.Random(seed)
    names = [f"x{place}" for place in range(chance.randint(2, 3))]

    def term() -> str:
        part = chance.choice(PARTS).format(a=chance.choice(names), b=chance.choice(names))
        return f"{chance.choice([1, 2, -1, -3, 0.5])}*({part})"

    objective = " + ".join(term() for _ in range(chance.randint(1, 3)))
    rows = [f"{term()} + {term()} <= {chance.randint(-2, 9)}", f"{chance.randint(0, 4)} <= {' + '.join(names)}"]
    sense = chance.choice(["minimize", "maximize"])
    variables = [{"name": name, "domain": "integer", "upper": GREATEST} for name in names]
    checked = built(sense, objective, rows, variables)
    assert checked.grounded is not None, checked.errors
    best = best_point(sense, objective, rows, names)
    result = run(emit(checked.grounded, "pyomo", rows=checked.rows, time_limit_s=60.0), LIMITS)
    if best is None:
        assert result.termination is Termination.INFEASIBLE, result.stdout + result.stderr
        return
    assert result.solution_status is SolutionStatus.OPTIMAL, result.stdout + result.stderr
    assert result.objective == pytest.approx(best, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("seed", range(12))
def test_quadratic_programs_against_each_other(seed: int) -> None:
    chance = random.Random(seed)
    names = [f"x{place}" for place in range(chance.randint(2, 5))]

    def line(low: int, high: int) -> str:
        return " + ".join(f"{chance.randint(low, high)}*{name}" for name in names)

    signs = ["1*"] if seed % 2 else ["1*", "-1*", "2*"]
    squares = [
        f"{chance.choice(signs)}({line(-3, 3)} + {chance.randint(-4, 4)})**2" for _ in range(chance.randint(1, 4))
    ]
    rows = [f"{line(-2, 4)} {chance.choice(['<=', '>='])} {chance.randint(0, 12)}" for _ in range(chance.randint(1, 4))]
    variables = [{"name": n, "lower": chance.choice([0, 0, -3]), "upper": chance.choice([5, 8])} for n in names]
    checked = built("minimize", " + ".join([*squares, line(-3, 3)]), rows, variables)
    assert checked.grounded is not None, checked.errors
    grounded, objectives, ends = checked.grounded, list[float](), set[Termination]()
    for engine in ENGINES:
        if engine.library != "pyomo" or engine.missing() or engine.refuses(grounded, checked.rows):
            continue
        result = run(emit(grounded, "pyomo", rows=checked.rows, solver=engine.solver, time_limit_s=60.0), LIMITS)
        if engine.local and result.solution_status is SolutionStatus.NONE:
            continue
        ends.add(result.termination)
        if result.objective is not None:
            objectives.append(result.objective)
    assert len(ends) == 1
    assert objectives == pytest.approx([objectives[0]] * len(objectives), rel=1e-5, abs=1e-5) if objectives else True
