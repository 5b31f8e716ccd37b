"""A table of data as typed columns: numbers as arrays, text as codes and categories, rows known by their number."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fivefold_solvers.data.finding import DataFinding
from fivefold_solvers.formulation.finding import Severity

Array = NDArray[Any]


class Kind(StrEnum):
    """What the cells of a column are."""

    INTEGER = "integer"
    """Whole numbers, int64."""
    NUMBER = "number"
    """Numbers, float64."""
    TEXT = "text"
    """Text."""
    MIXED = "mixed"
    """Text of which some reads as numbers."""
    DATE = "date"
    """Dates as text, ISO 8601 where the order of day and month is certain."""
    TRUTH = "truth"
    """Yes and no, true and false."""
    EMPTY = "empty"
    """Nothing but blank cells."""

    @property
    def numeric(self) -> bool:
        """Whether the cells are held as numbers."""
        return self in {Kind.INTEGER, Kind.NUMBER}


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    name: str
    """Header without its unit, unique in the table."""
    header: str
    """Header as written."""
    unit: str
    """Unit written in the header or beside every number, empty for none."""
    kind: Kind
    """What the cells are."""
    values: Array
    """Shape (rows,): int64 or float64 numbers; int64 codes into `categories` for all other kinds, -1 where blank."""
    categories: tuple[str, ...] | None = None
    """The distinct texts in order of first appearance; None for numbers."""
    blank: Array | None = None
    """Shape (rows,): true where a cell of a numeric column is blank; None where none is."""
    place: int = -1
    """Which column of its file it is, from 0; -1 where it comes from none."""

    @property
    def blanks(self) -> Array:
        """Shape (rows,): true where a cell is blank."""
        if self.categories is not None:
            return np.asarray(self.values < 0)
        return np.zeros(len(self.values), bool) if self.blank is None else self.blank

    def text(self, place: int) -> str:
        """Return one cell as text, empty where blank."""
        if self.categories is not None:
            code = int(self.values[place])
            return self.categories[code] if code >= 0 else ""
        if self.blank is not None and self.blank[place]:
            return ""
        return format(self.values[place].item(), ".15g") if self.kind is Kind.NUMBER else str(self.values[place])


@dataclass(frozen=True, slots=True)
class DataTable:
    """A table: columns of equal length, and where each row stands in its file."""

    name: str
    """Short name, unique among the tables that are read together: the file's stem, or the sheet's name."""
    file: str
    """Name of the file or frame, without its folder."""
    sheet: str
    """Name of the sheet, empty where there are none."""
    columns: tuple[Column, ...]
    """The columns in file order."""
    rows: Array
    """Shape (rows,): int64 number of each row as an editor or a spreadsheet shows it."""
    findings: tuple[DataFinding, ...] = ()
    """What was noted on reading."""
    reading: dict[str, str] = field(default_factory=dict[str, str])
    """How the file was read: encoding, delimiter, decimal sign, header row and the like."""
    header_row: int | None = None
    """Number of the row with the headers, None where there is none."""

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> Column:
        """Return a column by its name or its header.

        Raises:
            KeyError: there is no such column.
        """
        for column in self.columns:
            if name in (column.name, column.header):
                return column
        raise KeyError(name)

    def finding(
        self,
        code: str,
        severity: Severity,
        message: str,
        mend: str,
        *,
        place: int | None = None,
        column: str = "",
        count: int = 1,
    ) -> DataFinding:
        """Return a finding about this table; `place` counts rows from 0."""
        return DataFinding(
            code=code,
            severity=severity,
            message=message,
            mend=mend,
            file=self.file,
            sheet=self.sheet,
            row=None if place is None else int(self.rows[place]),
            column=column,
            count=count,
        )


def matrix_columns(table: DataTable) -> list[Column]:
    """Return the columns of a matrix that hold values: all but its keys, the first one."""
    return [column for column in table.columns[1:] if column.kind is not Kind.EMPTY]
