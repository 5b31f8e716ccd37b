"""Derivations held against the one that is kept, on the problem's numbers and on others put in their place."""

from __future__ import annotations

from collections.abc import Sequence

from fivefold.checks.agreement import Derivation, compare
from fivefold.state import Candidate
from fivefold.verdict.derivations import Derived, solved_objective
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.program import Program

TRIALS = 8
"""How often other numbers are tried on two derivations."""
BUDGET_S = 3.0
"""Seconds for comparing two of them."""


def compared(candidates: Sequence[Candidate], kept: int, derived: Sequence[Derived], text: str) -> tuple[Derived, ...]:
    """Return the derivations with what sets each apart from the kept one.

    One that comes to the same only on the problem's own numbers does not agree.

    Args:
        candidates: all derivations, as the LLM wrote them.
        kept: which of them is kept.
        derived: the same, as told before.
        text: the problem in words.
    """
    base = _derivation(candidates[kept])
    found: list[Derived] = []
    for candidate, one in zip(candidates, derived, strict=True):
        if one.kept or one.objective is None or base.objective is None or candidate.get("beside"):
            found.append(one)
            continue
        agreement = compare(base, _derivation(candidate), text, trials=TRIALS, budget_s=BUDGET_S)
        agrees = one.agrees and agreement.agrees
        found.append(one.model_copy(update={"agrees": agrees, "difference": agreement.difference}))
    return tuple(found)


def _derivation(candidate: Candidate) -> Derivation:
    written, program = candidate["formulation"], candidate["program"]
    formulation = None if written is None else Formulation.model_validate(written)
    return Derivation(
        formulation=formulation,
        program=None if program is None else Program.model_validate(program),
        objective=solved_objective(candidate),
        sense=None if formulation is None else formulation.objective.sense,
    )
