"""The functions of the language over whole frames: of numbers, of sets and of their elements."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from fivefold_solvers.build.affine import Affine
from fivefold_solvers.build.arrays import Array
from fivefold_solvers.build.errors import NotVectorised
from fivefold_solvers.build.frame import Fault, Frame
from fivefold_solvers.build.lookup import as_elements, places_in
from fivefold_solvers.build.pool import Pool
from fivefold_solvers.build.ranges import Source, Subsets, source_of
from fivefold_solvers.build.space import (
    Context,
    Data,
    Elements,
    Value,
    fault,
    first_place,
    identities,
    in_frame,
    member_at,
    numbers,
)
from fivefold_solvers.build.tables import SetTable
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.functions import check_arity
from fivefold_solvers.formulation.identity import spell
from fivefold_solvers.formulation.scope import EvaluationError
from fivefold_solvers.formulation.show import show

_OF_NUMBER: dict[str, Callable[[Array], Array]] = {
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "log10": np.log10,
    "log2": np.log2,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "abs": np.abs,
    "floor": np.floor,
    "ceil": np.ceil,
    "round": np.round,
}


def called(context: Context, node: e.Call, frame: Frame) -> Value:
    """Return the value of a call over a frame.

    Raises:
        Fault: it has none somewhere.
        NotVectorised: it is a function of variables, or a constraint by name.
    """
    name = node.function
    try:
        check_arity(node)
    except EvaluationError as error:
        raise Fault(error.message, error.mend) from None
    if name in e.LOGIC_FUNCTIONS or name == "range":
        raise NotVectorised(f"`{show(node)}`")
    if name in {"len", "first", "last"}:
        return _of_set(node, source_of(context, node.arguments[0], frame), frame)
    if name in {"prev", "next", "ord"}:
        return _of_element(context, node, frame)
    plain: list[Data] = []
    for argument in node.arguments:
        value = numbers(context.value(argument, frame), argument, frame, context.space.pool)
        if isinstance(value, Affine):
            raise NotVectorised(f"`{show(node)}` of variables")
        plain.append(value)
    if name in {"min", "max"}:
        return _extreme(name, plain)
    return _of_number(node, plain[0], frame)


def _extreme(name: str, values: list[Data]) -> Data:
    if not any(isinstance(value, np.ndarray) for value in values):
        return min(map(float, values)) if name == "min" else max(map(float, values))
    pick = np.minimum if name == "min" else np.maximum
    found: Array = np.asarray(values[0], np.float64)
    for value in values[1:]:
        found = pick(found, value)
    return found


def _of_number(node: e.Call, value: Data, frame: Frame) -> Data:
    plain = np.asarray(value, np.float64)
    found = _OF_NUMBER[node.function](plain)
    bad = ~np.isfinite(found) & np.isfinite(plain)
    if bad.any():
        where = float(plain[first_place(bad)])
        raise fault(frame, bad, f"`{show(node)}` has no value at {where:g}")
    return found if found.ndim else float(found)


def _of_set(node: e.Call, source: Source, frame: Frame) -> Value:
    if isinstance(source, SetTable):
        if node.function == "len":
            return source.size
        if not source.size:
            raise Fault(f"`{show(node)}`: the set is empty")
        place = 0 if node.function == "first" else source.size - 1
        return Elements(tuple(np.asarray(part[place]) for part in source.parts))
    counts = source.ragged.counts[source.places]
    if node.function == "len":
        return counts.astype(np.float64)
    if (counts == 0).any():
        raise fault(frame, counts == 0, f"`{show(node)}`: the set is empty")
    starts = source.ragged.starts[source.places]
    at = source.ragged.at[starts if node.function == "first" else starts + counts - 1]
    return Elements(tuple(part[at] for part in source.ragged.table.parts))


def _of_element(context: Context, node: e.Call, frame: Frame) -> Value:
    """`prev`, `next`, `ord`; the set is named by then, see `formulation.resolve`."""
    if len(node.arguments) < 2:
        raise Fault(f"`{show(node)}` does not say in which set", f"write {node.function}(t, T)")
    source = source_of(context, node.arguments[1], frame)
    if isinstance(source, Subsets):
        raise NotVectorised(f"`{show(node)}` in a set that depends on indices")
    pool = context.space.pool
    elements = as_elements(context.value(node.arguments[0], frame), node.arguments[0], frame, pool)
    found = np.full((), -1, np.int64)
    if len(elements.parts) == source.arity:
        found = places_in(elements.parts, source, frame)
    if (found < 0).any():
        place = in_frame(first_place(found < 0), frame)
        raise Fault(f"{spell(member_at(elements, frame, place, pool))} is not in {_named(source)}", "", frame.at(place))
    if node.function == "ord":
        ordinal = found + 1.0
        return ordinal if ordinal.ndim else float(ordinal)
    wanted = found - 1 if node.function == "prev" else found + 1
    outside = (wanted < 0) | (wanted >= source.size)
    if outside.any():
        end, test = ("first", "if t > first(T)") if node.function == "prev" else ("last", "if t < last(T)")
        place = in_frame(first_place(outside), frame)
        what = spell(member_at(elements, frame, place, pool))
        message = f"`{show(node)}`: {what} is the {end} element of {_named(source)}"
        raise Fault(message, f"add a condition, as in `{test}`", frame.at(place))
    return Elements(tuple(part[wanted] for part in source.parts))


def _named(table: SetTable) -> str:
    shown = ", ".join(spell(table.member(place)) for place in range(min(6, table.size)))
    more = f", ... ({table.size} in all)" if table.size > 6 else ""
    return f"{table.name or 'the set'} = {{{shown}{more}}}"


def compared(context: Context, node: e.Compare, frame: Frame) -> bool | Array:
    """Return where a comparison of data is true.

    Raises:
        NotVectorised: it compares variables.
    """
    pool = context.space.pool
    if node.relation in {"in", "not in"}:
        inside = _inside(context, node, frame)
        return inside if node.relation == "in" else ~inside
    left, right = context.value(node.left, frame), context.value(node.right, frame)
    if isinstance(left, Affine) or isinstance(right, Affine):
        raise NotVectorised(f"condition `{show(node)}` on variables")
    if node.relation in {"==", "!="}:
        same = _same(left, right, frame, pool)
        return same if node.relation == "==" else ~same
    one, two = numbers(left, node.left, frame, pool), numbers(right, node.right, frame, pool)
    assert not isinstance(one, Affine) and not isinstance(two, Affine)
    compare = {"<=": np.less_equal, "<": np.less, ">=": np.greater_equal, ">": np.greater}[node.relation]
    return np.asarray(compare(one, two))


def _same(left: Data | Elements, right: Data | Elements, frame: Frame, pool: Pool) -> Array:
    if isinstance(left, Elements) and isinstance(right, Elements):
        if len(left.parts) != len(right.parts):
            return np.zeros((), np.bool_)
        equal = np.ones((), np.bool_)
        for one, two in zip(left.parts, right.parts, strict=True):
            equal = equal & (identities(one, frame) == identities(two, frame))
        return np.asarray(equal)
    if any(isinstance(value, Elements) and len(value.parts) > 1 for value in (left, right)):
        return np.zeros((), np.bool_)
    # A text is NaN there and equals no number.
    sides = [
        pool.values(identities(value.parts[0], frame)) if isinstance(value, Elements) else np.asarray(value)
        for value in (left, right)
    ]
    return np.asarray(sides[0] == sides[1])


def _inside(context: Context, node: e.Compare, frame: Frame) -> Array:
    pool = context.space.pool
    elements = as_elements(context.value(node.left, frame), node.left, frame, pool)
    source = source_of(context, node.right, frame)
    table = source.ragged.table if isinstance(source, Subsets) else source
    if len(elements.parts) != table.arity:
        return np.zeros((), np.bool_)
    places = places_in(elements.parts, table, frame)
    if isinstance(source, Subsets):
        places = source.ragged.holds(source.places, np.asarray(places, np.int64))
    return places >= 0


def powered(node: e.Binary, left: Data, right: Data, frame: Frame) -> Data:
    """Return `left ** right` of data."""
    base, exponent = np.asarray(left, np.float64), np.asarray(right, np.float64)
    if ((base == 0) & (exponent < 0)).any():
        raise fault(frame, np.asarray((base == 0) & (exponent < 0)), f"`{show(node)}` divides by zero")
    found = np.asarray(base**exponent)
    bad = ~np.isfinite(found) & np.isfinite(base) & np.isfinite(exponent)
    if bad.any():
        no_value = bool(np.isnan(found).any())
        message = f"`{show(node)}` has no real value" if no_value else f"`{show(node)}` is too large for a number"
        raise fault(frame, bad, message)
    return found if found.ndim else float(found)


def whole(value: float) -> float:
    """Return a written number; whole numbers beyond what a float holds exactly are rounded to one."""
    if isinstance(value, int) and abs(value) > 2**53:
        try:
            return float(value)
        except OverflowError:
            raise Fault("a number is too large", "leave unlimited bounds out") from None
    return value if math.isfinite(value) or isinstance(value, float) else float(value)
