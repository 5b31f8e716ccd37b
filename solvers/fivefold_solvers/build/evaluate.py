"""Trees evaluated at every binding of a frame at once: data to arrays, variables to terms.

Meanings are those of `formulation.evaluate`, which works binding by binding; the tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from fivefold_solvers.build.affine import Affine, as_affine, negative, over, plus, times
from fivefold_solvers.build.arrays import Array, Integers
from fivefold_solvers.build.errors import NotVectorised
from fivefold_solvers.build.frame import Fault, Flatten, Frame, Keep, aligned, rows_of, spread
from fivefold_solvers.build.functions import called, compared, powered, whole
from fivefold_solvers.build.lookup import parameter_values, scalar_term, variable_term
from fivefold_solvers.build.ranges import extended
from fivefold_solvers.build.space import (
    Data,
    Elements,
    Slot,
    Space,
    Value,
    fault,
    identities,
    numbers,
)
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.identity import atom
from fivefold_solvers.formulation.show import show


class Evaluator:
    """Evaluates trees in a space."""

    def __init__(self, space: Space) -> None:
        self.space = space

    def value(self, node: e.Expression, frame: Frame) -> Value:
        """Return the value of a tree at every binding of a frame.

        Raises:
            Fault: it has none somewhere.
            NotVectorised: only the plain path knows it.
        """
        if not frame.size:
            return 0.0
        match node:
            case e.Number(number):
                return whole(number)
            case e.Text(text):
                return Elements((np.asarray(self.space.pool.put_atom(atom(text))),))
            case e.Name(name):
                return self.name(name, frame)
            case e.Item():
                return self.item(node, frame)
            case e.Negative(operand):
                return negative(self.number(operand, frame))
            case e.Binary():
                return self.arithmetic(node, frame)
            case e.Compare():
                return compared(self, node, frame)
            case e.Logic():
                return self.logic(node, frame)
            case e.Not(operand):
                return ~np.asarray(self.truth(operand, frame))
            case e.Choice():
                return self.choice(node, frame)
            case e.Call():
                return called(self, node, frame)
            case e.Aggregate():
                return self.aggregate(node, frame)
            case e.Group(items):
                return self.group(items, frame)
            case e.Builder():
                raise NotVectorised(f"set `{show(node)}` as a value")

    def number(self, node: e.Expression, frame: Frame) -> Data | Affine:
        """Return the numeric value of a tree."""
        return numbers(self.value(node, frame), node, frame, self.space.pool)

    def data(self, node: e.Expression, frame: Frame) -> Data:
        """Return the numeric value of a tree that may not hold variables."""
        value = self.number(node, frame)
        if isinstance(value, Affine):
            raise NotVectorised(f"`{show(node)}` depends on variables where data is due")
        return value

    def truth(self, node: e.Expression, frame: Frame) -> bool | Array:
        """Return where a condition on data is true."""
        value = self.value(node, frame)
        if isinstance(value, Elements):
            value = self.number(node, frame)
        if isinstance(value, Affine):
            raise NotVectorised(f"condition `{show(node)}` on variables")
        assert not isinstance(value, Elements)
        return value != 0 if isinstance(value, np.ndarray) and value.dtype != np.bool_ else np.asarray(value, np.bool_)

    def name(self, name: str, frame: Frame) -> Value:
        """Return what a name stands for."""
        space = self.space
        if name in frame.names:
            return Elements(tuple(Slot(frame.tracks[track], part) for track, part in frame.names[name]))
        if name in space.parameters:
            table = space.parameters[name]
            if table.index.axes:
                raise Fault(f"parameter {name} has {table.index.arity} indices", f"write {name}[...]")
            return float(table.values[0]) if table.cells is None else table.default
        if name in space.variables:
            return scalar_term(space.variables[name], frame)
        if name in e.CONSTANTS:
            return e.CONSTANTS[name]
        raise self.unknown(name)

    def unknown(self, name: str) -> Exception:
        """Return the error for a name without a value."""
        if name in self.space.later:
            return Fault(f"'{name}' is computed from what uses it", "write one of them without the other")
        if name in self.space.declared:
            return Fault(f"variable {name} stands where only data may", "use data only")
        return NotVectorised(f"'{name}' as a number")

    def item(self, node: e.Item, frame: Frame) -> Value:
        """Return the entries of a parameter or variable."""
        space = self.space
        if node.name in space.parameters:
            return parameter_values(self, node, space.parameters[node.name], frame)
        if node.name in space.variables:
            return variable_term(self, node, space.variables[node.name], frame)
        raise self.unknown(node.name)

    def group(self, items: tuple[e.Expression, ...], frame: Frame) -> Elements:
        """Return tuples of elements."""
        parts: list[Slot | Integers] = []
        for item in items:
            value = self.value(item, frame)
            if isinstance(value, Affine) or (isinstance(value, Elements) and len(value.parts) > 1):
                raise Fault(f"`{show(item)}` cannot be part of a tuple")
            if isinstance(value, Elements):
                parts += value.parts
            else:
                parts.append(self.space.pool.find_numbers(np.asarray(value, np.float64)))
        return Elements(tuple(parts))

    def arithmetic(self, node: e.Binary, frame: Frame) -> Data | Affine:
        """Return the value of arithmetic."""
        left, right = self.number(node.left, frame), self.number(node.right, frame)
        match node.operator:
            case "+":
                return plus(left, right)
            case "-":
                return plus(left, negative(right))
            case "*":
                return times(left, right, frame)
            case "**" if isinstance(left, Affine):
                if right == 2 and not isinstance(right, Affine | np.ndarray):
                    return times(left, left, frame)
                raise NotVectorised(f"`{show(node)}`")
            case _ if isinstance(right, Affine):
                raise NotVectorised(f"`{show(node)}`")
            case "**":
                assert not isinstance(left, Affine)
                return powered(node, left, right, frame)
            case _:
                zero = np.asarray(right) == 0
                if zero.any():
                    raise fault(frame, zero, f"`{show(node)}` divides by zero")
                if node.operator == "/":
                    return over(left, right, frame) if isinstance(left, Affine) else left / right
                if isinstance(left, Affine):
                    raise NotVectorised(f"`{show(node)}`")
                return left // right if node.operator == "//" else left % right

    def logic(self, node: e.Logic, frame: Frame) -> bool | Array:
        """Return where `and` / `or` is true; a part counts only where the parts before leave it open."""
        join = np.logical_and if node.operator == "and" else np.logical_or
        try:
            masks = [self.truth(item, frame) for item in node.items]
        except Fault:
            return self.guarded(node, frame)
        found = np.asarray(masks[0])
        for mask in masks[1:]:
            found = join(found, mask)
        return np.asarray(found)

    def guarded(self, node: e.Logic, frame: Frame) -> Array:
        """Return what `logic` does where later parts have no value unless earlier ones leave it open."""
        wanted = node.operator == "and"
        left = frame
        for item in node.items:
            mask = np.asarray(self.truth(item, left))
            left = left.selected(mask if wanted else ~mask)
        found = np.full(frame.size, not wanted)
        found[rows_of(left, frame)] = wanted
        return found.reshape(frame.shape)

    def choice(self, node: e.Choice, frame: Frame) -> Value:
        """Return the value of either side where the test says so; each is evaluated only there."""
        mask = np.asarray(self.truth(node.test, frame))
        then, otherwise = frame.selected(mask), frame.selected(~mask)
        if then is frame:
            return self.value(node.then, frame)
        if otherwise is frame:
            return self.value(node.otherwise, frame)
        one, two = self.value(node.then, then), self.value(node.otherwise, otherwise)
        if isinstance(one, Elements) and isinstance(two, Elements):
            if len(one.parts) != len(two.parts):
                raise NotVectorised(f"`{show(node)}` gives tuples of different lengths")
            parts = zip(one.parts, two.parts, strict=True)
            return Elements(
                tuple(np.asarray(merged(frame, (then, identities(a, then)), (otherwise, identities(b, otherwise))))
                      for a, b in parts)
            )  # fmt: skip
        pool = self.space.pool
        first, second = numbers(one, node.then, then, pool), numbers(two, node.otherwise, otherwise, pool)
        return joined(frame, (then, first), (otherwise, second))

    def aggregate(self, node: e.Aggregate, frame: Frame) -> Value:
        """Return the value of a sum or another aggregate."""
        child = extended(self, frame, node.clauses)
        if node.function in {"all", "any"}:
            mask = self.truth(node.body, child) if child.size else node.function == "all"
            return reduced(node, mask, child, frame)
        body = self.number(node.body, child)
        if not isinstance(body, Affine):
            return reduced(node, body, child, frame)
        if node.function != "sum":
            raise NotVectorised(f"`{show(node)}` of variables")
        constant = body.constant
        if isinstance(constant, np.ndarray) or constant:
            constant = reduced(node, constant, child, frame)
        return Affine(constant, body.terms, body.products)


class _Reducer(NamedTuple):
    of_axes: Callable[..., Array]
    of_runs: np.ufunc
    neutral: float | None


_REDUCERS: dict[str, _Reducer] = {
    "sum": _Reducer(np.sum, np.add, 0.0),
    "prod": _Reducer(np.prod, np.multiply, 1.0),
    "min": _Reducer(np.min, np.minimum, None),
    "max": _Reducer(np.max, np.maximum, None),
    "all": _Reducer(np.all, np.logical_and, True),
    "any": _Reducer(np.any, np.logical_or, False),
}


def reduced(node: e.Aggregate, values: Data, inner: Frame, outer: Frame) -> Data:
    """Return data over a frame summed (or whatever the aggregate does) over all but the outer frame."""
    reducer = _REDUCERS[node.function]
    if not inner.size and not outer.size:
        return 0.0
    if aligned(inner, outer):
        width = len(outer.shape)
        plain = np.asarray(values)
        plain = plain if plain.ndim else plain.reshape((1,) * len(inner.shape))
        if inner.size == 0 and reducer.neutral is None:
            raise _nothing(node, outer, np.ones((), np.bool_))
        wide = np.broadcast_to(plain, plain.shape[:width] + inner.shape[width:])
        found = np.asarray(reducer.of_axes(wide, axis=tuple(range(width, wide.ndim))))
        return found if found.ndim else found.item()
    rows = rows_of(inner, outer)
    flat = spread(values, inner)
    if node.function == "sum":
        found = np.bincount(rows, flat, minlength=outer.size).astype(np.float64)
    else:
        there, starts = np.unique(rows, return_index=True)
        found = np.full(outer.size, 0.0 if reducer.neutral is None else reducer.neutral)
        if len(there):
            found[there] = reducer.of_runs.reduceat(flat, starts)
        if reducer.neutral is None and len(there) < outer.size:
            empty = np.ones(outer.size, np.bool_)
            empty[there] = False
            raise _nothing(node, outer, empty.reshape(outer.shape))
    found = found.reshape(outer.shape)
    return found if found.ndim else found.item()


def _nothing(node: e.Aggregate, frame: Frame, empty: Array) -> Fault:
    message = f"`{show(node)}` has nothing to choose from"
    return fault(frame, empty, message, "make sure that its range is not empty")


Branch = tuple[Frame, Data]


def merged(frame: Frame, one: Branch, two: Branch) -> Array:
    """Return data over a frame from data over its two complementary selections."""
    arrays = [np.asarray(values) for _, values in (one, two)]
    kind = np.result_type(*arrays)
    steps = [branch[0].step for branch in (one, two)]
    if all(isinstance(step, Keep) for step in steps):
        arrays = [a if a.ndim else a.reshape((1,) * len(frame.shape)) for a in arrays]
        axis = next(step.axis for step in steps if isinstance(step, Keep))
        shape = list(np.broadcast_shapes(*((*a.shape[:axis], 1, *a.shape[axis + 1 :]) for a in arrays)))
        shape[axis] = frame.shape[axis]
        found = np.empty(shape, kind)
        for step, values in zip(steps, arrays, strict=True):
            assert isinstance(step, Keep)
            found[(slice(None),) * axis + (step.places,)] = values
        return found
    found = np.empty(frame.shape, kind)
    for step, values in zip(steps, arrays, strict=True):
        assert isinstance(step, Flatten)
        found[step.where] = values
    return found


def joined(frame: Frame, one: tuple[Frame, Data | Affine], two: tuple[Frame, Data | Affine]) -> Data | Affine:
    """Return a value over a frame from values over its two complementary selections."""
    first, second = as_affine(one[1]), as_affine(two[1])
    constant: Data = first.constant
    if isinstance(constant, np.ndarray) or isinstance(second.constant, np.ndarray) or constant != second.constant:
        constant = merged(frame, (one[0], first.constant), (two[0], second.constant))
    return Affine(constant, first.terms + second.terms, first.products + second.products).settled()
