"""What operators, functions and sums of the language compute, without rounding."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, cast

from fivefold_solvers.audit import interval
from fivefold_solvers.audit.affine import Affine, NotLinearError
from fivefold_solvers.audit.exact import ordering, power, quotient, whole_part
from fivefold_solvers.audit.interval import Interval
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.identity import Key
from fivefold_solvers.formulation.scope import EvaluationError, Members
from fivefold_solvers.formulation.show import show

Thunk = Callable[[], Any]
"""What a tree becomes. Its value is a number of `exact`, an `Affine`, a truth value, an element or a set: numbers of
these kinds add and multiply with each other by Python's operators, which no type says."""
_OF_NUMBER: dict[str, Callable[[Any], Any]] = {
    "sqrt": interval.sqrt,
    "exp": interval.exp,
    "log": interval.log,
    "log10": interval.log10,
    "log2": interval.log2,
    "sin": interval.sin,
    "cos": interval.cos,
    "tan": interval.tan,
    "abs": abs,
}


def operated(operator: str, left: Any, right: Any) -> Any:
    """Return `left / right`, `left ** right`, `left // right` or `left % right`.

    Raises:
        ZeroDivisionError: the divisor is 0, or may be.
        OverflowError: the result has no place in a float.
        ValueError: there is no real value.
        NotLinearError: it is no linear form.
    """
    if isinstance(left, Affine) or isinstance(right, Affine):
        return _of_affine(operator, left, right)
    if operator == "/":
        return quotient(left, right)
    if operator == "**":
        return power(left, right)
    if isinstance(left, int) and isinstance(right, int):
        return left // right if operator == "//" else left % right
    whole = whole_part(quotient(left, right), "floor")
    return whole if operator == "//" else left - right * whole


def _of_affine(operator: str, left: Any, right: Any) -> Any:
    if operator == "/" and not isinstance(right, Affine):
        return left * quotient(1, right)
    if operator == "**" and right == 1:
        return left
    if operator == "**" and right == 0:
        return 1
    raise NotLinearError


def call(node: e.Call, arguments: list[Thunk]) -> Thunk:
    """Return the function of a call of a function of numbers or sets; `numbers` arguments are numeric already."""
    name = node.function
    if name in {"len", "first", "last"}:
        return _of_set(node, arguments[0])
    if name in {"prev", "next", "ord"}:
        return _of_element(node, *arguments)
    if name == "range":
        return _range(node, arguments)
    if name in {"min", "max"}:
        return lambda: extreme(name, [own() for own in arguments])
    if name in e.LOGIC_FUNCTIONS:
        return _refusal(f"`{name}(...)` is a constraint of its own")
    own = arguments[0]

    def of_number() -> Any:
        value = own()
        if isinstance(value, Affine):
            raise NotLinearError
        try:
            return _OF_NUMBER[name](value) if name in _OF_NUMBER else whole_part(value, name)
        except (ValueError, OverflowError, ZeroDivisionError):
            raise EvaluationError(f"`{show(node)}` has no value") from None

    return of_number


def numeric_arguments(function: str) -> bool:
    """Whether a function takes numbers rather than sets and elements."""
    return function not in {"len", "first", "last", "prev", "next", "ord"} | e.LOGIC_FUNCTIONS


def _refusal(message: str) -> Thunk:
    def refuse() -> Any:
        raise EvaluationError(message)

    return refuse


def _members(node: e.Call, value: Any) -> Members:
    if not isinstance(value, Members):
        raise EvaluationError(f"`{show(node)}` is not about a set")
    return value


def _of_set(node: e.Call, source: Thunk) -> Thunk:
    def found() -> Any:
        order = _members(node, source()).order
        if node.function == "len":
            return len(order)
        if not order:
            raise EvaluationError(f"`{show(node)}`: the set is empty")
        return order[0 if node.function == "first" else -1]

    return found


def _of_element(node: e.Call, element: Thunk, source: Thunk) -> Thunk:
    """Return the function of `prev`, `next` or `ord`; `element` gives a set member."""

    def found() -> Any:
        home = _members(node, source())
        place = home.position.get(element())
        if place is None:
            raise EvaluationError(f"`{show(node)}`: the element is not in {home}")
        if node.function == "ord":
            return place + 1
        wanted = place - 1 if node.function == "prev" else place + 1
        if not 0 <= wanted < len(home.order):
            raise EvaluationError(f"`{show(node)}`: there is none")
        return home.order[wanted]

    return found


