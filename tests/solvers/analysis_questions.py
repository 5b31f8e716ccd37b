"""Seeded questions about small plans, each answered by the product and again from scratch by another solver.

Run as a script for many: `python -m tests.solvers.analysis_questions 300`.
"""

import random
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from fivefold_solvers.analyze.alternatives import diverse, freedom, next_best
from fivefold_solvers.analyze.basis_ranges import BasisRanges, basis_ranges
from fivefold_solvers.analyze.edit import (
    AddConstraint,
    DropConstraint,
    ScaleParameter,
    SetBound,
    SetObjective,
    SetParameter,
)
from fivefold_solvers.analyze.goal_seek import goal_seek
from fivefold_solvers.analyze.instance import Instance, instance, limited
from fivefold_solvers.analyze.interval import Interval
from fivefold_solvers.analyze.pareto import pareto
from fivefold_solvers.analyze.prices import Prices, prices
from fivefold_solvers.analyze.ranges import cost_range, row_range
from fivefold_solvers.analyze.what_if import Comparison, what_if, why_not
from fivefold_solvers.backends.registry import BACKENDS
from fivefold_solvers.backends.session import Session, solve
from fivefold_solvers.backends.solved import Solved
from fivefold_solvers.build.arrays import Arrays
from fivefold_solvers.formulation.check import Checked
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Parameter, Set, Variable
from tests.solvers.random_programs import feasible_program

Check = Callable[["Plan", Session], str | None]


@dataclass(frozen=True)
class Plan:
    """A random plan: products that use resources, whole or not; minimized cost or maximized profit."""

    worth: tuple[int, ...]
    use: tuple[tuple[int, ...], ...]
    limit: tuple[int, ...]
    upper: tuple[int, ...]
    least: int
    whole: bool
    minimize: bool

    @property
    def n(self) -> int:
        return len(self.worth)

    def formulation(self, *, skip: str = "", extra: tuple[Constraint, ...] = ()) -> Formulation:
        relation, sense = (">=", "minimize") if self.minimize else ("<=", "maximize")
        rows = (
            Constraint(
                name="limits", forall=("r in R",), expression=f"sum(use[r,p]*make[p] for p in P) {relation} limit[r]"
            ),
            Constraint(name="enough", expression="sum(make[p] for p in P) >= least"),
        )
        return Formulation(
            sets=(
                Set(name="P", elements=tuple(f"p{j}" for j in range(self.n))),
                Set(name="R", elements=tuple(range(len(self.limit)))),
            ),
            parameters=(
                Parameter(name="worth", index=("p in P",), values=list(self.worth)),
                Parameter(name="use", index=("r in R", "p in P"), values=[list(row) for row in self.use]),
                Parameter(name="limit", index=("r in R",), values=list(self.limit)),
                Parameter(name="most", index=("p in P",), values=list(self.upper)),
                Parameter(name="least", values=self.least),
            ),
            variables=(
                Variable(
                    name="make", index=("p in P",), upper="most[p]", domain="integer" if self.whole else "continuous"
                ),
            ),
            objective=Objective(sense=sense, expression="sum(worth[p]*make[p] for p in P)", name="worth of all"),  # type: ignore[arg-type]  # one of two literals
            constraints=tuple(row for row in (*rows, *extra) if row.name != skip),
        )

    def points(self) -> list[tuple[int, ...]]:
        """Return every whole plan that is allowed."""
        found = []
        for point in product(*(range(top + 1) for top in self.upper)):
            totals = [sum(a * x for a, x in zip(row, point, strict=True)) for row in self.use]
            fits = all(t >= b if self.minimize else t <= b for t, b in zip(totals, self.limit, strict=True))
            if fits and sum(point) >= self.least:
                found.append(point)
        return found

    def value(self, point: tuple[int, ...]) -> int:
        return sum(c * x for c, x in zip(self.worth, point, strict=True))


def plan(seed: int, whole: bool | None = None) -> Plan:
    draw = random.Random(seed)
    minimize, n, m = draw.random() < 0.5, draw.randint(3, 5), draw.randint(2, 3)
    upper = tuple(draw.randint(2, 5) for _ in range(n))
    use = tuple(tuple(draw.randint(0, 6) for _ in range(n)) for _ in range(m))
    share = draw.uniform(0.3, 0.7)
    limit = tuple(int(share * sum(a * u for a, u in zip(row, upper, strict=True))) for row in use)
    integer = draw.random() < 0.5 if whole is None else whole
    return Plan(tuple(draw.randint(1, 15) for _ in range(n)), use, limit, upper, draw.randint(0, 2), integer, minimize)


def fresh(formulation: Formulation) -> Solved:
    """Solve from scratch, with another solver than the product's analysis takes."""
    arrays = instance(formulation).arrays
    return other(arrays)


