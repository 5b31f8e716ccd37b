"""The steps as nodes of a LangGraph graph, each with its span, its events and its share of the budget."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph  # pyright: ignore[reportMissingTypeStubs]  # pyright does not see its py.typed
from langgraph.runtime import Runtime

from fivefold.events import Event
from fivefold.graph.course import after_check, after_emit, after_judge, after_read, after_rederive, course
from fivefold.nodes.check import check
from fivefold.nodes.emit import emit
from fivefold.nodes.explain import explain
from fivefold.nodes.formulate import formulate
from fivefold.nodes.judge import judge
from fivefold.nodes.read import read
from fivefold.nodes.rederive import rederive
from fivefold.nodes.repair import repair
from fivefold.nodes.run import run
from fivefold.nodes.telling import told
from fivefold.nodes.write_program import write_program
from fivefold.state import State
from fivefold.tools import Tools
from fivefold.trace import Kind, span

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
    "rederive": ("llm", rederive),
    "explain": ("code", explain),
}
_READ_KEYS = frozenset({"problem", "declared", "written", "candidate", "best", "told", "form"})


def _node(name: str, kind: Kind, step: Step) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Return a step as LangGraph wants it."""

    async def node(state: State, runtime: Runtime[Tools]) -> dict[str, Any]:
        tools = runtime.context
        started, asked_s = time.perf_counter(), tools.budget.spent.seconds
        tools.step = name
        tools.tell(Event(kind="begin", step=name))
        with span(name, kind=kind) as opened:
            tools.span = opened
            opened.reads(**{key: value for key, value in state.items() if key in _READ_KEYS})
            update = dict(await step(state, tools))
            opened.writes(**update)
        tools.span = None
        seconds = time.perf_counter() - started
        tools.spend_seconds(seconds - (tools.budget.spent.seconds - asked_s))
        if name == "judge":
            update["next_step"], stopped = course(cast(State, {**state, **update}), tools.budget.exhausted())
            if stopped:
                update["stopped"] = stopped
        update["spent"] = tools.account()
        tools.tell(Event(kind="end", step=name, message=told(name, {**state, **update}), seconds=seconds))
        return update

    return node


def build(checkpointer: BaseCheckpointSaver[Any] | None = None) -> Any:
    """Return the compiled graph; its context is `Tools`, its state `State`."""
    graph: Any = StateGraph(State, context_schema=Tools)
    for name, (kind, step) in _STEPS.items():
        graph.add_node(name, _node(name, kind, step))
    graph.add_edge(START, "read")
    graph.add_conditional_edges("read", after_read, ["formulate", "write_program"])
    graph.add_edge("formulate", "check")
    graph.add_conditional_edges("check", after_check, ["emit", "judge"])
    graph.add_conditional_edges("emit", after_emit, ["run", "judge"])
    graph.add_edge("run", "judge")
    graph.add_conditional_edges("judge", after_judge, ["explain", "repair", "write_program", "rederive"])
    graph.add_edge("repair", "check")
    graph.add_conditional_edges("rederive", after_rederive, ["check", "run"])
    graph.add_edge("write_program", "run")
    graph.add_edge("explain", END)
    return graph.compile(checkpointer=checkpointer)
