"""A formulation with its arrays: what every question of this folder starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fivefold_solvers.backends.solved import Options, Solved
from fivefold_solvers.build.arrays import Arrays, Floats
from fivefold_solvers.build.errors import BuildError
from fivefold_solvers.build.from_rows import from_checked
from fivefold_solvers.diagnose.words import number
from fivefold_solvers.formulation.check import Checked, check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.identity import Key, spell_key
from fivefold_solvers.formulation.lower import lower

DIFFERENCE = 1e-6
"""Values that differ by less, relative to max(1, abs(value)), count as the same."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A formulation, checked, and as arrays; `lower` may have added columns and rows of its own to these."""

    formulation: Formulation
    checked: Checked
    arrays: Arrays

    @property
    def own(self) -> Mapping[str, tuple[int, int]]:
        """Columns (start, end) of the formulation's own variables."""
        names = {variable.name for variable in self.formulation.variables}
        return {block.name: (block.start, block.end) for block in self.arrays.variables if block.name in names}

    def solution(self, values: Floats) -> dict[str, dict[Key, float]]:
        """Return the values of the formulation's own variables by name and index."""
        named = self.arrays.values_by_name(values)
        return {name: named[name] for name in self.own}

    def column(self, name: str, key: Key = ()) -> int:
        """Return the column of a variable's entry.

        Raises:
            LookupError: there is none.
        """
        try:
            block = self.arrays.variable(name)
        except (KeyError, StopIteration):
            raise LookupError(f"there is no variable '{name}'; there are {', '.join(self.own)}") from None
        place = block.keys.find(key)
        if place is None:
            raise LookupError(f"there is no {spell_key(name, key)}")
        return block.start + place


@dataclass(frozen=True, slots=True)
class ValueChange:
    """One entry of a variable that has another value than before."""

    name: str
    key: Key
    before: float
    after: float

    def __str__(self) -> str:
        return f"{spell_key(self.name, self.key)}: {number(settled(self.before))} -> {number(settled(self.after))}"


def instance(formulation: Formulation) -> Instance:
    """Return a formulation with its arrays.

    Raises:
        BuildError: it has errors, or cannot be made linear; the findings say why.
    """
    checked = check(formulation)
    if not checked.ok:
        raise BuildError(checked.errors)
    lowered = lower(checked)
    if not lowered.ok:
        raise BuildError(lowered.errors)
    return Instance(formulation, checked, from_checked(lowered))


def limited(limit_s: float | None) -> Options:
    """Return the options of one solve of an analysis: nearly no gap, because differences are what counts."""
    return Options(time_limit_s=limit_s, gap=1e-9)


def changes(before: Mapping[str, Mapping[Key, float]], after: Mapping[str, Mapping[Key, float]]) -> list[ValueChange]:
    """Return every entry that differs, the largest difference first; what is missing on one side counts as 0."""
    found: list[ValueChange] = []
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name, {}), after.get(name, {})
        for key in dict.fromkeys([*old, *new]):
            pair = float(old.get(key, 0.0)), float(new.get(key, 0.0))
            if not same(*pair):
                found.append(ValueChange(name, key, *pair))
    return sorted(found, key=lambda change: -abs(change.after - change.before))


def same(first: float, second: float) -> bool:
    """Return whether two numbers count as the same."""
    return abs(first - second) <= DIFFERENCE * max(1.0, abs(first), abs(second))


def settled(value: float) -> float:
    """Return a value without what comes of a solver's tolerances: nearly 0 is 0."""
    return 0.0 if same(value, 0.0) else value


def goal(formulation: Formulation) -> str:
    """Return what the objective is called, with its unit."""
    objective = formulation.objective
    return f"{objective.name} ({objective.unit})" if objective.unit else objective.name


def improves(arrays: Arrays, difference: float) -> bool:
    """Return whether a change of the objective is for the better."""
    return difference > 0 if arrays.sense == "maximize" else difference < 0


def said(solved: Solved) -> str:
    """Return in words what came of a solve that left nothing to compare."""
    return {
        "infeasible": "has no solution",
        "unbounded": "has no best solution: the objective improves without end",
        "infeasible_or_unbounded": "has no solution, or no best one",
        "time_limit": "was not settled within the time",
    }.get(solved.termination.value, f"could not be solved ({solved.termination.value})")
