"""How late things need to start at most where nothing says so: bounds for schedules that have no end of their own.

Where every row that holds the unlimited times `t` is a difference, `t[i] - t[j] >= c` or `t[i] >= c`, and no later time
is worth anything, then of all plans with one order and one choice of everything else the least one is the best: times
that satisfy differences have a componentwise least member. It is a longest path, so no time in it is later than the sum
of all lengths `c`, and a big-M from that sum cuts off no best plan. (Longest paths as earliest starts: Roy 1959, Kelley
and Walker 1959; least members of difference systems: Pratt 1977.)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.evaluate import bindings, number
from fivefold_solvers.formulation.ground import ConstraintBlock, Grounded
from fivefold_solvers.formulation.intervals import interval
from fivefold_solvers.formulation.listed import entries
from fivefold_solvers.formulation.polynomial import Place, Polynomial
from fivefold_solvers.formulation.rows import Rows
from fivefold_solvers.formulation.scope import Scope

RELATION_LIMIT = 50_000
"""Relations inside logic that are looked at; with more there is no horizon."""


@dataclass(frozen=True, slots=True)
class _Relation:
    """`body <relation> 0`, asked for by a row, or by one side of some logic."""

    relation: str
    body: Polynomial


@dataclass(frozen=True, slots=True)
class _Interval:
    """One thing that must not overlap others: its start, and the longest that it can take."""

    start: Polynomial
    longest: float


class _NoHorizonError(Exception):
    """Something speaks against one."""


def with_horizon(grounded: Grounded, rows: Rows) -> Grounded:
    """Return the formulation with upper bounds at times that only logic holds; as it is where that could cut plans off.

    Args:
        grounded: the formulation.
        rows: its rows.
    """
    try:
        return _bounded(grounded, rows)
    except _NoHorizonError:
        return grounded


def _bounded(grounded: Grounded, rows: Rows) -> Grounded:
    asked = [part for block in grounded.constraints for part in _asked(grounded, block)]
    if len(asked) > RELATION_LIMIT:
        raise _NoHorizonError
    plain = [_Relation(row.relation, row.body) for row in rows.rows if isinstance(row.body, Polynomial)]
    bodies = [part.start if isinstance(part, _Interval) else part.body for part in asked]
    orders = [part.start for part in asked if isinstance(part, _Interval)]
    orders += [part.body for part in asked if isinstance(part, _Relation) and len(_free(grounded, part.body)) == 2]
    held = {place for body in orders for place in _free(grounded, body)}
    times = _linked(grounded, held, [*(row.body for row in plain), *bodies])
    low = [grounded.variables[name].bounds[key][0] for name, key in times]
    if not held or any(map(math.isinf, low)) or not _no_gain(rows.objective, times, grounded):
        raise _NoHorizonError
    whole = any(grounded.variables[name].element.domain != "continuous" for name, _ in times)
    lengths = [_length(grounded, part, times) for part in (*plain, *asked)]
    end = max(0.0, *low) + sum(map(math.ceil, lengths) if whole else lengths)
    variables = dict(grounded.variables)
    for name, key in held:
        block = variables[name]
        variables[name] = replace(block, bounds={**block.bounds, key: (block.bounds[key][0], end)})
    return replace(grounded, variables=variables)


def _free(grounded: Grounded, body: Polynomial) -> set[Place]:
    return {place for place in body.places() if _unlimited(grounded, place)}


def _unlimited(grounded: Grounded, place: Place) -> bool:
    name, key = place
    return math.isinf(grounded.variables[name].bounds[key][1])


def _asked(grounded: Grounded, block: ConstraintBlock) -> Iterator[_Relation | _Interval]:
    """Yield what a logic constraint may ask for."""
    if isinstance(block.tree, e.Compare):
        return
    scope = grounded.scope()
    for _ in bindings(block.clauses, scope):
        yield from _inside(grounded, block.tree, scope)


def _inside(grounded: Grounded, tree: e.Expression, scope: Scope) -> Iterator[_Relation | _Interval]:
    match tree:
        case e.Call("no_overlap"):
            for entry in entries(tree, scope):
                start, duration = entry.values
                longest = interval(grounded, duration)[1]
                if isinstance(start, Polynomial):
                    yield _Interval(start, longest)
        case e.Compare():
            body = number(e.Binary("-", tree.left, tree.right), scope)
            if isinstance(body, Polynomial):
                yield _Relation(tree.relation, body)
        case e.Logic(_, items):
            for item in items:
                yield from _inside(grounded, item, scope)
        case e.Call("implies", (condition, consequence)):
            _refuse_times(grounded, condition, scope)
            yield from _inside(grounded, consequence, scope)
        case _:
            _refuse_times(grounded, tree, scope)


def _refuse_times(grounded: Grounded, tree: e.Expression, scope: Scope) -> None:
    """Refuse a time by which something else is decided: a later one may then be worth it."""
    for node in e.walk(tree):
        if isinstance(node, e.Compare):
            body = number(e.Binary("-", node.left, node.right), scope)
            if isinstance(body, Polynomial) and _free(grounded, body):
                raise _NoHorizonError
        elif isinstance(node, e.Call) and node.function in {"all_different", "circuit", "no_overlap"}:
            raise _NoHorizonError


def _linked(grounded: Grounded, held: set[Place], bodies: Iterable[Polynomial]) -> frozenset[Place]:
    """Return all unlimited variables that rows tie to some, in any number of steps."""
    groups = [own for body in bodies if (own := _free(grounded, body))]
    found = set(held)
    while True:
        more = {place for own in groups if own & found for place in own} - found
        if not more:
            return frozenset(found)
        found |= more


def _no_gain(objective: float | Polynomial, times: frozenset[Place], grounded: Grounded) -> bool:
    """Whether a later time is never worth anything."""
    if not isinstance(objective, Polynomial) or grounded.formulation.objective.sense == "satisfy":
        return True
    if not times & objective.places():
        return True
    sign = 1 if grounded.formulation.objective.sense == "minimize" else -1
    return objective.degree == 1 and all(sign * objective.linear.get(place, 0) >= 0 for place in times)


def _length(grounded: Grounded, part: _Relation | _Interval, times: frozenset[Place]) -> float:
    """Return by how much one time can be pushed behind another, or behind 0; 0 where it is not about times.

    Raises:
        _NoHorizonError: it is no difference of two times.
    """
    body = part.start if isinstance(part, _Interval) else part.body
    own = {place: coefficient for place, coefficient in body.linear.items() if place in times}
    if not times & body.places():
        return 0.0
    rest = Polynomial(body.constant, {place: factor for place, factor in body.linear.items() if place not in times})
    low, high = interval(grounded, rest)
    factors = list(own.values())
    if body.degree != 1 or math.isinf(low) or math.isinf(high):
        raise _NoHorizonError
    if isinstance(part, _Interval):
        if factors != [1] or math.isinf(part.longest):
            raise _NoHorizonError
        return max(0.0, part.longest) + 2 * max(abs(low), abs(high))
    if len(factors) > 2 or (len(factors) == 2 and factors[0] != -factors[1]):
        raise _NoHorizonError
    # Whichever way it is turned, one time is behind another by no more than this.
    return max(abs(low), abs(high)) / abs(factors[0])
