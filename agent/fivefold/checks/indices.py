"""Indices that do nothing, stand for two things at once, or only add up what holds for each: slips of indexed rows.

These need no text. A row for each month that does not speak of the month is one row many times over; an index of
one set in the place of another picks what happens to have the same number; demands that are only ever added up hold
for nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fivefold.checks.sums import summands, tree_of
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, warning
from fivefold_solvers.formulation.parse import ExpressionError, parse_ranges
from fivefold_solvers.formulation.show import show


@dataclass(frozen=True, slots=True)
class _Part:
    """The objective or a constraint."""

    where: str
    ranges: tuple[e.Clause, ...]
    tree: e.Expression


def check_indices(formulation: Formulation) -> Iterator[Finding]:
    """Yield a warning for every index that is idle, doubled or only added over."""
    parts = list(_parts(formulation))
    decided = {variable.name for variable in formulation.variables}
    families, single = _families(formulation), _single(formulation)
    for part in parts:
        yield from _idle(part, decided, single)
        yield from _doubled(part, families)
    yield from _only_summed(formulation, parts, decided)


def _parts(formulation: Formulation) -> Iterator[_Part]:
    objective = tree_of(formulation.objective.expression)
    if objective is not None:
        yield _Part("the objective", (), objective)
    for row in formulation.constraints:
        tree = tree_of(row.expression)
        try:
            ranges = parse_ranges(row.forall)
        except ExpressionError:
            continue
        if tree is not None:
            yield _Part(f"constraint '{row.name}'", ranges, tree)


def _single(formulation: Formulation) -> set[str]:
    """Return the sets of at most one element, over which a range changes nothing."""
    listed = ((block.name, block.elements) for block in formulation.sets)
    return {name for name, elements in listed if isinstance(elements, list | tuple | dict) and len(elements) < 2}


def _families(formulation: Formulation) -> dict[str, tuple[str | None, ...]]:
    """Return the set that each place of an indexed element goes over; None where it is no set of its own name."""
    found: dict[str, tuple[str | None, ...]] = {}
    indexed = [(variable.name, variable.index) for variable in formulation.variables]
    indexed += [(parameter.name, parameter.index) for parameter in formulation.parameters]
    for name, index in indexed:
        try:
            clauses = parse_ranges(index)
        except ExpressionError:
            continue
        if all(len(clause.targets) == 1 for clause in clauses):
            found[name] = tuple(_source(clause) for clause in clauses)
    return found


def _source(clause: e.Clause) -> str | None:
    return clause.source.name if isinstance(clause.source, e.Name) else None


def _idle(part: _Part, decided: set[str], single: set[str]) -> Iterator[Finding]:
    """Ranges of a row or a sum of decisions whose index is spoken of nowhere."""
    for clause in _unspoken(part.ranges, [part.tree]):
        if _source(clause) not in single:
            message = f"it is the same row for each `{show(clause)}`: nothing in it depends on {_targets(clause)}"
            yield warning("index-idle", part.where, message, "use the index in the row, or leave the range out")
    for node in e.walk(part.tree):
        if not (isinstance(node, e.Aggregate) and node.function == "sum" and e.names_used(node.body) & decided):
            continue
        for clause in _unspoken(node.clauses, [node.body]):
            if _source(clause) not in single:
                message = f"`{show(node)}` adds up the same term for each `{show(clause)}`"
                yield warning("index-idle", part.where, message, "use the index in the term, or leave the range out")


def _unspoken(clauses: Sequence[e.Clause], bodies: list[e.Expression]) -> Iterator[e.Clause]:
    """Yield the clauses none of whose targets stands in a body or in another clause."""
    for clause in clauses:
        others: list[e.Expression | e.Clause] = [*bodies, *(one for one in clauses if one is not clause)]
        spoken = {node.name for other in others for node in e.walk(other) if isinstance(node, e.Name)}
        # A condition that ties the index to another, `if j == k`, speaks of it through that one.
        tied = {name for condition in clause.conditions for name in e.names_used(condition)} - set(clause.targets)
        if not spoken & set(clause.targets) and not tied:
            yield clause


def _targets(clause: e.Clause) -> str:
    return ", ".join(clause.targets)


def _doubled(part: _Part, families: dict[str, tuple[str | None, ...]]) -> Iterator[Finding]:
    """One index in two places that go over different sets, as in `put[r, r]` of songs and records."""
    over = [clause for clause in (*part.ranges, *_clauses(part.tree)) if len(clause.targets) == 1]
    ranges = {clause.targets[0]: _source(clause) for clause in over}
    for node in e.walk(part.tree):
        places = families.get(node.name) if isinstance(node, e.Item) else None
        if not isinstance(node, e.Item) or places is None or len(places) != len(node.index):
            continue
        for at, index in enumerate(node.index):
            same = [other for other in range(at) if node.index[other] == index]
            if not isinstance(index, e.Name) or not same or None in (places[at], places[same[0]]):
                continue
            if places[at] != places[same[0]] and ranges.get(index.name) in (places[at], places[same[0]]):
                message = f"`{show(node)}` has {index.name} for an element of {places[same[0]]} and one of {places[at]}"
                yield warning("index-doubled", part.where, message, "write the index of each set in its own place")
                return


def _clauses(tree: e.Expression) -> Iterator[e.Clause]:
    return (clause for node in e.walk(tree) if isinstance(node, e.Aggregate) for clause in node.clauses)


def _only_summed(formulation: Formulation, parts: list[_Part], decided: set[str]) -> Iterator[Finding]:
    """Data for each element of a set that stand in no row but as their sum, beside a sum of decisions over the set."""
    tables = {parameter.name for parameter in formulation.parameters if parameter.index}
    uses: dict[str, list[tuple[_Part, bool, e.Expression]]] = {}
    for part in parts:
        summed = {id(item): total for total in _totals(part.tree, decided) for item in e.walk(total)}
        for node in e.walk(part.tree):
            if isinstance(node, e.Item) and node.name in tables:
                uses.setdefault(node.name, []).append((part, id(node) in summed, summed.get(id(node), node)))
    elsewhere = " ".join(
        [str(bound) for variable in formulation.variables for bound in (variable.lower, variable.upper)]
        + [parameter.expression or "" for parameter in formulation.parameters]
        + [block.expression or "" for block in formulation.sets]
        + [text for row in formulation.constraints for text in row.forall]
    )
    for name, found in uses.items():
        if name in elsewhere or not all(summed for _, summed, _ in found):
            continue
        part, _, total = found[0]
        message = f"{name} is only added up, in `{show(total)}`, and holds for no element on its own"
        yield warning("limit-summed", part.where, message, "write a row for each element, with its own amount")


def _totals(tree: e.Expression, decided: set[str]) -> Iterator[e.Aggregate]:
    """Yield the sums without decisions that are added on one side of a row whose other side adds over the same set."""
    if not isinstance(tree, e.Compare):
        return
    for side, other in ((tree.left, tree.right), (tree.right, tree.left)):
        sums = [node for node in e.walk(other) if isinstance(node, e.Aggregate) and e.names_used(node) & decided]
        over = {_source(clause) for node in sums for clause in node.clauses}
        for term in summands(side):
            if isinstance(term, e.Aggregate) and term.function == "sum" and not e.names_used(term) & decided:
                own = {_source(clause) for clause in term.clauses}
                if own and None not in own and own <= over:
                    yield term
