"""A header of a spreadsheet over two rows, of which the upper has headings merged over columns, as one row."""

from __future__ import annotations

from collections.abc import Sequence

NumberedRow = tuple[int, Sequence[object]]
"""Number of a row in its sheet, and its cells."""
Area = tuple[int, int, int, int]
"""First column, first row, last column, last row of merged cells; the first is 1."""

_MOST_ROWS = 30
"""Rows at the top of a sheet among which the header is looked for."""


def with_one_head(rows: list[NumberedRow], merged: Sequence[Area]) -> list[NumberedRow]:
    """Return the rows with a header over two rows put together: `Hours` above `Saw` and `Paint` is `Hours Saw`, ...

    One heading over all columns but the first is left out, as the columns below it are then those of a matrix and
    their own headers name the entries. Titles, which stand above a header that is whole, are left alone.
    """
    for place in range(min(len(rows), _MOST_ROWS) - 2):
        number, cells = rows[place]
        areas = [area for area in merged if area[1] == area[3] == number and area[2] > area[0]]
        joined = _joined(cells, rows[place + 1][1], areas) if areas else None
        if joined is not None:
            return [(rows[place + 1][0], joined), *rows[place + 2 :]]
    return rows


def _joined(upper: Sequence[object], lower: Sequence[object], areas: Sequence[Area]) -> list[object] | None:
    """Return one header row for two, None where they are not a header over two rows."""
    width = max(_last(upper), _last(lower), *(area[2] for area in areas))
    above = [*upper, *[None] * width][:width]
    below = [*lower, *[None] * width][:width]
    heading = {place: above[area[0] - 1] for area in areas for place in range(area[0] - 1, area[2])}
    if any(not isinstance(below[place], str) for place in heading):
        return None
    alone = [place for place in range(width) if place not in heading]
    # Headers that come twice below are told apart by the headings above: what stands beside them is a header too.
    twice = len({below[place] for place in heading}) < len(heading)
    if twice:
        above = [above[place] if above[place] is not None else below[place] for place in range(width)]
    if any(below[place] is not None and below[place] != above[place] for place in alone):
        return None
    named = [place for place in alone if above[place] is not None]
    if not named:
        return None
    matrix = len(areas) == 1 and named == [0]
    return [
        above[place] if place not in heading else below[place] if matrix else f"{heading[place]} {below[place]}"
        for place in range(width)
    ]


def _last(cells: Sequence[object]) -> int:
    return max((place for place, cell in enumerate(cells, 1) if cell is not None), default=0)
