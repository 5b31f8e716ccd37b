"""What an answer depends on and its text leaves open: the one question, the other readings, and both in words."""

from __future__ import annotations

from typing import NamedTuple

from fivefold.answer import spell_number
from fivefold.checks.missing import missing_facts
from fivefold.checks.readings import readings as other_readings
from fivefold.clarification import Reading, question_for, spread
from fivefold.state import Candidate, State
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.result import ExecutionResult

TOLD = 2
"""So many readings at most are told one by one."""


class LeftOpen(NamedTuple):
    """What there is to ask, and what else the answer might be."""

    question: str = ""
    readings: tuple[Reading, ...] = ()
    lines: tuple[str, ...] = ()
    """Both in words."""


def left_open(state: State, best: Candidate, result: ExecutionResult | None) -> LeftOpen:
    """Return what the text of a problem leaves open, tried on the kept formulation where there is one."""
    text: str = state["problem"]["text"]
    if state["problem"].get("data"):
        return LeftOpen()  # what the text does not say may be in the data
    formulation = None if best["formulation"] is None else Formulation.model_validate(best["formulation"])
    tried = state["options"].get("checks", "all") == "all" and formulation is not None and check(formulation).ok
    if formulation is None or not tried:
        asked = question_for(missing_facts(text), ())
        question = "" if asked is None else asked.text
        return LeftOpen(question, (), tuple(in_words(question, (), "")))
    facts = missing_facts(text, formulation)
    solved = result is not None and result.solved
    readings = other_readings(formulation, text, result.objective) if solved and result is not None else ()
    asked = question_for(facts, readings)
    question = "" if asked is None else asked.text
    return LeftOpen(question, readings, tuple(in_words(question, readings, _goal(formulation))))


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
