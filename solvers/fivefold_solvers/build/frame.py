"""All bindings of some index ranges at once: arrays over them, and how these carry over to narrower ranges.

A frame has one axis per range while the ranges form a grid, so that `cost[i, j]` broadcasts without being written
out; conditions and joins that break the grid flatten it into one axis. Arrays over a frame have its number of
dimensions, each of full size or 1, or no dimension at all. Entries run in the order of nested loops throughout.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from fivefold_solvers.build.arrays import Array, Integers
from fivefold_solvers.build.tables import SetTable
from fivefold_solvers.formulation.identity import Member, spell

Position = tuple[int, ...]
"""A place in a frame, one number per axis."""
CELL_LIMIT = 500_000_000
"""More bindings than this are refused."""


class Fault(Exception):
    """An expression has no value; `place` says at which indices, `mend` what to write instead."""

    def __init__(self, message: str, mend: str = "", place: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend
        self.place = place


class Track:
    """What one index range is bound to along an axis: places in a set."""

    def __init__(self, table: SetTable, axis: int, size: int, at: Integers | None = None) -> None:
        self.table = table
        self.axis = axis
        self.size = size
        self._at = at
        self._source: Track | None = None
        self._taken: Integers | None = None

    def taken(self, axis: int, places: Integers | None, size: int) -> Track:
        """Return the track at some places of its axis, worked out when it is needed; None: it stays one element."""
        track = Track(self.table, axis, size)
        track._source, track._taken = self, places
        return track

    @property
    def at(self) -> Integers | None:
        """Places in the set along the axis; None where these are all of them in order."""
        if self._source is not None:
            source = self._source.at
            places = self._taken if self._taken is not None else np.zeros(self.size, np.int64)
            self._at = places if source is None else source[places]
            self._source = None
        return self._at

    def places(self) -> Integers:
        """Return the places in the set along the axis, shape (size,)."""
        found = self.at
        return np.arange(self.size) if found is None else found

    def identities(self, part: int) -> Integers:
        """Return the identities of one atom of the elements along the axis, shape (size,)."""
        found = self.at
        return self.table.parts[part] if found is None else self.table.parts[part][found]


@dataclass(frozen=True, slots=True)
class Widen:
    """A frame gets more axes behind its own."""

    extra: int


@dataclass(frozen=True, slots=True)
class Keep:
    """Some places of one axis are left."""

    axis: int
    places: Integers


@dataclass(frozen=True, slots=True)
class Flatten:
    """The frame becomes one axis; for each entry of it the place on every axis before."""

    where: tuple[Integers, ...]
    size: int


Step = Widen | Keep | Flatten


@dataclass(eq=False, slots=True)
class Frame:
    """Bindings of index ranges."""

    shape: tuple[int, ...] = ()
    tracks: tuple[Track, ...] = ()
    names: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict[str, tuple[tuple[int, int], ...]])
    """Per index, the tracks and positions in their elements of its atoms; several where it stands for a tuple."""
    parent: Frame | None = None
    step: Step | None = None
    """How it was made of its parent."""

    def __post_init__(self) -> None:
        if self.size > CELL_LIMIT:
            message = f"its index ranges have {self.size} combinations"
            raise Fault(message, "go over a set of tuples, `for (i, j) in A`, or add a condition such as `if i == n`")

    @property
    def size(self) -> int:
        """Number of bindings."""
        return math.prod(self.shape)

    def widened(self, targets: tuple[str, ...], table: SetTable) -> Frame:
        """Return the frame with a range over a whole set behind it."""
        track = Track(table, len(self.shape), table.size)
        tracks = (*self.tracks, track)
        names = {**self.names, **bound(targets, len(self.tracks), table)}
        return Frame((*self.shape, table.size), tracks, names, self, Widen(1))

    def kept(self, axis: int, places: Integers) -> Frame:
        """Return the frame with only some places of an axis."""
        size = len(places)
        shape = (*self.shape[:axis], size, *self.shape[axis + 1 :])
        tracks = tuple(t.taken(axis, places, size) if t.axis == axis else t for t in self.tracks)
        return Frame(shape, tracks, self.names, self, Keep(axis, places))

    def flattened(self, where: tuple[Integers, ...], size: int) -> Frame:
        """Return the frame with only some places of all axes, now along one."""
        tracks = tuple(track.taken(0, where[track.axis], size) for track in self.tracks)
        return Frame((size,), tracks, self.names, self, Flatten(where, size))

    def flat(self, rows: Integers) -> Frame:
        """Return the frame with only some places along one axis, counted through."""
        if len(self.shape) == 1:
            return self.flattened((rows,), len(rows))
        where = np.unravel_index(rows, self.shape) if self.shape else ()
        return self.flattened(tuple(np.asarray(own, np.int64) for own in where), len(rows))

    def joined(self, targets: tuple[str, ...], table: SetTable, at: Integers) -> Frame:
        """Return a flat frame with one more range along its axis, bound to these places of a set."""
        track = Track(table, 0, len(at), at)
        names = {**self.names, **bound(targets, len(self.tracks), table)}
        return Frame(self.shape, (*self.tracks, track), names, self, Widen(0))

    def selected(self, mask: bool | Array) -> Frame:
        """Return the frame where a condition holds; itself where it holds everywhere."""
        if isinstance(mask, np.ndarray) and mask.ndim:
            if mask.all():
                return self
            axes = [axis for axis, size in enumerate(mask.shape) if size > 1]
            if len(axes) == 1:
                return self.kept(axes[0], np.flatnonzero(mask))
            if axes:
                where = np.nonzero(np.broadcast_to(mask, self.shape))
                return self.flattened(where, len(where[0]))
        elif bool(mask):
            return self
        none = np.empty(0, np.int64)
        return self.flattened((none,) * len(self.shape), 0)

    def element(self, name: str, position: Position) -> Member:
        """Return what an index is bound to at a position."""
        atoms = [
            self.tracks[track].table.pool.atom(
                int(self.tracks[track].identities(part)[position[self.tracks[track].axis]])
            )
            for track, part in self.names[name]
        ]
        return atoms[0] if len(atoms) == 1 else tuple(atoms)

    def at(self, position: Position) -> str:
        """Return where a position is: ` at i='a', t=2`, empty outside any range."""
        shown = [f"{name}={spell(self.element(name, position))}" for name in self.names if not name.startswith("_")]
        return f" at {', '.join(shown)}" if shown else ""


def bound(targets: tuple[str, ...], track: int, table: SetTable) -> dict[str, tuple[tuple[int, int], ...]]:
    """Return what the indices of a range stand for."""
    if len(targets) == 1:
        return {targets[0]: tuple((track, part) for part in range(table.arity))}
    return {target: ((track, part),) for part, target in enumerate(targets)}


def steps(inner: Frame, outer: Frame) -> list[Step]:
    """Return how the inner frame was made of the outer one, in order."""
    found: list[Step] = []
    frame = inner
    while frame is not outer:
        assert frame.parent is not None and frame.step is not None, "the outer frame is none of its ancestors"
        found.append(frame.step)
        frame = frame.parent
    return found[::-1]


def lifted(values: Array, outer: Frame, inner: Frame) -> Array:
    """Return values over a frame as values over one that was made of it."""
    for step in steps(inner, outer) if values.ndim else ():
        match step:
            case Widen(extra):
                values = values.reshape(values.shape + (1,) * extra)
            case Keep(axis, places):
                if values.shape[axis] > 1 or not len(places):
                    values = values.take(places if values.shape[axis] > 1 else places[:0], axis)
            case Flatten(where, size):
                picked = tuple(own if values.shape[axis] > 1 else 0 for axis, own in enumerate(where))
                values = np.asarray(values[picked]) if size else np.empty(0, values.dtype)
                if not values.ndim:
                    values = values.reshape(1)
    return values


def aligned(inner: Frame, outer: Frame) -> bool:
    """Whether the inner frame only adds axes to the outer one, so that its rows are equally long and in order."""
    width = len(outer.shape)
    return all(isinstance(s, Widen) or (isinstance(s, Keep) and s.axis >= width) for s in steps(inner, outer)) and (
        inner.shape[:width] == outer.shape
    )


def rows_of(inner: Frame, outer: Frame) -> Integers:
    """Return for every entry of the inner frame, counted through, the entry of the outer one; they ascend."""
    made = steps(inner, outer)
    if len(outer.shape) == 1 and made and isinstance(made[0], Flatten) and all(s == Widen(0) for s in made[1:]):
        return made[0].where[0]
    numbers = np.arange(outer.size).reshape(outer.shape)
    return spread(lifted(numbers, outer, inner), inner)


def spread(values: Array | float, frame: Frame) -> Array:
    """Return values over a frame written out, shape (frame.size,)."""
    return np.broadcast_to(np.asarray(values), frame.shape).reshape(-1)
