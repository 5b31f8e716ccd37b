"""Programs as messages: whole, or what differs from the program that the process holds already."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fivefold_solvers.backends.backend import Prepared
from fivefold_solvers.build.arrays import Arrays

_PLACED = ("cost", "lower", "upper", "integer", "row_lower", "row_upper", "coefficients")


def whole(arrays: Arrays) -> Prepared:
    """Return the message that loads a program."""
    quadratic = arrays.quadratic
    empty, none = np.zeros(0, np.int32), np.zeros(0)
    fields: dict[str, NDArray[Any]] = {
        "cost": arrays.cost,
        "lower": arrays.lower,
        "upper": arrays.upper,
        "integer": arrays.integer.astype(np.int8),
        "starts": arrays.starts.astype(np.int64),
        "columns": arrays.columns,
        "coefficients": arrays.coefficients,
        "row_lower": arrays.row_lower,
        "row_upper": arrays.row_upper,
        "q_rows": empty if quadratic is None else quadratic.first,
        "q_columns": empty if quadratic is None else quadratic.second,
        "q_values": none if quadratic is None else quadratic.values,
    }
    return _header(arrays), fields


def change(before: Arrays, after: Arrays) -> Prepared | None:
    """Return the message that makes one program of another, None where it must be sent whole.

    Entries may have other values, rows may have gone from the end and others come there. Fields that are the
    same object in both are not looked at.
    """
    if before.column_count != after.column_count or not _same_quadratic(before, after):
        return None
    kept = _kept_rows(before, after)
    if kept is None:
        return None
    header = _header(after)
    fields: dict[str, NDArray[Any]] = {}
    if kept < before.row_count:
        header["keep_rows"] = kept
    nonzeros = int(after.starts[kept])
    if kept < after.row_count:
        fields |= {
            "new.starts": (after.starts[kept:] - nonzeros).astype(np.int64),
            "new.columns": after.columns[nonzeros:],
            "new.coefficients": after.coefficients[nonzeros:],
            "new.row_lower": after.row_lower[kept:],
            "new.row_upper": after.row_upper[kept:],
        }
    ends = {"row_lower": kept, "row_upper": kept, "coefficients": nonzeros}
    for name in _PLACED:
        old, new = getattr(before, name), getattr(after, name)
        if old is new:
            continue
        end = ends.get(name, old.size)
        at = np.flatnonzero(old[:end] != new[:end])
        if at.size:
            fields[f"{name}.at"] = at.astype(np.int64)
            fields[name] = new[at].astype(np.int8) if name == "integer" else new[at]
    return header, fields


def _header(arrays: Arrays) -> dict[str, Any]:
    return {"maximize": arrays.sense == "maximize", "offset": float(arrays.offset)}


def _same_quadratic(before: Arrays, after: Arrays) -> bool:
    old, new = before.quadratic, after.quadratic
    if old is None or new is None:
        return old is new
    if old is new:
        return True
    places = np.array_equal(old.first, new.first) and np.array_equal(old.second, new.second)
    return places and np.array_equal(old.values, new.values)


def _kept_rows(before: Arrays, after: Arrays) -> int | None:
    """Return how many leading rows have the same places in both, None where that is too few to be worth it."""
    if before.starts is after.starts and before.columns is after.columns:
        return before.row_count
    rows = min(before.row_count, after.row_count)
    nonzeros = int(before.starts[rows])
    same = np.array_equal(before.starts[: rows + 1], after.starts[: rows + 1])
    if same and np.array_equal(before.columns[:nonzeros], after.columns[:nonzeros]):
        return rows
    return None
