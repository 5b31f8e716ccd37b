"""Rows that have no value at a plan: `waste / made <= 0.1` where nothing is made.

Such a row does not hold, and a lowered one, `waste <= 0.1*made`, no longer shows it; so it is looked for in the
formulation as it was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fivefold_solvers.audit.exact import Number, ordering
from fivefold_solvers.audit.logic import Judge
from fivefold_solvers.audit.residual import TOLERANCE, Measure
from fivefold_solvers.audit.scene import Bounds, scene
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.identity import Key

MEND = "give the decisions a least amount that keeps the divisor above 0"
Table = Mapping[Key, Any]


def undefined_rows(grounded: Grounded, values: Mapping[str, Table]) -> Iterator[str]:
    """Yield a fault for every row that does not hold because a quotient in it has no value.

    Args:
        grounded: the formulation as it was written.
        values: what its variables are worth, among others perhaps.
    """
    blocks = [block for block in grounded.constraints if _divides(block.tree, grounded)]
    if not blocks:
        return
    made = scene(grounded)
    near = {name: cleared(values[name], bounds) for name, bounds in made.bounds.items()}
    made.evaluator.entries = near
    variables = grounded.variables
    whole = {
        name: table if variables[name].element.domain == "continuous" else {key: round(v) for key, v in table.items()}
        for name, table in near.items()
    }
    judge = Judge(made, Measure(made.evaluator), whole)
    for block in blocks:
        holds = judge.holds(block.tree)
        for _ in made.evaluator.over(block.clauses)():
            judge.undefined = None
            if not holds() and judge.undefined is not None:
                where = f"constraint '{block.element.name}'{made.evaluator.place()}"
                yield f"{where} has no value: {judge.undefined}; {MEND}"


def cleared(table: Table, bounds: Bounds) -> dict[Key, Any]:
    """Return values with 0 for what is 0 up to rounding, where a variable may be 0."""
    return {
        key: 0 if -TOLERANCE <= value <= TOLERANCE and _may_vanish(*bounds[key]) else value
        for key, value in table.items()
    }


def _may_vanish(lower: Number, upper: Number) -> bool:
    return ordering(lower, 0) <= 0 <= ordering(upper, 0)


def _divides(tree: e.Expression, grounded: Grounded) -> bool:
    """Whether something is divided by variables."""
    names = grounded.variables.keys()
    return any(isinstance(n, e.Binary) and n.operator == "/" and e.names_used(n.right) & names for n in e.walk(tree))
