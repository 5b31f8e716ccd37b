"""Step `rederive`: the LLM derives the problem once more, blind: from its words alone, without what it wrote before."""

from __future__ import annotations

from typing import TypedDict

from fivefold.nodes.formulate import written_reply
from fivefold.nodes.write_program import program_candidate
from fivefold.options import Options
from fivefold.problem import Problem
from fivefold.state import Candidate, Json, State
from fivefold.tools import WARM, Tools

DERIVED_TOKENS = 1_024


class RederiveSets(TypedDict):
    """What this step sets."""

    derived: list[Candidate]
    best: None
    candidate: Candidate
    declared: Json
    written: Json
    round: int
    told: list[str]
    edited: None


async def rederive(state: State, tools: Tools) -> RederiveSets:
    """Return another derivation: a program first, which errs in other ways, then formulations sampled warm."""
    options = Options.model_validate(state["options"])
    derived = [*state.get("derived", []), state.get("best") or state["candidate"]]
    if state["form"] != "data" and all(one["formulation"] is not None for one in derived):
        problem = Problem.model_validate(state["problem"])
        reply = await tools.ask(tools.render("derive_program", problem=problem.text), max_tokens=DERIVED_TOKENS)
        candidate = program_candidate(reply.text, options, 0)
        return _next(derived, candidate, {}, {})
    seed = options.seed + 1000 * len(derived)
    written = await written_reply(state, tools, temperature=WARM, seed=seed)
    return _next(derived, _blank(state["candidate"]), written["declared"], written["written"])


def _next(derived: list[Candidate], candidate: Candidate, declared: Json, written: Json) -> RederiveSets:
    return {
        "derived": derived,
        "best": None,
        "candidate": candidate,
        "declared": declared,
        "written": written,
        "round": 0,
        "told": [],
        "edited": None,
    }


def _blank(candidate: Candidate) -> Candidate:
    """Return a candidate of which nothing is known yet, for `check` to fill."""
    return {**candidate, "formulation": None, "findings": [], "penalty": 0.0, "program": None, "result": None}
