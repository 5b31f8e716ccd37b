"""Step `mend`: what the text states in so many words and the candidate does not is edited by rule, without the LLM."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from fivefold.computing import computed
from fivefold.mends import mended
from fivefold.problem import Problem
from fivefold.state import Json, State
from fivefold.tools import Tools
from fivefold_solvers.formulation.elements import Formulation


class MendSets(TypedDict):
    """What this step sets."""

    mends_tried: bool
    mended: NotRequired[Json]
    declared: NotRequired[Json]
    written: NotRequired[Json]


async def mend(state: State, tools: Tools) -> MendSets:
    """Return the candidate's formulation with the edits that leave fewer faults; nothing but a mark without any."""
    candidate = state["candidate"]
    given = Formulation.model_validate(candidate["formulation"])
    words = Problem.model_validate(state["problem"]).checked
    found = await computed(mended, given, words)
    if not found.mends:
        return {"mends_tried": True}
    made = found.formulation.model_dump(mode="json")
    whole = state["form"] != "scalar"
    return {
        "mends_tried": True,
        "mended": {"formulation": made, "why": [str(one) for one in found.mends]},
        "declared": {} if whole else candidate["reply"]["declared"],
        "written": made if whole else _written(found.formulation),
    }


def may_mend(state: State) -> bool:
    """Whether a candidate is to be edited by rule: one that the LLM wrote, with faults, with its data in it.

    Further derivations stay as they were written: what a rule has mended in two of them is no longer two opinions.
    """
    options, candidate = state["options"], state["candidate"]
    if not options.get("mends", True) or options.get("checks", "all") != "all" or state.get("derived"):
        return False
    if state.get("mends_tried") or state.get("edited") is not None or state["form"] == "data":
        return False
    written = candidate["formulation"] is not None and not candidate.get("beside") and not candidate.get("mended")
    return written and candidate["penalty"] > 0


def _written(formulation: Formulation) -> Json:
    """Return objective and rows as the LLM is asked to write them."""
    objective = formulation.objective
    said = {"sense": objective.sense, "meaning": objective.description, "expression": objective.expression}
    rows = [{"meaning": row.description or row.name, "expression": row.expression} for row in formulation.constraints]
    return {"objective": said, "constraints": rows}
