"""Cells of a data file that a person changes: a spreadsheet keeps all else, plain text is written again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

from fivefold.errors import CallerError
from fivefold_server.schemas.files import CellsAsked
from fivefold_server.workspace.binding import Given, named, tables_of
from fivefold_solvers.data.limits import Limits
from fivefold_solvers.data.read import SHEETS
from fivefold_solvers.data.table import DataTable
from fivefold_solvers.data.xlsx_cells import NewCell, with_cells

DELIMITERS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
"""Endings of plain text whose cells can be changed here, and what stands between two cells."""


def edited(file: Given, asked: CellsAsked, limits: Limits) -> tuple[Given, tuple[DataTable, ...]]:
    """Return a file with other cells, and the tables that are read from it now.

    Raises:
        CallerError: cells of such a file are not changed here, or there is no such table or cell.
        DataError: it cannot be read with these cells, or one of them cannot be changed.
    """
    ending = PurePath(file.name).suffix.lower()
    tables = tables_of([file], limits)
    if ending not in SHEETS and (ending not in DELIMITERS or len(tables) != 1):
        raise CallerError(
            f"cells of '{file.name}' cannot be changed here; change them in its own program, and bring it anew"
        )
    table = named(tables, asked.table)
    if table is None:
        raise CallerError(f"there is no table '{asked.table}'; there are {', '.join(one.name for one in tables)}")
    changes = _checked(table, asked)
    if ending in SHEETS:
        content = with_cells(file.content, table, changes)
    else:
        content = _text(table, changes, DELIMITERS[ending])
    after = Given(file.name, content)
    return after, tables_of([after], limits)


def _checked(table: DataTable, asked: CellsAsked) -> list[NewCell]:
    for cell in asked.cells:
        if cell.row >= len(table) or cell.column >= len(table.columns):
            raise CallerError(
                f"there is no cell {cell.row}, {cell.column}; "
                f"there are {len(table)} rows and {len(table.columns)} columns"
            )
    return [NewCell(cell.row, cell.column, cell.text) for cell in asked.cells]


def _text(table: DataTable, changes: Sequence[NewCell], delimiter: str) -> bytes:
    """Return a table with other cells as delimited text."""
    other = {(change.row, change.column): change.text for change in changes}
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, lineterminator="\n")
    writer.writerow([column.header for column in table.columns])
    writer.writerows(_rows(table, other))
    return written.getvalue().encode()


def _rows(table: DataTable, other: Mapping[tuple[int, int], str]) -> Iterator[list[str]]:
    """Yield one row after the other, so that a large table is not held as text twice."""
    columns = list(enumerate(table.columns))
    for row in range(len(table)):
        yield [other[row, place] if (row, place) in other else column.text(row) for place, column in columns]
