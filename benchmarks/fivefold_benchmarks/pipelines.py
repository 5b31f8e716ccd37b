"""The pipelines by name, Fivefold's own among them."""

from __future__ import annotations

from functools import partial

from fivefold.api import asolve
from fivefold.errors import CallerError
from fivefold.llm import LLM, Usage
from fivefold_benchmarks.baselines import Attempt, Pipeline, direct, five_text


async def fivefold(llm: LLM, question: str, *, rounds: int = 2) -> Attempt:
    """Return what Fivefold makes of a problem; a refused text is an attempt without a value.

    The objective counts as reported whatever the verdict says, as it does for the other pipelines.
    """
    try:
        outcome = await asolve(question, llm=llm, rounds=rounds, checkpoint=False, time_limit_s=30.0)
    except CallerError as fault:
        return Attempt(None, ran=False, status=f"refused: {str(fault)[:60]}", usage=Usage())
    taken = outcome.usage
    usage = Usage(
        prompt_tokens=taken.prompt_tokens,
        completion_tokens=taken.completion_tokens,
        calls=taken.calls,
        cached=taken.calls > 0 and taken.cached_calls == taken.calls,
        seconds=taken.llm_s,
    )
    path = "" if outcome.program is None or outcome.program.path == "emitted" else ", free program"
    status = (
        f"{outcome.verdict.grade}, round {max((turn.round for turn in outcome.rounds if turn.kept), default=0)}{path}"
    )
    return Attempt(outcome.objective, outcome.objective is not None, status, usage, taken.solver_s)


PIPELINES: dict[str, Pipeline] = {
    "direct": direct,
    "direct-plain": partial(direct, frame=False),
    "five-text": five_text,
    "fivefold": fivefold,
    "fivefold-no-repair": partial(fivefold, rounds=0),
}
