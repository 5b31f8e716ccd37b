"""The outcome of a run, made of the state that it came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.clarification import Reading
from fivefold.outcome import Outcome, Round, UsageReport
from fivefold.problem import Problem
from fivefold.scenario import Scenario
from fivefold.verdict import Verdict, verdict_of
from fivefold.verdict.derivations import Derived
from fivefold.waiting import Answered
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding
from fivefold_solvers.program import Program
from fivefold_solvers.result import ExecutionResult

if TYPE_CHECKING:
    from fivefold.graph import Reached
    from fivefold.state import Candidate
    from fivefold.tools import Tools
    from fivefold_solvers.data.mapping import DataMapping


def _mapping(best: Candidate | None) -> DataMapping | None:
    kept = None if best is None else best.get("mapping")
    if kept is None:
        return None
    from fivefold_solvers.data.mapping import DataMapping

    return DataMapping.model_validate(kept)


def outcome_of(name: str, reached: Reached, tools: Tools, wall_s: float) -> Outcome:
    """Return everything that came of a run so far.

    Args:
        name: of the run.
        reached: its state, and what it waits for.
        tools: with what it took.
        wall_s: seconds of this part of it.
    """
    final, pause = reached.state, reached.pause
    best = final.get("best") or final.get("candidate")
    findings = tuple(Finding.model_validate(finding) for finding in (best or {}).get("findings", ()))
    formulation = best["formulation"] if best else None
    program, result = (best["program"], best["result"]) if best else (None, None)
    built = None if formulation is None else Formulation.model_validate(formulation)
    stored = final.get("verdict")
    usage = tools.usage
    return Outcome(
        run_id=name,
        problem=Problem.model_validate(final["problem"]),
        formulation=built,
        mapping=_mapping(best),
        program=None if program is None else Program.model_validate(program),
        why=best.get("why", "") if best else "",
        result=None if result is None else ExecutionResult.model_validate(result),
        verdict=Verdict.model_validate(stored) if stored else verdict_of(findings, solved=False),
        findings=findings,
        assumptions=() if built is None else built.assumptions,
        explanation=final.get("explanation", "") if pause is None else f"The run waits for a reply: {pause.text}",
        question=final.get("question", ""),
        waiting=pause,
        answers=tuple(Answered.model_validate(one) for one in final.get("answers", ())),
        readings=tuple(Reading.model_validate(one) for one in final.get("readings", ())),
        derivations=tuple(Derived.model_validate(one) for one in final.get("derivations", ())),
        scenarios=tuple(Scenario.model_validate(one) for one in final.get("scenarios", ())),
        rounds=tuple(Round.model_validate(turn) for turn in final.get("rounds", ())),
        stopped=final.get("stopped", ""),
        resumable=reached.resumable,
        usage=UsageReport(
            calls=usage.calls,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            llm_s=usage.seconds,
            solver_s=tools.solver_s,
            wall_s=wall_s,
            cached_calls=tools.cached_calls,
        ),
    )
