"""Run in the sandbox: the tables of a PDF file as JSON on standard output. Needs pdfplumber, and nothing of ours.

Prints `{"pages": [...]}`, each page with its number, its tables as rows of cells, and how many letters and pictures it
has; or `{"fault": ..., "message": ...}`.
"""

from __future__ import annotations

import importlib
import json
import sys
from itertools import pairwise
from typing import Any, NamedTuple

FILE = "data/book.pdf"
MOST_PAGES = 100
MOST_CELLS = 200_000
GAP = 4.0
"""Points between two letters from which they belong to different cells where no space stands between them."""
APART = 36.0
"""Points from one line to the next from which they belong to different tables."""
LINE = 3.0
"""Points by which letters of one line may differ in height."""


def main() -> None:
    """Read the file and print what is in it."""
    try:
        found = read()
    except Exception as fault:  # whatever a broken file makes the library raise, and wrap
        memory = any(isinstance(one, MemoryError) for one in (fault, *fault.args, fault.__cause__))
        kind = "memory" if memory else "password" if "Password" in repr(fault) else "broken"
        found = {"fault": kind, "message": f"{type(fault).__name__}: {fault}"[:200]}
    sys.stdout.write(json.dumps(found))


def read() -> dict[str, Any]:
    """Return the pages of the file."""
    pdfplumber: Any = importlib.import_module("pdfplumber")
    with pdfplumber.open(FILE) as book:
        if len(book.pages) > MOST_PAGES:
            return {"fault": "pages", "message": str(len(book.pages))}
        pages: list[dict[str, Any]] = []
        cells = 0
        for page in book.pages:
            tables = [filled(table) for table in page.find_tables()]
            tables = [rows for rows in tables if len(rows) > 1 and len(rows[0]) > 1] or aligned(page)
            cells += sum(len(row) for rows in tables for row in rows)
            if cells > MOST_CELLS:
                return {"fault": "cells", "message": ""}
            facts = {"letters": len(page.chars), "pictures": len(page.images)}
            pages.append({"page": page.page_number, "tables": tables, **facts})
            page.close()
        return {"pages": pages}


def filled(table: Any) -> list[list[str]]:
    """Return a table drawn with lines; a cell that reaches over several rows has its text in each."""
    texts: list[list[str]] = [[" ".join((cell or "").split()) for cell in row] for row in table.extract()]
    tops = [row.bbox[1] for row in table.rows]
    lefts = sorted({cell[0] for cell in table.cells})
    for left, top, right, bottom in table.cells:
        if left in lefts and top in tops:
            column, row = lefts.index(left), tops.index(top)
            under = [place for place, at in enumerate(tops) if top + 1 < at < bottom - 1]
            for place in under:
                if column < len(texts[place]) and not texts[place][column] and right > left:
                    texts[place][column] = texts[row][column]
    return [row for row in texts if any(row)]


class Line(NamedTuple):
    """Letters side by side."""

    top: float
    cells: list[tuple[float, float, str]]
    """Left and right end of each cell, and its text."""


def aligned(page: Any) -> list[list[list[str]]]:
    """Return what stands in columns without lines around it.

    Lines below each other with the same number of cells say where the columns are; lines above and below them belong
    to the table where each of their cells stands in one column, so that cells may be blank.
    """
    lines = lines_of(page)
    seeds = sorted(seeds_of(lines), key=lambda seed: seed[0] - seed[1])
    taken: set[int] = set()
    found: list[tuple[int, list[list[str]]]] = []
    for first, end in seeds:
        columns = columns_of(lines[first:end])
        if columns is None or taken & set(range(first, end)):
            continue
        first, end = grown(lines, first, end, columns)
        here = [place for place in range(first, end) if place not in taken]
        taken |= set(here)
        rows = [placed(lines[place], columns) for place in here]
        found.append((first, [row for row in rows if row is not None]))
    return [rows for _, rows in sorted(found)]


def lines_of(page: Any) -> list[Line]:
    """Return the lines of a page from top to bottom."""
    lines: list[Line] = []
    words = page.extract_words(keep_blank_chars=True, x_tolerance=GAP, y_tolerance=LINE)
    for word in sorted(words, key=lambda word: word["top"]):
        text = " ".join(word["text"].split())
        if not text:
            continue
        if not lines or word["top"] - lines[-1].top > LINE:
            lines.append(Line(word["top"], []))
        lines[-1].cells.append((word["x0"], word["x1"], text))
    return [Line(line.top, sorted(line.cells)) for line in lines]


def seeds_of(lines: list[Line]) -> list[tuple[int, int]]:
    """Return first line and end of each run of lines with the same number of cells, two or more."""
    found: list[tuple[int, int]] = []
    first = 0
    for place in range(1, len(lines) + 1):
        if place == len(lines) or len(lines[place].cells) != len(lines[first].cells) or apart(lines, place):
            if place - first > 1 and len(lines[first].cells) > 1:
                found.append((first, place))
            first = place
    return found


def apart(lines: list[Line], place: int) -> bool:
    """Whether a line stands too far below the one before to belong to the same table."""
    return lines[place].top - lines[place - 1].top > APART


def columns_of(lines: list[Line]) -> list[tuple[float, float]] | None:
    """Return left and right end of the columns in lines with the same number of cells, None where they overlap."""
    columns = [(min(cell[0] for cell in cells), max(cell[1] for cell in cells)) for cells in
               zip(*(line.cells for line in lines), strict=True)]  # fmt: skip
    return None if any(left[1] > right[0] for left, right in pairwise(columns)) else columns


def placed(line: Line, columns: list[tuple[float, float]]) -> list[str] | None:
    """Return a line as a row of a table, None where a cell of it stands in no column, in several or in a filled one."""
    row = [""] * len(columns)
    for left, right, text in line.cells:
        under = [place for place, (start, end) in enumerate(columns) if left < end and right > start]
        if len(under) != 1 or row[under[0]]:
            return None
        row[under[0]] = text
    return row


def grown(lines: list[Line], first: int, end: int, columns: list[tuple[float, float]]) -> tuple[int, int]:
    """Return first line and end of a table with the lines above and below that stand in its columns."""
    while first > 0 and not apart(lines, first) and fits(lines[first - 1], columns):
        first -= 1
    last = end
    while last < len(lines) and not apart(lines, last) and placed(lines[last], columns) is not None:
        last += 1
        # A single cell at the end may be a remark below the table.
        end = last if fits(lines[last - 1], columns) else end
    return first, end


def fits(line: Line, columns: list[tuple[float, float]]) -> bool:
    """Whether a line has several cells, each in a column of its own."""
    return len(line.cells) > 1 and placed(line, columns) is not None


if __name__ == "__main__":
    main()
