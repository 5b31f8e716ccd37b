"""Columns of the tables that a text holds: the number of each decision under one heading."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fivefold.checks.slot_entities import Entity, Entry, stems
from fivefold.problem import quantities

_ROW = re.compile(r"^[ \t]*\|(.+)\|[ \t]*$", re.MULTILINE)
_RULE = re.compile(r"^[\s|:=-]+$")


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column with a number for every decision."""

    heading: str
    values: Mapping[Entry, float]


def table_columns(text: str, entities: Sequence[Entity]) -> Iterator[TableColumn]:
    """Yield the columns of a Markdown table whose rows are the decisions, one row for each."""
    rows = [[cell.strip() for cell in match[1].split("|")] for match in _ROW.finditer(text)]
    rows = [row for row in rows if not all(_RULE.match(cell) or not cell for cell in row)]
    if not rows or len({len(row) for row in rows}) > 1:
        return
    named: dict[int, list[str]] = {}
    for row in rows[1:]:
        said = stems(row[0]) | frozenset(row[0].lower().split())
        meant = [at for at, entity in enumerate(entities) if said & entity.own]
        if len(meant) == 1:
            if meant[0] in named:
                return
            named[meant[0]] = row
    if len(named) != len(entities) or len(entities) < 2:
        return
    for place, heading in enumerate(rows[0][1:], 1):
        numbers = {at: quantities(row[place]) for at, row in named.items()}
        if all(len(found) == 1 and not found[0].percent for found in numbers.values()):
            yield TableColumn(heading, {entities[at].entry: found[0].value for at, found in numbers.items()})
