"""A set from its columns: members in file order, and what is doubtful about them."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from fivefold_solvers.data.below import is_total, sounds_like_total
from fivefold_solvers.data.columns import SetColumn
from fivefold_solvers.data.entries import chosen_rows, entries_of
from fivefold_solvers.data.finding import DataFinding, shown
from fivefold_solvers.data.keys import Array, Keys, first_seen, heading, keys_of, labels
from fivefold_solvers.data.mapping import HEADER, Binding
from fivefold_solvers.data.needs import SetNeed
from fivefold_solvers.data.table import Column, DataTable, matrix_columns
from fivefold_solvers.formulation.finding import Severity
from fivefold_solvers.formulation.identity import Atom

_COMPARED = 100_000
"""Members up to which those that are spelled alike are looked for."""
_ADDENDS = 2
"""Columns of a matrix whose sum in the column behind them is no accident."""
_SIGNS = re.compile(r"[\W_]+")


def bind_set(
    need: SetNeed, binding: Binding, table: DataTable, others: Collection[str] = ()
) -> tuple[SetColumn | None, list[DataFinding]]:
    """Return the members of a set, None where there are none, and the findings about them.

    Args:
        need: the set.
        binding: where its members are.
        table: the table that is named there.
        others: columns that hold other elements, whose headers are no members.
    """
    if binding.columns == (HEADER,):
        inner = [column for column in matrix_columns(table) if column.name not in others]
        named = [heading(column, ()) for column in inner]
        headers = [one for one in named if not is_total(one)]
        doubts = _total_beside(need.name, table, inner) if len(headers) == len(named) else []
        return SetColumn(need.name, (labels(headers, np.arange(len(headers))),), len(headers)), doubts
    if HEADER in binding.columns:
        return _pairs_of_matrix(need, binding, table, others)
    rows = chosen_rows(table, binding.where)
    columns = [table.column(name) for name in binding.columns]
    keys = [keys_of(column) for column in columns]
    codes = [one.codes[rows] for one in keys]
    findings = _blank_keys(need.name, table, columns, codes, rows)
    if need.arity == 1 and len(columns) > 1:
        keys, codes, rows = _below_each_other(keys, codes, rows)
        columns = [replace(columns[0], header=", ".join(column.header for column in columns))]
    filled = np.logical_and.reduce([own >= 0 for own in codes])
    first = _first_places([own[filled] for own in codes], [len(one.atoms) for one in keys])
    if not len(first):
        mend = "write its members, one per row"
        findings.append(
            table.finding("no-members", Severity.ERROR, f"set {need.name} has no members", mend, place=0,
                          column=shown(columns[0].header))
        )  # fmt: skip
        return None, findings[-1:]
    members = [own[filled][first] for own in codes]
    places = rows[filled][first]
    if len(columns) == 1:
        findings += _doubtful(need.name, table, columns[0], keys[0], members[0], places)
    parts = tuple(labels(one.atoms, own) for one, own in zip(keys, members, strict=True))
    return SetColumn(need.name, parts, len(first)), findings


def _pairs_of_matrix(
    need: SetNeed, binding: Binding, table: DataTable, others: Collection[str]
) -> tuple[SetColumn | None, list[DataFinding]]:
    """Return the pairs of row and header for which a matrix has a number, or 1 where all its numbers are 0 and 1."""
    skip = {*others, *binding.columns}
    entries = entries_of(table, binding, lambda column: column.name not in skip and not is_total(heading(column, ())))
    filled = ~entries.missing()
    values = entries.values[filled]
    if len(values) and np.isin(values, (0, 1)).all():
        filled &= entries.values == 1
    if not filled.any():
        mend = "write a number for each pair that there is"
        return None, [table.finding("no-members", Severity.ERROR, f"set {need.name} has no members", mend)]
    parts = tuple(labels(one.atoms, one.codes[filled]) for one in entries.keys)
    return SetColumn(need.name, parts, int(filled.sum())), []


def _below_each_other(
    keys: Sequence[Keys], codes: Sequence[Array], rows: Array
) -> tuple[list[Keys], list[Array], Array]:
    """Return columns whose cells are all members of one set as one column."""
    table: dict[Atom, int] = {}
    stacked: list[Array] = []
    for one, own in zip(keys, codes, strict=True):
        places = np.array([*(table.setdefault(part, len(table)) for part in one.atoms), -1], np.int64)
        stacked.append(places[own])
    whole = np.concatenate(stacked)
    return [Keys(whole, list(table))], [whole], np.tile(rows, len(keys))


def _total_beside(name: str, table: DataTable, columns: Sequence[Column]) -> list[DataFinding]:
    """Return the doubt about the last column of a matrix where it adds up two or more before it."""
    if len(columns) < _ADDENDS + 1 or not all(column.kind.numeric for column in columns):
        return []
    cells = [np.where(column.blanks, 0, column.values).astype(np.float64) for column in columns]
    if not cells[-1].any() or not np.allclose(np.sum(cells[:-1], axis=0), cells[-1], rtol=1e-9, atol=1e-6):
        return []
    header = shown(columns[-1].header)
    told = f"the column adds up those before it and was taken for a member of {name}"
    mend = "remove the column if it is a total"
    found = table.finding("maybe-total", Severity.WARNING, told, mend, column=header)
    return [found.model_copy(update={"row": table.header_row})]


def _first_places(codes: Sequence[Array], sizes: Sequence[int]) -> Array:
    """Return where each distinct combination comes first, in order."""
    flat = np.zeros(len(codes[0]), np.int64)
    for own, size in zip(codes, sizes, strict=True):
        flat = flat * max(size, 1) + own
    first = first_seen(flat, math.prod(max(size, 1) for size in sizes))
    return np.flatnonzero(first == np.arange(len(flat)))


def _blank_keys(
    name: str, table: DataTable, columns: Sequence[Column], codes: Sequence[Array], rows: Array
) -> list[DataFinding]:
    for column, own in zip(columns, codes, strict=True):
        blank = np.flatnonzero(own < 0)
        if len(blank):
            return [
                table.finding(
                    "blank-key",
                    Severity.ERROR,
                    f"the cell is blank; it should name a member of {name}",
                    "write the name, or remove the row",
                    place=int(rows[blank[0]]),
                    column=shown(column.header),
                    count=len(blank),
                )
            ]
    return []


def _doubtful(
    name: str, table: DataTable, column: Column, keys: Keys, members: Array, places: Array
) -> list[DataFinding]:
    """Return the first doubt about the members of a set: alike, of two types, a total among them."""
    codes: list[int] = members.tolist() if len(members) <= _COMPARED else []
    atoms = [keys.atoms[code] for code in codes]

    def found(code: str, severity: Severity, message: str, mend: str, member: int) -> list[DataFinding]:
        header = shown(column.header)
        return [table.finding(code, severity, message, mend, place=int(places[member]), column=header)]

    seen: dict[str, tuple[int, Atom]] = {}
    for place, one in enumerate(atoms):
        plain = bare(str(one))
        if plain in seen and plain:
            other = seen[plain][1]
            row = int(table.rows[places[seen[plain][0]]])
            message = f"'{shown(one)}' and '{shown(other)}' (row {row}) are two members of {name}"
            return found("alike", Severity.ERROR, message, "spell them the same if they are the same", place)
        seen[plain] = (place, one)
    if len(atoms) > 1 and is_total(atoms[-1]):
        message = f"'{shown(atoms[-1])}' looks like a total, not like a member of {name}"
        return found("total-row", Severity.ERROR, message, "remove the row", len(atoms) - 1)
    if len(atoms) > 1 and sounds_like_total(atoms[-1]) and not any(map(sounds_like_total, atoms[:-1])):
        message = f"'{shown(atoms[-1])}' sounds like a total and was taken for a member of {name}"
        return found("maybe-total", Severity.WARNING, message, "remove the row if it is a total", len(atoms) - 1)
    numbers = [place for place, one in enumerate(atoms) if not isinstance(one, str)]
    texts = [place for place, one in enumerate(atoms) if isinstance(one, str)]
    few = min(numbers, texts, key=len)
    if few and len(few) * 4 <= len(atoms) and not all(str(atoms[place]).isdigit() for place in texts):
        kind = "text among numbers" if few is texts else "a number among texts"
        message = f"'{shown(atoms[few[0]])}' is {kind} in set {name}"
        return found("mixed-types", Severity.WARNING, message, "correct it if it is a slip", few[0])
    return []


def bare(text: str) -> str:
    """Return a name without what people vary: case, spaces, hyphens and underscores, dots."""
    return _SIGNS.sub("", text.casefold()) or text


def spelled(text: str) -> str:
    """Return a name without what people and programs vary: as `bare`, and without zeros before it."""
    plain = bare(text)
    return plain.lstrip("0") or plain
