"""What the functions of the language compute: of numbers, of data and of sets."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.identity import Atom, Key, spell
from fivefold_solvers.formulation.polynomial import Polynomial
from fivefold_solvers.formulation.scope import SET_LIMIT, EvaluationError, Members, Scope, Value
from fivefold_solvers.formulation.show import show

_OF_NUMBER: dict[str, Callable[[float], float]] = {
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "log10": math.log10,
    "log2": math.log2,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "abs": abs,
}
GROWING = frozenset({"sqrt", "exp", "log", "log10", "log2"})
"""Those that grow with their argument wherever they have a value."""
_OF_DATA: dict[str, Callable[[float], float]] = {"floor": math.floor, "ceil": math.ceil, "round": round}
_ARITY = {
    **dict.fromkeys([*_OF_NUMBER, *_OF_DATA, "len", "first", "last"], (1, 1)),
    **dict.fromkeys(["prev", "next", "ord"], (1, 2)),
    "implies": (2, 2),
    "all_different": (1, 10_000),
    "circuit": (1, 10_000),
    "no_overlap": (1, 10_000),
    "min": (2, 10_000),
    "max": (2, 10_000),
    "range": (1, 3),
}


def call_function(node: e.Call, values: list[Value], scope: Scope) -> Value:
    """Return the value of a call, given the values of its arguments.

    Raises:
        EvaluationError: the function is unknown, has the wrong number of arguments, or no value there.
    """
    name = node.function
    check_arity(node)
    if name in {"len", "first", "last"}:
        return _of_set(node, values)
    if name in {"prev", "next", "ord"}:
        return _of_element(node, values)
    if name == "range":
        found = _range(node, values)
        scope.built(len(found.order))
        return found
    if name in e.LOGIC_FUNCTIONS:
        raise EvaluationError(f"`{name}(...)` is a constraint of its own", "write it alone, as a constraint")
    numbers = [_number(argument, value) for argument, value in zip(node.arguments, values, strict=True)]
    plain = [value for value in numbers if not isinstance(value, Polynomial)]
    if len(plain) < len(numbers):
        if name in _OF_DATA:
            raise EvaluationError(f"`{show(node)}` depends on a variable", f"{name}() may use data only")
        return Polynomial.opaque(name, numbers)
    if name in {"min", "max"}:
        return min(plain) if name == "min" else max(plain)
    try:
        return (_OF_DATA if name in _OF_DATA else _OF_NUMBER)[name](plain[0])
    except (ValueError, OverflowError):
        raise EvaluationError(f"`{show(node)}` has no value at {plain[0]}") from None


def _number(node: e.Expression, value: Value) -> float | Polynomial:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float | Polynomial):
        return value
    what = "a set" if isinstance(value, Members) else f"the set element {spell(value)}"
    raise EvaluationError(f"`{show(node)}` is {what}, not a number", "use a parameter indexed by it")


def check_arity(node: e.Call) -> None:
    """Refuse an unknown function or a wrong number of arguments.

    Raises:
        EvaluationError: says which functions there are, or how many arguments it takes.
    """
    name = node.function
    if name in {"sum", "prod", "all", "any"}:
        raise EvaluationError(f"`{show(node)}` does not say what to go over", f"write {name}(x[i] for i in I)")
    if name not in _ARITY:
        allowed = ", ".join(sorted(e.FUNCTIONS))
        raise EvaluationError(f"unknown function '{name}'", f"allowed: {allowed}")
    least, most = _ARITY[name]
    if not least <= len(node.arguments) <= most:
        wanted = f"{least}" if least == most else f"{least} or more" if most > 3 else f"{least} to {most}"
        mend = f"write {name}(x[i] for i in I)" if name in e.AGGREGATES and len(node.arguments) == 1 else ""
        raise EvaluationError(f"`{name}` takes {wanted} arguments, not {len(node.arguments)}", mend)


def _set(node: e.Expression, value: Value) -> Members:
    if isinstance(value, Members):
        return value
    raise EvaluationError(f"`{show(node)}` is not a set", "write a set's name")


def _of_set(node: e.Call, values: list[Value]) -> Atom | Key:
    found = _set(node.arguments[0], values[0])
    if node.function == "len":
        return len(found.order)
    if not found.order:
        raise EvaluationError(f"`{show(node)}`: the set is empty")
    return found.order[0] if node.function == "first" else found.order[-1]


def _of_element(node: e.Call, values: list[Value]) -> Atom | Key:
    """`prev`, `next`, `ord`; the set is named by then, see `resolve`."""
    if len(values) < 2:
        raise EvaluationError(
            f"`{show(node)}` does not say in which set",
            f"write {node.function}({show(node.arguments[0])}, T)",
        )
    value, where = values[0], _set(node.arguments[1], values[1])
    if isinstance(value, Polynomial | Members | bool):
        raise EvaluationError(f"`{show(node.arguments[0])}` is no set element")
    place = where.position.get(value)
    if place is None:
        raise EvaluationError(f"{spell(value)} is not in {where}")
    if node.function == "ord":
        return place + 1
    wanted = place - 1 if node.function == "prev" else place + 1
    if not 0 <= wanted < len(where.order):
        end, test = ("first", "if t > first(T)") if node.function == "prev" else ("last", "if t < last(T)")
        raise EvaluationError(
            f"`{show(node)}`: {spell(value)} is the {end} element of {where}",
            f"add a condition, as in `{test}`",
        )
    return where.order[wanted]


def _range(node: e.Call, values: list[Value]) -> Members:
    bounds: list[int] = []
    for argument, value in zip(node.arguments, values, strict=True):
        plain = _number(argument, value)
        if isinstance(plain, Polynomial) or not math.isfinite(plain) or plain != int(plain):
            raise EvaluationError(f"`{show(argument)}` is no whole number", "range() needs whole numbers")
        bounds.append(int(plain))
    if len(bounds) == 3 and bounds[2] == 0:
        raise EvaluationError(f"`{show(node)}` has step 0", "write range(1, 13) for 1 to 12")
    whole = range(*bounds)
    # len() of a range beyond the machine's word raises.
    if (bounds[-1] if len(bounds) == 1 else abs(bounds[1] - bounds[0])) > sys.maxsize or len(whole) > SET_LIMIT:
        raise EvaluationError(f"`{show(node)}` has more than {SET_LIMIT} elements")
    return Members.of("", tuple(whole))
