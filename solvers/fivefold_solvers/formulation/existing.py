"""Entries that a formulation speaks of and does not have, where that has one reading.

Slips, mended where the check stopped at an error and only then:

* a variable declared for `i != j` and summed, or limited, over all `i` and `j`: the pair of a thing with itself is left
  out;
* a table with holes (`null` on the diagonal of distances): the parameter has entries only where it has values, so that
  whoever uses a hole is told, and nobody has to fill what nobody uses;
* `T[0]` and `T[-1]` of a plain set, its first and last element; `T - {1}`, its other elements.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Constraint, Formulation, Parameter, Set
from fivefold_solvers.formulation.finding import Finding, note
from fivefold_solvers.formulation.identity import ElementError, Key, member
from fivefold_solvers.formulation.names import label
from fivefold_solvers.formulation.parse import ExpressionError, parse, parse_ranges
from fivefold_solvers.formulation.scope import EvaluationError, Members
from fivefold_solvers.formulation.show import show, show_range
from fivefold_solvers.formulation.tables import written_entries

_OTHER = "other_"
_Pairs = Mapping[str, tuple[int, int]]
"""By variable the places of the two indices that must differ."""


def mend_entries(formulation: Formulation) -> tuple[Formulation, list[Finding]]:
    """Return the formulation without the entries that it does not have, and a note for each element that was mended."""
    notes: list[Finding] = []
    formulation = _with_set_words(formulation, notes)
    pairs = dict(_unequal(formulation))
    if pairs:
        rows = tuple(_row(row, pairs, notes) for row in formulation.constraints)
        goal = formulation.objective
        text = _summed(goal.expression, pairs, frozenset())
        if text != goal.expression:
            notes.append(note("slip", "the objective", "pairs that do not exist were left out"))
            goal = goal.model_copy(update={"expression": text})
        formulation = formulation.model_copy(update={"constraints": rows, "objective": goal})
    return _with_holes(formulation, notes), notes


def _with_set_words(formulation: Formulation, notes: list[Finding]) -> Formulation:
    """Return the formulation with Python's words for elements of plain sets in the language's own."""
    plain = frozenset(block.name for block in formulation.sets if not block.index)

    def rows(block: Constraint) -> Constraint:
        forall = tuple(_set_words_in_range(text, plain) for text in block.forall)
        text = _set_words(block.expression, plain)
        if (forall, text) == (block.forall, block.expression):
            return block
        notes.append(note("slip", label(block), "elements of sets were read as `first`, `last` and those left"))
        return block.model_copy(update={"forall": forall, "expression": text})

    goal = formulation.objective
    text = _set_words(goal.expression, plain)
    if text != goal.expression:
        notes.append(note("slip", "the objective", "elements of sets were read as `first`, `last` and those left"))
        goal = goal.model_copy(update={"expression": text})
    return formulation.model_copy(update={"constraints": tuple(map(rows, formulation.constraints)), "objective": goal})


def _set_words(text: str, plain: frozenset[str]) -> str:
    try:
        tree = parse(text).tree
    except ExpressionError:
        return text
    changed = e.transform(tree, lambda node: _set_word(node, plain))
    return text if changed == tree else show(changed)


def _set_words_in_range(text: str, plain: frozenset[str]) -> str:
    try:
        clauses = parse_ranges((text,))
    except ExpressionError:
        return text
    whole = e.Builder((e.Number(0),), clauses)
    changed = e.transform(whole, lambda node: _set_word(node, plain))
    return show_range(changed.clauses) if isinstance(changed, e.Builder) and changed != whole else text


def _set_word(node: e.Expression, plain: frozenset[str]) -> e.Expression:
    match node:
        case e.Item(name, (e.Number(0),)) if name in plain:
            return e.Call("first", (e.Name(name),))
        case e.Item(name, (e.Negative(e.Number(1)),)) if name in plain:
            return e.Call("last", (e.Name(name),))
        case e.Binary("-", e.Name(name), e.Builder() as taken) if name in plain:
            left = e.Name(_OTHER)
            return e.Builder((left,), (e.Clause((_OTHER,), e.Name(name), (e.Compare("not in", left, taken),)),))
        case _:
            return node


def _unequal(formulation: Formulation) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the variables that are declared for pairs of different things, with the places of these two indices."""
    for variable in formulation.variables:
        try:
            clauses = parse_ranges(variable.index)
        except ExpressionError:
            continue
        targets = [target for clause in clauses for target in clause.targets]
        conditions = [condition for clause in clauses for condition in clause.conditions]
        for condition in conditions:
            match condition:
                case e.Compare("!=", e.Name(first), e.Name(second)) if {first, second} <= set(targets):
                    yield variable.name, (targets.index(first), targets.index(second))
                case _:
                    pass


