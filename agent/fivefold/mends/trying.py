"""Trying mends: each proposal is built, checked and solved, and the one that leaves the fewest faults is kept."""

from __future__ import annotations

import time
from dataclasses import dataclass

from fivefold.checks import check_shape, check_text
from fivefold.checks.results import falsify
from fivefold.editing import edited
from fivefold.errors import FivefoldError
from fivefold.mends.proposals import Mend, proposals, readable
from fivefold.verdict import penalty_of
from fivefold_solvers.analyze.instance import instance
from fivefold_solvers.backends.registry import UnusableError
from fivefold_solvers.backends.session import Session
from fivefold_solvers.backends.solved import Options
from fivefold_solvers.build.errors import BuildError
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation, Objective
from fivefold_solvers.formulation.finding import Finding, error, errors
from fivefold_solvers.formulation.polynomial import Polynomial

MOST_TURNS = 6
BUDGET_S = 10.0
_SOLVE_S = 1.0
_LEAST_GAIN = 0.5
"""Weighted faults that a mend has to take away at least."""


@dataclass(frozen=True, slots=True)
class Mended:
    """What came of trying."""

    formulation: Formulation
    """The formulation with all mends that were kept."""
    mends: tuple[Mend, ...]
    """What was kept, in order; empty where nothing left fewer faults."""
    before: float
    """Weighted faults before."""
    after: float
    """Weighted faults after."""


def mended(formulation: Formulation, text: str, *, budget_s: float = BUDGET_S) -> Mended:
    """Return a formulation with those edits that leave fewer faults, taken one after the other.

    Args:
        formulation: the formulation, with its data.
        text: the problem in words that it should say.
        budget_s: seconds for all of it.
    """
    deadline = time.perf_counter() + budget_s
    if not readable(check(formulation)):
        return Mended(formulation, (), 0.0, 0.0)
    session = Session("auto")
    try:
        return _climbed(formulation, text, session, deadline)
    finally:
        session.close()


def _climbed(formulation: Formulation, text: str, session: Session, deadline: float) -> Mended:
    findings = _faults(formulation, text, session)
    before = weight = penalty_of(findings)
    kept: list[Mend] = []
    for _ in range(MOST_TURNS):
        if weight == 0 or time.perf_counter() > deadline:
            break
        best: tuple[float, Formulation, list[Finding], Mend] | None = None
        for mend in proposals(formulation, text, findings):
            if time.perf_counter() > deadline:
                break
            try:
                tried = edited(formulation, mend.operations)
            except FivefoldError:
                continue  # it names what another mend has taken away
            left = _faults(tried, text, session)
            found = penalty_of(left)
            if found < weight - _LEAST_GAIN and (best is None or found < best[0]):
                best = (found, tried, left, mend)
        if best is None:
            break
        weight, formulation, findings, mend = best
        kept.append(mend)
    return Mended(formulation, tuple(kept), before, weight)


def _faults(formulation: Formulation, text: str, session: Session) -> list[Finding]:
    """Return everything that speaks against a formulation, solved or not."""
    checked = check(formulation)
    findings: list[Finding] = [*checked.findings, *check_shape(checked), *check_text(formulation, text)]
    if errors(findings):
        return findings
    goal = checked.rows.objective
    if isinstance(goal, Polynomial) and goal.beyond:
        # Quotients and powers are solved elsewhere; the rows can be held against the text all the same.
        formulation = formulation.model_copy(update={"objective": Objective(sense="satisfy")})
    try:
        built = instance(formulation)
        solved = session.solve(built.arrays, options=Options(time_limit_s=_SOLVE_S))
    except (BuildError, UnusableError) as fault:
        return [*findings, error("not-built", "", str(fault))]
    if not solved.optimal or solved.values is None:
        return [*findings, error("no-optimum", "the solver", f"it says {solved.termination}")]
    return findings + falsify(formulation, text, built.solution(solved.values))
