"""What files tell of, made from an outcome, or from a formulation that was run."""

from __future__ import annotations

from datetime import UTC, datetime

from fivefold.deliverables.found import audit_facts, checks_of
from fivefold.deliverables.material import Material
from fivefold.formulations import Answer
from fivefold.outcome import Outcome
from fivefold.version import own_version
from fivefold_solvers.audit import audit
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.lower import lower


def of_outcome(outcome: Outcome, title: str = "") -> Material:
    """Return the material of everything that came of a problem.

    Args:
        outcome: what `fivefold.solve` returned.
        title: heads the files; without one the formulation's own.
    """
    formulation, result = outcome.formulation, outcome.result
    checks = {} if formulation is None else checks_of(formulation)
    recomputed = None
    if formulation is not None and result is not None and result.values and checks["ok"]:
        recomputed = audit_facts(audit(lower(check(formulation)), result))
    return Material(
        title=title or ("" if formulation is None else formulation.title),
        problem=outcome.problem.text,
        version=None,
        formulation=formulation,
        checks=checks,
        program=outcome.program,
        result=result,
        text=outcome.explanation,
        verdict=outcome.verdict.model_dump(mode="json"),
        audit=recomputed,
        made=made_now(),
    )


def of_answer(formulation: Formulation, answer: Answer, problem: str = "", title: str = "") -> Material:
    """Return the material of a formulation that was run without an LLM.

    Args:
        formulation: with all its data.
        answer: what running it gave.
        problem: the problem in words, where there are any.
        title: heads the files; without one the formulation's own.
    """
    return Material(
        title=title or formulation.title,
        problem=problem,
        version=None,
        formulation=formulation,
        checks=checks_of(formulation),
        program=answer.program,
        result=answer.result,
        text=answer.text,
        audit=None if answer.audit is None else audit_facts(answer.audit),
        made=made_now(),
    )


def made_now() -> str:
    """Return when and with which version of Fivefold a file is made."""
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC with Fivefold {own_version()}"
