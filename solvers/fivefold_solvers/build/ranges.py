"""Index ranges: from a frame to the frame with one more range, by a grid, a join or a subset for each binding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fivefold_solvers.build.arrays import Integers
from fivefold_solvers.build.errors import NotVectorised
from fivefold_solvers.build.frame import Fault, Frame, rows_of, spread
from fivefold_solvers.build.lookup import as_elements, entry_places
from fivefold_solvers.build.space import Context, fault, identities
from fivefold_solvers.build.tables import Ragged, SetTable, distinct, ragged, range_table
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.show import show


@dataclass(frozen=True, slots=True)
class Subsets:
    """A set that differs from binding to binding."""

    ragged: Ragged
    places: Integers
    """Over the frame: which of the sets."""


Source = SetTable | Subsets


def extended(context: Context, frame: Frame, clauses: tuple[e.Clause, ...]) -> Frame:
    """Return a frame with more index ranges behind its own, where their conditions hold."""
    empty = np.empty(0, np.int64)
    for clause in clauses:
        if frame.size:
            frame = _with_range(context, frame, clause)
        else:
            # Nothing is bound any more; the names stay known.
            table = SetTable("", (empty,) * len(clause.targets), context.space.pool)
            frame = frame.widened(clause.targets, table)
    return frame


def _with_range(context: Context, frame: Frame, clause: e.Clause) -> Frame:
    source = source_of(context, clause.source, frame)
    table = source.ragged.table if isinstance(source, Subsets) else source
    if len(clause.targets) > 1 and table.arity != len(clause.targets):
        if table.size:
            message = f"`{show(clause)}` unpacks {len(clause.targets)} indices from elements of {table.arity} parts"
            raise Fault(message, "give one index per part of the element", frame.at((0,) * len(frame.shape)))
        table = SetTable(table.name, table.parts * len(clause.targets), table.pool)
        source = table
    pending = list(_conjuncts(clause.conditions))
    if isinstance(source, Subsets):
        child = _unfolded(frame, clause.targets, source)
    else:
        joined = _joined(context, frame, clause.targets, source, pending)
        child = frame.widened(clause.targets, source) if joined is None else joined
    for condition in pending:
        if child.size:
            child = child.selected(context.truth(condition, child))
    return child


def _conjuncts(conditions: tuple[e.Expression, ...]) -> Iterator[e.Expression]:
    for condition in conditions:
        if isinstance(condition, e.Logic) and condition.operator == "and":
            yield from _conjuncts(condition.items)
        else:
            yield condition


def _unfolded(frame: Frame, targets: tuple[str, ...], source: Subsets) -> Frame:
    places = spread(source.places, frame)
    counts = source.ragged.counts[places]
    rows, within = repeated(counts)
    at = source.ragged.at[source.ragged.starts[places][rows] + within]
    return frame.flat(rows).joined(targets, source.ragged.table, at)


def repeated(counts: Integers) -> tuple[Integers, Integers]:
    """Return for so many entries of each row the row of each entry and its number within the row."""
    rows = np.repeat(np.arange(len(counts)), counts)
    return rows, np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)


# --- joins: a range that a condition ties to an index outside is looked up instead of tried out ------------


def _joined(
    context: Context, frame: Frame, targets: tuple[str, ...], table: SetTable, pending: list[e.Expression]
) -> Frame | None:
    """Return the frame joined with a set over the first condition that allows it, which leaves `pending`."""
    for number, condition in enumerate(pending):
        match condition:
            case e.Compare("==", left, right):
                sides = ((left, right), (right, left))
                found = next((f for one, other in sides if (f := _equal(frame, targets, table, one, other))), None)
                if found is None or not (number == 0 or _plain(found[1])):
                    continue
                keys = _identities(context, found[1], frame)
                if keys is None or not keys.ndim:
                    continue
                del pending[number]
                rows, at = _matches(table, found[0] - 1, spread(keys, frame))
                return frame.flat(rows).joined(targets, table, at)
            case e.Compare("in", e.Group(items), e.Name(name)) if name in context.space.sets:
                child = _within(context, frame, targets, table, items, context.space.sets[name])
                if child is not None:
                    del pending[number]
                    return child
            case _:
                pass
    return None


def _equal(
    frame: Frame, targets: tuple[str, ...], table: SetTable, one: e.Expression, other: e.Expression
) -> tuple[int, e.Expression] | None:
    """Return 1 + the part of the set that one side stands for, and the other side, which the frame must know."""
    if not isinstance(one, e.Name) or one.name not in targets or (len(targets) == 1 and table.arity > 1):
        return None
    used = e.names_used(other)
    if used & set(targets) or not used & frame.names.keys():
        return None
    return targets.index(one.name) + 1, other


def _plain(node: e.Expression) -> bool:
    """Whether a tree has a value whatever the conditions before it say."""
    return isinstance(node, e.Name | e.Number | e.Text)


def _identities(context: Context, node: e.Expression, frame: Frame) -> Integers | None:
    found = as_elements(context.value(node, frame), node, frame, context.space.pool)
    return identities(found.parts[0], frame) if len(found.parts) == 1 else None


def _matches(table: SetTable, part: int, keys: Integers) -> tuple[Integers, Integers]:
    """Return for every key the places of the set's elements with that atom: rows of `keys` and places, row by row."""
    order, begin, counts = table.matches(part, keys)
    if len(keys) and (begin[1:] == begin[:-1] + counts[:-1]).all():
        # The keys go through the elements from one to the next.
        return np.repeat(np.arange(len(keys)), counts), order[begin[0] : begin[-1] + counts[-1]]
    rows, within = repeated(counts)
    return rows, order[begin[rows] + within]


