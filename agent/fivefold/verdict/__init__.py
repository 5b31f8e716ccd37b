"""What is known of an answer without knowing the right one: checks, a grade, and words for the LLM.

Nothing here is ever called proved: a formulation is falsified by a check, or not falsified.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from fivefold.verdict.confidence import Signs, confidence
from fivefold_solvers.formulation.finding import Finding, Severity


class Grade(StrEnum):
    """How an answer stands after all checks."""

    CONFIRMED = "confirmed"
    """Solved, no check found fault, and an independent derivation from the text came to the same."""
    CONSISTENT = "consistent"
    """Solved, and no check found fault."""
    SUSPICIOUS = "suspicious"
    """Solved, but checks found something that is probably not meant."""
    REFUTED = "refuted"
    """Falsified: the result does not hold for the formulation, or the formulation contradicts the text."""
    UNSOLVED = "unsolved"
    """There is no optimal solution to judge."""


class CheckResult(BaseModel):
    """One check and what it found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    check: str
    """Name of the rule."""
    passed: bool
    """Whether it found no fault."""
    severity: Severity
    """How much its fault matters."""
    message: str
    """What it found."""
    evidence: str = ""
    """What shows it: a quote, a row, a value."""


class Verdict(BaseModel):
    """All checks of one answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    grade: Grade
    """The sum of it."""
    checks: tuple[CheckResult, ...] = ()
    """Every check that found fault, and those that say what was looked at."""
    confidence: float | None = None
    """Share of answers with such signs that were right where the right one is known; None without a solution."""
    accepted: bool = True
    """Whether the risk of being wrong is below what the caller set; without a bound, whether it is not refuted."""
    penalty: float = 0.0
    """Weighted faults; of several candidates of one problem the one with the least is kept."""
    feedback: tuple[str, ...] = ()
    """The faults in words, worst first, as the LLM is told them."""


_WEIGHTS = {
    "number-unexplained": 1.0,
    "always-true": 1.0,
    "unused": 1.0,
    "domain-parts": 2.0,
    "number-unused": 2.0,
    "unused-variable": 2.0,
    "free-of-rows": 2.0,
    "empty-forall": 2.0,
    "quote-missing": 2.0,
    "domain-whole": 2.0,
    "fixed": 2.0,
    "dominated": 3.0,
    "exact": 3.0,
    "fraction": 3.0,
    "index-idle": 3.0,
    "kinds-as-limit": 3.0,
    "limit-summed": 3.0,
    "no-opening": 3.0,
    "one-unsaid": 3.0,
    "nouns": 3.0,
    "period": 3.0,
    "says-nothing": 3.0,
    "sign": 3.0,
    "term-twice": 3.0,
    "units": 3.0,
    "covariance-once": 4.0,
    "each-one": 4.0,
    "fence": 4.0,
    "forced-zero": 4.0,
    "goal-counts": 4.0,
    "goal-fixed": 4.0,
    "goal-twice": 4.0,
    "index-doubled": 4.0,
    "limit-subject": 4.0,
    "limit-twice": 4.0,
    "no-pi": 4.0,
    "objective-ratio": 4.0,
    "percent": 4.0,
    "rate-as-limit": 4.0,
    "ratio": 4.0,
    "scale": 4.0,
    "sense": 4.0,
    "share": 4.0,
    "shift-alone": 4.0,
    "unit-scale": 4.0,
    "relation": 4.0,
    "unasked": 4.0,
    "trivial-optimum": 5.0,
    "no-room": 6.0,
    "unbounded": 6.0,
    "constant-objective": 8.0,
    "no-optimum": 12.0,
    "audit": 30.0,
}
_FALSIFIED_WEIGHT = 4.0
_ERROR_WEIGHT = 20.0
ACCEPTED_PENALTY = 1.0
"""A candidate with no more than this is not repaired: one unexplained constant is often a derived number."""


def _weight(finding: Finding) -> float:
    if finding.code.startswith("falsified-"):
        return _FALSIFIED_WEIGHT if finding.severity is Severity.WARNING else _ERROR_WEIGHT
    return _WEIGHTS.get(finding.code, _ERROR_WEIGHT if finding.severity is Severity.ERROR else 1.0)


def penalty_of(findings: Sequence[Finding]) -> float:
    """Return the weighted sum of faults; notes weigh nothing."""
    return sum((_weight(finding) for finding in findings if finding.severity is not Severity.NOTE), 0.0)


def verdict_of(
    findings: Sequence[Finding],
    *,
    solved: bool,
    agreeing: int = 0,
    differing: int = 0,
    program: bool = False,
    repaired: bool = False,
    curved: bool = False,
    risk: float | None = None,
) -> Verdict:
    """Return the verdict on an answer.

    Args:
        findings: what all checks found.
        solved: whether it has an optimal solution.
        agreeing: how many independent derivations come to the same.
        differing: how many come to something else.
        program: whether it is a program of the LLM's own.
        repaired: whether the LLM wrote it in the knowledge of what the checks had found.
        curved: whether the problem goes beyond sums.
        risk: share of wrong answers that the caller bears; an answer above it is not accepted.
    """
    faults = sorted(
        (finding for finding in findings if finding.severity is not Severity.NOTE), key=lambda f: -penalty_of([f])
    )
    checks = tuple(
        CheckResult(check=f.code, passed=False, severity=f.severity, message=str(f), evidence=f.where) for f in faults
    )
    doubts = [str(fault) for fault in faults]
    if solved and differing and not agreeing:
        said = _apart(differing)
        checks = (
            *checks,
            CheckResult(check="derivations-differ", passed=False, severity=Severity.WARNING, message=said),
        )
        doubts.append(said)
    if not solved:
        grade = Grade.UNSOLVED
    elif any(finding.severity is Severity.ERROR for finding in faults):
        grade = Grade.REFUTED
    elif doubts:
        grade = Grade.SUSPICIOUS
    else:
        grade = Grade.CONFIRMED if agreeing else Grade.CONSISTENT
    penalty = penalty_of(findings)
    signs = Signs(agreeing, differing, penalty, program, repaired, curved)
    sure = confidence(signs) if solved and grade is not Grade.REFUTED else None
    return Verdict(
        grade=grade,
        checks=checks,
        confidence=None if sure is None else round(sure, 3),
        accepted=sure is not None and (risk is None or 1 - sure <= risk),
        penalty=penalty,
        feedback=tuple(doubts),
    )


def _apart(differing: int) -> str:
    many = "another derivation from the text alone comes" if differing == 1 else f"{differing} other derivations come"
    return f"{many} to something else, and none to this"
