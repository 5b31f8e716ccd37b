"""Step `revise`: the formulation changed as a person asked in words.

It stands here and not among the other steps because it is built on `fivefold.revision`, which is built on them.
"""

from __future__ import annotations

from typing import TypedDict

from fivefold.data.pasted import words_around
from fivefold.editing.superseded import standing
from fivefold.errors import CallerError
from fivefold.events import Event
from fivefold.formulations import FaultyError
from fivefold.nodes.formulate import written_reply
from fivefold.problem import Problem
from fivefold.revision import LEFT_OUT, RevisionError, revised
from fivefold.state import Json, Reply, State
from fivefold.tools import Tools
from fivefold_solvers.formulation.elements import Formulation


class ReviseSets(TypedDict):
    """What this step sets."""

    problem: Json
    stated: str
    declared: Json
    written: Json
    round: int
    best: None
    edited: Json | None


async def revise(state: State, tools: Tools) -> ReviseSets:
    """Return the shown formulation with the changes that were asked for; what they do not name stays as it is.

    Where no such changes can be made, the whole is formulated again with what was asked for in the problem's text.
    """
    text: str = state["problem"]["text"]
    edited = await _changed(state, tools)
    added = f"{text}\n\n{state.get('request', '')}"
    problem = {**state["problem"], "text": added, "standing": _standing(state, edited)}
    posed: State = {**state, "problem": problem}
    kept = Reply(declared=state.get("declared", {}), written=state.get("written", {}))
    reply = kept if edited is not None else await written_reply(posed, tools)
    return {
        "problem": problem,
        "stated": state.get("stated", text),
        "declared": reply["declared"],
        "written": reply["written"],
        "round": 0,
        "best": None,
        "edited": edited,
    }


def _standing(state: State, edited: Json | None) -> str:
    """Return what the changed formulation is checked against; empty for the whole text."""
    problem = Problem.model_validate(state["problem"])
    if edited is None:
        return f"{words_around(problem)}\n\n{state.get('request', '')}" if problem.pasted else ""
    words = problem.checked
    before = Formulation.model_validate(state["candidate"]["formulation"])
    return f"{standing(words, before, Formulation.model_validate(edited))}\n\n{state.get('request', '')}"


async def _changed(state: State, tools: Tools) -> Json | None:
    try:
        shown = Formulation.model_validate(state["candidate"]["formulation"])
        found = await revised(shown, state.get("request", ""), tools)
    except (RevisionError, CallerError, FaultyError) as fault:
        tools.tell(Event(kind="warning", message=f"{fault}; the whole is formulated again"))
        return None
    if not found.operations and any(one.code == LEFT_OUT for one in found.findings):
        tools.tell(Event(kind="warning", message=f"{found.findings[0]}; the whole is formulated again"))
        return None
    if not found.operations:
        tools.tell(Event(kind="warning", message="nothing to change was found in what was said"))
    return found.formulation.model_dump(mode="json")
