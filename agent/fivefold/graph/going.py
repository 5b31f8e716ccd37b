"""Runs through the graph: begun, gone on with, listed."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, cast

import langsmith

from fivefold.errors import CallerError
from fivefold.events import Event
from fivefold.graph.checkpoints import Checkpoints, Waiting, reading, writing
from fivefold.graph.steps import build
from fivefold.state import State
from fivefold.tools import Tools

_STEP_LIMIT = 200


async def run_graph(start: State | None, run_id: str, tools: Tools, checkpoints: Path | None) -> State:
    """Run to the end and return the last state.

    Args:
        start: what to begin with; None goes on with the checkpoint of `run_id`.
        run_id: names the run.
        tools: what the steps call on.
        checkpoints: SQLite file that keeps every step; None keeps nothing.

    Raises:
        CallerError: there is no run of that name to go on with, or there is one where a new one begins.
        OutsideError: the checkpoints to go on with cannot be read.
    """

    def warn(message: str) -> None:
        tools.tell(Event(kind="warning", message=message))

    opened: AbstractAsyncContextManager[Checkpoints | None]
    opened = writing(checkpoints, warn) if start is not None or checkpoints is None else reading(checkpoints, warn)
    async with opened as saver:
        graph = build(saver)
        config = _config(run_id)
        snapshot = None if saver is None else await graph.aget_state(config)
        if start is None:
            if snapshot is None or not snapshot.values:
                raise _no_such_run(run_id, checkpoints)
            tools.go_on(snapshot.values.get("spent"))
            if not snapshot.next:
                return cast(State, snapshot.values)
        elif snapshot is not None and snapshot.values:
            raise CallerError(f"there is a run `{run_id}` already; resume it, or choose another `run_id`")
        try:
            # `sync`: a step begins when the one before it is on the disk, so that no kill costs more than one step.
            durability = None if saver is None else "sync"
            # Whatever the user's environment says: a problem's text goes to the LLM and nowhere else.
            with cast(Any, langsmith).tracing_context(enabled=False):
                final = await graph.ainvoke(start, config, context=tools, durability=durability)
        except CallerError:
            if saver is not None and start is not None:
                await saver.forget(run_id)
            raise
        if saver is not None:
            await saver.keep_last(run_id)
        return cast(State, final)


async def stored_state(run_id: str, checkpoints: Path) -> State:
    """Return the state that a stored run has reached.

    Raises:
        CallerError: there is no such run.
        OutsideError: the checkpoints cannot be read.
    """
    async with reading(checkpoints, _unheard) as saver:
        snapshot = None if saver is None else await build(saver).aget_state(_config(run_id))
    if snapshot is None or not snapshot.values:
        raise _no_such_run(run_id, checkpoints)
    return cast(State, snapshot.values)


async def unfinished(checkpoints: Path, most: int = 50) -> list[Waiting]:
    """Return the runs that have not ended, latest first.

    Raises:
        OutsideError: the checkpoints cannot be read.
    """
    found: list[Waiting] = []
    async with reading(checkpoints, _unheard) as saver:
        if saver is None:
            return []
        graph = build(saver)
        for run_id in await saver.run_ids():
            snapshot = await graph.aget_state(_config(run_id))
            if snapshot.next and "problem" in snapshot.values:
                found.append(Waiting(run_id, snapshot.next[0], snapshot.values["problem"]["text"]))
            if len(found) >= most:
                break
    return found


def _config(run_id: str) -> Any:
    return {"configurable": {"thread_id": run_id}, "recursion_limit": _STEP_LIMIT}


def _no_such_run(run_id: str, checkpoints: Path | None) -> CallerError:
    return CallerError(f"there is no run `{run_id}` in {checkpoints}; `fivefold runs` lists what can be resumed")


def _unheard(message: str) -> None:
    """Hear nothing: who only reads writes no checkpoint that could be given up."""
