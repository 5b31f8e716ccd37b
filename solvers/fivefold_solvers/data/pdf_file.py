"""Tables in PDF files: found in the sandbox, since such a file may be made to harm, and read like delimited text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ValidationError

from fivefold_solvers.data.csv_file import CsvOptions, read_csv
from fivefold_solvers.data.finding import DataError, refusal, shown
from fivefold_solvers.data.limits import Limits
from fivefold_solvers.data.numerals import read_number
from fivefold_solvers.data.pdf_pages import MOST_CELLS, MOST_PAGES
from fivefold_solvers.data.table import DataTable
from fivefold_solvers.program import Program
from fivefold_solvers.result import ExecutionResult, Exit
from fivefold_solvers.result import Limits as Bounds
from fivefold_solvers.sandbox import SandboxError, run

BOUNDS = Bounds(wall_s=60, cpu_s=45, memory_mib=1024, output_kib=32 * 1024)
"""What reading one file may use."""
MOST_BYTES = 50 * 2**20
_SCRIPT = Path(__file__).with_name("pdf_pages.py")
_LONGEST_CELL = 40
_MEND = "bring the table as CSV or as a spreadsheet"


class _Page(BaseModel):
    """What was found on a page."""

    page: int
    tables: list[list[list[str]]]
    letters: int
    pictures: int


class _Found(BaseModel):
    """What the sandbox says of a file."""

    pages: list[_Page] = []
    fault: str = ""
    message: str = ""


class _Grid(NamedTuple):
    """Rows of one table, and the first and last page that it stands on."""

    first: int
    last: int
    rows: list[list[str]]


def read_pdf(path: Path, raw: bytes, file: str, stem: str, header: int | None, limits: Limits) -> list[DataTable]:
    """Return the tables of a PDF file.

    Raises:
        DataError: it is no PDF, holds no table, is a scan, or needs `pdfplumber`, which is not there, or an isolation
            that is not to be had.
    """
    if find_spec("pdfplumber") is None:
        mend = f'pip install "fivefold[pdf]", or {_MEND}'
        raise refusal("no-pdfplumber", "reading PDF files needs `pdfplumber`", mend, file=file)
    if b"%PDF-" not in raw[:1024]:
        raise refusal("bad-pdf", "it is no PDF", _MEND, file=file)
    if len(raw) > MOST_BYTES:
        message = f"it has {len(raw) / 2**20:.0f} MiB; {MOST_BYTES // 2**20} MiB is the most that is read of a PDF"
        raise refusal("too-large", message, "keep the pages with the tables", file=file)
    pages = _pages(path, file, limits.isolation)
    tables = [table for grid in _joined(pages) for table in _table(grid, file, stem, header, limits)]
    if not tables:
        raise _nothing(pages, file)
    if len(tables) == 1:
        return tables
    return [replace(table, name=f"{stem}_{number}") for number, table in enumerate(tables, start=1)]


def _pages(path: Path, file: str, isolation: str) -> list[_Page]:
    """Return what the sandbox finds on the pages of a file."""
    # The library only says which prepared process is forked; most have this one already.
    program = Program(source=_SCRIPT.read_text(encoding="utf-8"), library="pyomo", solver="none")
    try:
        result = run(program, BOUNDS, files={"book.pdf": path}, at_least=isolation)
    except SandboxError as fault:
        raise refusal("no-sandbox", f"it cannot be read safely here: {fault}", _MEND, file=file) from None
    try:
        found = _Found.model_validate_json(result.stdout.strip() or "-")
    except ValidationError:
        raise _ended(result, file) from None
    messages = {
        "password": ("it is protected by a password", "save it without one"),
        "memory": ("reading it takes more memory than a file may use", f"keep the pages with the tables, or {_MEND}"),
        "pages": (
            f"it has {shown(found.message)} pages; {MOST_PAGES} is the most that is read",
            "keep those with the tables",
        ),
        "cells": (f"it has more than {MOST_CELLS:,} cells, the most that is read of a PDF", _MEND),
        "broken": (f"it is no PDF that can be read ({shown(found.message)})", f"save it anew, or {_MEND}"),
    }
    if found.fault:
        message, mend = messages.get(found.fault, messages["broken"])
        raise refusal("bad-pdf", message, mend, file=file)
    return found.pages


def _ended(result: ExecutionResult, file: str) -> DataError:
    """Return the refusal for a file on which the reading process ended without a word."""
    messages = {
        Exit.TIMED_OUT: f"reading it took more than {BOUNDS.cpu_s:g} s",
        Exit.OUT_OF_MEMORY: "reading it takes more memory than a file may use",
    }
    message = messages.get(result.exit, "reading it ended without a result")
    return refusal("bad-pdf", message, f"keep the pages with the tables, or {_MEND}", file=file)


def _nothing(pages: Sequence[_Page], file: str) -> DataError:
    letters = sum(page.letters for page in pages)
    if not letters and any(page.pictures for page in pages):
        mend = f"have its text recognized (OCR) first, or {_MEND}"
        return refusal("scanned-pdf", "its pages are pictures of text, a scan", mend, file=file)
    message = "there is no table in it" if letters else "it holds no text"
    return refusal("no-table", message, _MEND, file=file)


def _joined(pages: Sequence[_Page]) -> Iterator[_Grid]:
    """Yield the tables; one that goes on at the top of the next page is one."""
    going: _Grid | None = None
    for page in pages:
        for place, rows in enumerate(page.tables):
            if going and place == 0 and page.page == going.last + 1 and _goes_on(going.rows, rows):
                added = rows[1:] if rows[0] == going.rows[0] else rows
                going = _Grid(going.first, page.page, [*going.rows, *added])
                continue
            if going:
                yield going
            going = _Grid(page.page, page.page, rows)
    if going:
        yield going


def _goes_on(before: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]) -> bool:
    """Whether rows belong to the table before: the same header again, or none and as many columns."""
    if len(rows[0]) != len(before[0]):
        return False
    return rows[0] == before[0] or any(read_number(cell) is not None for cell in rows[0])


def _table(grid: _Grid, file: str, stem: str, header: int | None, limits: Limits) -> Iterator[DataTable]:
    """Yield the table of a grid of cells, if it is one: prose in frames and columns has no numbers in short cells."""
    body = [cell for row in grid.rows[1:] for cell in row]
    filled = [cell for cell in body if cell]
    if not any(read_number(cell, sign) is not None for cell in body for sign in ".,"):
        return
    if sum(len(cell) > _LONGEST_CELL for cell in filled) > len(filled) / 3:
        return
    text = io.StringIO()
    csv.writer(text, delimiter="\t", lineterminator="\n").writerows(grid.rows)
    where = f"page {grid.first}" if grid.first == grid.last else f"pages {grid.first} to {grid.last}"
    try:
        found = read_csv(text.getvalue().encode(), file, stem, CsvOptions(delimiter="\t", header=header), limits)
    except DataError as fault:
        if fault.finding.code == "too-large":
            raise
        return
    reading = {key: value for key, value in found.reading.items() if key not in {"encoding", "delimiter"}}
    yield replace(
        found,
        sheet=where,
        reading={**reading, "found on": where},
        findings=tuple(one.model_copy(update={"sheet": where}) for one in found.findings),
    )
