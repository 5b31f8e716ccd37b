"""Sets and parameters of a formulation as columns: from what is written in it, or from columns of data.

Everything is checked on the way: elements listed twice, entries that are missing, foreign or there twice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from typing import cast

import numpy as np

from fivefold_solvers.build.arrays import Floats, Integers, all_finite
from fivefold_solvers.build.errors import NotVectorised
from fivefold_solvers.build.evaluate import Evaluator
from fivefold_solvers.build.frame import Fault, Frame, spread
from fivefold_solvers.build.keyed import KeyIndex, index_of
from fivefold_solvers.build.pool import Pool
from fivefold_solvers.build.ranges import Subsets, source_of
from fivefold_solvers.build.space import Family, ParameterTable, Space
from fivefold_solvers.build.tables import Cells, SetTable, ragged
from fivefold_solvers.data.columns import Labels, ParameterColumn, SetColumn
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Parameter
from fivefold_solvers.formulation.identity import ElementError, Key, member, spell, split_key
from fivefold_solvers.formulation.scope import EvaluationError, Members
from fivefold_solvers.formulation.tables import read_table

_SPARSE = 4
"""A parameter with a default and fewer entries than one in so many is kept sparse."""
_DENSE = 1_000_000
_SHOWN = 5
_LISTED_LIMIT = 5_000_000


def column_table(column: SetColumn, pool: Pool) -> SetTable:
    """Return a set that is there as columns."""
    table = SetTable(column.name, tuple(_identities(labels, pool) for labels in column.members), pool)
    return _unique(table)


def _identities(labels: Labels, pool: Pool) -> Integers:
    if labels.categories is None:
        return pool.put_numbers(labels.values)
    places: Integers = labels.values
    return pool.put_atoms(labels.categories.tolist())[places]


def _unique(table: SetTable) -> SetTable:
    place = table.doubled()
    if place is not None:
        raise Fault(f"{spell(table.member(place))} is listed twice", 'list each element once; "1" and 1 are the same')
    return table


def written_table(name: str, raw: object, pool: Pool) -> SetTable:
    """Return a set whose elements are written in the formulation."""
    if isinstance(raw, dict):
        raise Fault("it has subsets but no index", 'give it an index, e.g. ["i in I"], or a plain list')
    return _unique(SetTable(name, _parts(cast("Sequence[object]", raw or ()), pool), pool))


def _parts(raw: Sequence[object], pool: Pool) -> tuple[Integers, ...]:
    """Return the columns of written elements."""
    try:
        if not any(isinstance(value, list | tuple) for value in raw):
            return (pool.put_raw(raw),)
        widths = {len(cast("list[object]", v)) if isinstance(v, list | tuple) else 1 for v in raw}
        if len(widths) > 1 or 0 in widths:
            for value in raw:
                member(value)
            raise Fault("its elements are tuples of different lengths", "give all the same length")
        columns = zip(*(cast("list[object]", v) if isinstance(v, list | tuple) else (v,) for v in raw), strict=True)
        return tuple(pool.put_raw(column) for column in columns)
    except ElementError as fault:
        raise Fault(str(fault)) from None


def written_family(name: str, raw: object, frame: Frame, pool: Pool) -> Family:
    """Return an indexed set whose subsets are written in the formulation."""
    index = index_of(frame, pool)
    if not isinstance(raw, dict):
        raise Fault("an indexed set needs one subset per index", 'write {"a": [1, 2], "b": [3]}')
    found: dict[int, Sequence[object]] = {}
    for text, subset in cast("dict[str, Sequence[object]]", raw).items():
        key = split_key(text, index.arity if index.size else 1)
        if key is None:
            raise Fault(f"subset '{text}' is for no index", "mend it")
        place = index.find(key)
        if place is None:
            raise Fault(f"subset {spelled(key)} is for no index", "leave it out")
        if place in found:
            raise Fault(f"subset '{text}' is for the same index as another", "mend it")
        found[place] = subset
    if len(found) < index.size:
        missing = next(place for place in range(index.size) if place not in found)
        raise Fault(f"there is no subset for {spelled(index.key(missing))}", "list it, even if empty")
    ordered = [found[place] for place in range(index.size)]
    for subset in ordered:
        _unique(SetTable(name, _parts(subset, pool), pool))
    counts = np.array([len(subset) for subset in ordered], np.int64)
    rows = np.repeat(np.arange(index.size), counts)
    return Family(index, ragged(rows, index.size, _parts(list(chain.from_iterable(ordered)), pool), name, pool))


def built_set(evaluator: Evaluator, tree: e.Expression) -> SetTable:
    """Return a set that an expression builds."""
    found = source_of(evaluator, tree, Frame())
    assert isinstance(found, SetTable)
    return found


def built_family(evaluator: Evaluator, tree: e.Expression, frame: Frame) -> Family:
    """Return an indexed set whose subsets an expression builds."""
    pool = evaluator.space.pool
    index = index_of(frame, pool)
    found: SetTable | Subsets = source_of(evaluator, tree, frame)
    if isinstance(found, SetTable):
        rows = np.repeat(np.arange(index.size), found.size)
        parts = tuple(np.tile(part, index.size) for part in found.parts)
        return Family(index, ragged(rows, index.size, parts, found.name, pool))
    own = found.ragged
    places = spread(found.places, frame)
    rows = np.repeat(np.arange(frame.size), own.counts[places])
    if len(places) == len(own.starts) - 1 and (places == np.arange(len(places))).all():
        return Family(index, own)
    at = np.concatenate([own.at[own.starts[p] : own.starts[p + 1]] for p in places.tolist()] or [own.at[:0]])
    return Family(index, ragged(rows, index.size, tuple(part[at] for part in own.table.parts), "", pool))


def spelled(key: Key) -> str:
    """Return an index as it is written."""
    return spell(key) if len(key) != 1 else spell(key[0])


# --- parameters ---------------------------------------------------------------------------------------------


def column_parameter(
    column: ParameterColumn, parameter: Parameter, frame: Frame, clauses: tuple[e.Clause, ...], space: Space
) -> ParameterTable:
    """Return a parameter that is there as columns."""
    index = index_of(frame, space.pool)
    default = parameter.default if column.default is None else column.default
    if not all_finite(column.values):
        raise Fault("a value is not finite", "leave unlimited bounds out")
    _check_axes(column, clauses)
    if _in_order(column, index):
        return ParameterTable(index, column.values)
    code, foreign = _codes(column, index)
    if foreign is not None:
        entry = tuple(
            atom for axis, codes in zip(column.axes, column.codes, strict=True)
            for atom in space.sets[axis].key(int(codes[foreign]))
        )  # fmt: skip
        raise Fault(f"entry {spelled(entry)} is outside its index set", "leave it out, or add the element to the set")
    if len(code) == index.size and (code == np.arange(index.size)).all():
        return ParameterTable(index, column.values)
    if default is not None and index.size > max(_DENSE, _SPARSE * len(code)):
        cells = Cells(code, index.size)
        _once(cells.doubled, code, index)
        return ParameterTable(index, column.values, cells, float(default))
    filled = np.full(index.size, math.nan if default is None else float(default))
    owner = np.full(index.size, -1, np.int64)
    owner[code] = np.arange(len(code))
    lost = np.flatnonzero(owner[code] != np.arange(len(code)))
    _once(int(lost[0]) if len(lost) else None, code, index)
    filled[code] = column.values
    if default is None:
        _complete(np.flatnonzero(owner < 0), index)
    return ParameterTable(index, filled)


def _once(place: int | None, code: Integers, index: KeyIndex) -> None:
    if place is not None:
        raise Fault(f"entry {spelled(index.key(int(code[place])))} is there twice", "give each entry once")


def _complete(missing: Integers, index: KeyIndex) -> None:
    if len(missing):
        shown = ", ".join(spelled(index.key(place)) for place in missing[:_SHOWN].tolist())
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        raise Fault(f"it has no value for {shown}{more}", "add them, or give a `default`")


def _check_axes(column: ParameterColumn, clauses: tuple[e.Clause, ...]) -> None:
    sources = [clause.source.name if isinstance(clause.source, e.Name) else "" for clause in clauses]
    if sources != list(column.axes) or len(column.codes) != len(sources):
        raise NotVectorised(f"the columns of {column.name} go over {column.axes}, its index ranges over {sources}")


def _in_order(column: ParameterColumn, index: KeyIndex) -> bool:
    """Whether the entries are all that there are, in order: then nothing has to be moved."""
    shape = index.shape
    if len(column.values) != index.size or not all(axis.whole for axis in index.axes):
        return False
    for axis, (own, size) in enumerate(zip(column.codes, shape, strict=True)):
        due = np.arange(size).reshape([size if other == axis else 1 for other in range(len(shape))])
        if not (own.reshape(shape) == due).all():
            return False
    return True


def _codes(column: ParameterColumn, index: KeyIndex) -> tuple[Integers, int | None]:
    """Return the place of each entry in the parameter's index, and the first entry that has none."""
    code: Integers = np.zeros(len(column.values), np.int64)
    missing = np.zeros(len(column.values), np.bool_)
    left = [np.asarray(own, np.int64) for own in column.codes]
    for axis in index.axes:
        own, left = left[: len(axis.tracks)], left[len(axis.tracks) :]
        for track, places in zip(axis.tracks, own, strict=True):
            missing |= (places < 0) | (places >= track.table.size)
        safe = [np.where(missing, 0, places) for places in own] if missing.any() else own
        place = np.asarray(axis.find(safe), np.int64)
        missing |= place < 0
        code = code * axis.size + place
    return code, int(np.argmax(missing)) if missing.any() else None


