"""Step `clarify`: whether there is something to ask a person; and what a text leaves open, in words."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple, TypedDict

from fivefold.answer import spell_number
from fivefold.checks.missing import missing_facts
from fivefold.checks.readings import read_otherwise
from fivefold.checks.readings import readings as other_readings
from fivefold.clarification import Question, Reading, question_for, spread
from fivefold.computing import computed
from fivefold.problem import Problem
from fivefold.state import Candidate, Json, State
from fivefold.tools import Tools
from fivefold.verdict.derivations import choose
from fivefold.waiting import Pause
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.result import ExecutionResult

TOLD = 2
"""So many readings at most are told one by one."""
MOST_QUESTIONS = 3
"""So many questions at most are asked in one run, one after the other."""


class ClarifySets(TypedDict):
    """What this step sets."""

    pause: Json | None
    asked: Json | None
    alternative: Json | None


class LeftOpen(NamedTuple):
    """What there is to ask, and what else the answer might be."""

    question: str = ""
    readings: tuple[Reading, ...] = ()
    lines: tuple[str, ...] = ()
    """Both in words."""
    asked: Question | None = None
    """What there is to ask, with all that belongs to it."""


async def clarify(state: State, tools: Tools) -> ClarifySets:
    """Return the question that is worth asking now: by the text alone, or by the formulation that came of it."""
    return await computed(_asked, state)


def may_ask(state: State) -> bool:
    """Whether a person may be asked, and has not been asked too often.

    A number that a formulation assumes because nobody knew it is not asked about again.
    """
    answers = state.get("answers", [])
    passed = "candidate" in state and any(not one["answer"] for one in answers)
    return bool(state["options"].get("ask")) and len(answers) < MOST_QUESTIONS and not passed


def _asked(state: State) -> ClarifySets:
    best = _kept(state)
    result = None if best is None or best["result"] is None else ExecutionResult.model_validate(best["result"])
    before = {one["question"] for one in state.get("answers", [])}
    question = left_open(state, best, result, before).asked if may_ask(state) else None
    if question is None:
        return {"pause": None, "asked": None, "alternative": None}
    formulation = _formulation_of(best)
    alternative = None
    if question.reading is not None and formulation is not None:
        alternative = read_otherwise(formulation, Problem.model_validate(state["problem"]).checked, question.reading)
    pause = Pause(
        kind="question",
        text=question.text,
        why=question.why,
        choices=question.choices,
        default=question.default,
        formulation=formulation,
    )
    return {
        "pause": pause.model_dump(mode="json"),
        "asked": question.model_dump(mode="json"),
        "alternative": None if alternative is None else alternative.model_dump(mode="json"),
    }


def _kept(state: State) -> Candidate | None:
    """Return the candidate that would be given as the answer; None before there is one."""
    if "candidate" not in state:
        return None
    best = state.get("best") or state["candidate"]
    candidates = [*state.get("derived", []), best]
    return candidates[choose(candidates)]


def _formulation_of(best: Candidate | None) -> Formulation | None:
    known = None if best is None else best["formulation"]
    return None if known is None else Formulation.model_validate(known)


def left_open(state: State, best: Candidate | None, result: ExecutionResult | None, known: Collection[str]) -> LeftOpen:
    """Return what the text of a problem leaves open, tried on the kept formulation where there is one.

    Args:
        state: holds the problem and the options.
        best: the candidate that is kept; None before there is one.
        result: what came of it; None where it was not solved.
        known: questions that are open no more.
    """
    text = Problem.model_validate(state["problem"]).checked
    if state["problem"].get("data") or state["problem"].get("pasted"):
        return LeftOpen()  # what the words do not say may be in the data
    formulation = _formulation_of(best)
    if formulation is None or state["options"].get("checks", "all") != "all" or not check(formulation).ok:
        facts = [fact for fact in missing_facts(text) if fact.question not in known]
        asked = question_for(facts, ())
        question = "" if asked is None else asked.text
        return LeftOpen(question, (), tuple(in_words(question, (), "")), asked)
    facts = [fact for fact in missing_facts(text, formulation) if fact.question not in known]
    solved = result is not None and result.solved
    sought = solved or result is None
    readings = other_readings(formulation, text, result.objective if result else None) if sought else ()
    readings = tuple(one for one in readings if not one.question or one.question not in known)
    asked = question_for(facts, readings)
    question = "" if asked is None else asked.text
    return LeftOpen(question, readings, tuple(in_words(question, readings, _goal(formulation))), asked)


def in_words(question: str, readings: tuple[Reading, ...], goal: str) -> list[str]:
    """Return what a person is told: the question, and what the other readings come to.

    Args:
        question: what there is to ask; empty where there is nothing.
        readings: solved readings, the largest change first.
        goal: the objective in words: `least cost`.
    """
    lines = [f"The problem leaves open what the answer depends on: {question}"] if question else []
    lines += [
        f"If {one.element} {one.instead}, the {goal} is {spell_number(one.other_objective)} instead of "
        f"{spell_number(one.objective)}."
        for one in readings[:TOLD]
    ]
    ends = spread(readings)
    if ends is not None and len(readings) > 1:
        low, high = map(spell_number, ends)
        lines.append(f"Over all readings it lies between {low} and {high}.")
    return lines


def _goal(formulation: Formulation) -> str:
    """Return what the objective is called: `least cost`."""
    objective = formulation.objective
    return f"{'least' if objective.sense == 'minimize' else 'greatest'} {objective.description or objective.name}"
