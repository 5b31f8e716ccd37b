"""Columns as keys: each cell as a code into the distinct set elements of the column."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from fivefold_solvers.data.columns import Labels
from fivefold_solvers.data.table import Column, Kind
from fivefold_solvers.data.units import is_unit
from fivefold_solvers.formulation.identity import Atom, atom

Array = NDArray[Any]


class Keys(NamedTuple):
    """A column of set elements."""

    codes: Array
    """Shape (rows,): place of each cell's element in `atoms`, -1 where blank."""
    atoms: list[Atom]
    """The distinct elements in order of first appearance."""


def keys_of(column: Column) -> Keys:
    """Return a column as keys; `"1"`, `1` and `1.0` are the same element, as everywhere."""
    if column.categories is not None:
        atoms = atoms_of(column.categories)
        if len(set(atoms)) == len(atoms):
            return Keys(column.values, atoms)
        table: dict[Atom, int] = {}
        places = np.array([*(table.setdefault(one, len(table)) for one in atoms), -1], np.int64)
        return Keys(places[column.values], list(table))
    blanks = column.blanks
    filled = column.values[~blanks]
    ranks, first = ranked(filled)
    codes = np.full(len(blanks), -1, np.int64)
    codes[~blanks] = ranks
    return Keys(codes, atoms_of_numbers(filled[first]))


def atoms_of(texts: Iterable[str]) -> list[Atom]:
    """Return the elements that texts stand for; what begins with a letter is no number and need not be looked at."""
    return [text if text[:1].isalpha() and not text[-1:].isspace() else atom(text) for text in texts]


def atoms_of_numbers(values: Array) -> list[Atom]:
    """Return the elements that numbers stand for; what is not finite is text."""
    plain: list[Any] = values.tolist()
    return plain if values.dtype == np.int64 else [atom(one) if one - one == 0 else str(one) for one in plain]


def ranked(values: Array) -> tuple[Array, Array]:
    """Return for each number its rank by first appearance, and the places of the first appearances in order."""
    if values.dtype == np.int64 and len(values):
        lowest = int(values.min())
        width = int(values.max()) - lowest + 1
        if _is_roomy(width, len(values)):
            own = values - lowest
            first = np.flatnonzero(first_seen(own, width) == np.arange(len(own)))
            table = np.zeros(width, np.int64)
            table[own[first]] = np.arange(len(first))
            return table[own], first
    _, first, inverse = np.unique(values, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank[inverse], first[order]


def first_seen(codes: Array, space: int) -> Array:
    """Return for each code, all of them in `0..space-1`, the place where it comes first."""
    if _is_roomy(space, len(codes)):
        table = np.full(space, len(codes), np.int64)
        np.minimum.at(table, codes, np.arange(len(codes)))
        return table[codes]
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    return first[inverse]


def _is_roomy(space: int, size: int) -> bool:
    """Whether so many codes are looked up faster in a table of all that could be than by sorting."""
    return space <= max(8 * size, 1 << 16)


def some_atoms(column: Column, most: int = 2000) -> list[Atom]:
    """Return distinct elements of a column, not more than so many."""
    if column.categories is not None:
        return atoms_of(column.categories[:most])
    filled = column.values[~column.blanks] if column.blank is not None else column.values
    some = np.sort(filled[: 20 * most])
    new = np.ones(len(some), bool)
    new[1:] = some[1:] != some[:-1]
    found = some[new][:most]
    return atoms_of_numbers(found[np.isfinite(found)])


def labels(keys: Sequence[Atom], codes: Array) -> Labels:
    """Return atoms by their codes: plain numbers as such, anything else as codes and categories."""
    kinds = set(map(type, keys))
    if kinds == {int} and max(map(abs, cast("Sequence[int]", keys))) < 2**63:
        return Labels(np.array(keys, np.int64)[codes])
    if kinds and kinds <= {int, float}:
        return Labels(np.array(keys, np.float64)[codes])
    categories = np.empty(len(keys), object)
    categories[:] = keys
    return Labels(np.asarray(codes, np.int64), categories)


def heading(column: Column, known: Collection[Atom]) -> Atom:
    """Return the set element that a column's header stands for: as written where that is one, else without unit."""
    written = atom(column.header)
    return written if written in known or (column.unit and not is_unit(column.unit)) else atom(column.name)


def may_be_key(column: Column) -> bool:
    """Whether a column can hold set elements: text, dates, whole numbers."""
    if column.kind in {Kind.TEXT, Kind.MIXED, Kind.DATE, Kind.INTEGER}:
        return True
    return column.kind is Kind.NUMBER and not column.unit and bool((column.values == np.rint(column.values)).all())


def may_be_value(column: Column) -> bool:
    """Whether a column can hold numbers, if need be after mending some cells."""
    return column.kind.numeric or column.kind in {Kind.MIXED, Kind.TRUTH}
