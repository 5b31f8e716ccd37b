"""Objective and rows recomputed from the formulation, its data and the reported values, without any solver.

What a program prints is a claim; this says whether the claim holds for the formulation that was checked.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from fivefold_solvers.formulation.check import Checked
from fivefold_solvers.formulation.evaluate import bindings, evaluate, number
from fivefold_solvers.formulation.expression import Compare
from fivefold_solvers.formulation.ground import Grounded, at
from fivefold_solvers.formulation.identity import ElementError, Key, atom, spell_key
from fivefold_solvers.formulation.polynomial import Polynomial
from fivefold_solvers.formulation.scope import EvaluationError, Scope
from fivefold_solvers.result import (
    COMPARISON_TOLERANCE,
    FEASIBILITY_TOLERANCE,
    INTEGRALITY_TOLERANCE,
    ExecutionResult,
)

Values = dict[str, dict[Key, float]]


@dataclass(frozen=True, slots=True)
class Residual:
    """How one row stands at the reported values."""

    constraint: str
    place: str
    """Where in its index ranges, e.g. ` at t=1`."""
    slack: float
    """Room that is left; negative where the row is violated."""
    binding: bool
    """Whether no room is left, within the feasibility tolerance."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What recomputing found."""

    objective: float | None
    """Recomputed value of the objective; None where it cannot be computed."""
    residuals: tuple[Residual, ...]
    """One per row, in order."""
    faults: tuple[str, ...]
    """Every way in which the claim does not hold; empty if it does."""


def audit(checked: Checked, result: ExecutionResult) -> Audit:
    """Return the audit of a result that left a solution.

    Args:
        checked: the lowered formulation that the program was emitted from.
        result: what running the program gave; its `values` name the formulation's variables.
    """
    if checked.grounded is None:
        return Audit(None, (), ("the formulation cannot be built",))
    grounded = checked.grounded
    try:
        values = {
            name: {tuple(atom(part) for part in key): value for key, value in table.items()}
            for name, table in result.values.items()
        }
    except ElementError as fault:
        return Audit(None, (), (f"the reported values have an index that is none: {fault}",))
    faults = list(_domains(grounded, values))
    if faults:
        return Audit(None, (), tuple(faults))
    scope = _scope(grounded, values)
    objective: float | None = None
    try:
        objective = _plain(number(grounded.objective, scope))
    except EvaluationError as fault:
        faults.append(f"the objective has no value: {fault}")
    residuals = tuple(_residuals(grounded, scope, faults))
    if objective is not None and result.objective is not None:
        tolerance = COMPARISON_TOLERANCE * max(1.0, abs(objective))
        if not abs(objective - result.objective) <= tolerance:  # so that NaN is a fault
            faults.append(f"the objective is {objective:.9g} at the reported values, not {result.objective:.9g}")
    return Audit(objective, residuals, tuple(faults))


def _scope(grounded: Grounded, values: Values) -> Scope:
    scope = grounded.scope()

    def value(name: str, key: Key) -> float:
        if key not in values[name]:
            raise EvaluationError(f"{spell_key(name, key)} has no value")
        return values[name][key]

    scope.variable = value
    return scope


def _plain(value: float | Polynomial) -> float:
    assert not isinstance(value, Polynomial)
    return value


def _domains(grounded: Grounded, values: Values) -> Iterator[str]:
    """Yield what is wrong with the values themselves: missing, out of bounds, not whole."""
    for name, block in grounded.variables.items():
        table = values.get(name, {})
        for key, (lower, upper) in block.bounds.items():
            value = table.get(key)
            shown = spell_key(name, key)
            if value is None or not math.isfinite(value):
                yield f"{shown} has no value"
                continue
            room = FEASIBILITY_TOLERANCE * max(1.0, abs(value))
            if value < lower - room or value > upper + room:
                yield f"{shown} = {value:g} is outside its bounds {lower:g} to {upper:g}"
            if block.element.domain != "continuous" and abs(value - round(value)) > INTEGRALITY_TOLERANCE:
                yield f"{shown} = {value:g} is not whole"


def _residuals(grounded: Grounded, scope: Scope, faults: list[str]) -> Iterator[Residual]:
    for block in grounded.constraints:
        name = block.element.name
        try:
            for _ in bindings(block.clauses, scope):
                if not isinstance(block.tree, Compare):
                    if not evaluate(block.tree, scope):
                        faults.append(f"constraint '{name}'{at(scope)} does not hold")
                    continue
                left = _plain(number(block.tree.left, scope))
                right = _plain(number(block.tree.right, scope))
                room = FEASIBILITY_TOLERANCE * max(1.0, abs(left), abs(right))
                slack = _slack(block.tree.relation, left, right)
                if slack < -room:
                    faults.append(
                        f"constraint '{name}'{at(scope)} is violated by {-slack:g}: {left:g} against {right:g}"
                    )
                yield Residual(name, at(scope), slack, abs(slack) <= room)
        except EvaluationError as fault:
            faults.append(f"constraint '{name}'{at(scope)} has no value: {fault}")


def _slack(relation: str, left: float, right: float) -> float:
    return right - left if relation == "<=" else left - right if relation == ">=" else -abs(left - right)
