"""Members of sets that have no table of their own: they stand in the tables of parameters over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fivefold_solvers.data.candidates import Known
from fivefold_solvers.data.finding import shown
from fivefold_solvers.data.keys import may_be_key, may_be_value, some_atoms
from fivefold_solvers.data.mapping import HEADER, Binding
from fivefold_solvers.data.needs import Needs, ParameterNeed, SetNeed
from fivefold_solvers.data.table import Column, DataTable, matrix_columns
from fivefold_solvers.data.wording import closeness, direction, likeness

_NAMED = 0.6
"""How alike names have to be to say what a column holds."""
_ATOMS = 500


def beside_candidates(need: SetNeed, table: DataTable, wanted: Needs) -> Iterator[Binding]:
    """Yield the only column of names beside the values of a parameter that has the set as its only index."""
    keys = [column for column in table.columns if may_be_key(column) and not column.kind.numeric]
    values = [column for column in table.columns if may_be_value(column) and column not in keys]
    if len(keys) != 1 or not values:
        return
    # With a default a table may leave members out.
    over = [one for one in wanted.parameters.values() if _sets(one) == [need.name] and one.default is None]
    names = [column.name for column in values] + ([table.name] if len(values) == 1 else [])
    named = max((likeness(one.name, name) for one in over for name in names), default=0.0)
    # `D` beside `d`: what is spelled like another element is that one's.
    if named <= _NAMED or any(name in wanted.names and name not in {one.name for one in over} for name in names):
        return
    reason = f"the names in '{shown(table.name)}', beside the values of a parameter over it"
    yield _of_set(need, table, keys[0].name, 0.7 * named, reason)


def has_ends(need: SetNeed, wanted: Needs) -> bool:
    """Whether pairs of a set's members are looked up: a parameter runs over it twice, or over pairs of the only set."""
    if any(_sets(one).count(need.name) > 1 for one in wanted.parameters.values()):
        return True
    plain = [one for one in wanted.sets.values() if one.arity == 1]
    return len(plain) == 1 and any(one.arity == 2 for one in wanted.sets.values())


def both_ends(table: DataTable) -> tuple[str, ...]:
    """Return the two columns of a table that say from where and to where, none where that is not plain."""
    ends = sorted((way, one.name) for one in table.columns if may_be_key(one) and (way := direction(one.name)) >= 0)
    return tuple(name for _, name in ends) if [way for way, _ in ends] == [0, 1] else ()


def header_candidates(
    need: SetNeed, table: DataTable, tables: Sequence[DataTable], wanted: Needs, known: Known
) -> Iterator[Binding]:
    """Yield the headers of a matrix where the table is named like a parameter over the set.

    Where nothing says whether the set is down the rows or across the headers, both are doubtful.
    """
    columns = matrix_columns(table)
    if len(columns) < 2 or not all(column.kind.numeric for column in columns) or len(table.columns) < 3:
        return
    over = [one for one in wanted.parameters.values() if len(one.axes) > 1 and need.name in _sets(one)]
    named = max((likeness(one.name, table.name) for one in over), default=0.0)
    others = [wanted.sets[name] for one in over for name in _sets(one) if name != need.name and name in wanted.sets]
    rows_are_other = any(_holds(table.columns[0], other, tables, known) for other in others)
    unclear = not rows_are_other and any(not other.given for other in others)
    score = 0.62 * named * (0.7 if unclear else 1) + (0.1 if rows_are_other else 0)
    if score < 0.3:
        return
    reason = f"the matrix '{shown(table.name)}', which is named like a parameter over it"
    yield _of_set(need, table, HEADER, score, f"headers of {reason}")
    if unclear and may_be_key(table.columns[0]):
        yield _of_set(need, table, table.columns[0].name, score, f"rows of {reason}")


def _sets(parameter: ParameterNeed) -> list[str]:
    return [axis.set for axis in parameter.axes]


def _of_set(need: SetNeed, table: DataTable, column: str, score: float, reason: str) -> Binding:
    return Binding(
        element=need.name, kind="set", table=table.name, columns=(column,), score=round(score, 3), reason=reason
    )


def _holds(column: Column, other: SetNeed, tables: Sequence[DataTable], known: Known) -> bool:
    """Whether a column holds the members of a set: by its header, or by members that are known or listed elsewhere."""
    if closeness(other.name, other.description, column.name, ()) > _NAMED:
        return True
    atoms = some_atoms(column, _ATOMS)
    if not atoms:
        return False
    lists = [members[0] for name, members in known.items() if name == other.name and members]
    for table in tables:
        for place, listed in enumerate(table.columns):
            names = (listed.name, table.name) if place == 0 else (listed.name,)
            alike = max(closeness(other.name, other.description, name, ()) for name in names)
            if alike > _NAMED and listed is not column and may_be_key(listed):
                lists.append(frozenset(some_atoms(listed, _ATOMS)))
    return any(sum(atom in members for atom in atoms) > len(atoms) / 2 for members in lists)
