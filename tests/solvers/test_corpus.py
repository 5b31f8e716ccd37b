"""Every problem of the corpus, written in every library that can take it, solved, and checked against its oracle.

Each library runs in one child process that forks for each program (`many_programs`), since importing a library
takes longer than solving these problems.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fivefold_solvers.emit import cpsat_ready, emit, mathopt_ready, select
from fivefold_solvers.program import Library
from fivefold_solvers.result import Report, SolutionStatus, Termination, last_report, report_values
from tests.solvers import corpus_cases
from tests.solvers.corpus_cases import Case, objective_of, worst_violation

LIBRARIES: dict[Library, str] = {
    "pyomo": "pyomo.environ,highspy,pyscipopt",
    "mathopt": "ortools.math_opt.python.mathopt",
    "cpsat": "ortools.sat.python.cp_model",
}
NONLINEAR = {"can_design", "cooling", "largest_pen", "portfolio", "whole_square"}
TOLERANCE = 1e-6


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    return {name: corpus_cases.load(corpus_cases.FOLDER / f"{name}.json") for name in corpus_cases.names()}


@pytest.fixture(scope="module")
def outputs(cases: dict[str, Case], tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[Library, str], str]:
    """Standard output of every program, by library and problem."""
    folders = {library: tmp_path_factory.mktemp(library) for library in LIBRARIES}
    for name, case in cases.items():
        for library in _able(case):
            source = emit(case.linear, library, time_limit_s=20.0).source
            (folders[library] / f"{name}.py").write_text(source, encoding="utf-8")
    children = [_start(modules, folders[library]) for library, modules in LIBRARIES.items()]
    for child in children:
        assert child.wait(timeout=240) == 0
    return dict(_collected(folders))


def _able(case: Case) -> Iterator[Library]:
    yield "pyomo"
    if mathopt_ready(case.linear, case.lowered.rows) is None:
        yield "mathopt"
    if cpsat_ready(case.linear, case.lowered.rows) is None:
        yield "cpsat"


def _start(modules: str, folder: Path) -> "subprocess.Popen[bytes]":
    script = Path(__file__).with_name("many_programs.py")
    return subprocess.Popen([sys.executable, "-X", "utf8", str(script), modules, str(folder)])


def _collected(folders: dict[Library, Path]) -> Iterator[tuple[tuple[Library, str], str]]:
    for library, folder in folders.items():
        for program in folder.glob("*.py"):
            yield (library, program.stem), program.with_suffix(".out").read_text(encoding="utf-8")


def _report(output: str) -> Report:
    report = last_report(output)
    assert report is not None, output
    return report


def test_enough_problems_of_every_kind(cases: dict[str, Case]) -> None:
    assert len(cases) >= 50
    assert {str(case.checked.problem_class) for case in cases.values()} >= {"LP", "MILP", "QP", "MIQP", "NLP", "CP"}
    assert {case.status for case in cases.values()} == {"optimal", "infeasible", "unbounded"}


def test_whatever_is_linear_runs_on_or_tools_too(
    outputs: dict[tuple[Library, str], str], cases: dict[str, Case]
) -> None:
    with_or_tools = {name for library, name in outputs if library != "pyomo"}
    assert with_or_tools == cases.keys() - NONLINEAR
    assert sum(library == "cpsat" for library, _ in outputs) >= 15


@pytest.mark.parametrize("name", corpus_cases.names())
def test_solved_as_the_oracle_says(name: str, cases: dict[str, Case], outputs: dict[tuple[Library, str], str]) -> None:
    case = cases[name]
    for library in LIBRARIES:
        if (library, name) not in outputs:
            continue
        output = outputs[library, name]
        report = _report(output)
        assert "WARNING" not in output and "Traceback" not in output
        assert report.termination == Termination(case.status), (library, output)
        if case.status != "optimal":
            assert report.solution_status is SolutionStatus.NONE
            assert report.objective is None and report.values == {}
            continue
        assert report.solution_status is SolutionStatus.OPTIMAL, (library, output)
        values = report_values(report)
        assert worst_violation(case.linear, values) <= TOLERANCE, (library, output)
        assert worst_violation(case.original, values) <= TOLERANCE, (library, output)
        _check_objective(case, report, library, output)


def _check_objective(case: Case, report: Report, library: Library, output: str) -> None:
    if case.original.formulation.objective.sense == "satisfy":
        assert report.objective is None and case.optimum is None
        return
    assert case.optimum is not None and report.objective is not None
    scale = max(1.0, abs(case.optimum))
    assert abs(report.objective - case.optimum) <= TOLERANCE * scale, (library, case.optimum, output)
    recomputed = objective_of(case.original, report_values(report))
    assert abs(report.objective - recomputed) <= TOLERANCE * scale, (library, recomputed, output)
    if report.bound is not None:
        assert abs(report.bound - report.objective) <= TOLERANCE * scale, (library, output)


@pytest.mark.parametrize("name", sorted(NONLINEAR))
def test_or_tools_hands_nonlinear_problems_to_pyomo(name: str, cases: dict[str, Case]) -> None:
    choice = select(cases[name].linear, "ortools")
    assert choice.library == "pyomo"
    assert "not linear" in choice.reason


def test_report_is_for_people_too(outputs: dict[tuple[Library, str], str]) -> None:
    for library in LIBRARIES:
        lines = outputs[library, "knapsack"].splitlines()
        assert lines[0] == "Status:    optimal, solution: optimal"
        assert lines[1].startswith("Objective: maximize objective = ")
        assert sum(line.startswith("  take['") for line in lines) == len(lines) - 3
        assert len({line.index(" = ") for line in lines[2:-1]}) == 1
