"""Random small integer problems: every library finds the optimum that trying all points finds.

The problems mix what formulations are made of: text and number sets, sets of tuples, conditions, neighbours,
sparse data, fractions, bounds by index. Trying uses the evaluator, solving uses the emitted programs.
"""

import itertools
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fivefold_solvers.emit import emit
from fivefold_solvers.formulation.check import Checked, check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.program import Library
from fivefold_solvers.result import SolutionStatus, Termination, last_report, report_values
from tests.solvers.corpus_cases import Values, objective_of, worst_violation

PROBLEMS = 40
LIBRARIES: dict[Library, str] = {
    "pyomo": "pyomo.environ,highspy",
    "mathopt": "ortools.math_opt.python.mathopt",
    "cpsat": "ortools.sat.python.cp_model",
}
TERMS = [
    "sum(c[i]*x[i] for i in I)",
    "sum(d[i, t]*x[i] for i in I for t in T if t != 2)",
    "sum(c[i]*y[t] for i in I for t in T if (i, t) in PAIRS)",
    "sum(y[t]/4 for t in T) + x['b']",
    "x[first(I)] - 0.5*x[last(I)]",
    "sum(x[i]*(ord(i) - 1) for i in I) - y[2]",
    "sum(x[next(i)] - x[i] for i in I if i < last(I))",
    "(x['a'] if k > 2 else y[1])*k",
    "-(y[1] + y[2])/2",
    "sum(w[p]*y[1] for p in PAIRS)",
    "sum((i == 'a')*x[i] for i in I)",
]
ROWS: list[tuple[list[str], str]] = [
    ([], "{term} <= {rhs}"),
    ([], "{term} >= -{rhs}"),
    (["i in I"], "x[i] + {term} <= {rhs} + c[i]"),
    (["t in T if t < last(T)"], "y[next(t)] - y[t] <= 1 + {rhs}/10"),
    (["i in I if i > first(I)"], "x[prev(i)] <= x[i] + {rhs}/4"),
    (["(i, t) in PAIRS"], "x[i] + y[t] <= {rhs}*0.5 + w[i, t]"),
    (["p in PAIRS"], "w[p]*x['a'] <= {rhs} + w[p]"),
    (["i in I", "t in T"], "x[i]/3 + d[i, t]*y[t] <= {rhs} + d[i, t]"),
    (["t in T"], "(y[t] <= 1 if t == first(T) else sum(y[s] for s in T if s < t) <= {rhs})"),
    ([], "0 <= {term} + 2 <= {rhs} + 4"),
    (["i in I"], "sum(x[j] for j in I if j > i) <= {rhs}"),
    ([], "x['a'] + x['b'] + x['c'] == {whole}"),
]


def problem(seed: int) -> Checked:
    """Return a random problem over three entries of x and two of y."""
    draw = random.Random(seed)
    number = lambda: draw.choice([1, 2, 3, -1, 0, 0.5, 0.25, 1.5, -0.75])  # noqa: E731
    pairs = draw.sample([(i, t) for i in "abc" for t in (1, 2)], draw.randint(1, 4))
    sparse = {f"{i},{t}": number() for i, t in draw.sample([(i, t) for i in "abc" for t in (1, 2)], 3)}
    constraints = []
    for place in range(draw.randint(1, 4)):
        ranges, row = draw.choice(ROWS)
        term = draw.choice(TERMS).replace("for i in", "for h in").replace("[i", "[h").replace("(i", "(h")
        term = term.replace("if i", "if h")
        text = row.format(term=term, rhs=draw.choice([1, 2, 2.5, 3, 5]), whole=draw.randint(0, 5))
        constraints.append({"name": f"row_{place}", "forall": ranges, "expression": text})
    raw: dict[str, Any] = {
        "sets": [
            {"name": "I", "elements": ["a", "b", "c"]},
            {"name": "T", "expression": "range(1, 3)"},
            {"name": "PAIRS", "elements": pairs},
        ],
        "parameters": [
            {"name": "c", "index": ["i in I"], "values": [number() for _ in range(3)]},
            {"name": "d", "index": ["i in I", "t in T"], "values": sparse, "default": number()},
            {"name": "w", "index": ["p in PAIRS"], "expression": "c[first(I)] + 0.5*ord(p)"},
            {"name": "k", "values": draw.choice([1, 2, 3])},
            {"name": "top", "index": ["t in T"], "expression": "t + 0.5"},
        ],
        "variables": [
            {"name": "x", "index": ["I"], "domain": "integer", "lower": draw.choice([0, -1]), "upper": 2},
            {"name": "y", "index": ["t in T"], "domain": "integer", "upper": "top[t]"},
        ],
        "objective": {
            "sense": draw.choice(["minimize", "maximize"]),
            "expression": f"{draw.choice(TERMS)} + {draw.choice(TERMS)}",
        },
        "constraints": constraints,
    }
    return check(Formulation.model_validate(raw))


def best_by_trying(checked: Checked) -> float | None:
    """Return the best objective over all whole points, None if no point is feasible."""
    grounded = checked.grounded
    assert grounded is not None
    places = [(name, key) for name, block in grounded.variables.items() for key in block.bounds]
    ranges = [
        range(int(low), int(high) + 1) for block in grounded.variables.values() for low, high in block.bounds.values()
    ]
    found: list[float] = []
    for point in itertools.product(*ranges):
        values: Values = {name: {} for name in grounded.variables}
        for (name, key), value in zip(places, point, strict=True):
            values[name][key] = value
        if worst_violation(grounded, values) <= 1e-9:
            found.append(objective_of(grounded, values))
    if not found:
        return None
    return min(found) if grounded.formulation.objective.sense == "minimize" else max(found)


@pytest.fixture(scope="module")
def problems() -> dict[str, Checked]:
    built = ((f"p{seed:03d}", problem(seed)) for seed in range(PROBLEMS * 2))
    buildable = ((name, checked) for name, checked in built if checked.ok)
    return dict(itertools.islice(buildable, PROBLEMS))


@pytest.fixture(scope="module")
def optima(problems: dict[str, Checked]) -> dict[str, float | None]:
    return {name: best_by_trying(checked) for name, checked in problems.items()}


def test_enough_problems_can_be_built(problems: dict[str, Checked]) -> None:
    assert len(problems) == PROBLEMS


@pytest.mark.parametrize("library", LIBRARIES)
def test_random_problems_are_solved_as_by_trying(
    library: Library, problems: dict[str, Checked], optima: dict[str, float | None], tmp_path: Path
) -> None:
    for name, checked in problems.items():
        assert checked.grounded is not None
        (tmp_path / f"{name}.py").write_text(
            emit(checked.grounded, library, rows=checked.rows).source, encoding="utf-8"
        )
    script = Path(__file__).with_name("many_programs.py")
    subprocess.run([sys.executable, str(script), LIBRARIES[library], str(tmp_path)], check=True, timeout=120)
    infeasible = 0
    for name, checked in problems.items():
        output = (tmp_path / f"{name}.out").read_text(encoding="utf-8")
        report = last_report(output)
        assert report is not None, output
        assert checked.grounded is not None
        wanted = optima[name]
        source = (tmp_path / f"{name}.py").read_text(encoding="utf-8")
        if wanted is None:
            infeasible += 1
            assert report.termination is Termination.INFEASIBLE, source + output
            continue
        assert report.solution_status is SolutionStatus.OPTIMAL, source + output
        assert report.objective == pytest.approx(wanted, abs=1e-6), source + output
        assert worst_violation(checked.grounded, report_values(report)) <= 1e-6, source + output
    assert infeasible < PROBLEMS / 2
