"""A run from its start to its end: told as progress, cancelled with its call, asking what it needs to know."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from functools import partial

import anyio
from mcp_types import InputRequiredResult

from fivefold.waiting import Pause
from fivefold_server.errors import Refusal, not_found
from fivefold_server.mcp.calling import DECLINED, Call, Found
from fivefold_server.mcp.results import result_of, said_to_ask
from fivefold_server.routes.events import news_of
from fivefold_server.routes.interrupts import go_on
from fivefold_server.routes.replying import reply_of
from fivefold_server.runs.ended import pause_of
from fivefold_server.store import runs
from fivefold_server.store.events import LoggedEvent
from fivefold_server.store.runs import RunRow


async def followed(call: Call, run: RunRow) -> Found:
    """Follow a run to its end, or to a question that nobody answers now, and return what came of it."""
    while True:
        run = await _stopped(call, run)
        pause = await call.ctx.work.do(pause_of, run)
        answer = None if pause is None else await call.ask(said_to_ask(pause), run.id)
        if isinstance(answer, InputRequiredResult):
            return answer
        if pause is None or answer is None:
            return await result_of(call.ctx, call.owner, run)
        run = await replied(call, run, pause, answer)


async def own_run(call: Call, name: str) -> RunRow:
    """Return a run of the caller's.

    Raises:
        Refusal: there is none.
    """
    found = await call.ctx.database.read(partial(runs.one, owner=call.owner, name=name))
    if found is None:
        raise not_found("such run")
    return found


async def answered(call: Call, run: RunRow, answer: str) -> RunRow:
    """Reply to what a run waits for; return the run, which goes on.

    Raises:
        Refusal: it waits for nothing.
        CallerError: the answer does not suit.
    """
    pause = await call.ctx.work.do(pause_of, run)
    if pause is None:
        raise Refusal(409, "no-question", f"the run is {run.status} and asks nothing", "say more with `solve_problem`")
    return await replied(call, run, pause, answer)


async def replied(call: Call, run: RunRow, pause: Pause, answer: str) -> RunRow:
    """Reply to what a run waits for; whoever wants to give no answer passes the question."""
    given = reply_of(pause, "" if answer == DECLINED else answer)
    return await go_on(call.ctx, call.owner, run.problem, given)


async def _stopped(call: Call, run: RunRow) -> RunRow:
    """Wait until a run is over or asks something; a call that is cancelled takes its run with it."""
    try:
        async with aclosing(news_of(call.ctx, call.owner, run)) as news:
            async for event in news:
                if event is not None and (line := _line(event)):
                    await call.tell(line)
    except asyncio.CancelledError:
        with anyio.CancelScope(shield=True):
            await _cancel(call, run)
        raise
    return await own_run(call, run.id)


async def _cancel(call: Call, run: RunRow) -> None:
    """End a run that is not over; when the server itself stops, another takes it up."""
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
