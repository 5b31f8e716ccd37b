"""The end of a run that a person stops: with the best that it found so far, and with what can be said of that."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from fivefold.answer import answer_text
from fivefold.checks.curves import is_curved
from fivefold.errors import CallerError
from fivefold.formulations import compiled, lowered
from fivefold.outcome import Outcome, UsageReport
from fivefold.problem import Problem
from fivefold.verdict import verdict_of
from fivefold.verdict.derivations import choose, has_answer
from fivefold_server.runs.ended import Ended
from fivefold_server.runs.keeping import KeptRun
from fivefold_server.runs.solving import ended_with_version
from fivefold_server.runs.telling import Teller
from fivefold_server.runs.watching import Best, Watcher
from fivefold_server.store.runs import RunRow
from fivefold_solvers.audit import audit
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding
from fivefold_solvers.program import Program
from fivefold_solvers.result import ExecutionResult

STOPPED = "The run was stopped: not everything was looked for, and not every check was made."
UNSOLVED = (
    "The run was stopped before anything was solved. What was written so far is kept as a version: look at it, and "
    "solve it if it is right."
)


async def best_of_version(run: RunRow, watcher: Watcher, teller: Teller) -> Ended | None:
    """Return the best solution of a version so far; None where there is none."""
    best = await watcher.best()
    if best is None:
        return None
    ready = lowered(best.formulation)
    asked: dict[str, Any] = json.loads(run.asked)
    program, why = compiled(ready, asked["library"], solver=asked["solver"], time_limit_s=asked["time_limit_s"])
    return ended_with_version(run, best.formulation, program, why, best.result, teller, status="stopped")


async def best_of_words(run: RunRow, keeper: KeptRun, watcher: Watcher) -> Ended | None:
    """Return the best that a run from words came to: a solution, else the formulation; None where there is nothing."""
    from fivefold.graph import stored_state

    best = await watcher.best()
    try:
        state: dict[str, Any] = {**await stored_state(run.id, keeper)}
    except CallerError:
        return None
    candidates = [*state.get("derived", []), *([state["best"]] if state.get("best") else [])]
    at_hand = state.get("candidate")
    if not has_answer(candidates) and at_hand is not None and has_answer([at_hand]):
        candidates = [at_hand]
    if has_answer(candidates):
        return _ended(run, state, candidates[choose(candidates)])
    if best is not None:
        return _ended(run, state, _with(at_hand, best))
    if at_hand is None or at_hand["formulation"] is None:
        return None
    return Ended(status="cancelled", formulation=Formulation.model_validate(at_hand["formulation"]), text=UNSOLVED)


def _with(at_hand: dict[str, Any] | None, best: Best) -> dict[str, Any]:
    """Return a candidate with the solution that was found for its formulation."""
    formulation = best.formulation.model_dump(mode="json")
    known: dict[str, Any] = {"findings": [], "why": "", "program": None}
    if at_hand is not None and at_hand["formulation"] == formulation:
        known = at_hand
    return {**known, "formulation": formulation, "result": best.result.model_dump(mode="json")}


def _ended(run: RunRow, state: dict[str, Any], kept: dict[str, Any]) -> Ended:
    formulation = None if kept["formulation"] is None else Formulation.model_validate(kept["formulation"])
    program = None if kept["program"] is None else Program.model_validate(kept["program"])
    result = ExecutionResult.model_validate(kept["result"])
    findings = [Finding.model_validate(one) for one in kept["findings"]]
    words = _words(formulation, result)
    usage, problem = _usage(state.get("spent")), Problem.model_validate(state["problem"])
    verdict = verdict_of(
        findings,
        solved=result.solved,
        program=formulation is None,
        curved=is_curved(problem.checked, formulation),
    )
    outcome = Outcome(
        run_id=run.id,
        problem=problem,
        formulation=formulation,
        program=program,
        why=kept.get("why", ""),
        result=result,
        verdict=verdict,
        findings=tuple(findings),
        assumptions=() if formulation is None else formulation.assumptions,
        explanation="\n".join((*words, STOPPED)),
        stopped=STOPPED,
        usage=usage,
    )
    found = outcome.model_dump(mode="json")
    return Ended(
        status="stopped", text=outcome.explanation, found=found, formulation=formulation, program=program,
        result=result, verdict=found["verdict"], tokens=(usage.prompt_tokens, usage.completion_tokens),
    )  # fmt: skip


def _words(formulation: Formulation | None, result: ExecutionResult) -> Sequence[str]:
    if formulation is None:
        return (f"The program of the LLM came to {result.objective}.",)
    found = audit(lowered(formulation), result)
    return (answer_text(formulation, result, found), *found.faults)


def _usage(spent: dict[str, Any] | None) -> UsageReport:
    if spent is None:
        return UsageReport()
    usage = spent["usage"]
    return UsageReport(
        calls=usage["calls"],
        prompt_tokens=usage["prompt_tokens"],
        completion_tokens=usage["completion_tokens"],
        llm_s=usage["seconds"],
        solver_s=spent["solver_s"],
        cached_calls=spent["cached_calls"],
    )