def _row(row: Constraint, pairs: _Pairs, notes: list[Finding]) -> Constraint:
    """Return a row whose sums, and whose index ranges, leave out pairs of a thing with itself."""
    try:
        clauses, tree = parse_ranges(row.forall), parse(row.expression).tree
    except ExpressionError:
        return row
    known = frozenset(_differing(clauses))
    update: dict[str, object] = {}
    bound = {target for clause in clauses for target in clause.targets}
    spoken = {pair for pair in _spoken(tree, pairs, outside_sums=True) if pair <= bound} - known
    if spoken:
        update["forall"] = _ranges_with(clauses, spoken)
    text = _summed(row.expression, pairs, known | spoken)
    if text != row.expression:
        update["expression"] = text
    if not update:
        return row
    notes.append(note("slip", label(row), "pairs that do not exist were left out"))
    return row.model_copy(update=update)


def _differing(clauses: tuple[e.Clause, ...]) -> Iterator[frozenset[str]]:
    """Yield the pairs of indices that ranges hold apart already."""
    for clause in clauses:
        for condition in clause.conditions:
            for part in condition.items if isinstance(condition, e.Logic) else (condition,):
                match part:
                    case e.Compare("!=" | "<" | ">", e.Name(first), e.Name(second)):
                        yield frozenset({first, second})
                    case _:
                        pass


def _spoken(tree: e.Expression | e.Clause, pairs: _Pairs, *, outside_sums: bool = False) -> Iterator[frozenset[str]]:
    """Yield the pairs of indices of entries that a tree speaks of and that have to differ."""
    if outside_sums and isinstance(tree, e.Aggregate):
        return
    match tree:
        case e.Item(name, index) if name in pairs and max(pairs[name]) < len(index):
            first, second = (index[place] for place in pairs[name])
            if isinstance(first, e.Name) and isinstance(second, e.Name) and first != second:
                yield frozenset({first.name, second.name})
        case _:
            pass
    for part in e.children(tree):
        yield from _spoken(part, pairs, outside_sums=outside_sums)


def _ranges_with(clauses: tuple[e.Clause, ...], spoken: set[frozenset[str]]) -> tuple[str, ...]:
    return tuple(show_range((clause,)) for clause in _held_apart(clauses, spoken))


def _held_apart(clauses: tuple[e.Clause, ...], pairs: set[frozenset[str]]) -> tuple[e.Clause, ...]:
    """Return ranges in which the second index of each pair to be bound is not the first."""
    result: list[e.Clause] = []
    left, bound = set(pairs), set[str]()
    for place, clause in enumerate(clauses):
        bound |= set(clause.targets)
        later = {target for other in clauses[place + 1 :] for target in other.targets}
        due = [pair for pair in left if pair & set(clause.targets) and not pair & later]
        left -= set(due)
        added = tuple(e.Compare("!=", *map(e.Name, sorted(pair))) for pair in sorted(due, key=sorted))
        result.append(replace(clause, conditions=(*clause.conditions, *added)))
    return tuple(result)


