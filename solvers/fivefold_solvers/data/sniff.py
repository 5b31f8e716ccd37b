"""How a delimited text is written: delimiter, decimal sign, comments, found in its first lines."""

from __future__ import annotations

import csv
import re
from collections import Counter
from typing import NamedTuple

DELIMITERS = {";": "semicolon", "\t": "tab", "|": "pipe", ",": "comma"}
_DOT = re.compile(r"[+-]?(\d*)\.(\d+)%?")
_COMMA = re.compile(r"[+-]?(\d+|\d{1,3}(?:\.\d{3})+),(\d+)%?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+%?")


class Dialect(NamedTuple):
    """How a delimited text is written."""

    delimiter: str
    decimal: str
    doubtful: str = ""
    """A number that could be read in two ways, empty where there is none."""
    comments: bool = True
    """Whether rows that begin with `#` are comments."""


def sniff(sample: str, delimiter: str | None = None, decimal: str | None = None) -> Dialect:
    """Return how a text is written, from its first lines."""
    lines = [line for line in sample.split("\n") if line.strip()][:200]
    plain = [line for line in lines if not line.startswith("#")]
    found = delimiter or _delimiter(plain or lines)
    cells = [cell.strip() for row in csv.reader(plain, delimiter=found) for cell in row]
    sign, doubtful = _decimal(cells, found) if decimal is None else (decimal, "")
    marked = [line for line in lines if line.startswith("#")]
    width = Counter(line.count(found) for line in lines).most_common(1)[0][0] if lines else 0
    # Where half of the rows begin so and are as wide as the others, these are names such as #12.
    names = sum(line.count(found) == width for line in marked) * 2 >= len(lines) and width > 0
    comments = (not names and len(lines) - len(plain) <= max(20, 0.2 * len(lines))) or not plain
    return Dialect(found, sign, doubtful, comments)


def _delimiter(lines: list[str]) -> str:
    best, best_score = ",", (0.0, 0)
    for candidate in DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=candidate) if row]
        except csv.Error:
            continue
        wide = Counter(width for width in widths if width > 1)
        if not wide:
            continue
        width, count = max(wide.items(), key=lambda item: (item[1], item[0]))
        score = (round(count / len(widths), 2), width)
        if score > best_score:
            best, best_score = candidate, score
    return best


def _decimal(cells: list[str], delimiter: str) -> tuple[str, str]:
    """Return the decimal sign, and a number that leaves it open."""
    comma = [_is_sure(found[1], found[2]) for cell in cells if (found := _COMMA.fullmatch(cell))]
    dot = [_is_sure(found[1], found[2]) for cell in cells if (found := _DOT.fullmatch(cell))]
    triples = sum(bool(_GROUPED.fullmatch(cell)) and len(cell.rpartition(",")[2]) == 3 for cell in cells)
    sure_comma = sum(comma) + triples
    sure_dot = sum(dot)
    if sure_comma > sure_dot:
        return ",", ""
    if sure_dot or delimiter == ",":
        return ".", ""
    triple = next((cell for cell in cells if _COMMA.fullmatch(cell) or _DOT.fullmatch(cell)), "")
    return ("," if comma and not dot else "."), triple


def _is_sure(whole: str, part: str) -> bool:
    """Whether the sign between two runs of digits cannot separate thousands, as in `4,5`, `0,125` and `1234,567`."""
    return len(part) != 3 or whole in {"", "0"} or (whole.isdigit() and len(whole) > 3)
