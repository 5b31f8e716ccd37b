"""How far from 0 a divisor stays, from the bounds of its variables and from single rows: `hours` in `profit / hours`.

Where it is known to stay above 0 a ratio can be multiplied out, which solvers search far faster than a quotient.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeGuard

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.evaluate import bindings, number
from fivefold_solvers.formulation.ground import Grounded, nice
from fivefold_solvers.formulation.intervals import interval
from fivefold_solvers.formulation.polynomial import Polynomial
from fivefold_solvers.formulation.rows import Row, Rows

_LOOKS = 1_000_000
"""Pairs of an instance and a row that are looked at; what further rows say is left out."""


@dataclass(frozen=True, slots=True)
class Divisor:
    """What is known of a divisor over all its instances."""

    sign: int
    """1: never below 0, -1: never above 0, 0: neither is known."""
    floor: float = 0.0
    """A value above 0 that its size is never below, unless it is 0; 0 if none is known."""
    stepped: bool = False
    """Whether it may be 0 all the same: whole numbers that are not 0 are at least the floor."""

    def above(self, node: e.Expression) -> e.Compare | None:
        """Return the row that keeps a divisor of whole numbers from 0, None where no such row is needed or known."""
        if not self.stepped:
            return None
        return e.Compare(">=" if self.sign > 0 else "<=", node, nice(self.sign * self.floor))


def divisor_over(grounded: Grounded, rows: Rows, node: e.Expression, clauses: tuple[e.Clause, ...]) -> Divisor:
    """Return what is known of a divisor over every instance of its index ranges.

    Args:
        grounded: the bounds of its variables.
        rows: what else holds.
        node: the divisor.
        clauses: the index ranges that it stands in.
    """
    scope = grounded.scope()
    values = [number(node, scope) for _ in bindings(clauses, scope)]
    held = rows if len(values) * len(rows.rows) <= _LOOKS else Rows()
    for sign in (1, -1):
        turned = [value if sign > 0 else _negative(value) for value in values]
        floors = [floor_of(value, grounded, held) for value in turned]
        steps = [floor or step_of(value, grounded) for floor, value in zip(floors, turned, strict=True)]
        if all(floors) or all(interval(grounded, value)[0] >= 0 for value in turned):
            return Divisor(sign, min(steps, default=0.0), not all(floors) and all(steps))
    return Divisor(0)


def _negative(value: float | Polynomial) -> float | Polynomial:
    return value.scaled(-1) if isinstance(value, Polynomial) else -value


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
    blocks = [(grounded.variables[name], key) for name, key in divisor.linear]
    whole = all(
        block.element.domain != "continuous" and float(block.bounds[key][0]).is_integer() for block, key in blocks
    )
    return min(divisor.linear.values()) if whole else 0.0


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
