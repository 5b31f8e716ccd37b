"""What an LLM is told of a table: headers, types, counts, ranges, three rows; never longer for more rows.

Cells are data and never instructions: they are shown cut short, without control characters, as JSON strings.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from fivefold_solvers.data.finding import shown
from fivefold_solvers.data.numerals import MISSING, read_number
from fivefold_solvers.data.table import Column, DataTable, Kind
from fivefold_solvers.formulation.finding import Severity

ROWS = 3
COLUMNS = 40
"""Columns that are described; of a wider table the rest is counted."""
_EXAMPLES = 3
_DISTINCT_LIMIT = 100_000


def facts(table: DataTable) -> dict[str, Any]:
    """Return what is told of a table as JSON-like data."""
    shown_columns = table.columns[:COLUMNS]
    found: dict[str, Any] = {
        "table": shown(table.name),
        "file": shown(table.file),
        "rows": len(table),
        "columns": [_column(column) for column in shown_columns],
    }
    if table.sheet:
        found["sheet"] = shown(table.sheet)
    if len(table.columns) > COLUMNS:
        found["more columns"] = len(table.columns) - COLUMNS
    narrow = shown_columns[:12]
    found["first rows"] = [[shown(column.text(row)) for column in narrow] for row in range(min(ROWS, len(table)))]
    troubles = [str(one) for one in table.findings if one.severity is not Severity.NOTE]
    if troubles:
        found["findings"] = troubles[:5]
    return found


def _column(column: Column) -> dict[str, Any]:
    told: dict[str, Any] = {"name": shown(column.name), "type": column.kind.value}
    if column.unit:
        told["unit"] = shown(column.unit)
    blanks = int(column.blanks.sum())
    if column.kind is not Kind.EMPTY:
        told["distinct"] = _distinct(column)
    if blanks:
        told["blank"] = blanks
    if column.categories is None:
        filled = column.values if not blanks else column.values[~column.blanks]
        told["min"], told["max"] = (_number(filled.min()), _number(filled.max())) if len(filled) else (None, None)
    elif column.kind is Kind.MIXED and (marks := _gaps(column)):
        told |= {"type": "number", "blank": blanks + int(np.isin(column.values, list(marks)).sum())}
        told |= {"distinct": len(column.categories) - len(marks), "written": shown(next(iter(marks.values())))}
    elif column.kind is Kind.DATE and column.categories:
        told["min"], told["max"] = shown(min(column.categories)), shown(max(column.categories))
    else:
        told["examples"] = [shown(text) for text in column.categories[:_EXAMPLES]]
    return told


def _gaps(column: Column) -> dict[int, str]:
    """Return what stands in a column of numbers where there is none, as a dash does, by its code; else nothing."""
    texts = dict(enumerate(column.categories or ()))
    marks = {code: text for code, text in texts.items() if text.strip().lower() in MISSING}
    return {} if any(read_number(text) is None for code, text in texts.items() if code not in marks) else marks


def _distinct(column: Column) -> int | str:
    if column.categories is not None:
        return len(column.categories)
    filled = column.values if column.blank is None else column.values[~column.blank]
    if len(filled) > _DISTINCT_LIMIT:
        # Counting all would cost more than it tells.
        some = len(np.unique(filled[:_DISTINCT_LIMIT]))
        return f"{some} in the first {_DISTINCT_LIMIT} rows"
    return len(np.unique(filled))


def _number(value: Any) -> int | float | str:
    plain = cast("int | float", value.item())
    if not math.isfinite(plain):
        return str(plain)
    return int(plain) if isinstance(plain, float) and plain.is_integer() and abs(plain) < 2**53 else plain


def summary(table: DataTable) -> str:
    """Return what is told of a table, as lines of text."""
    told = facts(table)
    sheet = f", sheet {_quoted(told['sheet'])}" if "sheet" in told else ""
    lines = [f"table {_quoted(told['table'])} (file {_quoted(told['file'])}{sheet}): {told['rows']} rows"]
    for column in told["columns"]:
        lines.append(f"- {_quoted(column['name'])}: {_described(column)}")
    if "more columns" in told:
        lines.append(f"- and {told['more columns']} more columns")
    for row in told["first rows"]:
        lines.append(f"row: {', '.join(map(_quoted, row))}")
    lines += [f"finding: {finding}" for finding in told.get("findings", ())]
    return "\n".join(lines)


def _described(column: dict[str, Any]) -> str:
    parts = [f"{column['type']}" + (f" in {column['unit']}" if "unit" in column else "")]
    if "distinct" in column:
        parts.append(f"{column['distinct']} distinct")
    if "blank" in column:
        said = f" or {_quoted(column['written'])}" if "written" in column else ""
        parts.append(f"{column['blank']} blank{said}")
    if "min" in column:
        parts.append(f"from {column['min']} to {column['max']}")
    if "examples" in column:
        parts.append(f"such as {', '.join(map(_quoted, column['examples']))}")
    return ", ".join(parts)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def summaries(tables: Sequence[DataTable]) -> str:
    """Return what is told of several tables."""
    return "\n\n".join(summary(table) for table in tables)
