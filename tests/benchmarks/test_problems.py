"""The problems in words: their formulations are sound and have the optimum that is written beside them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from fivefold import formulations
from fivefold_solvers.backends.session import solve
from fivefold_solvers.build.errors import BuildError
from fivefold_solvers.build.from_rows import from_checked
from fivefold_solvers.formulation.check import Checked, check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.lower import lower

FOLDER = Path(__file__).parent.parent / "problems"
PATHS = sorted(FOLDER.glob("*.json"))
FIELDS = {"text", "status", "objective", "kind", "how", "formulation"}
TIGHT, LOOSE = 1e-6, 1e-4
"""Nonlinear programs are solved to the looser one."""

every = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


@cache
def problem(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return read


@cache
def checked(path: Path) -> Checked:
    return check(Formulation.model_validate(problem(path)["formulation"]))


def solved(found: Checked) -> tuple[str, float | None]:
    """Return why the solver stopped and the objective."""
    try:
        arrays = from_checked(lower(found))
    except BuildError:
        result = formulations.run(found.formulation, time_limit_s=20).result
        return str(result.termination), result.objective
    answer = solve(arrays, backend="auto")
    return str(answer.termination), answer.objective


@every
def test_the_form(path: Path) -> None:
    own = problem(path)
    assert own.keys() == FIELDS
    assert own["how"]
    assert (own["objective"] is None) == (own["status"] != "optimal")
    assert len(own["text"].split()) >= 30
    assert [str(found) for found in checked(path).errors] == []
    assert checked(path).problem_class == own["kind"]


@every
def test_quotes_are_of_the_text(path: Path) -> None:
    words = " ".join(problem(path)["text"].split())
    for element in checked(path).formulation.elements():
        if element.source is not None and element.source.kind == "stated":
            assert element.source.quote in words, element.name


@every
def test_the_optimum(path: Path) -> None:
    own = problem(path)
    termination, objective = solved(checked(path))
    assert termination == own["status"]
    if own["objective"] is not None:
        tolerance = LOOSE if own["kind"] in {"NLP", "MINLP"} else TIGHT
        assert objective == pytest.approx(own["objective"], rel=tolerance, abs=tolerance)
