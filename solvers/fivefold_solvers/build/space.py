"""What names stand for in a vectorised build, and the values that expressions have over a frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from fivefold_solvers.build.affine import Affine
from fivefold_solvers.build.arrays import Array, Floats, Integers
from fivefold_solvers.build.frame import Fault, Frame, Position, Track
from fivefold_solvers.build.keyed import KeyIndex
from fivefold_solvers.build.pool import NOBODY, Pool
from fivefold_solvers.build.tables import Cells, Ragged, SetTable
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.identity import Member, spell
from fivefold_solvers.formulation.show import show

Data = float | Array
"""A number, a truth value, or an array of either over a frame."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One atom of what an index is bound to, along its axis."""

    track: Track
    part: int


@dataclass(frozen=True, slots=True)
class Elements:
    """Set elements over a frame: for each of their atoms a slot, or identities as an array over the frame."""

    parts: tuple[Slot | Integers, ...]


Value = Data | Elements | Affine


@dataclass(frozen=True, slots=True)
class ParameterTable:
    """A parameter's numbers."""

    index: KeyIndex
    values: Floats
    """By entry of the index, or by place in `cells` where these are given."""
    cells: Cells | None = None
    """The entries that are there; None: all are."""
    default: float = 0.0
    """Value of the others."""


@dataclass(frozen=True, slots=True)
class Family:
    """An indexed set: one subset per entry of its index."""

    index: KeyIndex
    subsets: Ragged


@dataclass(frozen=True, slots=True)
class VariableTable:
    """A variable's columns."""

    name: str
    index: KeyIndex
    start: int


@dataclass(slots=True)
class Space:
    """What names stand for."""

    pool: Pool = field(default_factory=Pool)
    sets: dict[str, SetTable] = field(default_factory=dict[str, SetTable])
    families: dict[str, Family] = field(default_factory=dict[str, Family])
    parameters: dict[str, ParameterTable] = field(default_factory=dict[str, ParameterTable])
    variables: dict[str, VariableTable] = field(default_factory=dict[str, VariableTable])
    """Empty while data is evaluated."""
    declared: frozenset[str] = frozenset()
    """Names of all variables, also of those that have no columns yet."""
    later: frozenset[str] = frozenset()
    """Sets and parameters that have no value yet, because they are computed from what is computed just now."""
    constant_sets: dict[e.Expression, SetTable] = field(default_factory=dict[e.Expression, SetTable])
    """Written-out sets and ranges that depend on no index, once each."""


def first_place(mask: Array) -> Position:
    """Return the first place where a mask is true."""
    return tuple(int(part) for part in np.unravel_index(int(np.argmax(mask)), mask.shape)) if mask.ndim else ()


def in_frame(position: Position, frame: Frame) -> Position:
    """Return a place of an array over a frame as a position in the frame."""
    return position if len(position) == len(frame.shape) else (0,) * len(frame.shape)


def fault(frame: Frame, mask: Array, message: str, mend: str = "") -> Fault:
    """Return the error at the first place where a mask over a frame is true."""
    return Fault(message, mend, frame.at(in_frame(first_place(mask), frame)))


def identities(part: Slot | Integers, frame: Frame) -> Integers:
    """Return the identities of one atom as an array over the frame."""
    if isinstance(part, Slot):
        return along(part.track.identities(part.part), part.track.axis, frame)
    return part


def along(values: Array, axis: int, frame: Frame) -> Array:
    """Return values along one axis as an array over the frame."""
    shape = [1] * len(frame.shape)
    shape[axis] = len(values)
    return values.reshape(shape)


def member_at(elements: Elements, frame: Frame, position: Position, pool: Pool) -> Member:
    """Return the element at a position, for messages."""
    atoms: list[int | float | str] = []
    for part in elements.parts:
        own = identities(part, frame)
        found = int(own[tuple(min(p, n - 1) for p, n in zip(position, own.shape, strict=False))] if own.ndim else own)
        atoms.append(pool.atom(found) if found != NOBODY else "?")
    return atoms[0] if len(atoms) == 1 else tuple(atoms)


def numbers(value: Value, node: e.Expression, frame: Frame, pool: Pool) -> Data | Affine:
    """Return a value where a number is due; elements that are numbers count as such."""
    if not isinstance(value, Elements):
        if isinstance(value, bool):
            return int(value)
        return value.astype(np.float64) if isinstance(value, np.ndarray) and value.dtype == np.bool_ else value
    if len(value.parts) == 1:
        found = pool.values(identities(value.parts[0], frame))
        bad = np.isnan(found)
        if not bad.any():
            return found if found.ndim else float(found)
    else:
        bad = np.ones((), np.bool_)
    place = in_frame(first_place(np.asarray(bad)), frame)
    if not frame.size:
        return 0.0
    what = spell(member_at(value, frame, place, pool))
    message = f"`{show(node)}` is the set element {what}, not a number"
    raise Fault(message, "use a parameter indexed by it", frame.at(place))


class Context(Protocol):
    """Evaluates trees in a space; what `ranges`, `lookup` and `functions` are given of the evaluator."""

    space: Space

    def value(self, node: e.Expression, frame: Frame) -> Value:
        """Return the value of a tree at every binding of a frame."""
        ...

    def data(self, node: e.Expression, frame: Frame) -> Data:
        """Return the numeric value of a tree that may not hold variables."""
        ...

    def truth(self, node: e.Expression, frame: Frame) -> bool | Array:
        """Return where a condition on data is true."""
        ...
