"""Sets of periods whose rows are not in order: what looks back or ahead would take the wrong neighbour."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from fivefold_solvers.data.columns import Columns
from fivefold_solvers.data.dates import read_dates
from fivefold_solvers.data.finding import DataFinding, shown
from fivefold_solvers.data.mapping import HEADER, Binding
from fivefold_solvers.data.needs import Needs, SetNeed
from fivefold_solvers.data.table import DataTable
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Severity
from fivefold_solvers.formulation.identity import Atom, Member

MOST = 5000
"""Members up to which an order is looked for; no one has more periods."""
_BY_INDEX = re.compile(r"\b(?:prev|next|ord)\s*\(\s*(\w+)")
_BY_SET = re.compile(r"\b(?:first|last)\s*\(\s*(\w+)")
_NUMBERED = re.compile(r"(\D*)(\d+)")


def check_order(
    formulation: Formulation, wanted: Needs, bindings: Sequence[Binding], named: Mapping[str, DataTable],
    columns: Columns,
) -> list[DataFinding]:  # fmt: skip
    """Return the findings for sets that the formulation goes along and whose members are counted but not in order."""
    rows = [part for row in formulation.constraints for part in (row.expression, *row.forall)]
    text = "\n".join([formulation.objective.expression, *rows])
    letters, names = set(_BY_INDEX.findall(text)), set(_BY_SET.findall(text))
    found: list[DataFinding] = []
    for binding in bindings:
        column = columns.sets.get(binding.element)
        if column is None or column.size > MOST or not _goes_along(wanted.sets[binding.element], letters, names):
            continue
        members = column.decoded()
        ranks = _ranks(members)
        late = next((place for place, (one, other) in enumerate(pairwise(ranks), 1) if other < one), None)
        if late is None:
            continue
        listed = ", ".join(shown(str(one)) for one in members[:6]) + (", ..." if len(members) > 6 else "")
        message = f"{column.name} has the order of its rows, {listed}, and what comes before and after goes by it"
        found.append(_found(named[binding.table], binding.columns[0], message, members[late]))
    return found


def _goes_along(need: SetNeed, letters: set[str], names: set[str]) -> bool:
    return need.name in names or bool(letters.intersection(need.letters))


def _ranks(members: Sequence[Member]) -> list[tuple[float, str]]:
    """Return what numbers, dates and texts that end in a number are sorted by, nothing for other members."""
    numbers = [one for one in members if isinstance(one, int | float)]
    texts = [one for one in members if isinstance(one, str)]
    if len(numbers) == len(members):
        return [(one, "") for one in numbers]
    if len(texts) < len(members):
        return []
    dates = read_dates(texts)
    if dates is not None and not dates[1].startswith("day and"):
        return [(0, one) for one in dates[0]]
    parts = [_NUMBERED.fullmatch(one) for one in texts]
    heads = {one[1] for one in parts if one}
    return [(int(one[2]), "") for one in parts if one] if all(parts) and len(heads) == 1 else []


def _found(table: DataTable, header: str, message: str, member: Atom | Member) -> DataFinding:
    mend = "sort the rows, or ignore this if the order is meant"
    if header == HEADER:
        return table.finding("not-in-order", Severity.WARNING, message, mend.replace("rows", "columns"))
    column = table.column(header)
    place = next((one for one in range(len(table)) if column.text(one) == str(member)), None)
    return table.finding("not-in-order", Severity.WARNING, message, mend, place=place, column=shown(column.header))
