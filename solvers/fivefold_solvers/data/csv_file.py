"""Delimited text as a table: CSV in all its dialects, from bytes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fivefold_solvers.data.cells import Fields, Grid, cut
from fivefold_solvers.data.encoding import to_utf8
from fivefold_solvers.data.finding import DataError, DataFinding, refusal, shown
from fivefold_solvers.data.headers import Head, Row, find_head
from fivefold_solvers.data.limits import Limits
from fivefold_solvers.data.sniff import DELIMITERS, Dialect, sniff
from fivefold_solvers.data.table import DataTable, Kind
from fivefold_solvers.data.tabular import build_column, checked
from fivefold_solvers.formulation.finding import Severity

Array = NDArray[Any]

BLOCK = 1 << 22
_SAMPLE = 1 << 16
_ROWS = 50_000
_FOREIGN = re.compile(r"[^\s,;|]*[^\W\x00-\x7f][^\s,;|]*")
_UNIT, _RECORD = "\x1f", "\x1e"
"""ASCII's own separators, into which quoted text is rewritten so that cells are cut in one way only."""


class CsvOptions(NamedTuple):
    """What the caller says about a file; None is found out."""

    encoding: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    header: int | None = None


@dataclass(slots=True)
class _Body:
    """The rows of a file, cut into cells."""

    grids: list[Grid] = field(default_factory=list[Grid])
    rows: list[Array] = field(default_factory=list[Array])
    comments: list[int] = field(default_factory=list[int])
    doubtful: list[int] = field(default_factory=list[int])
    """Comments that look like rows."""
    ragged: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    ragged_count: int = 0

    def add(self, grid: Grid, numbers: Array) -> None:
        """Add a block; `numbers` are the numbers of all its rows in the file."""
        self.grids.append(grid)
        self.rows.append(numbers[grid.kept])
        self.comments += [int(row) for row in numbers[grid.comments]]
        self.doubtful += [int(row) for row in numbers[grid.wide_comments]]
        self.ragged += [(int(numbers[row]), count) for row, count in grid.ragged]
        self.ragged_count += grid.ragged_count