def other(arrays: Arrays) -> Solved:
    name = "glop" if not arrays.integer.any() else "scip"
    return solve(arrays, backend=name if BACKENDS[name].available() is None else "highs", options=limited(30))


def close(first: float | None, second: float | None, tolerance: float = 1e-6) -> bool:
    if first is None or second is None:
        return first is second
    return abs(first - second) <= tolerance * max(1.0, abs(first), abs(second))


def _compared(found: Comparison, before: Solved, after: Solved) -> str | None:
    if not close(found.before.objective, before.objective) or not close(found.after.objective, after.objective):
        return f"{found.text} against {before.objective} -> {after.objective}"
    if (after.objective is None) != (found.conflict is not None):
        return f"conflict {found.conflict} at {after.termination}"
    if found.conflict is not None:
        return None if found.conflict.minimal and found.conflict.clauses else "the conflict is not minimal"
    if found.difference is not None and not close(found.difference, (after.objective or 0) - (before.objective or 0)):
        return f"difference {found.difference}"
    point = found.changed.solution(found.after.solution())
    reached = {(change.name, change.key): change.after for change in found.values}
    start = {
        (name, key): v
        for name, table in found.changed.solution(found.after.solution()).items()
        for key, v in table.items()
    }
    return None if set(reached) <= set(start) and point else "a change names no entry"


def changed_entry(p: Plan, session: Session) -> str | None:
    draw = random.Random(repr(p))
    row, value = draw.randrange(len(p.limit)), draw.randint(0, 60)
    limit = tuple(value if r == row else b for r, b in enumerate(p.limit))
    found = what_if(instance(p.formulation()), (SetParameter("limit", value, (row,)),), session=session)
    return _compared(found, fresh(p.formulation()), fresh(replace(p, limit=limit).formulation()))


def scaled_table(p: Plan, session: Session) -> str | None:
    found = what_if(instance(p.formulation()), (ScaleParameter("worth", 3),), session=session)
    return _compared(
        found, fresh(p.formulation()), fresh(replace(p, worth=tuple(3 * c for c in p.worth)).formulation())
    )


def bound_and_objective(p: Plan, session: Session) -> str | None:
    edits = (SetBound("make", upper=2.0), SetObjective(expression="sum(make[p] for p in P)"))
    found = what_if(instance(p.formulation()), edits, session=session)
    after = replace(p, upper=(2,) * p.n, worth=(1,) * p.n)
    return _compared(found, fresh(p.formulation()), fresh(after.formulation()))


def constraint_less_or_more(p: Plan, session: Session) -> str | None:
    base = instance(p.formulation())
    less = _compared(
        what_if(base, (DropConstraint("enough"),), session=session),
        fresh(p.formulation()),
        fresh(p.formulation(skip="enough")),
    )
    new = Constraint(name="pair", expression="make['p0'] + make['p1'] <= 3")
    more = what_if(base, (AddConstraint(new),), session=session)
    return less or _compared(more, fresh(p.formulation()), fresh(p.formulation(extra=(new,))))


def forced(p: Plan, session: Session) -> str | None:
    draw = random.Random(repr(p))
    product_, value = draw.randrange(p.n), draw.randint(1, 6)
    decision = f"make['p{product_}'] >= {value}"
    found = why_not(instance(p.formulation()), decision, session=session)
    wish = Constraint(name="forced_by_hand", expression=decision)
    problem = _compared(found, fresh(p.formulation()), fresh(p.formulation(extra=(wish,))))
    if problem or found.conflict is None:
        return problem
    return (
        None
        if any(part.element == "wish" for part in found.conflict.clauses)
        else "the wish is no part of the conflict"
    )


def cost_ranges(p: Plan, session: Session) -> str | None:
    return _all_costs(instance(p.formulation()), session)


def _all_costs(base: Instance, session: Session) -> str | None:
    solved = session.solve(base.arrays, options=limited(30))
    if not solved.optimal:
        return None
    for column in range(3):
        found = cost_range(base, column, solved, session)
        assert found is not None
        for end, way in ((found.low, -1), (found.high, 1)):
            problem = _cost_end(base, column, solved, end, way)
            if problem:
                return f"{found}: {problem}"
    return None


def _cost_end(base: Instance, column: int, solved: Solved, end: float, way: int) -> str | None:
    arrays, values = base.arrays, solved.solution()
    sign = 1 if arrays.sense == "maximize" else -1
    start = float(arrays.cost[column])
    inside = start + way * 1e4 if np.isinf(end) else end

    def lead(value: float) -> float:
        """How much better the best is than the present solution, with the coefficient at a value."""
        cost = arrays.cost.copy()
        cost[column] = value
        program = replace(arrays, cost=cost)
        best = other(program).objective
        assert best is not None
        return sign * (best - program.objective(values))

    if lead(inside) > 1e-5 * max(1.0, abs(inside)):
        return f"not the best at {inside}"
    if np.isfinite(end) and lead(end + way * 0.01) <= 1e-7:
        return f"still the best beyond {end}"
    return None


