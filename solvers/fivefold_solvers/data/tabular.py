"""Typed columns put together to a table, with what every kind of file has in common checked once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from fivefold_solvers.data.below import NO_VALUE, cut, rows_that_count
from fivefold_solvers.data.cells import Fields
from fivefold_solvers.data.finding import DataFinding, refusal, shown
from fivefold_solvers.data.headers import Head
from fivefold_solvers.data.table import Column, DataTable, Kind
from fivefold_solvers.data.typed import SHARE, Typed, from_fields
from fivefold_solvers.formulation.finding import Severity


class Built(NamedTuple):
    """A column, and how its cells were read."""

    column: Column
    remarks: tuple[str, ...]
    doubt: str
    named: bool
    """Whether its header is there."""


def build_column(head: Head, place: int, blocks: Sequence[Fields], decimal: str) -> Built:
    """Return one column of a delimited text."""
    return column_of(head, place, from_fields(blocks, decimal))


def column_of(head: Head, place: int, typed: Typed) -> Built:
    """Return one column from its typed cells."""
    column = Column(
        name=head.names[place],
        header=head.headers[place],
        unit=typed.unit if typed.unit == SHARE else head.units[place] or typed.unit,
        kind=typed.kind,
        values=typed.values,
        categories=typed.categories,
        blank=typed.blank,
        place=place,
    )
    named = head.row is None or head.headers[place] != f"column_{place + 1}"
    return Built(column, typed.remarks, typed.doubt, named)


def checked(table: DataTable, built: Sequence[Built]) -> DataTable:
    """Return the table with its columns; those without header and cells are left out, and so are totals below.

    Raises:
        DataError: there are no rows.
    """
    if not len(table.rows) and not any(found.code == "ragged-row" for found in table.findings):
        mend = "write one row per entry below the header"
        raise refusal(
            "no-rows", "it has a header and no rows", mend, file=table.file, sheet=table.sheet, row=table.header_row
        )
    kept = [one for one in built if one.named or one.column.kind is not Kind.EMPTY]
    findings = [*table.findings]
    reading = dict(table.reading)
    for place, one in enumerate(kept):
        header = shown(one.column.header)
        if not one.named and not _corner(one, kept):
            cut_apart = table.reading.get("delimiter") == "comma" and _is_tail(kept, place)
            findings.append(_cut_apart(table, one) if cut_apart else _unnamed(table, one))
        if one.doubt:
            mend = "write all cells of the column in the same way"
            findings.append(table.finding("mixed-notation", Severity.WARNING, one.doubt, mend, place=0, column=header))
        if one.remarks:
            reading[f"column '{header}'"] = "; ".join(one.remarks)
    if len(table.rows) and all(one.column.kind is Kind.EMPTY for one in kept):
        raise refusal("no-rows", "all cells are blank", "write the data", file=table.file, sheet=table.sheet, row=1)
    columns = [one.column for one in kept]
    count, left_out = rows_that_count(table, columns)
    below = int(table.rows[count]) if left_out and count < len(table.rows) else None
    findings = [one for one in findings if one.code != NO_VALUE or below is None or (one.row or 0) < below]
    return replace(
        table,
        columns=tuple(cut(column, count) for column in columns) if left_out else tuple(columns),
        rows=table.rows[:count],
        findings=(*findings, *left_out),
        reading=reading,
    )


def _corner(one: Built, kept: Sequence[Built]) -> bool:
    """Whether a column without header is the first one of a matrix, whose corner is usually blank."""
    return one is kept[0] and one.column.kind is not Kind.EMPTY


def _is_tail(kept: Sequence[Built], place: int) -> bool:
    """Whether the last column, without header, may be what stood behind the comma of the numbers beside it."""
    one, before = kept[place].column, kept[place - 1].column
    return place == len(kept) - 1 and one.kind is before.kind is Kind.INTEGER and bool((one.values >= 0).all())


def _cut_apart(table: DataTable, one: Built) -> DataFinding:
    message = "the rows have a cell more than the header has: a comma inside of a number may have cut it in two"
    mend = 'write the number with a point or in quotes, "1,5", or give the column a header'
    place = int(np.flatnonzero(~one.column.blanks)[0])
    return table.finding("cut-number", Severity.ERROR, message, mend, place=place, column=one.column.name)


def _unnamed(table: DataTable, one: Built) -> DataFinding:
    place = int(np.flatnonzero(~one.column.blanks)[0])
    return table.finding(
        "no-column-name",
        Severity.WARNING,
        "the column has cells and no header",
        "give it a header",
        place=place,
        column=one.column.name,
    )
