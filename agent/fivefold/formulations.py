"""Saved formulations from Python: reading, giving them data, compiling, running, without any LLM.

::

    from fivefold import formulations
    plan = formulations.load("formulation.json")
    answer = formulations.run(plan)
    print(answer.result.objective, answer.text)
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from fivefold.answer import Values, answer_text, whole_values
from fivefold.errors import CallerError, FivefoldError, OutsideError
from fivefold_solvers.audit import Audit, Certificate, CertificateError, Duals, audit, certificate
from fivefold_solvers.audit.rays import duals_of, infeasibility_ray
from fivefold_solvers.backends.registry import UnusableError
from fivefold_solvers.backends.session import solve
from fivefold_solvers.build.arrays import Arrays
from fivefold_solvers.build.errors import BuildError
from fivefold_solvers.build.from_rows import from_checked
from fivefold_solvers.emit import NotExpressibleError, emit, select
from fivefold_solvers.formulation.check import Checked, check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Severity, error
from fivefold_solvers.formulation.json_text import from_json
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.formulation.markdown_read import from_markdown
from fivefold_solvers.formulation.read import Reading, read
from fivefold_solvers.formulation.values import is_object
from fivefold_solvers.program import Library, Program
from fivefold_solvers.result import ExecutionResult, Limits, SolutionStatus, Termination
from fivefold_solvers.sandbox import SandboxError
from fivefold_solvers.sandbox import run as run_program

MAX_BYTES = 64 * 2**20
"""Largest file that is read as a formulation; more data belongs in data files."""
STARTING_S = 30.0
"""Seconds that a program gets beside its solver's time limit: to start, to build, to report."""
Wanted = Literal["pyomo", "ortools", "mathopt", "cpsat"]
"""A modelling library; `ortools` is whichever of MathOpt and CP-SAT can take the formulation."""


class FaultyError(FivefoldError):
    """A formulation or its data has faults that keep it from being used; every one is in `findings`."""

    def __init__(self, what: str, findings: Sequence[object], mend: str = "") -> None:
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        text = f"{what}: {findings[0]}{more}" if findings else what
        super().__init__(f"{text}; {mend}" if mend else text)
        self.findings = tuple(findings)
        """Findings of the formulation or of the data, the first to mend first."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of running a formulation."""

    program: Program
    """The program that ran."""
    why: str
    """Why it is for its library and solver."""
    result: ExecutionResult
    """What running it gave."""
    audit: Audit | None
    """The recomputation of a solution; None where there is none."""
    text: str
    """The answer in the problem's words."""
    values: Values
    """Values of the variables by name and index, those of whole numbers whole; `result.values` may be a hair off."""

    @property
    def holds(self) -> bool:
        """Whether the solver calls it optimal and recomputing found no fault."""
        return self.result.solved and self.audit is not None and not self.audit.faults


def load(path: str | Path) -> Formulation:
    """Return the formulation in a file: JSON or Markdown as `fivefold solve --out` writes them, or an outcome.

    Raises:
        CallerError: there is no such file, or no formulation in it; says where and how to mend it.
    """
    try:
        with Path(path).open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as fault:
        raise CallerError(f"cannot read {path}: {fault.strerror}; give a formulation.json or formulation.md") from None
    return loads(text_of(raw, str(path)), where=str(path))


def text_of(raw: bytes, where: str) -> str:
    """Return a formulation's bytes as text.

    Raises:
        CallerError: they are too many, or no text.
    """
    if len(raw) > MAX_BYTES:
        raise CallerError(f"{where} is larger than {MAX_BYTES // 2**20} MiB; keep the data in files and bind it")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise CallerError(f"{where}: byte {fault.start} is not UTF-8; give a formulation as JSON or Markdown") from None


def loads(text: str | Mapping[str, object], *, where: str = "the text") -> Formulation:
    """Return the formulation that a text or its JSON as a mapping holds, with slips of the form read as meant.

    Raises:
        CallerError: there is none; says where and how to mend it.
    """
    return formulation_in(reading(text if isinstance(text, str) else json.dumps(dict(text))), where)


def formulation_in(found: Reading, where: str) -> Formulation:
    """Return the formulation that was read.

    Raises:
        CallerError: there is none; says where the text comes from and what is wrong with it first.
    """
    if found.formulation is None:
        faults = [finding for finding in found.findings if finding.severity is Severity.ERROR]
        more = f" (and {len(faults) - 1} more: `fivefold check` lists them)" if len(faults) > 1 else ""
        raise CallerError(f"{where} is no formulation: {faults[0] if faults else 'it is empty'}{more}")
    return found.formulation


