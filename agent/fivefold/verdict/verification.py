"""The verdict on a formulation that somebody else made: checked, solved, recomputed and tried to falsify.

::

    from fivefold.verdict.verification import verify
    found = verify(fivefold.formulations.load("formulation.json"), text)
    print(found.verdict.grade, found.verdict.feedback)
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from fivefold.checks import check_shape, check_text
from fivefold.checks.curves import is_curved
from fivefold.checks.results import check_result, falsify
from fivefold.errors import CallerError, OutsideError
from fivefold.formulations import Answer, FaultyError, run
from fivefold.from_arrays import formulation_of
from fivefold.reading.further import without_further
from fivefold.verdict import Verdict, verdict_of
from fivefold_solvers.build.lp_read import LpError, from_lp
from fivefold_solvers.build.mps import MpsError, from_mps
from fivefold_solvers.emit.dump import dumped, dumping
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, error
from fivefold_solvers.result import Limits
from fivefold_solvers.sandbox import SandboxError
from fivefold_solvers.sandbox import run as run_program


@dataclass(frozen=True, slots=True)
class Verification:
    """What is known of a formulation without knowing the right answer. Not falsified does not mean right."""

    formulation: Formulation
    """What was looked at."""
    verdict: Verdict
    """The sum of it, with every doubt in words."""
    findings: tuple[Finding, ...]
    """Everything that was found."""
    answer: Answer | None
    """What running it gave; None where it has errors."""


def verify(
    formulation: Formulation,
    text: str,
    *,
    from_data: Collection[str] = (),
    time_limit_s: float = 60.0,
    isolation: str = "none",
) -> Verification:
    """Return the verdict on a formulation of a problem in words; no LLM is asked.

    Args:
        formulation: the formulation, with its data.
        text: the problem in words that it should say.
        from_data: names of the sets and parameters whose values come from data files: the text says nothing of them.
        time_limit_s: seconds for the solver.
        isolation: least level of isolation at which its program may run.

    Raises:
        OutsideError: this machine cannot run programs, or not as well held as asked.
    """
    checked = check(formulation)
    words = without_further(text)
    stated = check_text(_without(formulation, from_data), words, quoted=text)
    findings = [*checked.findings, *check_shape(checked), *stated]
    try:
        answer = run(formulation, time_limit_s=time_limit_s, isolation=isolation)
    except FaultyError as fault:
        known = {str(finding) for finding in findings}
        findings += [one for one in fault.findings if isinstance(one, Finding) and str(one) not in known]
        return Verification(formulation, verdict_of(findings, solved=False), tuple(findings), None)
    findings += check_result(answer.result)
    if answer.audit is not None:
        findings += [error("audit", "the result", fault) for fault in answer.audit.faults[:5]]
    if answer.result.solved:
        findings += falsify(formulation, words, answer.result.values)
    verdict = verdict_of(findings, solved=answer.result.solved, curved=is_curved(words, formulation))
    return Verification(formulation, verdict, tuple(findings), answer)


def _without(formulation: Formulation, names: Collection[str]) -> Formulation:
    """Return the formulation with the data of some sets and parameters left open."""
    sets = [one.model_copy(update={"elements": None} if one.name in names else {}) for one in formulation.sets]
    tables = [one.model_copy(update={"values": None} if one.name in names else {}) for one in formulation.parameters]
    return formulation.model_copy(update={"sets": tuple(sets), "parameters": tuple(tables)})


def foreign(path: Path, text: str, *, isolation: str = "none") -> Formulation:
    """Return the formulation that a foreign file holds: LP, MPS, or a Pyomo program, which is run in the sandbox.

    Args:
        path: the file; its ending says what it is.
        text: its content.
        isolation: least level of isolation at which a program may run.

    Raises:
        CallerError: it cannot be read as a formulation; says why.
        OutsideError: this machine cannot run programs, or not as well held as asked.
    """
    ending = path.suffix.lower()
    if ending == ".py":
        text = _built_by(text, path.name, isolation)
    assumed: list[str] = []
    try:
        arrays = from_mps(text, assumed) if ending == ".mps" else from_lp(text)
    except (LpError, MpsError) as fault:
        raise CallerError(f"{path.name}: {fault}") from None
    return formulation_of(arrays, path.stem, path.name, assumed)


def _built_by(source: str, name: str, isolation: str) -> str:
    try:
        result = run_program(dumping(source), Limits(wall_s=120.0), at_least=isolation)
    except SandboxError as fault:
        raise OutsideError(str(fault)) from fault
    text = dumped(result.stdout)
    if text is None:
        lines = (result.stderr.strip() or result.stdout.strip() or f"it ended with {result.exit}").splitlines()
        mend = "see that it runs by itself and leaves a pyo.ConcreteModel in a global name"
        told = lines[-1][:300] if "; " in lines[-1] else f"{lines[-1][:300]}; {mend}"
        raise CallerError(f"{name}: no linear or quadratic Pyomo formulation came of it: {told}")
    return text
