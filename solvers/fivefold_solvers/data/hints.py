"""Where a formulation says that its data is: `plants.supply`, read against the tables that there are.

Who wrote the formulation names a table and a column; which columns hold the indices is found as in any proposal.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from fivefold_solvers.data.candidates import parameter_candidates
from fivefold_solvers.data.keys import may_be_value
from fivefold_solvers.data.mapping import HEADER, Binding
from fivefold_solvers.data.needs import Needs, ParameterNeed, SetNeed
from fivefold_solvers.data.parameter_tables import both_ends, has_ends
from fivefold_solvers.data.table import DataTable, matrix_columns
from fivefold_solvers.formulation.identity import Atom

Place = tuple[DataTable, str]
"""A table and the name of its column; an empty name means the whole table."""
_HEADS = frozenset(
    {"header", "headers", "heading", "headings", "header_row", "columns", "column_headers", "column_names"}
)
"""What people call the headers of a matrix, where no column is named so."""
_REASON = "the formulation names it"


def set_at(need: SetNeed, hints: Mapping[str, str], tables: Sequence[DataTable], wanted: Needs) -> Binding | None:
    """Return the binding of a set whose members are where its hint says; None where that is no column."""
    for table, column in places(hints.get(need.name, ""), tables):
        if column in (ends := both_ends(table) if column and has_ends(need, wanted) else ()):
            reason = f"{_REASON}; both ends are members"
            return Binding(element=need.name, kind="set", table=table.name, columns=ends, reason=reason)
        listed = _listed(hints[need.name], table)
        named = next(iter(listed), "") if column == HEADER else column
        if (column == HEADER and not listed) or _is_head(need, table, named, hints, tables, wanted):
            reason = f"{_REASON}: the headers of a matrix over it"
            return Binding(element=need.name, kind="set", table=table.name, columns=(HEADER,), reason=reason)
        if named:
            return Binding(element=need.name, kind="set", table=table.name, columns=(named,), reason=_REASON)
    return None


def tuples_at(need: SetNeed, hint: str, tables: Sequence[DataTable]) -> list[Binding]:
    """Return the binding of a set of tuples to columns that its hint lists, or of pairs to the cells of a matrix."""
    for table, _ in places(hint, tables)[:1]:
        listed = _listed(hint, table)
        if len(listed) == need.arity:
            return [Binding(element=need.name, kind="set", table=table.name, columns=listed, reason=_REASON)]
        words = [column for column in table.columns if not may_be_value(column)]
        if need.arity == 2 and words == [table.columns[0]] and len(table.columns) > 2:
            columns, reason = (words[0].name, HEADER), f"{_REASON}: the cells of a matrix that hold a number"
            return [Binding(element=need.name, kind="set", table=table.name, columns=columns, reason=reason)]
    return []


def _listed(hint: str, table: DataTable) -> tuple[str, ...]:
    """Return the columns in a hint such as `roads.from, roads.to`, or `roads.(from, to)`, in its order."""
    known = {_plain(name): column.name for column in table.columns for name in (column.header, column.name)}
    own = [_plain(name) for name in (table.name, table.file)]
    found: list[str] = []
    for part in re.split(r"[,;&+]|\band\b", hint):
        plain = _plain(part)
        bare = next((plain.removeprefix(f"{name}_") for name in own if plain.startswith(f"{name}_")), plain)
        found += [known[bare]] if bare in known else []
    return tuple(dict.fromkeys(found))


def _is_head(
    need: SetNeed,
    table: DataTable,
    column: str,
    hints: Mapping[str, str],
    tables: Sequence[DataTable],
    wanted: Needs,
) -> bool:
    """Whether a column is named for its header: one of the columns of a matrix that holds a parameter over the set.

    A set for which the table alone is named is meant by its headers where another set has its first column.
    """
    said = [
        (parameter, at)
        for parameter in wanted.parameters.values()
        for place, at in places(hints.get(parameter.name, ""), tables)[:1]
        if place is table
    ]
    alone = {at for parameter, at in said if len(parameter.positions) < 2}
    columns = [one for one in matrix_columns(table) if one.name not in alone]
    names = {one.name for one in columns}
    inside = [parameter for parameter, at in said if at not in alone and (at in names or at in ("", HEADER))]
    over = any(need.name in {axis.set for axis in parameter.axes} for parameter in inside)
    if len(columns) < 2 or not over or not all(map(may_be_value, columns)):
        return False
    others = [places(hint, tables)[:1] for name, hint in hints.items() if name in wanted.sets and name != need.name]
    rows = any(found[0][0] is table and found[0][1] == table.columns[0].name for found in others if found)
    return column in names or (not column and rows)


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
            if found.value == column or (not found.value and HEADER in found.columns):
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
        elif _means_headers(asked, names, table):
            whole.append((table, HEADER))
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


def _means_headers(asked: str, names: Collection[str], table: DataTable) -> bool:
    """Whether a hint says `table.(header)` or lists several of a table's headers."""
    rest = next((asked[len(name) :] for name in names if asked.startswith(f"{name}_")), "")
    listed = [one for one in table.columns if f"_{_plain(one.name)}_" in f"{rest}_"]
    return rest.strip("_") in _HEADS or len(listed) > 1


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "_", text.casefold()).strip("_")
