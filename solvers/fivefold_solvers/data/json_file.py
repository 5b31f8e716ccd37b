"""JSON as tables: records, columns, nested mappings, several named tables, one record a line."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from fivefold_solvers.data.encoding import to_utf8
from fivefold_solvers.data.finding import DataError, DataFinding, refusal, shown
from fivefold_solvers.data.limits import Limits
from fivefold_solvers.data.table import DataTable
from fivefold_solvers.data.values import table_of_columns, table_of_rows
from fivefold_solvers.formulation.finding import Severity
from fivefold_solvers.formulation.values import is_list, is_object

_FORM = 'write records, [{"item": "a", "cost": 3}], or columns, {"item": ["a"], "cost": [3]}'


class _Doubled(ValueError):
    """A key of an object comes twice."""


def read_json(raw: bytes, file: str, stem: str, limits: Limits, *, lines: bool = False) -> list[DataTable]:
    """Return the tables in a JSON text.

    Raises:
        DataError: it is no JSON, or holds nothing that is a table.
    """
    data, _ = to_utf8(raw, file)
    text = data.decode()
    try:
        if lines:
            value: Any = [_load(line) for line in text.splitlines() if line.strip()]
        else:
            value = _load(text)
    except json.JSONDecodeError as fault:
        message = f"it is no JSON ({fault.msg}, column {fault.colno})"
        row: int = fault.lineno
        if lines:
            row = next((at for at, line in enumerate(text.splitlines(), 1) if line.strip() and not _loads(line)), 1)
        raise refusal("bad-json", message, "mend the text there", file=file, row=row) from None
    except _Doubled as fault:
        second = _second_line(text, str(fault))
        message = f"the key '{shown(str(fault))}' comes twice in one object"
        raise refusal("duplicate-key", message, "give each key once", file=file, row=second) from None
    except RecursionError:
        raise refusal("bad-json", "it is nested too deep", _FORM, file=file) from None
    tables = tables_of(value, file, stem)
    if not tables:
        raise refusal("no-table", "there is no table in it", _FORM, file=file, row=1)
    for table in tables:
        limits.check_size(len(table), len(table.columns), file)
    return tables


def _load(text: str) -> Any:
    # NaN and Infinity are no JSON; kept as text they are found where a number is due.
    return json.loads(text, object_pairs_hook=_once, parse_constant=str)


def _loads(text: str) -> bool:
    try:
        _load(text)
    except ValueError:
        return False
    return True


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _Doubled(next(key for place, key in enumerate(keys) if key in keys[:place]))
    return found


def _second_line(text: str, key: str) -> int | None:
    quoted = json.dumps(key, ensure_ascii=False)
    first = text.find(quoted)
    second = text.find(quoted, first + 1)
    return text[:second].count("\n") + 1 if second > 0 else None


def tables_of(value: object, file: str, stem: str) -> list[DataTable]:
    """Return the tables that a JSON value holds."""
    if is_list(value):
        return _from_list(value, file, stem)
    if not is_object(value) or not value:
        return []
    if {"columns", "data"} <= value.keys() and is_list(value["columns"]) and is_list(value["data"]):
        rows = [value["columns"], *value["data"]]
        return _optional(table_of_rows(stem, file, "", [(at, _cells(row)) for at, row in enumerate(rows)]))
    if _are_columns(value):
        return [table_of_columns(stem, file, value)]
    if not any(is_list(part) for part in value.values()) and _uniform(value):
        return [_mapping(value, file, stem)]
    return _named(value, file, stem)


def _are_columns(value: Mapping[str, Any]) -> bool:
    """Whether an object holds lists of one length, without lists and objects in them."""
    if not all(is_list(part) for part in value.values()) or len({len(part) for part in value.values()}) != 1:
        return False
    return not any(is_object(cell) or is_list(cell) for part in value.values() for cell in part)


def _optional(table: DataTable | None) -> list[DataTable]:
    return [] if table is None else [table]


def _named(value: Mapping[str, Any], file: str, stem: str) -> list[DataTable]:
    """Return the tables of an object that names them; single values make one more of names and values."""
    found: list[DataTable] = []
    single = {key: part for key, part in value.items() if not is_object(part) and not is_list(part)}
    for key, part in value.items():
        if is_object(part) or (is_list(part) and part):
            found += tables_of(part, file, key)
    if single:
        found.append(table_of_columns(stem, file, {"name": list(single), "value": list(single.values())}))
    return found


def _from_list(value: Sequence[Any], file: str, stem: str) -> list[DataTable]:
    if not value:
        return []
    if all(map(is_object, value)):
        headers = list(dict.fromkeys(key for record in value for key in record))
        nested = _nested(value, headers, file)
        if nested is not None:
            raise DataError(nested)
        return [table_of_columns(stem, file, {key: [record.get(key) for record in value] for key in headers})]
    if all(map(is_list, value)):
        rows = [(number, _cells(row)) for number, row in enumerate(value, start=1)]
        return _optional(table_of_rows(stem, file, "", rows))
    if any(is_object(part) or is_list(part) for part in value):
        return []
    return [table_of_columns(stem, file, {stem: value})]


def _cells(row: object) -> Sequence[object]:
    return row if is_list(row) else [row]


def _nested(records: Sequence[Mapping[str, Any]], headers: Sequence[str], file: str) -> DataFinding | None:
    for number, record in enumerate(records, start=1):
        for key in headers:
            if is_object(record.get(key)) or is_list(record.get(key)):
                return DataFinding(
                    code="nested-cell",
                    severity=Severity.ERROR,
                    message="a list or an object stands where one value is due",
                    mend="write one record per entry",
                    file=file,
                    row=number,
                    column=shown(key),
                )
    return None


def _uniform(value: Mapping[str, Any]) -> bool:
    """Whether an object is one mapping: all its parts as deep, and keyed alike where they are objects."""
    parts = list(value.values())
    inner = [part for part in parts if is_object(part)]
    if not inner:
        return all(isinstance(part, int | float) for part in parts) and len(parts) > 0
    if len(inner) < len(parts) or any(is_list(cell) for part in inner for cell in part.values()):
        return False
    if len({_depth(part) for part in inner}) > 1:
        return False
    counts = Counter(key for part in inner for key in part)
    # Parts that share no key with any other are mappings of their own, such as supply by plant beside demand by shop.
    shared = all(any(counts[key] > 1 for key in part) for part in inner)
    return len(inner) > 1 and shared and sum(map(len, inner)) >= 0.5 * len(counts) * len(inner)


def _depth(value: object) -> int:
    return 1 + max(map(_depth, value.values()), default=0) if is_object(value) else 0


def _mapping(value: Mapping[str, Any], file: str, stem: str) -> DataTable:
    """Return a nested mapping: one level as keys and values, two as a matrix, more as one row per entry."""
    depth = _depth(value)
    if depth == 1:
        return table_of_columns(stem, file, {"key": list(value), stem: list(value.values())})
    if depth == 2:
        inner = list(dict.fromkeys(key for part in value.values() for key in part))
        matrix: dict[str, Sequence[object]] = {"": list(value)}
        matrix |= {key: [part.get(key) for part in value.values()] for key in inner}
        return table_of_columns(stem, file, matrix)
    entries = list(_entries(value, ()))
    # An empty object ends a path early; what is missing of its key is a blank cell.
    padded = [(*key, *([None] * (depth - len(key)))) for key, _ in entries]
    columns: dict[str, Sequence[object]] = {
        f"key_{level + 1}": [key[level] for key in padded] for level in range(depth)
    }
    return table_of_columns(stem, file, {**columns, stem: [cell for _, cell in entries]})


def _entries(value: Mapping[str, Any], key: tuple[str, ...]) -> list[tuple[tuple[str, ...], object]]:
    found: list[tuple[tuple[str, ...], object]] = []
    for part, inner in value.items():
        found += _entries(inner, (*key, part)) if is_object(inner) else [((*key, part), inner)]
    return found
