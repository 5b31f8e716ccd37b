"""Proposing which column is which: by names, by what is in common, by type; with reasons, never a silent guess."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from fivefold_solvers.data.bind_set import bind_set
from fivefold_solvers.data.candidates import Known, parameter_candidates
from fivefold_solvers.data.evaluated import given_sets
from fivefold_solvers.data.finding import shown
from fivefold_solvers.data.hints import parameter_at, places, set_at, tuples_at
from fivefold_solvers.data.keys import heading, may_be_key, some_atoms
from fivefold_solvers.data.mapping import HEADER, Binding, DataMapping, Question
from fivefold_solvers.data.needs import Needs, ParameterNeed, SetNeed, needs
from fivefold_solvers.data.parameter_tables import (
    beside_candidates,
    both_ends,
    has_ends,
    header_candidates,
)
from fivefold_solvers.data.table import Column, DataTable, Kind, matrix_columns
from fivefold_solvers.data.why_open import NOTHING, apart, why_none
from fivefold_solvers.data.wording import closeness, direction, likeness, told_by
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.identity import Atom

LEAST = 0.5
"""Score below which nothing is proposed."""
WEAK = 0.25
"""Score from which on a candidate is shown to choose from."""
COMPUTED = 2000
"""Members of a set up to which sets computed from it are looked at."""
BY_ROWS = 0.3
"""Score of a candidate for which only its rows speak; never enough to be taken."""
MOST_COLUMNS = 40
"""Columns that are looked at where no name helps."""
APART = 0.06
"""Two candidates closer than this are ambiguous."""


_NO_HINTS: Mapping[str, str] = MappingProxyType({})


def propose(
    formulation: Formulation,
    tables: Sequence[DataTable],
    names: Iterable[str] = (),
    hints: Mapping[str, str] = _NO_HINTS,
) -> DataMapping:
    """Return where the data of a formulation seems to be.

    Args:
        formulation: sets without elements and parameters without values are looked for.
        tables: what was read.
        names: sets and parameters that are looked for although the formulation has data for them.
        hints: where the data of an element is said to be, `table.column`; taken where it can be there.

    Returns:
        One binding for each element whose place is clear; a question with candidates for every other one.
    """
    wanted = needs(formulation)
    extra = set(names)
    bindings: list[Binding] = []
    questions: list[Question] = []
    known: Known = _given(formulation)
    for need in wanted.sets.values():
        if need.given and need.name not in extra:
            continue
        candidates = _said(need, hints, tables, wanted) or _set_candidates(need, tables, wanted, known)
        _settle(need.name, "set", candidates, bindings, questions, tables=tables)
        found = next((one for one in bindings if one.element == need.name), None)
        if found is not None:
            parts = _members(found, tables)
            known[need.name] = parts if need.arity > 1 else (frozenset[Atom]().union(*parts),)
    known = _computed(formulation, wanted, bindings, tables) | known
    for parameter in wanted.parameters.values():
        if parameter.given and parameter.name not in extra:
            continue
        hint = hints.get(parameter.name, "")
        said = parameter_at(parameter, hint, tables, known, wanted) if hint else None
        candidates = [said] if said is not None else parameter_candidates(parameter, tables, known, wanted)
        if not any(one.score > WEAK for one in candidates):
            candidates = _by_rows_alone(parameter, tables, known, wanted)
        why = why_none(parameter, tables, known, wanted, questions)
        _settle(parameter.name, "parameter", candidates, bindings, questions, why)
    return DataMapping(bindings=tuple(bindings), open=tuple(questions))


def _said(need: SetNeed, hints: Mapping[str, str], tables: Sequence[DataTable], wanted: Needs) -> list[Binding]:
    """Return where the formulation says that the members of a set are; nothing where they cannot be there."""
    if need.name not in hints:
        return []
    if need.arity == 1:
        said = set_at(need, hints, tables, wanted)
        return [said] if said is not None else []
    return tuples_at(need, hints[need.name], tables) or [
        one.model_copy(update={"score": 1.0, "reason": f"the formulation names it; {one.reason}"})
        for one in _tuple_candidates(need, [table for table, _ in places(hints[need.name], tables)[:1]])
    ]


def _by_rows_alone(parameter: ParameterNeed, tables: Sequence[DataTable], known: Known, wanted: Needs) -> list[Binding]:
    """Return columns of numbers whose rows are those of a parameter, whatever they are called: to choose from."""
    found: list[Binding] = []
    columns = [(table, column) for table in tables for column in table.columns if column.kind.numeric]
    for table, column in columns[:MOST_COLUMNS] if parameter.axes else ():
        one = parameter_at(parameter, f"{table.name}.{column.name}", [table], known, wanted)
        if one is not None and one.score >= LEAST and _rows_are_known(one, table, known):
            reason = f"its rows are those of {parameter.name}, its name is another"
            found.append(one.model_copy(update={"score": BY_ROWS, "reason": reason}))
    return found


def _rows_are_known(one: Binding, table: DataTable, known: Known) -> bool:
    """Whether every key column of a binding holds members of one of the sets, and none else."""
    members = [part for parts in known.values() for part in parts]
    keys = [some_atoms(table.column(name), 100_000) for name in one.columns if name != HEADER]
    return all(any(frozenset(key) <= part for part in members) for key in keys)


def _settle(
    name: str, kind: str, found: list[Binding], bindings: list[Binding], questions: list[Question],
    why: str = NOTHING, tables: Sequence[DataTable] = (),
) -> None:  # fmt: skip
    """File the best candidate as a binding, or a question where there is none or more than one."""
    ranked = sorted((one for one in found if one.score >= LEAST), key=lambda one: -one.score)
    is_set = kind == "set"
    if not ranked:
        weak = sorted((one for one in found if one.score > WEAK), key=lambda one: -one.score)[:3]
        reason = "nothing fits well" if weak and why == NOTHING else why
        questions.append(
            Question(element=name, kind="set" if is_set else "parameter", reason=reason, candidates=tuple(weak))
        )
        return
    rivals = [one for one in ranked if ranked[0].score - one.score < APART]
    if len(rivals) > 1:
        reason = f"{len(rivals)} places fit equally well"
        if is_set:
            first, second = (frozenset[Atom]().union(*_members(one, tables)) for one in rivals[:2])
            reason += f"; {differ}" if (differ := apart(first, second)) else ""
        questions.append(
            Question(element=name, kind="set" if is_set else "parameter", reason=reason, candidates=tuple(rivals[:6]))
        )
        return
    bindings.append(ranked[0])


def _given(formulation: Formulation) -> Known:
    """Return the members that the formulation itself lists or computes."""
    sets = given_sets(formulation, {})
    return {name: tuple(frozenset(part.atoms()) for part in column.members) for name, column in sets.items()}


def _computed(
    formulation: Formulation, wanted: Needs, bindings: Sequence[Binding], tables: Sequence[DataTable]
) -> Known:
    """Return the members of sets that are computed from sets of the data, as long as these are small."""
    if not any(block.expression for block in formulation.sets):
        return {}
    named = {table.name: table for table in tables}
    found = [bind_set(wanted.sets[one.element], one, named[one.table])[0] for one in bindings if one.kind == "set"]
    small = {column.name: column for column in found if column is not None and column.size <= COMPUTED}
    sets = given_sets(formulation, small)
    return {name: tuple(frozenset(part.atoms()) for part in column.members) for name, column in sets.items()}


def _members(binding: Binding, tables: Sequence[DataTable]) -> tuple[frozenset[Atom], ...]:
    table = next(one for one in tables if one.name == binding.table)
    return tuple(
        _headings(table) if name == HEADER else frozenset(some_atoms(table.column(name), 100_000))
        for name in binding.columns
    )


def _headings(table: DataTable) -> frozenset[Atom]:
    return frozenset(heading(column, ()) for column in matrix_columns(table))


# --- sets ------------------------------------------------------------------------------------------------


def _set_candidates(need: SetNeed, tables: Sequence[DataTable], wanted: Needs, known: Known) -> list[Binding]:
    if need.arity > 1:
        return _tuple_candidates(need, tables)
    found: list[Binding] = []
    for table in tables:
        for place, column in enumerate(table.columns):
            if may_be_key(column):
                found.append(_column_candidate(need, table, place, column, wanted))
        found += beside_candidates(need, table, wanted)
        found += header_candidates(need, table, tables, wanted, known)
    ends = [(table.name, pair) for table in tables if (pair := both_ends(table))] if has_ends(need, wanted) else []
    for name, pair in ends:
        if all(one.table == name and one.columns[0] in pair for one in found if one.score >= LEAST):
            reason = f"the names in '{shown(pair[0])}' and '{shown(pair[1])}', as nothing else lists them"
            both = Binding(element=need.name, kind="set", table=name, columns=pair, score=0.7, reason=reason)
            found = [both, *(one for one in found if one.score < LEAST)]
    return _same_members_once(found, tables)


def _column_candidate(need: SetNeed, table: DataTable, place: int, column: Column, wanted: Needs) -> Binding:
    # A column of texts can be no parameter, whatever its header.
    others = wanted.names if column.kind.numeric else wanted.sets
    by_column = closeness(need.name, need.description, column.name, others)
    of_table = closeness(need.name, need.description, table.name, wanted.names)
    by_table = of_table if place == 0 and not _names_itself(need, table, of_table, wanted) else 0.0
    alike = max(by_column, 0.95 * by_table)
    distinct = len(some_atoms(column, 100_000))
    unique = distinct == len(table) - int(column.blanks.sum())
    textual = column.kind is not Kind.INTEGER or by_column > 0.9 or place == 0
    home = 0.06 * of_table
    score = alike * (0.84 + (0.06 if unique else 0) + (0.04 if place == 0 else 0)) + home * (alike > 0)
    reasons = [
        f"column '{shown(column.name)}' is named like it" if by_column >= 0.95 * by_table else
        f"the table '{shown(table.name)}' is named like it",
        f"{distinct} members, each once" if unique else f"{distinct} different cells in {len(table)} rows",
    ]  # fmt: skip
    return Binding(
        element=need.name,
        kind="set",
        table=table.name,
        columns=(column.name,),
        score=round(min(score if textual else 0.5 * score, 1.0), 3),
        reason=_reason(alike, reasons),
    )


def _names_itself(need: SetNeed, table: DataTable, of_table: float, wanted: Needs) -> bool:
    """Whether a later column of texts is named like a set as well as its table: the first one is then another's."""
    later = [one for one in table.columns[1:] if may_be_key(one) and not one.kind.numeric]
    return any(closeness(need.name, need.description, one.name, wanted.sets) > 0.9 * of_table for one in later)


