"""Columns from Python values: cells of a spreadsheet, of JSON, of lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time

import numpy as np

from fivefold_solvers.data.finding import DataFinding, shown
from fivefold_solvers.data.headers import Head, Row, find_head
from fivefold_solvers.data.table import DataTable, Kind
from fivefold_solvers.data.tabular import checked, column_of
from fivefold_solvers.data.typed import OTHER_SIGN, Typed, from_texts
from fivefold_solvers.formulation.finding import Severity

STORED_AS_TEXT = "numbers that are stored as text"
"""What is told of a column of a spreadsheet whose numbers are texts."""
_GROUPED = re.compile(r"[-+]?\d{1,3}[.,]\d{3}")


def cell_text(value: object) -> str:
    """Return a cell as text, empty where it is blank."""
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value).replace("\u00a0", " ").replace("\u202f", " ").strip()


def from_values(values: Sequence[object], decimal: str = ".") -> Typed:
    """Return the typed cells of a column of Python values; None is a blank cell."""
    kinds = set(map(type, values))
    if kinds and kinds <= {int, float, type(None)} and kinds != {type(None)}:
        blank = np.array([value is None or value != value for value in values], bool)
        dtype = np.int64 if float not in kinds else np.float64
        try:
            plain = np.array([0 if value is None or value != value else value for value in values], dtype)
        except OverflowError:
            return from_texts(list(map(cell_text, values)), decimal)
        if dtype is np.float64 and int in kinds and (np.abs(plain) >= 2**53).any():
            return from_texts(list(map(cell_text, values)), decimal)
        kind = Kind.INTEGER if dtype is np.int64 else Kind.NUMBER
        return Typed(kind, plain, None, blank if blank.any() else None)
    typed = from_texts(list(map(cell_text, values)), decimal)
    if str not in kinds or not typed.kind.numeric:
        return typed
    doubt = typed.doubt or _thousands([value for value in values if isinstance(value, str)], decimal)
    return replace(typed, remarks=(*typed.remarks, STORED_AS_TEXT), doubt=doubt)


def _thousands(texts: Sequence[str], decimal: str) -> str:
    """Return the doubt about numbers as text whose decimal sign could as well part thousands, empty for none."""
    signs = [text for text in texts if decimal in text]
    if not signs or not all(_GROUPED.fullmatch(text.strip()) for text in signs):
        return ""
    return f"'{shown(signs[0])}' was read with the decimal sign '{decimal}'; it could have thousands"


def table_of_columns(name: str, file: str, columns: dict[str, Sequence[object]]) -> DataTable:
    """Return a table of named columns of equal length; its rows count from 1."""
    head = find_head([(1, [str(header).strip() or f"column_{at}" for at, header in enumerate(columns, 1)])], header=1)
    size = len(next(iter(columns.values()), ()))
    rows = np.arange(1, size + 1)
    head = head or Head((), (), (), None, 0)
    table = DataTable(name, file, "", (), rows, _placed(head.findings, file, ""), {"rows": "counted from 1"})
    built = [column_of(head, place, from_values(values)) for place, values in enumerate(columns.values())]
    return checked(table, built)


def table_of_rows(
    name: str,
    file: str,
    sheet: str,
    rows: Sequence[tuple[int, Sequence[object]]],
    header: int | None = None,
    findings: Sequence[DataFinding] = (),
    decimal: str = ".",
) -> DataTable | None:
    """Return the table in numbered rows of cells, None where all are blank."""
    first: list[Row] = [(number, list(map(cell_text, cells))) for number, cells in rows[:200]]
    head = find_head(first, header)
    if head is None:
        return None
    width = len(head.names)
    below = [(number, cells) for number, cells in rows if number > head.last]
    body = [(number, cells) for number, cells in below if any(not _blank(cell) for cell in cells[:width])]
    numbers = np.array([number for number, _ in body], np.int64)
    told = (*_placed((*head.findings, *_beside(below, width)), file, sheet), *findings)
    table = DataTable(name, file, sheet, (), numbers, told, {}, head.row)
    typed = _columns(body, width, decimal)
    if decimal == "." and any(OTHER_SIGN in remark for one in typed for remark in one.remarks):
        # Who writes 4,5 in one column writes 1.200 for twelve hundred in the next.
        decimal, typed = ",", _columns(body, width, ",")
    built = [column_of(head, place, one) for place, one in enumerate(typed)]
    table.reading["decimal"] = decimal
    if head.row is not None:
        table.reading["header row"] = str(head.row)
    return checked(table, built)


def _beside(rows: Sequence[tuple[int, Sequence[object]]], width: int) -> list[DataFinding]:
    """Return what is told of cells to the right of the last header, which are no part of the table."""
    found = [(number, cell) for number, cells in rows for cell in cells[width:] if not _blank(cell)]
    if not found:
        return []
    message = f"'{shown(cell_text(found[0][1]))}' stands beside the table, below no header, and was left out"
    mend = "give its column a header if it belongs to the table"
    return [
        DataFinding(
            code="beside-table",
            severity=Severity.WARNING,
            message=message,
            mend=mend,
            row=found[0][0],
            count=len(found),
        )
    ]


def _columns(body: Sequence[tuple[int, Sequence[object]]], width: int, decimal: str) -> list[Typed]:
    return [
        from_values([cells[place] if place < len(cells) else None for _, cells in body], decimal)
        for place in range(width)
    ]


def _blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _placed(findings: Sequence[DataFinding], file: str, sheet: str) -> tuple[DataFinding, ...]:
    return tuple(found.model_copy(update={"file": file, "sheet": sheet}) for found in findings)
