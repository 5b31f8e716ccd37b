"""Step `explain`: the answer in plain words, made from the formulation and the values, never guessed by an LLM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from fivefold.answer import MAX_LINES, answer_text, has_values, spell_number, without_solution
from fivefold.checks.curves import is_curved
from fivefold.computing import computed
from fivefold.nodes.clarify import left_open
from fivefold.problem import Problem
from fivefold.state import Candidate, Json, State
from fivefold.tools import Tools
from fivefold.verdict import Verdict, verdict_of
from fivefold.verdict.comparing import compared
from fivefold.verdict.derivations import Derived, choose, told
from fivefold.waiting import Answered
from fivefold_solvers.audit import audit
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Assumption, Formulation
from fivefold_solvers.formulation.finding import Finding
from fivefold_solvers.formulation.identity import spell_key
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.result import ExecutionResult


class ExplainSets(TypedDict):
    """What this step sets."""

    best: Candidate
    derivations: list[Json]
    explanation: str
    question: str
    readings: list[Json]
    verdict: Json


async def explain(state: State, tools: Tools) -> ExplainSets:
    """Return the verdict on the kept candidate and the answer in words."""
    candidates = [*state.get("derived", []), state.get("best") or state["candidate"]]
    kept = choose(candidates)
    best = candidates[kept]
    derivations = told(candidates, kept)
    words = Problem.model_validate(state["problem"]).checked
    if len(candidates) > 1:
        derivations = await computed(compared, candidates, kept, derivations, words)
    findings = [Finding.model_validate(finding) for finding in best["findings"]]
    result = None if best["result"] is None else ExecutionResult.model_validate(best["result"])
    verdict = verdict_of(
        findings,
        solved=result is not None and result.solved,
        agreeing=sum(one.agrees for one in derivations),
        differing=sum(one.objective is not None and not (one.agrees or one.kept) for one in derivations),
        program=best["formulation"] is None,
        repaired=best["round"] > 0 and best["formulation"] is not None,
        curved=is_curved(words, _formulation_of(best)),
        risk=state["options"].get("risk"),
    )
    answers = [Answered.model_validate(one) for one in state.get("answers", [])]
    settled = {one.question for one in answers if one.answer}
    unsaid = await computed(left_open, state, best, result, settled)
    lines = [*_answer(best, result), *_doubts(verdict), *unsaid.lines, *_derived(derivations)]
    return {
        "best": _with_assumptions(best, answers),
        "derivations": [one.model_dump(mode="json") for one in derivations] if len(derivations) > 1 else [],
        "explanation": "\n".join(lines),
        "question": unsaid.question,
        "readings": [one.model_dump(mode="json") for one in unsaid.readings],
        "verdict": verdict.model_dump(mode="json"),
    }


def _formulation_of(candidate: Candidate) -> Formulation | None:
    found = candidate["formulation"]
    return None if found is None else Formulation.model_validate(found)


def _with_assumptions(best: Candidate, answers: Sequence[Answered]) -> Candidate:
    """Return a candidate whose formulation says what was assumed because a person who was asked did not know."""
    open_ones = [one for one in answers if not one.answer]
    if best["formulation"] is None or not open_ones:
        return best
    formulation = Formulation.model_validate(best["formulation"])
    added = tuple(
        Assumption(text=f"{one.question} Taken: {one.default}.", reason="it was asked and not answered")
        for one in open_ones
    )
    changed = formulation.model_copy(update={"assumptions": (*formulation.assumptions, *added)})
    return {**best, "formulation": changed.model_dump(mode="json")}


def _answer(best: Candidate, result: ExecutionResult | None) -> list[str]:
    if result is None:
        return ["No solver program could be made from this problem."]
    if best["formulation"] is None:
        return _free_answer(result)
    formulation = Formulation.model_validate(best["formulation"])
    recomputed = has_values(result) and not best.get("beside", False)
    found = audit(lower(check(formulation)), result) if recomputed else None
    return answer_text(formulation, result, found).splitlines()


def _free_answer(result: ExecutionResult) -> list[str]:
    if not has_values(result):
        return [without_solution(result)]
    lines = [
        "The LLM wrote this program itself, so its elements could not be checked against the problem.",
        "It has no objective." if result.objective is None else f"Its objective is {spell_number(result.objective)}.",
    ]
    for name, table in result.values.items():
        lines += [f"  {spell_key(name, key)} = {spell_number(value)}" for key, value in table.items() if value]
    return lines[:MAX_LINES]


def _derived(derivations: tuple[Derived, ...]) -> list[str]:
    """Return how the derivations stand to each other, in a sentence."""
    others = [one for one in derivations if not one.kept]
    if not others:
        return []
    agreeing = sum(one.agrees for one in others)
    apart = [one for one in others if one.objective is not None and not one.agrees]
    found = sorted({spell_number(one.objective) for one in apart if one.objective is not None})
    said = f"Derived {len(derivations)} times from the text alone: {agreeing} of the others come to the same"
    lines = [f"{said}, others to {', '.join(found)}." if found else f"{said}."]
    return lines + [f"  - {line}" for one in apart[:2] for line in one.difference[:2]]


def _doubts(verdict: Verdict) -> list[str]:
    if not verdict.feedback:
        return ["No check found fault with it; that does not prove it right."]
    return ["What the checks doubt:", *(f"  - {line}" for line in verdict.feedback[:6])]
