"""Objectives beyond what SCIP takes for infinite: such a program tries again in larger units before it is believed.

What is linear is refused beforehand, see `readiness.scip_sized`; of what is not, only rough bounds are known, and most
objectives stay far below them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from fivefold_solvers.emit.readiness import SCIP_INFINITY
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.evaluate import bindings, holds, number
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.implied import with_implied_bounds
from fivefold_solvers.formulation.polynomial import Polynomial
from fivefold_solvers.formulation.rows import Rows
from fivefold_solvers.formulation.scope import EvaluationError, Scope

NAMES = frozenset({"objective_unit", "as_stated", "smaller", "retried"})
"""Names that such a program uses beside those of all programs."""
_RETRY = """\

# SCIP takes all beyond 1e20 for infinite, which this objective can be; in larger units it is not.
objective_unit, as_stated = 1.0, @ROOT@.objective.expr
for smaller in (1e-15, 1e-30):
    if termination not in ("infeasible", "unbounded", "infeasible_or_unbounded"):
        break
    @ROOT@.objective.set_value(smaller * as_stated)
    retried = solve()
    if TERMINATION.get(retried.termination_condition.name, "unknown") == "optimal":
        retried.solution_loader.load_vars()
        if abs(pyo.value(as_stated)) > 1e19:
            results, termination, objective_unit = retried, "optimal", smaller
@ROOT@.objective.set_value(as_stated)

"""
_BOUND = "bound = None if bound is None else bound / objective_unit"


def goes_beyond(grounded: Grounded, rows: Rows) -> bool:
    """Whether an objective that is not linear may come to what SCIP takes for infinite, and never is infinite."""
    if not isinstance(rows.objective, Polynomial) or rows.objective.degree < 2:
        return False
    bounds = {
        (name, key): max(map(abs, pair))
        for name, block in with_implied_bounds(grounded, rows).variables.items()
        for key, pair in block.bounds.items()
    }
    scope = grounded.scope()
    scope.variable = lambda name, key: bounds[name, key]
    try:
        return SCIP_INFINITY <= _largest(grounded.objective, scope) < math.inf
    except (EvaluationError, OverflowError):
        return False


def retry(root: str) -> Iterator[str]:
    """Yield the lines that try again in larger units.

    Args:
        root: the program's name for what everything is added to.
    """
    yield from _RETRY.replace("@ROOT@", root).splitlines()


def bound() -> Iterator[str]:
    """Yield the line that gives the bound in the objective's own units."""
    yield _BOUND


def _largest(node: e.Expression, scope: Scope) -> float:
    """Return a size that a value never exceeds, infinite where none is told; variables are their largest sizes."""
    if isinstance(node, e.Name | e.Item) or not e.names_used(node) & scope.variables:
        value = number(node, scope)
        return abs(value) if not isinstance(value, Polynomial) else math.inf
    match node:
        case e.Negative(operand):
            return _largest(operand, scope)
        case e.Binary("+" | "-", left, right):
            return _largest(left, scope) + _largest(right, scope)
        case e.Binary("*", left, right):
            return _largest(left, scope) * _largest(right, scope)
        case e.Binary("/", left, right) if not e.names_used(right) & scope.variables:
            return _largest(left, scope) / _largest(right, scope)
        case e.Binary("**", left, e.Number(exponent)) if exponent >= 0:
            return _largest(left, scope) ** exponent
        case e.Call("exp", (operand,)):
            return math.exp(_largest(operand, scope))
        case e.Call("sqrt" | "abs" | "sin" | "cos", (operand,)):
            return 1 + _largest(operand, scope)
        case e.Choice(test, then, otherwise):
            return _largest(then if holds(test, scope) else otherwise, scope)
        case e.Aggregate("sum", body, clauses):
            return sum(_largest(body, scope) for _ in bindings(clauses, scope))
        case _:
            return math.inf
