"""An answer in the problem's words: what is decided, what it is worth, which limits decide it."""

from __future__ import annotations

import math
import re

from fivefold_solvers.audit import Audit, Residual
from fivefold_solvers.audit import audit as recomputed
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Constraint, Formulation
from fivefold_solvers.formulation.expression import Compare
from fivefold_solvers.formulation.identity import spell_key
from fivefold_solvers.formulation.parse import ExpressionError, parse
from fivefold_solvers.result import INTEGRALITY_TOLERANCE, ExecutionResult, Exit, Index, SolutionStatus, Termination

Values = dict[str, dict[Index, float]]
"""Values of the variables by name and index."""
MAX_LINES = 30
MAX_TIGHT = 8
MAX_NEAR = 5
MAX_ALIKE = 3
_PLURAL = re.compile(r"(?!.*\b(?:of|in|per|for|by|with|from|to)\b).*[a-z](?<![siu])s", re.IGNORECASE)
_STOPPED = {
    Termination.INFEASIBLE: "No values satisfy all constraints at once, so there is no solution.",
    Termination.UNBOUNDED: "The objective can be improved without end, so there is no best solution.",
    Termination.INFEASIBLE_OR_UNBOUNDED: "There is no solution: the constraints contradict each other, or the "
    "objective can be improved without end.",
    Termination.TIME_LIMIT: "The solver ran into its time limit before it found a solution.",
}


def answer_text(formulation: Formulation, result: ExecutionResult, audit: Audit | None = None) -> str:
    """Return what came of a formulation as people read it.

    Args:
        formulation: the formulation as it was written, before it was lowered.
        result: what its program left.
        audit: the recomputation, where there is one: tells which limits leave no room, and every fault.
    """
    if result.exit is not Exit.OK or not has_values(result):
        return without_solution(result)
    lines = [f"{worth(formulation, result)}."]
    if not result.solved:
        lines.append(_unproved(result))
    lines += _decisions(formulation, result)
    if audit is not None:
        lines += _limits(formulation, result, audit)
        if audit.faults:
            lines.append("Recomputing it from the formulation falsifies this answer:")
            lines += cut([f"  - {fault}" for fault in audit.faults], MAX_TIGHT)
    return "\n".join(lines)


def _unproved(result: ExecutionResult) -> str:
    """Return why a solution need not be the best, and how far off it can be where that is known."""
    if "local" in result.solver:
        return "Nothing near it is better; further away there may be better ones, for the solver searches near by only."
    if result.gap is not None and result.gap < 1:
        return (
            f"The solver stopped before it could say that nothing is better; it may be {result.gap:.2%} from the best."
        )
    return "The solver stopped before it could say that nothing is better."


def has_values(result: ExecutionResult) -> bool:
    """Return whether a program left a solution to tell of."""
    return result.solution_status is not SolutionStatus.NONE and bool(result.values)


def without_solution(result: ExecutionResult) -> str:
    """Return why there is nothing to tell of."""
    if result.exit is not Exit.OK:
        last = (result.stderr.strip() or result.stdout.strip() or "it printed nothing").splitlines()[-1]
        return f"The program ended with {result.exit}: {last[:300]}"
    return _STOPPED.get(result.termination, f"The solver says {result.termination} and left no solution.")


def cut(lines: list[str], most: int) -> list[str]:
    """Return so many lines at most, and how many there are besides."""
    return lines if len(lines) <= most else [*lines[:most], f"  ... and {len(lines) - most} more"]


def worth(formulation: Formulation, result: ExecutionResult) -> str:
    """Return what a solution is worth, as a sentence without its end: `The least cost is 12 euros`."""
    objective = formulation.objective
    word = {"minimize": "least", "maximize": "greatest", "satisfy": ""}[objective.sense]
    if result.objective is None or not word:
        return "A feasible plan was found"
    unit = f" {objective.unit}" if objective.unit else ""
    word = word if result.solved else f"{word} found"
    said = objective.description or objective.name
    return f"The {word} {said} {'are' if _is_plural(said) else 'is'} {spell_number(result.objective)}{unit}"


def _is_plural(words: str) -> bool:
    """Whether a description is of several things: `total earnings`, and not `number of buses`."""
    return _PLURAL.fullmatch(words.strip(" .")) is not None


