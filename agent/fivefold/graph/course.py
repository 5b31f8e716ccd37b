"""Which step follows which: plain functions of the state."""

from __future__ import annotations

from typing import Literal, NamedTuple

from fivefold.graph.try_out import questions_of
from fivefold.nodes.clarify import may_ask
from fivefold.nodes.judge import buildable
from fivefold.nodes.mend import may_mend
from fivefold.nodes.writing import declared_names
from fivefold.state import NextStep, State
from fivefold.verdict import ACCEPTED_PENALTY
from fivefold.verdict.derivations import settled, weight_of

MAX_FREE_TRIES = 2
MAX_REPEATS = 2
"""Formulations that were given before, after which the LLM is not asked for another: the first repeat comes at
temperature 0, and only a second one, sampled warm, says that it insists."""
REPEATS = "the LLM gives the same formulation again and again"

AfterJudge = Literal["approve", "explain", "mend", "repair", "write_program", "rederive"]


class Course(NamedTuple):
    """Where a run goes from `judge`."""

    step: AfterJudge
    """The next step."""
    stopped: str = ""
    """Why it is not the one that the checks ask for; empty where it is."""


def after_read(state: State) -> Literal["clarify", "formulate", "revise", "write_program"]:
    """Return the free-program path where it was asked for; a person is asked before any of it.

    A run that starts from a formulation changes that one as it is asked to.
    """
    if "candidate" in state:
        return "revise"
    if may_ask(state):
        return "clarify"
    return "write_program" if state["options"]["free_program"] else "formulate"


def after_clarify(state: State) -> NextStep | Literal["wait"]:
    """Return `wait` where there is a question, else where the run was going."""
    if state.get("pause") is not None:
        return "wait"
    if "candidate" in state:
        return state.get("next_step", "explain")
    return "write_program" if state["options"]["free_program"] else "formulate"


def after_reply(state: State) -> NextStep:
    """Return what the reply said."""
    return state.get("next_step", "explain")


def after_check(state: State) -> Literal["emit", "judge"]:
    """Return `emit` where there is a formulation without errors that may be solved."""
    held = state["options"].get("approve") and not state.get("approved")
    return "emit" if buildable(state["candidate"]) and not held else "judge"


def after_emit(state: State) -> Literal["run", "judge"]:
    """Return `run` where there is a program, or data that is solved without one."""
    candidate = state["candidate"]
    return "run" if candidate["program"] is not None or candidate.get("beside") else "judge"


def after_rederive(state: State) -> Literal["check", "run"]:
    """Return `run` for a program of the LLM's own, which there is nothing to check in."""
    return "run" if state["candidate"]["program"] is not None else "check"


def after_mend(state: State) -> NextStep:
    """Return `check` for what was edited by rule, else where the run was going without."""
    return "check" if state.get("mended") is not None else after_judge(state)


def after_judge(state: State) -> NextStep:
    """Return what `course` said when the judge had spoken; a person is asked about what is settled otherwise."""
    step = state.get("next_step", "explain")
    settled = step in ("approve", "explain") and not state.get("approved")
    return "clarify" if settled and may_ask(state) else step


def after_explain(state: State) -> Literal["try_out", "end"]:
    """Return `try_out` where the text goes on with further questions."""
    return "try_out" if questions_of(state) else "end"


def course(state: State, spent: str | None) -> Course:
    """Accept, repair, let the LLM write a program, or stop with the best there is.

    Args:
        state: after `judge`.
        spent: which budget is used up; nothing that takes an LLM begins then.
    """
    if state.get("approved"):
        return Course("explain")  # a person said that this is meant, whatever is doubted
    if may_mend(state):
        return Course("mend")  # costs no LLM, and what the LLM is told then is only what no rule could mend
    if state["options"].get("approve"):
        return _towards_approval(state, spent)
    step = _wanted(state)
    if step == "explain":
        return _again(state, spent)
    if spent:
        return Course("explain", spent)
    if step == "repair" and _insists(state):
        step = _without_repair(state)
        return _again(state, spent, REPEATS) if step == "explain" else Course(step)
    return Course(step)


def _towards_approval(state: State, spent: str | None) -> Course:
    """Mend what the checks doubt before a person looks at it, and show the best there is."""
    candidate, best = state["candidate"], state.get("best") or state["candidate"]
    shown = buildable(best)
    if shown and (best["penalty"] <= ACCEPTED_PENALTY or state.get("edited") is not None):
        return Course("approve")
    wanted = candidate["round"] < state["options"]["rounds"] and _can_repair(state) and not _insists(state)
    if wanted and not spent:
        return Course("repair")
    return Course("approve" if shown else "explain", spent or "" if wanted else "")


def _insists(state: State) -> bool:
    """Whether the LLM gives the same formulation again and again."""
    return sum(bool(turn["repeated"]) for turn in state.get("rounds", [])) >= MAX_REPEATS


def _again(state: State, spent: str | None, stopped: str = "") -> Course:
    """Derive the problem once more where more derivations are wanted and no two agree yet."""
    best = state.get("best") or state["candidate"]
    derived = [*state.get("derived", []), best]
    wanted: int = state["options"].get("samples", 1)
    if len(derived) >= wanted or settled(derived):
        return Course("explain", stopped)
    return Course("explain", spent) if spent else Course("rederive")


def _wanted(state: State) -> AfterJudge:
    """Return what the checks ask for, whatever it takes; further derivations are taken as they come."""
    candidate, best = state["candidate"], state.get("best")
    if state.get("derived") or state.get("edited") is not None:
        return "explain"
    tries = state.get("free_tries", 0)
    if tries:
        failed = best is None or best["penalty"] > 0
        return "write_program" if failed and tries < MAX_FREE_TRIES else "explain"
    if best is not None and best["result"] is not None and best["penalty"] <= ACCEPTED_PENALTY:
        return "explain"
    if best is not None and state["options"].get("samples", 1) > 1 and weight_of(best) > 0:
        # Doubts alone are better answered by a fresh derivation than by telling them to who wrote what is doubted.
        return "explain"
    if candidate["round"] < state["options"]["rounds"] and _can_repair(state):
        return "repair"
    return _without_repair(state)


def _without_repair(state: State) -> AfterJudge:
    best = state.get("best")
    solved = best is not None and best["result"] is not None
    # A program of the LLM's own would have to copy the data of files, of which it sees three rows.
    return "explain" if solved or state["problem"].get("data") else "write_program"


def _can_repair(state: State) -> bool:
    """A repair of the scalar form needs declared variables to write with."""
    best = state.get("best") or state["candidate"]
    return state["form"] != "scalar" or bool(declared_names(best["reply"]["declared"]))
