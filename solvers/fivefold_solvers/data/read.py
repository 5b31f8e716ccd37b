"""Files and frames to tables: `read` for whatever holds data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import numpy as np

from fivefold_solvers.data.csv_file import CsvOptions, read_csv
from fivefold_solvers.data.encoding import to_utf8
from fivefold_solvers.data.finding import refusal, shown
from fivefold_solvers.data.frame import is_frame, read_frame
from fivefold_solvers.data.json_file import read_json, tables_of
from fivefold_solvers.data.limits import Limits, read_bytes
from fivefold_solvers.data.pdf_file import read_pdf
from fivefold_solvers.data.table import DataTable
from fivefold_solvers.data.text_tables import tables_in
from fivefold_solvers.data.xlsx_file import read_xlsx
from fivefold_solvers.formulation.values import is_list, is_object

SHEETS = frozenset({".xlsx", ".xlsm"})
TEXTS = frozenset({".csv", ".tsv", ".txt", ".tab", ".dat", ".psv", ".md", ""})
ENDINGS = ".csv, .tsv, .txt, .md, .xlsx, .json, .jsonl or .pdf"
_BY_FRAME = "in Python give a frame: data=[pandas.{}]"
_FRAMES = (
    ({".sqlite", ".sqlite3", ".db", ".duckdb"}, 'read_sql("select ...", connection)', "save what you select as CSV"),
    ({".parquet", ".feather", ".arrow"}, "read_parquet(path)", "save it as CSV"),
    ({".xls", ".ods", ".xlsb"}, "read_excel(path)", "save it as .xlsx"),
)
"""Endings that are not read, and what reads them."""


def read(
    source: object,
    *,
    name: str | None = None,
    sheet: str | int | None = None,
    header: int | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    limits: Limits | None = None,
) -> tuple[DataTable, ...]:
    """Return the tables in a file, a frame of pandas or polars, or plain lists and mappings.

    Args:
        source: the path of a file, a frame, JSON-like Python data, or tables that were read before.
        name: name of the table; the file's name without its ending unless said.
        sheet: name of the sheet of a spreadsheet, or its number from 1; all that hold something unless said.
        header: number of the header row as an editor shows it, 0 where there is none; found unless said.
        encoding: of a text file; found unless said.
        delimiter: of a text file; found unless said.
        decimal: decimal sign of a text file, `.` or `,`; found unless said.
        limits: sizes beyond which data is refused.

    Returns:
        The tables. What is doubtful or wrong about one is in its `findings`.

    Raises:
        DataError: there is no table to be had; says why and how to mend it.
    """
    bounds = limits or Limits()
    if not isinstance(source, str | Path):
        return _given(source, name, bounds)
    path = Path(source)
    raw = read_bytes(path, bounds)
    file, stem, ending = shown(path.name), name or path.stem, path.suffix.lower()
    if ending in SHEETS:
        return tuple(read_xlsx(raw, file, stem, sheet, header, bounds))
    if sheet is not None:
        raise refusal("no-sheet", "only spreadsheets have sheets", "leave `sheet` out", file=file, sheet=str(sheet))
    if ending == ".pdf":
        return tuple(read_pdf(path, raw, file, stem, header, bounds))
    if ending in {".json", ".jsonl", ".ndjson"}:
        return tuple(read_json(raw, file, stem, bounds, lines=ending != ".json"))
    if ending not in TEXTS:
        raise refusal("unknown-ending", f"files ending in '{shown(ending)}' are not read", _instead(ending), file=file)
    if ending == ".md":
        return _text(raw, file, encoding, bounds)
    table = read_csv(raw, file, stem, CsvOptions(encoding, delimiter, decimal, header), bounds)
    if len(table.columns) == 1 and ending in {".txt", ".dat", ""} and len(raw) <= bounds.words_bytes:
        # Columns may be aligned by spaces, with words around them.
        return _text(raw, file, encoding, bounds) or (table,)
    return (table,)


def _given(source: object, name: str | None, limits: Limits) -> tuple[DataTable, ...]:
    """Return the tables in what is no file."""
    if is_frame(source):
        return (read_frame(source, name or "frame", limits),)
    if isinstance(source, DataTable):
        return (source,)
    if is_list(source) and source and all(isinstance(one, DataTable) for one in source):
        return tuple(source)
    if is_object(source) or is_list(source):
        return _frames(_plain(source, name or "data"), name or "data", limits)
    forms = 'lists and mappings such as {"demand": {"Oslo": 5}}'
    mend = f"give the path of a file, a frame of pandas or polars, or {forms}"
    raise refusal("no-source", f"`{type(source).__name__}` cannot be read as data", mend)


def _instead(ending: str) -> str:
    """Return what to do with a file that is not read."""
    known = next((one for one in _FRAMES if ending in one[0]), None)
    return f"use {ENDINGS}" if known is None else f"{known[2]}, or {_BY_FRAME.format(known[1])}"


def _text(raw: bytes, file: str, encoding: str | None, limits: Limits) -> tuple[DataTable, ...]:
    """Return the tables in a text for people."""
    if len(raw) > limits.words_bytes:
        message = f"it has {len(raw) / 2**20:.0f} MiB; tables are looked for in texts of up to "
        raise refusal("too-large", f"{message}{limits.words_bytes / 2**20:.0f} MiB", "save it as CSV", file=file)
    found = tuple(one.table for one in tables_in(to_utf8(raw, file, encoding)[0].decode(), file))
    if not found and file.endswith(".md"):
        raise refusal("no-table", "there is no table in it", "write a Markdown table", file=file)
    return found


def read_all(*sources: object, limits: Limits | None = None) -> tuple[DataTable, ...]:
    """Return the tables of several sources, each under a name of its own.

    Raises:
        DataError: one of them cannot be read.
    """
    return named_apart(table for source in sources for table in read(source, limits=limits))


def named_apart(tables: Iterable[DataTable]) -> tuple[DataTable, ...]:
    """Return tables of several sources, each under a name of its own."""
    found: list[DataTable] = []
    for table in tables:
        found.append(_distinct(table, {other.name for other in found}))
    return tuple(found)


def _distinct(table: DataTable, taken: set[str]) -> DataTable:
    if table.name not in taken:
        return table
    stem = f"{Path(table.file).stem}_{table.name}" if table.sheet else table.name
    number = next(count for count in range(1, len(taken) + 3) if _name(stem, count) not in taken)
    return DataTable(_name(stem, number), table.file, table.sheet, table.columns, table.rows, table.findings,
                     table.reading, table.header_row)  # fmt: skip


def _name(stem: str, number: int) -> str:
    return stem if number == 1 else f"{stem}_{number}"


def _plain(source: Any, name: str) -> Any:
    """Return plain Python data: lists in the place of arrays, columns in the place of mappings with pairs as keys."""
    if isinstance(source, np.ndarray | np.generic):
        return cast(Any, source).tolist()
    if is_object(source):
        widths = {len(key) if is_list(key) else 0 for key in source}
        if len(widths) == 1 and min(widths) > 1:
            keys = {f"key_{place + 1}": [key[place] for key in source] for place in range(widths.pop())}
            return {**keys, name: _plain(list(source.values()), name)}
        return {key: _plain(part, str(key)) for key, part in source.items()}
    return [_plain(part, name) for part in source] if is_list(source) else source


def _frames(source: Any, name: str, limits: Limits) -> tuple[DataTable, ...]:
    """Return the tables of plain Python data; a mapping may name frames."""
    found: list[DataTable] = []
    if is_object(source) and any(map(is_frame, source.values())):
        framed = {key: part for key, part in source.items() if is_frame(part)}
        found += [read_frame(part, re.sub(r"\s+", " ", str(key)), limits) for key, part in framed.items()]
        source = {key: part for key, part in source.items() if key not in framed}
    found += tables_of(source, name, name)
    if not found:
        raise refusal("no-table", "there is no table in it", "give records or columns", file=name)
    for table in found:
        limits.check_size(len(table), len(table.columns), name)
    return tuple(found)