def _decisions(formulation: Formulation, result: ExecutionResult) -> list[str]:
    """Return one line per variable entry that is not zero."""
    lines: list[str] = []
    for variable in formulation.variables:
        meaning = f": {variable.description}" if variable.description else ""
        unit = f" {variable.unit}" if variable.unit else ""
        for key, value in result.values.get(variable.name, {}).items():
            if abs(value) > 1e-6 or not key:
                lines.append(f"  {spell_key(variable.name, key)} = {spell_number(value)}{unit}{meaning}")
    return cut(lines, MAX_LINES)


def _limits(formulation: Formulation, result: ExecutionResult, audit: Audit) -> list[str]:
    """Return which constraints leave no room, or else how much the tightest leave."""
    rows = {constraint.name: constraint for constraint in formulation.constraints}
    own = _as_written(formulation, result, audit)
    tight = [residual for residual in own if residual.binding]
    # An equation is at its limit in every plan.
    deciding = [residual for residual in tight if not is_equation(rows[residual.constraint])] or tight
    if deciding:
        lines = cut([line for name in rows for line in _tight(name, deciding, own, rows)], MAX_TIGHT)
        return ["These constraints are at their limit and decide the result:", *lines]
    near = sorted(own, key=lambda residual: residual.slack)[:MAX_NEAR]
    if not near:
        # Logic has no room to tell of.
        return [] if rows else ["No constraint limits it."]
    lines = [f"{_row(residual, rows)}, {spell_number(residual.slack)} left" for residual in near]
    return ["No constraint is at its limit; these are the nearest to it:", *lines]


def _as_written(formulation: Formulation, result: ExecutionResult, audit: Audit) -> list[Residual]:
    """Return how the rows of the formulation stand, of a two-sided one the nearer side."""
    names = {constraint.name: place for place, constraint in enumerate(formulation.constraints)}
    found = [residual for residual in audit.residuals if residual.constraint in names]
    # A constraint that was rewritten for the solver stands in the audit by other names.
    rewritten = names.keys() - {residual.constraint for residual in found}
    if rewritten:
        own = {variable.name for variable in formulation.variables}
        values = {name: table for name, table in result.values.items() if name in own}
        written = recomputed(check(formulation), result.model_copy(update={"values": values}))
        found += [residual for residual in written.residuals if residual.constraint in rewritten]
    nearest: dict[tuple[str, str], Residual] = {}
    for residual in sorted(found, key=lambda one: names[one.constraint]):
        place = residual.constraint, residual.place
        if place not in nearest or residual.slack < nearest[place].slack:
            nearest[place] = residual
    return list(nearest.values())


def is_equation(row: Constraint) -> bool:
    """Whether a constraint asks for equality: it is at its limit in every plan."""
    try:
        tree = parse(row.expression).tree
    except ExpressionError:
        return False
    return isinstance(tree, Compare) and tree.relation == "=="


def _tight(name: str, tight: list[Residual], own: list[Residual], rows: dict[str, Constraint]) -> list[str]:
    """Return the rows of a constraint that are at their limit, in one line where they are many."""
    found = [residual for residual in tight if residual.constraint == name]
    if len(found) <= MAX_ALIKE:
        return [_row(residual, rows) for residual in found]
    count = sum(residual.constraint == name for residual in own)
    row = rows[name]
    said = f" ({row.description})" if row.description else ""
    where = "; ".join(residual.place.strip().removeprefix("at ") for residual in found[:MAX_ALIKE])
    return [f"  {name} at {len(found)} of its {count} places, such as {where}{said}: {row.expression}"]


def _row(residual: Residual, rows: dict[str, Constraint]) -> str:
    row = rows[residual.constraint]
    said = f" ({row.description})" if row.description else ""
    return f"  {residual.constraint}{residual.place}{said}: {row.expression}"


def whole_values(formulation: Formulation | None, values: Values) -> Values:
    """Return values with those of integer and binary variables as whole numbers, where a solver left them a hair off.

    What is farther from a whole number than the tolerance stays as it is: the checks tell of it.
    """
    whole = {one.name for one in formulation.variables if one.domain != "continuous"} if formulation else set[str]()
    return {
        name: {index: _whole(value) for index, value in table.items()} if name in whole else table
        for name, table in values.items()
    }


def _whole(value: float) -> float:
    near = float(round(value)) if math.isfinite(value) else value
    return near if abs(value - near) <= INTEGRALITY_TOLERANCE else value


def spell_number(value: float) -> str:
    """Return a number for people: thousands apart, six decimals at most."""
    rounded = round(value, 6)
    return f"{int(rounded):,}" if float(rounded).is_integer() else f"{rounded:,.6f}".rstrip("0")
