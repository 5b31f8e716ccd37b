"""Whether two formulations mean the same: both are solved, on their own data and on data that is changed by chance."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from fivefold_benchmarks.mutants_places import TREES, Spot, figure, figures, tree, with_figure
from fivefold_solvers.backends.registry import UnusableError
from fivefold_solvers.backends.session import solve
from fivefold_solvers.backends.solved import Options
from fivefold_solvers.build.arrays import Arrays
from fivefold_solvers.build.errors import BuildError
from fivefold_solvers.build.from_rows import from_checked
from fivefold_solvers.formulation.check import Checked, check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.expression import names_used
from fivefold_solvers.formulation.identity import Key
from fivefold_solvers.formulation.lower import lower

DRAWS = 5
"""On how much changed data two formulations are compared."""
_TRIES = 12
_TOLERANCE, _LOOSE = 1e-6, 1e-4
"""For two optima, and for a plan that is held within a small margin."""
_OPTIONS = Options(time_limit_s=5.0)
_DECIDED = {"optimal", "infeasible", "unbounded", "infeasible_or_unbounded"}
Values = dict[str, dict[Key, float]]
Apply = Callable[[Formulation], Formulation]


@dataclass(frozen=True, slots=True)
class Solved:
    """What came of solving a formulation."""

    status: str
    """Why the solver stopped; `refused` where the check has errors, `other` where no solver here can tell."""
    objective: float | None = None
    values: Values | None = None
    """Values of the variables, those of the lowering included."""

    @property
    def decided(self) -> bool:
        """Whether the formulation has an answer that is known for sure."""
        return self.status in _DECIDED


def solved(checked: Checked) -> Solved:
    """Return the optimum of a checked formulation; linear and quadratic programs only."""
    if not checked.ok:
        return Solved("refused")
    arrays = _arrays(checked)
    return Solved("other") if arrays is None else _answer(arrays)


def _arrays(checked: Checked) -> Arrays | None:
    """Return the arrays of a checked formulation; None where it is beyond quadratic."""
    ready = lower(checked) if checked.ok else checked
    try:
        return from_checked(ready)
    except BuildError:
        return None


def _answer(arrays: Arrays) -> Solved:
    try:
        answer = solve(arrays, backend="auto", options=_OPTIONS)
    except UnusableError:
        return Solved("other")
    if answer.termination.value not in _DECIDED:
        return Solved("other")
    if answer.values is None or answer.objective is None:
        return Solved(answer.termination.value)
    return Solved("optimal", answer.objective, arrays.values_by_name(answer.values))


def alike(first: Solved, second: Solved, tolerance: float = _TOLERANCE) -> bool:
    """Whether two answers are the same: both optimal at one value, both infeasible, both unbounded."""
    if first.objective is not None and second.objective is not None:
        scale = max(1.0, abs(first.objective), abs(second.objective))
        return abs(first.objective - second.objective) <= tolerance * scale
    none = first.objective is None and second.objective is None
    return none and (first.status == second.status or "infeasible_or_unbounded" in {first.status, second.status})


class Meaning:
    """What a formulation means: its answer, its answers on changed data, and which solutions it allows."""

    def __init__(self, formulation: Formulation, seed: int = 0) -> None:
        self.formulation = formulation
        self._seed = seed

    @cached_property
    def checked(self) -> Checked:
        """The formulation, checked."""
        return check(self.formulation)

    @cached_property
    def own(self) -> Solved:
        """Its answer."""
        return solved(self.checked)

    @cached_property
    def changed(self) -> tuple[tuple[Formulation, Solved], ...]:
        """The formulation on changed data, with the answers; those without a solution tell little and are left out."""
        chance = random.Random(self._seed)
        found: list[tuple[Formulation, Solved]] = []
        for place in range(_TRIES):
            other = _drawn(self.formulation, place, chance)
            answer = solved(check(other))
            if answer.status == "optimal":
                found.append((other, answer))
            if len(found) == DRAWS:
                break
        return tuple(found)

    def allows(self, answer: Solved) -> bool:
        """Whether the plan of an answer keeps every row and is worth what is claimed.

        The plan is what the objective names and what is chosen in whole numbers; other variables, such as positions
        in a tour, only help to write it down and may take any value that fits.
        """
        arrays = self._arrays
        if answer.values is None or arrays is None:
            return True
        lower, upper = arrays.lower.copy(), arrays.upper.copy()
        for block in arrays.variables:
            given = answer.values.get(block.name, {}) if block.name in self._plan else {}
            for place, key in enumerate(block.decoded(), start=block.start):
                if key in given:
                    least, most = _around(given[key], whole=bool(arrays.integer[place]))
                    lower[place], upper[place] = max(lower[place], least), min(upper[place], most)
        if bool((lower > upper).any()):
            return False
        found = _answer(replace(arrays, lower=lower, upper=upper))
        return not found.decided or (found.objective is not None and alike(found, answer, _LOOSE))

    @cached_property
    def _arrays(self) -> Arrays | None:
        return _arrays(self.checked)

    @cached_property
    def _plan(self) -> frozenset[str]:
        objective = tree(self.formulation, "objective", 0)
        valued = frozenset[str]() if objective is None else names_used(objective)
        names = {v.name for v in self.formulation.variables if v.name in valued or v.domain != "continuous"}
        return frozenset(names or {variable.name for variable in self.formulation.variables})

    def differs(self, apply: Apply, answer: Solved, *, own_data_only: bool = False) -> bool | None:
        """Whether a change that leaves the optimum as it is changes what is meant; None where it cannot be told."""
        if not self.allows(answer):
            return True
        if own_data_only:
            return False
        if not self.changed:
            return None
        for other, known in self.changed:
            found = solved(check(apply(other)))
            if found.status in {"other", "refused"}:
                return None
            if not alike(known, found):
                return True
        return False


def _around(value: float, *, whole: bool) -> tuple[float, float]:
    """Return the bounds that hold a variable at a value; of an integer variable at the whole number that it is."""
    margin = _TOLERANCE * max(1.0, abs(value))
    if whole and abs(value - round(value)) <= margin:
        return float(round(value)), float(round(value))
    return value - margin, value + margin


def _drawn(formulation: Formulation, place: int, chance: random.Random) -> Formulation:
    """Return the formulation with other numbers at the same places.

    In turn: equal numbers stay equal, a little and much; every number for itself, a little and much; and numbers of
    the objective alone, which cannot make it infeasible.
    """
    low, high = (0.8, 1.25) if place % 5 in {0, 1} else (0.4, 2.5)
    together, alone = place % 5 in {0, 2}, place % 5 == 4
    factors: dict[float, float] = {}
    spots = list(_of_objective(formulation)) if alone else _variable_figures(formulation)
    for spot in spots:
        value = figure(formulation, spot)
        factor = chance.uniform(low, high)
        if together:
            factor = factors.setdefault(abs(value), factor)
        changed = value * factor
        # Whole numbers often count something, so they stay whole.
        if value.is_integer():
            changed = float(round(changed)) or value
        formulation = with_figure(formulation, spot, changed)
    return formulation


def _variable_figures(formulation: Formulation) -> list[Spot]:
    """Return the places of numbers that can be others: no zeros, and no tables of zeros and ones."""
    tables = {spot.number: True for spot in figures(formulation) if spot.block == "values"}
    for spot in figures(formulation):
        if spot.block == "values" and figure(formulation, spot) not in {0.0, 1.0}:
            tables[spot.number] = False
    return [
        spot
        for spot in figures(formulation)
        if figure(formulation, spot) != 0 and not (spot.block == "values" and tables[spot.number])
    ]


def _of_objective(formulation: Formulation) -> Iterator[Spot]:
    """Yield the places of numbers that stand in the objective, or in tables that only the objective uses."""
    others = [tree(formulation, "constraint", k) for k in range(len(formulation.constraints))]
    others += [tree(formulation, "parameter", k) for k in range(len(formulation.parameters))]
    used = frozenset[str]().union(*(names_used(node) for node in others if node is not None))
    bounds = " ".join(str(bound) for variable in formulation.variables for bound in (variable.lower, variable.upper))
    for spot in _variable_figures(formulation):
        if spot.block == "objective":
            yield spot
        elif spot.block == "values" and spot.block not in TREES:
            name = formulation.parameters[spot.number].name
            if name not in used and name not in bounds:
                yield spot
