"""The entries of a parameter as they stand in a table, one array per index, whatever the layout."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fivefold_solvers.data.keys import Keys, heading, keys_of
from fivefold_solvers.data.mapping import HEADER, Binding
from fivefold_solvers.data.numerals import MISSING, TRUTHS, read_number
from fivefold_solvers.data.table import Column, DataTable, Kind
from fivefold_solvers.formulation.identity import Atom, atom

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries in file order."""

    table: DataTable
    rows: Array
    """Shape (n,): place of each entry's row in the table."""
    keys: tuple[Keys, ...]
    """For each position of the key, codes of shape (n,) and their atoms."""
    headers: tuple[str, ...]
    """Header of each key's column; `(header)` where the headers are the key."""
    columns: tuple[Column, ...]
    """The columns with values."""
    column_of: Array
    """Shape (n,): which of them each value is from."""
    values: Array
    """Shape (n,): float64, 0 where there is none."""
    blank: Array
    """Shape (n,): the cell is blank."""
    odd: Array
    """Shape (n,): the cell is no number."""

    def text(self, entry: int) -> str:
        """Return the cell of an entry as text."""
        return self.columns[int(self.column_of[entry])].text(int(self.rows[entry]))

    def header(self, entry: int) -> str:
        """Return the header over the value of an entry."""
        return self.columns[int(self.column_of[entry])].header

    def missing(self) -> Array:
        """Shape (n,): the cell is blank or says that there is no number, as a dash does."""
        marks = [
            np.array([text.strip().lower() in MISSING for text in column.categories or ()] + [False])
            for column in self.columns
        ]
        found = self.blank.copy()
        for entry in np.flatnonzero(self.odd):
            at = int(self.column_of[entry])
            found[entry] = marks[at][int(self.columns[at].values[int(self.rows[entry])])]
        return found

    def at(self, kept: Array) -> Entries:
        """Return some of the entries."""
        keys = tuple(Keys(one.codes[kept], one.atoms) for one in self.keys)
        return Entries(self.table, self.rows[kept], keys, self.headers, self.columns, self.column_of[kept],
                       self.values[kept], self.blank[kept], self.odd[kept])  # fmt: skip


def chosen_rows(table: DataTable, where: tuple[str, str] | None) -> Array:
    """Return the places of the rows that have a text in a column; all of them without a condition."""
    if where is None:
        return np.arange(len(table))
    column = table.column(where[0])
    keys = keys_of(column)
    wanted = atom(where[1])
    code = next((place for place, one in enumerate(keys.atoms) if one == wanted), -2)
    return np.flatnonzero(keys.codes == code)


def entries_of(
    table: DataTable, binding: Binding, across: Callable[[Column], bool], members: Collection[Atom] = ()
) -> Entries:
    """Return the entries that a binding points to.

    Args:
        table: the table.
        binding: says which columns.
        across: whether a column of a matrix is one of its values.
        members: of the set that is in the header of a matrix.
    """
    rows = chosen_rows(table, binding.where)
    if HEADER in binding.columns:
        return _matrix(table, binding, rows, across, members)
    column = table.column(binding.value)
    keys = tuple(keys_of(table.column(name)) for name in binding.columns)
    values, blank, odd = numbers_of(column, table.reading.get("decimal", "."))
    found = Entries(
        table=table,
        rows=np.arange(len(table)),
        keys=keys,
        headers=tuple(table.column(name).header for name in binding.columns),
        columns=(column,),
        column_of=np.zeros(len(table), np.int64),
        values=values,
        blank=blank,
        odd=odd,
    )
    return found if binding.where is None else found.at(rows)


def _matrix(
    table: DataTable, binding: Binding, rows: Array, across: Callable[[Column], bool], members: Collection[Atom]
) -> Entries:
    skip = {*binding.columns, *([binding.where[0]] if binding.where else [])}
    columns = [one for one in table.columns if one.name not in skip and one.kind is not Kind.EMPTY and across(one)]
    count, width = len(rows), len(columns)
    decimal = table.reading.get("decimal", ".")
    parts = [numbers_of(column, decimal) for column in columns]
    cells = [_spread([part[place] for part in parts], rows) for place in range(3)]
    keys: list[Keys] = []
    for name in binding.columns:
        if name == HEADER:
            keys.append(Keys(np.tile(np.arange(width), count), [heading(column, members) for column in columns]))
        else:
            own = keys_of(table.column(name))
            keys.append(Keys(np.repeat(own.codes[rows], width), own.atoms))
    return Entries(
        table=table,
        rows=np.repeat(rows, width),
        keys=tuple(keys),
        headers=tuple(name if name == HEADER else table.column(name).header for name in binding.columns),
        columns=tuple(columns),
        column_of=np.tile(np.arange(width), count),
        values=cells[0],
        blank=cells[1],
        odd=cells[2],
    )


def _spread(parts: Sequence[Array], rows: Array) -> Array:
    return np.stack(parts, axis=1)[rows].ravel() if parts else np.zeros(0)


def numbers_of(column: Column, decimal: str = ".") -> tuple[Array, Array, Array]:
    """Return a column's cells as float64, which are blank, and which are no numbers."""
    blank = column.blanks
    if column.categories is None:
        values = column.values.astype(np.float64)
        odd = ~np.isfinite(values) & ~blank
        values[odd] = 0
        return values, blank, odd
    found = [_number(text, decimal, column.kind) for text in column.categories]
    table = np.array([0.0 if one is None else one for one in found] + [0.0])
    bad = np.array([one is None for one in found] + [False])
    return table[column.values], blank, bad[column.values]


def _number(text: str, decimal: str, kind: Kind) -> float | None:
    if kind is Kind.TRUTH:
        return TRUTHS[text.lower()]
    found = read_number(text, decimal)
    return None if found is None or found.value - found.value != 0 else found.value
