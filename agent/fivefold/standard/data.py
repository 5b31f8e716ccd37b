"""The data of a standard model: how the LLM is asked for it, and what of its reply a text bears out."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, cast

from fivefold.problem import quantities, word_values
from fivefold.reading.labels import labels
from fivefold.standard.model import StandardModel
from fivefold.standard.pairs import told_each, told_pairs
from fivefold.state import Json
from fivefold_solvers.formulation.elements import Assumption, Formulation, Parameter, Set, Source

Members = dict[str, list[str]]
"""The elements of each set, by its name."""
Table = dict[str, Any]
"""Numbers by element; by element and element for pairs."""
_NAME = r'^[^",;:{}]+$'
MOST_MEMBERS = 40
_NONE: Mapping[str, Table] = MappingProxyType({})


def named_sets(kind: StandardModel) -> list[Set]:
    """Return the sets whose members the LLM is asked for first; the others are picked from these."""
    return [one for one in kind.formulation.sets if one.name not in kind.within]


def names_schema(kind: StandardModel) -> Json:
    """Return the schema of the answer that names the members of the sets."""
    names: Json = {"type": "array", "minItems": 2, "items": {"type": "string", "pattern": _NAME}}
    return _object({one.name: names for one in named_sets(kind)})


def tables_told(kind: StandardModel, members: Members, text: str) -> dict[str, Table]:
    """Return the tables that the text tells whole by names, by name of the parameter, which no LLM need read."""
    found: dict[str, Table] = {}
    for one in kind.formulation.parameters:
        if one.name in kind.words and len(_sets_of(one)) == 1:
            elements = members[_sets_of(one)[0]]
            each = told_each(text, elements, _meant(one.name, kind, text))
            if len(each) == len(elements) or (each and one.name in kind.absent_is_zero):
                found[one.name] = {name: each.get(name, 0) for name in elements}
            continue
        table = _pair_table(one, members, text, _meant(one.name, kind, text))
        if table is None:
            continue
        table = _as_told(table, one, kind)
        if (
            (one.name in kind.once and _each_pair(table))
            or all(_values(table))
            or len(kind.formulation.parameters) == 1
        ):
            found[one.name] = table
    return found


def _meant(name: str, kind: StandardModel, text: str) -> Callable[[int], bool]:
    """Return whether the number at a place is told of a parameter: whether its word is the last one before."""
    if name not in kind.words:
        return lambda _: True
    # Of words that end together the longer one is meant: `storage capacity` is not `capacity`.
    said = sorted((hit.end(), -hit.start(), one) for one, word in kind.words.items() for hit in word.finditer(text))

    def meant(start: int) -> bool:
        at = bisect_right(said, start, key=lambda one: one[0])
        return at > 0 and said[at - 1][2] == name

    return meant


def _as_told(table: Table, parameter: Parameter, kind: StandardModel) -> Table:
    """Return a table over pairs with the ways that it stands for: the way back, or no way back where it is the same."""
    if parameter.name in kind.mirrored:
        return _both_ways(table)
    if parameter.name in kind.once and table == _both_ways(
        {j: {i: table[i][j] for i in table if i != j} for j in table}
    ):
        order = list(table)
        return {i: {j: value if order.index(i) < order.index(j) else 0 for j, value in table[i].items()} for i in order}
    return table


def _each_pair(table: Table) -> bool:
    return all(value or table[j][i] for i, row in table.items() for j, value in row.items())


def _pair_table(parameter: Parameter, members: Members, text: str, meant: Callable[[int], bool]) -> Table | None:
    """Return what the text tells of pairs by their names, 0 where it tells nothing; None for no such table."""
    sets = _sets_of(parameter)
    if len(sets) != 2:
        return None
    rows, columns = members[sets[0]], members[sets[1]]
    told = told_pairs(text, rows, columns, meant)
    if not told:
        return None
    return {i: {j: told.get((i, j), 0) for j in columns if rows is not columns or j != i} for i in rows}


def numbers_schema(kind: StandardModel, members: Members, known: Collection[str] = ()) -> Json:
    """Return the schema of the answer that tells the numbers: every entry of every table, by name.

    Args:
        kind: whose tables are asked for.
        members: the elements of its sets.
        known: tables that need not be told.
    """
    picked: Json = {name: {"type": "string", "enum": members[whole]} for name, whole in kind.within.items()}
    asked = [one for one in kind.formulation.parameters if one.name not in known]
    return _object({**picked, **{one.name: _entries(_sets_of(one), members) for one in asked}})


def _entries(sets: Sequence[str], members: Members, above: tuple[tuple[str, str], ...] = ()) -> Json:
    if not sets:
        return {"type": "number"}
    here = sets[0]
    return _object(
        {one: _entries(sets[1:], members, (*above, (here, one))) for one in members[here] if (here, one) not in above}
    )


def _object(properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _sets_of(parameter: Parameter) -> list[str]:
    """Return the sets that a parameter of a standard model goes over: `j in NODES if i != j` goes over NODES."""
    return [part.split(" in ")[1].split()[0] for part in parameter.index]


def members_in(reply: object, kind: StandardModel, text: str) -> Members | None:
    """Return the members that a reply names; None where it names none, too many, or some that the text lacks."""
    if not isinstance(reply, dict):
        return None
    found: Members = {}
    for block in named_sets(kind):
        entries = cast(Json, reply).get(block.name)
        if not isinstance(entries, list):
            return None
        one = [str(entry).strip() for entry in cast(list[object], entries)]
        if not 2 <= len(one) <= MOST_MEMBERS or len(set(one)) < len(one) or not all(_told(name, text) for name in one):
            return None
        found[block.name] = one
    if kind.larger and len(found[kind.larger[0]]) < len(found[kind.larger[1]]):
        return None
    return found


def _told(name: str, text: str) -> bool:
    """Whether the text has a name, or its last word: of `Center 3` the number in a list of centers will do."""
    plain, whole = text.casefold(), name.casefold()
    return any(re.search(rf"(?<!\w){re.escape(one)}(?!\w)", plain) for one in (whole, whole.split()[-1]))


def filled(
    reply: object, kind: StandardModel, members: Members, text: str, known: Mapping[str, Table] = _NONE
) -> Formulation | None:
    """Return the standard model with the data of a reply; None where the text does not bear it out.

    Args:
        reply: the numbers, under the names of the parameters.
        kind: the model.
        members: the elements of its sets.
        text: the problem's words.
        known: tables that were not asked for.
    """
    if not isinstance(reply, dict):
        return None
    told = cast(Json, reply)
    picked = {name: told.get(name) for name in kind.within}
    if any(one not in members[kind.within[name]] for name, one in picked.items()):
        return None
    if len(set(picked.values())) < len(picked):
        return None
    tables = dict(known)
    for one in kind.formulation.parameters:
        if one.name not in tables:
            table = _numbers(told.get(one.name), _sets_of(one), members)
            if table is None:
                return None
            tables[one.name] = _as_told(table, one, kind) if len(_sets_of(one)) == 2 else table
    if not _borne_out(tables, kind, members, text):
        return None
    elements = {**{name: tuple(one) for name, one in members.items()}, **{name: (one,) for name, one in picked.items()}}
    return _completed(kind, elements, tables, split=bool(kind.split_where and kind.split_where.search(text)))


def _completed(
    kind: StandardModel, elements: Mapping[str, tuple[object, ...]], tables: Mapping[str, Table], *, split: bool
) -> Formulation:
    source = Source(kind="derived", reason=f"as in every problem of this kind: {kind.name}")
    given = kind.formulation
    variables = [one.model_copy(update={"source": source}) for one in given.variables]
    assumed: tuple[Assumption, ...] = ()
    if split:
        variables = [
            one.model_copy(update={"domain": "continuous"}) if one.domain == "integer" else one for one in variables
        ]
    elif kind.assumed:
        whole = next(one.name for one in variables if one.domain == "integer")
        assumed = (Assumption(text=kind.assumed, reason="the text says nothing of parts", element=whole),)
    return Formulation(
        title=kind.name.capitalize(),
        sets=tuple(one.model_copy(update={"elements": elements[one.name]}) for one in given.sets),
        parameters=tuple(one.model_copy(update={"values": tables[one.name]}) for one in given.parameters),
        variables=tuple(variables),
        objective=given.objective.model_copy(update={"source": source}),
        constraints=tuple(one.model_copy(update={"source": source}) for one in given.constraints),
        assumptions=assumed,
    )


def _numbers(table: object, sets: Sequence[str], members: Members, above: tuple[tuple[str, str], ...] = ()) -> Any:
    """Return a table with an entry for every member and no other; None where it is not so."""
    if not sets:
        return table if isinstance(table, int | float) and not isinstance(table, bool) else None
    if not isinstance(table, dict):
        return None
    rows = cast(Json, table)
    found: Table = {}
    for one in members[sets[0]]:
        if (sets[0], one) in above:
            continue
        entry = _numbers(rows.get(one), sets[1:], members, (*above, (sets[0], one)))
        if entry is None:
            return None
        found[one] = entry
    return found


def _both_ways(table: Mapping[str, Mapping[str, float]]) -> Table:
    """Return a table over pairs in which a way that was not told is as the way back."""
    return {i: {j: value or table[j].get(i, 0) for j, value in row.items()} for i, row in table.items()}


def _borne_out(tables: Mapping[str, Table], kind: StandardModel, members: Members, text: str) -> bool:
    """Whether the numbers are those of the text: each used as often as it is told, and none beside them.

    A row that was read from the line of another leaves the numbers of its own unused, and a gap that was filled uses
    one too often. How many members a set has may be told as well, and one number may be told for all of a kind.
    """
    passed = [match.span() for idle in kind.idle for match in idle.finditer(text)]
    named = labels(text) | {place for start, end in passed for place in range(start, end)}
    told = Counter(one.value for one in quantities(text) if one.start not in named)
    words = word_values(text)
    sizes = Counter(float(len(one)) for one in members.values())
    least: Counter[float] = Counter()
    most: Counter[float] = Counter()
    for name, table in tables.items():
        used = Counter(float(value) for value in _values(table))
        if 0.0 in used and name not in kind.absent_is_zero and 0.0 not in told:
            return False
        most += used
        if name in kind.once:
            most += used  # told there and back
        for value, count in used.items():
            least[value] += (count + 1) // 2 if name in kind.mirrored else 1 if len(used) == 1 else count
    if any(value and told[value] < count and value not in words for value, count in least.items()):
        return False
    return not any(value and count > most[value] + sizes[value] for value, count in told.items())


def _values(table: Any) -> Iterator[float]:
    if isinstance(table, dict):
        for entry in cast(Table, table).values():
            yield from _values(entry)
    else:
        yield table
