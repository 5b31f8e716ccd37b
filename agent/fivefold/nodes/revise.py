"""Step `revise`: the formulation changed as a person asked in words."""

from __future__ import annotations

from typing import TypedDict

from fivefold.nodes.formulate import written_reply
from fivefold.state import Json, State
from fivefold.tools import Tools


class ReviseSets(TypedDict):
    """What this step sets."""

    problem: Json
    stated: str
    declared: Json
    written: Json
    round: int
    best: None
    edited: None


async def revise(state: State, tools: Tools) -> ReviseSets:
    """Return the problem formulated again, with what a person asked for in its text."""
    text: str = state["problem"]["text"]
    problem = {**state["problem"], "text": f"{text}\n\n{state['request']}"}
    posed: State = {**state, "problem": problem}
    reply = await written_reply(posed, tools)
    return {
        "problem": problem,
        "stated": state.get("stated", text),
        "declared": reply["declared"],
        "written": reply["written"],
        "round": 0,
        "best": None,
        "edited": None,
    }
