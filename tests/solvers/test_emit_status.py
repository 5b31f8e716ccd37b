"""Which of infeasible, unbounded and optimal emitted programs say, whatever solver they call."""

from typing import Any

import pytest

from fivefold_solvers.emit import emit
from fivefold_solvers.emit.engines import ENGINES, Engine
from fivefold_solvers.formulation.check import Checked, check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.result import Limits
from fivefold_solvers.sandbox import run


def checked(**raw: Any) -> Checked:
    result = check(Formulation.model_validate(raw))
    assert result.ok, result.errors
    return result


@pytest.mark.parametrize("engine", [one for one in ENGINES if one.missing() is None], ids=lambda one: one.title)
@pytest.mark.parametrize(
    ("domain", "row", "said"),
    [
        ("continuous", "x - y <= 2", "unbounded"),
        ("continuous", "2 <= x - y and x - y <= 1", "infeasible"),
        ("integer", "x - y <= 2", "unbounded"),
        ("integer", "1 <= 3*x - 3*y and 3*x - 3*y <= 2", "infeasible"),
    ],
)
def test_which_of_infeasible_and_unbounded_is_found_out(engine: Engine, domain: str, row: str, said: str) -> None:
    problem = checked(
        variables=[{"name": "x", "domain": domain}, {"name": "y", "domain": domain}],
        objective={"sense": "maximize", "expression": "x + y"},
        constraints=[{"name": "r", "expression": row}],
    )
    assert problem.grounded is not None
    if engine.local or engine.refuses(problem.grounded, problem.rows) is not None:
        pytest.skip("it takes no such program, or proves nothing")
    source = emit(problem.grounded, engine.library, solver=engine.solver, rows=problem.rows, time_limit_s=20)
    result = run(source, Limits(wall_s=60))
    assert (result.termination, result.objective, result.values) == (said, None, {}), result.stderr