def _within(
    context: Context,
    frame: Frame,
    targets: tuple[str, ...],
    table: SetTable,
    items: tuple[e.Expression, ...],
    other: SetTable,
) -> Frame | None:
    """Return the frame joined with `j in J if (i, j) in A` through A; None where that does not fit."""
    free = [place for place, item in enumerate(items) if item == e.Name(targets[0])]
    fits = len(targets) == 1 and table.arity == 1 and len(free) == 1 and len(items) == other.arity
    if not fits or not all(_plain(item) for item in items):
        return None
    keys: dict[int, Integers] = {}
    for place, item in enumerate(items):
        if place != free[0]:
            found = _identities(context, item, frame)
            if found is None:
                return None
            keys[place] = spread(found, frame) if found.ndim else found
    leading = next((place for place, own in keys.items() if own.ndim), None)
    if leading is None:
        return None
    rows, there = _matches(other, leading, keys[leading])
    at = np.asarray(table.find([other.parts[free[0]][there]]), np.int64)
    kept = at >= 0
    for place, own in keys.items():
        if place != leading:
            kept &= other.parts[place][there] == (own[rows] if own.ndim else own)
    rows, at = rows[kept], at[kept]
    order = np.lexsort((at, rows))
    return frame.flat(rows[order]).joined(targets, table, at[order])


# --- what a range goes over --------------------------------------------------------------------------------


def source_of(context: Context, node: e.Expression, frame: Frame) -> Source:
    """Return the set that an expression stands for.

    Raises:
        Fault: it is none.
    """
    space = context.space
    if isinstance(node, e.Name) and node.name in space.sets:
        return space.sets[node.name]
    if isinstance(node, e.Item) and node.name in space.families:
        return _subset(context, node, frame)
    if isinstance(node, e.Builder) or (isinstance(node, e.Call) and node.function == "range"):
        if node in space.constant_sets:
            return space.constant_sets[node]
        if e.names_used(node) & frame.names.keys():
            return _built(context, node, frame) if isinstance(node, e.Builder) else _ranges(context, node, frame)
        made = _built(context, node, Frame()) if isinstance(node, e.Builder) else _ranges(context, node, Frame())
        space.constant_sets[node] = constant = _only(made) if isinstance(made, Subsets) else made
        return constant
    if isinstance(node, e.Name | e.Item) and node.name in space.later:
        raise Fault(f"'{node.name}' is computed from what uses it", "write one of them without the other")
    raise Fault(f"`{show(node)}` is not a set", "write a set's name, range(1, 5) or {1, 2, 3}")


