"""Tables inside the text of a problem: Markdown pipes, tabs, commas or semicolons, columns aligned by spaces."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fivefold_solvers.data.finding import DataError
from fivefold_solvers.data.headers import Row
from fivefold_solvers.data.numerals import read_number
from fivefold_solvers.data.sniff import sniff
from fivefold_solvers.data.table import DataTable
from fivefold_solvers.data.values import table_of_rows

_RULE = re.compile(r"\s*\|?\s*:?[-=]+:?\s*((\||\+)\s*:?[-=]+:?\s*)*\|?\s*")
_LINE = re.compile(r"[\s+|=:-]*[-=]{3,}[\s+|=:-]*")
_GAP = re.compile(r"(?:\s{2,}|\t)")
_SENTENCE = re.compile(r"[A-Za-z]{2,}[.!?]\s*$|[.!?]\s+[A-Z]")
_CELL = re.compile(r"\S+(?:\s\S+)*")
_NUMERAL = re.compile(r"(?<![\w.,])\d[\d.,]*\d(?!\w)")
_NUMBERED = re.compile(r"table\s*\d+\s*[:.\u2013-]\s*(?=\w)", re.IGNORECASE)
_NAMED = re.compile(r"(?:table\s*\d*\s*)?(?P<name>[^.:]{3,60}?)\s*:?\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table in a text and its place."""

    table: DataTable
    start: int
    """Place of its first character in the text."""
    end: int
    """Place behind its last character."""


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    start: int
    text: str


def tables_in(text: str, file: str = "the problem text") -> list[TextTable]:
    """Return the tables in a text, in order; rows are numbered by the lines of the text."""
    lines = _lines(text)
    decimal = _decimal_of(lines)
    found: list[TextTable] = []
    at = 0
    while at < len(lines):
        for split in (_pipes, _tabs, _delimited, _aligned):
            block = _block(lines, at, split)
            above = [line for line in lines[max(0, at - 2) : at] if not found or line.start >= found[-1].end]
            table = _table(block, split, _name(above, len(found) + 1), file, decimal) if block else None
            # A block that is no table from its first line on would be one without its header.
            table = None if split is _aligned and above and _aligned(above[-1].text) else table
            if table is not None:
                last = block[-1]
                found.append(TextTable(table, lines[at].start, last.start + len(last.text)))
                at = lines.index(last, at) + 1
                break
        else:
            at += 1
    return found


def _lines(text: str) -> list[_Line]:
    lines: list[_Line] = []
    start = 0
    for number, raw in enumerate(text.splitlines(keepends=True), start=1):
        lines.append(_Line(number, start, raw.rstrip("\r\n")))
        start += len(raw)
    return lines


def _decimal_of(lines: Sequence[_Line]) -> str:
    """Return the decimal sign of the words around tables; `1,200` alone has thousands, as people write in English."""
    words = [line.text for line in lines if _delimited(line.text) is None]
    found = sniff("\n".join(number for text in words for number in _NUMERAL.findall(text)), delimiter=";")
    return "." if found.doubtful else found.decimal


def _block(lines: Sequence[_Line], at: int, split: Callable[[str], list[str] | None]) -> list[_Line]:
    """Return the lines from a place on that are rows of one kind of table."""
    block: list[_Line] = []
    for line in lines[at:]:
        if _LINE.fullmatch(line.text) and block:
            block.append(line)
        elif split(line.text) is None:
            break
        else:
            block.append(line)
    while block and _LINE.fullmatch(block[-1].text):
        block.pop()
    return block


def _table(
    block: Sequence[_Line], split: Callable[[str], list[str] | None], name: str, file: str, decimal: str
) -> DataTable | None:
    split_rows = [(line.number, split(line.text) or []) for line in block if not _LINE.fullmatch(line.text)]
    rows = [row for row in split_rows if row[1]]
    widths = {len(cells) for _, cells in rows}
    if len(rows) < 2 or max(widths) < 2:
        return None
    body = [cell for _, cells in rows[1:] for cell in cells]
    # Prose with commas is no table: some cells are numbers, and all are short.
    if not any(read_number(cell) is not None for cell in body) and split is not _pipes:
        return None
    if len(widths) > 1:
        placed = _with_corner(rows) or (_by_place(block) if split is _aligned else None)
        if placed is None and split is not _pipes:
            return None
        rows = placed or rows
    rows = _one_header(rows)
    found = sniff("\n".join(";".join(cells) for _, cells in rows), delimiter=";")
    decimal = decimal if found.doubtful else found.decimal
    values = [(number, [cell or None for cell in cells]) for number, cells in rows]
    try:
        return table_of_rows(name, file, "", values, decimal=decimal)
    except DataError:
        return None


