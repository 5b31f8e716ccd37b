"""Rows with fractions as rows with integers, for CP-SAT: one factor a constraint, spread over its terms.

`0.5*x + y/4 <= 1.25` times 4 is `2*x + y <= 5`. In a program, numbers of a literal are multiplied out and data is
rounded after multiplication, `round(4*rate[i])*x[i]`; that the rounding loses nothing is checked here beforehand.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.evaluate import bindings, holds, number
from fivefold_solvers.formulation.ground import ConstraintBlock, Grounded
from fivefold_solvers.formulation.polynomial import Polynomial, exact
from fivefold_solvers.formulation.rows import Row
from fivefold_solvers.formulation.scope import Scope

_LARGEST_DENOMINATOR = 10**6
_LARGEST_SCALE = 10**9
_EXACT = 1e-12
_WHOLE_FUNCTIONS = frozenset({"len", "first", "last", "prev", "next", "ord", "range", "min", "max", "abs", "round"})


class NotWholeError(Exception):
    """A row cannot be written with integers."""


def whole_scale(block: ConstraintBlock, rows: Iterable[Row], grounded: Grounded) -> int:
    """Return the factor by which `spread` turns every row of a constraint into whole numbers exactly.

    Raises:
        NotWholeError: there is none of bearable size.
    """
    values = [
        value
        for row in rows
        if isinstance(row.body, Polynomial)
        for value in (row.body.constant, *row.body.linear.values())
    ]
    by_row = common_scale(values)
    if _loses_nothing(block, grounded, by_row):
        return by_row
    # Parts may be finer than their sum, as in `0.5*x + 0.5*x`: then every number that is written counts.
    by_part = math.lcm(by_row, common_scale(_written(block.tree, grounded)))
    if by_part <= _LARGEST_SCALE and _loses_nothing(block, grounded, by_part):
        return by_part
    raise NotWholeError("no factor of bearable size makes all its numbers whole")


def _written(tree: e.Expression, grounded: Grounded) -> Iterator[float]:
    for node in e.walk(tree):
        if isinstance(node, e.Number):
            yield node.value
        elif isinstance(node, e.Name | e.Item) and node.name in grounded.parameters:
            yield from grounded.parameters[node.name].table.values()


def _loses_nothing(block: ConstraintBlock, grounded: Grounded, scale: int) -> bool:
    """Whether the spread rows, evaluated, are the original ones times the factor."""
    spread_tree, scope = spread(block.tree, grounded, scale), grounded.scope()
    for _ in bindings(block.clauses, scope):
        pairs = zip(_sides(block.tree, scope), _sides(spread_tree, scope), strict=True)
        if any(not _multiple(scale, number(part, scope), number(other, scope)) for part, other in pairs):
            return False
        if not all(_exact_roundings(side, scope) for side in _sides(spread_tree, scope)):
            return False
    return True


def _exact_roundings(node: e.Expression, scope: Scope) -> bool:
    """Whether every part that is rounded was whole before, so that no two roundings only happen to cancel."""
    match node:
        case e.Call("round", (argument,)):
            value = number(argument, scope)
            return not isinstance(value, Polynomial) and _same(value, round(value))
        case e.Aggregate(_, body, clauses):
            return all(_exact_roundings(body, scope) for _ in bindings(clauses, scope))
        case e.Choice(test, then, otherwise):
            return _exact_roundings(then if holds(test, scope) else otherwise, scope)
        case e.Negative(operand):
            return _exact_roundings(operand, scope)
        case e.Binary(_, left, right):
            return _exact_roundings(left, scope) and _exact_roundings(right, scope)
        case _:
            return True


def _sides(tree: e.Expression, scope: Scope) -> Iterator[e.Expression]:
    """Yield both sides of every relation that holds at the indices bound just now."""
    match tree:
        case e.Choice(test, then, otherwise):
            yield from _sides(then if holds(test, scope) else otherwise, scope)
        case e.Logic("and", items):
            for item in items:
                yield from _sides(item, scope)
        case e.Compare(_, left, right):
            yield from (left, right)
        case _:
            raise NotWholeError("it is no relation of sums")


def _multiple(scale: int, part: float | Polynomial, other: float | Polynomial) -> bool:
    """Whether `other` is `scale * part` up to the rounding of floats."""
    first = part.linear if isinstance(part, Polynomial) else {}
    second = other.linear if isinstance(other, Polynomial) else {}
    if any(not _same(scale * first.get(place, 0), second.get(place, 0)) for place in first.keys() | second.keys()):
        return False
    constant = part.constant if isinstance(part, Polynomial) else part
    return _same(scale * constant, other.constant if isinstance(other, Polynomial) else other)


def _same(wanted: float, found: float) -> bool:
    return float(found).is_integer() and abs(wanted - found) <= 1e-9 * max(1.0, abs(wanted))


def common_scale(values: Iterable[float]) -> int:
    """Return the least factor that makes every value whole, up to the rounding of floats.

    Raises:
        NotWholeError: there is none of bearable size.
    """
    scale = 1
    for value in values:
        fraction = Fraction(value).limit_denominator(_LARGEST_DENOMINATOR)
        if abs(float(fraction) - value) > _EXACT * max(1.0, abs(value)):
            raise NotWholeError(f"its number {value!r} cannot be scaled to an integer")
        scale = math.lcm(scale, fraction.denominator)
        if scale > _LARGEST_SCALE:
            raise NotWholeError("no factor of bearable size makes all its numbers whole")
    return scale


def is_whole(tree: e.Expression, grounded: Grounded) -> bool:
    """Whether Python computes every number in a tree as an integer."""
    return all(_node_is_whole(node, grounded) for node in e.walk(tree))


def _node_is_whole(node: e.Expression | e.Clause, grounded: Grounded) -> bool:
    match node:
        case e.Number(value):
            return float(value).is_integer() and abs(value) < 2**53
        case e.Binary("/" | "**", _, _):
            return False
        case e.Call(function, _):
            return function in _WHOLE_FUNCTIONS
        case e.Name(name) | e.Item(name, _) if name in grounded.parameters:
            block = grounded.parameters[name]
            numbers = [*block.table.values(), block.element.default or 0]
            return block.element.expression is None and all(
                float(value).is_integer() and abs(value) < 2**53 for value in numbers
            )
        case e.Name("inf" | "pi"):
            return False
        case e.Name(name) | e.Item(name, _) if name in grounded.sets:
            tables = grounded.sets[name].table.values()
            return not any(isinstance(value, float) for members in tables for value in members.order)
        case _:
            return True


def spread(tree: e.Expression, grounded: Grounded, scale: int) -> e.Expression:
    """Return a relation times a factor, with every coefficient an integer.

    Raises:
        NotWholeError: a part is no sum of data times variables.
    """
    spreader = _Spreader(grounded, rounding=True)
    factor = None if scale == 1 else e.Number(scale)

    def go(node: e.Expression) -> e.Expression:
        match node:
            case e.Compare(relation, left, right):
                return e.Compare(relation, spreader.times(factor, left), spreader.times(factor, right))
            case e.Choice(test, then, otherwise):
                return e.Choice(test, go(then), go(otherwise))
            case e.Logic("and", items):
                return e.Logic("and", tuple(map(go, items)))
            case _:
                raise NotWholeError("it is no relation of sums")

    return tree if scale == 1 and is_whole(tree, grounded) else go(tree)


def weighted(tree: e.Expression, grounded: Grounded) -> e.Expression:
    """Return a linear expression with every variable multiplied by data, none divided."""
    spreader = _Spreader(grounded, rounding=False)
    divided = (node for node in e.walk(tree) if isinstance(node, e.Binary) and node.operator == "/")
    if all(spreader.is_data(node) for node in divided):
        return tree
    return spreader.times(None, tree)


class _Spreader:
    def __init__(self, grounded: Grounded, *, rounding: bool) -> None:
        self.grounded = grounded
        self.rounding = rounding

    def is_data(self, node: e.Expression) -> bool:
        return not e.names_used(node) & self.grounded.variables.keys()

    def times(self, factor: e.Expression | None, node: e.Expression) -> e.Expression:
        """Return `factor * node` with the factor moved down to the coefficients."""
        if self.is_data(node):
            return self.rounded(node if factor is None else _product(factor, node))
        match node:
            case e.Name() | e.Item():
                weight = e.Number(1) if factor is None else self.rounded(factor)
                return node if weight == e.Number(1) else e.Binary("*", weight, node)
            case e.Negative(operand):
                return e.Negative(self.times(factor, operand))
            case e.Binary("+" | "-" as operator, left, right):
                return e.Binary(operator, self.times(factor, left), self.times(factor, right))
            case e.Binary("*", left, right) if self.is_data(left):
                return self.times(left if factor is None else _product(factor, left), right)
            case e.Binary("*", left, right) if self.is_data(right):
                return self.times(right if factor is None else _product(factor, right), left)
            case e.Binary("/", left, right) if self.is_data(right):
                return self.times(_quotient(factor or e.Number(1), right), left)
            case e.Aggregate("sum", body, clauses):
                return e.Aggregate("sum", self.times(factor, body), clauses)
            case e.Choice(test, then, otherwise):
                return e.Choice(test, self.times(factor, then), self.times(factor, otherwise))
            case _:
                raise NotWholeError("a part of it is no sum of data times variables")

    def rounded(self, node: e.Expression) -> e.Expression:
        """Return data as an integer; what is one already stays as it is."""
        if not self.rounding:
            return node
        if isinstance(node, e.Number) and float(node.value).is_integer():
            return e.Number(int(node.value))
        return node if is_whole(node, self.grounded) else e.Call("round", (node,))


def _product(factor: e.Expression, node: e.Expression) -> e.Expression:
    if isinstance(factor, e.Number) and isinstance(node, e.Number):
        return _number(exact(factor.value) * exact(node.value))
    if isinstance(node, e.Binary) and node.operator == "/" and isinstance(node.left, e.Number):
        return _quotient(_product(factor, node.left), node.right)
    return e.Binary("*", factor, node)


def _quotient(factor: e.Expression, node: e.Expression) -> e.Expression:
    if isinstance(factor, e.Number) and isinstance(node, e.Number):
        return _number(exact(factor.value) / exact(node.value))
    return e.Binary("/", factor, node)


def _number(value: Fraction) -> e.Number:
    return e.Number(int(value) if value.denominator == 1 else float(value))
