"""A parameter from its table: entries looked up in their sets, values checked, doubles and gaps found."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

import numpy as np

from fivefold_solvers.data.below import is_total
from fivefold_solvers.data.bind_set import bare
from fivefold_solvers.data.check_entries import check_cells, check_doubles, check_gaps, check_signs, check_unit
from fivefold_solvers.data.columns import Columns, Labels, ParameterColumn, SetColumn
from fivefold_solvers.data.entries import Entries, entries_of
from fivefold_solvers.data.evaluated import domain
from fivefold_solvers.data.finding import DataFinding, shown
from fivefold_solvers.data.keys import Array, Keys, heading, ranked
from fivefold_solvers.data.mapping import HEADER, Binding
from fivefold_solvers.data.needs import Needs, ParameterNeed
from fivefold_solvers.data.table import Column, DataTable
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Severity
from fivefold_solvers.formulation.identity import Atom

Found = list[DataFinding]


def bind_parameter(
    formulation: Formulation,
    wanted: Needs,
    binding: Binding,
    table: DataTable,
    columns: Columns,
    others: Collection[str] = (),
) -> tuple[ParameterColumn | None, Found]:
    """Return a parameter as columns, None where its data cannot be used, and the findings about it.

    Columns in `others` hold other elements; their headers are none of a matrix.
    """
    need = wanted.parameters[binding.element]
    lost = next((axis.set for axis in need.axes if axis.set not in columns.sets), None)
    if lost is not None:
        known = lost in wanted.sets
        message = f"parameter {need.name} runs over {lost or 'a range that is no set by name'}, which has no members"
        mend = "see what is said of it" if known else "declare a set and run over it"
        severity = Severity.NOTE if known else Severity.ERROR
        return None, [table.finding("no-axis", severity, message, mend)]
    across: Found = []
    kept = _header_filter(need, binding, table, columns, across, others)
    entries = entries_of(table, binding, kept, kept.known)
    if any(one.severity is Severity.ERROR for one in across):
        return None, across
    if not need.axes:
        return _scalar(need, entries)
    if HEADER in binding.columns and any(len(axis.targets) > 1 for axis in need.axes):
        # The pairs of a set may be those for which the matrix has a number.
        entries = entries.at(~entries.missing())
    codes, findings = _places(need, entries, columns)
    findings = [*across, *findings]
    if any(one.severity is Severity.ERROR for one in findings):
        return None, findings
    return _checked(formulation, wanted, need, entries, codes, columns, findings)


def _checked(
    formulation: Formulation,
    wanted: Needs,
    need: ParameterNeed,
    entries: Entries,
    codes: list[Array],
    columns: Columns,
    findings: Found,
) -> tuple[ParameterColumn | None, Found]:
    """Check values, doubles and gaps of entries whose members are all known."""
    axes = [columns.sets[axis.set] for axis in need.axes]
    flat = np.zeros(len(entries.rows), np.int64)
    for own, axis in zip(codes, axes, strict=True):
        flat = flat * axis.size + own
    allowed = None if need.full else _allowed(formulation, wanted, need, columns)
    if allowed is not None:
        inside = np.isin(flat, allowed)
        entries, flat, codes = entries.at(inside), flat[inside], [own[inside] for own in codes]
    sparse = need.default is not None or (not need.full and allowed is None)
    faults, keep = check_cells(need, entries, sparse)
    faults += check_unit(need, entries)
    if not keep.all():
        entries, flat, codes = entries.at(keep), flat[keep], [own[keep] for own in codes]
    doubles, first = check_doubles(need, entries, flat, axes)
    findings += faults + doubles
    if not any(one.severity is Severity.ERROR for one in findings):
        if not sparse:
            size = int(np.prod([axis.size for axis in axes], dtype=np.float64))
            findings += check_gaps(need, entries, flat[first], axes, allowed if allowed is not None else size)
        findings += check_signs(need, entries)
    if any(one.severity is Severity.ERROR for one in findings):
        return None, findings
    names = tuple(axis.set for axis in need.axes)
    kept = tuple(np.ascontiguousarray(own[first]) for own in codes)
    return ParameterColumn(need.name, names, kept, entries.values[first], need.default), findings


def _allowed(formulation: Formulation, wanted: Needs, need: ParameterNeed, columns: Columns) -> Array | None:
    """Return the flat places of the entries that conditions leave, None where that cannot be told."""
    keys = domain(formulation, need.name, columns.sets, columns.parameters, wanted)
    if keys is None:
        return None
    flat = np.zeros(len(keys), np.int64)
    start = 0
    for axis in need.axes:
        column = columns.sets[axis.set]
        places = {member: place for place, member in enumerate(column.decoded())}
        width = len(column.members)
        parts = [key[start] if width == 1 else key[start : start + width] for key in keys]
        flat = flat * column.size + np.array([places[part] for part in parts], np.int64)
        start += width
    return np.sort(flat)


def _scalar(need: ParameterNeed, entries: Entries) -> tuple[ParameterColumn | None, Found]:
    table, header = entries.table, shown(entries.columns[0].header)
    if len(entries.rows) != 1:
        message = f"parameter {need.name} is one number; there are {len(entries.rows)} rows for it"
        place = int(entries.rows[1]) if len(entries.rows) > 1 else None
        mend = "keep one row, or give the parameter an index"
        return None, [table.finding("not-one-value", Severity.ERROR, message, mend, place=place, column=header)]
    findings, keep = check_cells(need, entries, False)
    findings += check_unit(need, entries) + check_signs(need, entries)
    if any(one.severity is Severity.ERROR for one in findings) or not keep.all():
        return None, findings
    return ParameterColumn(need.name, (), (), entries.values, need.default), findings


def _header_filter(
    need: ParameterNeed,
    binding: Binding,
    table: DataTable,
    columns: Columns,
    findings: Found,
    others: Collection[str],
) -> HeaderFilter:
    position = binding.columns.index(HEADER) if HEADER in binding.columns else None
    if position is None:
        return HeaderFilter(None, "", table, findings, others)
    axis, place = need.positions[position]
    column = columns.sets[need.axes[axis].set]
    return HeaderFilter(column.members[place].atoms(), column.name, table, findings, others)


class HeaderFilter:
    """Says which columns of a matrix hold values; a header that is nearly a member is a finding."""

    def __init__(
        self, members: list[Atom] | None, name: str, table: DataTable, findings: Found, others: Collection[str]
    ) -> None:
        self.members = members
        self.known = set(members or ())
        self.name = name
        self.table = table
        self.findings = findings
        self.others = others
        """Columns of the table that hold other elements."""

    def __call__(self, column: Column) -> bool:
        """Return whether a column is kept."""
        own = heading(column, self.known)
        if self.members is None or own in self.known:
            return True
        if column.name in self.others:
            return False
        if is_total(own) or not column.kind.numeric:
            near = None if is_total(own) else _near(own, self.members)
            severity = Severity.NOTE if near is None else Severity.ERROR
        else:
            near, severity = _near(own, self.members), Severity.ERROR
        message = f"the header '{shown(own)}' is not in {self.name}"
        mend = _mend(near, self.name)
        self.findings.append(
            self.table.finding("foreign-header", severity, message, mend, column=shown(column.header)).model_copy(
                update={"row": self.table.header_row}
            )
        )
        return False


def _places(need: ParameterNeed, entries: Entries, columns: Columns) -> tuple[list[Array], Found]:
    """Return for each axis the place of each entry's member, and findings where there is none."""
    codes: list[Array] = []
    findings: Found = []
    start = 0
    for axis in need.axes:
        column = columns.sets[axis.set]
        width = len(column.members)
        keys, headers = entries.keys[start : start + width], entries.headers[start : start + width]
        start += width
        own: Array
        if width == 1:
            own, found = _single(column, keys[0], headers[0], entries)
        else:
            own, found = _tuples(column, keys, headers, entries)
        codes.append(own)
        findings += found
    # The first fault of a table usually explains those behind it.
    return codes, findings[:1]


