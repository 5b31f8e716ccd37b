"""Every number of a formulation by its place, and the same formulation with other numbers there.

there = places(formulation)                     # all numbers that stand for amounts
other = replaced(formulation, {there[0]: 60})   # the same formulation with another number at one place
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, cast

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Constraint, Formulation, Parameter, Variable
from fivefold_solvers.formulation.identity import Key
from fivefold_solvers.formulation.parse import ExpressionError, parse
from fivefold_solvers.formulation.show import show

OBJECTIVE = "the objective"
"""What stands for the name of an element where a place is in the objective."""
Slot = Literal["expression", "values", "default", "lower", "upper"]
_Element = TypeVar("_Element", Parameter, Variable, Constraint)


@dataclass(frozen=True, slots=True)
class Place:
    """Where one number of a formulation stands."""

    element: str
    """Name of the constraint, parameter or variable; `OBJECTIVE` for the objective."""
    slot: Slot
    """Which part of the element."""
    path: Key
    """In an expression the count of numbers before it; in a table the keys down to it; else empty."""
    value: float
    """The number, without its sign where an expression has a minus before it."""

    def __str__(self) -> str:
        at = "".join(f"[{part!r}]" for part in self.path) if self.slot == "values" else ""
        inside = f" of {self.element}" if self.slot in {"lower", "upper", "default"} else f" in {self.element}{at}"
        return f"{self.value:g}{inside}"


def places(formulation: Formulation) -> tuple[Place, ...]:
    """Return every number that stands for an amount, in the order of the elements.

    Left out are numbers that only name or shape something: indices, index ranges, exponents, the bounds of binaries,
    zero bounds, limits that are infinite, and the 1 of `1 - y` as a factor.
    """
    found: list[Place] = []
    for parameter in formulation.parameters:
        found += _in_text(parameter.name, "expression", parameter.expression)
        found += (Place(parameter.name, "values", path, value) for path, value in _leaves(parameter.values, ()))
        found += (Place(parameter.name, "default", path, value) for path, value in _leaves(parameter.default, ()))
    for variable in formulation.variables:
        if variable.domain != "binary":
            found += _in_bound(variable.name, "lower", variable.lower)
            found += _in_bound(variable.name, "upper", variable.upper)
    found += _in_text(OBJECTIVE, "expression", formulation.objective.expression)
    for constraint in formulation.constraints:
        found += _in_text(constraint.name, "expression", constraint.expression)
    return tuple(found)


def replaced(formulation: Formulation, values: Mapping[Place, float]) -> Formulation:
    """Return the formulation with other numbers at some of its places; everything else stays as it is.

    Raises:
        LookupError: the formulation has no such place.
    """
    wanted: dict[tuple[str, Slot], dict[Key, float]] = {}
    for place, value in values.items():
        wanted.setdefault((place.element, place.slot), {})[place.path] = float(value)
    unknown = {name for name, _ in wanted} - {OBJECTIVE, *(element.name for element in formulation.elements())}
    if unknown:
        raise LookupError(f"there is no element {sorted(unknown)[0]!r}")
    objective = formulation.objective
    if (inside := wanted.get((OBJECTIVE, "expression"))) is not None:
        objective = objective.model_copy(update={"expression": _rewritten(objective.expression, inside)})
    return formulation.model_copy(
        update={
            "parameters": tuple(_changed(element, wanted) for element in formulation.parameters),
            "variables": tuple(_changed(element, wanted) for element in formulation.variables),
            "objective": objective,
            "constraints": tuple(_changed(element, wanted) for element in formulation.constraints),
        }
    )


def _changed(element: _Element, wanted: Mapping[tuple[str, Slot], Mapping[Key, float]]) -> _Element:
    update: dict[str, Any] = {}
    for (name, slot), inside in wanted.items():
        if name == element.name:
            held = getattr(element, slot)
            if isinstance(held, str):
                update[slot] = _rewritten(held, inside)
            else:
                update[slot] = _exchanged(held, inside, ())
    return element.model_copy(update=update) if update else element


def _in_bound(name: str, slot: Slot, bound: float | str | None) -> Iterator[Place]:
    if isinstance(bound, str):
        yield from _in_text(name, slot, bound)
    elif bound and math.isfinite(bound):
        yield Place(name, slot, (), float(bound))


def _in_text(name: str, slot: Slot, text: str | None) -> Iterator[Place]:
    if text is None:
        return
    try:
        tree = parse(text).tree
    except ExpressionError:
        return
    for count, node in _amounts(tree):
        yield Place(name, slot, (count,), float(node.value))


def _amounts(tree: e.Expression) -> Iterator[tuple[int, e.Number]]:
    """Yield the numbers of a tree that stand for amounts, each with the count of all numbers before it."""
    count = 0
    wholes = {id(number) for number in _wholes(tree)}

    def visit(node: e.Expression | e.Clause, amount: bool) -> Iterator[tuple[int, e.Number]]:
        nonlocal count
        if isinstance(node, e.Number):
            if amount and id(node) not in wholes:
                yield count, node
            count += 1
            return
        for at, part in enumerate(e.children(node)):
            exponent = isinstance(node, e.Binary) and node.operator == "**" and at == 1
            yield from visit(part, amount and not exponent and not isinstance(node, e.Item | e.Clause | e.Builder))

    yield from visit(tree, True)


def _wholes(tree: e.Expression) -> Iterator[e.Number]:
    """Yield the 1 of every factor such as `1 - y`, which says that something is not chosen."""
    for node in e.walk(tree):
        if isinstance(node, e.Binary) and node.operator == "*":
            for factor in (node.left, node.right):
                match factor:
                    case e.Binary("-", e.Number(1) as whole, e.Name() | e.Item()):
                        yield whole
                    case _:
                        pass


def _rewritten(text: str, inside: Mapping[Key, float]) -> str:
    """Return an expression with other numbers; they are counted from the left, as `transform` meets them."""
    tree = parse(text).tree
    amounts = {count for count, _ in _amounts(tree)}
    if missing := [path for path in inside if not path or path[0] not in amounts]:
        raise LookupError(f"`{text}` has no number at {missing[0]}")
    count = -1

    def change(node: e.Expression) -> e.Expression:
        nonlocal count
        if not isinstance(node, e.Number):
            return node
        count += 1
        return _as_tree(inside[count,]) if (count,) in inside else node

    return show(e.transform(tree, change))


def _as_tree(value: float) -> e.Expression:
    size = abs(value)
    number = e.Number(int(size) if size.is_integer() and size < 1e15 else size)
    return e.Negative(number) if value < 0 else number


def _leaves(raw: object, path: Key) -> Iterator[tuple[Key, float]]:
    """Yield every number of a table with the keys that lead to it."""
    if isinstance(raw, bool) or raw is None:
        return
    if isinstance(raw, int | float):
        if math.isfinite(raw):
            yield path, float(raw)
    elif isinstance(raw, dict):
        for key, part in cast(dict[str, object], raw).items():
            yield from _leaves(part, (*path, key))
    elif isinstance(raw, list | tuple):
        for at, part in enumerate(cast(list[object], raw)):
            yield from _leaves(part, (*path, at))


def _exchanged(raw: Any, inside: Mapping[Key, float], path: Key) -> Any:
    """Return a table with other numbers at some of its places."""
    if path in inside:
        return inside[path]
    if isinstance(raw, dict):
        table = cast(dict[str, Any], raw)
        return {key: _exchanged(part, inside, (*path, key)) for key, part in table.items()}
    if isinstance(raw, list | tuple):
        rows = cast(list[Any], raw)
        return [_exchanged(part, inside, (*path, at)) for at, part in enumerate(rows)]
    return raw
