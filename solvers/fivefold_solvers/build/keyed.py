"""Entries of an indexed parameter, variable or constraint: from the places of their indices to a number and back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fivefold_solvers.build.arrays import Array, Integers
from fivefold_solvers.build.errors import NotVectorised
from fivefold_solvers.build.frame import Frame, Track
from fivefold_solvers.build.pool import NOBODY, Pool
from fivefold_solvers.build.tables import Cells
from fivefold_solvers.formulation.identity import Key

_MOST_CELLS = 2**62


class AxisIndex:
    """The entries along one axis of a frame: combinations of one element per index range on it."""

    def __init__(self, tracks: tuple[Track, ...], size: int) -> None:
        self.tracks = tracks
        self.size = size
        self.whole = len(tracks) == 1 and tracks[0].at is None
        self._cells: Cells | None = None

    def find(self, places: Sequence[Array]) -> Array:
        """Return the place along the axis of elements given by their places in the sets, -1 where there is none."""
        if self.whole:
            return places[0]
        code, missing = self._code(places)
        if self._cells is None:
            space = math.prod(track.table.size for track in self.tracks)
            if space > _MOST_CELLS:
                raise NotVectorised("an element has too many combinations of indices")
            own, _ = self._code([track.places() for track in self.tracks])
            self._cells = Cells(own, space)
        return self._cells.find(np.where(missing, -1, code) if missing.any() else code)

    def _code(self, places: Sequence[Array]) -> tuple[Integers, Array]:
        code: Integers = np.asarray(places[0], np.int64)
        missing = code < 0
        for track, own in zip(self.tracks[1:], places[1:], strict=True):
            missing = missing | (own < 0)
            code = code * track.table.size + own
        return code, missing


@dataclass(frozen=True, slots=True)
class KeyIndex:
    """The entries of an element with index ranges, counted through in the order of nested loops."""

    axes: tuple[AxisIndex, ...]
    size: int
    pool: Pool

    @property
    def tracks(self) -> tuple[Track, ...]:
        """One per index range, in order."""
        return tuple(track for axis in self.axes for track in axis.tracks)

    @property
    def arity(self) -> int:
        """Number of indices of an entry."""
        return sum(track.table.arity for track in self.tracks)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of entries along each axis."""
        return tuple(axis.size for axis in self.axes)

    def __len__(self) -> int:
        return self.size

    def key(self, place: int) -> Key:
        """Return the index of an entry."""
        if not 0 <= place < self.size:
            raise IndexError(place)
        key: Key = ()
        for axis, own in zip(self.axes, np.unravel_index(place, self.shape) if self.axes else (), strict=True):
            for track in axis.tracks:
                at = track.at
                key += track.table.key(int(own if at is None else at[own]))
        return key

    def find(self, key: Key) -> int | None:
        """Return the place of an index, None where there is no such entry."""
        if len(key) != self.arity:
            return None
        atoms = [self._identity(part) for part in key]
        found = 0
        for axis in self.axes:
            places: list[Array] = []
            for track in axis.tracks:
                own, atoms = atoms[: track.table.arity], atoms[track.table.arity :]
                places.append(np.asarray(track.table.find([np.array(one) for one in own])))
            place = int(axis.find(places)) if all(int(one) >= 0 for one in places) else -1
            if place < 0:
                return None
            found = found * axis.size + place
        return found

    def decoded(self) -> Sequence[Key]:
        """Return all indices, in order."""
        found: list[Key] = [()]
        for axis in self.axes:
            own: list[Key] = [()] * axis.size
            for track in axis.tracks:
                atoms = [track.table.pool.atoms(track.identities(part)) for part in range(track.table.arity)]
                own = [one + two for one, two in zip(own, zip(*atoms, strict=True), strict=True)]
            found = [one + two for one in found for two in own]
        return found

    def _identity(self, part: object) -> int:
        if isinstance(part, str):
            return self.pool.find_text(part)
        return int(self.pool.find_numbers(np.array(part, np.float64))) if isinstance(part, int | float) else NOBODY


@dataclass(frozen=True, slots=True)
class SomeKeys:
    """Some of the entries of an index, in order: the rows that a part of a constraint has."""

    index: KeyIndex
    places: Integers
    """Ascending places in the index."""

    def __len__(self) -> int:
        return len(self.places)

    def key(self, place: int) -> Key:
        """Return the index of an entry."""
        return self.index.key(int(self.places[place]))

    def find(self, key: Key) -> int | None:
        """Return the place of an index, None where there is no such entry."""
        whole = self.index.find(key)
        if whole is None:
            return None
        place = int(np.searchsorted(self.places, whole))
        return place if place < len(self.places) and self.places[place] == whole else None

    def decoded(self) -> Sequence[Key]:
        """Return all indices, in order."""
        whole = self.index.decoded()
        places: list[int] = self.places.tolist()
        return [whole[place] for place in places]


def index_of(frame: Frame, pool: Pool) -> KeyIndex:
    """Return the entries that the bindings of a frame are."""
    axes = tuple(
        AxisIndex(tuple(track for track in frame.tracks if track.axis == axis), size)
        for axis, size in enumerate(frame.shape)
    )
    return KeyIndex(axes, frame.size, pool)
