"""Least and greatest value of expressions from the bounds of their variables; where big-M constants come from."""

from __future__ import annotations

import math

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.evaluate import bindings, number
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.identity import spell_key
from fivefold_solvers.formulation.polynomial import Place, Polynomial
from fivefold_solvers.formulation.scope import EvaluationError


def interval(grounded: Grounded, value: float | Polynomial) -> tuple[float, float]:
    """Return bounds of a linear value; infinite where a variable has none, and for anything not linear."""
    if not isinstance(value, Polynomial):
        return value, value
    if value.degree > 1:
        return -math.inf, math.inf
    low = high = value.constant
    for (name, key), coefficient in value.linear.items():
        bounds = grounded.variables[name].bounds[key]
        first, second = coefficient * bounds[0], coefficient * bounds[1]
        low, high = low + min(first, second), high + max(first, second)
    return low, high


def interval_over(grounded: Grounded, node: e.Expression, clauses: tuple[e.Clause, ...]) -> tuple[float, float]:
    """Return bounds of an expression over every instance of its index ranges."""
    scope = grounded.scope()
    low, high = math.inf, -math.inf
    for _ in bindings(clauses, scope):
        least, greatest = interval(grounded, number(node, scope))
        low, high = min(low, least), max(high, greatest)
    return (low, high) if low <= high else (0, 0)


def degree_over(grounded: Grounded, node: e.Expression, clauses: tuple[e.Clause, ...]) -> int:
    """Return the greatest degree of an expression over every instance of its index ranges."""
    scope = grounded.scope()
    degrees = [0]
    for _ in bindings(clauses, scope):
        value = number(node, scope)
        degrees.append(value.degree if isinstance(value, Polynomial) else 0)
    return max(degrees)


def unlimited(grounded: Grounded, node: e.Expression, clauses: tuple[e.Clause, ...], up: bool) -> EvaluationError:
    """Return the error that names the variable whose missing bound leaves an expression without one."""
    scope = grounded.scope()
    for _ in bindings(clauses, scope):
        value = number(node, scope)
        if math.isinf(interval(grounded, value)[up]):
            return unlimited_value(grounded, value, up=up)
    raise AssertionError("only called where a value is unlimited")


def unlimited_value(grounded: Grounded, value: float | Polynomial, up: bool) -> EvaluationError:
    """Return the error that names the variable whose missing bound leaves a value without one."""
    for place, coefficient in value.linear.items() if isinstance(value, Polynomial) and value.degree == 1 else ():
        lower, upper = grounded.variables[place[0]].bounds[place[1]]
        side = "upper" if (coefficient > 0) == up else "lower"
        if math.isinf(upper if side == "upper" else lower):
            return EvaluationError(
                f"it can only be rewritten linearly if {spell_key(*place)} has a finite {side} bound",
                f"give variable '{place[0]}' the {side} bound that it has in the problem, as its `{side}` or as "
                f"a constraint such as `{_as_row(place, side)}`",
            )
    return EvaluationError(
        "it is not linear, so nothing says how large it can be",
        "declare a variable with bounds, set it equal in a constraint of its own, and use the variable here",
    )


def _as_row(place: Place, side: str) -> str:
    """Return a row that bounds an entry of a variable, or all of them where they have indices."""
    name, key = place
    relation, word = ("<=", "most") if side == "upper" else (">=", "least")
    return f"{name}[{', '.join('ijklmn'[: len(key)])}] {relation} {word}" if key else f"{name} {relation} {word}"
