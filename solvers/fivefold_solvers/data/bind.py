"""Binding: the sets and parameters of a formulation as columns, with every fault of the data found on the way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fivefold_solvers.data.balance import check_balance, declared_pairs
from fivefold_solvers.data.below import NO_VALUE
from fivefold_solvers.data.bind_parameter import bind_parameter
from fivefold_solvers.data.bind_set import bind_set
from fivefold_solvers.data.columns import Columns
from fivefold_solvers.data.evaluated import given_sets
from fivefold_solvers.data.finding import DataFinding, main_finding, shown
from fivefold_solvers.data.mapping import HEADER, Binding, DataMapping, Question
from fivefold_solvers.data.needs import Needs, needs
from fivefold_solvers.data.order import check_order
from fivefold_solvers.data.table import DataTable
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Severity


@dataclass(frozen=True, slots=True)
class Bound:
    """Data of a formulation as columns, and what is wrong with it."""

    columns: Columns
    """What could be bound; only whole where `ok`."""
    findings: tuple[DataFinding, ...]
    """Errors first, in the order in which mending makes sense."""

    @property
    def ok(self) -> bool:
        """Whether the data can be used."""
        return not any(finding.severity is Severity.ERROR for finding in self.findings)

    @property
    def main(self) -> DataFinding | None:
        """The finding to mend first."""
        return main_finding(self.findings)


def bind(
    formulation: Formulation,
    mapping: DataMapping,
    tables: Sequence[DataTable],
    *,
    balances: Iterable[tuple[str, str]] = (),
) -> Bound:
    """Return the data that a mapping points to as columns.

    Args:
        formulation: what the data is for.
        mapping: where it is, from `propose` or written by hand.
        tables: what was read.
        balances: pairs of parameters of which the first must in total reach the second, such as supply and demand;
            one such pair is recognised by its names where none is given.

    Returns:
        Columns and findings. Faults of the data are findings, never exceptions.
    """
    wanted = needs(formulation)
    named = {table.name: table for table in tables}
    findings: list[DataFinding] = [_open(question) for question in mapping.open]
    used = [named[one.table] for one in mapping.bindings if one.table in named]
    for table in dict.fromkeys(map(id, used)):
        findings += _told(next(one for one in used if id(one) == table), mapping)
    columns = Columns()
    sound = [one for one in mapping.bindings if _sound(one, wanted, named, findings)]
    doubtful: set[str] = set()
    for binding in sound:
        if binding.kind == "set":
            others = _of_others(binding, mapping, named)
            column, found = bind_set(wanted.sets[binding.element], binding, named[binding.table], others)
            findings += found
            if any(one.severity is Severity.ERROR for one in found):
                doubtful.add(binding.element)
            elif column is not None:
                columns.sets[column.name] = column
    findings += check_order(formulation, wanted, [one for one in sound if one.kind == "set"], named, columns)
    columns.sets.update(given_sets(formulation, columns.sets))
    places = [one for name in wanted.parameters for one in sound if one.kind == "parameter" and one.element == name]
    for binding in places:
        if doubtful.intersection(axis.set for axis in wanted.parameters[binding.element].axes):
            # What would be said of its entries follows from the fault of the set.
            continue
        others = _of_others(binding, mapping, named)
        parameter, found = bind_parameter(formulation, wanted, binding, named[binding.table], columns, others)
        findings += found
        if parameter is not None:
            columns.parameters[parameter.name] = parameter
    settled = {one.element for one in mapping.bindings} | {one.element for one in mapping.open}
    reason = "no data is named for it"
    findings += [_open(Question(element=one.name, kind="set", reason=reason)) for one in wanted.open_sets if
                 one.name not in settled]  # fmt: skip
    findings += [_open(Question(element=one.name, kind="parameter", reason=reason)) for one in wanted.open_parameters
                 if one.name not in settled]  # fmt: skip
    if all(finding.severity is Severity.NOTE for finding in findings):
        pairs = list(balances) or declared_pairs(wanted)
        findings += check_balance(pairs, columns, {one.element: one for one in places}, named)
    return Bound(columns, tuple(sorted(findings, key=_rank)))


def _of_others(binding: Binding, mapping: DataMapping, named: dict[str, DataTable]) -> frozenset[str]:
    """Return the columns of a table that hold other elements, such as the supply beside a matrix of costs."""
    if HEADER not in binding.columns:
        return frozenset()
    there = [one for one in mapping.bindings if one.table == binding.table and HEADER not in one.columns]
    taken = {name for one in there for name in ((one.value,) if one.kind == "parameter" else one.columns)}
    return frozenset(column.name for column in named[binding.table].columns if {column.name, column.header} & taken)


def _told(table: DataTable, mapping: DataMapping) -> list[DataFinding]:
    """Return the findings of a table; formulas without value in columns that nothing is taken from are only doubted."""
    places = [one for one in mapping.bindings if one.table == table.name]
    taken = {name for one in places for name in (*one.columns, one.value, *(one.where or ())[:1])}
    rest = set[str]()
    if HEADER not in taken:
        free = [column for column in table.columns if not taken.intersection((column.name, column.header))]
        rest = {shown(column.header) for column in free}
    return [
        one.model_copy(update={"severity": Severity.WARNING, "message": f"{one.message}; the column is not used"})
        if one.code == NO_VALUE and one.column in rest else one
        for one in table.findings
    ]  # fmt: skip


def _rank(finding: DataFinding) -> int:
    return [Severity.ERROR, Severity.WARNING, Severity.NOTE].index(finding.severity)


def _open(question: Question) -> DataFinding:
    listed = "; ".join(f"{place}. {one.source}" for place, one in enumerate(question.candidates, start=1))
    mend = f"choose one: {listed}" if listed else "name its table and columns, or give its values in the formulation"
    message = f"{question.kind} `{question.element}` has no clear place in the data: {question.reason}"
    return DataFinding(code="open-element", severity=Severity.ERROR, message=message, mend=mend)


def _sound(binding: Binding, wanted: Needs, named: dict[str, DataTable], findings: list[DataFinding]) -> bool:
    """Whether a binding names an element, a table and columns that are there; else a finding says what is not."""
    fault = _fault(binding, wanted, named)
    if fault is not None:
        message = f"{binding.kind} `{binding.element}` is bound to {binding.source}: {fault[0]}"
        findings.append(DataFinding(code="bad-binding", severity=Severity.ERROR, message=message, mend=fault[1]))
    return fault is None


def _fault(binding: Binding, wanted: Needs, named: dict[str, DataTable]) -> tuple[str, str] | None:
    elements = wanted.sets if binding.kind == "set" else wanted.parameters
    if binding.element not in elements:
        return f"the formulation has no such {binding.kind}", f"it has {', '.join(elements) or 'none'}"
    if binding.table not in named:
        there = ", ".join(shown(name) for name in named)
        return "there is no such table", f"there are {there}; a file is given this name as {binding.table}=FILE"
    table = named[binding.table]
    columns = {name for column in table.columns for name in (column.name, column.header)}
    asked = [*binding.columns, *([binding.value] if binding.value else []), *(binding.where or ())[:1]]
    missing = next((name for name in asked if name != HEADER and name not in columns), None)
    if missing is not None:
        return (
            f"there is no column '{shown(missing)}'",
            f"its columns are {', '.join(shown(one.header) for one in table.columns[:20])}",
        )
    if binding.kind == "set":
        arity = wanted.sets[binding.element].arity
    else:
        arity = len(wanted.parameters[binding.element].positions)
        if binding.columns.count(HEADER) > 1 or bool(binding.value) == (HEADER in binding.columns):
            return "a matrix has one index in its header and no value column", "name a value column, or one (header)"
    # Several columns can list the members of one set: the ends of roads are its places.
    listed = binding.kind == "set" and arity == 1 and HEADER not in binding.columns and len(binding.columns) > 1
    if len(binding.columns) != arity and not listed:
        return f"it names {len(binding.columns)} index columns, {arity} are needed", "name one column per index"
    return None
