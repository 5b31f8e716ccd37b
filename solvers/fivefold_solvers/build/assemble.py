"""Terms to the rows of a matrix in compressed form, each number written once into its place.

Where the rows of a constraint can be cut into strips of the same terms, the places are plain strides; elsewhere they
are counted. Only terms that may meet in the same column are written out, sorted and summed before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from fivefold_solvers.build.affine import Term
from fivefold_solvers.build.arrays import Array, Floats, Integers, Places, all_finite
from fivefold_solvers.build.frame import Fault, Frame, aligned, lifted, rows_of, spread
from fivefold_solvers.build.strips import Strips, strips_of


@dataclass(slots=True)
class Listed:
    """Entries of a matrix one by one, by ascending row."""

    columns: Array
    coefficients: Array
    """Shape of `columns`, or no dimension where all are the same."""
    rows: Integers | None
    """Shape of `columns`; None: every row has `width` entries."""
    width: int = 0
    counts: Integers | None = None
    """Number of entries of each row, once it is known."""

    def counted(self, count: int) -> Integers | int:
        """Return the number of entries of each of so many rows, one number where all have as many."""
        if self.rows is None:
            return self.width
        if self.counts is None:
            self.counts = np.bincount(self.rows, minlength=count)
        return self.counts

    def places(self, begin: Integers) -> Integers:
        """Return where the entries go if those of row i go to `begin[i]` and behind."""
        if self.rows is None:
            return begin if self.width == 1 else (begin[:, None] + np.arange(self.width)).reshape(-1)
        counts = self.counted(len(begin))
        place: Integers = (begin - np.cumsum(counts) + counts)[self.rows]
        place += np.arange(len(self.rows))
        return place

    def row_numbers(self, count: int) -> Integers:
        """Return the row of every entry."""
        return np.repeat(np.arange(count), self.width) if self.rows is None else self.rows


@dataclass(slots=True)
class Plan:
    """The entries of one block of rows, not yet written."""

    count: int
    """Number of rows."""
    strips: Strips | None = None
    """The entries where the rows can be cut into strips."""
    listed: list[Listed] = field(default_factory=list[Listed])
    """The entries where they cannot."""

    def counts(self) -> Integers:
        """Return the number of entries of each row."""
        if self.strips is not None:
            return self.strips.counts()
        total = np.zeros(self.count, np.int64)
        for part in self.listed:
            total += part.counted(self.count)
        return total

    def write(self, columns: Places, coefficients: Floats, counts: Integers) -> None:
        """Write all entries into slices of the matrix that have just their length."""
        if self.strips is not None:
            self.strips.write(columns, coefficients)
            return
        if len(self.listed) == 1:
            columns[...] = self.listed[0].columns
            coefficients[...] = self.listed[0].coefficients
            return
        begin = np.cumsum(counts) - counts
        for part in self.listed:
            place = part.places(begin)
            columns[place] = part.columns
            coefficients[place] = part.coefficients
            begin += part.counted(self.count)


def planned(terms: list[Term], root: Frame, numbers: Integers | None, count: int, width: int) -> Plan:
    """Return how the terms of a block of rows are written.

    Args:
        terms: all terms; their frames were made of `root`.
        root: the bindings that the rows stand for.
        numbers: row of each binding, -1 for none; None: rows are the bindings in order.
        count: number of rows.
        width: number of columns of the whole matrix.

    Raises:
        Fault: a coefficient is not finite.
    """
    for term in terms:
        _check_finite(term)
    terms = [term for term in terms if term.scale and term.frame.size]
    whole = [term.factor is None or bool(np.count_nonzero(term.factor) == term.factor.size) for term in terms]
    clashing = not _apart(terms, root)
    if terms and numbers is None and all(whole) and not clashing:
        strips = strips_of(terms, root)
        if strips is not None:
            return Plan(count, strips)
    listed = [_listed(term, root, numbers, complete) for term, complete in zip(terms, whole, strict=True)]
    return Plan(count, None, [_summed(listed, count, width)] if clashing and listed else listed)


def _check_finite(term: Term) -> None:
    if not math.isfinite(term.scale):
        raise Fault("it holds a number that is not finite", "leave out what is unlimited")
    if term.factor is not None and not all_finite(term.factor):
        raise Fault("it holds a number that is not finite", "leave out what is unlimited")


def _listed(term: Term, root: Frame, numbers: Integers | None, complete: bool) -> Listed:
    columns = np.empty(term.frame.shape, np.int32)
    term.columns.write(columns)
    columns = columns.reshape(-1)
    coefficients = np.asarray(term.scale) if term.factor is None else spread(term.coefficients(), term.frame)
    if numbers is None and complete and aligned(term.frame, root):
        return Listed(columns, coefficients, None, math.prod(term.frame.shape[len(root.shape) :]))
    rows = rows_of(term.frame, root)
    if numbers is not None:
        rows = numbers[rows]
    if complete:
        return Listed(columns, coefficients, rows)
    kept = np.flatnonzero(coefficients)
    return Listed(columns[kept], coefficients[kept], rows[kept])


def _summed(listed: list[Listed], count: int, width: int) -> Listed:
    """Return all entries with those in the same place summed, in the order of the terms, and zeros left out."""
    keys = np.concatenate([part.row_numbers(count) * width + part.columns for part in listed])
    values = np.concatenate([np.broadcast_to(part.coefficients, part.columns.shape) for part in listed])
    order = np.argsort(keys, kind="stable")
    keys, values = keys[order], values[order]
    first = np.ones(len(keys), np.bool_)
    first[1:] = keys[1:] != keys[:-1]
    group = np.cumsum(first) - 1
    # bincount adds one after the other, as the plain path does.
    sums = np.bincount(group, values, minlength=0)
    kept = np.flatnonzero(sums)
    places = keys[first][kept]
    return Listed(places % width, sums[kept], places // width)


def add_to(cost: Floats, term: Term, root: Frame) -> None:
    """Add the coefficients of a term to those of its columns."""
    if _is_run(term):
        own = cost[term.columns.base : term.columns.base + term.frame.size].reshape(term.frame.shape)
        own += term.coefficients()
        return
    coefficients = spread(term.coefficients(), term.frame)
    columns = spread(term.columns.over(term.frame), term.frame)
    if _distinct(term, root):
        cost[columns] += coefficients
    else:
        np.add.at(cost, columns, coefficients)


def _is_run(term: Term) -> bool:
    """Whether the columns of a term are one behind the other, in the order of its frame."""
    shape = term.frame.shape
    axes = {axis for axis, size in enumerate(shape) if size > 1}
    for part in term.columns.parts:
        wide = [axis for axis, size in enumerate(part.shape) if size > 1]
        if len(wide) != 1 or wide[0] not in axes:
            return False
        axes.discard(wide[0])
        stride = math.prod(shape[wide[0] + 1 :])
        flat = part.reshape(-1)
        if flat[0] != 0 or not (flat[1:] - flat[:-1] == stride).all():
            return False
    return not axes


# --- can two entries of a row be in the same column? ---------------------------------------------------------


def _apart(terms: list[Term], root: Frame) -> bool:
    """Whether no row has two entries in the same column."""
    by_variable: dict[str, list[Term]] = {}
    for term in terms:
        by_variable.setdefault(term.variable, []).append(term)
    for own in by_variable.values():
        clear = all(_distinct(term, root) for term in own) and all(
            _never_meet(one, two, root) for one, two in combinations(own, 2)
        )
        if not clear and _doubled(own, root):
            return False
    return True


def _distinct(term: Term, root: Frame) -> bool:
    """Whether the indices bound inside the row all stand in the term as they are."""
    return term.frame.names.keys() - root.names.keys() <= term.covered


def _never_meet(one: Term, two: Term, root: Frame) -> bool:
    """Whether two terms with one entry per row surely differ in column, seen from the arrays along single axes."""
    if any(term.frame.names.keys() != root.names.keys() for term in (one, two)):
        return False
    outer, inner = (one, two) if one.frame is root else (two, one)
    if outer.frame is not root:
        return False
    ahead = outer.columns.lifted(root, inner.frame)
    differences: dict[int, Array] = {}
    for parts, sign in ((ahead.parts, 1), (inner.columns.parts, -1)):
        for part in parts:
            wide = [axis for axis, size in enumerate(part.shape) if size > 1]
            if len(wide) > 1:
                return False
            axis = wide[0] if wide else 0
            differences[axis] = differences.get(axis, np.zeros((), np.int64)) + sign * part.reshape(-1)
    varying = [own for own in differences.values() if own.any()]
    base = ahead.base - inner.columns.base
    return bool((varying[0] + base).all()) if len(varying) == 1 else not varying and base != 0


def _doubled(terms: list[Term], root: Frame) -> bool:
    """Whether a row has two entries in the same column, found by writing all of them out."""
    everything: list[Integers] = []
    for term in terms:
        columns = term.columns.over(term.frame)
        rows = lifted(np.arange(root.size).reshape(root.shape), root, term.frame)
        everything.append(spread(rows * (1 << 31) + columns, term.frame))
    keys = np.sort(np.concatenate(everything))
    return bool((keys[1:] == keys[:-1]).any())
