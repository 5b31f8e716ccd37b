"""Where the entries of a parameter could be: long tables, matrices, lists of names and values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from typing import NamedTuple

from fivefold_solvers.data.bind_set import spelled
from fivefold_solvers.data.finding import shown
from fivefold_solvers.data.keys import heading, may_be_key, may_be_value, some_atoms
from fivefold_solvers.data.mapping import HEADER, Binding
from fivefold_solvers.data.needs import Needs, ParameterNeed
from fivefold_solvers.data.table import Column, DataTable, Kind
from fivefold_solvers.data.units import compare
from fivefold_solvers.data.wording import GENERIC, closeness, direction, likeness
from fivefold_solvers.formulation.identity import Atom, atom

Known = dict[str, tuple[frozenset[Atom], ...]]
"""Members of the sets that are known, one frozenset per position."""

_MOST_KEYS = 6
_MOST = 12
"""Candidates that are kept of a parameter."""
_SPELLED = 0.8
"""What a column counts whose cells are members but for case and signs."""
_LIKE = 0.2
"""How alike names have to be for a column to be looked at."""


class _Draft(NamedTuple):
    """A candidate; there may be very many."""

    table: str
    columns: tuple[str, ...]
    value: str
    where: tuple[str, str] | None
    score: float
    reasons: tuple[str, ...]


def _draft(
    table: DataTable,
    columns: Sequence[str],
    value: str,
    where: tuple[str, str] | None,
    score: float,
    reasons: Sequence[str],
) -> _Draft:
    return _Draft(table.name, tuple(columns), value, where, min(max(score, 0.0), 1.0), tuple(reasons))


class _Fit(NamedTuple):
    """How well something fits, and why."""

    score: float
    reason: str


def parameter_candidates(
    need: ParameterNeed, tables: Sequence[DataTable], known: Mapping[str, tuple[frozenset[Atom], ...]], wanted: Needs
) -> list[Binding]:
    """Return the likeliest places of a parameter's entries, with score and reason, best first."""
    finder = _Finder(need, known, wanted)
    found: list[_Draft] = []
    for table in tables:
        found += finder.long(table)
        found += finder.matrix(table)
        found += finder.filtered(table)
    best = sorted(found, key=lambda one: -one.score)[:_MOST]
    return [
        Binding(
            element=need.name,
            kind="parameter",
            table=one.table,
            columns=one.columns,
            value=one.value,
            where=one.where,
            score=round(one.score, 3),
            reason="; ".join(one.reasons),
        )
        for one in best
    ]


