"""Seeded programs with a planted conflict of two to six rows inside rows that can all hold."""

import random

from fivefold_solvers.build.arrays import Arrays
from tests.solvers.random_programs import INF, program


def infeasible_program(seed: int, *, integer: bool) -> tuple[Arrays, set[int]]:
    """Return an infeasible program and its planted rows.

    Linear kind: a sum of planted rows is the contrary of the last. Integer kind: the planted equations add up to
    an even number that must be odd, so that only fractions fit.
    """
    draw = random.Random(seed)
    n, others, planted = draw.randint(6, 9), draw.randint(4, 8), draw.randint(2, 6)
    point = [draw.randint(2, 8) for _ in range(n)]
    bounds = [(0.0, float(value + draw.randint(8, 30))) for value in point]

    def body(density: float, low: int, high: int) -> list[int]:
        drawn = [draw.randint(low, high) if draw.random() < density else 0 for _ in range(n)]
        return drawn if any(drawn) else [1] * n

    def at(row: list[int]) -> int:
        return sum(a * value for a, value in zip(row, point, strict=True))

    rows: list[tuple[float, list[int], float]] = []
    for _ in range(others):
        row = body(0.6, -3, 6)
        room = draw.randint(3, 12)
        rows.append((-INF, row, at(row) + room) if draw.random() < 0.7 else (at(row) - room, row, INF))
    own = [body(0.5, -3, 4) for _ in range(planted - 1)]
    total = [sum(column) for column in zip(*own, strict=True)]
    if integer:
        conflict: list[tuple[float, list[int], float]] = [(at(row), row, at(row)) for row in own]
        shift = body(0.5, 0, 1)
        last = [2 * s - t for s, t in zip(shift, total, strict=True)]
        conflict.append((at(last) + 1, last, at(last) + 1))
    else:
        conflict = [(-INF, row, at(row)) for row in own]
        conflict.append((at(total) + draw.randint(1, 5), total, INF))
    everything = [(row, False) for row in rows] + [(row, True) for row in conflict]
    draw.shuffle(everything)
    cost = [float(draw.randint(-5, 9)) for _ in range(n)]
    arrays = program("minimize", cost, bounds, [row for row, _ in everything], integer=integer)
    return arrays, {place for place, (_, mine) in enumerate(everything) if mine}
