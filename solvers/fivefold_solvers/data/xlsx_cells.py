"""Cells of a spreadsheet with other contents: only their bytes are replaced, all else in the file stays as it was."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from xml.etree import ElementTree
from xml.parsers import expat
from xml.sax.saxutils import escape

from fivefold_solvers.data.finding import DataError, refusal, shown
from fivefold_solvers.data.table import Column, DataTable, Kind
from fivefold_solvers.data.xlsx_file import RELATIONS, UNPACKING, WORKBOOK, column_number, merged_areas, sheet_paths

MOST_BYTES = 256 * 2**20
"""Bytes of a file, unpacked, up to which its cells are changed."""
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?(?:[eE][+-]?\d{1,2})?")
_TAG = re.compile(rb"<(?:[^\"'>]|\"[^\"]*\"|'[^']*')*>")
_ENCODING = re.compile(rb"^(?:\xef\xbb\xbf)?<\?xml[^>]*\bencoding\s*=\s*[\"']([^\"']+)")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_SHARED = re.compile(rb"<(?:\w+:)?f\s[^>]*\bref=\"[A-Z]+\d+:")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DAMAGED = (*UNPACKING, KeyError, ElementTree.ParseError, expat.ExpatError)
"""What reading a damaged part raises."""
_CHAIN = "xl/calcChain.xml"
_CHAIN_MENTIONED = re.compile(rb"<(?:\w+:)?(?:Override|Relationship)\s[^>]*calcChain\.xml\"[^>]*/>")
_CALCULATION = re.compile(rb"<(?:\w+:)?calcPr\b[^>]*?(/?)>")
_BEFORE_CALCULATION = [
    re.compile(rb"</(\w+:)?" + name + rb">") for name in (b"definedNames", b"externalReferences", b"sheets")
]
"""What the mark to calculate stands behind in a workbook: the first of these that is there."""


class NewCell(NamedTuple):
    """A cell of a table with another text."""

    row: int
    """Its row in the table, from 0."""
    column: int
    """Its column in the table, from 0."""
    text: str
    """What stands there now; nothing empties it."""


class _Cell(NamedTuple):
    """A cell as it stands in the text of a sheet."""

    column: int
    start: int
    end: int
    style: str


class _Row(NamedTuple):
    """A row as it stands in the text of a sheet."""

    prefix: str
    """Of its tag, with the colon; empty for none."""
    end: int
    """Where its closing tag begins."""
    cells: list[_Cell]


def with_cells(raw: bytes, table: DataTable, changes: Sequence[NewCell]) -> bytes:
    """Return the spreadsheet with other contents of some cells of one of its tables.

    Formulas are not computed: where there are any, the file is marked to be calculated when it is opened, and reading
    it warns until that is done.

    Raises:
        DataError: it cannot be changed here; says which cell and what to do instead.
    """
    try:
        return _changed(raw, table, changes)
    except _DAMAGED as fault:
        message = f"its cells cannot be changed here: a part of it is damaged ({shown(fault)})"
        raise _unchangeable(table, message) from None


def _changed(raw: bytes, table: DataTable, changes: Sequence[NewCell]) -> bytes:
    paths = {shown(name): path for name, path in sheet_paths(raw).items()}
    path = paths.get(table.sheet, "")
    wanted = _wanted(table, changes, merged_areas(raw, path))
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        if sum(part.file_size for part in archive.infolist()) > MOST_BYTES:
            raise _unchangeable(table, "it is too large for its cells to be changed here")
        sheet = archive.read(path)
        formulas = any(_holds_formula(archive, one) for one in paths.values())
        rows = _rows(sheet, {number for number, _ in wanted}, table)
        pieces = [_piece(sheet, rows, place, text, table) for place, text in wanted.items()]
        parts = {path: _spliced(sheet, pieces)}
        if formulas and WORKBOOK in archive.namelist():
            parts[WORKBOOK] = _to_calculate(archive.read(WORKBOOK))
        lost = any(_FORMULA.search(sheet, start, end) for start, end, _ in pieces)
        return _packed(archive, parts, without_chain=lost)


def _unchangeable(table: DataTable, message: str, row: int | None = None, column: str = "") -> DataError:
    mend = "change it in a spreadsheet program, and bring the file anew"
    return refusal("unchangeable", message, mend, file=table.file, sheet=table.sheet, row=row, column=column)


def _wanted(
    table: DataTable, changes: Sequence[NewCell], merged: Sequence[tuple[int, int, int, int]]
) -> dict[tuple[int, int], tuple[str, bool]]:
    """Return the new text of each cell by its row and column in the sheet, and whether it is kept as a number."""
    found: dict[tuple[int, int], tuple[str, bool]] = {}
    for change in changes:
        column = table.columns[change.column]
        row, place = int(table.rows[change.row]), column.place + 1
        for left, top, right, bottom in merged:
            if left <= place <= right and top <= row <= bottom and (place, row) != (left, top):
                message = f"the cell is merged with the one in row {top}"
                raise _unchangeable(table, message, row, shown(column.header))
        found[row, place] = (change.text, _is_number(change.text, column))
    return found


def _is_number(text: str, column: Column) -> bool:
    """Whether a text is kept as a number: as it was meant in a column of numbers, verbatim in one of texts or dates."""
    return column.kind not in {Kind.TEXT, Kind.DATE, Kind.TRUTH} and _NUMBER.fullmatch(text.strip()) is not None


def _holds_formula(archive: zipfile.ZipFile, path: str) -> bool:
    if path not in archive.namelist():
        return False
    rest = b""
    with archive.open(path) as stream:
        while piece := stream.read(1 << 20):
            if _FORMULA.search(rest + piece):
                return True
            rest = piece[-64:]
    return False


def _rows(sheet: bytes, numbers: Iterable[int], table: DataTable) -> dict[int, _Row]:
    """Return where the cells of some rows stand in the text of a sheet."""
    encoding = _ENCODING.match(sheet)
    if sheet[:2] in (b"\xff\xfe", b"\xfe\xff") or (encoding and encoding[1].lower() not in (b"utf-8", b"us-ascii")):
        raise _unchangeable(table, "its cells cannot be changed here: the sheet is not written in UTF-8")
    scan = _Scan(sheet, set(numbers))
    scan.parser.Parse(sheet, True)
    return scan.found


class _Scan:
    """Where in the bytes of a sheet its rows and cells stand, as a parser of XML comes by them."""

    def __init__(self, sheet: bytes, numbers: set[int]) -> None:
        self.found: dict[int, _Row] = {}
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self._sheet, self._numbers = sheet, numbers
        self._row = self._column = 0
        self._cells: list[_Cell] = []
        self._open = (0, b"", "")

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "row":
            self._row = int(attributes.get("r") or self._row + 1)
            self._column, self._cells = 0, []
        elif kind == "c":
            # Cells and rows may leave out where they stand; then they follow the one before.
            letters = attributes.get("r", "").rstrip("0123456789")
            self._column = column_number(letters) if letters else self._column + 1
            if self._row in self._numbers:
                begin = self.parser.CurrentByteIndex
                tag = _TAG.match(self._sheet, begin)
                self._open = (begin, tag[0] if tag else b"", attributes.get("s", ""))

    def _end(self, name: str) -> None:
        prefix, _, kind = name.rpartition(":")
        if self._row not in self._numbers or kind not in {"row", "c"}:
            return
        here = self.parser.CurrentByteIndex
        if kind == "row":
            self.found.setdefault(self._row, _Row(f"{prefix}:" if prefix else "", here, self._cells))
            return
        begin, tag, style = self._open
        end = begin + len(tag) if tag.endswith(b"/>") else self._sheet.index(b">", here) + 1
        self._cells.append(_Cell(self._column, begin, end, style))


def _piece(
    sheet: bytes, rows: Mapping[int, _Row], place: tuple[int, int], text: tuple[str, bool], table: DataTable
) -> tuple[int, int, bytes]:
    """Return which bytes of the sheet are replaced for one cell, and by what."""
    number, column = place
    row = rows.get(number)
    if row is None:
        raise _unchangeable(table, "its cells cannot be changed here: the row is not in the sheet", number)
    old = next((cell for cell in row.cells if cell.column == column), None)
    at = next((cell.start for cell in row.cells if cell.column > column), row.end)
    if old is None:
        return at, at, _written(row.prefix, number, column, "", text)
    if _SHARED.search(sheet, old.start, old.end):
        raise _unchangeable(table, f"the formula in {_letters(column)}{number} belongs to other cells too", number)
    return old.start, old.end, _written(row.prefix, number, column, old.style, text)


def _written(prefix: str, row: int, column: int, style: str, text: tuple[str, bool]) -> bytes:
    words, is_number = text
    words = _FORBIDDEN.sub("", words)
    head = f'<{prefix}c r="{_letters(column)}{row}"' + (f' s="{escape(style)}"' if style else "")
    if not words.strip():
        return f"{head}/>".encode()
    if is_number:
        return f"{head}><{prefix}v>{words.strip()}</{prefix}v></{prefix}c>".encode()
    inner = f'<{prefix}is><{prefix}t xml:space="preserve">{escape(words)}</{prefix}t></{prefix}is>'
    return f'{head} t="inlineStr">{inner}</{prefix}c>'.encode()


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, place = divmod(column - 1, 26)
        letters = chr(65 + place) + letters
    return letters


def _spliced(sheet: bytes, pieces: Iterable[tuple[int, int, bytes]]) -> bytes:
    parts: list[bytes] = []
    done = 0
    for start, end, new in sorted(pieces):
        parts += [sheet[done:start], new]
        done = end
    return b"".join([*parts, sheet[done:]])


def _to_calculate(workbook: bytes) -> bytes:
    """Return a workbook that asks to be calculated when it is opened."""
    there = _CALCULATION.search(workbook)
    if there is not None:
        kept = re.sub(rb"\sfullCalcOnLoad=\"[^\"]*\"", b"", there[0])
        tail = b"/>" if there[1] else b">"
        return workbook.replace(there[0], kept[: -len(tail)].rstrip() + b' fullCalcOnLoad="1"' + tail, 1)
    before = next((found for one in _BEFORE_CALCULATION if (found := one.search(workbook))), None)
    if before is None:
        return workbook
    mark = b"<" + (before[1] or b"") + b'calcPr fullCalcOnLoad="1"/>'
    return workbook[: before.end()] + mark + workbook[before.end() :]


def _packed(archive: zipfile.ZipFile, parts: Mapping[str, bytes], *, without_chain: bool) -> bytes:
    """Return the archive with other parts; the order of calculation is left out where a formula went."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for part in archive.infolist():
            if without_chain and part.filename == _CHAIN:
                continue
            content = parts.get(part.filename)
            content = archive.read(part) if content is None else content
            if without_chain and part.filename in {"[Content_Types].xml", RELATIONS}:
                content = _CHAIN_MENTIONED.sub(b"", content)
            new.writestr(part, content, zipfile.ZIP_DEFLATED)
    return written.getvalue()
