"""Bounds that linear rows imply for variables that have none: `a + b <= 500` with `b >= 0` says `a <= 500`.

Every bound follows from the rows and the other bounds, computed in fractions and rounded outwards, so that no point
that satisfies the rows is lost. The method is bound propagation: Savelsbergh, ORSA J. Computing 6(4), 1994.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from fractions import Fraction

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.ground import Grounded, nice
from fivefold_solvers.formulation.identity import Key
from fivefold_solvers.formulation.polynomial import Place, Polynomial, exact
from fivefold_solvers.formulation.rows import Row, Rows

PASSES = 10
TERM_LIMIT = 300_000
"""Terms that are looked at; what was found until then counts."""
_INF, _MINUS_INF = e.Name("inf"), e.Negative(e.Name("inf"))
_Limit = Fraction | None
"""One side of a variable's range, None where it is unlimited."""


def with_implied_bounds(grounded: Grounded, rows: Rows) -> Grounded:
    """Return the formulation with bounds in place of those missing ones that its linear rows imply.

    It stays as it is where rows and bounds contradict each other.
    """
    found = _Limits(grounded)
    linear = [(row.relation, row.body) for row in rows.rows if isinstance(row.body, Polynomial) and found.helps(row)]
    terms = 0
    for _ in range(PASSES):
        before = dict(found.limits)
        for relation, body in linear:
            terms += len(body.linear)
            if terms > TERM_LIMIT:
                break
            if relation != ">=":
                found.tighten(body, 1)
            if relation != "<=":
                found.tighten(body, -1)
        if found.limits == before or terms > TERM_LIMIT:
            break
    return found.applied()


def with_whole_bounds(grounded: Grounded, rows: Rows) -> Grounded:
    """Return the formulation with bounds that its rows imply written out at whole-number variables that have none.

    All entries of a variable get the widest of their bounds.
    """
    lacking = {
        name: block
        for name, block in grounded.variables.items()
        if block.element.domain != "continuous" and any(map(math.isinf, itertools.chain(*block.bounds.values())))
    }
    if not lacking:
        return grounded
    implied = with_implied_bounds(grounded, rows).variables
    variables = dict(grounded.variables)
    for name, block in lacking.items():
        found = implied[name].bounds.values()
        low, high = min(low for low, _ in found), max(high for _, high in found)
        if block.lower == _MINUS_INF and math.isfinite(low):
            low = float(math.ceil(low))
            block = replace(block, lower=nice(low), bounds={key: (low, up) for key, (_, up) in block.bounds.items()})
        if block.upper == _INF and math.isfinite(high):
            high = float(math.floor(high))
            block = replace(
                block, upper=nice(high), bounds={key: (down, high) for key, (down, _) in block.bounds.items()}
            )
        if all(lower <= upper for lower, upper in block.bounds.values()):
            variables[name] = block
    return replace(grounded, variables=variables)


class _Limits:
    """The ranges of all variables while rows tighten them."""

    def __init__(self, grounded: Grounded) -> None:
        self.grounded = grounded
        self.limits: dict[tuple[Place, bool], Fraction] = {}
        """By variable and side (True: upper), the limits that rows imply."""

    def given(self, place: Place, up: bool) -> float:
        return self.grounded.variables[place[0]].bounds[place[1]][up]

    def missing(self, place: Place) -> bool:
        return math.isinf(self.given(place, up=False)) or math.isinf(self.given(place, up=True))

    def helps(self, row: Row) -> bool:
        """Whether a row is linear and holds a variable that lacks a bound."""
        body = row.body
        return isinstance(body, Polynomial) and body.degree == 1 and any(map(self.missing, body.linear))

    def limit(self, place: Place, up: bool) -> _Limit:
        given = self.given(place, up)
        return self.limits.get((place, up)) if math.isinf(given) else exact(given)

    def least(self, place: Place, coefficient: Fraction) -> _Limit:
        """Return the least value of a term."""
        limit = self.limit(place, up=coefficient < 0)
        return None if limit is None else coefficient * limit

    def tighten(self, body: Polynomial, sign: int) -> None:
        """Take from `sign * body <= 0` what it implies for each variable that has no bound on that side."""
        terms = [(place, sign * exact(coefficient)) for place, coefficient in body.linear.items()]
        least = [self.least(place, coefficient) for place, coefficient in terms]
        unlimited = [place for (place, _), value in zip(terms, least, strict=True) if value is None]
        if len(unlimited) > 1:
            return
        total = sign * exact(body.constant) + sum(value for value in least if value is not None)
        for (place, coefficient), value in zip(terms, least, strict=True):
            up = coefficient > 0
            if not math.isinf(self.given(place, up)) or unlimited not in ([], [place]):
                continue
            limit = _outwards((value or 0) - total, coefficient, up)
            known = self.limits.get((place, up))
            if limit is not None and (known is None or (limit < known if up else limit > known)):
                self.limits[place, up] = limit

    def applied(self) -> Grounded:
        """Return the formulation with what was found."""
        variables = dict(self.grounded.variables)
        by_name: dict[str, list[Key]] = {}
        for name, key in dict.fromkeys(place for place, _ in self.limits):
            by_name.setdefault(name, []).append(key)
        for name, keys in by_name.items():
            bounds = dict(variables[name].bounds)
            for key in keys:
                low, high = (self.limit((name, key), up) for up in (False, True))
                if low is not None and high is not None and low > high:
                    return self.grounded
                bounds[key] = (-math.inf if low is None else float(low), math.inf if high is None else float(high))
            variables[name] = replace(variables[name], bounds=bounds)
        return replace(self.grounded, variables=variables)


def _outwards(value: Fraction, divisor: Fraction, up: bool) -> _Limit:
    """Return a quotient as a float that is not tighter; None where floats end."""
    exact = value / divisor
    try:
        rounded = float(exact)
    except OverflowError:
        return None
    if (Fraction(rounded) < exact) if up else (Fraction(rounded) > exact):
        rounded = math.nextafter(rounded, math.inf if up else -math.inf)
    return Fraction(rounded) if math.isfinite(rounded) else None
