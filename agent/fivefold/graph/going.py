"""Runs through the graph: begun, gone on with, listed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple, cast

import langsmith
from langgraph.types import Command

from fivefold.errors import CallerError, LLMError, OutsideError
from fivefold.events import Event
from fivefold.graph.checkpoints import Checkpoints, Waiting, Warn, reading, writing
from fivefold.graph.kept import KeptElsewhere
from fivefold.graph.steps import build, taken
from fivefold.keeper import Keeper
from fivefold.options import Options, refuse_for_ended
from fivefold.state import Candidate, State
from fivefold.tools import Tools
from fivefold.verdict.derivations import has_answer
from fivefold.waiting import Given, Pause, as_reply

Saver = Checkpoints | KeptElsewhere
_STEP_LIMIT = 200
_FOR_BETTER = {"repair": "a repair of what the checks doubt", "rederive": "another derivation"}
"""Steps that look for something better than what is there, and what they ask the LLM for."""
_INTERRUPT = "__interrupt__"
"""Where LangGraph puts what a run waits for beside the state."""


class Reached(NamedTuple):
    """How far a run came."""

    state: State
    """The state that it came to."""
    pause: Pause | None = None
    """What it waits for; None where it has ended."""
    resumable: bool = False
    """Whether it ended early with what it had, and can be gone on with."""


async def run_graph(
    start: State | None, run_id: str, tools: Tools, checkpoints: Path | Keeper | None, given: Given | None = None
) -> Reached:
    """Run to the end, or to where a person has to reply, and return how far it came.

    Args:
        start: what to begin with; None goes on with the checkpoint of `run_id`.
        run_id: names the run.
        tools: what the steps call on.
        checkpoints: SQLite file, or who else keeps every step; None keeps nothing.
        given: the reply to what the run waits for.

    Raises:
        CallerError: there is no run of that name to go on with, or there is one where a new one begins; or the reply
            does not suit.
        OutsideError: the checkpoints to go on with cannot be read, or a run that has to wait cannot be kept.
        LLMError: the LLM failed before anything was solved.
    """

    def warn(message: str) -> None:
        tools.tell(Event(kind="warning", message=message))

    async with _opened(checkpoints, run_id, warn, new=start is not None) as saver:
        graph = build(saver)
        snapshot = None if saver is None else await graph.aget_state(_config(run_id))
        begun: Any = start
        if start is None:
            if snapshot is None or not snapshot.values:
                raise _no_such_run(run_id, checkpoints)
            tools.go_on(snapshot.values.get("spent"))
            begun = None if given is None else _resumed(snapshot, run_id, given)
            if not snapshot.tasks:  # `next` leaves out a step that is done and not yet behind a checkpoint
                refuse_for_ended(Options.model_validate(snapshot.values["options"]), tools.options, run_id)
                return Reached(cast(State, snapshot.values))
        elif snapshot is not None and snapshot.values:
            raise CallerError(f"there is a run `{run_id}` already; resume it, or choose another `run_id`")
        try:
            return await _followed(graph, begun, run_id, tools, saver)
        except CallerError:
            if saver is not None and start is not None:
                await saver.forget(run_id)
            raise


def _resumed(snapshot: Any, run_id: str, given: Given) -> Any:
    """Return what brings a reply to the run that waits for it.

    Raises:
        CallerError: it waits for nothing, or for something else.
    """
    pause = _pause_in(snapshot.interrupts)
    if pause is None:
        raise CallerError(f"run `{run_id}` waits for no reply; leave the reply out")
    return Command(resume=as_reply(pause, given).model_dump(mode="json"))


def _pause_in(interrupts: Sequence[Any]) -> Pause | None:
    return Pause.model_validate({**interrupts[0].value, "id": interrupts[0].id}) if interrupts else None


async def _followed(graph: Any, begun: Any, run_id: str, tools: Tools, saver: Saver | None) -> Reached:
    """Take steps until there are no more, the run waits, or the LLM fails when there is an answer already."""
    state: Any = begun
    pause: Pause | None = None
    # `sync`: a step begins when the one before it is on the disk, so that no kill costs more than one step.
    durability = None if saver is None else "sync"
    try:
        # Whatever the user's environment says: a problem's text goes to the LLM and nowhere else.
        with cast(Any, langsmith).tracing_context(enabled=False):
            steps = graph.astream(begun, _config(run_id), context=tools, durability=durability, stream_mode="values")
            async for values in steps:
                state = {key: value for key, value in values.items() if key != _INTERRUPT}
                pause = _pause_in(values.get(_INTERRUPT, ()))
    except LLMError as fault:
        if tools.step not in _FOR_BETTER or not has_answer(_candidates(state)):
            raise
        return await _without(fault, cast(State, state), tools, resumable=saver is not None)
    if saver is not None and pause is None:
        await saver.keep_last(run_id)
    if pause is not None and (saver is None or (isinstance(saver, Checkpoints) and saver.given_up)):
        raise OutsideError(f"the run cannot be kept while it waits: “{pause.text}”; mend the disk, or do not ask")
    if pause is not None and Options.model_validate(state["options"]) != tools.options:
        message = "the run goes on waiting: give its other options again beside the reply, as no step went by them yet"
        tools.tell(Event(kind="warning", message=message))
    return Reached(cast(State, state), pause)


def _candidates(state: Any) -> list[Candidate]:
    best = state.get("best")
    return [*state.get("derived", []), *([best] if best is not None else [])]


async def _without(fault: LLMError, state: State, tools: Tools, *, resumable: bool) -> Reached:
    """End a run with the answer that it has, because the LLM failed on the way to a better one."""
    stopped = f"the LLM could not be asked for {_FOR_BETTER[tools.step]}: {fault}"
    hint = "; resuming the run tries it again" if resumable else ""
    tools.tell(Event(kind="warning", message=f"{stopped}; the run ends with what was solved before{hint}"))
    ended = cast(State, {**state, "stopped": stopped})
    return Reached(cast(State, {**ended, **await taken("explain", ended, tools)}), resumable=resumable)


async def stored_state(run_id: str, checkpoints: Path | Keeper) -> State:
    """Return the state that a stored run has reached.

    Raises:
        CallerError: there is no such run.
        OutsideError: the checkpoints cannot be read.
    """
    async with _opened(checkpoints, run_id, _unheard, new=False) as saver:
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
            if snapshot.tasks and "problem" in snapshot.values:
                found.append(Waiting(run_id, snapshot.tasks[0].name, snapshot.values["problem"]["text"]))
            if len(found) >= most:
                break
    return found


def _opened(
    checkpoints: Path | Keeper | None, run_id: str, warn: Warn, *, new: bool
) -> AbstractAsyncContextManager[Saver | None]:
    """Return the checkpoints to begin a run with, or to go on with one."""
    if checkpoints is None or isinstance(checkpoints, Path):
        return writing(checkpoints, warn) if new or checkpoints is None else reading(checkpoints, warn)
    return nullcontext(KeptElsewhere(checkpoints, run_id))


def _config(run_id: str) -> Any:
    return {"configurable": {"thread_id": run_id}, "recursion_limit": _STEP_LIMIT}


def _no_such_run(run_id: str, checkpoints: Path | Keeper | None) -> CallerError:
    where = f" in {checkpoints}" if isinstance(checkpoints, Path) else ""
    return CallerError(f"there is no run `{run_id}`{where}; `fivefold runs` lists what can be resumed")


def _unheard(message: str) -> None:
    """Hear nothing: who only reads writes no checkpoint that could be given up."""
