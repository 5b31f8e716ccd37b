"""What the functions of the language compute: of numbers, of data and of sets."""

from __future__ import annotations

import math
from collections.abc import Callable

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.evaluate import (
    EvaluationError,
    Members,
    Scope,
    data_number,
    evaluate,
    members,
    number,
)
from fivefold_solvers.formulation.identity import Atom, Key, Member, spell
from fivefold_solvers.formulation.polynomial import Polynomial
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


def call_function(node: e.Call, scope: Scope) -> bool | Atom | Key | Polynomial | Members:
    """Return the value of a call.

    Raises:
        EvaluationError: the function is unknown, has the wrong number of arguments, or no value there.
    """
    name, arguments = node.function, node.arguments
    _check_arity(node)
    if name in {"len", "first", "last"}:
        return _of_set(node, scope)
    if name in {"prev", "next", "ord"}:
        return _of_element(node, scope)
    if name == "range":
        return members(node, scope)
    if name in e.LOGIC_FUNCTIONS:
        raise EvaluationError(f"`{name}(...)` is a constraint of its own", "write it alone, as a constraint")
    if name in {"min", "max"}:
        values = [number(argument, scope) for argument in arguments]
        plain = [value for value in values if not isinstance(value, Polynomial)]
        if len(plain) < len(values):
            return Polynomial.opaque(name, values)
        return min(plain) if name == "min" else max(plain)
    if name in _OF_DATA:
        return _OF_DATA[name](data_number(arguments[0], scope))
    value = number(arguments[0], scope)
    if isinstance(value, Polynomial):
        return Polynomial.opaque(name, (value,))
    try:
        return _OF_NUMBER[name](value)
    except (ValueError, OverflowError):
        raise EvaluationError(f"`{show(node)}` has no value at {value}") from None


def _check_arity(node: e.Call) -> None:
    name = node.function
    if name in {"sum", "prod", "all", "any"}:
        raise EvaluationError(
            f"`{show(node)}` does not say what to go over", f"write {name}(x[i] for i in I)"
        )
    if name not in _ARITY:
        allowed = ", ".join(sorted(e.FUNCTIONS))
        raise EvaluationError(f"unknown function '{name}'", f"allowed: {allowed}")
    least, most = _ARITY[name]
    if not least <= len(node.arguments) <= most:
        wanted = f"{least}" if least == most else f"{least} or more" if most > 3 else f"{least} to {most}"
        raise EvaluationError(f"`{name}` takes {wanted} arguments, not {len(node.arguments)}")


def _of_set(node: e.Call, scope: Scope) -> Atom | Key:
    found = members(node.arguments[0], scope)
    if node.function == "len":
        return len(found.order)
    if not found.order:
        raise EvaluationError(f"`{show(node)}`: the set is empty")
    return found.order[0] if node.function == "first" else found.order[-1]


def _of_element(node: e.Call, scope: Scope) -> Atom | Key:
    """`prev`, `next`, `ord`; the set is named by then, see `resolve`."""
    if len(node.arguments) < 2:
        raise EvaluationError(
            f"`{show(node)}` does not say in which set", f"write {node.function}({show(node.arguments[0])}, T)"
        )
    value, where = evaluate(node.arguments[0], scope), members(node.arguments[1], scope)
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
            f"`{show(node)}`: {spell(value)} is the {end} element of {where}", f"add a condition, as in `{test}`"
        )
    found: Member = where.order[wanted]
    return found
