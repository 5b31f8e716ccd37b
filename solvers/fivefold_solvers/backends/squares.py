"""How to keep HiGHS from moving the optimum of a quadratic objective: by the scale of that objective.

HiGHS 1.15 solves `objective + 1e-7 / 2 * sum(x**2)`: that moves the optimum of objectives with tiny squares, such as
variances of daily returns, and gives an unbounded one an optimum far out. In an objective of a larger scale the
addition weighs less. To lower the addition itself (`qp_regularization_value`) makes the search go round in circles.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

_USUAL = 10
_MOST = 30


def objective_scale(coefficients: Iterable[float]) -> int:
    """Return HiGHS' `user_objective_scale` (of 2 to the power) for an objective with these coefficients of squares."""
    least = min((2 * abs(value) for value in coefficients if value), default=1.0)
    return min(_MOST, _USUAL + max(0, math.ceil(-math.log2(least))))
