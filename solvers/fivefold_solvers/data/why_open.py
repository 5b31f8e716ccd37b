"""Why the place of an element is open: what keeps a column that is named like it from being it, how rivals differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from fivefold_solvers.data.bind_set import spelled
from fivefold_solvers.data.candidates import Known
from fivefold_solvers.data.finding import shown
from fivefold_solvers.data.keys import heading, may_be_key, may_be_value, some_atoms
from fivefold_solvers.data.mapping import Question
from fivefold_solvers.data.needs import Needs, ParameterNeed
from fivefold_solvers.data.table import Column, DataTable
from fivefold_solvers.data.wording import closeness
from fivefold_solvers.formulation.identity import Atom

ALIKE = 0.8
"""How alike a name has to be for what keeps its column or table away to be the reason."""
_FEW = 3
"""Names that are shown of many."""
NOTHING = "nothing is named like it"


def why_none(
    parameter: ParameterNeed, tables: Sequence[DataTable], known: Known, wanted: Needs, questions: Sequence[Question]
) -> str:
    """Return why nothing fits a parameter, as far as that is plain."""

    def alike(name: str) -> bool:
        return closeness(parameter.name, parameter.description, name, wanted.names) >= ALIKE

    for table in tables:
        for column in table.columns:
            if alike(column.name) and not may_be_value(column):
                where = f"column '{shown(column.header)}' of {table.file} is named like it"
                some = next((column.text(place) for place in range(min(len(table), 100)) if column.text(place)), "")
                return f"{where} and holds no numbers, but '{shown(some)}' for one" if some else f"{where} and is empty"
    lost = [one.element for one in questions if one.element in {axis.set for axis in parameter.axes}]
    if lost:
        return f"its set `{lost[0]}` has none either, which comes first"
    return next((why for table in tables if (why := _no_member(parameter, table, known, alike))), NOTHING)


def _no_member(parameter: ParameterNeed, table: DataTable, known: Known, alike: Callable[[str], bool]) -> str:
    """Return which members nothing names in a table where something is named like a parameter."""
    column = next((one for one in table.columns if alike(one.name) and may_be_value(one)), None)
    if column is None and not alike(table.name):
        return ""
    like = f"column '{shown(column.header)}' of {table.file}" if column else f"the table '{shown(table.name)}'"
    keys = [one for one in table.columns if one is not column and may_be_key(one) and not one.kind.numeric]
    for axis in parameter.axes:
        members = known.get(axis.set, ())
        if len(members) != 1 or not members[0]:
            continue
        if not keys and not all(isinstance(one, str) for one in members[0]):
            keys = [one for one in table.columns if one is not column and may_be_key(one)]
        numbers = [one for one in table.columns if one.kind.numeric]
        heads = [] if column else [heading(one, members[0]) for one in numbers]
        if any(members[0].intersection(some_atoms(one)) for one in keys) or members[0].intersection(heads):
            continue
        there = _listed(heads if heads and len(parameter.axes) > 1 else _cells(keys))
        stand = f"{there} stand there" if there else "only numbers stand there"
        return f"{like} is named like it, but names no member of {axis.set} ({_listed(members[0])}): {stand}"
    return ""


def _cells(keys: Sequence[Column]) -> list[Atom]:
    return [one for column in keys[:1] for one in some_atoms(column, _FEW + 1)]


def _listed(atoms: Iterable[Atom]) -> str:
    every = sorted(map(str, atoms))
    return ", ".join(f"'{shown(one)}'" for one in every[:_FEW]) + (", ..." if len(every) > _FEW else "")


def apart(first: frozenset[Atom], second: frozenset[Atom]) -> str:
    """Return how the members of two places that fit a set equally well differ; empty where they do not."""
    lacks = sorted(map(str, first - second))
    other = {spelled(str(one)): str(one) for one in sorted(map(str, second - first))}
    for one in lacks:
        if spelled(one) in other:
            return f"one has '{shown(one)}' where the other has '{shown(other[spelled(one)])}'"
    if lacks:
        return f"only the first has '{shown(lacks[0])}'"
    return f"only the second has '{shown(min(other.values()))}'" if other else ""