class _Finder:
    """Looks for one parameter."""

    def __init__(self, need: ParameterNeed, known: Mapping[str, tuple[frozenset[Atom], ...]], wanted: Needs) -> None:
        self.need = need
        self.known = known
        self.wanted = wanted
        self.positions = need.positions
        self.names: dict[str, float] = {}
        """How well names fit the parameter."""
        self.spelled: dict[tuple[str, int], frozenset[str]] = {}
        """Members without what people vary in writing them."""
        self.fits: dict[tuple[int, int], _Fit] = {}
        """What was found of a column (by its identity) at a position."""

    def named(self, name: str) -> float:
        """Return how well a name fits the parameter."""
        if name not in self.names:
            self.names[name] = closeness(self.need.name, self.need.description, name, self.wanted.names)
        return self.names[name]

    def value(self, table: DataTable, column: Column, keys: Sequence[str]) -> _Fit:
        """Return how well a column fits as the values."""
        by_column = self.named(column.name)
        if any(atom(column.name) in part for members in self.known.values() for part in members):
            # A column of a matrix, headed by a member.
            by_column *= 0.5
        values = [one for one in table.columns if may_be_value(one) and one.name not in keys]
        generic = column.name.strip().lower() in GENERIC or len(values) == 1
        by_table = 0.93 * self.named(table.name) if generic else 0.0
        score, reason = max((by_column, f"column '{shown(column.header)}' is named like it"),
                            (by_table, f"the table '{shown(table.name)}' is named like it"))  # fmt: skip
        if self.need.unit and column.unit:
            match = compare(column.unit, self.need.unit)
            score = min(1.0, score + 0.03) if match.same else score - 0.05 if match.same is False else score
        return _Fit(max(score, 0.0), reason)

    def key(self, position: int, column: Column) -> _Fit:
        """Return how well a column fits as one index."""
        place = (position, id(column))
        if place not in self.fits:
            self.fits[place] = self._key(position, column)
        return self.fits[place]

    def _key(self, position: int, column: Column) -> _Fit:
        axis, place = self.positions[position]
        name = self.need.axes[axis].set
        targets = self.need.axes[axis].targets
        described = self.wanted.sets[name].description if name in self.wanted.sets else ""
        alike = closeness(name, described, column.name, self.wanted.sets)
        if targets[place] and column.name.strip().casefold() == targets[place].casefold():
            alike = 1.0
        shared = self.shared(name, place, some_atoms(column, 500))
        if shared is None:
            return _Fit(0.8 * alike, f"'{shown(column.header)}' is named like {name}")
        if shared < 0.3 and alike < 0.9:
            return _Fit(0.3 * alike, f"few of '{shown(column.header)}' are in {name}")
        score = 0.65 * shared + 0.35 * alike
        return _Fit(score, f"{shared:.0%} of '{shown(column.header)}' are in {name}")

    def shared(self, name: str, place: int, atoms: Sequence[Atom]) -> float | None:
        """Return which part of some elements is in a set, None where its members are not known."""
        members = self.known.get(name)
        if not members or place >= len(members) or not members[place] or not atoms:
            return None
        exact = sum(one in members[place] for one in atoms) / len(atoms)
        if exact:
            return exact
        # Spelled otherwise they are the same to a person; binding then names each cell and the member it should be.
        if (name, place) not in self.spelled:
            self.spelled[name, place] = frozenset(spelled(str(one)) for one in members[place])
        return _SPELLED * sum(spelled(str(one)) in self.spelled[name, place] for one in atoms) / len(atoms)

    def way(self, columns: Sequence[Column]) -> float:
        """Return how well the order of two columns over one set is told by their headers: 0, or a small loss."""
        loss = 0.0
        for first in range(len(columns)):
            for second in range(first + 1, len(columns)):
                if self.set_of(first) != self.set_of(second) or not self.set_of(first):
                    continue
                if (direction(columns[first].name), direction(columns[second].name)) == (1, 0):
                    loss += 0.4
                if columns[first].name > columns[second].name and columns[first].name[:-1] == columns[second].name[:-1]:
                    loss += 0.4
        return loss

    def set_of(self, position: int) -> str:
        """Return what tells which members stand at a position; positions of one set of tuples differ."""
        axis, place = self.positions[position]
        name = self.need.axes[axis].set
        members = self.known.get(name, ())
        if len(members) > 1 and place < len(members):
            return str(hash(members[place]))
        return name

    def assignments(self, table: DataTable, count: int) -> Iterator[tuple[Column, ...]]:
        """Yield the ways to take so many key columns of a table in order."""
        keys = [column for column in table.columns if may_be_key(column)]
        if count <= len(keys):
            yield from permutations(keys[:_MOST_KEYS] if count > 1 else keys[:40], count)

    def long(self, table: DataTable, where: tuple[str, str] | None = None, named: float = 0.0) -> list[_Draft]:
        """Return candidates with one row per entry."""
        found: list[_Draft] = []
        count = len(self.positions)
        values = [column for column in table.columns if may_be_value(column)]
        if not where and max([self.named(table.name), *(self.named(one.name) for one in values)]) <= _LIKE:
            return found
        for keys in self.assignments(table, count):
            names = [column.name for column in keys]
            if where is not None and where[0] in names:
                continue
            fits = [self.key(position, column) for position, column in enumerate(keys)]
            if fits and min(fit.score for fit in fits) < 0.25:
                continue
            index = sum(fit.score for fit in fits) / count if count else (1.0 if len(table) == 1 or where else 0.0)
            way = self.way(keys)
            for column in values:
                if column.name in names or (where and column.name == where[0]):
                    continue
                value = self.value(table, column, names)
                sure = max(named, value.score) if where else value.score
                score = (0.6 * sure + 0.4 * index if count else sure * (0.6 + 0.4 * index)) - way
                # Rows that differ in a further key column would come twice.
                reasons = [value.reason if not where else f"rows '{shown(where[1])}'", *(fit.reason for fit in fits)]
                if sure > _LIKE:
                    found.append(_draft(table, names, column.name, where, score, reasons))
        return found

    def matrix(self, table: DataTable, where: tuple[str, str] | None = None, named: float = 0.0) -> list[_Draft]:
        """Return candidates with the members of one set in the header."""
        count = len(self.positions)
        if not count or (count == 1 and where is None and len(table) != 1):
            return []
        found: list[_Draft] = []
        for keys in self.assignments(table, count - 1):
            names = [column.name for column in keys]
            if where is not None and where[0] in names:
                continue
            skip = {*names, where[0] if where else ""}
            # Columns of words beside a matrix describe its rows.
            across = [column for column in table.columns if column.name not in skip and may_be_value(column)]
            if not across:
                continue
            for head in range(count):
                score, reasons = self.across(table, head, keys, across)
                if score <= 0:
                    continue
                # A matrix with a generic name is told by its indices alone.
                sure = max(named, self.named(table.name), 0.93 * self.named(table.sheet), self.corner(table))
                columns = [*names[:head], HEADER, *names[head:]]
                why = [f"the table '{shown(table.name)}' is named like it"] if sure > 0.4 else []
                value = 0.6 * max(sure, 0.35) + 0.4 * score
                found.append(_draft(table, columns, "", where, value, [*why, *reasons]))
        return found

    def corner(self, table: DataTable) -> float:
        """Return how well the header above the rows' names fits: people write the matrix's name there."""
        return self.named(table.columns[0].name) if table.columns else 0.0

    def across(
        self, table: DataTable, head: int, keys: Sequence[Column], across: Sequence[Column]
    ) -> tuple[float, list[str]]:
        """Return how well the headers and keys of a matrix fit when one position is in the header."""
        axis, place = self.positions[head]
        name = self.need.axes[axis].set
        members = self.known.get(name, ())
        known = members[place] if place < len(members) else frozenset[Atom]()
        shared = self.shared(name, place, [heading(column, known) for column in across])
        if shared is None or shared < (0.3 if len(across) > 1 else 1):
            return 0.0, []
        rest = [position for position in range(len(self.positions)) if position != head]
        fits = [self.key(position, column) for position, column in zip(rest, keys, strict=True)]
        if fits and min(fit.score for fit in fits) < 0.25:
            return 0.0, []
        score = (shared + sum(fit.score for fit in fits)) / len(self.positions)
        # Over one set twice, rows come first: distance[i, j] from row i to column j.
        turned = any(self.set_of(position) == self.set_of(head) for position in rest if position > head)
        reasons = [f"{shared:.0%} of the headers are in {name}", *(fit.reason for fit in fits)]
        if any(self.set_of(position) == self.set_of(head) for position in rest) and not turned:
            reasons.append("rows taken as the first index")
        return score - (0.3 if turned else 0), reasons

    def filtered(self, table: DataTable) -> list[_Draft]:
        """Return candidates in the rows of a table that name the parameter in a cell."""
        found: list[_Draft] = []
        for column in table.columns:
            if column.kind not in {Kind.TEXT, Kind.MIXED} or len(column.categories or ()) > 500:
                continue
            atoms = some_atoms(column, 500)
            if any((self.shared(name, 0, atoms) or 0) > 0.5 for name in self.known):
                continue
            for text in column.categories or ():
                alike = likeness(self.need.name, text)
                if alike > 0.8:
                    found += self.long(table, (column.name, text), alike)
                    found += self.matrix(table, (column.name, text), alike)
        return found
