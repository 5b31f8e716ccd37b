"""Majority vote: the same question several times with sampling, and the objective value that most programs print.

After X. Wang et al., Self-Consistency Improves Chain of Thought Reasoning in Language Models (arXiv 2203.11171),
over whole programs instead of chains of thought.
"""

from __future__ import annotations

from dataclasses import replace

from fivefold.llm import LLM
from fivefold_benchmarks.baselines.attempt import Attempt
from fivefold_benchmarks.baselines.direct import direct
from fivefold_benchmarks.metering import BudgetSpentError
from fivefold_benchmarks.statistics import agree, majority

TEMPERATURE = 0.7


async def vote(llm: LLM, question: str, *, samples: int = 5) -> Attempt:
    """Return the first program of the value that most of several programs agree on."""
    attempts: list[Attempt] = []
    for seed in range(samples):
        try:
            attempts.append(await direct(llm, question, temperature=TEMPERATURE, seed=seed))
        except BudgetSpentError:
            if not attempts:
                raise
            break
    ran = [attempt for attempt in attempts if attempt.ran]
    chosen = majority(ran, _agree) or attempts[0]
    votes = sum(_agree(chosen, attempt) for attempt in ran)
    status = f"{votes} of {len(attempts)} agree" if chosen.ran else chosen.status
    return replace(chosen, status=status, run_s=sum(attempt.run_s for attempt in attempts))


def _agree(one: Attempt, other: Attempt) -> bool:
    return agree(one.objective, other.objective)