def _single(column: SetColumn, keys: Keys, header: str, entries: Entries) -> tuple[Array, Found]:
    members = column.members[0].atoms()
    if members == keys.atoms and (not len(keys.codes) or keys.codes.min() >= 0):
        # The column that the set was read from.
        return keys.codes, []
    places = {one: place for place, one in enumerate(members)}
    table = np.array([places.get(one, -1) for one in keys.atoms] + [-1], np.int64)
    own = table[keys.codes]
    lost = np.flatnonzero(own < 0)
    return own, _foreign(column, keys, header, entries, lost, members) if len(lost) else []


def _foreign(column: SetColumn, keys: Keys, header: str, entries: Entries, lost: Array, members: list[Atom]) -> Found:
    """Return the finding for keys that are in no set: blank, a total, nearly a member, or foreign."""
    entry = int(lost[0])
    place, table = int(entries.rows[entry]), entries.table
    if keys.codes[entry] < 0:
        message, mend = f"the cell is blank; it should name a member of {column.name}", "write the name"
        return [table.finding("blank-key", Severity.ERROR, message, mend, place=place, column=header, count=len(lost))]
    one = keys.atoms[int(keys.codes[entry])]
    if is_total(one):
        message = f"'{shown(one)}' looks like a total, not like a member of {column.name}"
        return [table.finding("total-row", Severity.ERROR, message, "remove the row", place=place, column=header)]
    distinct = len(np.unique(keys.codes[lost]))
    near = _near(one, members)
    message = f"'{shown(one)}' is not in {column.name}"
    if distinct > 1 and distinct == len(keys.atoms):
        message = f"no cell of the column is in {column.name}, '{shown(one)}' for one"
    return [
        table.finding(
            "foreign-key", Severity.ERROR, message, _mend(near, column.name), place=place, column=shown(header),
            count=len(lost),
        )
    ]  # fmt: skip


