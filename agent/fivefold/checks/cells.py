"""Numbers in the tables of a text that are no amounts: they number rows and columns, or are per cent.

`| 2 | 40 | 7 |` under `| Stand | Rent | Hours |` is stand 2; 60 under `Share (%)` is 0.6.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fivefold.problem import quantities

_BETWEEN = (re.compile(r"\|"), re.compile(r"\t"), re.compile(r" {2,}"))
"""What stands between the cells of a row."""
_SENTENCE = re.compile(r"[a-z]{2}[.!?]$|[.!?] +[A-Z]")
_RULE = re.compile(r"^[\s|:=-]+$")
_PERCENT = re.compile(r"%|\bper ?cent(?:age)?\b", re.IGNORECASE)
_BASIS = re.compile(
    r"(?:(?:\bper |/ ?)(?P<number>10|50|100|1,?000)(?= [A-Za-z])|"
    r"\b(?:each|every) (?P<measure>100|1,?000)(?= ?(?:g|grams?|kg|kilos?|ml|lit(?:er|re)s?|km|miles?|pounds?|lbs?|"
    r"euros?|dollars?)\b))"
)
_SCALE = re.compile(
    r"\b(?:(?:a|the) scale|rated|ranked|scored)(?: (?:of|from|between|up|out))*(?: to)? (?P<first>\d+)"
    r"(?: ?(?:to|and|-|\u2013) ?(?P<last>\d+))?\b(?! ?%)",
    re.IGNORECASE,
)


class Cell(NamedTuple):
    """One cell: its text without blanks around it, and where it begins."""

    text: str
    start: int


Table = list[list[Cell]]
"""The rows of a table, the headings first."""


def tables_in(text: str) -> Iterator[Table]:
    """Yield the tables of a text that have headings and at least two rows: with lines, tabs, or gaps between cells."""
    rows, parts = Table(), _BETWEEN[0]
    for line in [*re.finditer(r"[^\n]*\n?", text)]:
        words = line.group().rstrip()
        found = next((one for one in _BETWEEN if words and _is_row(words, one)), None)
        if rows and (found is not parts or found is None):
            yield from _whole(rows)
            rows = []
        if found is not None and not _RULE.match(words):
            rows.append(list(_cells(words, line.start(), found)))
        parts = found or parts


def _is_row(words: str, between: re.Pattern[str]) -> bool:
    """Whether a line is one of cells; one of sentences is none."""
    plain = words.strip()
    if between is _BETWEEN[0]:
        return plain.count("|") > 1 or ("|" in plain and _SENTENCE.search(plain) is None)
    return between.search(plain) is not None and _SENTENCE.search(plain) is None


def _whole(rows: Table) -> Iterator[Table]:
    """Yield the table in some rows, with a blank corner where only the headings lack one cell."""
    widths = {len(row) for row in rows[1:]}
    if widths == {len(rows[0]) + 1}:
        rows = [[Cell("", rows[0][0].start), *rows[0]], *rows[1:]]
    if len(rows) > 2:
        yield rows


def _cells(line: str, start: int, between: re.Pattern[str]) -> Iterator[Cell]:
    inner = re.sub(r"^\s*\||\|\s*$", lambda edge: " " * len(edge.group()), line) if between is _BETWEEN[0] else line
    at = 0
    for end in [*(match.span() for match in between.finditer(inner)), (len(inner), len(inner))]:
        cell = inner[at : end[0]].strip()
        if cell or between is not _BETWEEN[2]:
            yield Cell(cell, start + at + inner[at : end[0]].find(cell))
        at = end[1]


def numbering(text: str) -> set[int]:
    """Return where numbers stand that number the rows or columns of a table, from 0 or 1 on without a gap."""
    found: set[int] = set()
    for table in tables_in(text):
        for cells in ([row[0] for row in table[1:] if row], table[0][1:]):
            if _counts(cells):
                found |= {cell.start for cell in cells}
    return found


def _counts(cells: Sequence[Cell]) -> bool:
    numbers = [int(cell.text) for cell in cells if re.fullmatch(r"\d{1,2}", cell.text)]
    return (
        len(numbers) == len(cells) > 1
        and numbers[0] < 2
        and numbers == list(range(numbers[0], numbers[0] + len(cells)))
    )


def per_cent(text: str) -> set[int]:
    """Return where numbers stand in columns whose heading, or rows whose first cell, says that they are per cent."""
    found: set[int] = set()
    for table in tables_in(text):
        columns = {place for place, cell in enumerate(table[0]) if _PERCENT.search(cell.text)}
        for row in table[1:]:
            whole = bool(row) and _PERCENT.search(row[0].text) is not None and not quantities(row[0].text)
            for place, cell in enumerate(row):
                if place and (whole or place in columns):
                    found |= {cell.start + quantity.start for quantity in quantities(cell.text)}
    return found


def bases(text: str) -> set[int]:
    """Return where a 10, 50, 100 or 1000 stands that prices and contents are counted by: `$20 per 100 pounds`."""
    return {match.start("number" if match["number"] else "measure") for match in _BASIS.finditer(text)}


def scales(text: str) -> set[int]:
    """Return where the ends of a scale stand on which something is rated: `on a scale from 1 to 10`."""
    found = [(match, part) for match in _SCALE.finditer(text) for part in ("first", "last")]
    return {match.start(part) for match, part in found if match[part]}
