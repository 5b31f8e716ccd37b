"""Places in a formulation, nodes of its trees and numbers of its data, that can be read and written anew.

A place says where, not what: the same place is found in any formulation of the same shape, so a change that is
made of places can be repeated on other data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, cast

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.parse import ExpressionError, parse, parse_ranges
from fivefold_solvers.formulation.show import show
from fivefold_solvers.formulation.values import is_list, is_object

Node = e.Expression | e.Clause
Step = tuple[str, int | None]
Block = Literal["objective", "constraint", "parameter", "values", "lower", "upper"]
Role = Literal["amount", "index", "range", "exponent"]
"""What a node stands for: an amount, part of an index, part of an index range or condition, a power."""
TREES: tuple[Block, ...] = ("objective", "constraint", "parameter")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a node or a number is."""

    block: Block
    number: int
    """Which constraint, parameter or variable."""
    path: tuple[Any, ...] = ()
    """The way down: steps of a tree, or keys of a table."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A node with what is around it."""

    spot: Spot
    node: Node
    role: Role
    bound: tuple[str, ...]
    """Indices that may be used here."""
    parent: Node | None


def seen(formulation: Formulation, blocks: tuple[Block, ...] = ("objective", "constraint")) -> Iterator[Seen]:
    """Yield every node of a formulation's trees, outermost first."""
    for block in blocks:
        for number in range(_count(formulation, block)):
            node = tree(formulation, block, number)
            if node is not None:
                top = Seen(Spot(block, number), node, "amount", _indices(formulation, block, number), None)
                yield from _below(top)


def tree(formulation: Formulation, block: Block, number: int) -> e.Expression | None:
    """Return the tree of the objective, a constraint or a computed parameter; None where there is none."""
    text = _text(formulation, block, number)
    try:
        return None if text is None else parse(text).tree
    except ExpressionError:
        return None


def node_at(formulation: Formulation, spot: Spot) -> Node:
    """Return the node at a place.

    Raises:
        LookupError: there is no tree.
    """
    node: Any = tree(formulation, spot.block, spot.number)
    for name, place in spot.path:
        node = getattr(node, name) if place is None else getattr(node, name)[place]
    if node is None:
        raise LookupError(f"no tree at {spot}")
    return cast(Node, node)


def with_node(formulation: Formulation, spot: Spot, node: Node) -> Formulation:
    """Return a formulation with another node at a place of one of its trees."""
    whole = _put(tree(formulation, spot.block, spot.number), spot.path, node)
    return with_text(formulation, spot, show(cast(e.Expression, whole)))


def with_text(formulation: Formulation, spot: Spot, text: str) -> Formulation:
    """Return a formulation with another text for a whole tree."""
    if spot.block == "objective":
        objective = formulation.objective.model_copy(update={"expression": text})
        return formulation.model_copy(update={"objective": objective})
    name = "constraints" if spot.block == "constraint" else "parameters"
    return with_element(formulation, name, spot.number, expression=text)


def with_element(formulation: Formulation, name: str, number: int, **update: object) -> Formulation:
    """Return a formulation with one of its elements changed."""
    old = list(getattr(formulation, name))
    old[number] = old[number].model_copy(update=update)
    return formulation.model_copy(update={name: tuple(old)})


def figures(formulation: Formulation) -> list[Spot]:
    """Return the places of all numbers that are amounts: of trees, tables and bounds."""
    found = [
        part.spot
        for part in seen(formulation, TREES)
        # A 0 or 1 is a sign or a side of logic: the 1 of `1 - y` and of `y == 1`.
        if isinstance(part.node, e.Number) and part.role == "amount" and part.node.value not in {0, 1}
    ]
    for number, parameter in enumerate(formulation.parameters):
        found += [Spot("values", number, path) for path in _entries(parameter.values, ())]
    for number, variable in enumerate(formulation.variables):
        for side, bound in (("lower", variable.lower), ("upper", variable.upper)):
            if _is_number(bound) and bound not in {0, 1} and variable.domain != "binary":
                found.append(Spot("lower" if side == "lower" else "upper", number))
    return found