def _subset(context: Context, node: e.Item, frame: Frame) -> Source:
    family = context.space.families[node.name]
    places = np.zeros((), np.int64)
    for axis, own in zip(family.index.axes, entry_places(context, "set", node, family.index, frame), strict=True):
        places = places * axis.size + own
    found = Subsets(family.subsets, places)
    return found if places.ndim else _only(found)


def _only(subsets: Subsets) -> SetTable:
    """Return the one set of subsets that are the same everywhere."""
    own, place = subsets.ragged, int(subsets.places)
    if len(own.starts) == 2:
        return own.table
    at = own.at[own.starts[place] : own.starts[place + 1]]
    return SetTable(own.table.name, tuple(part[at] for part in own.table.parts), own.table.pool)


def _numbered(frame: Frame) -> Integers:
    return np.arange(frame.size).reshape(frame.shape)


def _ranges(context: Context, node: e.Call, frame: Frame) -> Source:
    """Return `range(...)`, which may differ from binding to binding."""
    bounds = [context.data(argument, frame) for argument in node.arguments]
    for argument, value in zip(node.arguments, bounds, strict=True):
        plain = np.asarray(value, np.float64)
        bad = ~np.isfinite(plain) | (plain != np.floor(plain)) | (abs(plain) > 2**53)
        if bad.any():
            raise fault(frame, bad, f"`{show(argument)}` is no whole number", "range() needs whole numbers")
    whole = [np.asarray(value).astype(np.int64) for value in bounds]
    first, end = (np.zeros((), np.int64), whole[0]) if len(whole) == 1 else (whole[0], whole[1])
    step = whole[2] if len(whole) == 3 else np.ones((), np.int64)
    if (step == 0).any():
        raise Fault(f"`{show(node)}` has step 0", "write range(1, 13) for 1 to 12")
    counts = np.maximum(0, -((first - end) // step))
    if not counts.ndim:
        return range_table(int(first), int(counts), int(step), context.space.pool)
    flat = spread(counts, frame)
    rows, within = repeated(flat)
    values = spread(first, frame)[rows] + spread(step, frame)[rows] * within
    least = int(values.min()) if len(values) else 0
    table = range_table(least, int(values.max()) - least + 1 if len(values) else 0, 1, context.space.pool)
    starts = np.concatenate([[0], np.cumsum(flat)]).astype(np.int64)
    return Subsets(Ragged(starts, table, values - least), _numbered(frame))


def _built(context: Context, node: e.Builder, frame: Frame) -> Source:
    """Return `{...}`, which may differ from binding to binding."""
    pool = context.space.pool
    child = extended(context, frame, node.clauses)
    columns: list[tuple[Integers, ...]] = []
    for item in node.items if child.size else ():
        found = as_elements(context.value(item, child), item, child, pool, new=True)
        columns.append(tuple(spread(identities(part, child), child) for part in found.parts))
    if not columns:
        columns = [(np.empty(0, np.int64),)]
    if len({len(column) for column in columns}) > 1:
        raise NotVectorised("a set mixes tuples of different lengths")
    # Members stand in the order of the bindings, and for each binding in the order written.
    parts = tuple(np.stack([column[k] for column in columns], axis=1).reshape(-1) for k in range(len(columns[0])))
    if not frame.shape:
        kept = distinct(parts)
        return SetTable("", tuple(part[kept] for part in parts), pool)
    rows = np.repeat(rows_of(child, frame), len(columns)) if child.size else np.empty(0, np.int64)
    return Subsets(ragged(rows, frame.size, parts, "", pool), _numbered(frame))
