"""Points that satisfy all rows of a small continuous program, found along rays from 0; how good the best may be.

Where all lengths of a figure grow together, a limit of its area or volume is met somewhere: a ray through it crosses
the row, and half-splitting finds where.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.evaluate import bindings, number
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.polynomial import Place, Polynomial
from fivefold_solvers.formulation.rows import Rows
from fivefold_solvers.formulation.scope import EvaluationError, Scope
from fivefold_solvers.result import FEASIBILITY_TOLERANCE

RAYS = 24
STEPS = tuple(10 ** (step / 6 - 4) for step in range(54))
"""Lengths along a ray that are tried, from 0.0001 to some 50,000."""
ENOUGH = 12
"""Points after which no more are looked for."""
LOOKS = 2_000
"""Times that the rows are computed after which no further ray is tried."""
EQUATIONS = 2
"""Equations beside ties between two variables, up to which a ray can be hoped to meet them all."""
_HALVINGS = 60
_Bodies = Callable[[float], list[tuple[str, float]]]


def values_at_points(grounded: Grounded, rows: Rows) -> Iterator[float]:
    """Yield the objective at points that satisfy all rows and bounds; none for whole numbers and for logic."""
    blocks = grounded.variables.values()
    if any(block.element.domain != "continuous" for block in blocks):
        return
    if not all(isinstance(block.tree, e.Compare) for block in grounded.constraints):
        return
    places = [(name, key) for name, block in grounded.variables.items() for key in block.bounds]
    ties = list(_ties(rows))
    if sum(row.relation == "==" for row in rows.rows) - len(ties) > EQUATIONS:
        return
    chance, count, looks = random.Random(0), 0, 0  # the same rays every time
    for turn in range(RAYS):
        ray = {place: 10 ** chance.uniform(-0.7, 0.7) if turn else 1.0 for place in places}
        for place, other, times in ties:
            ray[place] = times * ray[other]

        def bodies(length: float, ray: dict[Place, float] = ray) -> list[tuple[str, float]]:
            nonlocal looks
            looks += 1
            return _bodies(grounded, _stretched(ray, length))

        for length in _lengths(bodies):
            value = _objective(grounded, _stretched(ray, length))
            if value is not None:
                count += 1
                yield value
        if count >= ENOUGH or looks > LOOKS:
            return


def _ties(rows: Rows) -> Iterator[tuple[Place, Place, float]]:
    """Yield what equations such as `length == 2*width` say: a variable is so many times another."""
    for row in rows.rows:
        body = row.body
        if row.relation != "==" or not isinstance(body, Polynomial) or body.degree != 1 or body.constant:
            continue
        if len(body.linear) == 2:
            (one, a), (other, b) = body.linear.items()
            yield one, other, -b / a


def _stretched(ray: dict[Place, float], length: float) -> dict[Place, float]:
    return {place: value * length for place, value in ray.items()}


def _lengths(bodies: _Bodies) -> Iterator[float]:
    """Yield the lengths at which all rows hold: of those that are tried, and where an equation is crossed."""
    before: list[tuple[str, float]] = []
    for step, length in enumerate(STEPS):
        now = bodies(length)
        if now and _hold(now):
            yield length
        for place, ((relation, one), (_, other)) in enumerate(zip(before, now, strict=False)):
            if relation == "==" and one * other < 0:
                crossed = _crossing(bodies, place, STEPS[step - 1], length)
                if _hold(bodies(crossed)):
                    yield crossed
        before = now


def _crossing(bodies: _Bodies, place: int, low: float, high: float) -> float:
    """Return where a row between two lengths turns from one sign to the other."""
    first = bodies(low)[place][1]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        found = bodies(middle)
        if not found:
            break
        low, high = (middle, high) if found[place][1] * first > 0 else (low, middle)
    return high


def _hold(bodies: list[tuple[str, float]]) -> bool:
    return all(_kept(relation, body) for relation, body in bodies)


def _kept(relation: str, body: float) -> bool:
    slack = FEASIBILITY_TOLERANCE / 10
    return (relation == ">=" or body <= slack) and (relation == "<=" or body >= -slack)


def _bodies(grounded: Grounded, point: dict[Place, float]) -> list[tuple[str, float]]:
    """Return the relation and `left - right` of every row and bound at a point; nothing where one has no value."""
    scope, found = _scope(grounded, point), list[tuple[str, float]]()
    for name, block in grounded.variables.items():
        for key, (low, high) in block.bounds.items():
            found += [(">=", point[name, key] - low), ("<=", point[name, key] - high)]
    try:
        for constraint in grounded.constraints:
            tree = constraint.tree
            assert isinstance(tree, e.Compare)
            for _ in bindings(constraint.clauses, scope):
                found.append((tree.relation, _number(tree.left, scope) - _number(tree.right, scope)))
    except (EvaluationError, ArithmeticError):
        return []
    return found


def _objective(grounded: Grounded, point: dict[Place, float]) -> float | None:
    try:
        return _number(grounded.objective, _scope(grounded, point))
    except (EvaluationError, ArithmeticError):
        return None


def _scope(grounded: Grounded, point: dict[Place, float]) -> Scope:
    scope = grounded.scope()
    scope.variable = lambda name, key: point[name, key]
    return scope


def _number(tree: e.Expression, scope: Scope) -> float:
    value = number(tree, scope)
    assert not isinstance(value, Polynomial)
    return value
