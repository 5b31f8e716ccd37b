"""Step `approve`: the formulation as a person is shown it before it is solved."""

from __future__ import annotations

from typing import TypedDict

from fivefold.nodes.judge import changes
from fivefold.state import Candidate, Json, State
from fivefold.tools import Tools
from fivefold.verdict import verdict_of
from fivefold.waiting import Pause
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding

MOST_DOUBTS = 6


class ApproveSets(TypedDict):
    """What this step sets."""

    candidate: Candidate
    pause: Json
    shown: Candidate


async def approve(state: State, tools: Tools) -> ApproveSets:
    """Return the best candidate as what a person is asked to approve."""
    best = state.get("best") or state["candidate"]
    doubts = verdict_of([Finding.model_validate(finding) for finding in best["findings"]], solved=False).feedback
    pause = Pause(
        kind="approval",
        text="Is this what you mean? It is solved when you approve it.",
        why="The checks doubt something in it." if doubts else "No check found fault with it; only you know the rest.",
        formulation=Formulation.model_validate(best["formulation"]),
        doubts=doubts[:MOST_DOUBTS],
        changes=changes(state.get("shown"), best),
    )
    return {"candidate": best, "pause": pause.model_dump(mode="json"), "shown": best}