def read_csv(raw: bytes, file: str, name: str, options: CsvOptions, limits: Limits) -> DataTable:
    """Return the table in a delimited text.

    Raises:
        DataError: it is no text, or there is no table in it.
    """
    data, encoding = to_utf8(raw, file, options.encoding)
    sample = data[: _SAMPLE if len(data) <= _SAMPLE else data.rfind(b"\n", 0, _SAMPLE) + 1]
    if not sample:
        limits.check_width(data[:_SAMPLE].count(b",") * (len(data) // _SAMPLE), file)
        sample = data[: data.index(b"\n") + 1]
    dialect = sniff(sample.decode("utf-8", "replace"), options.delimiter, options.decimal)
    limits.check_width(data.count(dialect.delimiter.encode(), 0, data.index(b"\n")) + 1, file)
    head = find_head(_first_rows(sample.decode("utf-8", "replace"), dialect, file), options.header)
    if head is None:
        raise refusal("empty-file", "it holds no rows", "write a header row and one row per entry", file=file, row=1)
    limits.check_size(data.count(b"\n") - head.last, len(head.names), file)
    quoted = b'"' in data
    body = _quoted(data, dialect, head, file) if quoted else _plain(data, dialect, head)
    reading = {
        "encoding": encoding,
        "delimiter": DELIMITERS.get(dialect.delimiter, shown(repr(dialect.delimiter))),
        "decimal": dialect.decimal,
    }
    table = _table(file, name, body, dialect, head, reading)
    return table if options.encoding or encoding != "cp1252" else _guessed(table, data)


def _guessed(table: DataTable, data: bytes) -> DataTable:
    """Return a table of a text in an encoding that was only supposed, with the word to see that by."""
    text = data.decode()
    word = _FOREIGN.search(text)
    if word is None:
        return table
    told = DataFinding(
        code="guessed-encoding",
        severity=Severity.NOTE,
        message=f"it is not UTF-8 and was read as Windows-1252, with '{shown(word[0])}' for one",
        mend="save it in UTF-8 if that is misspelt, or give it as read(path, encoding=...) (docs/data.md)",
        file=table.file,
        row=text.count("\n", 0, word.start()) + 1,
    )
    return replace(table, findings=(*table.findings, told))


def _first_rows(sample: str, dialect: Dialect, file: str) -> list[Row]:
    rows: list[Row] = []
    reader = csv.reader(io.StringIO(sample), delimiter=dialect.delimiter, strict=True)
    before = 0
    try:
        for cells in reader:
            first = cells[0].strip() if cells else ""
            comment = dialect.comments and first.startswith("#") and not (len(cells) > 1 and not rows)
            if any(cells) and not comment:
                rows.append((before + 1, cells))
            before = reader.line_num
            if len(rows) >= 60:
                break
    except csv.Error as fault:
        # The sample may end inside a quoted cell; whether the file does is seen when its rows are read.
        if not rows:
            raise _bad_quotes(fault, file, before + 1) from None
    return rows


def _bad_quotes(fault: csv.Error, file: str, row: int) -> DataError:
    mend = 'close every quote; write a quote inside a cell twice: ""'
    return refusal("bad-quotes", f"a quoted cell is not closed where it ends ({fault})", mend, file=file, row=row)


def _plain(data: bytes, dialect: Dialect, head: Head) -> _Body:
    """Cut a text without quotes."""
    body = _Body()
    begin = 0
    for _ in range(head.last):
        begin = data.index(b"\n", begin) + 1
    row = head.last + 1
    while begin < len(data):
        end = data.rfind(b"\n", begin, begin + BLOCK) + 1
        end = end or data.index(b"\n", begin) + 1
        block = data[begin:end]
        grid = cut(block, ord(dialect.delimiter), len(head.names), comments=dialect.comments)
        body.add(grid, np.arange(row, row + grid.count))
        row += grid.count
        begin = end
    return body


def _quoted(data: bytes, dialect: Dialect, head: Head, file: str) -> _Body:
    """Cut a text with quotes: read by the csv module, then rewritten with separators that need no quoting."""
    body = _Body()
    clean = str.maketrans({_UNIT: " ", _RECORD: " "})
    for numbers, rows in _batches(data, dialect, head.last, file):
        text = _RECORD.join(_UNIT.join(cells) for cells in rows)
        if text.count(_UNIT) != sum(len(cells) - 1 for cells in rows if cells) or text.count(_RECORD) >= len(rows):
            text = _RECORD.join(_UNIT.join(cell.translate(clean) for cell in cells) for cells in rows)
        block = (text + _RECORD).encode()
        grid = cut(block, ord(_UNIT), len(head.names), newline=ord(_RECORD), comments=dialect.comments)
        body.add(grid, np.array(numbers, np.int64))
    return body


def _batches(data: bytes, dialect: Dialect, skip: int, file: str) -> Iterator[tuple[list[int], list[list[str]]]]:
    reader = csv.reader(io.StringIO(data.decode(), newline="\n"), delimiter=dialect.delimiter, strict=True)
    numbers: list[int] = []
    rows: list[list[str]] = []
    before = 0
    try:
        for cells in reader:
            if before >= skip:
                numbers.append(before + 1)
                rows.append(cells)
            before = reader.line_num
            if len(rows) >= _ROWS:
                yield numbers, rows
                numbers, rows = [], []
    except csv.Error as fault:
        raise _bad_quotes(fault, file, before + 1) from None
    if rows:
        yield numbers, rows


def _table(file: str, name: str, body: _Body, dialect: Dialect, head: Head, reading: dict[str, str]) -> DataTable:
    rows = np.concatenate(body.rows) if body.rows else np.zeros(0, np.int64)
    findings = [found.model_copy(update={"file": file}) for found in head.findings]
    if body.comments:
        reading["comments"] = f"{len(body.comments)} rows left out, the first is row {body.comments[0]}"
    if body.doubtful:
        findings.append(_commented(file, head, body))
    if body.ragged:
        findings.append(_ragged(file, head, body, dialect))
    columns = [
        build_column(head, place, [_field(grid, place) for grid in body.grids], dialect.decimal)
        for place in range(len(head.names))
    ]
    table = DataTable(name, file, "", (), rows, tuple(findings), reading, head.row)
    if dialect.doubtful and any(column.column.kind is Kind.NUMBER for column in columns):
        table = _doubtful(table, dialect)
    return checked(table, columns)


def _field(grid: Grid, place: int) -> Fields:
    return grid.fields[place]


def _ragged(file: str, head: Head, body: _Body, dialect: Dialect) -> DataFinding:
    row, count = body.ragged[0]
    few = count < len(head.names)
    what = "add the missing ones" if few else "quote cells that hold the delimiter, or leave the extra ones out"
    sign = DELIMITERS.get(dialect.delimiter, "delimiter")
    return DataFinding(
        code="ragged-row",
        severity=Severity.ERROR,
        message=f"it has {count} cells, the header has {len(head.names)} (delimiter: {sign})",
        mend=what,
        file=file,
        row=row,
        column=shown(head.headers[min(count, len(head.names)) - 1 if not few else count]),
        count=body.ragged_count,
    )


def _commented(file: str, head: Head, body: _Body) -> DataFinding:
    return DataFinding(
        code="commented-row",
        severity=Severity.WARNING,
        message="the row begins with # and has a cell for every column; it was left out as a comment",
        mend="remove the row, or quote the name so that it does not begin with #",
        file=file,
        row=body.doubtful[0],
        column=shown(head.headers[0]),
        count=len(body.doubtful),
    )


def _doubtful(table: DataTable, dialect: Dialect) -> DataTable:
    found = table.finding(
        "doubtful-decimal",
        Severity.WARNING,
        f"'{shown(dialect.doubtful)}' was read with the decimal sign '{dialect.decimal}'; it could have thousands",
        "say decimal='.' or decimal=',' on reading",
    )
    return DataTable(table.name, table.file, "", (), table.rows, (*table.findings, found), table.reading,
                     table.header_row)  # fmt: skip
