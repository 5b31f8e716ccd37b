"""Limits of whole expressions that rows give: `start - end <= 10` bounds `start - end` where neither has a bound."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cached_property

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.evaluate import bindings, number
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.intervals import interval
from fivefold_solvers.formulation.polynomial import Place, Polynomial, exact
from fivefold_solvers.formulation.rows import Rows

_Form = frozenset[tuple[Place, Fraction]]
"""Coefficients of a sum, scaled so that that of its first variable is 1."""


class RowLimits:
    """What linear rows say of the sums on their left sides, for expressions that are multiples of these."""

    def __init__(self, rows: Rows) -> None:
        """Keep the rows; they are gone through once, where a limit is needed."""
        self.rows = rows

    @cached_property
    def limits(self) -> dict[_Form, tuple[Fraction | float, Fraction | float]]:
        """The tightest limits of each sum."""
        found: dict[_Form, tuple[Fraction | float, Fraction | float]] = {}
        for row in self.rows.rows:
            if isinstance(row.body, Polynomial) and row.body.degree == 1:
                form, scale = _form(row.body)
                limit = -exact(row.body.constant) / scale
                upper = row.relation == "==" or (row.relation == "<=") == (scale > 0)
                lower = row.relation == "==" or not upper
                low, high = found.get(form, _NOTHING)
                found[form] = (max(low, limit) if lower else low, min(high, limit) if upper else high)
        return found

    def over(self, grounded: Grounded, node: e.Expression, clauses: tuple[e.Clause, ...]) -> tuple[float, float]:
        """Return bounds of an expression over every instance of its index ranges, from variables and rows."""
        scope = grounded.scope()
        least, greatest = math.inf, -math.inf
        for _ in bindings(clauses, scope):
            low, high = self._of(grounded, number(node, scope))
            least, greatest = min(least, low), max(greatest, high)
        return (least, greatest) if least <= greatest else (0, 0)

    def _of(self, grounded: Grounded, value: float | Polynomial) -> tuple[float, float]:
        low, high = interval(grounded, value)
        if not isinstance(value, Polynomial) or value.degree != 1 or not (math.isinf(low) or math.isinf(high)):
            return low, high
        form, scale = _form(value)
        ends = sorted(float(scale * end + exact(value.constant)) for end in self.limits.get(form, _NOTHING))
        return (ends[0] if math.isinf(low) else low), (ends[1] if math.isinf(high) else high)


_NOTHING = (-math.inf, math.inf)


def _form(value: Polynomial) -> tuple[_Form, Fraction]:
    """Return the scaled coefficients of a linear value, and what they were divided by."""
    scale = exact(value.linear[min(value.linear, key=repr)])
    return frozenset((place, exact(coefficient) / scale) for place, coefficient in value.linear.items()), scale
