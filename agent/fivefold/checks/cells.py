"""Numbers in the Markdown tables of a text that are no amounts: they number rows and columns, or are per cent.

`| 2 | 40 | 7 |` under `| Stand | Rent | Hours |` is stand 2; 60 under `Share (%)` is 0.6.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fivefold.problem import quantities

_LINE = re.compile(r"^[ \t]*\|(?P<cells>.+)\|[ \t]*$", re.MULTILINE)
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
    """Yield the Markdown tables of a text that have headings and at least two rows."""
    rows, end = Table(), -2
    for match in [*_LINE.finditer(text), None]:
        if match is None or text[end : match.start()].strip() or text.count("\n", max(end, 0), match.start()) > 1:
            if len(rows) > 2:
                yield rows
            rows = []
        if match is not None:
            end = match.end()
            if not _RULE.match(match["cells"]):
                rows.append(list(_cells(match["cells"], match.start("cells"))))


def _cells(line: str, start: int) -> Iterator[Cell]:
    for part in re.finditer(r"[^|]+", line):
        text = part.group().strip()
        yield Cell(text, start + part.start() + part.group().find(text))


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
