"""Sets as columns of identities, and finding places in them: of an element, of a tuple, of a combination."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from fivefold_solvers.build.arrays import Array, Integers, Places
from fivefold_solvers.build.errors import NotVectorised
from fivefold_solvers.build.pool import Pool
from fivefold_solvers.formulation.identity import Key, Member

_ROOMY = 8
"""A direct table may have so many times the cells that are needed; beyond that, sorted codes are searched."""
_SMALL = 1 << 16
_MOST_CELLS = 2**62


class Cells:
    """The place of each of some codes in `0..space-1`; codes are distinct."""

    def __init__(self, codes: Integers, space: int) -> None:
        self.size = len(codes)
        self.space = space
        self._table: Places | None = None
        self._codes: Integers = codes
        self._order: Integers | None = None
        self.doubled: int | None = None
        """A place whose code another place has too, None where all are distinct."""
        if space <= max(_ROOMY * self.size, _SMALL):
            self._table = np.full(space, -1, np.int32)
            self._table[codes] = np.arange(self.size, dtype=np.int32)
            own = self._table[codes] == np.arange(self.size)
            self.doubled = None if own.all() else int(np.argmin(own))
            return
        if self.size and not (codes[1:] > codes[:-1]).all():
            self._order = np.argsort(codes, kind="stable")
            self._codes = codes[self._order]
            same = np.flatnonzero(self._codes[1:] == self._codes[:-1])
            self.doubled = int(self._order[same[0] + 1]) if len(same) else None

    def find(self, codes: Integers) -> Array:
        """Return the place of each code, -1 where it is none of them; codes must be in the space, or negative."""
        if not self.size:
            return np.full(codes.shape, -1, np.int64)
        if self._table is not None:
            direct = self._table[np.maximum(codes, 0)]
            return np.where(codes < 0, -1, direct) if _any_negative(codes) else direct
        places = np.minimum(np.searchsorted(self._codes, codes), self.size - 1)
        there = self._codes[places] == codes
        found = places if self._order is None else self._order[places]
        return found if there.all() else np.where(there, found, -1)


def _any_negative(codes: Integers) -> bool:
    return bool(codes.size and codes.min() < 0)


class SetTable:
    """The elements of a set: one column of identities per position of its tuples."""

    def __init__(self, name: str, parts: tuple[Integers, ...], pool: Pool) -> None:
        self.name = name
        self.parts = parts
        self.pool = pool
        self.size = len(parts[0])
        self._cells: Cells | None = None
        self._spans: list[tuple[int, int]] = []
        """Per position of the tuples the lowest identity, and how many there are from there on."""
        self._groups: dict[int, tuple[Integers, int, Integers]] = {}

    @property
    def arity(self) -> int:
        """Number of atoms in an element."""
        return len(self.parts)

    def member(self, place: int) -> Member:
        """Return the element at a place."""
        atoms = tuple(self.pool.atom(int(part[place])) for part in self.parts)
        return atoms[0] if len(atoms) == 1 else atoms

    def key(self, place: int) -> Key:
        """Return the element at a place as a tuple."""
        return tuple(self.pool.atom(int(part[place])) for part in self.parts)

    def members(self, places: Integers | None = None) -> tuple[Member, ...]:
        """Return the elements at some places, or all of them."""
        columns = [self.pool.atoms(part if places is None else part[places]) for part in self.parts]
        return tuple(columns[0]) if len(columns) == 1 else tuple(zip(*columns, strict=True))

    def doubled(self) -> int | None:
        """Return a place whose element stands at another place too."""
        return self._ready().doubled

    def find(self, identities: Sequence[Integers]) -> Array:
        """Return the place of each element, given by the identities of its atoms; -1 where it is not in the set."""
        cells = self._ready()
        code: Integers = np.zeros((), np.int64)
        missing: Array = np.zeros((), np.bool_)
        for (lowest, width), own in zip(self._spans, identities, strict=True):
            place = own - lowest
            missing = missing | (place < 0) | (place >= width)
            code = code * width + place
        return cells.find(np.where(missing, -1, code) if missing.any() else code)

    def matches(self, part: int, keys: Integers) -> tuple[Integers, Integers, Integers]:
        """Return the elements that have each of some atoms at a position.

        Returns:
            The places of all elements ordered by that atom; for each key the first one in this order, and how many.
        """
        if part not in self._groups:
            self._groups[part] = _grouped(self.parts[part])
        order, lowest, starts = self._groups[part]
        own = keys - lowest
        outside = (own < 0) | (own >= len(starts) - 1)
        own = np.where(outside, 0, own) if outside.any() else own
        if not self.size:
            return order, np.zeros(len(keys), np.int64), np.zeros(len(keys), np.int64)
        begin = starts[own]
        counts = starts[own + 1] - begin
        return order, begin, np.where(outside, 0, counts) if outside.any() else counts

    def _ready(self) -> Cells:
        if self._cells is None:
            code: Integers = self.parts[0][:0]
            for place, part in enumerate(self.parts):
                lowest = int(part.min()) if self.size else 0
                width = int(part.max()) - lowest + 1 if self.size else 0
                self._spans.append((lowest, width))
                own = part - lowest if lowest else part
                code = code * width + own if place else own
            space = math.prod(width for _, width in self._spans)
            if space > _MOST_CELLS:
                raise NotVectorised(f"the tuples of {self.name or 'a set'} have too many combinations")
            self._cells = Cells(code, space)
        return self._cells


def _grouped(identities: Integers) -> tuple[Integers, int, Integers]:
    """Return the places ordered by identity, the lowest identity, and where each from there on starts."""
    size = len(identities)
    lowest = int(identities.min()) if size else 0
    width = int(identities.max()) - lowest + 1 if size else 0
    identities = identities - lowest if lowest else identities
    starts = np.zeros(width + 1, np.int64)
    np.cumsum(np.bincount(identities, minlength=width), out=starts[1:])
    if (identities[1:] >= identities[:-1]).all():
        return np.arange(size), lowest, starts
    # Sorting numbers is several times as fast as sorting places by them.
    shift = size.bit_length()
    keys = identities << shift
    keys |= np.arange(size)
    keys.sort()
    keys &= (1 << shift) - 1
    return keys, lowest, starts


def range_table(first: int, size: int, step: int, pool: Pool) -> SetTable:
    """Return the set of the whole numbers first, first + step, ..."""
    return SetTable("", (pool.put_numbers(first + step * np.arange(size, dtype=np.int64)),), pool)


def distinct(parts: tuple[Integers, ...]) -> Integers:
    """Return the places of the first appearance of each element, ascending."""
    if len(parts) == 1:
        return np.sort(np.unique(parts[0], return_index=True)[1])
    code: Integers = np.zeros(len(parts[0]), np.int64)
    for part in parts:
        kinds, own = np.unique(part, return_inverse=True)
        code = np.unique(code * len(kinds) + own, return_inverse=True)[1]
    return np.sort(np.unique(code, return_index=True)[1])


@dataclass(slots=True)
class Ragged:
    """A set for each of some places: the members of place p are `at[starts[p]]` to `at[starts[p + 1]]` of one table."""

    starts: Integers
    """Shape (p + 1,)."""
    table: SetTable
    """Every element of any of the sets, once."""
    at: Integers
    """Shape (total,): places in the table."""
    _pairs: Cells | None = field(default=None, repr=False)

    @property
    def counts(self) -> Integers:
        """Shape (p,): number of members of each set."""
        return np.diff(self.starts)

    def holds(self, places: Integers, members: Integers) -> Array:
        """Return the place in `at` where the set at each place has each member (a place in the table), or -1."""
        if self._pairs is None:
            owners = np.repeat(np.arange(len(self.starts) - 1), self.counts)
            self._pairs = Cells(owners * self.table.size + self.at, (len(self.starts) - 1) * self.table.size)
        codes = np.where(members < 0, -1, places * self.table.size + members)
        return self._pairs.find(codes)


def ragged(rows: Integers, count: int, parts: tuple[Integers, ...], name: str, pool: Pool) -> Ragged:
    """Return the sets of `count` places, given members with the place of each, ascending; doubles are left out."""
    everything = tuple(np.concatenate([part]) for part in parts)
    table = SetTable(name, tuple(part[distinct(everything)] for part in everything), pool)
    at = np.asarray(table.find(everything), np.int64)
    if len(at):
        kept = distinct((rows, at))
        rows, at = rows[kept], at[kept]
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=count))]).astype(np.int64)
    return Ragged(starts, table, at)
