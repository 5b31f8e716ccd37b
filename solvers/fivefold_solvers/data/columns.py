"""Sets and parameters as columns of numbers: what binding hands to a vectorised build.

There is no Python object per entry. A set knows its members in file order; a parameter says for each of its entries
which member of each axis it belongs to, and its value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from fivefold_solvers.formulation.identity import Atom, Member

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Labels:
    """Atoms in a row: numbers as they are, everything else as codes into a list of distinct atoms."""

    values: NDArray[Any]
    """Shape (n,): the int64 or float64 numbers, or with `categories` the int64 places of the atoms in it."""
    categories: NDArray[Any] | None = None
    """The distinct atoms (text, or text mixed with numbers) in order of first appearance; None for plain numbers."""

    def __len__(self) -> int:
        return len(self.values)

    def atom(self, place: int) -> Atom:
        """Return one atom, as `formulation.identity` spells it: whole numbers are int."""
        if self.categories is not None:
            return cast("Atom", self.categories[self.values[place]])
        value: int | float = self.values[place].item()
        return int(value) if isinstance(value, float) and value.is_integer() else value

    def atoms(self) -> list[Atom]:
        """Return all atoms as Python objects."""
        if self.categories is not None:
            found: list[Atom] = list(self.categories[self.values])
            return found
        plain = cast("list[Atom]", self.values.tolist())
        if self.values.dtype == np.int64:
            return plain
        return [int(value) if isinstance(value, float) and value.is_integer() else value for value in plain]


@dataclass(frozen=True, slots=True)
class SetColumn:
    """A set with its members in order."""

    name: str
    """Name of the set in the formulation."""
    members: tuple[Labels, ...]
    """One per position of its tuples; a single one for a set of atoms. All have length `size`."""
    size: int
    """How many members there are."""

    def member(self, place: int) -> Member:
        """Return the member at a place."""
        if len(self.members) == 1:
            return self.members[0].atom(place)
        return tuple(part.atom(place) for part in self.members)

    def decoded(self) -> list[Member]:
        """Return all members as Python objects."""
        if len(self.members) == 1:
            return list(self.members[0].atoms())
        return list(zip(*(part.atoms() for part in self.members), strict=True))


@dataclass(frozen=True, slots=True)
class ParameterColumn:
    """A parameter with its entries; one entry and no axes for a scalar."""

    name: str
    """Name of the parameter in the formulation."""
    axes: tuple[str, ...]
    """Names of the sets of its index ranges, in order; a set of tuples is one axis."""
    codes: tuple[Integers, ...]
    """For each axis, shape (n,): the place of each entry's member in that set. No entry comes twice."""
    values: Floats
    """Shape (n,): the finite numbers."""
    default: float | None = None
    """Value of the entries that are not there; None: every entry of the index ranges is."""


@dataclass(frozen=True, slots=True)
class Columns:
    """All data of a formulation that is there as columns."""

    sets: dict[str, SetColumn] = field(default_factory=dict[str, SetColumn])
    """Sets that were bound, and every set that is an axis of a bound parameter."""
    parameters: dict[str, ParameterColumn] = field(default_factory=dict[str, ParameterColumn])
    """Parameters that were bound."""
