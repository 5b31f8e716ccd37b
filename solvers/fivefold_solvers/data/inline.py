"""Bound data written into a formulation, so that everything that works on formulations works on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from fivefold_solvers.data.columns import Columns, ParameterColumn, SetColumn
from fivefold_solvers.data.finding import refusal
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.identity import Atom, as_key, split_key
from fivefold_solvers.formulation.values import is_list

INLINE_LIMIT = 20_000
"""Members and entries up to which data is written into a formulation."""


def inline(formulation: Formulation, columns: Columns, limit: int = INLINE_LIMIT) -> Formulation:
    """Return the formulation with its bound sets and parameters written out.

    Raises:
        DataError: there are more members and entries than `limit`; such data stays in columns.
    """
    count = sum(one.size for one in columns.sets.values()) + sum(len(one.values) for one in columns.parameters.values())
    if count > limit:
        message = f"there are {count} members and entries; {limit} is the most that is written into a formulation"
        raise refusal("too-large", message, "build from the columns, or raise `limit`")
    sets = tuple(
        block.model_copy(update={"elements": tuple(columns.sets[block.name].decoded())})
        if block.name in columns.sets and block.expression is None
        else block
        for block in formulation.sets
    )
    parameters = tuple(
        block.model_copy(
            update={
                "values": values_of(
                    columns.parameters[block.name], [columns.sets[axis] for axis in columns.parameters[block.name].axes]
                ),
                "expression": None,
            }
        )
        if block.name in columns.parameters
        else block
        for block in formulation.parameters
    )
    return formulation.model_copy(update={"sets": sets, "parameters": parameters})


def values_of(column: ParameterColumn, axes: Sequence[SetColumn]) -> Any:
    """Return a parameter's values as a formulation writes them: a number, lists in set order, or nested objects."""
    if not axes:
        return _plain(column.values[0])
    shape = tuple(axis.size for axis in axes)
    if len(column.values) == int(np.prod(shape, dtype=np.int64)) and all(len(axis.members) == 1 for axis in axes):
        grid = np.empty(shape)
        grid[column.codes] = column.values
        return _lists(grid.tolist())
    table: dict[str, Any] = {}
    decoded = [axis.decoded() for axis in axes]
    for entry, value in enumerate(cast("list[float]", column.values.tolist())):
        atoms: tuple[Atom, ...] = ()
        for axis, codes in zip(decoded, column.codes, strict=True):
            atoms += as_key(axis[int(codes[entry])])
        inner = table
        *outer, last = map(_key, atoms)
        for one in outer:
            inner = inner.setdefault(one, {})
        inner[last] = _plain(value)
    return table


def _key(one: Atom) -> str:
    """Return a member as the key of an object that is read back as the same member."""
    text = one if isinstance(one, str) else repr(one)
    for spelled in (text, f"'{text}'", f'"{text}"'):
        if split_key(spelled, 1) == (one,):
            return spelled
    raise refusal("bad-member", f"the member {text!r} cannot be written as a key", "rename it without quotes")


def _plain(value: float) -> int | float:
    number = float(value)
    return int(number) if number.is_integer() else number


def _lists(raw: Any) -> Any:
    return [_lists(part) for part in raw] if is_list(raw) else _plain(raw)
