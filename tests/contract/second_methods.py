"""Optima of the nonlinear, quadratic and logical problems of the corpus by a second method, from numbers written here.

Closed forms, enumeration, or the conditions that an optimum meets; no solver and no formulation. One function a
problem, named like its file.
"""

from collections.abc import Callable, Sequence
from itertools import combinations, permutations, product
from math import acos, exp, inf, log, pi, prod, sin, sqrt


def lids_and_wall() -> float:
    """Sheet for two lids at 3, for the wall at 2; with h from the volume, the slope in r is 0."""
    volume, lid, wall = 250, 3, 2
    r = (wall * volume / (2 * pi * lid)) ** (1 / 3)
    return lid * 2 * pi * r**2 + wall * 2 * volume / r


def log_utility() -> float:
    """Every good gets its weight's share of the money."""
    weight, price, money = (4, 3, 2, 1), (2, 5, 1, 8), 120
    return sum(w * log(w * money / (sum(weight) * p)) for w, p in zip(weight, price, strict=True))


def cobb_douglas() -> float:
    """The exponents are the shares of the money."""
    machines, hours = 0.4 * 300 / 5, 0.6 * 300 / 3
    return 2 * machines**0.4 * hours**0.6


def open_box() -> float:
    """Inequality of the means with weights 2/5, 1/5, 1/5, 1/5, which cancel all three lengths."""
    return (60 / 0.4) ** 0.4 * prod((part / 0.2) ** 0.2 for part in (3, 4, 5))


def two_discs() -> float:
    """Discs in opposite corners that touch: (3 - 2r)**2 + (2 - 2r)**2 = (2r)**2."""
    return (5 - sqrt(2 * 3 * 2)) / 2


def line_fit() -> float:
    """Normal equations of a line through five points."""
    at, seen = (0, 1, 2, 3, 5), (1.2, 1.9, 3.4, 3.1, 6.0)
    mean_at, mean_seen = sum(at) / 5, sum(seen) / 5
    around = [(t - mean_at, y - mean_seen) for t, y in zip(at, seen, strict=True)]
    slope = sum(t * y for t, y in around) / sum(t * t for t, _ in around)
    return sum((y - slope * t) ** 2 for t, y in around)


def profit_per_hour() -> float:
    """A ratio of linear functions is greatest at a corner of the region."""
    lines = [(1, 2, 14), (3, 1, 18), (-1, 0, 0), (0, -1, 0)]
    corners: list[float] = []
    for (a, b, c), (d, f, g) in combinations(lines, 2):
        if (whole := a * f - b * d) != 0:
            x, y = (c * f - b * g) / whole, (a * g - c * d) / whole
            if all(p * x + q * y <= end + 1e-9 for p, q, end in lines):
                corners.append((5 * x + 6 * y - 4) / (x + 2 * y + 3))
    return max(corners)


def nearest_on_curve() -> float:
    """With y = x**2 the slope 2x + 4x(x**2 - 3) is 0 at x**2 = 5/2 and at 0, where the distance is 9."""
    return 2.5 + (2.5 - 3) ** 2


def loaded_die() -> float:
    """The chances are proportional to exp(t * face); t by bisection so that the mean is 4.5."""
    low, high = 0.0, 2.0
    for _ in range(200):
        t = (low + high) / 2
        weights = [exp(t * face) for face in range(1, 7)]
        mean = sum(face * w for face, w in zip(range(1, 7), weights, strict=True)) / sum(weights)
        low, high = (t, high) if mean < 4.5 else (low, t)
    total = sum(exp(low * face) for face in range(1, 7))
    chances = [exp(low * face) / total for face in range(1, 7)]
    return -sum(p * log(p) for p in chances)


def pipe_width() -> float:
    """The slope 1.5 * 8 * d**0.5 - 5 * 20 / d**6 is 0."""
    d = (5 * 20 / (1.5 * 8)) ** (1 / 6.5)
    return 8 * d**1.5 + 20 / d**5


def sine_valleys() -> float:
    """Valleys where cos(x) = -1/5, each 2 pi further one 2 pi / 5 higher, and the ends."""
    first = 2 * pi - acos(-0.2)
    ends = [sin(x) + x / 5 for x in (0, 20)]
    return min(*ends, *(sin(first + 2 * pi * k) + (first + 2 * pi * k) / 5 for k in range(3)))


def _solved(matrix: list[list[float]], right: list[float]) -> list[float] | None:
    """Return the solution of a small linear system, None where it is singular."""
    size = len(right)
    rows = [[*row, end] for row, end in zip(matrix, right, strict=True)]
    for k in range(size):
        pivot = max(range(k, size), key=lambda r: abs(rows[r][k]))
        if abs(rows[pivot][k]) < 1e-12:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [value / rows[k][k] for value in rows[k]]
        for r in range(size):
            if r != k:
                rows[r] = [a - rows[r][k] * b for a, b in zip(rows[r], rows[k], strict=True)]
    return [row[size] for row in rows]


_SPREAD = ((0.10, 0.02, 0.04, 0.00), (0.02, 0.05, 0.01, 0.00), (0.04, 0.01, 0.20, -0.02), (0.00, 0.00, -0.02, 0.01))
_GAIN = (0.09, 0.06, 0.14, 0.02)


