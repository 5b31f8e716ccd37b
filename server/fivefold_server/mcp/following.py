"""A run from its start to its end: told as progress, cancelled with its call, asking what it needs to know."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from functools import partial
from typing import Any

import anyio
from mcp_types import InputRequiredResult

from fivefold.options import Options
from fivefold_server.errors import Refusal, not_found
from fivefold_server.hub import problem_key
from fivefold_server.mcp.calling import Call, Found
from fivefold_server.mcp.results import result_of
from fivefold_server.routes.events import tail
from fivefold_server.routes.starting import from_words, start
from fivefold_server.store import events, runs
from fivefold_server.store.events import LoggedEvent
from fivefold_server.store.runs import RunRow

MOST_QUESTIONS = 5
"""Questions of one call."""


async def followed(call: Call, run: RunRow, *, ask: bool = True) -> Found:
    """Follow a run to its end, asking its questions where somebody can be asked, and return what came of it."""
    for _ in range(MOST_QUESTIONS):
        over = await _over(call, run)
        question = question_of(over) if ask else ""
        if not question:
            break
        answer = await call.ask(question, over.id)
        if isinstance(answer, InputRequiredResult):
            return answer
        if answer is None:
            break
        run = await answered(call, over, answer)
    return await result_of(call.ctx, call.owner, await own_run(call, run.id))


async def own_run(call: Call, name: str) -> RunRow:
    """Return a run of the caller's.

    Raises:
        Refusal: there is none.
    """
    found = await call.ctx.database.read(partial(runs.one, owner=call.owner, name=name))
    if found is None:
        raise not_found("such run")
    return found


def question_of(run: RunRow) -> str:
    """Return what a run asks, empty where it asks nothing."""
    if run.kind != "words" or run.found is None:
        return ""
    return str(json.loads(run.found).get("question") or "")


async def answered(call: Call, run: RunRow, answer: str) -> RunRow:
    """Answer the question of a run; return the run that goes on.

    Raises:
        Refusal: it asks nothing.
    """
    question = question_of(run)
    if not question:
        raise Refusal(409, "no-question", "the run asks nothing", "say more with `solve_problem` and its `problem`")
    asked: dict[str, Any] = json.loads(run.asked)
    work = partial(
        from_words, owner=call.owner, problem=run.problem, text=f"{question}\n{answer}",
        options=Options.model_validate(asked["options"]), llm=asked["llm"], limits=call.ctx.config.limits,
    )  # fmt: skip
    return await start(call.ctx, call.owner, None, work)


async def _over(call: Call, run: RunRow) -> RunRow:
    """Wait for the end of a run, or for its question; a call that is cancelled takes its run with it."""
    ctx = call.ctx

    async def read(after: int) -> list[LoggedEvent]:
        return await ctx.database.read(partial(events.of_problem, problem=run.problem, after=after))

    try:
        async with aclosing(tail(ctx, call.owner, read, problem_key(run.problem), 0)) as news:
            async for event in news:
                if event is None or event.run != run.id:
                    continue
                if line := _line(event):
                    await call.tell(line)
                if event.kind == "run.status" and json.loads(event.data)["status"] not in runs.OPEN:
                    break
    except asyncio.CancelledError:
        with anyio.CancelScope(shield=True):
            await _cancel(call, run)
        raise
    return await own_run(call, run.id)


async def _cancel(call: Call, run: RunRow) -> None:
    """End a run that is not over; when the server itself stops, the next one takes it up."""
    if call.ctx.hub.closing:
        return
    row = await call.ctx.database.read(partial(runs.one, owner=call.owner, name=run.id))
    if row is not None and row.is_open:
        await call.ctx.runner.cancel(row)


def _line(event: LoggedEvent) -> str:
    """Return an event as a line of progress; empty where it is none."""
    data = json.loads(event.data)
    match event.kind:
        case "run.status" if data.get("position"):
            return f"waits, at place {data['position']}"
        case "step.started":
            return f"{data['step']} ..."
        case "step.finished":
            return f"{data['step']}: {data['message']}" if data["message"] else str(data["step"])
        case "attempt.failed":
            return f"attempt {data['attempt']} failed: {data['message']}"
        case "retry" | "warning":
            return str(data["message"])
        case _:
            return ""