def reading(text: str) -> Reading:
    """Return the formulation that a text holds and what was noted on reading it; None and errors where it has none."""
    if not text.strip():
        return Reading(None, (error("empty", "", "there is nothing in it", "write a formulation as JSON or Markdown"),))
    if not text.lstrip().startswith(("{", "[")):
        formulation, findings = from_markdown(text)
        return Reading(formulation, tuple(findings))
    formulation, findings = from_json(text)
    if formulation is not None or any(finding.code == "bad-json" for finding in findings):
        return Reading(formulation, tuple(findings))
    data: Any = json.loads(text)
    if is_object(data) and is_object(data.get("formulation")):
        # A whole outcome, as `fivefold solve --json` prints it.
        data = data["formulation"]
        formulation, findings = from_json(json.dumps(data))
        if formulation is not None:
            return Reading(formulation, tuple(findings))
    return read(data)


def lowered(formulation: Formulation) -> Checked:
    """Return a formulation checked and with logic, `abs`, `min` and `max` rewritten, ready to be compiled.

    Raises:
        FaultyError: it has errors.
    """
    checked = check(formulation)
    ready = lower(checked) if checked.ok else checked
    if not ready.ok:
        raise FaultyError("the formulation cannot be solved as it is", ready.errors)
    return ready


def arrays(formulation: Formulation) -> Arrays:
    """Return a formulation as the arrays of a linear or quadratic program.

    Raises:
        FaultyError: it has errors, or is not linear.
    """
    try:
        return from_checked(lowered(formulation))
    except BuildError as fault:
        raise FaultyError("the formulation cannot be written as arrays", fault.findings) from None


def compiled(
    ready: Checked, library: Wanted = "pyomo", *, solver: str | None = None, time_limit_s: float | None = None
) -> tuple[Program, str]:
    """Return the stand-alone program of a lowered formulation, and why it is for its library and solver.

    Args:
        ready: what `lowered` returned.
        library: what to write it in.
        solver: the solver to call; the one that fits where None.
        time_limit_s: seconds after which its solver stops; None for no limit.

    Raises:
        CallerError: the library has no such solver.
        FaultyError: library or solver cannot take it.
    """
    assert ready.grounded is not None, "`lowered` refuses what cannot be grounded"
    why = "asked for"
    used: Library
    try:
        if library in {"pyomo", "ortools"}:
            family: Literal["pyomo", "ortools"] = "pyomo" if library == "pyomo" else "ortools"
            choice = select(ready.grounded, family, rows=ready.rows, solver=solver)
            used, solver, why = choice.library, choice.solver, choice.reason
        else:
            used = "cpsat" if library == "cpsat" else "mathopt"
        program = emit(ready.grounded, used, rows=ready.rows, time_limit_s=time_limit_s, solver=solver)
    except NotExpressibleError as fault:
        mend = "take another library or solver: pyomo takes every formulation"
        raise FaultyError("it cannot be compiled", (error("not-expressible", "", str(fault), mend),)) from None
    except ValueError as fault:
        raise CallerError(str(fault)) from None
    return program, why


def run(
    formulation: Formulation,
    *,
    library: Wanted = "pyomo",
    solver: str | None = None,
    time_limit_s: float = 60.0,
    isolation: str = "none",
) -> Answer:
    """Check, lower, compile and run a formulation in the sandbox; recompute its result.

    Args:
        formulation: the formulation with all its data.
        library: modelling library of the program.
        solver: the solver to call; the one that fits where None.
        time_limit_s: seconds for the solver.
        isolation: least level of isolation at which the program may run.

    Raises:
        CallerError: the library has no such solver.
        FaultyError: it has errors, or library or solver cannot take it.
        OutsideError: this machine cannot run programs, or not as well held as asked.
    """
    ready = lowered(formulation)
    program, why = compiled(ready, library, solver=solver, time_limit_s=time_limit_s)
    wall = time_limit_s + STARTING_S
    try:
        result = run_program(program, Limits(wall_s=wall, cpu_s=wall * 8), at_least=isolation)
    except SandboxError as fault:
        raise OutsideError(str(fault)) from fault
    found: Audit | None = None
    if result.solution_status is not SolutionStatus.NONE and result.values:
        found = audit(ready, result)
        if not found.faults:
            result = result.model_copy(update={"evidence": "audited"})
    text = answer_text(formulation, result, found)
    return Answer(program, why, result, found, text, whole_values(formulation, result.values))


def certified(formulation: Formulation, result: ExecutionResult) -> Certificate:
    """Return the certificate of a result, with what dual values prove where the program is linear.

    Raises:
        CertificateError: the result claims nothing that can be certified, or recomputing it finds fault.
    """
    duals = _duals(formulation, result)
    try:
        return certificate(formulation, result, duals)
    except CertificateError:
        if duals is None:
            raise
        # Without the dual values it may still hold that the solution is one.
        return certificate(formulation, result)


def _duals(formulation: Formulation, result: ExecutionResult) -> Duals | None:
    try:
        built = arrays(formulation)
        if result.termination is Termination.INFEASIBLE:
            return infeasibility_ray(built)
        if built.integer.any() or built.quadratic is not None:
            return None
        return duals_of(built, solve(built, backend="auto"))
    except (FaultyError, UnusableError):
        return None