def _range(node: e.Call, ends: list[Thunk]) -> Thunk:
    def found() -> Members:
        bounds = [own() for own in ends]
        if any(not isinstance(bound, int) for bound in bounds):
            raise EvaluationError(f"`{show(node)}` needs whole numbers")
        return Members.of("", tuple(range(*bounds)))

    return found


def extreme(function: str, values: list[Any]) -> Any:
    """Return the least or greatest of some numbers.

    Raises:
        EvaluationError: there are none.
    """
    if not values:
        raise EvaluationError(f"{function} has nothing to choose from")
    pick = min if function == "min" else max
    if any(isinstance(value, Affine) for value in values):
        raise NotLinearError
    if any(isinstance(value, Interval) for value in values):
        if any(isinstance(value, float) for value in values):
            raise EvaluationError(f"{function} of an unlimited number")
        both = [interval.ends(value) for value in values]
        return Interval(pick(low for low, _ in both), pick(high for _, high in both))
    return pick(values)


def aggregate(function: str, over: Callable[[], Iterator[Key]], body: Thunk) -> Thunk:
    """Return the function of a sum, product, extreme or quantifier over index ranges."""
    match function:
        case "sum":
            return lambda: total(body() for _ in over())
        case "prod":
            return lambda: _product(body() for _ in over())
        case "all":
            # Every binding is gone through, so that none stays behind.
            return lambda: set(map(bool, _each(body, over))) <= {True}
        case "any":
            return lambda: True in set(map(bool, _each(body, over)))
        case _:
            return lambda: extreme(function, [body() for _ in over()])


def _each(body: Thunk, over: Callable[[], Iterator[Key]]) -> Iterator[Any]:
    for _ in over():
        yield body()


def total(values: Iterator[Any]) -> Any:
    """Return a sum; fractions are gathered by denominator, which saves most of the reducing."""
    whole = 0
    parts: dict[int, int] = {}
    form = Affine({})
    rest: Any = 0
    for value in values:
        kind = cast("type[object]", type(value))
        if kind is int:
            whole += value
        elif kind is Fraction:
            below = value.denominator
            parts[below] = parts.get(below, 0) + value.numerator
        elif kind is Affine:
            form.absorb(value)
        else:
            rest = rest + value
    result: Any = whole
    if parts:
        common = math.lcm(*parts)
        gathered = Fraction(sum(above * (common // below) for below, above in parts.items()), common)
        result = whole + gathered if gathered.denominator != 1 else whole + gathered.numerator
    if form.terms or form.constant:
        result = form + result
    return result if isinstance(rest, int) else result + rest


_PRODUCT_BITS = 20_000


def _product(values: Iterator[Any]) -> Any:
    product: Any = 1
    for value in values:
        product = product * value
        if isinstance(product, int | Fraction) and product.numerator.bit_length() > _PRODUCT_BITS:
            product = Interval(product, product)
    return product


def comparable(node: e.Compare, first: Any, second: Any) -> int:
    """Return the ordering of two values that a relation compares; 2 for elements that differ.

    Raises:
        EvaluationError: they cannot be compared.
        NotLinearError: a variable that is left open is among them.
    """
    for side in (first, second):
        if isinstance(side, Affine):
            raise NotLinearError
        if isinstance(side, Members):
            raise EvaluationError(f"`{show(node)}` compares a set")
    if isinstance(first, str | tuple) or isinstance(second, str | tuple):
        if node.relation not in {"==", "!="}:
            raise EvaluationError(f"`{show(node)}` compares elements by size")
        return 0 if first == second else 2
    return ordering(first, second)


def related(relation: str, order: int) -> bool:
    """Return whether a relation holds between values of an ordering."""
    match relation:
        case "<=":
            return order <= 0
        case ">=":
            return order >= 0
        case "<":
            return order < 0
        case ">":
            return order > 0
        case _:
            return (order == 0) is (relation == "==")
