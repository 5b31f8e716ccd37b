"""Mistakes inside expressions: signs, relations, terms left out, wrong variables and indices, ratios inverted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast

from fivefold_benchmarks.mutants_edits import Edit
from fivefold_benchmarks.mutants_places import Node, Seen, node_at, seen, with_node, words
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.show import show

Turn = Callable[[Any], Node]
"""Another node for a node; a function, since the numbers in it may be others when the mistake is repeated."""
_TURNED: dict[str, e.Relation] = {"<=": ">=", ">=": "<="}
_NEIGHBOURS = frozenset({"prev", "next"})
_EXTREMES = {"min": "max", "max": "min"}


def term_edits(formulation: Formulation) -> Iterator[Edit]:
    """Yield mistakes inside the expressions of a formulation."""
    arity = {variable.name: len(variable.index) for variable in formulation.variables}
    members = [element for block in formulation.sets for element in _atoms(block.elements)]
    for part in seen(formulation):
        turns: list[tuple[str, Turn]] = []
        if part.role == "amount":
            turns += [*_signs(part), *_missing(part), *_relations(part), *_ratios(part), *_others(part, arity)]
            turns += _summed(part)
        turns += _indices(part, members)
        for kind, turn in turns:
            yield _edit(formulation, part, kind, turn)


def _edit(formulation: Formulation, part: Seen, kind: str, turn: Turn) -> Edit:
    def apply(other: Formulation) -> Formulation:
        return with_node(other, part.spot, turn(node_at(other, part.spot)))

    old, new = show(part.node), show(turn(part.node))
    return Edit(kind, f"{words(formulation, part.spot)}: `{old}` becomes `{new}`", apply)


def _signs(part: Seen) -> Iterator[tuple[str, Turn]]:
    match part.node:
        case e.Binary("+"):
            yield "sign of a term", lambda node: replace(node, operator="-")
        case e.Binary("-"):
            yield "sign of a term", lambda node: replace(node, operator="+")
        case e.Negative():
            yield "sign of a term", lambda node: node.operand
        case _:
            return


def _missing(part: Seen) -> Iterator[tuple[str, Turn]]:
    kind = "objective term missing" if part.spot.block == "objective" else "term missing"
    match part.node:
        case e.Binary("+" | "-" as operator, left):
            yield kind, lambda node: node.left
            if not (isinstance(left, e.Binary) and left.operator in {"+", "-"}):
                yield kind, lambda node: node.right if operator == "+" else e.Negative(node.right)
        case _:
            return


def _relations(part: Seen) -> Iterator[tuple[str, Turn]]:
    if not isinstance(part.node, e.Compare):
        return
    relation = part.node.relation
    if relation in _TURNED:
        yield "relation turned", lambda node: replace(node, relation=_TURNED[relation])
        step: e.BinaryOperator = "-" if relation == "<=" else "+"
        yield "strictness", lambda node: replace(node, right=e.Binary(step, node.right, e.Number(1)))
        yield "limit made exact", lambda node: replace(node, relation="==")
    elif relation == "==":
        yield "equality loosened", lambda node: replace(node, relation="<=")
        yield "equality loosened", lambda node: replace(node, relation=">=")


def _ratios(part: Seen) -> Iterator[tuple[str, Turn]]:
    match part.node:
        case e.Compare(_, e.Name() | e.Item(), e.Binary("*", e.Number(), e.Name() | e.Item() | e.Binary())):
            yield "ratio inverted", lambda n: replace(n, left=e.Binary("*", n.right.left, n.left), right=n.right.right)
        case e.Compare(_, e.Binary("*", e.Number(), e.Name() | e.Item()), e.Name() | e.Item() | e.Aggregate()):
            yield "ratio inverted", lambda n: replace(n, left=n.left.right, right=e.Binary("*", n.left.left, n.right))
        case e.Binary("/"):
            yield "ratio inverted", lambda node: replace(node, left=node.right, right=node.left)
        case e.Binary("*", e.Number(value), e.Name() | e.Item() | e.Binary()) if value not in {0, 1}:
            if part.spot.block == "constraint":
                yield "ratio inverted", lambda node: e.Binary("/", node.right, node.left)
        case e.Call(function) | e.Aggregate(function) if function in _EXTREMES:
            yield "min for max", lambda node: replace(node, function=_EXTREMES[function])
        case _:
            return


def _others(part: Seen, arity: dict[str, int]) -> Iterator[tuple[str, Turn]]:
    """Yield a variable as each other one of as many indices."""
    if not isinstance(part.node, e.Name | e.Item) or part.node.name not in arity:
        return
    for name, count in arity.items():
        if name != part.node.name and count == arity[part.node.name]:
            yield "wrong variable", _called(name)


def _called(name: str) -> Turn:
    return lambda node: replace(node, name=name)


def _over(clauses: tuple[e.Clause, ...]) -> Turn:
    return lambda node: replace(node, clauses=clauses)


def _instead(other: e.Expression) -> Turn:
    return lambda node: other


def _summed(part: Seen) -> Iterator[tuple[str, Turn]]:
    """Yield a sum that leaves out its first or its last member."""
    if not isinstance(part.node, e.Aggregate) or part.node.function != "sum":
        return
    kind = "objective term missing" if part.spot.block == "objective" else "term missing"
    for place, clause in enumerate(part.node.clauses):
        if isinstance(clause.source, e.Name) and len(clause.targets) == 1:
            for end in ("first", "last"):
                short = without(clause, end)
                clauses = (*part.node.clauses[:place], short, *part.node.clauses[place + 1 :])
                yield kind, _over(clauses)


def without(clause: e.Clause, end: str) -> e.Clause:
    """Return a range over a named set without its `first` or `last` element."""
    other = e.Compare("!=", e.Name(clause.targets[0]), e.Call(end, (clause.source,)))
    return e.Clause(clause.targets, clause.source, (*clause.conditions, other))


def _indices(part: Seen, members: list[list[int | float | str]]) -> Iterator[tuple[str, Turn]]:
    kind = "wrong index"
    if part.role == "amount":
        return
    match part.node:
        case e.Name(name) if name in part.bound:
            for other in part.bound:
                if other != name and not other.startswith("_"):
                    yield kind, _instead(e.Name(other))
            if part.role == "index" and isinstance(part.parent, e.Item):
                yield kind, lambda node: e.Binary("-", node, e.Number(1))
                yield kind, lambda node: e.Call("prev", (node,))
        case e.Binary("-" | "+", e.Name(), e.Number()):
            yield kind, lambda node: node.left
        case e.Call(function) if function in _NEIGHBOURS:
            yield kind, lambda node: node.arguments[0]
        case e.Text() | e.Number() as atom if isinstance(part.parent, e.Item | e.Compare):
            for family in members:
                if atom.value in family:
                    for member in family[:4]:
                        if member != atom.value:
                            yield kind, _instead(_atom(member))
        case e.Clause(_, _, conditions) if conditions:
            yield "condition dropped", lambda node: e.Clause(node.targets, node.source, node.conditions[:-1])
        case _:
            return


def _atoms(elements: object) -> Iterator[list[int | float | str]]:
    if isinstance(elements, tuple | list):
        listed = cast(tuple[object, ...], elements)
        if all(isinstance(atom, int | float | str) for atom in listed):
            yield cast(list[int | float | str], list(listed))


def _atom(value: float | str) -> e.Expression:
    return e.Text(value) if isinstance(value, str) else e.Number(value)
