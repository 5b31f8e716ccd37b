"""What would have to give for an infeasible program to have a solution: least total weighted violation, and others.

Every limit that may move gets an amount by which it moves, paid for with its weight (elastic programming;
J. W. Chinneck, Feasibility and Infeasibility in Optimization, Springer 2008, chapter 6). Domains do not move.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from fivefold_solvers.backends.session import Session, using
from fivefold_solvers.backends.solved import Options
from fivefold_solvers.build.arrays import Arrays, Block, Floats, Integers, ListedKeys
from fivefold_solvers.diagnose.words import Clause, Member, clause, number
from fivefold_solvers.formulation.elements import Formulation

Side = Literal["lower", "upper"]
_SIDES: tuple[Side, Side] = ("lower", "upper")
_TINY = 1e-7
_HAIR = 2e-6
"""By how much a solver may leave an amount too small: two rows within its tolerance."""
_LOOK_AHEAD = 8
"""How many further programs are solved at most for each alternative that is asked for."""


@dataclass(frozen=True, slots=True)
class Move:
    """One limit that moves."""

    clause: Clause
    side: Side
    """Which limit: the least or the greatest value."""
    before: float
    after: float
    cost: float
    """Weight times distance."""

    @property
    def by(self) -> float:
        """How far it moves."""
        return abs(self.after - self.before)

    def __str__(self) -> str:
        return f"{self.clause.name}: {self.clause.text}, with {number(self.after)} instead of {number(self.before)}"


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A set of moves with which the program has a solution."""

    cost: float
    """Total weighted violation."""
    moves: tuple[Move, ...]
    least: bool
    """Whether it is proven that nothing cheaper does (the first one), or nothing cheaper beside those before it."""
    objective: float | None
    """Best objective after these moves; None where that could not be found in time."""
    values: Floats | None
    """Shape (n,): a best solution after these moves."""

    def __str__(self) -> str:
        after = "" if self.objective is None else f"; the objective is then {number(self.objective)}"
        return "; ".join(map(str, self.moves)) + f" (total {number(self.cost)}{after})"


@dataclass(frozen=True, slots=True)
class _Elastic:
    program: Arrays
    rows: Integers
    """Shape (k,): which row or column each amount belongs to."""
    sides: tuple[Side, ...]
    kinds: tuple[Literal["row", "bound"], ...]
    weights: Floats


def relaxations(
    arrays: Arrays,
    formulation: Formulation | None = None,
    *,
    weights: Mapping[str, float] | None = None,
    relative: bool = False,
    bounds: bool = False,
    count: int = 3,
    session: Session | None = None,
    limit_s: float = 10.0,
) -> tuple[Relaxation, ...]:
    """Return up to `count` ways to make a program feasible, the cheapest first; empty where no moves suffice.

    Args:
        arrays: the program, infeasible as it is.
        formulation: where its elements' sentences are.
        weights: price of one unit by name of constraint or variable, 1 unless said; `inf` for what must not move.
            A variable that is named here has bounds that may move.
        relative: whether a unit is a share of the limit rather than an absolute amount.
        bounds: whether all variables' bounds may move as well.
        count: how many ways; each later one moves another set of limits than those before it.
        session: a session to use; a new one if None.
        limit_s: seconds for one solve.
    """
    elastic = _elastic(arrays, weights or {}, relative, bounds)
    with using(session, "highs") as used:
        ways = _Ways(arrays, elastic, used, Options(time_limit_s=limit_s), most=count * _LOOK_AHEAD)
        ways.consider(frozenset())
        found: list[Relaxation] = []
        seen: set[frozenset[int]] = set()
        while ways.queue and len(found) < count:
            _, _, fixed, amounts, certain = heapq.heappop(ways.queue)
            moved = frozenset(np.flatnonzero(amounts > _TINY).tolist())
            if moved not in seen:
                seen.add(moved)
                found.append(_relaxation(arrays, elastic, amounts, formulation, used, ways.options, certain))
            # The next best moves another set: without at least one of these.
            for place in sorted(moved):
                ways.consider(fixed | {place})
    return tuple(found)


@dataclass(slots=True)
class _Ways:
    """Ways to move limits that wait to be told, the cheapest first."""

    arrays: Arrays
    elastic: _Elastic
    session: Session
    options: Options
    most: int
    """Programs to solve at most."""
    queue: list[tuple[float, int, frozenset[int], Floats, bool]] = field(default_factory=list[Any])
    tried: set[frozenset[int]] = field(default_factory=set[frozenset[int]])

    def consider(self, fixed: frozenset[int]) -> None:
        """Find the cheapest way in which none of these amounts moves."""
        if fixed in self.tried or len(self.tried) >= self.most:
            return
        self.tried.add(fixed)
        n = self.arrays.column_count
        upper = self.elastic.program.upper.copy()
        upper[[n + place for place in fixed]] = 0.0
        solved = self.session.solve(replace(self.elastic.program, upper=upper), options=self.options)
        if solved.values is not None:
            amounts = np.array([_neat(amount) for amount in solved.values[n:].tolist()], float)
            cost = float(self.elastic.weights @ amounts)
            heapq.heappush(self.queue, (cost, len(self.tried), fixed, amounts, solved.optimal))


