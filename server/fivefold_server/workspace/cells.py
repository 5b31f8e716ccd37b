"""Cells of a data file that a person changes: the same table, written again as a plain text file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import PurePath

from fivefold.errors import CallerError
from fivefold_server.schemas.files import Cell
from fivefold_server.workspace.binding import Given, rows_of, tables_of
from fivefold_solvers.data.table import DataTable

DELIMITERS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
"""Endings of files whose cells can be changed here, and what stands between two cells."""


def edited(file: Given, cells: Sequence[Cell], most_rows: int) -> tuple[Given, tuple[DataTable, ...]]:
    """Return a file with other cells, and the tables that are read from it now.

    Raises:
        CallerError: it is not plain text with one table, or there is no such cell.
        DataError: it cannot be read with these cells.
    """
    delimiter = DELIMITERS.get(PurePath(file.name).suffix.lower())
    tables = tables_of([file], most_rows)
    if delimiter is None or len(tables) != 1:
        raise CallerError(
            f"cells of '{file.name}' cannot be changed here; change them in its own program, and bring it anew"
        )
    (table,) = tables
    rows = rows_of(table, 0, len(table))
    headers = [column.header for column in table.columns]
    for cell in cells:
        if cell.row >= len(rows) or cell.column >= len(headers):
            raise CallerError(
                f"there is no cell {cell.row}, {cell.column}; there are {len(rows)} rows and {len(headers)} columns"
            )
        rows[cell.row][cell.column] = cell.text
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, lineterminator="\n")
    writer.writerows([headers, *rows])
    after = Given(file.name, written.getvalue().encode())
    return after, tables_of([after], most_rows)