def _with_corner(rows: Sequence[Row]) -> list[Row] | None:
    """Return rows with a blank corner put in where only the header lacks one cell."""
    width = len(rows[1][1])
    if len(rows[0][1]) != width - 1 or any(len(cells) != width for _, cells in rows[1:]):
        return None
    return [(rows[0][0], ["", *rows[0][1]]), *rows[1:]]


def _by_place(block: Sequence[_Line]) -> list[Row] | None:
    """Return aligned rows of which some lack cells, each cell in the column that it stands below; None if unclear."""
    lines = [line for line in block if not _LINE.fullmatch(line.text)]
    cells = [[(one.start(), one.end(), one[0]) for one in _CELL.finditer(line.text)] for line in lines]
    width = max(map(len, cells))
    full = [row for row in cells if len(row) == width]
    if 2 * len(full) < len(cells) or any("\t" in line.text for line in lines):
        return None
    spans = [(min(row[at][0] for row in full), max(row[at][1] for row in full)) for at in range(width)]
    rows: list[Row] = []
    for line, row in zip(lines, cells, strict=True):
        placed = [""] * width
        before = -1
        for start, end, text in row:
            shared = [min(end, last) - max(start, first) for first, last in spans]
            at = max(range(width), key=shared.__getitem__) if len(row) < width else before + 1
            if at <= before or shared[at] <= 0:
                return None
            placed[at], before = text, at
        rows.append((line.number, placed))
    return rows


def _one_header(rows: Sequence[Row]) -> list[Row]:
    """Return rows whose header stands in one: its second line has words, and no name of a row before them."""
    first, second = rows[0][1], rows[1][1]
    below = [cell for _, cells in rows[2:] for cell in cells]
    wordy = not any(read_number(cell) is not None for cell in [*first, *second])
    if not wordy or len(first) != len(second) or (first[0] and second[0]) or not any(map(read_number, below)):
        return list(rows)
    return [(rows[1][0], [f"{above} {own}".strip() for above, own in zip(first, second, strict=True)]), *rows[2:]]


def _name(above: Sequence[_Line], count: int) -> str:
    """Return the words above a table that name it, else a number."""
    title = next((line.text.strip(" #*_:") for line in reversed(above) if line.text.strip()), "")
    title = _NUMBERED.sub("", title)
    if title and not _LINE.fullmatch(title) and len(title) <= 60 and not _SENTENCE.search(title):
        found = _NAMED.fullmatch(title)
        if found:
            return found["name"].strip()
    return f"table_{count}"


def _pipes(text: str) -> list[str] | None:
    if text.count("|") < 1 or _RULE.fullmatch(text):
        return [] if _RULE.fullmatch(text) and "|" in text else None
    plain = text.strip().removeprefix("|").removesuffix("|")
    return [cell.replace("\\|", "|").strip(" *`") for cell in re.split(r"(?<!\\)\|", plain)]


def _tabs(text: str) -> list[str] | None:
    return [cell.strip() for cell in text.strip("\n").split("\t")] if "\t" in text.strip() else None


def _delimited(text: str) -> list[str] | None:
    if _SENTENCE.search(text) or len(text) > 2000:
        return None
    delimiter = ";" if ";" in text else ","
    if delimiter not in text:
        return None
    try:
        cells = [
            cell.strip() for cell in next(csv.reader([text], delimiter=delimiter, skipinitialspace=True), list[str]())
        ]
    except csv.Error:
        return None
    short = all(len(cell) <= 30 and len(cell.split()) <= 4 for cell in cells)
    return cells if short and len(cells) > 1 else None


def _aligned(text: str) -> list[str] | None:
    cells = [cell.strip() for cell in _GAP.split(text.strip()) if cell.strip()]
    if len(cells) < 2 or _SENTENCE.search(text) or any(len(cell) > 40 for cell in cells):
        return None
    return cells