def _reason(alike: float, reasons: list[str]) -> str:
    return "; ".join(reasons if alike > 0.4 else reasons[1:])


def _tuple_candidates(need: SetNeed, tables: Sequence[DataTable]) -> list[Binding]:
    """Return pairs (triples, ...) of key columns, side by side, of tables named like the set."""
    found: list[Binding] = []
    for table in tables:
        keys = [column for column in table.columns if may_be_key(column)]
        alike = max(likeness(need.name, table.name), told_by(table.name, need.description))
        if len(keys) < need.arity:
            continue
        ways = [column for column in keys if direction(column.name) >= 0]
        chosen = keys[: need.arity]
        if need.arity == len(ways) == 2:
            chosen = sorted(ways, key=lambda column: direction(column.name))
        clear = len(keys) == need.arity or len(ways) == need.arity
        score = 0.9 * alike + (0.08 if clear else 0) + (0.3 if len(ways) == need.arity and alike < 0.6 else 0)
        reason = f"the table '{shown(table.name)}' has {need.arity} columns of names for its {need.arity} indices"
        found.append(
            Binding(
                element=need.name,
                kind="set",
                table=table.name,
                columns=tuple(column.name for column in chosen),
                score=round(min(score, 1.0), 3),
                reason=reason,
            )
        )
    return found


def _same_members_once(found: list[Binding], tables: Sequence[DataTable]) -> list[Binding]:
    """Return candidates without those that would give the same members as a better one."""
    kept: list[tuple[Binding, frozenset[Atom]]] = []
    for one in sorted(found, key=lambda one: -one.score):
        if one.score < LEAST:
            kept.append((one, frozenset()))
            continue
        members = frozenset[Atom]().union(*_members(one, tables))
        if not any(members and members <= other for _, other in kept):
            kept.append((one, members))
    return [one for one, _ in kept]
