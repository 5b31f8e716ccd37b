"""Spreadsheets (.xlsx) as tables: one per sheet, with merged cells filled and formulas by their stored values."""

from __future__ import annotations

import importlib
import io
import re
import zipfile
import zlib
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from xml.etree import ElementTree

from fivefold_solvers.data.below import NO_VALUE, OUTDATED
from fivefold_solvers.data.finding import DataError, DataFinding, refusal, shown
from fivefold_solvers.data.limits import Limits
from fivefold_solvers.data.merged_heads import with_one_head
from fivefold_solvers.data.table import DataTable
from fivefold_solvers.data.typed import SHARE
from fivefold_solvers.data.values import table_of_rows
from fivefold_solvers.formulation.finding import Severity

_CHUNK = 1 << 20
_SUSPICIOUS = 50 * 2**20
_RATIO = 300
_MOST_ROWS = 2**20
"""Rows that a sheet can have."""
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s+ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_UNCOUNTED = re.compile(
    rb'<(?:\w+:)?c r="([A-Z]{1,3})(\d{1,7})"[^>]*>\s*<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)'
    rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_COUNTED = re.compile(rb'<(?:\w+:)?c r="([A-Z]{1,3})(\d{1,7})"[^>]*>\s*<(?:\w+:)?f[\s>/]')
_TO_CALCULATE = re.compile(rb'<(?:\w+:)?calcPr\s[^>]*\bfullCalcOnLoad="(?:1|true)"')
_PASSED_OVER = {
    "code": "sheet-passed-over",
    "severity": Severity.WARNING,
    "message": "the sheet was passed over: it has a header at most and no rows",
    "mend": "",
    "row": None,
}
_SHOWN = 20
"""Rows of a table whose formats are looked at."""
_LITERAL = re.compile(r'"[^"]*"|\\.')
"""What a format shows as it stands: a percent sign there does not say that 0.12 is shown as 12%."""
_IN_SHARES = frozenset({"", "%", "percent", "pct", "share", "fraction"})
"""Units of a header for which numbers shown with percent signs are shares."""
UNPACKING = (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, ValueError)
"""What unpacking a damaged part raises."""
WORKBOOK = "xl/workbook.xml"
"""Part of the archive that lists the sheets."""
RELATIONS = "xl/_rels/workbook.xml.rels"
"""Part of the archive that says where each sheet lies."""
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class _Book(NamedTuple):
    """A spreadsheet that is read."""

    raw: bytes
    file: str
    stem: str
    header: int | None
    limits: Limits
    outdated: bool
    """Whether it waits to be calculated: cells were changed since."""


class _Marks(NamedTuple):
    """What the cell values do not tell."""

    merged: list[tuple[int, int, int, int]]
    """First column, first row, last column, last row of merged cells."""
    uncounted: list[tuple[str, int]]
    """Column letters and row of formulas without a stored value."""
    formulas: list[tuple[str, int]]
    """Column letters and row of the first formula, if there is one."""


def read_xlsx(
    raw: bytes, file: str, stem: str, sheet: str | int | None, header: int | None, limits: Limits
) -> list[DataTable]:
    """Return the tables of a spreadsheet: of the sheet that is named, or of all visible sheets that hold something.

    Raises:
        DataError: it is no spreadsheet, is made to harm, lacks the sheet, or needs `openpyxl`, which is not there.
    """
    try:
        openpyxl: Any = importlib.import_module("openpyxl")
    except ImportError:
        mend = 'pip install "fivefold[data]", or save the sheet as CSV'
        raise refusal("no-openpyxl", "reading spreadsheets needs `openpyxl`", mend, file=file) from None
    _check_archive(raw, file, limits)
    try:
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
        paths = sheet_paths(raw)
        source = _Book(raw, file, stem, header, limits, _to_calculate(raw))
        found = _tables(book, paths, source, _chosen(book, file, sheet))
        book.close()
    except DataError:
        raise
    except Exception as fault:  # openpyxl raises whatever the part of the file that is broken makes it raise
        message = f"it is no spreadsheet that can be read ({type(fault).__name__}: {shown(fault)})"
        raise refusal("bad-xlsx", message, "open it in a spreadsheet program and save it as .xlsx", file=file) from None
    if not found:
        name = sheet if isinstance(sheet, str) else ""
        mend = "write a header row and one row per entry"
        raise refusal("empty-file", "it holds no cells", mend, file=file, sheet=name, row=1)
    return found if len(found) > 1 else [_renamed(found[0], stem)]


def _tables(book: Any, paths: dict[str, str], source: _Book, names: Sequence[str]) -> list[DataTable]:
    """Return the tables of some sheets; a sheet with words only is passed over where another holds a table.

    Raises:
        DataError: none of them holds a table, or one is too large.
    """
    found: list[DataTable] = []
    refused: list[DataError] = []
    for name in names:
        try:
            table = _sheet(book[name], paths.get(name, ""), source)
        except DataError as error:
            if error.finding.code != "no-rows":
                raise
            refused.append(error)
            continue
        if table is not None:
            found.append(table)
    if refused and not found:
        raise refused[0]
    told = [error.finding.model_copy(update=_PASSED_OVER) for error in refused]
    return [replace(found[0], findings=(*found[0].findings, *told)), *found[1:]] if told else found


def _renamed(table: DataTable, stem: str) -> DataTable:
    plain = re.fullmatch(r"(sheet|tabelle|feuil|hoja)\s*\d*", table.name, re.IGNORECASE)
    return replace(table, name=stem) if plain else table


def _check_archive(raw: bytes, file: str, limits: Limits) -> None:
    """Refuse what is no zip archive, or one that would grow beyond all measure."""
    mend = "save it as .xlsx in a spreadsheet program"
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
        parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        raise refusal("bad-xlsx", "it is no spreadsheet: not a zip archive", mend, file=file) from None
    size = sum(part.file_size for part in parts)
    if size > limits.unpacked_bytes or (size > _SUSPICIOUS and size > _RATIO * len(raw)) or len(parts) > 10_000:
        message = f"unpacked it would grow from {len(raw) / 2**20:.1f} to {size / 2**20:.0f} MiB"
        raise refusal("too-large", message, "save the data as CSV", file=file)
    if any(part.flag_bits & 1 for part in parts):
        raise refusal("bad-xlsx", "it is protected by a password", "save it without one", file=file)
    try:
        heads = [_head(archive, part) for part in parts if part.filename.endswith((".xml", ".rels"))]
    except UNPACKING:
        raise refusal("bad-xlsx", "it is damaged: a part cannot be unpacked", mend, file=file) from None
    if any(b"<!" in head.replace(b"<!--", b"") for head in heads):
        raise refusal("bad-xlsx", "it declares entities, which no spreadsheet does", mend, file=file)


def _head(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    with archive.open(part) as stream:
        return stream.read(2048)


def _chosen(book: Any, file: str, sheet: str | int | None) -> list[str]:
    """Return the names of the sheets to read."""
    names: list[str] = [one.title for one in book.worksheets]
    if sheet is None:
        return [one.title for one in book.worksheets if one.sheet_state == "visible"] or names
    if isinstance(sheet, int) and 1 <= sheet <= len(names):
        return [names[sheet - 1]]
    if isinstance(sheet, str):
        plain = {name.strip().casefold(): name for name in names}
        if sheet.strip().casefold() in plain:
            return [plain[sheet.strip().casefold()]]
    mend = "its sheets are " + ", ".join(f"'{shown(name)}'" for name in names[:12])
    raise refusal("no-sheet", f"there is no sheet '{shown(sheet)}'", mend, file=file, sheet=shown(sheet))


def _sheet(sheet: Any, path: str, book: _Book) -> DataTable | None:
    file, limits = book.file, book.limits
    title = shown(sheet.title)
    sheet.reset_dimensions()
    rows: list[tuple[int, Sequence[object]]] = []
    widest, most = 0, max(limits.rows + 1, _MOST_ROWS)
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        if any(cell is not None for cell in cells):
            rows.append((number, cells))
            widest = max(widest, len(cells))
            if len(rows) * widest > limits.cells or len(rows) - 1 > limits.rows or number > most:
                limits.check_size(limits.rows + 1, widest, file, title)
    if not rows:
        return None
    limits.check_size(len(rows) - 1, _last_column(rows), file, title)
    marks = _marks(book.raw, path)
    findings = _uncounted(marks, rows, file, title) or (_outdated(marks, file, title) if book.outdated else [])
    name = sheet.title.strip() or book.stem
    whole = _filled(rows, marks)
    if book.header is None:
        whole = with_one_head(whole, marks.merged)
    table = table_of_rows(name, file, title, whole, book.header, findings)
    return table and _with_shares(table, _percents(sheet, int(table.rows[0]) if len(table) else 1))


def _percents(sheet: Any, first: int) -> set[int]:
    """Return the columns, from 0, whose numbers are shown with percent signs in the first rows of a table."""
    cells = (cell for row in sheet.iter_rows(min_row=first, max_row=first + _SHOWN) for cell in row)
    numbers = (cell for cell in cells if isinstance(cell.value, int | float))
    return {cell.column - 1 for cell in numbers if "%" in _LITERAL.sub("", cell.number_format)}


def _with_shares(table: DataTable, percents: Container[int]) -> DataTable:
    """Return a table whose columns that are shown in percent say so: 12% is stored as 0.12."""
    columns = [
        replace(one, unit=SHARE) if one.place in percents and one.kind.numeric and one.unit in _IN_SHARES else one
        for one in table.columns
    ]
    return replace(table, columns=tuple(columns))


def _last_column(rows: Sequence[tuple[int, Sequence[object]]]) -> int:
    filled = (place for _, cells in rows[:1000] for place, cell in enumerate(cells, 1) if cell is not None)
    return max(filled, default=0)


def _filled(rows: list[tuple[int, Sequence[object]]], marks: _Marks) -> list[tuple[int, Sequence[object]]]:
    """Return the rows with the value of a cell that is merged over several rows in each of them."""
    upright = [area for area in marks.merged if area[3] > area[1]]
    if not upright:
        return rows
    table = {number: list(cells) for number, cells in rows}
    for column, first, _, last in upright:
        top = table.get(first, [])
        value = top[column - 1] if column <= len(top) else None
        for number in range(first + 1, last + 1):
            cells = table.get(number)
            if cells is not None:
                cells += [None] * (column - len(cells))
                cells[column - 1] = value
    return list(table.items())


def _uncounted(marks: _Marks, rows: Sequence[tuple[int, Sequence[object]]], file: str, sheet: str) -> list[DataFinding]:
    """Return a finding for each column that has formulas without a stored value."""
    columns: dict[str, list[int]] = {}
    for letters, row in marks.uncounted:
        columns.setdefault(letters, []).append(row)

    def heading(letters: str) -> str:
        place = column_number(letters)
        return next((str(cells[place - 1]) for _, cells in rows if len(cells) >= place and cells[place - 1]), letters)

    return [
        DataFinding(
            code=NO_VALUE,
            severity=Severity.ERROR,
            message=f"the formula in {letters}{numbers[0]} has no stored value",
            mend="open the file in a spreadsheet program, let it calculate, save it",
            file=file,
            sheet=sheet,
            row=numbers[0],
            column=shown(heading(letters)),
            count=len(numbers),
        )
        for letters, numbers in columns.items()
    ]


def _outdated(marks: _Marks, file: str, sheet: str) -> list[DataFinding]:
    return [
        DataFinding(
            code=OUTDATED,
            severity=Severity.WARNING,
            message=f"the file waits to be calculated; the formula in {letters}{row} may still have an older value",
            mend="open the file in a spreadsheet program, let it calculate, save it",
            file=file,
            sheet=sheet,
            row=row,
        )
        for letters, row in marks.formulas
    ]


def _to_calculate(raw: bytes) -> bool:
    """Whether the file says that it has to be calculated when it is opened."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return WORKBOOK in archive.namelist() and _TO_CALCULATE.search(archive.read(WORKBOOK)) is not None


def sheet_paths(raw: bytes) -> dict[str, str]:
    """Return where in the archive each sheet lies."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        names = set(archive.namelist())
        if not {WORKBOOK, RELATIONS} <= names:
            return {}
        relations = ElementTree.fromstring(archive.read(RELATIONS))
        targets = {one.get("Id", ""): one.get("Target", "").lstrip("/") for one in relations}
        book = ElementTree.fromstring(archive.read(WORKBOOK))
        found = {one.get("name", ""): targets.get(one.get(_RELATION, ""), "") for one in book.iter() if
                 one.tag.endswith("}sheet")}  # fmt: skip
        return {name: path if path.startswith("xl/") else f"xl/{path}" for name, path in found.items()}


def _marks(raw: bytes, path: str) -> _Marks:
    """Return merged cells and formulas without value, found in the text of the sheet."""
    marks = _Marks([], [], [])
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        if path not in archive.namelist():
            return marks
        for text in _windows(archive, path):
            for found in _MERGED.finditer(text):
                area = (
                    column_number(found[1].decode()),
                    int(found[2]),
                    column_number(found[3].decode()),
                    int(found[4]),
                )
                if len(marks.merged) < 10_000:
                    marks.merged.append(area)
            for found in _UNCOUNTED.finditer(text):
                marks.uncounted.append((found[1].decode(), int(found[2])))
            formula = None if marks.formulas else _COUNTED.search(text)
            if formula is not None:
                marks.formulas.append((formula[1].decode(), int(formula[2])))
    return _Marks(list(dict.fromkeys(marks.merged)), list(dict.fromkeys(marks.uncounted)), marks.formulas)


def merged_areas(raw: bytes, path: str) -> list[tuple[int, int, int, int]]:
    """Return first column, first row, last column and last row of the merged cells of a sheet."""
    return _marks(raw, path).merged


def _windows(archive: zipfile.ZipFile, path: str) -> Iterator[bytes]:
    """Yield a part of the archive in overlapping pieces that hold anything to look for."""
    rest = b""
    with archive.open(path) as stream:
        while piece := stream.read(_CHUNK):
            text = rest + piece
            if b"mergeCell" in text or b"<f" in text or b":f" in text:
                yield text
            rest = text[-4096:]


def column_number(letters: str) -> int:
    """Return the number of a column, from 1."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place
