"""The greatest value of one unknown under linear inequalities, by Fourier-Motzkin elimination of the others.

For a handful of unknowns this is exact up to rounding and needs no solver; with more it gives up.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from fivefold_solvers.formulation.polynomial import Place

Lines = list[tuple[dict[Place, float], float]]
"""Coefficients by unknown and limit, each for `sum of coefficient * unknown <= limit`."""
LINE_LIMIT = 400
"""Inequalities in between, beyond which nothing is said."""
_TINY = 1e-9


def greatest(lines: Lines, name: Place) -> float:
    """Return the greatest value of an unknown, infinite where it is unlimited, minus infinite where nothing holds.

    Args:
        lines: all that is known.
        name: the unknown.
    """
    kept = _distinct(lines)
    while others := {other for line, _ in kept for other in line} - {name}:
        costs = {other: _cost(kept, other) for other in others}
        kept = _without(kept, min(others, key=lambda other: (costs[other], str(other))))
        if len(kept) > LINE_LIMIT:
            return math.inf
    if any(not line and limit < -1e-6 for line, limit in kept):
        return -math.inf
    highs = [limit / line[name] for line, limit in kept if line.get(name, 0) > 0]
    lows = [limit / line[name] for line, limit in kept if line.get(name, 0) < 0]
    high = min(highs, default=math.inf)
    return -math.inf if max(lows, default=-math.inf) > high + 1e-6 else high


def _cost(lines: Lines, name: Place) -> int:
    above = sum(line.get(name, 0) > 0 for line, _ in lines)
    below = sum(line.get(name, 0) < 0 for line, _ in lines)
    return above * below - above - below


def _without(lines: Lines, name: Place) -> Lines:
    """Return what the inequalities say of the other unknowns."""
    above = [(line, limit) for line, limit in lines if line.get(name, 0) > 0]
    below = [(line, limit) for line, limit in lines if line.get(name, 0) < 0]
    made = [(line, limit) for line, limit in lines if name not in line]
    for one, high in above:
        for other, low in below:
            a, b = -other[name], one[name]
            mixed = {key: a * one.get(key, 0) + b * other.get(key, 0) for key in one.keys() | other.keys()}
            del mixed[name]
            made.append((mixed, a * high + b * low))
    return _distinct(made)


def _distinct(
    lines: Lines,
) -> Lines:
    """Return each inequality once, scaled to a largest coefficient of 1, with the tightest limit."""
    tightest: dict[frozenset[tuple[Place, float]], float] = {}
    for line, limit in lines:
        size = _size(line)
        scaled = {name: round(value / size, 12) for name, value in line.items() if abs(value) > _TINY * size}
        key = frozenset(scaled.items())
        tightest[key] = min(limit / size, tightest.get(key, math.inf))
    return [(dict(key), limit) for key, limit in tightest.items()]


def _size(line: Mapping[Place, float]) -> float:
    size = max(map(abs, line.values()), default=0.0)
    return size if size > _TINY else 1.0