def _least_variance(held: Sequence[int]) -> float:
    """Return the least variance of holding just these funds, all positive, with the wanted gain met or exceeded."""
    best = inf
    for tight in (False, True):
        sides = [[1.0] * len(held)] + ([[_GAIN[a] for a in held]] if tight else [])
        ends = [1.0] + ([0.08] if tight else [])
        size = len(held) + len(sides)
        matrix = [[2 * _SPREAD[a][b] for b in held] + [side[k] for side in sides] for k, a in enumerate(held)]
        matrix += [side + [0.0] * (size - len(held)) for side in sides]
        found = _solved(matrix, [0.0] * len(held) + ends)
        if found is None:
            continue
        parts = dict(zip(held, found, strict=False))
        if min(parts.values()) >= -1e-12 and sum(_GAIN[a] * part for a, part in parts.items()) >= 0.08 - 1e-12:
            best = min(best, sum(_SPREAD[a][b] * parts[a] * parts[b] for a in held for b in held))
    return best


def four_funds() -> float:
    """Conditions of the optimum, solved for every set of funds that may be held."""
    return min(_least_variance(held) for size in (1, 2, 3, 4) for held in combinations(range(4), size))


def two_funds_of_four() -> float:
    """The same with at most two funds."""
    return min(_least_variance(held) for size in (1, 2) for held in combinations(range(4), size))


def salty_pool() -> float:
    """For every saltiness of the pool each product is blended alone; the best lies where a limit is just met."""

    def gain(salt: float) -> float:
        pooled, total = 5 + 3 * (4 - salt), 0.0
        for limit, price, demand in ((3, 9, 80), (1.5, 14, 150)):
            shares = [0.0, 1.0] + ([(limit - 2) / (salt - 2)] if salt != 2 else [])
            fitting = [f for f in shares if 0 <= f <= 1 and f * salt + (1 - f) * 2 <= limit + 1e-12]
            total += demand * max([0.0, *(price - f * pooled - (1 - f) * 9 for f in fitting)])
        return total

    return max(gain(1 + k / 2000) for k in range(6001))


def two_teams() -> float:
    """All 32 ways to part five people."""
    quarrel = {(0, 1): 4, (0, 2): 2, (1, 2): 5, (1, 3): 3, (2, 4): 6, (3, 4): 1, (0, 4): 3}
    return max(sum(w for (i, j), w in quarrel.items() if t[i] != t[j]) for t in product((0, 1), repeat=5))


def ellipse_plot() -> float:
    """x*y on x**2/9 + y**2/4 = 1 is greatest at x = 3/sqrt(2), y = 2/sqrt(2)."""
    return 3.0


def magic_triangle() -> float:
    """All 720 ways to write 1 to 6 round a triangle."""
    return max(
        a + b + c for a, b, c, d, f, g in permutations(range(1, 7)) if a + b + c == c + d + f == f + g + a
    )  # fmt: skip


def one_way_round() -> float:
    """All 120 rounds through six places."""
    km = ((0, 4, 9, 7, 3, 8), (6, 0, 2, 8, 5, 9), (3, 7, 0, 4, 6, 2), (8, 5, 6, 0, 9, 3), (7, 2, 8, 6, 0, 5))
    km = (*km, (2, 9, 5, 7, 4, 0))
    return min(
        sum(km[i][j] for i, j in zip((0, *order), (*order, 0), strict=True)) for order in permutations(range(1, 6))
    )


def kiln_queue() -> float:
    """All 24 orders, each batch as soon as it may."""
    length, ready, weight = (3, 5, 2, 4), (0, 1, 6, 2), (2, 1, 4, 3)
    totals: list[float] = []
    for order in permutations(range(4)):
        clock, total = 0, 0
        for job in order:
            clock = max(clock, ready[job]) + length[job]
            total += weight[job] * clock
        totals.append(total)
    return min(totals)


def garden_rules() -> float:
    """All 64 choices of six plants with their rules."""
    joy, price = (6, 5, 8, 4, 7, 3), (4, 3, 6, 2, 5, 1)

    def allowed(t: Sequence[int]) -> bool:
        vine, hive, pond, reed, tree, bench = t
        rules = (hive or not tree, not vine or bench, not (pond and tree) or reed, pond + hive + vine <= 2)
        return all(rules) and sum(p * k for p, k in zip(price, t, strict=True)) <= 14

    return max(sum(j * k for j, k in zip(joy, t, strict=True)) for t in product((0, 1), repeat=6) if allowed(t))


def tower_height() -> float:
    """Every height from 0 to 6 for both masts."""
    cost, view = (0, 4, 7, 9, 14, 16, 25), (0, 2, 5, 6, 11, 13, 15)
    pairs = ((a, b) for a, b in product(range(7), repeat=2) if cost[a] + cost[b] <= 30 and abs(a - b) >= 2)
    return max(view[a] + view[b] for a, b in pairs)


def either_shift() -> float:
    """At 3 hours at most or 7 at least, each of the whole hours is tried."""
    return max(
        5 * a + 4 * b for a, b in product(range(11), repeat=2) if (a <= 3 or a >= 7) and 3 * a + 2 * b <= 24 and b <= 8
    )


SECOND: dict[str, Callable[[], float]] = {
    found.__name__: found
    for found in (
        *(lids_and_wall, log_utility, cobb_douglas, open_box, two_discs, line_fit, profit_per_hour, nearest_on_curve),
        *(loaded_die, pipe_width, sine_valleys, four_funds, two_funds_of_four, salty_pool, two_teams, ellipse_plot),
        *(magic_triangle, one_way_round, kiln_queue, garden_rules, tower_height, either_shift),
    )
}
