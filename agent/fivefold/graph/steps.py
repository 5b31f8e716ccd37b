"""The steps as nodes of a LangGraph graph, each with its span, its events and its share of the budget."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from copy import copy
from functools import cache
from typing import Any, cast, get_args

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph  # pyright: ignore[reportMissingTypeStubs]  # pyright does not see its py.typed
from langgraph.runtime import Runtime
from langgraph.types import interrupt

from fivefold.computing import waited_s
from fivefold.events import Event
from fivefold.graph.course import (
    after_check,
    after_clarify,
    after_emit,
    after_explain,
    after_judge,
    after_mend,
    after_read,
    after_rederive,
    after_reply,
    course,
)
from fivefold.graph.revise import revise
from fivefold.graph.try_out import try_out
from fivefold.nodes.approve import approve
from fivefold.nodes.check import check
from fivefold.nodes.clarify import clarify
from fivefold.nodes.emit import emit
from fivefold.nodes.explain import explain
from fivefold.nodes.formulate import formulate
from fivefold.nodes.judge import judge
from fivefold.nodes.mend import mend
from fivefold.nodes.read import read
from fivefold.nodes.rederive import rederive
from fivefold.nodes.repair import repair
from fivefold.nodes.replied import replied
from fivefold.nodes.run import run
from fivefold.nodes.telling import told
from fivefold.nodes.write_program import write_program
from fivefold.state import NextStep, State
from fivefold.tools import Tools
from fivefold.trace import Kind, span
from fivefold.waiting import PersonReply

Step = Callable[[Any, Tools], Awaitable[Mapping[str, Any]]]

_STEPS: dict[str, tuple[Kind, Step]] = {
    "read": ("code", read),
    "clarify": ("verify", clarify),
    "formulate": ("llm", formulate),
    "check": ("verify", check),
    "emit": ("code", emit),
    "run": ("solver", run),
    "judge": ("verify", judge),
    "mend": ("verify", mend),
    "repair": ("llm", repair),
    "approve": ("code", approve),
    "revise": ("llm", revise),
    "write_program": ("llm", write_program),
    "rederive": ("llm", rederive),
    "explain": ("code", explain),
    "try_out": ("llm", try_out),
}
_READ_KEYS = frozenset({"problem", "declared", "written", "candidate", "best", "told", "form"})


def _node(name: str) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Return a step as LangGraph wants it."""

    async def node(state: State, runtime: Runtime[Tools]) -> dict[str, Any]:
        options = _options(runtime.context)
        return {**await taken(name, cast(State, {**state, **options}), runtime.context), **options}

    return node


def _options(tools: Tools) -> dict[str, Any]:
    """Return the options as a state holds them: a run may have been resumed with others."""
    return {"options": tools.options.model_dump()}


async def taken(name: str, state: State, tools: Tools) -> dict[str, Any]:
    """Take a step, with its span, its events and its share of the budget; return what it sets."""
    kind, step = _STEPS[name]
    started, held_s, asked_s = time.perf_counter(), waited_s(), tools.budget.spent.seconds
    tools.step = name
    tools.tell(Event(kind="begin", step=name))
    with span(name, kind=kind) as opened:
        tools.span = opened
        opened.reads(**{key: value for key, value in state.items() if key in _READ_KEYS})
        update = dict(await step(state, tools))
        opened.writes(**update)
    tools.span = None
    seconds = time.perf_counter() - started
    tools.spend_seconds(seconds - (waited_s() - held_s) - (tools.budget.spent.seconds - asked_s))
    if name in {"judge", "mend"}:
        update["next_step"], stopped = course(cast(State, {**state, **update}), tools.budget.exhausted())
        if stopped:
            update["stopped"] = stopped
    update["spent"] = tools.account()
    after = {**state, **update}
    tools.tell(Event(kind="end", step=name, message=told(name, after), seconds=seconds))
    if name == "check":
        _tell_formulation(after, tools)
    return update


def _tell_formulation(state: Mapping[str, Any], tools: Tools) -> None:
    """Tell the candidate that was just written, before anything is solved."""
    candidate = state["candidate"]
    if candidate["formulation"] is not None:
        facts = {name: candidate[name] for name in ("formulation", "findings", "round")}
        derivation = len(state.get("derived", []))
        tools.tell(Event(kind="formulation", step="check", data={**facts, "derivation": derivation}))


async def _wait(state: State, runtime: Runtime[Tools]) -> dict[str, Any]:
    """Wait for a person: the run ends here and is gone on with when there is a reply.

    What stands before `interrupt` is done again then, so nothing does.
    """
    pause = state.get("pause") or {}
    reply = PersonReply.model_validate(interrupt(pause))
    tools = runtime.context
    with span("reply", kind="code") as opened:
        opened.reads(pause=pause)
        opened.writes(reply=reply.model_dump(mode="json"))
    facts = {"kind": reply.kind, "text": reply.text, "question": pause.get("text", "")}
    tools.tell(Event(kind="answered", message=reply.text or reply.kind, data=facts))
    return {**replied(state, reply), **_options(tools)}


def build(checkpointer: BaseCheckpointSaver[Any] | None = None) -> Any:
    """Return the compiled graph; its context is `Tools`, its state `State`.

    All runs share its steps and edges, which take longer to put together than some runs take to compute; the copy
    that a run gets differs only in where its checkpoints go.
    """
    graph = copy(_compiled())
    graph.checkpointer = checkpointer
    return graph


@cache
def _compiled() -> Any:
    graph: Any = StateGraph(State, context_schema=Tools)
    for name in _STEPS:
        graph.add_node(name, _node(name))
    graph.add_node("wait", _wait)
    graph.add_edge(START, "read")
    graph.add_conditional_edges("read", after_read, ["clarify", "formulate", "revise", "write_program"])
    graph.add_conditional_edges("clarify", after_clarify, ["wait", "formulate", "write_program", "approve", "explain"])
    graph.add_conditional_edges("wait", after_reply, list(get_args(NextStep)))
    graph.add_edge("formulate", "check")
    graph.add_conditional_edges("check", after_check, ["emit", "judge"])
    graph.add_conditional_edges("emit", after_emit, ["run", "judge"])
    graph.add_edge("run", "judge")
    graph.add_conditional_edges(
        "judge", after_judge, ["approve", "clarify", "explain", "mend", "repair", "write_program", "rederive"]
    )
    graph.add_conditional_edges(
        "mend", after_mend, ["approve", "check", "clarify", "explain", "repair", "write_program", "rederive"]
    )
    graph.add_edge("approve", "wait")
    graph.add_edge("revise", "check")
    graph.add_edge("repair", "check")
    graph.add_conditional_edges("rederive", after_rederive, ["check", "run"])
    graph.add_edge("write_program", "run")
    graph.add_conditional_edges("explain", after_explain, {"try_out": "try_out", "end": END})
    graph.add_edge("try_out", END)
    return graph.compile()
