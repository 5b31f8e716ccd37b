"""Sums that do not say what they go over, such as `sum(cost[i]*x[i])`, where the indices inside tell it.

An index that nothing binds goes over the set that the elements in the sum are declared over. Where the row binds all
of them, `sum(hours[i]*x[i]) <= 40 for i in I`, those that the row uses nowhere else belong to the sum: for each `i`
alone there would be nothing to add up. `sum(x)` goes over all entries of `x`. The rest is for `check` to refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeGuard

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Constraint, Formulation, Parameter, Variable
from fivefold_solvers.formulation.finding import Finding, note
from fivefold_solvers.formulation.names import label
from fivefold_solvers.formulation.parse import ExpressionError, parse, parse_ranges
from fivefold_solvers.formulation.show import show, show_range

_Clauses = tuple[e.Clause, ...]


class _Said(NamedTuple):
    text: str
    ranges: tuple[str, ...]


def mend_sums(formulation: Formulation) -> tuple[Formulation, list[Finding]]:
    """Return the formulation with such sums written out, and a note for each element that was mended."""
    declared = _declared(formulation)
    notes: list[Finding] = []

    def told(where: str, before: str, after: _Said) -> None:
        over = f" for {', '.join(after.ranges)}" if after.ranges else ""
        notes.append(note("slip", where, f"`{before}` was read as `{after.text}`{over}"))

    goal = formulation.objective
    said = _whole(goal.expression, (), declared)
    if said is not None:
        told(label(goal), goal.expression, said)
        goal = goal.model_copy(update={"expression": said.text})
    rows: list[Constraint] = []
    for row in formulation.constraints:
        said = _whole(row.expression, row.forall, declared)
        if said is not None:
            told(label(row), row.expression, said)
            row = row.model_copy(update={"expression": said.text, "forall": said.ranges})
        rows.append(row)
    if not notes:
        return formulation, []
    return formulation.model_copy(update={"objective": goal, "constraints": tuple(rows)}), notes


def _declared(formulation: Formulation) -> dict[str, _Clauses]:
    """Return the index ranges of parameters and variables by name, and the names of sets without any."""
    found: dict[str, _Clauses] = {block.name: () for block in formulation.sets}
    elements: tuple[Parameter | Variable, ...] = (*formulation.parameters, *formulation.variables)
    for element in elements:
        try:
            found[element.name] = parse_ranges(element.index)
        except ExpressionError:
            continue
    return found


def _whole(text: str, ranges: tuple[str, ...], declared: Mapping[str, _Clauses]) -> _Said | None:
    """Return an expression and its index ranges with its open sums written out; None where none can be."""
    if "sum" not in text:
        return None
    try:
        tree, clauses = parse(text).tree, parse_ranges(ranges)
    except ExpressionError:
        return None
    if not any(map(_is_open, e.walk(tree))):
        return None
    ranges_around = [clause for part in e.walk(tree) if _holds_open(part) for clause in part.clauses]
    bound = {target for clause in (*ranges_around, *clauses) for target in clause.targets}
    elsewhere = e.names_used(_changed(tree, lambda _: e.Number(0.0))).union(*map(e.names_used, clauses))
    idle = [clause for clause in clauses if not elsewhere.intersection(clause.targets)]
    moved: list[e.Clause] = []

    def written(node: e.Call) -> e.Expression:
        body = _with_indices(node.arguments[0], declared)
        over = _free(body, declared, bound)
        if over == ():
            over = tuple(clause for clause in idle if e.names_used(body).intersection(clause.targets))
            moved.extend(over)
        return e.Aggregate("sum", body, over) if over else node

    mended = _changed(tree, written)
    if mended == tree:
        return None
    left = tuple(show_range((clause,)) for clause in clauses if clause not in moved)
    return _Said(show(mended), left if moved else ranges)


def _is_open(node: e.Expression | e.Clause) -> bool:
    return isinstance(node, e.Call) and node.function == "sum" and len(node.arguments) == 1


def _holds_open(node: e.Expression | e.Clause) -> TypeGuard[e.Aggregate]:
    return isinstance(node, e.Aggregate) and any(map(_is_open, e.walk(node)))


def _changed(tree: e.Expression, change: Callable[[e.Call], e.Expression]) -> e.Expression:
    return e.transform(tree, lambda node: change(node) if isinstance(node, e.Call) and _is_open(node) else node)


def _with_indices(body: e.Expression, declared: Mapping[str, _Clauses]) -> e.Expression:
    """Return `x` as `x[i]` with the index that it is declared with, where all such names share one."""
    bare = {part.name for part in e.walk(body) if isinstance(part, e.Name) and declared.get(part.name)}
    shared = {declared[name] for name in bare}
    index = [e.Name(target) for clause in next(iter(shared), ()) for target in clause.targets]
    if len(shared) != 1 or any(name.name.startswith("_") for name in index):
        return body
    return e.transform(body, lambda node: e.Item(node.name, tuple(index)) if _is_bare(node, bare) else node)


def _is_bare(node: e.Expression, bare: set[str]) -> TypeGuard[e.Name]:
    return isinstance(node, e.Name) and node.name in bare


def _free(body: e.Expression, declared: Mapping[str, _Clauses], bound: set[str]) -> _Clauses | None:
    """Return the ranges of the indices in a body that nothing binds; None where an index has no one range."""
    found: dict[str, e.Clause] = {}
    bound = bound.union(*(part.targets for part in e.walk(body) if isinstance(part, e.Clause)))
    for part in e.walk(body):
        ranges = declared.get(part.name, ()) if isinstance(part, e.Item) else ()
        if not isinstance(part, e.Item) or len(ranges) != len(part.index):
            continue
        for place, clause in zip(part.index, ranges, strict=True):
            if not isinstance(place, e.Name) or place.name in bound or place.name in declared:
                continue
            if len(clause.targets) != 1 or clause.conditions or not isinstance(clause.source, e.Name):
                return None
            own = e.Clause((place.name,), clause.source)
            if found.setdefault(place.name, own) != own:
                return None
    return tuple(found.values())
