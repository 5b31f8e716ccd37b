"""Step `explain`: the answer in plain words, made from the formulation and the values, never guessed by an LLM."""

from __future__ import annotations

from typing import TypedDict

from fivefold.state import Candidate, Json, State
from fivefold.tools import Tools
from fivefold.verdict import Verdict, verdict_of
from fivefold_solvers.audit import Audit, Residual, audit
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Constraint, Formulation
from fivefold_solvers.formulation.finding import Finding
from fivefold_solvers.formulation.identity import spell_key
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.result import ExecutionResult, SolutionStatus, Termination

MAX_LINES = 30
MAX_TIGHT = 8
MAX_NEAR = 5
_STOPPED = {
    Termination.INFEASIBLE: "No values satisfy all constraints at once, so there is no solution.",
    Termination.UNBOUNDED: "The objective can be improved without end, so there is no best solution.",
    Termination.INFEASIBLE_OR_UNBOUNDED: "There is no solution: the constraints contradict each other, or the "
    "objective can be improved without end.",
    Termination.TIME_LIMIT: "The solver ran into its time limit before it found a solution.",
}


class ExplainSets(TypedDict):
    """What this step sets."""

    explanation: str
    verdict: Json


async def explain(state: State, tools: Tools) -> ExplainSets:
    """Return the verdict on the kept candidate and the answer in words."""
    best = state.get("best") or state["candidate"]
    findings = [Finding.model_validate(finding) for finding in best["findings"]]
    result = None if best["result"] is None else ExecutionResult.model_validate(best["result"])
    verdict = verdict_of(findings, solved=result is not None and result.solved)
    lines = [*_answer(best, result), *_doubts(verdict)]
    return {"explanation": "\n".join(lines), "verdict": verdict.model_dump(mode="json")}


def _answer(best: Candidate, result: ExecutionResult | None) -> list[str]:
    if result is None:
        return ["No solver program could be made from this problem."]
    if result.solution_status is SolutionStatus.NONE or not result.values:
        return [_STOPPED.get(result.termination, f"The program ended with {result.exit} and no solution.")]
    if best["formulation"] is None:
        return _free_answer(result)
    formulation = Formulation.model_validate(best["formulation"])
    objective = formulation.objective
    what = objective.description or objective.name
    word = {"minimize": "least", "maximize": "greatest", "satisfy": ""}[objective.sense]
    unit = f" {objective.unit}" if objective.unit else ""
    best_value = "" if result.objective is None or not word else _number(result.objective)
    lines = [f"The {word} {what} is {best_value}{unit}." if best_value else "A feasible plan was found."]
    if not result.solved:
        lines.append("The solver stopped before it could say that nothing is better.")
    lines += _decisions(formulation, result)
    return lines + _limits(formulation, audit(lower(check(formulation)), result))


def _free_answer(result: ExecutionResult) -> list[str]:
    lines = [
        "The LLM wrote this program itself, so its elements could not be checked against the problem.",
        "It has no objective." if result.objective is None else f"Its objective is {_number(result.objective)}.",
    ]
    for name, table in result.values.items():
        lines += [f"  {spell_key(name, key)} = {_number(value)}" for key, value in table.items() if value]
    return lines[:MAX_LINES]


def _decisions(formulation: Formulation, result: ExecutionResult) -> list[str]:
    """Return one line per variable that is not zero."""
    lines: list[str] = []
    for variable in formulation.variables:
        meaning = f": {variable.description}" if variable.description else ""
        unit = f" {variable.unit}" if variable.unit else ""
        for key, value in result.values.get(variable.name, {}).items():
            if abs(value) > 1e-6 or not key:
                lines.append(f"  {spell_key(variable.name, key)} = {_number(value)}{unit}{meaning}")
    if len(lines) > MAX_LINES:
        lines = [*lines[:MAX_LINES], f"  ... and {len(lines) - MAX_LINES} more"]
    return lines


def _limits(formulation: Formulation, found: Audit) -> list[str]:
    """Return which constraints leave no room, or else how much the tightest leave."""
    rows: dict[str, Constraint] = {constraint.name: constraint for constraint in formulation.constraints}
    tight = [r for r in found.residuals if r.binding and r.constraint in rows]
    lines = [_row(residual, rows) for residual in tight[:MAX_TIGHT]]
    if not lines:
        return _room(found, rows)
    return ["These constraints are at their limit and decide the result:", *lines]


def _room(found: Audit, rows: dict[str, Constraint]) -> list[str]:
    """Return the rows nearest to their limits; whole numbers often stop short of it."""
    near = sorted((r for r in found.residuals if r.constraint in rows), key=lambda residual: residual.slack)
    if not near:
        # Logic has no room to tell of, and values that break the audit tell nothing.
        return [] if rows else ["No constraint limits it."]
    lines = [f"{_row(residual, rows)}, {_number(residual.slack)} left" for residual in near[:MAX_NEAR]]
    return ["No constraint is at its limit; these are the nearest to it:", *lines]


def _row(residual: Residual, rows: dict[str, Constraint]) -> str:
    row = rows[residual.constraint]
    said = f" ({row.description})" if row.description else ""
    return f"  {residual.constraint}{residual.place}{said}: {row.expression}"


def _doubts(verdict: Verdict) -> list[str]:
    if not verdict.feedback:
        return ["No check found fault with it; that does not prove it right."]
    return ["What the checks doubt:", *(f"  - {line}" for line in verdict.feedback[:6])]


def _number(value: float) -> str:
    rounded = round(value, 6)
    return f"{int(rounded):,}" if float(rounded).is_integer() else f"{rounded:,.6f}".rstrip("0")
