"""The graph of a run: which step follows which. The only module that knows LangGraph.

::

    read ─> formulate ─> check ─> emit ─> run ─> judge ─> explain
                           ^                       │
                           └────── repair <────────┤
              run <─ write_program <───────────────┘  (where no formulation could be built)

One loop, bounded by rounds, tokens and seconds. Every step is checkpointed, so that a killed run resumes at the
step it was in.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from fivefold.errors import CallerError
from fivefold.events import Event
from fivefold.nodes.check import check
from fivefold.nodes.emit import emit
from fivefold.nodes.explain import explain
from fivefold.nodes.formulate import formulate
from fivefold.nodes.judge import buildable, judge
from fivefold.nodes.read import read
from fivefold.nodes.repair import repair
from fivefold.nodes.run import run
from fivefold.nodes.telling import told
from fivefold.nodes.write_program import write_program
from fivefold.state import State
from fivefold.tools import Tools
from fivefold.trace import Kind, span
from fivefold.verdict import ACCEPTED_PENALTY

MAX_FREE_TRIES = 2
_STEP_LIMIT = 200
Step = Callable[[Any, Tools], Awaitable[Mapping[str, Any]]]

_STEPS: dict[str, tuple[Kind, Step]] = {
    "read": ("code", read),
    "formulate": ("llm", formulate),
    "check": ("verify", check),
    "emit": ("code", emit),
    "run": ("solver", run),
    "judge": ("verify", judge),
    "repair": ("llm", repair),
    "write_program": ("llm", write_program),
    "explain": ("code", explain),
}


def _node(name: str, kind: Kind, step: Step) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Return a step as LangGraph wants it, with its span, its events and the budget's word."""

    async def node(state: State, runtime: Runtime[Tools]) -> dict[str, Any]:
        tools = runtime.context
        started = time.perf_counter()
        tools.step = name
        tools.tell(Event(kind="begin", step=name))
        with span(name, kind=kind) as opened:
            tools.span = opened
            opened.reads(**{key: value for key, value in state.items() if key in _READ_KEYS})
            update = dict(await step(state, tools))
            opened.writes(**update)
        tools.span = None
        spent = tools.budget.exhausted()
        if spent and name != "explain":
            update["stopped"] = spent
        seconds = time.perf_counter() - started
        tools.tell(Event(kind="end", step=name, message=told(name, {**state, **update}), seconds=seconds))
        return update

    return node


_READ_KEYS = frozenset({"problem", "declared", "written", "candidate", "best", "told", "form"})


def _after_read(state: State) -> str:
    return "write_program" if state["options"]["free_program"] else "formulate"


def _after_check(state: State) -> str:
    return "emit" if buildable(state["candidate"]) else "judge"


def _after_emit(state: State) -> str:
    return "run" if state["candidate"]["program"] is not None else "judge"


def _after_judge(state: State) -> str:
    """Accept, repair, let the LLM write a program, or stop with the best there is."""
    candidate, best = state["candidate"], state.get("best")
    stopped, tries = bool(state.get("stopped")), state.get("free_tries", 0)
    if tries:
        crashed = best is None or best["penalty"] > 0
        return "write_program" if crashed and tries < MAX_FREE_TRIES and not stopped else "explain"
    if best is not None and best["result"] is not None and best["penalty"] <= ACCEPTED_PENALTY:
        return "explain"
    if stopped:
        return "explain"
    if candidate["round"] < state["options"]["rounds"] and _can_repair(state):
        return "repair"
    return "explain" if best is not None and best["result"] is not None else "write_program"


def _can_repair(state: State) -> bool:
    """A repair of the scalar form needs declared variables to write with."""
    best = state.get("best") or state["candidate"]
    return state["form"] == "indexed" or bool(best["reply"]["declared"].get("variables"))


def build(checkpointer: BaseCheckpointSaver[Any] | None = None) -> Any:
    """Return the compiled graph; its context is `Tools`, its state `State`."""
    graph = StateGraph(State, context_schema=Tools)
    for name, (kind, step) in _STEPS.items():
        graph.add_node(name, cast(Any, _node(name, kind, step)))
    graph.add_edge(START, "read")
    graph.add_conditional_edges("read", _after_read, ["formulate", "write_program"])
    graph.add_edge("formulate", "check")
    graph.add_conditional_edges("check", _after_check, ["emit", "judge"])
    graph.add_conditional_edges("emit", _after_emit, ["run", "judge"])
    graph.add_edge("run", "judge")
    graph.add_conditional_edges("judge", _after_judge, ["explain", "repair", "write_program"])
    graph.add_edge("repair", "check")
    graph.add_edge("write_program", "run")
    graph.add_edge("explain", END)
    return graph.compile(checkpointer=checkpointer)


@asynccontextmanager
async def _saver(path: Path | None) -> AsyncGenerator[BaseCheckpointSaver[Any] | None]:
    if path is None:
        yield None
        return
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    path.parent.mkdir(parents=True, exist_ok=True)
    async with AsyncSqliteSaver.from_conn_string(str(path)) as saver:
        yield saver


async def run_graph(start: State | None, run_id: str, tools: Tools, checkpoints: Path | None) -> State:
    """Run to the end and return the last state.

    Args:
        start: what to begin with; None goes on with the checkpoint of `run_id`.
        run_id: names the run.
        tools: what the steps call on.
        checkpoints: SQLite file that keeps every step; None keeps nothing.

    Raises:
        CallerError: there is no unfinished run of that name.
    """
    config: Any = {"configurable": {"thread_id": run_id}, "recursion_limit": _STEP_LIMIT}
    async with _saver(checkpoints) as saver:
        graph = build(saver)
        if start is None:
            snapshot = await graph.aget_state(config)
            if not snapshot.values:
                raise CallerError(f"there is no run `{run_id}` to resume in {checkpoints}")
            if not snapshot.next:
                return cast(State, snapshot.values)
        return cast(State, await graph.ainvoke(start, config, context=tools))


async def stored_start(run_id: str, checkpoints: Path) -> State:
    """Return the state that a stored run has reached.

    Raises:
        CallerError: there is no such run.
    """
    config: Any = {"configurable": {"thread_id": run_id}}
    async with _saver(checkpoints) as saver:
        snapshot = await build(saver).aget_state(config)
    if not snapshot.values:
        raise CallerError(f"there is no run `{run_id}` in {checkpoints}; `fivefold runs` lists what can be resumed")
    return cast(State, snapshot.values)


async def unfinished(checkpoints: Path, most: int = 50) -> list[tuple[str, str, str]]:
    """Return run id, waiting step and problem text of the runs that have not ended, latest first."""
    found: list[tuple[str, str, str]] = []
    seen: set[str] = set()
    async with _saver(checkpoints) as saver:
        if saver is None:
            return []
        graph = build(saver)
        names = [entry.config["configurable"]["thread_id"] async for entry in saver.alist(None)]
        for name in names:
            if name in seen or len(found) >= most:
                continue
            seen.add(name)
            snapshot = await graph.aget_state({"configurable": {"thread_id": name}})
            if snapshot.next and "problem" in snapshot.values:
                found.append((name, snapshot.next[0], snapshot.values["problem"]["text"]))
    return found
