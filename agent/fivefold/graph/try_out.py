"""Step `try_out`: the further questions of a text, each answered by a change of the formulation that stands.

It stands here and not among the other steps because it is built on `fivefold.revision`, which is built on them.
"""

from __future__ import annotations

from typing import TypedDict

from fivefold.errors import CallerError, LLMError, OutsideError
from fivefold.formulations import FaultyError, compiled, lowered
from fivefold.nodes.judge import changed_lines
from fivefold.reading.further import further_questions, supposed
from fivefold.revision import RevisionError, left_out, revised
from fivefold.scenario import Scenario, scenarios_text
from fivefold.state import Json, State
from fivefold.tools import Tools
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.result import ExecutionResult
from fivefold_solvers.sandbox import SandboxError, arun

MAX_QUESTIONS = 3
"""Questions that are tried out; each takes the LLM."""
TOO_MANY = f"only {MAX_QUESTIONS} are tried out at once"


class TryOutSets(TypedDict):
    """What this step sets."""

    scenarios: list[Json]
    explanation: str


def questions_of(state: State) -> tuple[str, ...]:
    """Return the further questions of the text; none where a person has asked for a change since."""
    return () if state.get("request") else further_questions(state["problem"]["text"])


async def try_out(state: State, tools: Tools) -> TryOutSets:
    """Return the answers to the further questions beside the first one, which stays as it is."""
    best = state.get("best") or state["candidate"]
    formulation = None if best["formulation"] is None else Formulation.model_validate(best["formulation"])
    first = None if best["result"] is None else ExecutionResult.model_validate(best["result"])
    why = ""
    if formulation is None or best.get("beside"):
        why = "there is no formulation that could be changed in words"
    elif first is None or not first.has_solution:
        why = "the first question has no solution"
    found: list[Scenario] = []
    for place, question in enumerate(questions_of(state)):
        open_for = why or tools.budget.exhausted() or (TOO_MANY if place >= MAX_QUESTIONS else "")
        if formulation is None or open_for:
            found.append(Scenario(question=question, unanswered=open_for))
        else:
            found.append(await _answered(formulation, question, tools))
    lines = scenarios_text(found, formulation, first)
    return {
        "scenarios": [one.model_dump(mode="json") for one in found],
        "explanation": "\n".join([state.get("explanation", ""), *lines]),
    }


async def _answered(formulation: Formulation, question: str, tools: Tools) -> Scenario:
    """Return what comes of the formulation changed as a question says; the first answer stands whatever fails here."""
    try:
        revision = await revised(formulation, supposed(question), tools)
        if not revision.operations:
            return Scenario(question=question, unanswered="the LLM found nothing to change")
        after = revision.formulation
        missing = left_out(formulation, after, revision.request)
        if missing:
            return Scenario(question=question, unanswered=f"its number {missing[0].written} is in none of the changes")
        program, _ = compiled(lowered(after), tools.options.library, time_limit_s=tools.options.time_limit_s)
        result = await arun(program, tools.limits, at_least=tools.isolation)
    except (RevisionError, CallerError, FaultyError, LLMError, OutsideError, SandboxError) as fault:
        return Scenario(question=question, unanswered=str(fault))
    tools.solver_s += result.wall_s
    return Scenario(question=question, changes=changed_lines(formulation, after), formulation=after, result=result)
