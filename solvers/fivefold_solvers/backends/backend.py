"""What a back-end says of itself: abilities, availability without loading its library, its status words."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from fivefold_solvers.build.arrays import Arrays
from fivefold_solvers.result import FEASIBILITY_TOLERANCE, SolutionStatus, Termination


class Feature(StrEnum):
    """What a back-end can do."""

    CONTINUOUS = "continuous variables"
    INTEGER = "integer variables"
    QUADRATIC_CONVEX = "a convex quadratic objective"
    QUADRATIC_ANY = "any quadratic objective"
    QUADRATIC_INTEGER = "a quadratic objective with integer variables"
    UNBOUNDED = "variables without finite bounds"
    DUALS = "dual values and reduced costs"
    BASIS = "a basis"
    RANGING = "ranges"
    IIS = "conflicting sets"
    WARM_START = "re-solves that start from the last solution"
    START_VALUES = "values to start from"
    INCUMBENT_EVENTS = "incumbents and bounds while solving"
    INTERRUPT = "stopping early with the best so far"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one of a solver's own status words says."""

    termination: Termination
    solution: SolutionStatus
    """What it leaves at best; whether there is a solution at all, the solver says apart."""


Prepared = tuple[Mapping[str, Any], Mapping[str, Any]]
"""Header entries and arrays of a program in the form that one back-end takes."""


@dataclass(frozen=True, slots=True)
class Backend:
    """One solver behind the contract of `session.solve`."""

    name: str
    """What users call it."""
    library: str
    """The library that its process loads; back-ends of one library share a process."""
    engine: str
    """Name of the module in `child` that drives it."""
    features: frozenset[Feature]
    statuses: Mapping[str, Meaning]
    """Every status word of the solver's own; a test holds it against the solver's enum."""
    engine_name: str = ""
    """Which solver of a library that has several."""
    tolerance: float = FEASIBILITY_TOLERANCE
    """Violation, relative to max(1, abs(limit)), up to which it calls a point feasible."""
    refusal: Callable[[Arrays], str | None] | None = None
    """Why a program that the features allow cannot be taken after all."""
    prepare: Callable[[Arrays], Prepared] | None = None
    """Puts a program into a form of its own; such programs are sent whole with every change."""

    def available(self) -> str | None:
        """Return why it cannot be used here, None where it can; nothing is loaded for it."""
        if _installed(self.library):
            return None
        return f"{self.library} is not installed; `pip install {self.library}`"

    def refuses(self, arrays: Arrays) -> str | None:
        """Return why it cannot take a program, None where it can."""
        needs = [feature for feature in needed(arrays) if not _covers(self.features, feature)]
        if needs:
            return f"{self.name} does not take {needs[0]}"
        return None if self.refusal is None else self.refusal(arrays)


@cache
def _installed(library: str) -> bool:
    return importlib.util.find_spec(library) is not None


def needed(arrays: Arrays) -> list[Feature]:
    """Return what a program asks of a back-end."""
    needs: list[Feature] = []
    whole, count = int(arrays.integer.sum()), arrays.column_count
    if whole < count:
        needs.append(Feature.CONTINUOUS)
    if whole:
        needs.append(Feature.INTEGER)
    if arrays.quadratic is not None and arrays.quadratic.values.size:
        from fivefold_solvers.backends.convexity import convex

        needs.append(Feature.QUADRATIC_CONVEX if convex(arrays) else Feature.QUADRATIC_ANY)
        if whole:
            needs.append(Feature.QUADRATIC_INTEGER)
    return needs


def _covers(features: frozenset[Feature], wanted: Feature) -> bool:
    return wanted in features or (wanted is Feature.QUADRATIC_CONVEX and Feature.QUADRATIC_ANY in features)