def row_ranges(p: Plan, session: Session) -> str | None:
    return _all_rows(instance(p.formulation()), session)


def _all_rows(base: Instance, session: Session) -> str | None:
    solved = session.solve(base.arrays, options=limited(30))
    if not solved.optimal or solved.objective is None:
        return None
    for row in range(base.arrays.row_count):
        found = row_range(base, row, solved, session)
        if found is None:
            equation = base.arrays.row_lower[row] == base.arrays.row_upper[row]
            if equation and base.arrays.integer.any():
                continue
            return f"no range for row {row}"
        for k, (end, way) in enumerate(((found.low, -1), (found.high, 1))):
            slope = 0.0 if found.slopes is None else found.slopes[k]
            problem = _row_end(base, row, found, solved.objective, slope, end, way)
            if problem:
                return f"{found}: {problem}"
    return None


def _row_end(
    base: Instance, row: int, found: Interval, objective: float, slope: float, end: float, way: int
) -> str | None:
    def best(value: float) -> float | None:
        lower, upper = base.arrays.row_lower.copy(), base.arrays.row_upper.copy()
        for side in (lower, upper):
            if side[row] == found.value:
                side[row] = value
        return other(replace(base.arrays, row_lower=lower, row_upper=upper)).objective

    distance = abs(end - found.value)
    if distance > 0.01:
        for share in (0.4, 0.98):
            value = found.value + way * (200.0 if np.isinf(end) else distance) * share
            expected = objective + (0.0 if np.isinf(slope) else slope) * (value - found.value)
            if not close(best(value), expected):
                return f"{best(value)} at {value}, expected {expected}"
    if np.isfinite(end):
        beyond = end + way * 0.02
        there = best(beyond)
        if there is not None and not np.isinf(slope) and close(there, objective + slope * (beyond - found.value), 1e-8):
            return f"the line goes on at {beyond}"
        if np.isinf(slope) and there is not None:
            return f"it can move to {beyond}"
    return None


def slopes(p: Plan, session: Session) -> str | None:
    return _all_slopes(instance(replace(p, whole=False).formulation()), session)


def _all_slopes(base: Instance, session: Session) -> str | None:
    found = prices(base, session=session)
    if not isinstance(found, Prices):
        return None if not other(base.arrays).optimal else "no prices"
    objective = found.solved.objective
    assert objective is not None
    for row, price in enumerate(found.rows):
        for slope, way in ((price.up, 1), (price.down, -1)):
            lower, upper = base.arrays.row_lower.copy(), base.arrays.row_upper.copy()
            step = way * 1e-3
            for side in (lower, upper):
                if side[row] == price.limit:
                    side[row] += step
            there = other(replace(base.arrays, row_lower=lower, row_upper=upper)).objective
            if slope is None:
                return f"{price.text}: no slope"
            if np.isinf(slope) != (there is None):
                return f"{price.text}: {there}"
            if there is not None and abs((there - objective) / step - slope) > 1e-4 * max(1.0, abs(slope)):
                return f"{price.text}: {(there - objective) / step} against {slope}"
    return None


def at_once(p: Plan, session: Session) -> str | None:
    """Ranges of the basis lie within the exact ones, and are the exact ones where they say so."""
    base = instance(replace(p, whole=False).formulation())
    found = basis_ranges(base, session)
    if not isinstance(found, BasisRanges):
        return None if not other(base.arrays).optimal else "no ranges"
    for column, short in enumerate(found.costs):
        true = cost_range(base, column, found.solved, session)
        assert true is not None
        inside = short.low >= true.low - 1e-6 and short.high <= true.high + 1e-6
        same = (
            close(short.low, true.low) and close(short.high, true.high)
            if np.isfinite([true.low, true.high]).all()
            else True
        )
        if not inside or (short.exact and not same):
            return f"{short} against {true}"
    return None


def ranked(p: Plan, session: Session) -> str | None:
    p = replace(p, whole=True)
    values = sorted((p.value(point) for point in p.points()), reverse=not p.minimize)
    found = next_best(instance(p.formulation()), count=4, session=session)
    if not values:
        return None if found.best.objective is None else "there is no plan"
    got = [found.best.objective, *(one.objective for one in found.found)]
    if len(got) != min(5, len(values)) or not all(close(a, float(b)) for a, b in zip(got, values, strict=False)):
        return f"{got} against {values[:5]}"
    distinct = {tuple(np.round(one.values)) for one in found.found} | {tuple(np.round(found.best.solution()))}
    return None if len(distinct) == len(got) else "a plan comes twice"


