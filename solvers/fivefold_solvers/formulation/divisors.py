"""How far from 0 a divisor stays, from the bounds of its variables and from single rows: `hours` in `profit / hours`.

Where it is known to stay above 0 a ratio can be multiplied out, which solvers search far faster than a quotient.
"""

from __future__ import annotations

import math
from typing import TypeGuard

from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.intervals import interval
from fivefold_solvers.formulation.polynomial import Polynomial
from fivefold_solvers.formulation.rows import Row, Rows


def floor_of(divisor: float | Polynomial, grounded: Grounded, rows: Rows) -> float:
    """Return a value above 0 that a linear divisor is never below where bounds and rows hold, 0 if none is known."""
    least = interval(grounded, divisor)[0]
    if least > 0 or not _grows(divisor) or not math.isfinite(least):
        return least if 0 < least < math.inf else 0.0
    return max((_under(row, divisor, least, grounded) for row in rows.rows), default=0.0)


def step_of(divisor: float | Polynomial, grounded: Grounded) -> float:
    """Return the least value but 0 of a sum of whole numbers that is never below 0; 0 of anything else."""
    if not _grows(divisor) or interval(grounded, divisor)[0] != 0:
        return 0.0
    domains = {grounded.variables[name].element.domain for name, _ in divisor.linear}
    return min(divisor.linear.values()) if "continuous" not in domains else 0.0


def _grows(divisor: float | Polynomial) -> TypeGuard[Polynomial]:
    """Whether a value is linear and grows with each of its variables."""
    return isinstance(divisor, Polynomial) and divisor.degree == 1 and min(divisor.linear.values()) > 0


def _under(row: Row, divisor: Polynomial, least: float, grounded: Grounded) -> float:
    """Return what a row such as `a + b >= 50` makes of `3*a + 4*b`: at least the cheapest way to keep it, 150."""
    if not isinstance(row.body, Polynomial) or row.body.degree != 1:
        return 0.0
    return max(_one_way(row.body, sign, divisor, least, grounded) for sign in _SIGNS.get(row.relation, ()))


_SIGNS = {">=": (1,), "<=": (-1,), "==": (1, -1)}


def _one_way(body: Polynomial, sign: int, divisor: Polynomial, least: float, grounded: Grounded) -> float:
    """Return the same for `sign * body >= 0`, with every variable counted from its lower bound."""
    terms = {place: sign * coefficient for place, coefficient in body.linear.items()}
    lowers = {place: grounded.variables[place[0]].bounds[place[1]][0] for place in terms}
    needed = -sign * body.constant - sum(coefficient * lowers[place] for place, coefficient in terms.items())
    prices = [divisor.linear.get(place, 0.0) / coefficient for place, coefficient in terms.items() if coefficient > 0]
    if not math.isfinite(needed) or needed <= 0 or not prices:
        return 0.0
    return max(0.0, least + min(prices) * needed)
