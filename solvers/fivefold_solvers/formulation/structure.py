"""Findings about a formulation as a whole that need no solver: what is unused, unlimited or trivial."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Parameter, Set
from fivefold_solvers.formulation.finding import Finding, note, warning
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.identity import spell_key
from fivefold_solvers.formulation.names import Trees, label
from fivefold_solvers.formulation.polynomial import Place, Polynomial
from fivefold_solvers.formulation.rows import Rows, holds_constant


def check_structure(grounded: Grounded, trees: Trees, rows: Rows) -> list[Finding]:
    """Return what is probably not meant although it can be built."""
    return [
        *_unused(grounded, trees),
        *_variables(grounded, rows),
        *_objective(grounded, rows),
        *_doubled(grounded, rows),
    ]


def _unused(grounded: Grounded, trees: Trees) -> Iterator[Finding]:
    used: set[str] = set()
    for tree in trees.expressions.values():
        used |= e.names_used(tree)
    for clauses in (*trees.forall.values(), *(declared.clauses for declared in trees.declared.values())):
        for clause in clauses:
            used |= e.names_used(clause)
    elements: tuple[Set | Parameter, ...] = (*grounded.formulation.sets, *grounded.formulation.parameters)
    for element in elements:
        if element.name not in used:
            yield warning("unused", label(element), "nothing uses it", "use it where the problem does, or leave it out")


def _variables(grounded: Grounded, rows: Rows) -> Iterator[Finding]:
    in_rows: set[Place] = set()
    for row in rows.rows:
        if isinstance(row.body, Polynomial):
            in_rows |= row.body.places()
    for logic in rows.logic:
        in_rows |= logic.places
    objective = rows.objective.places() if isinstance(rows.objective, Polynomial) else frozenset[Place]()
    for name, block in grounded.variables.items():
        entries = {(name, key) for key in block.bounds}
        where = label(block.element)
        if not entries:
            yield warning("no-entries", where, "its index ranges match nothing", "check its index")
        elif not entries & (in_rows | objective):
            yield warning(
                "unused-variable", where, "no constraint and no objective uses it", "tie it in, or leave it out"
            )
        elif not entries & in_rows and block.element.domain == "binary":
            message = "no constraint holds it, so nothing depends on it and it takes whatever is best for the objective"
            yield warning("free-of-rows", where, message, "add the constraints that link it to what it decides")
        elif not entries & in_rows and all(math.isinf(upper) for _, upper in block.bounds.values()):
            yield warning("free-of-rows", where, "no constraint holds it", "add the limits that the problem states")
    yield from _unlimited(grounded, rows, in_rows)


def _unlimited(grounded: Grounded, rows: Rows, in_rows: set[Place]) -> Iterator[Finding]:
    """A variable that improves the objective, has no bound that way and stands in no row makes it unbounded."""
    sense = grounded.formulation.objective.sense
    if sense == "satisfy" or not isinstance(rows.objective, Polynomial) or rows.objective.degree != 1:
        return
    for place, coefficient in rows.objective.linear.items():
        lower, upper = grounded.variables[place[0]].bounds[place[1]]
        up = (coefficient > 0) == (sense == "maximize")
        if place not in in_rows and math.isinf(upper if up else lower):
            side = "upper" if up else "lower"
            message = f"{spell_key(*place)} improves the objective without end: no constraint holds it, no {side} bound"
            yield warning("unbounded", f"variable '{place[0]}'", message, "add the limit that the problem states")
            return


def _objective(grounded: Grounded, rows: Rows) -> Iterator[Finding]:
    sense = grounded.formulation.objective.sense
    if sense == "satisfy":
        return
    if not isinstance(rows.objective, Polynomial):
        yield warning(
            "constant-objective",
            "the objective",
            f"it holds no variable: its value is always {rows.objective:g}",
            "write it with the variables",
        )
        return
    yield from _trivial(grounded, rows, rows.objective, sense)


def _trivial(grounded: Grounded, rows: Rows, objective: Polynomial, sense: str) -> Iterator[Finding]:
    """When every variable at its own best bound satisfies every row, the rows decide nothing."""
    if objective.degree != 1 or rows.logic:
        return
    point: dict[Place, float] = {}
    for name, block in grounded.variables.items():
        for key, (lower, upper) in block.bounds.items():
            coefficient = objective.linear.get((name, key), 0)
            best = lower if (coefficient > 0) == (sense == "minimize") else upper
            point[name, key] = best if coefficient else max(lower, min(upper, 0))
    if any(math.isinf(value) for value in point.values()):
        return
    for row in rows.rows:
        value = value_at(row.body, point)
        if value is None or not holds_constant(row.relation, value):
            return
    if rows.rows and all(value == 0 for value in point.values()):
        yield warning(
            "trivial-optimum",
            "the objective",
            f"all variables at 0 satisfy every constraint and are optimal to {sense}",
            "a requirement (a least amount, a demand) is missing, or the sense is turned round",
        )
    elif rows.rows:
        yield note(
            "decided-by-bounds", "the objective", "the variables' own bounds decide the optimum, no constraint does"
        )


def value_at(body: float | Polynomial, point: dict[Place, float]) -> float | None:
    """Return the value of a linear or quadratic body at a point; None beyond that."""
    if not isinstance(body, Polynomial):
        return body
    if body.beyond:
        return None
    total = body.constant + sum(coefficient * point[place] for place, coefficient in body.linear.items())
    return total + sum(coefficient * point[a] * point[b] for (a, b), coefficient in body.quadratic.items())


def _doubled(grounded: Grounded, rows: Rows) -> Iterator[Finding]:
    """Two constraints with the same rows: one was probably meant to say something else."""
    shapes: dict[object, str] = {}
    grouped = rows.by_constraint()
    for block in grounded.constraints:
        own = grouped.get(block.element.name, [])
        if len(own) != 1 or not isinstance(own[0].body, Polynomial) or own[0].body.beyond:
            continue
        body = own[0].body
        shape = (own[0].relation, body.constant, frozenset(body.linear.items()), frozenset(body.quadratic.items()))
        if shape in shapes:
            yield warning("doubled", label(block.element), f"it says the same as '{shapes[shape]}'", "leave one out")
        shapes.setdefault(shape, block.element.name)
