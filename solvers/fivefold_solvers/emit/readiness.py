"""Which OR-Tools library can take a formulation, and if not, why: asked before a program is written."""

from __future__ import annotations

import math
from functools import partial

from fivefold_solvers.emit.whole import NotWholeError, whole_scale
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.identity import spell_key
from fivefold_solvers.formulation.implied import with_whole_bounds
from fivefold_solvers.formulation.intervals import interval
from fivefold_solvers.formulation.polynomial import Polynomial
from fivefold_solvers.formulation.rows import Row, Rows
from fivefold_solvers.formulation.show import show

LARGEST = 2**60
"""Activities of rows stay below this, so that sums of them still fit 64 bits."""
SCIP_INFINITY = 1e20
"""What counts as infinite for SCIP: it refuses coefficients beyond it, and calls objectives beyond it unbounded or
infeasible. Pyomo and MathOpt have no way to raise it before they hand a program over."""


class NotExpressibleError(Exception):
    """A library cannot take a formulation; ask `route.select` for one that can."""

    def __init__(self, library: str, reason: str) -> None:
        super().__init__(f"{library} cannot express this formulation: {reason}")
        self.reason = reason


def needed(grounded: Grounded | None) -> Grounded:
    """Return `lower(...).grounded` where there is one.

    Raises:
        NotExpressibleError: there is none, because the check or the lowering found errors.
    """
    if grounded is None:
        reason = "it has errors, so that `grounded` is None; `lower(...).errors` says which"
        raise NotExpressibleError("A program", reason)
    return grounded


def pyomo_ready(grounded: Grounded, rows: Rows) -> str | None:
    """Return why Pyomo cannot take a formulation, None if it can; one that was lowered it always can."""
    if rows.logic:
        return _logic(rows)

    for where, tree in trees_of(grounded).items():
        for node in e.walk(tree):
            extreme = isinstance(node, e.Call | e.Aggregate) and node.function in {"min", "max"}
            if extreme and _over_variables(grounded, node):
                return f"{where} has `{show(node)}`; lower it first"
    return None


def function_written(grounded: Grounded) -> str | None:
    """Return where a function of variables is written, whatever it comes to; None where none is."""
    for where, tree in trees_of(grounded).items():
        for node in e.walk(tree):
            if isinstance(node, e.Call) and _over_variables(grounded, node):
                return f"{where} has `{show(node)}`"
    return None


def _over_variables(grounded: Grounded, node: e.Expression | e.Clause) -> bool:
    return bool(e.names_used(node) & grounded.variables.keys())


def _logic(rows: Rows) -> str:
    return f"constraint '{rows.logic[0].constraint}' is `{rows.logic[0].kind}`, no relation of sums; lower it first"


def trees_of(grounded: Grounded) -> dict[str, e.Expression]:
    """Return the expressions that a solver sees, by where they stand."""
    trees = {f"constraint '{block.element.name}'": block.tree for block in grounded.constraints}
    return {"the objective": grounded.objective, **trees}


def mathopt_ready(grounded: Grounded, rows: Rows) -> str | None:
    """Return why MathOpt cannot take a formulation, None if it can."""
    if rows.logic:
        return _logic(rows)
    for where, tree in trees_of(grounded).items():
        fault = _nonlinear(tree, grounded)
        if fault is not None:
            return f"{where} is not linear: it has {fault}"
    return None


def scip_sized(grounded: Grounded, rows: Rows) -> str | None:
    """Return which number is infinite to SCIP and not to the formulation, None if there is none."""
    mend = f"which SCIP takes for infinite, as all beyond {SCIP_INFINITY:g}; state it in larger units"
    for where, body in (("the objective", rows.objective), *((f"'{row.constraint}'", row.body) for row in rows.rows)):
        largest = _largest(body)
        if largest >= SCIP_INFINITY:
            return f"{where} has the number {largest:g}, {mend}"
    # Of what is not linear, or has no bounds, nothing is known before it is solved.
    ends = [abs(end) for end in interval(grounded, rows.objective)]
    if all(map(math.isfinite, ends)) and max(ends) >= SCIP_INFINITY:
        return f"the objective can come to {max(ends):g}, {mend}"
    return None


def _largest(body: float | Polynomial) -> float:
    if not isinstance(body, Polynomial):
        return abs(body)
    return max(map(abs, (body.constant, *body.linear.values(), *body.quadratic.values())))


def continuous_ready(grounded: Grounded, rows: Rows) -> str | None:
    """Return why a solver of linear programs alone cannot take a formulation, None if it can."""
    for name, block in grounded.variables.items():
        if block.bounds and block.element.domain != "continuous":
            return f"variable '{name}' takes whole numbers only"
    return mathopt_ready(grounded, rows)


def _nonlinear(tree: e.Expression, grounded: Grounded) -> str | None:
    """Return what in a tree is not a sum of data times variables, None if nothing is."""
    over_variables = partial(_over_variables, grounded)
    for node in e.walk(tree):
        match node:
            case e.Binary("*", left, right) if over_variables(left) and over_variables(right):
                return "a product of variables"
            case e.Binary("/", _, right) if over_variables(right):
                return "a variable below the line"
            case e.Binary("**", left, right) if over_variables(node):
                return "a power of a variable"
            case e.Aggregate(function, body, _) if function != "sum" and over_variables(body):
                return f"{function} of variables"
            case e.Call(function, _) if over_variables(node):
                return f"{function} of variables"
            case _:
                continue
    return None


def cpsat_ready(grounded: Grounded, rows: Rows) -> str | None:
    """Return why CP-SAT cannot take a formulation exactly, None if it can.

    CP-SAT takes linear rows with integer coefficients over integer variables with finite bounds, their own or those
    that rows imply. Fractions are fine where one factor makes all coefficients of a constraint whole.
    """
    grounded = with_whole_bounds(grounded, rows)
    for name, block in grounded.variables.items():
        if block.element.domain == "continuous" and block.bounds:
            return f"variable '{name}' is continuous"
        for key, bounds in block.bounds.items():
            if any(math.isinf(bound) for bound in bounds):
                side = "lower" if math.isinf(bounds[0]) else "upper"
                return f"variable {spell_key(name, key)} has no finite bound: give '{name}' its {side} bound"
            if any(abs(bound) > LARGEST for bound in bounds):
                return f"a bound of {spell_key(name, key)} is too large for 64-bit integers"
    reason = mathopt_ready(grounded, rows)
    if reason is not None:
        return reason
    for constraint in grounded.constraints:
        own = rows.of(constraint.element.name)
        try:
            scale = whole_scale(constraint, own, grounded)
        except NotWholeError as fault:
            return f"constraint '{constraint.element.name}': {fault}"
        if any(_activity(row, grounded) * scale > LARGEST for row in own):
            return f"constraint '{constraint.element.name}' has numbers too large for 64-bit integers"
    objective = Row("", (), "<=", rows.objective)
    if _activity(objective, grounded) > LARGEST:
        return "the objective has numbers too large for 64-bit integers"
    return None


def _activity(row: Row, grounded: Grounded) -> float:
    """Return the largest absolute value that the parts of a row can add up to."""
    if not isinstance(row.body, Polynomial):
        return abs(row.body)
    total = abs(row.body.constant)
    for (name, key), coefficient in row.body.linear.items():
        total += abs(coefficient) * max(map(abs, grounded.variables[name].bounds[key]))
    return total