def _relaxation(
    arrays: Arrays,
    elastic: _Elastic,
    amounts: Floats,
    formulation: Formulation | None,
    session: Session,
    options: Options,
    certain: bool,
) -> Relaxation:
    limits = {
        ("row", "lower"): arrays.row_lower.copy(), ("row", "upper"): arrays.row_upper.copy(),
        ("bound", "lower"): arrays.lower.copy(), ("bound", "upper"): arrays.upper.copy(),
    }  # fmt: skip
    moves: list[Move] = []
    for place in np.flatnonzero(amounts > _TINY).tolist():
        kind, side, at = elastic.kinds[place], elastic.sides[place], int(elastic.rows[place])
        limit, amount = limits[kind, side], float(amounts[place])
        before = float(limit[at])
        limit[at] = before + amount if side == "upper" else before - amount
        member = Member("row", at) if kind == "row" else Member(side, at)
        cost = float(elastic.weights[place]) * amount
        moves.append(Move(clause(arrays, member, formulation), side, before, float(limit[at]), cost))
    # An equation moves as a whole.
    lower, upper = limits["row", "lower"], limits["row", "upper"]
    equal = arrays.row_lower == arrays.row_upper
    lower = np.where(equal & (upper > arrays.row_upper), upper, lower)
    upper = np.where(equal & (lower < arrays.row_lower), lower, upper)
    eased = replace(
        arrays, row_lower=lower, row_upper=upper, lower=limits["bound", "lower"], upper=limits["bound", "upper"]
    )
    solved = session.solve(eased, options=options)
    return Relaxation(sum(move.cost for move in moves), tuple(moves), certain, solved.objective, solved.values)


def _neat(amount: float) -> float:
    """Return an amount with six decimals that is sure to suffice: solvers miss round numbers by a hair."""
    if amount >= 1e9:
        return amount
    rounded = round(amount, 4)
    return rounded if 0 <= rounded - amount <= _HAIR else math.ceil(amount * 1e6 - 1e-3) / 1e6


def _elastic(arrays: Arrays, weights: Mapping[str, float], relative: bool, bounds: bool) -> _Elastic:
    """Return the program with an amount of movement for every limit that may move, least total cost as its goal."""
    n, m = arrays.column_count, arrays.row_count
    entries: list[tuple[Literal["row", "bound"], Side, int, float]] = []
    for row in range(m):
        price = weights.get(arrays.row_block(row).name, 1.0)
        entries += _priced("row", row, (arrays.row_lower[row], arrays.row_upper[row]), price, relative)
    for column in range(n):
        name = arrays.column_block(column).name
        if bounds or name in weights:
            limits = (arrays.lower[column], arrays.upper[column])
            entries += _priced("bound", column, limits, weights.get(name, 1.0), relative)
    return _assembled(arrays, entries)


def _priced(
    kind: Literal["row", "bound"],
    place: int,
    limits: tuple[float, float],
    price: float,
    relative: bool,
) -> list[tuple[Literal["row", "bound"], Side, int, float]]:
    if not math.isfinite(price):
        return []
    return [
        (kind, side, place, price / (max(1.0, abs(float(limit))) if relative else 1.0))
        for side, limit in zip(_SIDES, limits, strict=True)
        if np.isfinite(limit)
    ]


def _assembled(arrays: Arrays, entries: list[tuple[Literal["row", "bound"], Side, int, float]]) -> _Elastic:
    n, m, k = arrays.column_count, arrays.row_count, len(entries)
    rows = np.repeat(np.arange(m), np.diff(arrays.starts)).tolist()
    columns, values = arrays.columns.tolist(), arrays.coefficients.tolist()
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    row_lower, row_upper = arrays.row_lower.tolist(), arrays.row_upper.tolist()
    for amount, (kind, side, place, _) in enumerate(entries):
        at = place
        if kind == "bound":
            # The bound becomes a row: column + amount >= lower, column - amount <= upper.
            at = len(row_lower)
            limit = float(arrays.lower[place] if side == "lower" else arrays.upper[place])
            row_lower.append(limit if side == "lower" else -math.inf)
            row_upper.append(limit if side == "upper" else math.inf)
            (lower if side == "lower" else upper)[place] = -math.inf if side == "lower" else math.inf
            rows.append(at)
            columns.append(place)
            values.append(1.0)
        rows.append(at)
        columns.append(n + amount)
        values.append(1.0 if side == "lower" else -1.0)
    order = np.argsort(rows, kind="stable")
    total = len(row_lower)
    weights = np.array([weight for *_, weight in entries], float)
    program = Arrays(
        sense="minimize",
        offset=0.0,
        cost=np.concatenate([np.zeros(n), weights]),
        lower=np.concatenate([lower, np.zeros(k)]),
        upper=np.concatenate([upper, np.full(k, np.inf)]),
        integer=np.concatenate([arrays.integer, np.zeros(k, bool)]),
        starts=np.concatenate([[0], np.cumsum(np.bincount(np.array(rows, int), minlength=total))]).astype(np.int64),
        columns=np.array(columns, np.int32)[order],
        coefficients=np.array(values, float)[order],
        row_lower=np.array(row_lower, float),
        row_upper=np.array(row_upper, float),
        quadratic=None,
        variables=(*arrays.variables, Block("amount", n, k, ListedKeys([(i,) for i in range(k)]))),
        constraints=(*arrays.constraints, Block("bound", m, total - m, ListedKeys([(i,) for i in range(total - m)]))),
    )
    return _Elastic(
        program,
        np.array([place for _, _, place, _ in entries], np.int64),
        tuple(side for _, side, _, _ in entries),
        tuple(kind for kind, *_ in entries),
        weights,
    )
