"""A linear or quadratic program as arrays: what every solver takes, with names decoded only where one is asked for.

Columns are the entries of the variables, rows those of the constraints, both in the order of declaration:

    minimize or maximize  offset + cost @ x + sum(values[k] * x[first[k]] * x[second[k]])
    subject to            row_lower <= A @ x <= row_upper,  lower <= x <= upper,  x[integer] whole
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from fivefold_solvers.formulation.identity import Key, spell_key

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Places = NDArray[np.int32]
Flags = NDArray[np.bool_]
Array = NDArray[Any]


def all_finite(values: Array) -> bool:
    """Whether numbers are all finite."""
    # One infinite or undefined number makes the sum so; a sum that merely overflows is looked at in full.
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(values.sum())) or bool(np.isfinite(values).all())


class Keys(Protocol):
    """The indices of the entries of a block, in order, decoded one by one."""

    def __len__(self) -> int: ...

    def key(self, place: int) -> Key:
        """Return the index of the entry at a place; `()` for a scalar."""
        ...

    def find(self, key: Key) -> int | None:
        """Return the place of an index, None where there is no such entry."""
        ...

    def decoded(self) -> Sequence[Key]:
        """Return all indices, in order."""
        ...


@dataclass(slots=True)
class ListedKeys:
    """Indices that are there as Python objects."""

    listed: Sequence[Key]
    _places: dict[Key, int] | None = field(default=None, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.listed)

    def key(self, place: int) -> Key:
        """Return the index of the entry at a place."""
        return self.listed[place]

    def find(self, key: Key) -> int | None:
        """Return the place of an index, None where there is no such entry."""
        if self._places is None:
            self._places = {own: place for place, own in enumerate(self.listed)}
        return self._places.get(key)

    def decoded(self) -> Sequence[Key]:
        """Return all indices, in order."""
        return self.listed


@dataclass(frozen=True, slots=True)
class Block:
    """The columns of one variable or the rows of one constraint; they stand side by side."""

    name: str
    """Name of the element."""
    start: int
    """First column or row."""
    size: int
    """Number of columns or rows."""
    keys: Keys
    """The index of each entry; the one index `()` for a scalar."""
    part: int = 0
    """Which relation of a chained comparison: `1 <= x <= 5` makes two blocks of the same name, parts 0 and 1."""

    @property
    def end(self) -> int:
        """The first column or row behind the block."""
        return self.start + self.size

    def entry_name(self, place: int) -> str:
        """Return how the entry at a place of the block is called: `x['a', 2]`, `limits[3]#1` for part 1."""
        name = spell_key(self.name, self.keys.key(place))
        return f"{name}#{self.part}" if self.part else name

    def decoded(self) -> Sequence[Key]:
        """Return the index of every entry, in order."""
        return self.keys.decoded()


class Quadratic(NamedTuple):
    """The quadratic part of an objective: `values[k] * x[first[k]] * x[second[k]]`."""

    first: Places
    """Shape (q,): the smaller column."""
    second: Places
    """Shape (q,): the larger column, or the same one for a square; no pair comes twice."""
    values: Floats
    """Shape (q,): the coefficients, as in the objective (not halved)."""


@dataclass(frozen=True, slots=True)
class Arrays:
    """A linear or quadratic program with n columns, m rows and z non-zeros; missing bounds are infinite."""

    sense: Literal["minimize", "maximize"]
    """A formulation that looks for any feasible point minimizes 0."""
    offset: float
    """Constant of the objective."""
    cost: Floats
    """Shape (n,): linear coefficients of the objective."""
    lower: Floats
    """Shape (n,): least values, `-inf` for none."""
    upper: Floats
    """Shape (n,): greatest values, `inf` for none."""
    integer: Flags
    """Shape (n,): which columns take whole numbers only."""
    starts: Integers
    """Shape (m + 1,): the non-zeros of row i are `starts[i]` to `starts[i + 1]`."""
    columns: Places
    """Shape (z,): the column of each non-zero; no column comes twice in a row, order within a row is free."""
    coefficients: Floats
    """Shape (z,): the value of each non-zero; none is 0."""
    row_lower: Floats
    """Shape (m,): least values of the rows, `-inf` for none; a row without non-zeros holds at 0."""
    row_upper: Floats
    """Shape (m,): greatest values of the rows, `inf` for none."""
    quadratic: Quadratic | None
    """Quadratic part of the objective, None where there is none."""
    variables: tuple[Block, ...]
    """One block per variable, in column order."""
    constraints: tuple[Block, ...]
    """One block per constraint (one per part of a chained comparison), in row order."""
    objective_name: str = ""
    """What a file calls the objective; empty where it does not say."""

    @property
    def column_count(self) -> int:
        """Number of columns, n."""
        return len(self.cost)

    @property
    def row_count(self) -> int:
        """Number of rows, m."""
        return len(self.row_lower)

    def column_block(self, column: int) -> Block:
        """Return the variable that a column belongs to."""
        return _block(self.variables, column)

    def row_block(self, row: int) -> Block:
        """Return the constraint that a row belongs to."""
        return _block(self.constraints, row)

    def column_name(self, column: int) -> str:
        """Return how a column is called: `x['a', 2]`."""
        block = self.column_block(column)
        return block.entry_name(column - block.start)

    def row_name(self, row: int) -> str:
        """Return how a row is called: `balance[2]`, `limits[3]#1` for the second relation of a chain."""
        block = self.row_block(row)
        return block.entry_name(row - block.start)

    def variable(self, name: str) -> Block:
        """Return the block of a variable.

        Raises:
            KeyError: there is no such variable.
        """
        return next(iter(_named(self.variables, name)))

    def constraint(self, name: str) -> tuple[Block, ...]:
        """Return the blocks of a constraint, one per part.

        Raises:
            KeyError: there is no such constraint.
        """
        return _named(self.constraints, name)

    def row(self, row: int) -> tuple[Places, Floats]:
        """Return the columns and coefficients of a row."""
        begin, end = self.starts[row], self.starts[row + 1]
        return self.columns[begin:end], self.coefficients[begin:end]

    def values_by_name(self, values: Floats) -> dict[str, dict[Key, float]]:
        """Return the values of the columns, shape (n,), as Python objects by variable and index."""
        return {
            block.name: dict(zip(block.decoded(), values[block.start : block.end].tolist(), strict=True))
            for block in self.variables
        }

    def row_values(self, values: Floats) -> Floats:
        """Return `A @ x`, shape (m,), for values of the columns."""
        rows = np.repeat(np.arange(self.row_count), np.diff(self.starts))
        weights = self.coefficients * values[self.columns]
        return np.bincount(rows, weights, minlength=self.row_count).astype(np.float64, copy=False)

    def objective(self, values: Floats) -> float:
        """Return the objective for values of the columns."""
        total = self.offset + float(self.cost @ values)
        if self.quadratic is not None:
            first, second, factors = self.quadratic
            total += float(np.sum(factors * values[first] * values[second]))
        return total


def _block(blocks: tuple[Block, ...], place: int) -> Block:
    found = bisect_right(blocks, place, key=lambda block: block.start) - 1
    # Blocks without entries start where the next one starts; the last of them is the one with entries.
    if not 0 <= found < len(blocks) or not blocks[found].start <= place < blocks[found].end:
        raise IndexError(f"there is no column or row {place}")
    return blocks[found]


def _named(blocks: Iterable[Block], name: str) -> tuple[Block, ...]:
    found = tuple(block for block in blocks if block.name == name)
    if not found:
        raise KeyError(name)
    return found
