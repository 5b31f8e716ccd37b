"""The header of a table among its first rows: which row it is, names, units, doubles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from fivefold_solvers.data.finding import DataFinding, shown
from fivefold_solvers.data.numerals import read_number
from fivefold_solvers.data.units import is_unit, split_unit
from fivefold_solvers.formulation.finding import Severity

Row = tuple[int, list[str]]
"""Number of a row in its file, and its cells."""
ROWS_BELOW = 20
"""Rows below a header that are compared with it."""


@dataclass(frozen=True, slots=True)
class Head:
    """The header of a table."""

    names: tuple[str, ...]
    """Names without units, unique, one per column."""
    headers: tuple[str, ...]
    """As written."""
    units: tuple[str, ...]
    """Units, empty for none."""
    row: int | None
    """Number of the header row, None where there is none."""
    last: int
    """Number of the last row that belongs to the header; the data begin below."""
    findings: tuple[DataFinding, ...] = field(default=())
    """What is wrong with it; places without file and sheet."""


def find_head(rows: Sequence[Row], header: int | None = None) -> Head | None:
    """Return the header among the first rows of a file, None where all are blank.

    Args:
        rows: the first rows, blank ones and comments left out.
        header: number of the header row, 0 where there is none, None to find it.
    """
    filled = [(number, [cell.strip() for cell in cells]) for number, cells in rows if any(map(str.strip, cells))]
    if not filled:
        return None
    place, is_header = _place(filled, header)
    if not is_header:
        width = max(len(_trimmed(cells)) for _, cells in filled[place:])
        names = tuple(f"column_{count}" for count in range(1, width + 1))
        found = [] if header == 0 else [_no_header(filled[place])]
        return Head(names, names, ("",) * width, None, filled[place][0] - 1, tuple(found))
    number, cells = filled[place]
    cells = _trimmed(cells)
    width = max(len(cells), _width(filled[place + 1 :]) if place + 1 < len(filled) else 0)
    cells += [""] * (width - len(cells))
    cells[0] = cells[0].lstrip("# ") or cells[0]
    below = filled[place + 1] if place + 1 < len(filled) else None
    units = _unit_row(below, filled[place + 2 :], width) if below else None
    parts = [split_unit(" ".join(cell.split())) for cell in cells]
    own = units or [unit for _, unit in parts]
    return Head(
        names=_unique([name or f"column_{count}" for count, (name, _) in enumerate(parts, start=1)]),
        headers=tuple(" ".join(cell.split()) or f"column_{count}" for count, cell in enumerate(cells, start=1)),
        units=tuple(unit or other for unit, (_, other) in zip(own, parts, strict=True)),
        row=number,
        last=below[0] if below and units else number,
        findings=(*_faults(number, cells), *([] if header else _doubtful(number, cells))),
    )


def _place(filled: Sequence[Row], header: int | None) -> tuple[int, bool]:
    """Return which of the filled rows is the header, or the first below where it should be, and whether it is one."""
    if header == 0:
        return 0, False
    if header is not None:
        return next((place for place, (number, _) in enumerate(filled) if number >= header), len(filled) - 1), True
    width = _width(filled)
    heads = (place for place, row in enumerate(filled) if _fits(row[1], width) or _blank_corner(filled, place, width))
    found = next(heads, 0)
    cells = filled[found][1]
    below = [row for _, row in filled[found + 1 : found + 1 + ROWS_BELOW]]
    return found, not (below and cells[0] and _is_entry(cells, below))


def _is_entry(cells: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a row is like those below it, and so none of headers: its numbers stand over numbers and head no matrix.

    A matrix may have whole numbers for headers, each once, and one of a single column a year.
    """
    numbers = {place: found for place, cell in enumerate(cells) if cell and (found := read_number(cell)) is not None}
    if len(numbers) == sum(map(bool, cells)):
        return True
    over = [row[place] for place in numbers for row in below if place < len(row) and row[place]]
    if not over or any(read_number(cell) is None for cell in over):
        return False
    plain = all(cells[place].isdigit() for place in numbers)
    if len(numbers) == 1:
        return not plain or not _is_year(next(iter(numbers.values())).value) or all(map(_like_year, over))
    return not plain or len({one.value for one in numbers.values()}) < len(numbers)


