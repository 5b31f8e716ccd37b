"""What is compared: every solver behind every library that programs are emitted for, and every back-end on arrays."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from fivefold_solvers.backends.backend import Backend
from fivefold_solvers.backends.registry import BACKENDS
from fivefold_solvers.backends.session import solve
from fivefold_solvers.backends.solved import Options
from fivefold_solvers.build.errors import BuildError
from fivefold_solvers.build.from_rows import from_checked
from fivefold_solvers.emit import ENGINES, Engine, emit
from fivefold_solvers.result import Exit, Limits, SolutionStatus, Termination, report_values
from fivefold_solvers.result import last_report as report_of
from fivefold_solvers.sandbox import run
from tests.solvers import corpus_cases
from tests.solvers.corpus_cases import Case, objective_of, worst_violation

FOLDERS = (corpus_cases.FOLDER, Path(__file__).parent / "corpus")
TIGHT, LOOSE = 1e-6, 1e-4
TIME_LIMIT_S = 60.0

Outcome = Literal["agrees", "not able", "disagrees"]


@dataclass(frozen=True)
class Cell:
    """What one solver made of one formulation."""

    outcome: Outcome
    words: str
    """The reason where it is not able, the difference where it disagrees; else what kind of optimum it is."""


@dataclass(frozen=True)
class Column:
    """One way to a solution."""

    name: str
    missing: Callable[[], str | None]
    """Why it cannot be tried here; nothing is imported for it."""
    attempt: Callable[[Case], Cell]


@dataclass(frozen=True)
class _Answer:
    """What came back, in whatever way."""

    termination: Termination
    status: SolutionStatus
    objective: float | None
    bound: float | None
    worst: float
    """Largest violation, and difference between the objective and what the formulation says of the values."""
    said: str = ""


def paths() -> list[Path]:
    """Return the files of all formulations, by name."""
    return sorted((path for folder in FOLDERS for path in folder.glob("*.json")), key=lambda path: path.stem)


def columns() -> list[Column]:
    """Return all ways, programs first."""
    programs = [Column(one.title, one.missing, partial(_by_program, one)) for one in ENGINES]
    direct = [Column(f"arrays to {one.name}", one.available, partial(_by_arrays, one)) for one in BACKENDS.values()]
    return [*programs, *direct]


def _by_program(engine: Engine, case: Case) -> Cell:
    reason = engine.refuses(case.linear, case.lowered.rows)
    if reason is not None:
        return Cell("not able", reason)
    program = emit(case.linear, engine.library, rows=case.lowered.rows, time_limit_s=TIME_LIMIT_S, solver=engine.solver)
    result = run(program, Limits(wall_s=120))
    if result.exit is not Exit.OK:
        return Cell("disagrees", f"{result.exit}: {result.stderr.strip()[-300:]}")
    assert report_of(result.stdout) is not None
    worst = 0.0
    if result.solution_status is not SolutionStatus.NONE:
        report = report_of(result.stdout)
        assert report is not None
        values = report_values(report)
        worst = worst_violation(case.linear, values)
        if result.objective is not None:
            worst = max(worst, abs(objective_of(case.linear, values) - result.objective) / _scale(result.objective))
    answer = _Answer(
        result.termination, result.solution_status, result.objective, result.bound, worst, result.stdout[-300:]
    )
    return _judged(case, answer, local=engine.local, loose=engine.local or engine.solver == "pdlp")


def _by_arrays(backend: Backend, case: Case) -> Cell:
    try:
        arrays = from_checked(case.lowered)
    except BuildError as error:
        return Cell("not able", str(error).splitlines()[0])
    reason = backend.refuses(arrays)
    if reason is not None:
        return Cell("not able", reason)
    solved = solve(arrays, backend=backend.name, options=Options(time_limit_s=TIME_LIMIT_S))
    objective = None if case.original.formulation.objective.sense == "satisfy" else solved.objective
    answer = _Answer(
        solved.termination, solved.solution_status, objective, solved.bound, solved.violation, solved.message
    )
    return _judged(case, answer, local=False, loose=backend.name == "pdlp")


def _judged(case: Case, answer: _Answer, *, local: bool, loose: bool) -> Cell:
    faults = list(_faults(case, answer, loose=loose or case.checked.problem_class in {"NLP", "MINLP"}))
    proven = answer.status is SolutionStatus.OPTIMAL
    if local and not proven and case.status != "optimal":
        if answer.status is SolutionStatus.NONE:
            return Cell("not able", "a local search proves neither infeasible nor unbounded")
        return Cell("disagrees", f"a point where there is none: {answer.said}")
    if not faults and local and not proven and answer.status is SolutionStatus.FEASIBLE:
        return Cell("agrees", "local")
    if not proven and case.status == "optimal":
        faults.append(f"left {answer.status}, stopped {answer.termination}: {answer.said}")
    undecided = answer.termination is Termination.INFEASIBLE_OR_UNBOUNDED and case.status != "optimal"
    if answer.termination != case.status and not undecided:
        faults.append(f"{answer.termination} instead of {case.status}: {answer.said}")
    if faults:
        return Cell("disagrees", "; ".join(faults))
    return Cell("agrees", "undecided" if undecided else "")


def _faults(case: Case, answer: _Answer, *, loose: bool) -> Iterator[str]:
    tolerance = LOOSE if loose else TIGHT
    if answer.worst > tolerance:
        yield f"values are off by {answer.worst:.2g}"
    if case.status != "optimal":
        if answer.status is not SolutionStatus.NONE or answer.objective is not None:
            yield "a solution where there is none"
        return
    if case.optimum is None or case.original.formulation.objective.sense == "satisfy":
        return
    for what, value in (("objective", answer.objective), ("bound", answer.bound)):
        if value is None:
            if what == "objective":
                yield "no objective"
        elif abs(value - case.optimum) > tolerance * _scale(case.optimum):
            yield f"{what} {value!r} instead of {case.optimum!r}"


def _scale(value: float) -> float:
    return max(1.0, abs(value))