def figure(formulation: Formulation, spot: Spot) -> float:
    """Return the number at a place."""
    if spot.block in TREES:
        return float(cast(e.Number, node_at(formulation, spot)).value)
    if spot.block in {"lower", "upper"}:
        return float(getattr(formulation.variables[spot.number], spot.block))
    value: Any = formulation.parameters[spot.number].values
    for key in spot.path:
        value = value[key]
    return float(value)


def with_figure(formulation: Formulation, spot: Spot, value: float) -> Formulation:
    """Return a formulation with another number at a place."""
    shown = _plain(value)
    if spot.block in TREES:
        # The text has no negative numbers, only negated ones.
        node = e.Number(shown) if shown >= 0 else e.Negative(e.Number(-shown))
        return with_node(formulation, spot, node)
    if spot.block in {"lower", "upper"}:
        return with_element(formulation, "variables", spot.number, **{spot.block: shown})
    values = formulation.parameters[spot.number].values
    return with_element(formulation, "parameters", spot.number, values=_with_entry(values, spot.path, shown))


def words(formulation: Formulation, spot: Spot) -> str:
    """Return a place in words."""
    if spot.block == "objective":
        return "the objective"
    if spot.block == "constraint":
        return f"constraint {formulation.constraints[spot.number].name}"
    if spot.block in {"lower", "upper"}:
        return f"{spot.block} bound of {formulation.variables[spot.number].name}"
    return f"parameter {formulation.parameters[spot.number].name}"


def _below(part: Seen) -> Iterator[Seen]:
    yield part
    node = part.node
    bound = part.bound
    if isinstance(node, e.Aggregate | e.Builder):
        bound = (*bound, *(target for clause in node.clauses for target in clause.targets))
    for field in fields(node):
        value: Any = getattr(node, field.name)
        role = _role(part, field.name)
        parts = enumerate(value) if is_list(value) else ((None, value),)
        for place, child in parts:
            if not isinstance(child, str | int | float):
                spot = replace(part.spot, path=(*part.spot.path, (field.name, place)))
                yield from _below(Seen(spot, cast(Node, child), role, bound, node))


def _role(part: Seen, field: str) -> Role:
    if part.role != "amount":
        return part.role
    match part.node:
        case e.Item():
            return "index"
        case e.Call(function) if function in e.SET_FUNCTIONS:
            return "index"
        case e.Clause():
            return "range"
        case e.Choice() if field == "test":
            return "range"
        case e.Binary("**") if field == "right":
            return "exponent"
        case _:
            return "amount"


def _put(node: Any, path: tuple[Step, ...], new: Node) -> Any:
    if not path:
        return new
    (name, place), rest = path[0], path[1:]
    value = getattr(node, name)
    if place is None:
        return replace(node, **{name: _put(value, rest, new)})
    return replace(node, **{name: (*value[:place], _put(value[place], rest, new), *value[place + 1 :])})


def _count(formulation: Formulation, block: Block) -> int:
    if block == "objective":
        return 1
    return len(formulation.constraints if block == "constraint" else formulation.parameters)


def _text(formulation: Formulation, block: Block, number: int) -> str | None:
    if block == "objective":
        return formulation.objective.expression
    if block == "constraint":
        return formulation.constraints[number].expression
    return formulation.parameters[number].expression


def _indices(formulation: Formulation, block: Block, number: int) -> tuple[str, ...]:
    if block == "objective":
        return ()
    constraint = block == "constraint"
    texts = formulation.constraints[number].forall if constraint else formulation.parameters[number].index
    try:
        return tuple(target for clause in parse_ranges(texts) for target in clause.targets)
    except ExpressionError:
        return ()


def _entries(values: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if _is_number(values):
        yield path
    elif is_object(values):
        for key, part in values.items():
            yield from _entries(part, (*path, key))
    elif isinstance(values, list | tuple):
        for place, part in enumerate(cast(list[Any], values)):
            yield from _entries(part, (*path, place))


def _with_entry(values: Any, path: tuple[Any, ...], value: float) -> Any:
    if not path:
        return value
    changed: Any = dict(values) if is_object(values) else list(values)
    changed[path[0]] = _with_entry(values[path[0]], path[1:], value)
    return changed


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) != float("inf")


def _plain(value: float) -> int | float:
    rounded = float(f"{value:.12g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded
