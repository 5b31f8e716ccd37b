"""Trees made explicit once the sets are known: `prev(t)` gets its set, order of text elements becomes `ord`.

After this, evaluation and every emitted program read the same tree and cannot differ in these points.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.identity import Key, as_key
from fivefold_solvers.formulation.scope import EvaluationError, Members
from fivefold_solvers.formulation.show import show

SetTable = Mapping[str, Mapping[Key, Members]]
Bound = Mapping[str, e.Expression]
"""Indices in reach, each with the set expression it runs over."""


def resolve(node: e.Expression, sets: SetTable, bound: Bound) -> e.Expression:
    """Return the tree with implicit sets written out.

    Raises:
        EvaluationError: `prev`, `next` or `ord` of something whose set cannot be told.
    """
    match node:
        case e.Call(("prev" | "next" | "ord") as function, (argument,)):
            home = _home(argument, bound)
            if home is None:
                raise EvaluationError(
                    f"`{show(node)}` does not say in which set", f"write {function}({show(argument)}, T)"
                )
            return e.Call(function, (resolve(argument, sets, bound), home))
        case e.Compare(relation, left, right):
            ordered = _ordered(node, sets, bound) if relation in {"<", "<=", ">", ">="} else None
            if ordered is not None:
                return ordered
            return e.Compare(relation, resolve(left, sets, bound), resolve(right, sets, bound))
        case e.Aggregate(function, body, clauses):
            inner, within = resolve_clauses(clauses, sets, bound)
            return e.Aggregate(function, resolve(body, sets, within), inner)
        case e.Builder(items, clauses):
            inner, within = resolve_clauses(clauses, sets, bound)
            return e.Builder(tuple(resolve(item, sets, within) for item in items), inner)
        case _:
            return _rebuilt(node, sets, bound)


def resolve_clauses(
    clauses: tuple[e.Clause, ...], sets: SetTable, bound: Bound
) -> tuple[tuple[e.Clause, ...], dict[str, e.Expression]]:
    """Return resolved clauses and the indices in reach behind them."""
    within = dict(bound)
    result: list[e.Clause] = []
    for clause in clauses:
        source = resolve(clause.source, sets, within)
        within.update(dict.fromkeys(clause.targets, source) if len(clause.targets) == 1 else {})
        for target in clause.targets if len(clause.targets) > 1 else ():
            within.pop(target, None)
        conditions = tuple(resolve(condition, sets, within) for condition in clause.conditions)
        result.append(e.Clause(clause.targets, source, conditions))
    return tuple(result), within


def _rebuilt(node: e.Expression, sets: SetTable, bound: Bound) -> e.Expression:
    def go(part: e.Expression) -> e.Expression:
        return resolve(part, sets, bound)

    match node:
        case e.Item(name, index):
            return e.Item(name, tuple(map(go, index)))
        case e.Group(items):
            return e.Group(tuple(map(go, items)))
        case e.Negative(operand):
            return e.Negative(go(operand))
        case e.Binary(operator, left, right):
            return e.Binary(operator, go(left), go(right))
        case e.Logic(operator, items):
            return e.Logic(operator, tuple(map(go, items)))
        case e.Not(operand):
            return e.Not(go(operand))
        case e.Choice(test, then, otherwise):
            return e.Choice(go(test), go(then), go(otherwise))
        case e.Call(function, arguments):
            return e.Call(function, tuple(map(go, arguments)))
        case _:
            return node


def _home(node: e.Expression, bound: Bound) -> e.Expression | None:
    """Return the set that a set element stands in, None where that cannot be told."""
    match node:
        case e.Name(name):
            return bound.get(name)
        case e.Call("first" | "last", (source,)):
            return source
        case e.Call("prev" | "next", (argument,)):
            return _home(argument, bound)
        case e.Call("prev" | "next", (_, source)):
            return source
        case _:
            return None


def _ordered(node: e.Compare, sets: SetTable, bound: Bound) -> e.Expression | None:
    """Return `ord(a, T) < ord(b, T)` where two elements are compared by their order in a set, None elsewhere.

    That is so for text, and for `t > first(T)` in a set of numbers that do not ascend, such as hours 22, 23, 0, 1.
    """
    homes = [_home(side, bound) for side in (node.left, node.right)]
    sides = zip((node.left, node.right), homes, strict=True)
    if not all(home is not None or isinstance(side, e.Text) for side, home in sides):
        return None
    found = [home for home in homes if home is not None]
    if not found:
        return None
    home = max(found, key=lambda one: _size(one, sets))
    by_place = any(isinstance(side, e.Call) for side in (node.left, node.right)) and not _ascending(home, sets)
    if not by_place and not any(_textual(one, sets) for one in found):
        return None
    left, right = (e.Call("ord", (resolve(side, sets, bound), home)) for side in (node.left, node.right))
    return e.Compare(node.relation, left, right)


def _size(source: e.Expression, sets: SetTable) -> int:
    """Return how many elements a named set has; of two sets in a comparison the larger one holds both elements."""
    if isinstance(source, e.Name) and () in sets.get(source.name, {}):
        return len(sets[source.name][()].order)
    return -1


def _ascending(source: e.Expression, sets: SetTable) -> bool:
    """Whether a set holds numbers in ascending order, so that size and place say the same."""
    if not isinstance(source, e.Name | e.Item):
        return isinstance(source, e.Call) and len(source.arguments) < 3
    for table in sets.get(source.name, {}).values():
        numbers = [value for value in table.order if isinstance(value, int | float)]
        if len(numbers) < len(table.order) or any(a >= b for a, b in pairwise(numbers)):
            return False
    return True


def _textual(source: e.Expression, sets: SetTable) -> bool:
    """Whether a set holds elements that are not numbers, so that `<` has to mean their order in the set."""
    if isinstance(source, e.Name | e.Item):
        tables = sets.get(source.name, {}).values()
        return any(isinstance(part, str) for table in tables for value in table.order for part in as_key(value))
    if isinstance(source, e.Builder):
        return any(isinstance(part, e.Text) for part in e.walk(source))
    return False
