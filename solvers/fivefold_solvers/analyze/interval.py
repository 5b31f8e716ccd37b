"""A range around a number, and the search for an end of one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from fivefold_solvers.diagnose.words import number


@dataclass(frozen=True, slots=True)
class Interval:
    """A range around a number."""

    what: str
    """What is ranged, e.g. `objective coefficient of make['cake']`."""
    value: float
    """The number as it is."""
    low: float
    """Least value for which the claim holds; -inf for no end."""
    high: float
    """Greatest value for which the claim holds; inf for no end."""
    claim: str
    """What holds within the range."""
    beyond: str
    """What happens beyond its ends, where that is the same on both sides or known; else empty."""
    exact: bool
    """Whether the ends are exact (within tolerance); otherwise the true range is at least as long."""
    how: str
    slopes: tuple[float, float] | None = None
    """Of a right-hand side: change of the objective per unit of it, below and above the present value."""

    def __str__(self) -> str:
        low = "any lower value" if self.low == -math.inf else number(self.low)
        high = "any higher value" if self.high == math.inf else number(self.high)
        least = "" if self.exact else " at least"
        return f"{self.what} = {number(self.value)}: from {low} to {high}{least}, {self.claim}. {self.how}"


def bisected(holds: Callable[[float], bool], far: float) -> tuple[float, bool]:
    """Return the greatest distance at which something holds that holds up to some distance and not beyond.

    Where it still holds at `far`, the distance is infinite and not exact.
    """
    if holds(far):
        return math.inf, False
    low, high = 0.0, far
    while high - low > 1e-7 * max(1.0, high):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low, True
