"""What a person's reply changes: the text, the formulation, and where the run goes on."""

from __future__ import annotations

from typing import TypedDict

from fivefold.clarification import Question, amended
from fivefold.nodes.judge import buildable
from fivefold.state import Candidate, Json, NextStep, State
from fivefold.waiting import Answered, Pause, PersonReply


class RepliedSets(TypedDict, total=False):
    """What a reply sets."""

    problem: Json
    stated: str
    answers: list[Json]
    pause: None
    candidate: Candidate
    best: None
    derived: list[Candidate]
    seen: list[str]
    free_tries: int
    stopped: str
    approved: bool
    edited: Json | None
    request: str
    next_step: NextStep


def replied(state: State, reply: PersonReply) -> RepliedSets:
    """Return what a reply to what the run waited for sets."""
    pause = Pause.model_validate(state.get("pause"))
    sets = _to_question(state, pause, reply) if pause.kind == "question" else _to_approval(state, reply)
    return {**sets, "pause": None}


def _to_question(state: State, pause: Pause, reply: PersonReply) -> RepliedSets:
    said = reply.text.strip() if reply.kind == "answer" else ""
    answered = Answered(question=pause.text, answer=said, default="" if said else pause.default)
    kept = RepliedSets(answers=[*state.get("answers", []), answered.model_dump(mode="json")])
    formulated = "candidate" in state
    kept["next_step"] = state.get("next_step", "explain") if formulated else "clarify"
    if not said:
        return kept
    text: str = state["problem"]["text"]
    kept["stated"] = state.get("stated", text)
    asked, standing = Question.model_validate(state.get("asked")), state["problem"].get("standing", "")
    kept["problem"] = {
        **state["problem"],
        "text": amended(text, asked, said),
        "standing": standing and amended(standing, asked, said),
    }
    if not formulated or _chosen(pause, said) == 0:
        return kept
    alternative = state.get("alternative")
    if _chosen(pause, said) == 1 and alternative is not None:
        return {**kept, **_afresh(), "edited": alternative, "next_step": "check"}
    return {**kept, **_afresh(), "next_step": "formulate"}


def _chosen(pause: Pause, said: str) -> int | None:
    """Return which of the choices an answer is; None where it is in other words."""
    spelled = [choice.casefold() for choice in pause.choices]
    return spelled.index(said.casefold()) if said.casefold() in spelled else None


def _to_approval(state: State, reply: PersonReply) -> RepliedSets:
    match reply.kind:
        case "edit":
            assert reply.formulation is not None, "replies are checked when they are given"
            edited = reply.formulation.model_dump(mode="json")
            return {**_afresh(), "edited": edited, "approved": True, "next_step": "check"}
        case "change":
            return {"request": reply.text.strip(), "next_step": "revise"}
        case _:
            assert buildable(state["candidate"]), "only what can be solved is shown"
            return {"best": None, "seen": [], "approved": True, "next_step": "emit"}


def _afresh() -> RepliedSets:
    """Return what makes a run look at its next formulation as at its first."""
    return {"best": None, "derived": [], "seen": [], "free_tries": 0, "stopped": "", "edited": None}
