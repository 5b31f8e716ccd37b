"""Majority vote: the same question several times with sampling, and the objective value that most programs print.

After X. Wang et al., Self-Consistency Improves Chain of Thought Reasoning in Language Models (arXiv 2203.11171),
over whole programs instead of chains of thought.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fivefold.llm import LLM, Usage
from fivefold_benchmarks.baselines.attempt import Attempt
from fivefold_benchmarks.baselines.direct import direct
from fivefold_solvers.result import COMPARISON_TOLERANCE

TEMPERATURE = 0.7


async def vote(llm: LLM, question: str, *, samples: int = 5) -> Attempt:
    """Return the program whose value most of several programs agree on, the earliest of equals."""
    attempts = [await direct(llm, question, temperature=TEMPERATURE, seed=seed) for seed in range(samples)]
    chosen, votes = winner(attempts)
    usage = sum((attempt.usage for attempt in attempts), start=Usage())
    status = f"{votes} of {samples} agree" if chosen.ran else chosen.status
    return replace(chosen, status=status, usage=usage, run_s=sum(attempt.run_s for attempt in attempts))


def winner(attempts: Sequence[Attempt]) -> tuple[Attempt, int]:
    """Return the first attempt with the value that most agree on, and how many do; the first without any value."""
    best, most = attempts[0], 0
    for attempt in attempts:
        votes = sum(_agree(attempt.objective, other.objective) for other in attempts)
        if votes > most:
            best, most = attempt, votes
    return best, most


def _agree(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return False
    return abs(one - other) <= COMPARISON_TOLERANCE * max(1.0, abs(one), abs(other))
