"""Run in the sandbox: the tables of a PDF file as JSON on standard output. Needs pdfplumber, and nothing of ours.

Prints `{"pages": [...]}`, each page with its number, its tables as rows of cells, and how many letters and pictures it
has; or `{"fault": ..., "message": ...}`.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

FILE = "data/book.pdf"
MOST_PAGES = 100
MOST_CELLS = 200_000
GAP = 4.0
"""Points between two letters from which they belong to different cells where no space stands between them."""
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
            return {
                "fault": "pages",
                "message": f"it has {len(book.pages)} pages; {MOST_PAGES} is the most that is read",
            }
        pages: list[dict[str, Any]] = []
        cells = 0
        for page in book.pages:
            tables = [filled(table) for table in page.find_tables()]
            tables = [rows for rows in tables if len(rows) > 1 and len(rows[0]) > 1] or aligned(page)
            cells += sum(len(row) for rows in tables for row in rows)
            if cells > MOST_CELLS:
                return {"fault": "cells", "message": f"it has more than {MOST_CELLS} cells, the most that is read"}
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


def aligned(page: Any) -> list[list[list[str]]]:
    """Return what stands in columns without lines: lines below each other with the same number of cells."""
    lines: dict[int, list[Any]] = {}
    for word in page.extract_words(keep_blank_chars=True, x_tolerance=GAP, y_tolerance=LINE, use_text_flow=False):
        lines.setdefault(round(word["top"] / LINE), []).append(word)
    rows = [
        [
            " ".join(word["text"].split())
            for word in sorted(lines[at], key=lambda word: word["x0"])
            if word["text"].strip()
        ]
        for at in sorted(lines)
    ]
    found: list[list[list[str]]] = []
    for row in rows:
        if found and found[-1] and len(found[-1][0]) == len(row) > 1:
            found[-1].append(row)
        else:
            found.append([row])
    return [rows for rows in found if len(rows) > 1 and len(rows[0]) > 1]


if __name__ == "__main__":
    main()
