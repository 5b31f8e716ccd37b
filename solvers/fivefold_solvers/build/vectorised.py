"""Formulation and data to arrays without a Python object per coefficient, for large data.

Index ranges become integer columns, sums joins and broadcasts. Meaning, names and errors are those of `formulation`;
forms that only `lower` can make linear are refused with `NotVectorised`, and `arrays_of` then takes the plain path.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fivefold_solvers.build.affine import Affine, Product, Term, as_affine
from fivefold_solvers.build.arrays import Arrays, Block, Floats, Integers, Keys, Quadratic, all_finite
from fivefold_solvers.build.assemble import Plan, add_to, planned
from fivefold_solvers.build.declare import Building, Column
from fivefold_solvers.build.errors import BuildError, NotVectorised
from fivefold_solvers.build.frame import Fault, Frame, rows_of, spread
from fivefold_solvers.build.from_rows import from_checked
from fivefold_solvers.build.keyed import KeyIndex, SomeKeys, index_of
from fivefold_solvers.build.ranges import extended
from fivefold_solvers.build.relations import Piece, parts_of
from fivefold_solvers.data.columns import Columns, ParameterColumn, SetColumn
from fivefold_solvers.data.inline import inline
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Constraint, Formulation
from fivefold_solvers.formulation.finding import Finding, error
from fivefold_solvers.formulation.ground import ENTRY_LIMIT
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.formulation.names import label
from fivefold_solvers.formulation.resolve import resolve, resolve_clauses
from fivefold_solvers.formulation.show import show
from fivefold_solvers.result import FEASIBILITY_TOLERANCE


@dataclass(slots=True)
class _Rows:
    """One block of rows: a constraint, or one relation of a chained comparison."""

    constraint: Constraint
    tree: e.Expression
    part: int
    root: Frame
    pieces: tuple[Piece, ...]
    numbers: Integers | None
    """Row of each binding of the root, -1 for none; None: rows are the bindings in order."""
    keys: Keys
    plan: Plan


Data = Columns | Mapping[str, Column]
"""Sets and parameters as columns, by name."""


def build(formulation: Formulation, columns: Data | None = None) -> Arrays:
    """Return the arrays of a formulation.

    Args:
        formulation: the formulation; what `columns` gives need not be written in it.
        columns: sets and parameters as columns of data; they go before what is written.

    Raises:
        BuildError: formulation or data have faults; each finding names element and key.
        NotVectorised: it holds a form that only the plain path knows.
    """
    with np.errstate(all="ignore"):
        building = Building(formulation, _by_name(columns))
        building.data()
        variables, lowest, highest, integer = building.variables()
        width = len(lowest)
        offset, cost, quadratic = _objective(building, width)
        blocks = [block for constraint in formulation.constraints for block in _rows(building, constraint, width)]
        building.stop()
        counts = [block.plan.counts() for block in blocks]
        row_lower, row_upper, constraints = _sides(blocks)
        _check_idle(blocks, counts, row_lower, row_upper)
        starts = np.zeros(len(row_lower) + 1, np.int64)
        np.cumsum(np.concatenate([np.empty(0, np.int64), *counts]), out=starts[1:])
        places, coefficients = np.empty(int(starts[-1]), np.int32), np.empty(int(starts[-1]))
        for block, own, made in zip(blocks, counts, constraints, strict=True):
            part = slice(int(starts[made.start]), int(starts[made.end]))
            block.plan.write(places[part], coefficients[part], own)
    return Arrays(
        sense="maximize" if formulation.objective.sense == "maximize" else "minimize",
        offset=offset,
        cost=cost,
        lower=lowest,
        upper=highest,
        integer=integer,
        starts=starts,
        columns=places,
        coefficients=coefficients,
        row_lower=row_lower,
        row_upper=row_upper,
        quadratic=quadratic,
        variables=variables,
        constraints=constraints,
    )


def _by_name(columns: Data | None) -> Mapping[str, Column]:
    return {**columns.sets, **columns.parameters} if isinstance(columns, Columns) else columns or {}


def _as_columns(columns: Data | None) -> Columns:
    if isinstance(columns, Columns):
        return columns
    by_name = _by_name(columns)
    return Columns(
        {name: own for name, own in by_name.items() if isinstance(own, SetColumn)},
        {name: own for name, own in by_name.items() if isinstance(own, ParameterColumn)},
    )


def arrays_of(formulation: Formulation, columns: Data | None = None) -> Arrays:
    """Return the arrays of a formulation: vectorised where that is known, else lowered and row by row.

    Raises:
        BuildError: formulation or data have faults, or it is not linear (with at most a quadratic objective).
        DataError: the plain path has to be taken, and the columns are too large for it.
    """
    try:
        return build(formulation, columns)
    except NotVectorised:
        return from_checked(lower(check(inline(formulation, _as_columns(columns), ENTRY_LIMIT))))


# --- rows ------------------------------------------------------------------------------------------------------


def _rows(building: Building, constraint: Constraint, width: int) -> list[_Rows]:
    """Return the blocks of a constraint, their entries planned but not written."""
    with building.caught(label(constraint)):
        trees, members = building.trees, building.members
        clauses, bound = resolve_clauses(trees.forall[constraint.name], members, {})
        tree = resolve(trees.expressions[constraint.name, "expression"], members, bound)
        root = extended(building.evaluator, Frame(), clauses)
        index = index_of(root, building.space.pool)
        parts = parts_of(building.evaluator, tree, root) if root.size else ((),)
        return [_block(constraint, tree, part, root, pieces, index, width) for part, pieces in enumerate(parts)]
    return []


def _block(
    constraint: Constraint,
    tree: e.Expression,
    part: int,
    root: Frame,
    pieces: tuple[Piece, ...],
    index: KeyIndex,
    width: int,
) -> _Rows:
    numbers: Integers | None = None
    keys: Keys = index
    if any(piece.frame is not root for piece in pieces):
        there = np.zeros(root.size, np.bool_)
        for piece in pieces:
            there[rows_of(piece.frame, root)] = True
        if not there.all():
            numbers = np.where(there, np.cumsum(there) - 1, -1)
            keys = SomeKeys(index, np.flatnonzero(there))
    terms: list[Term] = []
    for piece in pieces:
        body = as_affine(piece.body)
        if not all_finite(np.asarray(body.constant)):
            raise Fault(f"`{show(tree)}` holds a number that is not finite", "leave out what is unlimited")
        terms += body.terms
    try:
        plan = planned(terms, root, numbers, len(keys), width)
    except Fault as fault:
        raise Fault(f"`{show(tree)}`: {fault.message}", fault.mend) from None
    return _Rows(constraint, tree, part, root, pieces, numbers, keys, plan)


def _sides(blocks: list[_Rows]) -> tuple[Floats, Floats, tuple[Block, ...]]:
    """Return least and greatest value of every row, its constant moved to the right side, and the rows' blocks."""
    total = sum(block.plan.count for block in blocks)
    row_lower, row_upper = np.empty(total), np.empty(total)
    constraints: list[Block] = []
    start = 0
    for block in blocks:
        made = Block(block.constraint.name, start, block.plan.count, block.keys, block.part)
        for piece in block.pieces:
            right = spread(0.0 - np.asarray(as_affine(piece.body).constant, np.float64), piece.frame)
            own: slice | Integers = slice(made.start, made.end)
            if piece.frame is not block.root or block.numbers is not None:
                rows = rows_of(piece.frame, block.root)
                own = start + (rows if block.numbers is None else block.numbers[rows])
            row_lower[own] = -np.inf if piece.relation == "<=" else right
            row_upper[own] = np.inf if piece.relation == ">=" else right
        constraints.append(made)
        start = made.end
    return row_lower, row_upper, tuple(constraints)


