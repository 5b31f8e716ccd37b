"""For which value of a parameter the best objective reaches a target; monotonicity is looked at, never assumed.

The best objective is computed on a grid of values first. Every place where it crosses the target between two grid
points is then narrowed down by bisection. Between grid points it may cross twice unseen: the answer says so, and
whether the values on the grid rise or fall throughout.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import numpy as np

from fivefold_solvers.analyze.edit import EditError, SetParameter, apply
from fivefold_solvers.analyze.instance import Instance, goal, limited
from fivefold_solvers.backends.session import Session, using
from fivefold_solvers.build.errors import BuildError
from fivefold_solvers.build.vectorised import arrays_of
from fivefold_solvers.diagnose.words import number
from fivefold_solvers.formulation.identity import Key, spell_key

Trend = Literal["rising", "falling", "level", "neither"]
_ONE_WAY = " at all values looked at, which suggests but does not prove that there is no other crossing."
_TREND_TEXT: dict[Trend, str] = {
    "neither": "; the best objective goes up and down there, so further crossings may be unseen between the values.",
    "rising": "; it rises" + _ONE_WAY,
    "falling": "; it falls" + _ONE_WAY,
    "level": "; it is the same at all values looked at.",
}


@dataclass(frozen=True, slots=True)
class Crossing:
    """A value of the parameter at which the target is met on one side and not on the other."""

    value: float
    """The value nearest to the crossing at which the target is met."""
    objective: float
    """The best objective there."""
    missed: float
    """The value nearest to the crossing at which it is not met; no more than the tolerance away."""


@dataclass(frozen=True, slots=True)
class Goal:
    """Where a target is met."""

    asked: str
    crossings: tuple[Crossing, ...]
    """In the order of the parameter."""
    met: tuple[tuple[float, float], ...]
    """Ranges of the parameter in which the target is met, as far as the grid shows."""
    trend: Trend
    """How the best objective moves over the grid."""
    grid: tuple[tuple[float, float | None], ...]
    """Value and best objective; None where there is none."""
    how: str

    def __str__(self) -> str:
        if not self.met:
            return f"{self.asked}: not within the range looked at. {self.how}"
        ranges = " and ".join(f"from {number(low)} to {number(high)}" for low, high in self.met)
        return f"{self.asked}: {ranges}. {self.how}"


def goal_seek(
    base: Instance,
    parameter: str,
    low: float,
    high: float,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    key: Key | None = None,
    grid: int = 9,
    tolerance: float = 1e-8,
    session: Session | None = None,
    limit_s: float | None = 60.0,
) -> Goal:
    """Return for which values of a parameter the best objective is at least, or at most, a target.

    Args:
        base: the formulation.
        parameter: a parameter's name; with `key` one entry of its table.
        low: least value to look at.
        high: greatest value to look at.
        at_least: the target from below; give this or `at_most`.
        at_most: the target from above.
        key: which entry of the table.
        grid: values to compute first, at least 2.
        tolerance: width, relative to max(1, abs(value)), to which crossings are narrowed.
        session: a session to use; a new one if None.
        limit_s: seconds for one solve.

    Raises:
        EditError: there is no such parameter or entry.
        BuildError: nothing can be built for any value on the grid.
        ValueError: not exactly one target, or an empty range.
    """
    if (at_least is None) == (at_most is None):
        raise ValueError("give exactly one of `at_least` and `at_most`")
    if not low < high or grid < 2:
        raise ValueError("give a range from a lower to a higher value, and a grid of at least 2")
    _check_one_number(base, parameter, key)
    with using(session) as used:
        search = _Search(base, parameter, key, at_least, at_most, used, limit_s)
        values = [float(value) for value in np.linspace(low, high, grid)]
        found = [(value, search.best(value)) for value in values]
        if len(search.unbuilt) == grid:
            raise next(iter(search.unbuilt.values()))
        crossings = [
            search.crossing(first, second, tolerance)
            for first, second in pairwise(found)
            if search.meets(first[1]) != search.meets(second[1])
        ]
    met = _ranges(values, [search.meets(objective) for _, objective in found], crossings)
    trend = _trend([objective for _, objective in found])
    name = spell_key(parameter, key) if key is not None else parameter
    target = f"at least {number(at_least)}" if at_least is not None else f"at most {number(at_most or 0.0)}"
    asked = f"{goal(base.formulation)} is {target} for {name}"
    how = search.how(values) + _TREND_TEXT[trend] + search.unplanned()
    return Goal(asked, tuple(crossings), met, trend, tuple(found), how)


def _check_one_number(base: Instance, parameter: str, key: Key | None) -> None:
    """Refuse a whole table: one value in place of all its entries is not what is asked for."""
    table = next((one for one in base.formulation.parameters if one.name == parameter), None)
    grounded = base.checked.grounded
    if table is None or not table.index or key or grounded is None or parameter not in grounded.parameters:
        return
    block = grounded.parameters[parameter]
    first = next(iter([*block.table, *block.keys]), None)
    such = "" if first is None else f", such as {spell_key(parameter, first)}"
    raise EditError(f"'{parameter}' is a table: name the entry that varies{such}")


@dataclass(slots=True)
class _Search:
    base: Instance
    parameter: str
    key: Key | None
    at_least: float | None
    at_most: float | None
    session: Session
    limit_s: float | None
    solves: int = 0
    unbuilt: dict[float, BuildError] = field(default_factory=dict[float, BuildError])
    """Values that nothing can be built for, and why."""

    def best(self, value: float) -> float | None:
        """Return the best objective with the parameter at a value; infinite for one without end, None for none."""
        try:
            arrays = arrays_of(apply(self.base.formulation, (SetParameter(self.parameter, value, self.key),)))
        except BuildError as fault:
            # Bounds that cross, for one: the value allows no plan, which says nothing against the others.
            self.unbuilt[value] = fault
            return None
        self.solves += 1
        solved = self.session.solve(arrays, options=limited(self.limit_s))
        if solved.termination.value == "unbounded":
            return math.inf if arrays.sense == "maximize" else -math.inf
        return solved.objective if solved.optimal else None

    def how(self, values: list[float]) -> str:
        """Return what was computed."""
        grid = f"{len(values)} values from {number(values[0])} to {number(values[-1])}"
        return f"{self.solves} solves: {grid}, then bisection at each crossing"

    def unplanned(self) -> str:
        """Return for which value nothing could be built, for one, and why; empty where all could."""
        if not self.unbuilt:
            return ""
        value, fault = next(iter(self.unbuilt.items()))
        return f" There is no plan at {number(value)}, for one: {fault.findings[0].message}."

    def meets(self, objective: float | None) -> bool:
        """Return whether an objective reaches the target; no solution does not."""
        if objective is None:
            return False
        if self.at_least is not None:
            return objective >= self.at_least - 1e-9 * max(1.0, abs(self.at_least))
        assert self.at_most is not None
        return objective <= self.at_most + 1e-9 * max(1.0, abs(self.at_most))

    def crossing(
        self, first: tuple[float, float | None], second: tuple[float, float | None], tolerance: float
    ) -> Crossing:
        """Narrow down a place between two values, with their objectives, of which one meets the target."""
        (good, objective), (bad, _) = (first, second) if self.meets(first[1]) else (second, first)
        while abs(good - bad) > tolerance * max(1.0, abs(good), abs(bad)):
            middle = (good + bad) / 2
            there = self.best(middle)
            if self.meets(there):
                good, objective = middle, there
            else:
                bad = middle
        assert objective is not None
        return Crossing(good, objective, bad)


def _ranges(values: list[float], meets: list[bool], crossings: list[Crossing]) -> tuple[tuple[float, float], ...]:
    """Return the ranges in which the target is met, ends at crossings or at the ends of the grid."""
    ranges: list[tuple[float, float]] = []
    ends = iter(crossings)
    start = values[0] if meets[0] else None
    for before, after in pairwise(meets):
        if before == after:
            continue
        crossing = next(ends)
        if after:
            start = crossing.value
        elif start is not None:
            ranges.append((start, crossing.value))
            start = None
    if start is not None:
        ranges.append((start, values[-1]))
    return tuple(ranges)


def _trend(objectives: list[float | None]) -> Trend:
    known = [value for value in objectives if value is not None]
    steps = [b - a for a, b in pairwise(known) if abs(b - a) > 1e-7 * max(1.0, min(abs(a), 1e300), min(abs(b), 1e300))]
    if not steps:
        return "level"
    return "rising" if all(step > 0 for step in steps) else "falling" if all(step < 0 for step in steps) else "neither"
