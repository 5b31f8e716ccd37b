"""The debugging loop that staged baselines share: a program that fails is shown to the LLM with its error."""

from __future__ import annotations

from dataclasses import replace

from fivefold.llm import LLM
from fivefold.nodes.write_program import code_of
from fivefold_benchmarks.baselines.attempt import RULES, Attempt, ask, attempt_with

ROUNDS = 3
"""Corrections at most, as in OptiMUS."""
MAX_FAULT = 800


async def debugged(llm: LLM, question: str, attempt: Attempt, *, rounds: int = ROUNDS) -> Attempt:
    """Return an attempt after it was corrected until its program ran, with all that this took."""
    for number in range(1, rounds + 1):
        if attempt.ran:
            break
        told = {"problem": question, "program": attempt.program, "fault": fault_of(attempt), "rules": RULES}
        reply = await ask(llm, "baseline_debug", told, max_tokens=1024, seed=number)
        after = await attempt_with(code_of(reply.text), formulation=attempt.formulation)
        status = f"{after.status}, correction {number}"
        attempt = replace(after, run_s=attempt.run_s + after.run_s, status=status, corrections=number)
    return attempt


def fault_of(attempt: Attempt) -> str:
    """Return how a program failed, in the words of its own output."""
    said = str(attempt.result.get("stderr") or attempt.result.get("stdout") or "")
    return f"{attempt.status}\n{said[-MAX_FAULT:]}".strip()
