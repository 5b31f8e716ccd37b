"""Rows at the foot of a matrix that belong to its columns: what each shop needs, below the costs of sending to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from fivefold_solvers.data.below import DASHES, cut
from fivefold_solvers.data.entries import numbers_of
from fivefold_solvers.data.table import Column, DataTable
from fivefold_solvers.data.typed import from_texts
from fivefold_solvers.data.units import split_unit
from fivefold_solvers.data.wording import words

_QUANTITIES = frozenset({
    "demand", "need", "requirement", "required", "order", "ordered", "supply", "capacity", "available", "availability",
    "stock", "limit", "minimum", "maximum", "min", "max", "profit", "price", "cost", "revenue", "bedarf", "angebot",
})  # fmt: skip
"""Words of what a row or column at the edge of a matrix says of the other side."""
_PERIODS = frozenset({"total", "weekly", "daily", "monthly", "yearly", "week", "day", "month", "year", "unit", "per"})
_LEAST_ROWS = 3
_LEAST_COLUMNS = 2
_HEADING = "heading"


def with_margins(tables: Iterable[DataTable]) -> tuple[DataTable, ...]:
    """Return the tables, the rows at the foot of each that belong to its columns as a table of their own behind it."""
    found: list[DataTable] = []
    for table in tables:
        count = _rows_above(table)
        headed = _headed(table, count) if count < len(table) else []
        if len(headed) < _LEAST_COLUMNS:
            found.append(table)
            continue
        above = tuple(cut(column, count) for column in table.columns)
        found += [replace(table, columns=above, rows=table.rows[:count]), _foot(table, count, headed)]
    return tuple(found)


def _is_quantity(name: str) -> bool:
    return bool(_QUANTITIES.intersection(words(name)))


def _says_only_quantity(name: str) -> bool:
    """Whether a name says a quantity and nothing else, as `Weekly demand (t)` does and `Supply Depot` does not."""
    said = words(split_unit(name)[0])
    return bool(_QUANTITIES.intersection(said)) and _QUANTITIES.union(_PERIODS).issuperset(said)


def _rows_above(table: DataTable) -> int:
    """Return how many rows stand above those at the foot whose names alone say a quantity; all of them where unsure."""
    names = table.columns[0] if len(table.columns) > _LEAST_COLUMNS else None
    if names is None or names.categories is None:
        return len(table)
    said = [_is_quantity(names.text(row)) for row in range(len(table))]
    count = said.index(True) if True in said else len(said)
    foot = range(count, len(said))
    cornered = any(table.columns[-1].text(row).strip() in DASHES for row in foot)
    plain = all(_says_only_quantity(names.text(row)) for row in foot)
    return count if all(said[count:]) and (cornered or plain) and count >= _LEAST_ROWS else len(said)


def _headed(table: DataTable, count: int) -> list[Column]:
    """Return the columns for which each row at the foot has a number; none where it has gaps but for the right edge."""
    decimal = table.reading.get("decimal", ".")
    inner = [column for column in table.columns[1:] if not _is_quantity(column.name)]
    lacking = [bool((blank | odd)[count:].any()) for _, blank, odd in (numbers_of(one, decimal) for one in inner)]
    full = lacking.index(True) if True in lacking else len(lacking)
    return inner[:full] if all(lacking[full:]) else []


def _foot(table: DataTable, count: int, headed: Sequence[Column]) -> DataTable:
    """Return the rows at the foot as columns, beside the headers that they belong to."""
    decimal = table.reading.get("decimal", ".")
    labels = [table.columns[0].text(row) for row in range(count, len(table))]
    listed = [(_HEADING, [column.name for column in headed])]
    listed += [(label, [column.text(row) for column in headed]) for row, label in enumerate(labels, start=count)]
    columns: list[Column] = []
    for name, texts in listed:
        typed = from_texts(texts, decimal)
        columns.append(Column(name, name, typed.unit, typed.kind, typed.values, typed.categories, typed.blank))
    name = "_".join([table.name, *(re.sub(r"\W+", "_", label).strip("_") for label in labels)])
    rows = np.repeat(table.rows[count:][:1], len(headed))
    return replace(table, name=name, columns=tuple(columns), rows=rows, findings=(), header_row=table.header_row)
