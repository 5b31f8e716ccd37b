"""A solution as a table that every spreadsheet program reads: one row per entry of a variable."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fivefold.answer import Values
    from fivefold_solvers.formulation.elements import Formulation

Entry = tuple[str, Sequence[Any], float, str]
"""Name of a variable, an index, its value, its unit."""


def solution_csv(formulation: Formulation | None, values: Values) -> str:
    """Return the values of a solution as CSV."""
    known = () if formulation is None else formulation.variables
    units = {variable.name: variable.unit for variable in known}
    return entries_csv(
        (name, key, value, units.get(name, ""))
        for name, entries in values.items()
        if not units or name in units
        for key, value in entries.items()
    )


def entries_csv(entries: Iterable[Entry]) -> str:
    """Return one row per entry: variable, its indices, value, unit."""
    rows = list(entries)
    width = max((len(key) for _, key, _, _ in rows), default=0)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["variable", *(f"index_{place + 1}" for place in range(width)), "value", "unit"])
    for name, key, value, unit in rows:
        writer.writerow([name, *map(cell, key), *[""] * (width - len(key)), _number(value), cell(unit)])
    return text.getvalue()


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)


def cell(value: Any) -> Any:
    """Return what a cell shows; a text that a spreadsheet would take for a formula is kept a text."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value
