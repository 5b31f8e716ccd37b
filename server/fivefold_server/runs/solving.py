"""The kinds of runs as coroutines: from words, of a version that is there, and a question about one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from fivefold.answer import answer_text
from fivefold.api import aresume, asolve
from fivefold.change import Change
from fivefold.deliverables.found import audit_facts
from fivefold.errors import CallerError, OutsideError
from fivefold.events import Event
from fivefold.formulations import STARTING_S, compiled, lowered
from fivefold.inquiry.ask import ask
from fivefold.keeper import Keeper
from fivefold.options import Options
from fivefold.outcome import Outcome
from fivefold.problem import Problem
from fivefold.settings import Settings
from fivefold.verdict import Verdict
from fivefold.waiting import PersonReply
from fivefold_server.runs.ended import Ended, ended_with, status_of, told_of_change
from fivefold_server.runs.telling import Teller
from fivefold_server.runs.watching import Watcher
from fivefold_server.store import replies
from fivefold_server.store.runs import RunRow
from fivefold_server.workspace.binding import Given, on_disk
from fivefold_server.workspace.checking import formulation_of
from fivefold_solvers.audit import Audit, audit
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.program import Program
from fivefold_solvers.result import ExecutionResult, Limits, SolutionStatus
from fivefold_solvers.sandbox import SandboxError, arun


async def solve_words(
    run: RunRow, settings: Settings, teller: Teller, keeper: Keeper, watcher: Watcher, data: Sequence[Given] = ()
) -> Ended:
    """Solve a problem in words, with data files if there are any; a run that was begun before goes on where it was.

    Raises:
        FivefoldError: the LLM or this machine failed, or the text is no problem.
    """
    asked: dict[str, Any] = json.loads(run.asked)

    def hear(event: Event) -> None:
        watcher.hear(event)
        teller.hear(event)

    with on_disk(data) as paths:
        given = {"data": [str(path) for path in paths], "llm": asked["llm"], "settings": settings, "checkpoint": keeper}
        return await _solved(run, asked, teller, {**given, "on_event": hear})


async def _solved(run: RunRow, asked: dict[str, Any], teller: Teller, common: dict[str, Any]) -> Ended:
    outcome = await _gone_on(run, asked, teller, common)
    known = replies.given(run)
    while outcome.waiting is not None and outcome.waiting.id in known:
        reply = PersonReply.model_validate(known[outcome.waiting.id])
        outcome = await aresume(run.id, reply, **common)
    return told_of_change(ended_with(outcome), asked.get("change"))


async def _gone_on(run: RunRow, asked: dict[str, Any], teller: Teller, common: dict[str, Any]) -> Outcome:
    """Begin a run, or go on with one that was begun before."""
    if run.attempts > 1:
        try:
            return await aresume(run.id, **common)
        except CallerError:
            # It was stopped before its first step was kept, so it begins anew.
            teller.tell("warning", message="nothing was kept of the run before it was stopped; it begins anew")
    options = Options.model_validate(asked["options"])
    wanted: dict[str, str] | None = asked.get("change")
    if wanted is None:
        return await asolve(asked["text"], run_id=run.id, options=options, **common)
    problem = Problem(text=wanted["before"], standing=wanted["standing"])
    change = Change(formulation=formulation_of(wanted["formulation"]), request=wanted["request"])
    return await asolve(problem, change=change, run_id=run.id, options=options, **common)


async def solve_formulation(run: RunRow, settings: Settings, teller: Teller, text: str, watcher: Watcher) -> Ended:
    """Check, compile, run and audit a version.

    Raises:
        FivefoldError: it has faults, its library cannot take it, or this machine cannot run programs.
    """
    asked: dict[str, Any] = json.loads(run.asked)
    formulation = formulation_of(text)
    with teller.step("check") as said:
        ready = lowered(formulation)
        said.append(str(ready.problem_class))
    limit_s: float = asked["time_limit_s"]
    with teller.step("emit") as said:
        program, why = compiled(ready, asked["library"], solver=asked["solver"], time_limit_s=limit_s)
        said.append(f"{program.library} program for {program.solver}: {why}")
    teller.tell("code.version", formulation=run.formulation, library=program.library, solver=program.solver)
    with teller.step("run") as said:
        wall = limit_s + STARTING_S
        limits = Limits(wall_s=wall, cpu_s=wall * 8)
        watcher.begin(formulation)
        try:
            result = await arun(program, limits, on_line=lambda _, line: teller.line(line), at_least=settings.isolation)
        except SandboxError as fault:
            raise OutsideError(str(fault)) from fault
        watcher.end()
        said.append(str(result.termination if result.exit == "ok" else result.exit))
    return ended_with_version(run, formulation, program, why, result, teller)


async def answer_question(run: RunRow, teller: Teller, text: str) -> Ended:
    """Answer what somebody asks in words about the best plan of a version.

    Raises:
        FivefoldError: it cannot be answered for this version.
    """
    asked: dict[str, Any] = json.loads(run.asked)
    formulation = formulation_of(text)
    verdict = None if asked["verdict"] is None else Verdict.model_validate(asked["verdict"])
    with teller.step("answer"):
        # In a thread: whoever stops the run does not wait for the solver.
        reply = await asyncio.to_thread(ask, formulation, asked["text"], verdict=verdict, limit_s=asked["time_limit_s"])
    return Ended(status="succeeded", text=reply.text, found={"kind": "question", "ok": reply.ok, "text": reply.text})


def ended_with_version(
    run: RunRow,
    formulation: Formulation,
    program: Program,
    why: str,
    result: ExecutionResult,
    teller: Teller,
    status: str | None = None,
) -> Ended:
    """Recompute a result of a version, and return the end of its run.

    Args:
        run: the run.
        formulation: the version.
        program: what was made of it, and `why` for its library.
        why: see there.
        result: what came of it.
        teller: hears of the recomputation.
        status: of the run; what the result says without it.
    """
    found: Audit | None = None
    if result.solution_status is not SolutionStatus.NONE and result.values:
        with teller.step("audit") as said:
            found = audit(lowered(formulation), result)
            said.append(found.faults[0] if found.faults else f"objective and {len(found.residuals)} rows hold")
            if not found.faults:
                result = result.model_copy(update={"evidence": "audited"})
    words = answer_text(formulation, result, found)
    back = json.loads(run.asked).get("back")
    if back is not None:
        words = f"Version {back} stands again, as version {run.formulation}.\n\n{words}"
    data = {
        "kind": "formulation",
        "formulation_version": run.formulation,
        "program": program.model_dump(mode="json"),
        "why": why,
        "result": result.model_dump(mode="json"),
        "audit": None if found is None else audit_facts(found),
        "text": words,
    }
    return Ended(status=status or status_of(result), text=words, found=data, program=program, result=result)


def audited(formulation: Formulation, run_result: Any) -> dict[str, Any]:
    """Recompute a result against a formulation.

    Raises:
        FaultyError: the formulation has errors.
    """
    return audit_facts(audit(lowered(formulation), run_result))