def _summed(text: str, pairs: _Pairs, known: frozenset[frozenset[str]]) -> str:
    """Return an expression whose sums of such entries leave the pairs out."""
    try:
        tree = parse(text).tree
    except ExpressionError:
        return text

    def change(node: e.Expression) -> e.Expression:
        if not isinstance(node, e.Aggregate) or node.function != "sum" or not _vanishes(node.body, pairs):
            return node
        targets = {target for clause in node.clauses for target in clause.targets}
        spoken = {pair for pair in _spoken(node.body, pairs, outside_sums=True) if pair & targets}
        spoken -= known | frozenset(_differing(node.clauses))
        return replace(node, clauses=_held_apart(node.clauses, spoken)) if spoken else node

    changed = e.transform(tree, change)
    return text if changed == tree else show(changed)


def _vanishes(body: e.Expression, pairs: _Pairs) -> bool:
    """Whether a summand is a product with such an entry: without it, nothing of the summand is left."""
    match body:
        case e.Item(name, _):
            return name in pairs
        case e.Negative(operand):
            return _vanishes(operand, pairs)
        case e.Binary("*", left, right):
            return _vanishes(left, pairs) or _vanishes(right, pairs)
        case e.Binary("/", left, _):
            return _vanishes(left, pairs)
        case e.Binary("+" | "-", left, right):
            return _vanishes(left, pairs) and _vanishes(right, pairs)
        case _:
            return False


def _with_holes(formulation: Formulation, notes: list[Finding]) -> Formulation:
    sets = {block.name: block for block in formulation.sets}
    taken = {element.name for element in formulation.elements()}
    added: list[Set] = []
    parameters: list[Parameter] = []
    for parameter in formulation.parameters:
        filled = _filled(parameter, sets)
        name = f"{parameter.name}_entries"
        if filled is None or name in taken:
            parameters.append(parameter)
            continue
        keys = tuple(key if len(key) > 1 else next(iter(key)) for key in filled)
        added.append(Set(name=name, elements=keys, description=f"where {parameter.name} has a value"))
        parameters.append(parameter.model_copy(update={"index": (_range(parameter, name),), "values": _nested(filled)}))
        notes.append(note("slip", label(parameter), "where its table holds no value it has no entry"))
    if not added:
        return formulation
    return formulation.model_copy(update={"sets": (*formulation.sets, *added), "parameters": tuple(parameters)})


def _range(parameter: Parameter, name: str) -> str:
    """Return the range of a parameter's indices, by their own names, over the set of its entries."""
    targets = [target for clause in parse_ranges(parameter.index) for target in clause.targets]
    if any(target.startswith("_") for target in targets):
        return name
    return f"({', '.join(targets)}) in {name}" if len(targets) > 1 else f"{targets[0]} in {name}"


def _nested(table: Mapping[Key, float]) -> dict[str, object]:
    """Return a table as objects within objects."""
    result: dict[str, object] = {}
    for key, value in table.items():
        inner = result
        for part in key[:-1]:
            inner = cast("dict[str, object]", inner.setdefault(str(part), {}))
        inner[str(key[-1])] = value
    return result


def _filled(parameter: Parameter, sets: Mapping[str, Set]) -> dict[Key, float] | None:
    """Return the values of a table with holes over listed sets; None where it is none, or nothing can be said."""
    if parameter.expression is not None or parameter.default is not None or not parameter.index:
        return None
    try:
        clauses = parse_ranges(parameter.index)
        axes = [axis for clause in clauses if (axis := _axis(clause, sets)) is not None]
        return written_entries(parameter.values, axes) if len(axes) == len(clauses) else None
    except (ExpressionError, EvaluationError):
        return None


def _axis(clause: e.Clause, sets: Mapping[str, Set]) -> Members | None:
    """Return the elements of a range over a whole listed set of single elements."""
    if clause.conditions or not isinstance(clause.source, e.Name) or clause.source.name not in sets:
        return None
    elements = sets[clause.source.name].elements
    if not isinstance(elements, tuple) or not elements:
        return None
    try:
        order = tuple(map(member, elements))
    except ElementError:
        return None
    return None if any(isinstance(one, tuple) for one in order) else Members.of(clause.source.name, order)
