"""The pipelines by name, Fivefold's own among them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from fivefold.api import asolve
from fivefold.errors import CallerError
from fivefold.llm import LLM
from fivefold.outcome import Outcome
from fivefold.trace import record
from fivefold_benchmarks.baselines import (
    Attempt,
    Bounds,
    Pipeline,
    direct,
    experts,
    five_text,
    staged,
    thought,
    vote,
)
from fivefold_benchmarks.baselines.attempt import summary
from fivefold_benchmarks.case import ENDINGS, Expected
from fivefold_solvers.formulation.markdown import to_markdown

OWN_SHARE = 0.9
"""Of the bound on tokens, what Fivefold gives itself: it finishes the step under way, and should not be cut in it."""
_NO_BOUNDS = Bounds()


def recorded(baseline: Callable[[LLM, str], Awaitable[Attempt]]) -> Pipeline:
    """Return a baseline as a pipeline that keeps its spans where the bounds say."""

    async def pipeline(llm: LLM, question: str, *, bounds: Bounds = _NO_BOUNDS) -> Attempt:
        with record(problem=question, seed=bounds.seed, path=bounds.trace):
            return await baseline(llm, question)

    return pipeline


async def fivefold(llm: LLM, question: str, *, bounds: Bounds = _NO_BOUNDS, **options: Any) -> Attempt:
    """Return what Fivefold makes of a problem; a refused text is an attempt without a value.

    The objective counts as reported whatever the verdict says, as it does for the other pipelines. `options` are
    those of `fivefold.Options` that are not as they come.
    """
    try:
        outcome = await asolve(
            question,
            llm=llm,
            checkpoint=False,
            trace=bounds.trace,
            time_limit_s=30.0,
            max_tokens=max(100, round(OWN_SHARE * bounds.max_tokens)),
            max_seconds=bounds.max_seconds,
            **options,
        )
    except CallerError as fault:
        return Attempt(None, ran=False, status=f"refused: {str(fault)[:60]}")
    return _attempt(outcome)


def _attempt(outcome: Outcome) -> Attempt:
    path = "" if outcome.program is None or outcome.program.path == "emitted" else ", free program"
    kept = max((turn.round for turn in outcome.rounds if turn.kept), default=0)
    return Attempt(
        outcome.objective,
        ran=outcome.objective is not None,
        status=f"{outcome.verdict.grade}, round {kept}{path}",
        run_s=outcome.usage.solver_s,
        formulation="" if outcome.formulation is None else to_markdown(outcome.formulation),
        program="" if outcome.program is None else outcome.program.source,
        result={} if outcome.result is None else summary(outcome.result),
        ending=_ending(outcome),
        quantities=_quantities(outcome) if outcome.values else None,
        verdict=str(outcome.verdict.grade),
        confidence=outcome.verdict.confidence,
        corrections=sum(turn.round > 0 for turn in outcome.rounds),
    )


def _ending(outcome: Outcome) -> Expected:
    if outcome.result is None:
        return "unknown"
    return ENDINGS.get(outcome.result.termination, "unknown")


def _quantities(outcome: Outcome) -> dict[str, float]:
    """Return the values of all variables, each named like `ship[north,2]`."""
    return {
        f"{name}[{','.join(map(str, index))}]" if index else name: value
        for name, table in outcome.values.items()
        for index, value in table.items()
    }


PIPELINES: dict[str, Pipeline] = {
    "direct": recorded(direct),
    "direct-plain": recorded(partial(direct, frame=False)),
    "thought": recorded(thought),
    "five-text": recorded(five_text),
    "staged": recorded(staged),
    "experts": recorded(experts),
    "vote": recorded(vote),
    "fivefold": fivefold,
    "fivefold-no-repair": partial(fivefold, rounds=0, mends=False),
    "fivefold-no-mends": partial(fivefold, mends=False),
    "fivefold-mends-only": partial(fivefold, rounds=0),
    "fivefold-no-trials": partial(fivefold, checks="text"),
    "fivefold-bare": partial(fivefold, rounds=0, mends=False, checks="text"),
    "fivefold-no-standard": partial(fivefold, standard=False),
    "fivefold-3": partial(fivefold, samples=3),
    "fivefold-3-no-repair": partial(fivefold, samples=3, rounds=0, mends=False),
    "fivefold-program": partial(fivefold, free_program=True),
}

ABOUT: dict[str, str] = {
    "direct": "one answer: a whole Pyomo program, its frame shown in the prompt",
    "direct-plain": "the same without the frame",
    "thought": "reasoning step by step, then the program (chain of thought)",
    "five-text": "the five elements as text, then a program from them (the shape of LLMOPT)",
    "staged": "extract, formulate sentence by sentence, program, debug (the shape of OptiMUS)",
    "experts": "a conductor, experts, a reducer, looking back (the shape of Chain-of-Experts)",
    "vote": "direct five times with sampling; the value that most agree on",
    "fivefold": "Fivefold as it comes",
    "fivefold-no-repair": "Fivefold without self-correction",
    "fivefold-no-mends": "Fivefold whose LLM alone corrects it, nothing by rule",
    "fivefold-mends-only": "Fivefold corrected by rule alone: as many LLM answers as without self-correction",
    "fivefold-no-trials": "Fivefold without re-solves that try to falsify the answer",
    "fivefold-bare": "Fivefold with neither",
    "fivefold-no-standard": "Fivefold whose LLM writes every formulation, those of standard models, too",
    "fivefold-3": "Fivefold with up to three independent derivations",
    "fivefold-3-no-repair": "the same without self-correction",
    "fivefold-program": "Fivefold without formulation: the LLM writes the program",
}
"""What each pipeline does, in a line."""