def computed_parameter(evaluator: Evaluator, tree: e.Expression, frame: Frame) -> ParameterTable:
    """Return a parameter that an expression computes."""
    index = index_of(frame, evaluator.space.pool)
    values = spread(evaluator.data(tree, frame), frame).astype(np.float64)
    bad = ~np.isfinite(values)
    if bad.any():
        raise Fault("a value is not finite", "leave unlimited bounds out")
    return ParameterTable(index, values)


def written_parameter(parameter: Parameter, frame: Frame, clauses: tuple[e.Clause, ...], pool: Pool) -> ParameterTable:
    """Return a parameter whose values are written in the formulation."""
    index = index_of(frame, pool)
    targets = {target for clause in clauses for target in clause.targets}
    plain = all(not clause.conditions and not e.names_used(clause) & targets for clause in clauses)
    values = _grid(parameter.values, frame.shape) if plain and clauses else None
    if values is None and index.size > _LISTED_LIMIT:
        raise NotVectorised(f"parameter {parameter.name} has {index.size} entries; give its values as columns")
    default = parameter.default
    if values is None:
        keys = list(index.decoded())
        axes = [Members.of(t.table.name, t.table.members()) for t in index.tracks] if plain else []
        try:
            found = read_table(parameter.values, keys, axes, default)
        except EvaluationError as error:
            raise Fault(error.message, error.mend) from None
        # A default is only missing here where every entry is there.
        values = np.array([found.get(key, default) for key in keys], np.float64)
    if not np.isfinite(values).all() or not math.isfinite(default or 0):
        raise Fault("a value is not finite", "leave unlimited bounds out")
    return ParameterTable(index, values)


def _grid(raw: object, shape: tuple[int, ...]) -> Floats | None:
    """Return nested lists of numbers of just this shape as an array, None for anything else."""
    level: list[object] = [raw]
    for _ in shape:
        if not all(isinstance(part, list | tuple) for part in level):
            return None
        level = list(chain.from_iterable(cast("list[list[object]]", level)))
    if not set(map(type, level)) <= {int, float}:
        return None
    try:
        values = np.array(raw, np.float64)
    except (ValueError, OverflowError):
        return None
    return values.reshape(-1) if values.shape == shape else None
