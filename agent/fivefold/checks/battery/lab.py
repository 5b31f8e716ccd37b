"""Where the relations try things: solves of a formulation and of what is made of it, under one budget of time."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from fivefold.checks.battery.report import Outcome, RelationResult, Witness
from fivefold.reading.entities import Entry
from fivefold.reading.slots import TextReading
from fivefold_solvers.analyze.instance import Instance, instance
from fivefold_solvers.backends.session import Session
from fivefold_solvers.backends.session import solve as solve_anew
from fivefold_solvers.backends.solved import Options, Solved
from fivefold_solvers.build.arrays import Arrays
from fivefold_solvers.build.errors import BuildError
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Severity
from fivefold_solvers.result import COMPARISON_TOLERANCE, Termination

_ENDLESS = {Termination.UNBOUNDED}
_EMPTY = {Termination.INFEASIBLE}


@dataclass(frozen=True, slots=True)
class Relation:
    """What is said of a relation, the same for every number and sentence that it is tried on."""

    name: str
    why: str
    """Why every right formulation satisfies it, for the user."""
    mend: str = ""

    def held(self, reason: str, where: str = "") -> RelationResult:
        """Return that it held."""
        return self._result("held", reason, where)

    def abstained(self, reason: str, where: str = "") -> RelationResult:
        """Return that nothing can be said."""
        return self._result("abstained", reason, where)

    def violated(
        self, witness: Witness, reason: str, where: str = "", severity: Severity = Severity.WARNING
    ) -> RelationResult:
        """Return that it was violated."""
        return self._result("violated", reason, where).model_copy(update={"witness": witness, "severity": severity})

    def _result(self, outcome: Outcome, reason: str, where: str) -> RelationResult:
        return RelationResult(
            relation=self.name, outcome=outcome, reason=reason, why=self.why, where=where, mend=self.mend
        )


class OutOfTime(Exception):
    """The budget of the battery is spent."""


class Lab:
    """A formulation with its arrays, its optimum, the reading of its text, and a solver that stays warm."""

    def __init__(self, formulation: Formulation, reading: TextReading, built: Instance, budget_s: float) -> None:
        self.formulation, self.reading, self.built = formulation, reading, built
        self.arrays = built.arrays
        self.deadline = time.perf_counter() + budget_s
        self.solves = 0
        self._session = Session("auto")
        try:
            self.base = self.solve(self.arrays)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the solver's process back."""
        self._session.close()

    def solve(self, arrays: Arrays, *, anew: bool = False) -> Solved:
        """Return the solution of a program; with `anew` from scratch, without a warm start and with another seed.

        Raises:
            OutOfTime: the budget is spent.
        """
        left = self.deadline - time.perf_counter()
        if left <= 0 and not anew:
            raise OutOfTime
        self.solves += 1
        options = Options(time_limit_s=max(0.05, min(1.0, left)), gap=1e-9)
        if anew:
            plain = replace(options, time_limit_s=2.0, seed=1)
            return solve_anew(arrays, backend="auto", options=plain)
        return self._session.solve(arrays, options=options)

    def column(self, entry: Entry) -> int:
        """Return the column of an entry."""
        return self.built.column(*entry)

    def at_optimum(self, weights: Mapping[Entry, float]) -> float | None:
        """Return the value of a sum of decisions in the optimal plan; None where there is no optimum."""
        if not self.base.optimal or self.base.values is None:
            return None
        return sum(weight * float(self.base.values[self.column(entry)]) for entry, weight in weights.items())

    def farthest(self, weights: Mapping[Entry, float], sense: Literal["minimize", "maximize"]) -> Arrays:
        """Return the program that asks how small or large a sum of decisions can get at all."""
        cost = np.zeros(self.arrays.column_count)
        for entry, weight in weights.items():
            cost[self.column(entry)] = weight
        return replace(self.arrays, sense=sense, offset=0.0, cost=cost, quadratic=None)

    def built_from(self, formulation: Formulation) -> Arrays | None:
        """Return the arrays of a changed formulation; None where it cannot be built."""
        try:
            return instance(formulation).arrays
        except BuildError:
            return None


def value_of(solved: Solved, sense: Literal["minimize", "maximize"]) -> float | None:
    """Return the best value: worst of all where there is no solution, best of all without end, None if unsettled."""
    best = math.inf if sense == "maximize" else -math.inf
    if solved.optimal:
        return solved.objective
    if solved.termination in _EMPTY:
        return -best
    return best if solved.termination in _ENDLESS else None


def clearly_above(first: float, second: float) -> bool:
    """Return whether one number is larger than another by more than solvers can be wrong."""
    if math.isinf(first) or math.isinf(second):
        return first > second
    return first - second > 10 * COMPARISON_TOLERANCE * max(1.0, abs(first), abs(second))