def _mend(near: Atom | None, name: str) -> str:
    return f"did you mean '{shown(near)}'?" if near is not None else f"remove it, or add it to {name}"


def _near(one: Atom, members: list[Atom]) -> Atom | None:
    """Return the member that is spelled nearly the same: by case and signs, with zeros before it, or a slip."""
    plain = bare(str(one))
    texts = {bare(str(member)): member for member in members[:20_000]}
    if plain in texts:
        return texts[plain]
    without = {text.lstrip("0"): member for text, member in texts.items()}
    if plain.lstrip("0") in without:
        return without[plain.lstrip("0")]
    near = get_close_matches(plain, list(texts)[:3000], n=1, cutoff=0.75) if not plain.isdigit() else []
    return texts[near[0]] if near else None


def _coded(labels: Labels) -> tuple[list[Atom], Array]:
    """Return the distinct atoms of labels, and for each label which one it is."""
    if labels.categories is not None:
        return labels.categories.tolist(), labels.values
    codes, first = ranked(labels.values)
    return Labels(labels.values[first]).atoms(), codes


def _found(codes: Array, members: Array) -> Array:
    """Return the place of each code among the members, -1 where it is none of them."""
    if np.array_equal(codes, members):
        # The entries of a table that the set was read from too.
        return np.arange(len(members))
    order = np.argsort(members, kind="stable")
    at = np.minimum(np.searchsorted(members, codes, sorter=order), len(members) - 1)
    return np.where(members[order[at]] == codes, order[at], -1)


def _tuples(
    column: SetColumn, keys: tuple[Keys, ...], headers: tuple[str, ...], entries: Entries
) -> tuple[Array, Found]:
    """Return the places of tuples in a set of tuples."""
    parts: list[Array] = []
    wholes: list[Array] = []
    for labels, own in zip(column.members, keys, strict=True):
        atoms, codes = _coded(labels)
        distinct = {one: place for place, one in enumerate(atoms)}
        wholes.append(codes)
        table = np.array([distinct.get(one, -1) for one in own.atoms] + [-1], np.int64)
        parts.append(table[own.codes])
    flat, whole = np.zeros(len(parts[0]), np.int64), np.zeros(column.size, np.int64)
    known = np.ones(len(flat), bool)
    for part, member in zip(parts, wholes, strict=True):
        size = int(member.max()) + 1
        flat, whole = flat * size + part, whole * size + member
        known &= part >= 0
    places = np.where(known, _found(flat, whole), -1)
    lost = np.flatnonzero(places < 0)
    if not len(lost):
        return places, []
    entry = int(lost[0])
    texts = [shown(own.atoms[int(own.codes[entry])]) if own.codes[entry] >= 0 else "(blank)" for own in keys]
    position = next((place for place, part in enumerate(parts) if part[entry] < 0), 0)
    message = f"({', '.join(texts)}) is not in {column.name}"
    near = None
    if parts[position][entry] < 0 and keys[position].codes[entry] >= 0:
        members = list(dict.fromkeys(column.members[position].atoms()))
        near = _near(keys[position].atoms[int(keys[position].codes[entry])], members)
    return places, [
        entries.table.finding(
            "foreign-key", Severity.ERROR, message, _mend(near, column.name), place=int(entries.rows[entry]),
            column=shown(headers[position]), count=len(lost),
        )
    ]  # fmt: skip
