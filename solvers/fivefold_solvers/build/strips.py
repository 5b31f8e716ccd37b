"""Rows cut into strips along one axis, within which every row has the same terms: written by plain strides.

All rows are one strip where nothing is conditional. A balance that looks back one period makes two: the first period,
which has no period before it, and all others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from fivefold_solvers.build.affine import Term
from fivefold_solvers.build.arrays import Array, Floats, Integers, Places
from fivefold_solvers.build.frame import Frame, Keep, Widen, spread, steps

_MOST = 16
"""Rows that fall into more strips are not cut."""


class Part(NamedTuple):
    """What a term puts into the rows of a strip."""

    term: Term
    begin: int
    """Where the strip begins along the same axis of the term's frame."""
    width: int
    """Number of entries in each row."""


class Strip(NamedTuple):
    """Neighbouring places along an axis of the rows."""

    size: int
    """Number of places."""
    parts: list[Part]

    @property
    def width(self) -> int:
        """Number of entries in each row."""
        return sum(part.width for part in self.parts)


@dataclass(frozen=True, slots=True)
class Strips:
    """All rows of a block, strip by strip."""

    root: Frame
    """The bindings that the rows stand for."""
    axis: int
    """The axis of it that is cut."""
    strips: list[Strip]

    def counts(self) -> Integers:
        """Return the number of entries of each row."""
        widths = np.repeat([strip.width for strip in self.strips], [strip.size for strip in self.strips])
        behind = len(self.root.shape[self.axis + 1 :])
        return spread(widths.reshape(-1, *[1] * behind) if self.root.shape else widths[0], self.root)

    def write(self, columns: Places, coefficients: Floats) -> None:
        """Write all entries into slices of the matrix that have just their length."""
        shape, axis = self.root.shape, self.axis
        start = 0
        for strip in self.strips:
            rows = (*shape[:axis], strip.size, *shape[axis + 1 :]) if shape else ()
            end = start + strip.size * math.prod(shape[axis + 1 :]) * strip.width
            # Splitting the last axis of a view never copies.
            own = [
                whole.reshape(*shape[:axis], -1)[..., start:end].reshape(*rows, strip.width)
                for whole in (columns, coefficients)
            ]
            offset = 0
            for part in strip.parts:
                inner = (*rows, *part.term.frame.shape[len(shape) :])
                taken = [whole[..., offset : offset + part.width].reshape(inner) for whole in own]
                along = slice(part.begin, part.begin + strip.size)
                _write(part.term.at(axis, along) if shape else part.term, taken[0], taken[1])
                offset += part.width
            start = end


def _write(term: Term, columns: Array, coefficients: Array) -> None:
    term.columns.write(columns)
    if term.factor is None:
        coefficients[...] = term.scale
    else:
        np.multiply(term.factor, term.scale, out=coefficients)


def strips_of(terms: Sequence[Term], root: Frame) -> Strips | None:
    """Return the rows cut into strips, None where that cannot be, or only into too many."""
    taken = [own for own in (_taken(term, root) for term in terms) if own is not None]
    axes = {own.axis for own in taken if own.axis is not None}
    if len(axes) > 1 or len(taken) < len(terms):
        return None
    axis = next(iter(axes), 0)
    length = root.shape[axis] if root.shape else 1
    places = [np.arange(length) if own.places is None else own.places for own in taken]
    ends = {0, length}
    for own in places:
        breaks: Integers = np.flatnonzero(np.diff(own) != 1)
        if len(breaks) > _MOST:
            return None
        ends |= {int(own[0]), int(own[-1]) + 1, *(own[breaks] + 1).tolist(), *own[breaks + 1].tolist()}
    cuts = sorted(ends)
    if len(cuts) > _MOST:
        return None
    strips: list[Strip] = []
    for first, end in pairwise(cuts):
        begins = [int(np.searchsorted(own, first)) for own in places]
        parts = [
            Part(term, begin, math.prod(term.frame.shape[len(root.shape) :]))
            for term, own, begin in zip(terms, places, begins, strict=True)
            if begin < len(own) and own[begin] == first
        ]
        strips.append(Strip(end - first, parts))
    return Strips(root, axis, strips)


class _Taken(NamedTuple):
    """At which places of which axis of the rows a term is; everywhere where these are None."""

    axis: int | None
    places: Integers | None


def _taken(term: Term, root: Frame) -> _Taken | None:
    """Return where in the rows a term is, None where that is not some places of one axis."""
    axis: int | None = None
    places: Integers | None = None
    for step in steps(term.frame, root):
        match step:
            case Keep(own, kept) if own < len(root.shape):
                if axis not in (None, own):
                    return None
                axis, places = own, kept if places is None else places[kept]
            case Keep() | Widen():
                pass
            case _:
                return None
    return _Taken(axis, places)
