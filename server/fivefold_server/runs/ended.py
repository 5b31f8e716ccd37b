"""What came of a run, in one form for both kinds: from words, and of a formulation that was there."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from fivefold.answer import spell_number
from fivefold.outcome import Outcome
from fivefold.waiting import Pause
from fivefold_server.errors import Refusal
from fivefold_server.store.runs import RunRow
from fivefold_server.workspace.checking import formulation_of
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.program import Program
from fivefold_solvers.result import ExecutionResult, Exit, SolutionStatus, Termination

REPORTED = {
    Termination.INFEASIBLE: "infeasible",
    Termination.UNBOUNDED: "unbounded",
    Termination.INFEASIBLE_OR_UNBOUNDED: "infeasible",
    Termination.TIME_LIMIT: "time_limit",
}
"""Why a solver stopped, as the status of the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run ended, or where it waits for a person, and everything that it left."""

    status: str
    """As a run's status."""
    pause: Pause | None = None
    """What it waits for; None where it is over."""
    undone: dict[str, Any] | None = None
    """What could not be done for a better answer, as a problem document; the run can be resumed for it."""
    text: str = ""
    """The answer in words."""
    found: dict[str, Any] | None = None
    """The whole of it, as JSON-like data."""
    error: dict[str, Any] | None = None
    """Why it failed, as a problem document."""
    formulation: Formulation | None = None
    """The formulation that it made; None where it ran one that was there, or made none."""
    stands: int | None = None
    """The version that it was to change and left as it was."""
    program: Program | None = None
    result: ExecutionResult | None = None
    verdict: dict[str, Any] | None = None
    """What the checks say, as it is."""
    tokens: tuple[int, int] = (0, 0)
    """LLM tokens of questions and answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a run that is over left, read again."""

    formulation: Formulation | None
    """Of a run from words; of other runs it is the version that they ran."""
    program: Program | None
    result: ExecutionResult | None
    text: str
    verdict: dict[str, Any] | None
    audit: dict[str, Any] | None
    """The recomputation that a run of a formulation ended with."""


def status_of(result: ExecutionResult | None) -> str:
    """Return the status of a run that left this result."""
    if result is None or result.exit is not Exit.OK:
        return "failed"
    if result.solution_status is SolutionStatus.OPTIMAL:
        return "succeeded"
    return REPORTED.get(result.termination, "failed")


def ended_with(outcome: Outcome) -> Ended:
    """Return the end of a run from words, or where it waits."""
    found = outcome.model_dump(mode="json")
    usage, pause = outcome.usage, outcome.waiting
    if pause is not None:
        shown = pause.formulation if pause.kind == "approval" else None
        tokens = (usage.prompt_tokens, usage.completion_tokens)
        return Ended(status="waiting", pause=pause, found=found, formulation=shown, tokens=tokens)
    return Ended(
        status=status_of(outcome.result),
        text=outcome.explanation,
        found=found,
        undone=_undone(outcome),
        formulation=outcome.formulation,
        program=outcome.program,
        result=outcome.result,
        verdict=found["verdict"],
        tokens=(usage.prompt_tokens, usage.completion_tokens),
    )


def told_of_change(ended: Ended, asked: dict[str, Any] | None) -> Ended:
    """Return the end of a run whose answer begins with what became of the wish, where it was to change a version.

    A question such as "why?" is read as a wish that changes nothing: without a word of that, the same answer once more
    looks like a reply to it.
    """
    if asked is None or ended.formulation is None or not ended.text:
        return ended
    version, best = asked["version"], asked.get("best")
    before = formulation_of(asked["formulation"])
    if ended.formulation.model_copy(update={"version": before.version}) == before:
        return _as_it_was(ended, version, before, asked.get("answer") or {})
    if best is None:
        return ended
    kept = "it is kept, and Formulation in the workspace takes it up again"
    return replace(ended, text=f"Before, version {version} came to {spell_number(best)}; {kept}.\n\n{ended.text}")


def _as_it_was(ended: Ended, version: int, before: Formulation, answer: dict[str, Any]) -> Ended:
    """Return the end of a run that changed nothing: version and verdict stay, a failed wish is no doubt of them."""
    undo = ", or “undo that”" if version > 1 else ""
    line = (
        f"Nothing was changed: what you said names no change of version {version}, so its answer stands. "
        f"Ask about it (“Why no ...?”, “What limits it?”), say what is to be different by the names that it uses{undo}."
    )
    found = {**(ended.found or {}), "formulation": before.model_dump(mode="json"), **answer}
    text = f"{line}\n\n{answer.get('explanation') or ended.text}"
    verdict = answer.get("verdict") or ended.verdict
    return replace(ended, text=text, found=found, formulation=None, stands=version, verdict=verdict)


def _undone(outcome: Outcome) -> dict[str, Any] | None:
    if not outcome.resumable:
        return None
    mend = "go on with the run when the LLM can be reached"
    return {**Refusal(502, "llm-later", outcome.stopped, mend).document(), "can_resume": True}


def pause_of(run: RunRow) -> Pause | None:
    """Return what a run waits for; None where it waits for nothing."""
    if run.status != "waiting" or run.found is None:
        return None
    waiting = json.loads(run.found).get("waiting")
    return None if waiting is None else Pause.model_validate(waiting)


def left_by(run: RunRow) -> Left | None:
    """Return what a run left; None where it left nothing but words."""
    if run.found is None or run.kind == "question":
        return None
    data: dict[str, Any] = json.loads(run.found)
    if run.kind == "words":
        outcome = Outcome.model_validate(data)
        return Left(
            formulation=outcome.formulation,
            program=outcome.program,
            result=outcome.result,
            text=outcome.explanation,
            verdict=data["verdict"],
            audit=None,
        )
    return Left(
        formulation=None,
        program=Program.model_validate(data["program"]),
        result=ExecutionResult.model_validate(data["result"]),
        text=data["text"],
        verdict=None,
        audit=data["audit"],
    )


def solution_facts(ended: Ended, formulation: Formulation | None) -> dict[str, Any]:
    """Return what the event `solution` tells: enough for a headline, the tables are asked for."""
    result = ended.result
    goal = None if formulation is None else formulation.objective
    return {
        "status": ended.status,
        "termination": None if result is None else str(result.termination),
        "solution_status": None if result is None else str(result.solution_status),
        "objective": None if result is None else result.objective,
        "bound": None if result is None else result.bound,
        "gap": None if result is None else result.gap,
        "sense": None if goal is None else goal.sense,
        "objective_name": None if goal is None else goal.description or goal.name,
        "unit": None if goal is None else goal.unit,
        "solver": None if result is None else f"{result.solver} {result.solver_version}".strip(),
        "wall_s": None if result is None else round(result.wall_s, 3),
        "verdict": ended.verdict,
        "text": ended.text,
    }
