"""Seeded programs with a planted conflict of two to six rows inside rows that can all hold.

Run as a script for many: `python -m tests.solvers.infeasible_programs 200`.
"""

import random
import sys
from dataclasses import dataclass

from fivefold_solvers.backends.session import Session
from fivefold_solvers.build.arrays import Arrays
from fivefold_solvers.diagnose.conflict import Conflict, find_conflict
from fivefold_solvers.diagnose.oracle import Oracle
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


@dataclass
class Tally:
    """What came of many."""

    programs: int = 0
    planted: int = 0
    inside: int = 0
    empty: int = 0
    not_minimal: int = 0
    solves: int = 0


def minimal(oracle: Oracle, found: Conflict) -> bool:
    """Solve the set, and the set without each of its members."""
    members = found.members
    return oracle.infeasible(members) is True and all(
        oracle.infeasible([one for one in members if one != member]) is False for member in members
    )


def tally(seeds: range) -> Tally:
    """Find the conflict of many programs, every other one of whole numbers, and check each in another session."""
    total = Tally()
    with Session() as session, Session() as checking:
        for seed in seeds:
            arrays, planted = infeasible_program(seed, integer=seed % 2 == 1)
            found = find_conflict(arrays, session=session)
            rows = {member.place for member in found.members if member.kind == "row"}
            total.programs += 1
            total.planted += len(planted)
            total.inside += len(planted & rows)
            total.empty += not found.clauses
            total.solves += found.solves
            claimed = found.infeasible is True and found.minimal
            total.not_minimal += not (claimed and minimal(Oracle(arrays, checking, limit_s=60, each_s=10), found))
    return total


if __name__ == "__main__":
    print(tally(range(int(sys.argv[1]))))
