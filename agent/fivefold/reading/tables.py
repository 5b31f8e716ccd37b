"""Columns of the tables that a text holds: the number of each decision under one heading."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fivefold.problem import quantities
from fivefold.reading.entities import Entity, Entry, stems

_ROW = re.compile(r"^[ \t]*\|(.+)\|[ \t]*$", re.MULTILINE)
_RULE = re.compile(r"^[\s|:=-]+$")
_LIMITS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\W*(?:total )?(?:available|availability|capacity|supply|limit|stock)\W*", re.IGNORECASE), "<="),
    (re.compile(r"\W*(?:required|requirement|minimum|at least)\W*", re.IGNORECASE), ">="),
)


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column with a number for every decision."""

    heading: str
    values: Mapping[Entry, float]
    limits: Mapping[str, float] = field(default_factory=dict[str, float])
    """What the table itself says that there is at most, under `<=`, and must be at least, under `>=`."""


def table_columns(text: str, entities: Sequence[Entity]) -> Iterator[TableColumn]:
    """Yield the columns of a Markdown table of which each row, or each column, is about one decision."""
    rows = [[cell.strip() for cell in match[1].split("|")] for match in _ROW.finditer(text)]
    rows = [row for row in rows if not all(_RULE.match(cell) or not cell for cell in row)]
    if not rows or len({len(row) for row in rows}) > 1:
        return
    found = list(_read(rows, entities)) or list(_read([list(row) for row in zip(*rows, strict=True)], entities))
    yield from found


def _read(rows: Sequence[list[str]], entities: Sequence[Entity]) -> Iterator[TableColumn]:
    named: dict[int, list[str]] = {}
    ends: dict[str, list[str]] = {}
    for row in rows[1:]:
        said = stems(row[0]) | frozenset(row[0].lower().split())
        meant = [at for at, entity in enumerate(entities) if said & entity.own]
        ends |= {relation: row for pattern, relation in _LIMITS if pattern.fullmatch(row[0])}
        if len(meant) == 1:
            if meant[0] in named:
                return
            named[meant[0]] = row
    if len(named) != len(entities) or len(entities) < 2:
        return
    for place, heading in enumerate(rows[0][1:], 1):
        numbers = {at: quantities(row[place]) for at, row in named.items()}
        if all(len(found) == 1 and not found[0].percent for found in numbers.values()):
            told = {relation: quantities(row[place]) for relation, row in ends.items()}
            limits = {relation: found[0].value for relation, found in told.items() if len(found) == 1}
            yield TableColumn(heading, {entities[at].entry: found[0].value for at, found in numbers.items()}, limits)