def _is_year(value: float) -> bool:
    return 1900 <= value <= 2100


def _like_year(cell: str) -> bool:
    found = read_number(cell)
    return found is not None and _is_year(found.value)


def _width(filled: Sequence[Row]) -> int:
    """Return how many columns most rows have."""
    widths = Counter(len(_trimmed(cells)) for _, cells in filled)
    return max(widths, key=lambda width: (widths[width] * min(width, 2), width))


def _fits(cells: Sequence[str], width: int) -> bool:
    count = sum(map(bool, cells))
    named = not cells[0] or not any(read_number(cell) is not None for cell in cells)
    return count >= width or (count >= max(2, width - 1) and named) or (width > 4 and count >= 0.7 * width)


def _blank_corner(filled: Sequence[Row], place: int, width: int) -> bool:
    """Whether a row heads a list of names and values and leaves out what the names are."""
    cells = _trimmed(filled[place][1])
    if width != 2 or len(cells) != 2 or cells[0] or read_number(cells[1]) is not None or place + 1 >= len(filled):
        return False
    first = _trimmed(filled[place + 1][1])
    return len(first) == 2 and bool(first[0]) and read_number(first[1]) is not None


def _trimmed(cells: Sequence[str]) -> list[str]:
    """Return the cells without blank ones at the end."""
    kept = list(cells)
    while len(kept) > 1 and not kept[-1].strip():
        kept.pop()
    return kept


def _unit_row(below: Row, rest: Sequence[Row], width: int) -> list[str] | None:
    """Return the units that stand in a row of their own below the header, None where it is a row of data."""
    cells = [*_trimmed(below[1]), *[""] * width][:width]
    units = [re.sub(r"^[\[(](.*)[\])]$", r"\1", cell) for cell in cells]
    filled = [unit for unit in units if unit and unit != "-"]
    if not filled or not rest or any(read_number(cell) is not None for cell in cells):
        return None
    bracketed = all(cell[:1] in "[(" for cell in cells if cell)
    numbers = any(read_number(cell) is not None for cell in rest[0][1])
    known = sum(map(is_unit, filled))
    fits = (bracketed and known) or known == len(filled)
    return ["" if unit == "-" else unit for unit in units] if fits and numbers else None


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    seen: Counter[str] = Counter()
    unique: list[str] = []
    for name in names:
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(unique)


def _faults(number: int, cells: Sequence[str]) -> list[DataFinding]:
    found: list[DataFinding] = []
    seen: dict[str, int] = {}
    for place, cell in enumerate(cells, start=1):
        name = " ".join(cell.split())
        if name and name in seen:
            found.append(
                DataFinding(
                    code="duplicate-header",
                    severity=Severity.ERROR,
                    message=f"columns {seen[name]} and {place} have the same header",
                    mend="give each column its own header",
                    row=number,
                    column=shown(cell),
                )
            )
        seen.setdefault(name, place)
    return found[:1]


def _no_header(row: Row) -> DataFinding:
    only = all(read_number(cell) is not None for cell in row[1] if cell)
    return DataFinding(
        code="no-header",
        severity=Severity.WARNING,
        message=f"there is no header row: the first row holds numbers{' only' if only else ''}",
        mend="write a row of column names above the data",
        row=row[0],
        column="column_1",
    )


def _doubtful(number: int, cells: Sequence[str]) -> list[DataFinding]:
    """Return the doubt about a row that was taken for the header and could be the first entry."""
    numbers = [cell for cell in cells if cell and read_number(cell) is not None]
    steps = {int(after) - int(before) for before, after in pairwise(numbers)} if all(map(str.isdigit, numbers)) else {0}
    told = " and ".join(map(shown, numbers))
    if not cells[0] or not 1 <= len(numbers) <= 2 or (len(numbers) == 2 and len(steps) == 1 and 0 < min(steps) <= 5):
        return []
    return [
        DataFinding(
            code="doubtful-header",
            severity=Severity.WARNING,
            message=f"the row was taken for the header, and {told} for the name of a column",
            mend="write a row of column names above it if it is an entry",
            row=number,
            column=shown(cells[0]),
        )
    ]
