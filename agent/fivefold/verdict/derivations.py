"""Independent derivations of one problem: which of them agree, whether that is enough, and which one is kept.

An LLM that errs twice rarely errs twice in the same way, so that two derivations from the text alone which come to
the same optimum say more than any look at one of them. Each is a `Candidate`; nothing here asks the LLM.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from fivefold.state import Candidate
from fivefold.verdict import Grade, verdict_of
from fivefold_solvers.formulation.finding import Finding
from fivefold_solvers.result import ExecutionResult

SAME = 1e-4
"""Relative difference up to which two optima count as the same: what solvers of programs that an LLM wrote stop at."""
ENOUGH = 2
"""Derivations that have to agree for no other to be asked for."""
_WEIGHTS = {Grade.CONSISTENT: 1.0, Grade.SUSPICIOUS: 0.25}
_PROGRAM_WEIGHT = 0.1
"""What a solved derivation counts when they disagree, from development problems: a doubted formulation and a program
that agree were mostly wrong where a formulation without doubts came to something else. A program alone, which nothing
checks, was right no more often than the doubted formulation beside it, which people can read and mend."""


class Derived(BaseModel):
    """One derivation as the outcome tells of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["formulation", "program"]
    """What the LLM wrote."""
    grade: Grade
    """What the checks say of it alone."""
    objective: float | None = None
    """Its optimum; None where it has none."""
    agrees: bool = False
    """Whether it comes to what the kept one comes to."""
    kept: bool = False
    """Whether it is the one that the outcome gives."""
    difference: tuple[str, ...] = ()
    """What parts it from the kept one, in words."""


def solved_objective(candidate: Candidate) -> float | None:
    """Return the optimum of a candidate; None without one."""
    if candidate["result"] is None:
        return None
    result = ExecutionResult.model_validate(candidate["result"])
    return result.objective if result.solved else None


def has_answer(candidates: Sequence[Candidate]) -> bool:
    """Whether any candidate was solved."""
    results = [candidate["result"] for candidate in candidates if candidate["result"] is not None]
    return any(ExecutionResult.model_validate(result).solved for result in results)


def grade_of(candidate: Candidate) -> Grade:
    """Return what the checks say of a candidate alone."""
    result = None if candidate["result"] is None else ExecutionResult.model_validate(candidate["result"])
    findings = [Finding.model_validate(finding) for finding in candidate["findings"]]
    return verdict_of(findings, solved=result is not None and result.solved).grade


def weight_of(candidate: Candidate) -> float:
    """Return how much a candidate counts in a vote; nothing where it is unsolved or refuted."""
    if solved_objective(candidate) is None:
        return 0.0
    grade = grade_of(candidate)
    if candidate["formulation"] is None:
        return _PROGRAM_WEIGHT if grade in _WEIGHTS else 0.0
    return _WEIGHTS.get(grade, 0.0)


def same(first: float | None, second: float | None) -> bool:
    """Whether two optima are equal as far as solvers tell."""
    if first is None or second is None:
        return False
    return abs(first - second) <= SAME * max(1.0, abs(first), abs(second))


def groups(candidates: Sequence[Candidate]) -> list[list[int]]:
    """Return which candidates come to the same optimum, each group in order; unsolved ones are in none."""
    found: list[list[int]] = []
    for place, candidate in enumerate(candidates):
        if weight_of(candidate) == 0.0:
            continue
        objective = solved_objective(candidate)
        home = next((group for group in found if same(solved_objective(candidates[group[0]]), objective)), None)
        if home is None:
            found.append([place])
        else:
            home.append(place)
    return found


def settled(candidates: Sequence[Candidate]) -> bool:
    """Whether enough derivations agree for no other to be needed."""
    return any(len(group) >= ENOUGH for group in groups(candidates))


def choose(candidates: Sequence[Candidate]) -> int:
    """Return which candidate to keep: of the group that counts most, the first formulation with the fewest faults.

    Where nothing is solved, the first one is kept: it was repaired, and its faults are the ones to tell.
    """
    found = groups(candidates)
    if not found:
        return 0
    best = max(found, key=lambda group: (sum(weight_of(candidates[place]) for place in group), -group[0]))
    return min(best, key=lambda place: (candidates[place]["formulation"] is None, candidates[place]["penalty"], place))


def told(candidates: Sequence[Candidate], kept: int) -> tuple[Derived, ...]:
    """Return all derivations as the outcome tells of them."""
    group = next((group for group in groups(candidates) if kept in group), [kept])
    return tuple(
        Derived(
            kind="program" if candidate["formulation"] is None else "formulation",
            grade=grade_of(candidate),
            objective=solved_objective(candidate),
            agrees=place != kept and place in group,
            kept=place == kept,
        )
        for place, candidate in enumerate(candidates)
    )