def _check_idle(blocks: list[_Rows], counts: list[Integers], row_lower: Floats, row_upper: Floats) -> None:
    """Refuse rows that hold no variable and are not true.

    Raises:
        BuildError: names the first of each constraint.
    """
    findings: list[Finding] = []
    start = 0
    for block, own in zip(blocks, counts, strict=True):
        low, high = row_lower[start : start + len(own)], row_upper[start : start + len(own)]
        start += len(own)
        if len(own) and own.min() > 0:
            continue
        wrong = np.flatnonzero((own == 0) & ((low > FEASIBILITY_TOLERANCE) | (high < -FEASIBILITY_TOLERANCE)))
        if not len(wrong):
            continue
        row = int(wrong[0])
        binding = row if block.numbers is None else int(np.flatnonzero(block.numbers == row)[0])
        shape = block.root.shape
        place = block.root.at(tuple(int(p) for p in np.unravel_index(binding, shape)) if shape else ())
        off = max(float(low[row]), -float(high[row]))
        more = f" (and {len(wrong) - 1} more of this kind)" if len(wrong) > 1 else ""
        message = f"`{show(block.tree)}` holds no variable and can never be true (it is off by {off:g}){more}"
        mend = "correct the data or the relation"
        findings.append(error("never-true", label(block.constraint) + place, message, mend))
    if findings:
        raise BuildError(tuple(findings))


# --- objective ---------------------------------------------------------------------------------------------------


def _objective(building: Building, width: int) -> tuple[float, Floats, Quadratic | None]:
    cost = np.zeros(width)
    tree: e.Expression = e.Number(0)
    body, root = Affine(0.0, ()), Frame()
    with building.caught("the objective"):
        tree = building.tree("", "expression", {}) or tree
        body = as_affine(building.evaluator.number(tree, root))
    if building.formulation.objective.sense == "satisfy":
        return 0.0, cost, None
    for term in body.terms:
        add_to(cost, term, root)
    quadratic = _quadratic(body.products, width)
    finite = math.isfinite(float(body.constant)) and all_finite(cost)
    if not finite or (quadratic is not None and not all_finite(quadratic.values)):
        message = f"`{show(tree)}` holds a number that is not finite"
        building.findings.append(error("no-value", "the objective", message, "leave out what is unlimited"))
    return float(body.constant), cost, quadratic


def _quadratic(products: tuple[Product, ...], width: int) -> Quadratic | None:
    """Return all products with each pair of columns once, the smaller column first, zeros left out."""
    keys, values = [np.empty(0, np.int64)], [np.empty(0)]
    for product in products:
        one, two = (spread(columns.over(product.frame), product.frame) for columns in (product.first, product.second))
        keys.append(np.minimum(one, two) * width + np.maximum(one, two))
        factor = np.asarray(product.scale if product.factor is None else product.factor * product.scale)
        values.append(spread(factor, product.frame))
    pairs, group = np.unique(np.concatenate(keys), return_inverse=True)
    sums: Floats = np.bincount(group, np.concatenate(values), minlength=len(pairs)).astype(np.float64)
    kept = np.flatnonzero(sums)
    if not len(kept):
        return None
    first, second = pairs[kept] // width, pairs[kept] % width
    return Quadratic(first.astype(np.int32), second.astype(np.int32), sums[kept])
