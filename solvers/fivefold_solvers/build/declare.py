"""The declarations of a formulation, evaluated as columns: sets, parameters, and variables with their bounds."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any, cast

import numpy as np

from fivefold_solvers.build import bind
from fivefold_solvers.build.arrays import Array, Block, Flags, Floats
from fivefold_solvers.build.errors import BuildError, NotVectorised
from fivefold_solvers.build.evaluate import Evaluator
from fivefold_solvers.build.frame import Fault, Frame, spread
from fivefold_solvers.build.keyed import index_of
from fivefold_solvers.build.ranges import extended
from fivefold_solvers.build.space import Space, VariableTable
from fivefold_solvers.build.tables import SetTable
from fivefold_solvers.data.columns import ParameterColumn, SetColumn
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Formulation, Parameter, Set, Variable
from fivefold_solvers.formulation.finding import Finding, error
from fivefold_solvers.formulation.ground import nice
from fivefold_solvers.formulation.identity import INTEGER_BITS, Key, Member
from fivefold_solvers.formulation.names import Trees, check_names, label
from fivefold_solvers.formulation.order import data_order
from fivefold_solvers.formulation.resolve import resolve, resolve_clauses
from fivefold_solvers.formulation.scope import EvaluationError, Members

Column = SetColumn | ParameterColumn
_SAMPLE = 8
_CHUNK = 4096
_MOST_COLUMNS = 2**31 - 1
_CHECKED = 10_000
"""Sets that are written with more elements are not looked through for names that stand for an element."""


class Building:
    """A formulation on its way to arrays."""

    def __init__(self, formulation: Formulation, columns: Mapping[str, Column]) -> None:
        self.formulation = formulation
        self.columns = columns
        self.space = Space(declared=frozenset(variable.name for variable in formulation.variables))
        self.evaluator = Evaluator(self.space)
        self.findings: list[Finding] = []
        self.members: dict[str, dict[Key, Members]] = {}
        """The sets as `resolve` wants them."""
        self.trees = self._checked()

    def _checked(self) -> Trees:
        """Return the parsed trees; the check of names sees only a few elements of each large set."""
        if not self.formulation.variables:
            raise BuildError((error("no-variables", "the formulation", "it has no variables", "declare some"),))
        sets = tuple(_sampled(block, self.columns.get(block.name)) for block in self.formulation.sets)
        parameters = tuple(
            block.model_copy(update={"expression": None}) if block.name in self.columns else block
            for block in self.formulation.parameters
        )
        sample = self.formulation.model_copy(update={"sets": sets, "parameters": parameters})
        trees, findings = check_names(sample)
        unknown = [name for name in self.columns if name not in {b.name for b in (*sets, *parameters)}]
        findings += [error("no-element", f"data '{name}'", "no set or parameter has this name") for name in unknown]
        if findings:
            raise BuildError(tuple(findings))
        return trees

    @contextmanager
    def caught(self, where: str) -> Generator[None]:
        """Turn what has no value into a finding that names the place."""
        try:
            yield
        except Fault as fault:
            self.findings.append(error("no-value", where + fault.place, fault.message, fault.mend))
        except EvaluationError as fault:
            self.findings.append(error("no-value", where, fault.message, fault.mend))

    def stop(self) -> None:
        """Stop where there are findings.

        Raises:
            BuildError: with all of them.
        """
        if self.findings:
            raise BuildError(tuple(self.findings))

    def clauses(self, name: str) -> tuple[tuple[e.Clause, ...], dict[str, e.Expression]]:
        """Return the resolved index ranges of an element and the indices that they bind."""
        return resolve_clauses(self.trees.declared[name].clauses, self.members, {})

    def tree(self, name: str, slot: str, bound: Mapping[str, e.Expression]) -> e.Expression | None:
        """Return a resolved tree of an element, None where nothing is written."""
        tree = self.trees.expressions.get((name, slot))
        return None if tree is None else resolve(tree, self.members, bound)

    def data(self) -> None:
        """Evaluate all sets and parameters, each behind those that it is computed from.

        Raises:
            BuildError: they have faults.
        """
        order = data_order(self.formulation, self.trees.uses)
        for place, block in enumerate(order):
            self.space.later = frozenset(other.name for other in order[place:])
            if isinstance(block, Parameter) and isinstance(order[place - 1], Set):
                self.stop()
            with self.caught(label(block)):
                if isinstance(block, Set):
                    self.set(block)
                else:
                    self.parameter(block)
        self.space.later = frozenset()
        self.stop()

    def set(self, block: Set) -> None:
        """Evaluate one set."""
        clauses, bound = self.clauses(block.name)
        column = self.columns.get(block.name)
        tree = self.tree(block.name, "expression", bound)
        if clauses:
            if column is not None:
                raise NotVectorised(f"indexed set {block.name} as columns")
            frame = extended(self.evaluator, Frame(), clauses)
            family = (
                bind.written_family(block.name, block.elements, frame, self.space.pool)
                if tree is None
                else bind.built_family(self.evaluator, tree, frame)
            )
            self.space.families[block.name] = family
            own, index = family.subsets, family.index
            self.members[block.name] = {
                index.key(place): Members(
                    block.name, own.table.members(own.at[own.starts[place] : own.starts[place + 1]]), {}
                )
                for place in range(index.size)
            }
            return
        if isinstance(column, SetColumn):
            table = bind.column_table(column, self.space.pool)
        elif tree is not None:
            table = bind.built_set(self.evaluator, tree)
            table = SetTable(block.name, table.parts, table.pool)
        else:
            table = bind.written_table(block.name, block.elements, self.space.pool)
        self.space.sets[block.name] = table
        self.members[block.name] = {(): Members(block.name, cast("tuple[Member, ...]", _Decoded(table)), {})}

    def parameter(self, block: Parameter) -> None:
        """Evaluate one parameter."""
        clauses, bound = self.clauses(block.name)
        column = self.columns.get(block.name)
        tree = self.tree(block.name, "expression", bound)
        if tree is not None and block.values is not None and column is None:
            raise Fault("it has both values and an expression", "give one of them")
        frame = extended(self.evaluator, Frame(), clauses)
        if isinstance(column, ParameterColumn):
            table = bind.column_parameter(column, block, frame, clauses, self.space)
        elif tree is not None:
            table = bind.computed_parameter(self.evaluator, tree, frame)
        else:
            table = bind.written_parameter(block, frame, clauses, self.space.pool)
        self.space.parameters[block.name] = table

    def variables(self) -> tuple[tuple[Block, ...], Floats, Floats, Flags]:
        """Return the blocks of all variables, and lower bound, upper bound and integrality of every column.

        Raises:
            BuildError: bounds have faults.
        """
        blocks: list[Block] = []
        tables: dict[str, VariableTable] = {}
        bounds: list[tuple[Frame, list[Array], bool]] = []
        start = 0
        for variable in self.formulation.variables:
            with self.caught(label(variable)):
                clauses, bound = self.clauses(variable.name)
                frame = extended(self.evaluator, Frame(), clauses)
                index = index_of(frame, self.space.pool)
                sides = [self.bound(variable, side, bound, frame) for side in ("lower", "upper")]
                self.check_bounds(variable, sides[0], sides[1], frame)
                blocks.append(Block(variable.name, start, frame.size, index))
                tables[variable.name] = VariableTable(variable.name, index, start)
                bounds.append((frame, sides, variable.domain != "continuous"))
                start += frame.size
                if start > _MOST_COLUMNS:
                    raise Fault(f"there are more than {_MOST_COLUMNS} entries of variables", "use smaller sets")
        self.stop()
        self.space.variables = tables
        lower, upper, integer = np.zeros(start), np.zeros(start), np.zeros(start, np.bool_)
        for block, (frame, sides, whole) in zip(blocks, bounds, strict=True):
            own = slice(block.start, block.end)
            integer[own] = whole
            for target, side in zip((lower, upper), sides, strict=True):
                target[own].reshape(frame.shape)[...] = side
        return tuple(blocks), lower, upper, integer

    def bound(self, variable: Variable, side: str, bound: Mapping[str, e.Expression], frame: Frame) -> Array:
        """Return one bound of every entry of a variable, as an array that broadcasts over its frame."""
        tree = self.tree(variable.name, side, bound)
        written = variable.lower if side == "lower" else variable.upper
        if tree is None:
            tree = _written_bound(variable, side, written)
        return np.asarray(self.evaluator.data(tree, frame), np.float64)

    def check_bounds(self, variable: Variable, lower: Array, upper: Array, frame: Frame) -> None:
        """Refuse bounds between which there is no value."""
        if not frame.size:
            return
        whole = variable.domain != "continuous"
        crossed, none = ~(lower <= upper), (lower == math.inf) | (upper == -math.inf)
        gap = (np.ceil(lower) > np.floor(upper)) if whole else np.zeros((), np.bool_)
        outside = ~(((lower == 0) | (lower == 1)) & ((upper == 0) | (upper == 1)))
        mend = "exchange or correct the bounds"
        tests = [
            (crossed, "lower bound {0:g} is above upper bound {1:g}", mend),
            (none, "bounds {0:g} and {1:g} leave no value", mend),
            (gap, "there is no whole number between the bounds {0:g} and {1:g}", mend),
        ]
        if variable.domain == "binary":
            tests.append((outside, "a binary has bounds {0:g} and {1:g}", "make it integer, or use 0 and 1"))
        for mask, message, mend in tests:
            if mask.any():
                place = int(np.argmax(spread(mask, frame)))
                low, high = (float(spread(values, frame)[place]) for values in (lower, upper))
                position = tuple(int(part) for part in np.unravel_index(place, frame.shape)) if frame.shape else ()
                raise Fault(message.format(low, high), mend, frame.at(position))


def _written_bound(variable: Variable, side: str, written: float | str | None) -> e.Expression:
    """Return a bound that is a number, or none, as a tree; the rules are those of `formulation.ground`."""
    assert not isinstance(written, str), "a written expression has a tree"
    limitless = written is None or (isinstance(written, float) and math.isinf(written))
    if variable.domain == "binary" and limitless:
        return e.Number(0 if side == "lower" else 1)
    if written is None:
        return e.Number(0) if side == "lower" else e.Name("inf")
    if isinstance(written, int) and written.bit_length() > INTEGER_BITS:
        raise Fault(f"its {side} bound is too large for a number", "leave it out, or write inf")
    value = float(written)
    if not math.isfinite(value):
        return e.Negative(e.Name("inf")) if value < 0 else e.Name("inf")
    return nice(value)


class _Decoded:
    """The elements of a set as Python objects, made while they are looked at."""

    def __init__(self, table: SetTable) -> None:
        self.table = table

    def __len__(self) -> int:
        return self.table.size

    def __iter__(self) -> Iterator[Member]:
        for start in range(0, self.table.size, _CHUNK):
            yield from self.table.members(np.arange(start, min(start + _CHUNK, self.table.size)))


def _sampled(block: Set, column: Column | None) -> Set:
    """Return a set with few of its elements: enough for the check of names to see what they look like."""
    if isinstance(column, SetColumn):
        few = tuple(column.member(place) for place in range(min(_SAMPLE, column.size)))
        return block.model_copy(update={"elements": few, "expression": None})
    raw: Any = block.elements
    if isinstance(raw, tuple) and len(cast("tuple[object, ...]", raw)) > _CHECKED:
        return block.model_copy(update={"elements": raw[:_SAMPLE]})
    if isinstance(raw, dict) and sum(map(len, cast("dict[str, tuple[object, ...]]", raw).values())) > _CHECKED:
        few_subsets = dict(islice(cast("dict[str, tuple[object, ...]]", raw).items(), _SAMPLE))
        return block.model_copy(update={"elements": few_subsets})
    return block
