"""Where a formulation says that its data is: `plants.supply`, read against the tables that there are.

Who wrote the formulation names a table and a column; which columns hold the indices is found as in any proposal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from fivefold_solvers.data.candidates import parameter_candidates
from fivefold_solvers.data.finding import shown
from fivefold_solvers.data.mapping import HEADER, Binding
from fivefold_solvers.data.needs import Needs, ParameterNeed, SetNeed
from fivefold_solvers.data.parameter_tables import both_ends, has_ends, matrix_columns
from fivefold_solvers.data.table import DataTable
from fivefold_solvers.formulation.identity import Atom

Place = tuple[DataTable, str]
"""A table and the name of its column; an empty name means the whole table."""
_REASON = "the formulation names it"


def set_at(need: SetNeed, hints: Mapping[str, str], tables: Sequence[DataTable], wanted: Needs) -> Binding | None:
    """Return the binding of a set whose members are where its hint says; None where that is no column."""
    for table, column in places(hints.get(need.name, ""), tables):
        if need.arity == 1 and column:
            ends = both_ends(table) if has_ends(need, wanted) else ()
            if column in ends:
                reason = f"{_REASON}; both ends are members"
                return Binding(element=need.name, kind="set", table=table.name, columns=ends, reason=reason)
            heads = _is_head(need, table, column, hints, tables, wanted)
            columns = (HEADER if heads else column,)
            reason = f"{_REASON}: '{shown(column)}' is one of the headers of a matrix over it" if heads else _REASON
            return Binding(element=need.name, kind="set", table=table.name, columns=columns, reason=reason)
    return None


def _is_head(
    need: SetNeed,
    table: DataTable,
    column: str,
    hints: Mapping[str, str],
    tables: Sequence[DataTable],
    wanted: Needs,
) -> bool:
    """Whether a column is named for its header: one of the columns of a matrix that holds a parameter over the set."""
    columns = matrix_columns(table)
    names = {one.name for one in columns}
    if len(columns) < 2 or column not in names or not all(one.kind.numeric for one in columns):
        return False
    inside = [
        parameter
        for parameter in wanted.parameters.values()
        for place, at in places(hints.get(parameter.name, ""), tables)[:1]
        if place is table and (not at or at in names)
    ]
    over = [parameter for parameter in inside if need.name in {axis.set for axis in parameter.axes}]
    return bool(over) and all(len(parameter.axes) > 1 for parameter in inside)


def parameter_at(
    need: ParameterNeed,
    hint: str,
    tables: Sequence[DataTable],
    known: Mapping[str, tuple[frozenset[Atom], ...]],
    wanted: Needs,
) -> Binding | None:
    """Return the binding of a parameter whose values are where the hint says; None where they cannot be there."""
    for table, column in places(hint, tables):
        # Named like the place itself, it fits there if its indices do.
        alike = replace(need, name=column or table.name, description="")
        for found in parameter_candidates(alike, [table], known, wanted):
            if found.value == column and (column or HEADER in found.columns):
                return found.model_copy(update={"element": need.name, "reason": f"{_REASON}; {found.reason}"})
    return None


def places(hint: str, tables: Sequence[DataTable]) -> list[Place]:
    """Return the places that a hint can mean: `table.column`, a column that only one table has, or a table."""
    asked = _plain(hint)
    named: list[Place] = []
    alone: list[Place] = []
    whole: list[Place] = []
    for table in tables:
        names = {_plain(name) for name in (table.name, table.file, f"{table.file} {table.sheet}") if name}
        if asked in names:
            whole.append((table, ""))
        for column in table.columns:
            own = {_plain(column.name), _plain(column.header)}
            if any(asked == f"{name}_{one}" for name in names for one in own):
                named.append((table, column.name))
            elif asked in own:
                alone.append((table, column.name))
    # `D` and `d` are two columns where both are there: the one that is spelled like the hint comes first.
    named.sort(key=lambda place: not hint.strip().endswith(place[1]))
    alone = [place for place in alone if place[1] == hint.strip()] or alone
    return [*named, *(alone if len(alone) == 1 else ()), *whole]


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "_", text.casefold()).strip("_")