def rooms(p: Plan, session: Session) -> str | None:
    p = replace(p, whole=True)
    points = p.points()
    found = freedom(instance(p.formulation()), within=0.1, session=session)
    if not points:
        return None if not found else "there is no plan"
    best = (min if p.minimize else max)(p.value(point) for point in points)
    near = [point for point in points if abs(p.value(point) - best) <= 0.1 * abs(best) + 1e-9]
    for j, one in enumerate(found):
        true = min(point[j] for point in near), max(point[j] for point in near)
        if not close(one.low, float(true[0])) or not close(one.high, float(true[1])):
            return f"{one} against {true}"
    return None


def trade_off(p: Plan, session: Session) -> str | None:
    p = replace(p, whole=True)
    second = Objective(sense="minimize", expression="sum(make[p] for p in P)", name="pieces")
    found = pareto(p.formulation(), second, points=5, session=session)
    sign = 1 if p.minimize else -1
    pairs = {(sign * p.value(point), sum(point)) for point in p.points()}
    front = {a for a in pairs if not any(b != a and b[0] <= a[0] and b[1] <= a[1] for b in pairs)}
    got = {(round(sign * point.first), round(point.second)) for point in found.points}
    if not got <= front or (front and not {min(front), max(front)} <= got):
        return f"{sorted(got)} against {sorted(front)}"
    return None


def sought(p: Plan, session: Session) -> str | None:
    objective = fresh(p.formulation()).objective
    if objective is None:
        return None
    target = objective * 1.1
    bounds = {"at_most": target} if p.minimize else {"at_least": target}
    low, high = 0.0, float(2 * p.limit[0] + 5)
    found = goal_seek(
        instance(p.formulation()), "limit", low, high, key=(0,), session=session, tolerance=1e-6, **bounds
    )

    def meets(value: float) -> bool:
        arrays = instance(replace(p, limit=(value, *p.limit[1:])).formulation()).arrays  # type: ignore[arg-type]  # fractions are fine
        there = other(arrays).objective
        return there is not None and (there <= target + 1e-6 if p.minimize else there >= target - 1e-6)

    for value in np.linspace(low, high, 7).tolist():
        claimed = any(a - 1e-6 <= value <= b + 1e-6 for a, b in found.met)
        on_edge = any(abs(value - edge) < 1e-3 for pair in found.met for edge in pair)
        if claimed != meets(value) and not on_edge:
            return f"{found} against {meets(value)} at {value}"
    return None


def far_apart(p: Plan, session: Session) -> str | None:
    base = instance(p.formulation())
    found = diverse(base, within=0.2, session=session)
    best = fresh(p.formulation()).objective
    if best is None:
        return None if not found.found else "there is no plan"
    for one in found.found:
        held = replace(base.arrays, lower=one.values - 1e-6, upper=one.values + 1e-6, integer=np.zeros(p.n, bool))
        if other(held).values is None or abs(one.objective - best) > 0.2 * abs(best) + 1e-5:
            return f"{one} is not allowed"
    points = [np.round(found.best.solution(), 5), *(np.round(one.values, 5) for one in found.found)]
    return None if len({tuple(point) for point in points}) == len(points) else "a plan comes twice"


def rough(p: Plan, *, integer: bool | None) -> Instance:
    """Return a program without a formulation: equations, rows with two limits, coefficients of any sign."""
    arrays = feasible_program(random.Random(repr(p)).randrange(10**6), integer=integer, n=5, m=4)
    nameless = Formulation(variables=(Variable(name="x"),))
    return Instance(nameless, Checked(nameless, ()), arrays)


def rough_costs(p: Plan, session: Session) -> str | None:
    return _all_costs(rough(p, integer=None if p.whole else False), session)


def rough_rows(p: Plan, session: Session) -> str | None:
    return _all_rows(rough(p, integer=None if p.whole else False), session)


def rough_slopes(p: Plan, session: Session) -> str | None:
    return _all_slopes(rough(p, integer=False), session)


CHECKS: tuple[Check, ...] = (
    changed_entry, scaled_table, bound_and_objective, constraint_less_or_more, forced, cost_ranges, row_ranges,
    slopes, at_once, ranked, rooms, trade_off, sought, far_apart, forced, rough_costs, rough_rows, rough_slopes,
)  # fmt: skip


def question(seed: int, session: Session) -> tuple[str, str | None]:
    """Ask one question; return its kind, and what does not agree."""
    check = CHECKS[seed % len(CHECKS)]
    return check.__name__, check(plan(seed), session)


if __name__ == "__main__":
    wrong: Counter[str] = Counter()
    with Session() as kept:
        for number in range(int(sys.argv[1])):
            name, fault = question(number, kept)
            if fault:
                wrong[name] += 1
                print(number, name, fault, flush=True)
    print(f"{sys.argv[1]} questions, {sum(wrong.values())} mismatches", dict(wrong))
