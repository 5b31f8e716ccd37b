"""A solution as CSV and as a spreadsheet."""

from __future__ import annotations

import io
from importlib import import_module
from typing import Any

from fivefold.deliverables.material import Material, assumption_lines, checked_lines, entries, facts
from fivefold.deliverables.tabled import cell, entries_csv
from fivefold.errors import CallerError


def to_csv(material: Material) -> str:
    """Return one row per entry: variable, its indices, value, unit."""
    return entries_csv(entries(material))


def to_xlsx(material: Material) -> bytes:
    """Return a spreadsheet: a summary, one sheet per variable, how every row stands, what was checked and assumed.

    Raises:
        CallerError: the library that writes spreadsheets is not installed.
    """
    try:
        openpyxl: Any = import_module("openpyxl")  # it has no types of its own
    except ModuleNotFoundError:
        raise CallerError("openpyxl is not installed; pip install 'fivefold[data]', or take .csv") from None
    book: Any = openpyxl.Workbook(write_only=True)
    _fill(book, "Summary", [["", ""], *([word, said] for word, said in facts(material))])
    by_name: dict[str, list[list[Any]]] = {}
    for name, key, value, unit in entries(material):
        by_name.setdefault(name, []).append([*map(cell, key), value, cell(unit)])
    for name, rows in by_name.items():
        indices = [f"index {place + 1}" for place in range(len(rows[0]) - 2)]
        _fill(book, name, [[*indices, "value", "unit"], *rows])
    if material.audit is not None:
        head = ["constraint", "place", "slack", "binding", "violation"]
        _fill(book, "Constraints", [head, *([row[part] for part in head] for row in material.audit["rows"])])
    told = [["how far it was checked"], *([cell(line)] for line in checked_lines(material)), [""]]
    _fill(book, "Checks", [*told, ["what it rests on"], *([cell(line)] for line in assumption_lines(material))])
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _fill(book: Any, title: str, rows: list[list[Any]]) -> None:
    taken = {sheet.title.lower() for sheet in book.worksheets}
    short = title[:28]
    names = (short, *(f"{short[:25]}_{number}" for number in range(2, len(taken) + 3)))
    sheet = book.create_sheet(title=next(name for name in names if name.lower() not in taken))
    for row in rows:
        sheet.append(row)
