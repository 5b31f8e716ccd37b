"""Entries of sets, parameters and variables at every binding of a frame at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fivefold_solvers.build.affine import Affine, Columns, Term
from fivefold_solvers.build.arrays import Array, Integers
from fivefold_solvers.build.errors import NotVectorised
from fivefold_solvers.build.frame import Fault, Frame, Position
from fivefold_solvers.build.keyed import KeyIndex
from fivefold_solvers.build.pool import Pool
from fivefold_solvers.build.space import (
    Context,
    Data,
    Elements,
    ParameterTable,
    Slot,
    Value,
    VariableTable,
    along,
    first_place,
    identities,
    in_frame,
    member_at,
)
from fivefold_solvers.build.tables import SetTable
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.identity import Key, as_key, spell_key
from fivefold_solvers.formulation.show import show

_SHOWN = 4


def as_elements(value: Value, node: e.Expression, frame: Frame, pool: Pool, *, new: bool = False) -> Elements:
    """Return a value as set elements; numbers stand for themselves.

    Args:
        value: the value of `node` over the frame.
        node: what is evaluated, for messages.
        frame: the bindings.
        pool: the elements that there are.
        new: whether numbers that are no element yet are taken in.

    Raises:
        Fault: it depends on variables or is a truth value.
    """
    if isinstance(value, Elements):
        return value
    if isinstance(value, Affine | bool) or (isinstance(value, np.ndarray) and value.dtype == np.bool_):
        raise Fault(f"index `{show(node)}` is not a set element", "an index may use data only")
    plain = np.asarray(value, np.float64)
    if not np.isfinite(plain).all():
        raise Fault(f"index `{show(node)}` is not finite", "use set elements")
    return Elements((pool.put_numbers(plain) if new else pool.find_numbers(plain),))


def places_in(parts: Sequence[Slot | Integers], table: SetTable, frame: Frame) -> Array:
    """Return the places of elements in a set as an array over the frame, -1 where they are not in it."""
    slots = [part for part in parts if isinstance(part, Slot)]
    if len(slots) == len(parts):
        track = slots[0].track
        same = all(slot.track is track and slot.part == place for place, slot in enumerate(slots))
        if same and track.table is table:
            return along(track.places(), track.axis, frame)
        if all(slot.track.axis == track.axis for slot in slots):
            return along(table.find([slot.track.identities(slot.part) for slot in slots]), track.axis, frame)
    return np.asarray(table.find([identities(part, frame) for part in parts]))


def entry_places(context: Context, kind: str, node: e.Item, index: KeyIndex, frame: Frame) -> list[Array]:
    """Return for `name[...]` the place along each axis of its index, as arrays over the frame.

    Raises:
        Fault: an entry does not exist, or the number of indices is another.
    """
    values = [context.value(entry, frame) for entry in node.index]
    parts: list[Slot | Integers] = []
    for entry, value in zip(node.index, values, strict=True):
        parts += as_elements(value, entry, frame, context.space.pool).parts
    if len(parts) != index.arity:
        form = f"{node.name}[{', '.join(['...'] * index.arity)}]" if index.arity else node.name
        raise Fault(f"{kind} {node.name} has {index.arity} indices, not {len(parts)}", f"write {form}", _start(frame))
    found: list[Array] = []
    left = parts
    for axis in index.axes:
        places: list[Array] = []
        for track in axis.tracks:
            own, left = left[: track.table.arity], left[track.table.arity :]
            places.append(places_in(own, track.table, frame))
        entry_place = axis.find(places)
        if entry_place.size and entry_place.min() < 0:
            bad = in_frame(first_place(entry_place < 0), frame)
            key = tuple(atom for value in values for atom in _atoms_at(value, frame, bad, context.space.pool))
            raise _missing(node.name, key, index, frame.at(bad))
        found.append(entry_place)
    return found


def _start(frame: Frame) -> str:
    return frame.at((0,) * len(frame.shape)) if frame.size else ""


def _atoms_at(value: Value, frame: Frame, position: Position, pool: Pool) -> Key:
    """Return what an index is at a position; numbers that are no element of any set are given as they are."""
    if isinstance(value, Elements):
        return as_key(member_at(value, frame, position, pool))
    number = float(np.broadcast_to(np.asarray(value, np.float64), frame.shape)[position])
    return (int(number) if number.is_integer() else number,)


def _missing(name: str, key: Key, index: KeyIndex, place: str) -> Fault:
    known = ", ".join(spell_key(name, index.key(place)) for place in range(min(_SHOWN, index.size))) or "none"
    more = ", ..." if index.size > _SHOWN else ""
    mend = "add a condition, as in `if t > first(T)`, or use prev(t) and next(t)"
    return Fault(f"{spell_key(name, key)} does not exist (there are {known}{more})", mend, place)


def parameter_values(context: Context, node: e.Item, table: ParameterTable, frame: Frame) -> Data:
    """Return the numbers of `name[...]` over a frame."""
    places = entry_places(context, "parameter", node, table.index, frame)
    if table.cells is None:
        grid = _from_grid(table.values.reshape(table.index.shape), places, frame)
        if grid is not None:
            return grid
    code: Array = np.zeros((), np.int64)
    for axis, own in zip(table.index.axes, places, strict=True):
        code = code * axis.size + own
    if table.cells is None:
        found = np.asarray(table.values[code])
    else:
        at = table.cells.find(code)
        there = at >= 0
        found = np.full(at.shape, table.default)
        found[there] = table.values[at[there]]
    return found if found.ndim else float(found)


def _from_grid(values: Array, places: list[Array], frame: Frame) -> Array | None:
    """Return the entries where each axis of a table meets one axis of the frame, without writing them out."""
    targets: list[int] = []
    axis = 0
    for own in places:
        wide = [target for target, size in enumerate(own.shape) if size > 1]
        if len(wide) > 1:
            return None
        if not wide:
            if not own.ndim and not frame.shape:
                return None
            values = values.take(int(own.reshape(-1)[0]) if own.size else 0, axis)
            continue
        flat = own.reshape(-1)
        if wide[0] in targets:
            return None
        targets.append(wide[0])
        if len(flat) != values.shape[axis] or flat[0] != 0 or not (flat[1:] > flat[:-1]).all():
            values = values.take(flat, axis)
        axis += 1
    shape = [1] * len(frame.shape)
    for target, size in zip(targets, values.shape, strict=True):
        shape[target] = size
    return values.transpose(np.argsort(targets)).reshape(shape) if targets else np.asarray(values)


def variable_term(context: Context, node: e.Item, table: VariableTable, frame: Frame) -> Affine:
    """Return `name[...]` over a frame as one term."""
    places = entry_places(context, "variable", node, table.index, frame)
    parts: dict[tuple[int, ...], Array] = {}
    base, stride = table.start, table.index.size
    for axis, own in zip(table.index.axes, places, strict=True):
        stride //= axis.size
        offset = own if stride == 1 else own * stride
        if offset.size == 1:
            base += int(offset.reshape(-1)[0])
        else:
            parts[own.shape] = parts[own.shape] + offset if own.shape in parts else offset
    covered = frozenset(entry.name for entry in node.index if isinstance(entry, e.Name))
    return Affine(0.0, (Term(frame, table.name, Columns(base, tuple(parts.values())), covered & frame.names.keys()),))


def scalar_term(table: VariableTable, frame: Frame) -> Affine:
    """Return a variable without indices as one term."""
    if table.index.axes:
        raise NotVectorised(f"variable {table.name} stands without its indices")
    return Affine(0.0, (Term(frame, table.name, Columns(table.start), frozenset()),))
