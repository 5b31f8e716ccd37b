"""Arrays to LP text: the format in which people read a program."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fivefold_solvers.build.arrays import Arrays
from fivefold_solvers.build.file_names import file_names

_PER_LINE = 8
"""Terms on one line; some readers limit its length."""


def to_lp(arrays: Arrays, *, readable: bool = True) -> str:
    """Return a program as LP text; a row with two different limits becomes two rows.

    Args:
        arrays: the program.
        readable: whether names hold element and index, `x_a_2`; otherwise columns are C0, C1, ... and rows R0, R1, ...
    """
    columns = file_names(arrays.variables, "C", readable=readable)
    rows = file_names(arrays.constraints, "R", readable=readable, taken=("obj",))
    lines = [arrays.sense.capitalize(), *_objective(arrays, columns), "Subject To"]
    lines += _rows(arrays, columns, rows)
    lines += ["Bounds", *_bounds(arrays, columns)]
    binary = arrays.integer & (arrays.lower == 0) & (arrays.upper == 1)
    for heading, chosen in (("Binaries", binary), ("Generals", arrays.integer & ~binary)):
        if chosen.any():
            lines += [heading, *(f" {columns[j]}" for j in np.flatnonzero(chosen).tolist())]
    lines += ["End", ""]
    return "\n".join(lines)


def _terms(pairs: list[tuple[str, float]]) -> Iterator[str]:
    """Yield lines with terms, `+ 2 x - 3 y`."""
    for start in range(0, len(pairs), _PER_LINE):
        chunk = pairs[start : start + _PER_LINE]
        yield " " + " ".join(f"{'-' if value < 0 else '+'} {abs(value)!r} {name}" for name, value in chunk)


def _objective(arrays: Arrays, columns: list[str]) -> Iterator[str]:
    used = np.flatnonzero(arrays.cost).tolist()
    pairs = [(columns[j], value) for j, value in zip(used, arrays.cost[used].tolist(), strict=True)]
    yield " obj:"
    yield from _terms(pairs or [(columns[0], 0.0)] if columns else [])
    if arrays.quadratic is not None:
        first, second, values = arrays.quadratic
        yield " + ["
        triples = zip(first.tolist(), second.tolist(), (2 * values).tolist(), strict=True)
        yield from _terms(
            [(f"{columns[i]} ^2" if i == j else f"{columns[i]} * {columns[j]}", v) for i, j, v in triples]
        )
        yield " ] / 2"
    if arrays.offset:
        yield f" {'-' if arrays.offset < 0 else '+'} {abs(arrays.offset)!r}"


def _rows(arrays: Arrays, columns: list[str], rows: list[str]) -> Iterator[str]:
    starts: list[int] = arrays.starts.tolist()
    places: list[int] = arrays.columns.tolist()
    values, lows, highs = arrays.coefficients.tolist(), arrays.row_lower.tolist(), arrays.row_upper.tolist()
    taken = set(rows)
    for i, (name, low, high) in enumerate(zip(rows, lows, highs, strict=True)):
        pairs = [(columns[places[k]], values[k]) for k in range(starts[i], starts[i + 1])]
        lines = "\n".join(_terms(pairs or [(columns[0], 0.0)]))
        if low == high:
            yield f" {name}:\n{lines} = {low!r}"
            continue
        if low > -np.inf:
            yield f" {name}:\n{lines} >= {low!r}"
        if high < np.inf:
            other = name
            while low > -np.inf and other in taken:
                other += "_upper"
            taken.add(other)
            yield f" {other}:\n{lines} <= {high!r}"


def _bounds(arrays: Arrays, columns: list[str]) -> Iterator[str]:
    plain = (arrays.lower == 0) & ((arrays.upper == np.inf) | (arrays.integer & (arrays.upper == 1)))
    lowers, uppers = arrays.lower.tolist(), arrays.upper.tolist()
    for j in np.flatnonzero(~plain).tolist():
        name, lower, upper = columns[j], lowers[j], uppers[j]
        if lower == upper:
            yield f" {name} = {lower!r}"
        elif lower == -np.inf and upper == np.inf:
            yield f" {name} free"
        else:
            low = "-inf" if lower == -np.inf else repr(lower)
            yield f" {low} <= {name}" + ("" if upper == np.inf else f" <= {upper!r}")
