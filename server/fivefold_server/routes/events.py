"""What happens, live: one problem or all of one's problems, as server-sent events or by long polling.

The log in the database is the only source. A stream reads it behind the last number that its client saw, so that
nothing is lost and nothing comes twice, whoever restarted in between.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import StreamingResponse

from fivefold_server.context import Context
from fivefold_server.errors import Refusal
from fivefold_server.hub import owner_key, problem_key
from fivefold_server.routes.own import OwnProblem
from fivefold_server.schemas.common import REFUSALS
from fivefold_server.schemas.problems import Event, EventPage
from fivefold_server.security.callers import Caller, Ctx
from fivefold_server.store import events, runs
from fivefold_server.store.events import LoggedEvent
from fivefold_server.store.runs import RunRow

router = APIRouter(prefix="/api/v1", tags=["events"], responses=REFUSALS)
MOST_SEQ = 2**53
PING_S = 15.0
After = Annotated[int, Query(ge=0, le=MOST_SEQ, description="Only events behind this sequence number")]
LastEventId = Annotated[
    str | None, Header(alias="Last-Event-ID", max_length=32, description="As a browser sends it on its own")
]
Read = Callable[[int], Awaitable[list[LoggedEvent]]]


async def _behind(ctx: Ctx, caller: Caller, after: After = 0, last_event_id: LastEventId = None) -> int:
    """Return where a stream begins: a browser that reconnects knows best.

    Raises:
        Refusal: the caller has too many streams, or names no sequence number.
    """
    if ctx.streams[caller.name] + ctx.runner.elsewhere(caller.name) >= ctx.config.limits.streams:
        mend = "close some pages, or use /api/v1/stream, which tells of all problems at once"
        raise Refusal(429, "too-many-streams", f"{caller.name} has too many live streams", mend,
                      headers={"Retry-After": "10"})  # fmt: skip
    if last_event_id is None or not last_event_id.strip():
        return after
    if not (last_event_id.isascii() and last_event_id.isdecimal()):
        raise Refusal(422, "bad-event-id", "`Last-Event-ID` is no sequence number", "send the last `id`, or none")
    return min(int(last_event_id), MOST_SEQ)


Behind = Annotated[int, Depends(_behind)]


class EventStream(StreamingResponse):
    """Server-sent events."""

    media_type = "text/event-stream"


_STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": "Events; each has its `seq` as `id` and `Event` as data"}
}


@router.get(
    "/problems/{problem_id}/events", response_class=EventStream, responses=_STREAM, summary="A problem's events, live"
)
async def of_problem(problem: OwnProblem, ctx: Ctx, caller: Caller, behind: Behind) -> EventStream:
    """Stream events; each has its sequence number as `id` and is one JSON `Event` as `data`."""
    read = _reader(ctx, events.of_problem, problem=problem.id)
    return _streamed(tail(ctx, caller.name, read, problem_key(problem.id), behind))


@router.get("/stream", response_class=EventStream, responses=_STREAM, summary="Events of all of one's problems, live")
async def of_all(ctx: Ctx, caller: Caller, behind: Behind) -> EventStream:
    """Stream events of every problem through one connection, for pages with many tabs."""
    read = _reader(ctx, events.of_owner, owner=caller.name)
    return _streamed(tail(ctx, caller.name, read, owner_key(caller.name), behind))


@router.get("/problems/{problem_id}/events.json", summary="A problem's events, by long polling")
async def polled(
    problem: OwnProblem,
    ctx: Ctx,
    caller: Caller,
    after: After = 0,
    wait: Annotated[float, Query(ge=0, le=30, description="Seconds to wait where there is nothing new")] = 0,
) -> EventPage:
    """Return what is new, for clients that cannot stream."""
    read = _reader(ctx, events.of_problem, problem=problem.id)
    found = await read(after)
    if not found and wait:
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                async with aclosing(tail(ctx, caller.name, read, problem_key(problem.id), after)) as news:
                    await anext(news, None)
        found = await read(after)
    shown = [Event.model_validate(as_data(event)) for event in found]
    return EventPage(events=shown, last_seq=found[-1].seq if found else after)


async def tail(ctx: Context, owner: str, read: Read, key: str, after: int) -> AsyncGenerator[LoggedEvent | None]:
    """Yield events behind a sequence number, then every new one, until the server stops; None where it is quiet."""
    with ctx.hub.listening(key) as ear:
        ctx.streams[owner] += 1
        ctx.metrics.streams.inc()
        try:
            while True:
                ear.clear()
                found = await read(after)
                for event in found:
                    yield event
                    after = event.seq
                if len(found) == events.BATCH:
                    continue
                if ctx.hub.closing:
                    return
                try:
                    await asyncio.wait_for(ear.wait(), PING_S)
                except TimeoutError:
                    yield None
        finally:
            ctx.streams[owner] -= 1
            ctx.metrics.streams.dec()


async def news_of(ctx: Context, owner: str, run: RunRow) -> AsyncGenerator[LoggedEvent | None]:
    """Yield a run's events behind the last reply to it, to its end or to where it waits; None where it is quiet.

    A run that was deleted tells of no end; that is noticed where it is quiet.
    """
    replies = await ctx.database.read(partial(events.of_run, run=run.id, kinds=["answered"]))
    behind = replies[-1].seq if replies else 0
    read = _reader(ctx, events.of_problem, problem=run.problem)
    async with aclosing(tail(ctx, owner, read, problem_key(run.problem), behind)) as news:
        async for event in news:
            if event is None:
                row = await ctx.database.read(partial(runs.one, owner=owner, name=run.id))
                if row is None or row.status not in runs.OPEN:
                    return
                yield None
            elif event.run == run.id:
                yield event
                if event.kind == "run.status" and json.loads(event.data)["status"] not in runs.OPEN:
                    return


def _streamed(found: AsyncGenerator[LoggedEvent | None]) -> EventStream:
    """Return a stream of events that no proxy may gather."""
    return EventStream(_frames(found), headers={"X-Accel-Buffering": "no"})


async def _frames(found: AsyncGenerator[LoggedEvent | None]) -> AsyncGenerator[bytes]:
    """Yield events as they go over the wire; a comment where nothing happens shows that the line is open."""
    async with aclosing(found):
        async for event in found:
            yield b": ping\n\n" if event is None else f"id: {event.seq}\ndata: {event.text()}\n\n".encode()


def as_data(event: LoggedEvent) -> dict[str, Any]:
    """Return an event as data."""
    return {**event._asdict(), "data": json.loads(event.data)}


def _reader(ctx: Context, find: Callable[..., list[LoggedEvent]], **whose: str) -> Read:
    async def read(after: int) -> list[LoggedEvent]:
        return await ctx.database.read(partial(find, after=after, **whose))

    return read
