"""Greatest values that variables in products can have where they matter: `2*(a*b + b*c + a*c) <= 60`, most of `a*b*c`.

No row gives `a` a bound, for `b` and `c` may be tiny; but then `a*b*c` is smaller than at `a = b = c = 3`. So a
point that satisfies all rows is looked for first, and what is worse than it is left out. In logarithms a row that
holds one term against another is linear, and Fourier-Motzkin elimination leaves what they say of one variable.

What is multiplied with or divided by may be 0, where a logarithm ends: a row is used for another variable than its
own only if the rows keep what it is divided by above 0. The bounds are widened twofold against rounding, which costs a
global solver nothing: it needs a bound to begin with.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.eliminate import Lines, greatest
from fivefold_solvers.formulation.evaluate import bindings
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.points import values_at_points
from fivefold_solvers.formulation.polynomial import Place, Polynomial
from fivefold_solvers.formulation.products import Powers, Terms, terms_of
from fivefold_solvers.formulation.rows import Rows

PLACES = 8
"""Entries of variables up to which it is tried."""
BRANCHES = 64
"""Ways to choose, in every row that needs it, which of its terms is the largest."""
LARGEST = 1e9
"""Bounds beyond it say nothing worth having."""
_Point = dict[Place, float]


@dataclass(frozen=True, slots=True)
class _Row:
    """`small <= large`, both sums of terms with coefficients above 0."""

    small: Terms
    large: Terms


@dataclass(frozen=True, slots=True)
class _Cut:
    """`left <= exp(limit) * right`, both products of powers with exponents above 0."""

    left: Mapping[Place, float]
    right: Mapping[Place, float]
    limit: float


def with_reach(grounded: Grounded, rows: Rows) -> Grounded:
    """Return the formulation with upper bounds for variables in products that have none, where some can be told.

    Every best solution stays; others, worse than one that is known, may be lost.
    """
    lacking = _lacking(grounded, rows)
    places = [(name, key) for name, block in grounded.variables.items() for key in block.bounds]
    if not lacking or len(places) > PLACES or rows.logic:
        return grounded
    found = _found(grounded, _rows_of(grounded, rows), lacking)
    variables = dict(grounded.variables)
    for name, block in grounded.variables.items():
        reached = [found.get((name, key), math.inf) for key in block.bounds]
        if block.upper == e.Name("inf") and reached and 0 < max(reached) < LARGEST:
            upper = float(f"{1.1 * max(reached):.1e}")
            bounds = {key: (low, upper) for key, (low, _) in block.bounds.items()}
            variables[name] = replace(block, upper=e.Number(upper), bounds=bounds)
    return replace(grounded, variables=variables)


def _lacking(grounded: Grounded, rows: Rows) -> set[Place]:
    """Return the entries in nonlinear terms that are never negative and have no upper bound."""
    found = set[Place]()
    for body in (rows.objective, *(row.body for row in rows.rows)):
        if isinstance(body, Polynomial):
            found |= body.beyond_places | {place for pair in body.quadratic for place in pair}
    limits = {place: grounded.variables[place[0]].bounds[place[1]] for place in found}
    return {place for place, (low, high) in limits.items() if low >= 0 and math.isinf(high)}


def _rows_of(grounded: Grounded, rows: Rows) -> list[_Row]:
    """Return all that rows, bounds and a known point say, as sums of terms above 0 on both sides."""
    scope = grounded.scope()
    bodies: list[Terms | None] = []
    for block in grounded.constraints:
        if isinstance(block.tree, e.Compare):
            for _ in bindings(block.clauses, scope):
                body = terms_of(e.Binary("-", block.tree.left, block.tree.right), scope)
                bodies += [body] if block.tree.relation != ">=" else []
                bodies += [_turned(body)] if block.tree.relation != "<=" else []
    bodies.append(_no_worse(grounded, rows))
    for (name, key), upper in _uppers(grounded):
        bodies.append({frozenset({((name, key), 1.0)}): 1.0, frozenset(): -upper})
    return [row for body in bodies if body is not None for row in _sides(body, grounded)]


def _turned(body: Terms | None) -> Terms | None:
    return None if body is None else {powers: -coefficient for powers, coefficient in body.items()}


def _uppers(grounded: Grounded) -> Iterator[tuple[Place, float]]:
    for name, block in grounded.variables.items():
        for key, (_, upper) in block.bounds.items():
            if math.isfinite(upper):
                yield (name, key), upper


def _sides(body: Terms, grounded: Grounded) -> Iterator[_Row]:
    """Yield `body <= 0` with what is below 0 on the other side, if all its variables are never negative."""
    places = {place for powers in body for place, _ in powers}
    if all(grounded.variables[name].bounds[key][0] >= 0 for name, key in places):
        small = {powers: coefficient for powers, coefficient in body.items() if coefficient > 0}
        large = {powers: -coefficient for powers, coefficient in body.items() if coefficient < 0}
        if small and large:
            yield _Row(small, large)


def _found(grounded: Grounded, rows: list[_Row], lacking: set[Place]) -> _Point:
    """Return the greatest value of each place over all ways to choose the largest terms."""
    used, ways = list[_Row](), 1
    for row in sorted(rows, key=lambda row: len(row.large)):
        if ways * len(row.large) <= BRANCHES:
            used.append(row)
            ways *= len(row.large)
    above = {
        place for row in used for side in (row.small, row.large) for powers in side for place, x in powers if x < 0
    }
    above |= {(n, key) for n, block in grounded.variables.items() for key, (low, _) in block.bounds.items() if low > 0}
    found = dict.fromkeys(lacking, 0.0)
    for chosen in product(*(row.large.items() for row in used)):
        cuts = [cut for row, term in zip(used, chosen, strict=True) for cut in _cuts(row, term)]
        lines = _lines(cuts, above)
        for place in found:
            if math.isfinite(found[place]):
                limit = greatest(lines, place)
                found[place] = max(found[place], math.inf if limit > 50 else 2 * math.exp(limit))
    return found


def _cuts(row: _Row, largest: tuple[Powers, float]) -> Iterator[_Cut]:
    """Yield that each term of the small side is at most so many times the largest of the large one."""
    powers, weight = largest
    for own, coefficient in row.small.items():
        left = {place: x for place, x in own if x > 0} | {place: -x for place, x in powers if x < 0}
        right = {place: x for place, x in powers if x > 0} | {place: -x for place, x in own if x < 0}
        yield _Cut(left, right, math.log(len(row.large) * weight / coefficient))


def _lines(cuts: list[_Cut], above: set[Place]) -> Lines:
    """Return the cuts as `sum of exponents times logarithms <= limit`, without those that 0 would make untrue."""
    above = set(above)
    while True:
        more = {place for cut in cuts if cut.left.keys() <= above for place in cut.right} - above
        if not more:
            break
        above |= more
    lines: Lines = []
    for cut in cuts:
        if cut.right.keys() <= above:
            line = dict(cut.left)
            for place, exponent in cut.right.items():
                line[place] = line.get(place, 0.0) - exponent
            lines.append((line, cut.limit))
    return lines


def _no_worse(grounded: Grounded, rows: Rows) -> Terms | None:
    """Return that the objective is no worse than at a point that satisfies all rows, None where none is known."""
    sense = grounded.formulation.objective.sense
    terms = terms_of(grounded.objective, grounded.scope())
    if sense == "satisfy" or terms is None:
        return None
    sign = 1 if sense == "minimize" else -1
    best = min((sign * value for value in values_at_points(grounded, rows)), default=None)
    if best is None:
        return None
    limit = best + 0.01 * abs(best)
    body = {powers: sign * coefficient for powers, coefficient in terms.items()}
    body[frozenset()] = body.get(frozenset(), 0.0) - limit
    return body
