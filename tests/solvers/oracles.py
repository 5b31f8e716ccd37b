"""Optima of the corpus found without any solver or formulation: every possibility tried, from numbers written here.

One function a problem, named like its file, or like the `oracle` that the file names.
"""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import combinations, pairwise, permutations, product
from math import floor, inf, sqrt

Line = tuple[Sequence[float], float]
"""Coefficients and right-hand side of `coefficients * x <= right-hand side`."""


def _solved(lines: Sequence[Line]) -> list[Fraction] | None:
    """Return the point where as many lines as there are coordinates meet, None if there is no single one."""
    size = len(lines)
    rows = [[*map(_exact, line), _exact(end)] for line, end in lines]
    for k in range(size):
        pivot = next((r for r in range(k, size) if rows[r][k] != 0), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [value / rows[k][k] for value in rows[k]]
        for r in range(size):
            if r != k:
                rows[r] = [a - rows[r][k] * b for a, b in zip(rows[r], rows[k], strict=True)]
    return [row[size] for row in rows]


def _exact(value: float) -> Fraction:
    return Fraction(str(value))


def _least_corner(cost: Sequence[float], lines: Sequence[Line]) -> float:
    """Return the least cost over all corner points of the polyhedron that the lines cut out."""
    best = inf
    for chosen in combinations(lines, len(cost)):
        point = _solved(chosen)
        if point is not None and all(
            sum(_exact(a) * x for a, x in zip(line, point, strict=True)) <= _exact(end) for line, end in lines
        ):
            best = min(best, float(sum(_exact(c) * x for c, x in zip(cost, point, strict=True))))
    return best


def blending() -> float:
    # litres of apple and pear; grape is what is missing to 100
    lines: list[Line] = [
        ((9, 7), 600),  # 8a + 10p + 17(100 - a - p) >= 1100
        ((-9, -7), -500),  # ... <= 1200
        ((0, -1), -25),
        ((-1, 0), 0),
        ((1, 1), 100),
    ]
    return 190 + _least_corner((-1.1, -0.8), lines)


def diet() -> float:
    lines: list[Line] = [((-2, -4, -3.5), -12), ((-30, -55, -20), -150)]
    for k in range(3):
        unit = [0, 0, 0]
        unit[k] = 1
        lines += [(unit, 4), ([-value for value in unit], 0)]
    return _least_corner((0.2, 0.5, 0.3), lines)


def transport_table() -> float:
    supply, demand, cost = (7, 8), (4, 5, 6), ((2, 4, 7), (5, 3, 1))
    best = inf
    for north in product(*(range(need + 1) for need in demand)):
        south = [need - sent for need, sent in zip(demand, north, strict=True)]
        if sum(north) <= supply[0] and sum(south) <= supply[1]:
            best = min(best, sum(cost[0][k] * north[k] + cost[1][k] * south[k] for k in range(3)))
    return best


def transport_arcs() -> float:
    best = inf
    for ax, ay in product(range(5), range(6)):
        bx, by, bz = 4 - ax, 5 - ay, 3
        if ax + ay <= 6 and 0 <= bx <= 5 and 0 <= by <= 5 and bx + by + bz <= 7:
            best = min(best, 3 * ax + 6 * ay + 4 * by + 5 * bz + 2 * bx)
    return best


def assignment() -> float:
    joy = ((7, 4, 2, 9), (6, 8, 5, 3), (9, 4, 7, 8), (2, 6, 4, 5))
    return max(sum(joy[i][j] for i, j in enumerate(order)) for order in permutations(range(4)))


def knapsack() -> float:
    kilos, use = (9, 5, 4, 2, 6, 1, 3), (20, 12, 9, 6, 11, 4, 5)
    taken = (t for t in product((0, 1), repeat=7) if _dot(kilos, t) <= 17)
    return max(_dot(use, t) for t in taken)


def knapsack_many() -> float:
    need = ((3, 4, 2, 5, 1), (5, 1, 2, 4, 3), (2, 6, 2, 1, 3))
    counts = product(range(3), repeat=5)
    fitting = (t for t in counts if all(_dot(row, t) <= end for row, end in zip(need, (12, 11, 10), strict=True)))
    return max(_dot((8, 7, 4, 9, 5), t) for t in fitting)


def _dot(left: Iterable[float], right: Iterable[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


def stock_months() -> float:
    demand, cost = (3, 5, 9, 8), (4, 6, 7, 9)
    best = inf
    for make in product(range(9), repeat=4):
        if any(later - sooner > 4 for sooner, later in pairwise(make)):
            continue
        stock, total = 2, 0
        for made, sold, price in zip(make, demand, cost, strict=True):
            stock += made - sold
            if stock < 0:
                break
            total += price * made + stock
        else:
            if stock >= 1:
                best = min(best, total)
    return best


def stock_weeks() -> float:
    best = inf
    for lots in product(range(4), repeat=6):
        stock, total = 0, 0.0
        for made, sold in zip(lots, (4, 2, 7, 3, 5, 6), strict=True):
            stock += 3 * made - sold
            if not 0 <= stock <= 6:
                break
            total += 5 * (made > 0) + 2 * made + 0.5 * stock
        else:
            best = min(best, total)
    return best


def set_cover() -> float:
    reach = ("AB", "BCD", "DE", "EFA", "CF")
    chosen = (
        t
        for t in product((0, 1), repeat=5)
        if set("ABCDEF") <= {q for s, k in zip(reach, t, strict=True) if k for q in s}
    )
    return min(_dot((3, 4, 2, 5, 3), t) for t in chosen)


def facility() -> float:
    rent, way = (10, 14, 9), ((2, 7, 5, 9, 4), (6, 1, 3, 4, 8), (7, 6, 6, 2, 3))
    totals: list[float] = []
    for opened in product((0, 1), repeat=3):
        if any(opened):
            served = sum(min(way[d][k] for d in range(3) if opened[d]) for k in range(5))
            totals.append(_dot(rent, opened) + served)
    return min(totals)


def bin_packing() -> float:
    minutes, best = (6, 5, 5, 4, 4, 3, 3), inf
    for put in product(range(4), repeat=7):
        loads = [sum(m for m, r in zip(minutes, put, strict=True) if r == record) for record in range(4)]
        if max(loads) <= 10:
            best = min(best, sum(load > 0 for load in loads))
    return best


def shifts() -> float:
    need, best = (4, 3, 3, 4, 5, 2, 2), inf
    for start in product(range(4), repeat=7):
        if sum(start) < best and all(sum(start[(d - k) % 7] for k in range(5)) >= need[d] for d in range(7)):
            best = sum(start)
    return best


def jobs_one_machine() -> float:
    length, due, weight = (4, 2, 6, 3), (5, 6, 9, 12), (3, 1, 2, 2)
    totals: list[float] = []
    for order in permutations(range(4)):
        clock, total = 0, 0
        for job in order:
            clock += length[job]
            total += weight[job] * max(0, clock - due[job])
        totals.append(total)
    return min(totals)


def tour() -> float:
    km = ((0, 3, 9, 8, 5), (3, 0, 4, 7, 6), (9, 4, 0, 2, 7), (8, 7, 2, 0, 3), (5, 6, 7, 3, 0))
    return min(
        sum(km[i][j] for i, j in zip((0, *order), (*order, 0), strict=True)) for order in permutations(range(1, 5))
    )


def min_cost_flow() -> float:
    best = inf
    for a, b, c in product(range(5), range(3), range(4)):  # 1-2, 1-3, 2-3
        direct, second, third = 5 - a - b, a - c, b + c  # 1-4, 2-4, 3-4
        if 0 <= direct <= 5 and 0 <= second <= 2 and third <= 4:
            best = min(best, 2 * a + 4 * b + c + 7 * second + 3 * third + 9 * direct)
    return best


def shortest_path() -> float:
    minutes = {("hut", "rock"): 20, ("hut", "pine"): 55, ("rock", "pine"): 25, ("rock", "dam"): 45}
    minutes |= {("pine", "dam"): 10, ("pine", "lake"): 60, ("dam", "lake"): 30}
    lengths: list[float] = []
    for count in range(4):
        for between in permutations(("rock", "pine", "dam"), count):
            legs = list(zip(("hut", *between), (*between, "lake"), strict=True))
            if all(leg in minutes for leg in legs):
                lengths.append(sum(minutes[leg] for leg in legs))
    return min(lengths)


def capital_budget() -> float:
    worth, first, second = (9, 7, 3, 12, 8, 2), (5, 3, 1, 6, 2, 1), (2, 3, 1, 5, 6, 0)
    allowed = (
        t
        for t in product((0, 1), repeat=6)
        if _dot(first, t) <= 12 and _dot(second, t) <= 11 and t[1] <= t[4] and t[0] + t[2] <= 1
    )
    return max(_dot(worth, t) for t in allowed)


def cutting_stock() -> float:
    pieces = ((4, 2, 0, 1, 0, 0), (0, 1, 2, 0, 1, 0), (0, 0, 0, 1, 1, 2))
    best = inf
    for cut in product(range(7), repeat=6):
        if sum(cut) < best and all(_dot(row, cut) >= order for row, order in zip(pieces, (9, 6, 5), strict=True)):
            best = sum(cut)
    return best


def colouring() -> float:
    near = ((0, 1), (1, 2), (2, 3), (3, 4), (4, 0), (0, 2))
    return min(len(set(t)) for t in product(range(4), repeat=5) if all(t[i] != t[j] for i, j in near))


def min_max_load() -> float:
    kg = (8, 7, 6, 5, 4, 1.5)
    return min(max(_dot(kg, t), sum(kg) - _dot(kg, t)) for t in product((0, 1), repeat=6))


def goals() -> float:
    def penalty(wheat: Fraction, corn: Fraction) -> Fraction:
        return (
            3 * max(Fraction(0), 80 - 2 * wheat - 4 * corn)
            + max(Fraction(0), 25 - wheat - corn)
            + 2 * max(Fraction(0), wheat + corn - 25)
        )

    lines: list[Line] = [((2, 3), 60), ((2, 4), 80), ((1, 1), 25), ((1, 0), 0), ((0, 1), 0)]
    points = [point for chosen in combinations(lines, 2) if (point := _solved(chosen)) is not None]
    return float(min(penalty(w, c) for w, c in points if w >= 0 and c >= 0 and 2 * w + 3 * c <= 60))


def free_variables() -> float:
    at, height = (0, 1, 2, 4), (1, -2, 3, -5)
    best = inf
    for i, j in combinations(range(4), 2):
        slope = (height[j] - height[i]) / (at[j] - at[i])
        offsets = [height[k] - slope * at[k] for k in range(4)]
        best = min(best, (max(offsets) - min(offsets)) / 2)
    return best


def fixed_charge() -> float:
    fee, unit, most = (10, 25, 40), (4, 2.5, 1.5), (20, 30, 50)
    best = inf
    for rented in product((0, 1), repeat=3):
        left, total = 45, _dot(fee, rented)
        for k in (2, 1, 0):  # cheapest per sheet first
            sheets = min(left, most[k] * rented[k])
            left, total = left - sheets, total + unit[k] * sheets
        if left == 0:
            best = min(best, total)
    return best


def unit_commitment() -> float:
    best = inf
    for coal, gas in product(product((0, 1), repeat=4), repeat=2):
        total = 0.0
        for hour, load in enumerate((30, 70, 80, 15)):
            low, high = 20 * coal[hour], 60 * coal[hour]
            burnt = min(high, load - 5 * gas[hour])
            rest = load - burnt
            if burnt < low or not 5 * gas[hour] <= rest <= 40 * gas[hour]:
                total = inf
                break
            total += 2 * burnt + 5 * rest
            total += 50 * (coal[hour] > (coal[hour - 1] if hour else 0)) + 8 * (
                gas[hour] > (gas[hour - 1] if hour else 0)
            )
        best = min(best, total)
    return best


def computed() -> float:
    fare = [[floor(sqrt(x * x + y * y)) * k + 1 for k in (1, 2)] for x, y in ((0, 4), (3, 0), (6, 8))]
    choices = (t for t in product((0, 1), repeat=3) if max(t.count(0), t.count(1)) <= 2)
    return min(sum(fare[c][k] for c, k in enumerate(t)) for t in choices) + sum(map(sum, fare)) / 10


def subsets() -> float:
    skill = ({"Al": 5, "Bea": 8}, {"Bea": 9, "Cem": 4, "Dag": 6}, {"Al": 3, "Dag": 7})
    return max(
        sum(team[person] for team, person in zip(skill, t, strict=True)) for t in product(*skill) if len(set(t)) == 3
    )


def sparse() -> float:
    bonus, blocked = {(1, "a"): 4, (1, "c"): 2, (3, "b"): 5}, {(2, "b")}
    cells = [cell for cell in product((1, 2, 3), "abc") if cell not in blocked]
    chosen = (t for size in range(4) for t in combinations(cells, size) if len({r for r, _ in t}) == size)
    return max(sum(bonus.get(cell, 1) for cell in t) for t in chosen)


def scalar_numbers() -> float:
    pairs = (
        (c, s) for c, s in product(range(41), repeat=2) if 40 * c + 15 * s <= 900 and 3 * c + 4 * s <= 96 and 2 * c >= s
    )
    return max(7 * c + 5.5 * s for c, s in pairs)


def fractions() -> float:
    pairs = (
        (u, v)
        for u, v in product(range(21), repeat=2)
        if 10 * u + 35 * v <= 345 and 2 * u + v <= 21 and 2 * u + v - 2 >= 5
    )
    return max(u + v + u / 8 for u, v in pairs)


def all_different() -> float:
    return min(
        _dot((3, 2, 1), (abs(floor_ - wish) for floor_, wish in zip(t, (2, 2, 5), strict=True)))
        for t in permutations(range(1, 6), 3)
    )


def odd_names() -> float:
    best = -inf
    for take in product((0, 1), repeat=4):
        if _dot((2, 4, 3, 5), take) > 8:
            continue
        for amounts in product(range(2), range(3), range(4), range(5)):
            for hidden in (0, 1):
                if amounts[0] + amounts[3] <= 3 and amounts[2] + take[0] <= 2 + hidden:
                    best = max(best, _dot((3, 5, 4, 6), take) + 0.1 * sum(amounts) - hidden)
    return best


ORACLES: dict[str, Callable[[], float]] = {
    found.__name__: found
    for found in (
        *(blending, diet, transport_table, transport_arcs, assignment, knapsack, knapsack_many, stock_months),
        *(stock_weeks, set_cover, facility, bin_packing, shifts, jobs_one_machine, tour, min_cost_flow),
        *(shortest_path, capital_budget, cutting_stock, colouring, min_max_load, goals, free_variables),
        *(fixed_charge, unit_commitment, computed, subsets, sparse, scalar_numbers, fractions, all_different),
        odd_names,
    )
}
