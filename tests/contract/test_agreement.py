"""All solvers agree on all formulations of the corpus, in whatever way they are reached."""

import json
from pathlib import Path

import pytest

from tests.contract import matrix
from tests.contract.columns import FOLDERS, Column, columns, paths
from tests.contract.matrix import DOCUMENT, Matrix
from tests.contract.second_methods import SECOND
from tests.solvers.corpus_cases import Case

TRIED = [column for column in columns() if column.missing() is None]


def named(value: Column | Path) -> str:
    return value.name if isinstance(value, Column) else value.stem


@pytest.fixture(scope="module")
def known() -> dict[str, Case]:
    return matrix.cases()


@pytest.fixture(scope="module")
def found(known: dict[str, Case]) -> Matrix:
    return matrix.filled(known, TRIED)


@pytest.mark.parametrize("path", paths(), ids=named)
def test_every_solver_agrees(path: Path, found: Matrix) -> None:
    own = {column.name: found[path.stem, column.name] for column in TRIED}
    assert [f"{name}: {cell.words}" for name, cell in own.items() if cell.outcome == "disagrees"] == []


def test_every_formulation_is_solved_in_several_ways(known: dict[str, Case], found: Matrix) -> None:
    lonely = {name for name in known if sum(found[name, column.name].outcome == "agrees" for column in TRIED) < 2}
    # Nonlinear programs are proven by SCIP alone; the second way is IPOPT, which proves neither of these.
    assert lonely <= {"outside_disc"} or not any("IPOPT" in column.name for column in TRIED)


@pytest.mark.parametrize("column", TRIED, ids=named)
def test_every_solver_has_formulations(column: Column, known: dict[str, Case], found: Matrix) -> None:
    assert sum(found[name, column.name].outcome == "agrees" for name in known) >= 10


def test_the_document_says_so(known: dict[str, Case], found: Matrix) -> None:
    lines = [line for line in DOCUMENT.read_text("utf-8").splitlines() if line.startswith("| ")]
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    start = next(place for place, row in enumerate(table) if row[0] == "formulation")
    names = table[start][2:]
    assert {column.name for column in TRIED} <= set(names)
    for row in table[start + 1 :]:
        said = dict(zip(names, row[2:], strict=True))
        for column in TRIED:
            assert said[column.name] == matrix.sign(found[row[0], column.name]), f"{row[0]}: {column.name}"
    assert [row[0] for row in table[start + 1 :]] == list(known)


@pytest.mark.parametrize("name", sorted(SECOND))
def test_optimum_by_a_second_method(name: str) -> None:
    path = FOLDERS[1] / f"{name}.json"
    assert json.loads(path.read_text("utf-8"))["optimum"] == pytest.approx(SECOND[name](), rel=1e-9)


def test_every_optimum_has_a_second_method() -> None:
    optimal = {path.stem for path in FOLDERS[1].glob("*.json") if '"optimum"' in path.read_text("utf-8")}
    assert optimal == SECOND.keys()


def test_a_difference_is_seen(known: dict[str, Case]) -> None:
    case = known["knapsack"]
    wrong = Case(case.name, case.status, (case.optimum or 0) + 1, case.checked, case.lowered)
    cell = TRIED[0].attempt(wrong)
    assert cell.outcome == "disagrees" and "objective" in cell.words
    endless = Case(case.name, "unbounded", None, case.checked, case.lowered)
    assert TRIED[0].attempt(endless).outcome == "disagrees"
