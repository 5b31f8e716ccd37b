"""Arrays from a checked formulation whose rows are written out already: the plain path.

It makes Python objects of every coefficient and takes all that `lower` can make linear; `build` is for large data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from fivefold_solvers.build.arrays import Arrays, Block, Floats, ListedKeys, Quadratic
from fivefold_solvers.build.errors import BuildError
from fivefold_solvers.build.orientation import turned
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.check import Checked
from fivefold_solvers.formulation.finding import Finding, error
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.identity import Key, spell_key
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.formulation.polynomial import Place, Polynomial
from fivefold_solvers.formulation.rows import Row, Rows

_LOWER = "lower the formulation first"
_SOLVER = "use a solver for nonlinear programs, as `run` does: arrays hold linear rows only"


def from_checked(checked: Checked) -> Arrays:
    """Return the arrays of a checked formulation, after `lower` where it holds `abs`, `min`, `max` or logic.

    Raises:
        BuildError: the check found errors, or a row is not linear, or the objective is beyond quadratic.
    """
    grounded = checked.grounded
    if grounded is None:
        raise BuildError(checked.errors)
    kept = _beyond(checked.rows)
    if kept:
        mend = _SOLVER if lower(checked) is checked else _LOWER
        raise BuildError(tuple(found.model_copy(update={"mend": mend}) for found in kept))
    variables, places, bounds = _columns(grounded)
    constraints, ordered = _blocks(grounded, checked.rows)
    starts, columns, coefficients = _matrix(ordered, places)
    row_lower, row_upper = _sides(ordered)
    offset, cost, quadratic = _objective(grounded, checked.rows, places)
    sense: Literal["minimize", "maximize"] = (
        "maximize" if grounded.formulation.objective.sense == "maximize" else "minimize"
    )
    return Arrays(
        sense=sense,
        offset=offset,
        cost=cost,
        lower=bounds[0],
        upper=bounds[1],
        integer=np.repeat(
            [grounded.variables[block.name].element.domain != "continuous" for block in variables],
            [block.size for block in variables],
        ),
        starts=np.array(starts, np.int64),
        columns=np.array(columns, np.int32),
        coefficients=np.array(coefficients, np.float64),
        row_lower=row_lower,
        row_upper=row_upper,
        quadratic=quadratic,
        variables=variables,
        constraints=constraints,
    )


def _beyond(rows: Rows) -> list[Finding]:
    """Return why rows or objective have no place in arrays, one finding per constraint."""
    found: dict[str, Finding] = {}
    for logic in rows.logic:
        where = f"constraint '{spell_key(logic.constraint, logic.key)}'"
        found.setdefault(logic.constraint, error("not-linear", where, f"`{logic.kind}` is no linear row"))
    for row in rows.rows:
        if isinstance(row.body, Polynomial) and row.body.degree > 1:
            kinds = ", ".join(sorted(row.body.beyond)) or "a product of variables"
            where = f"constraint '{spell_key(row.constraint, row.key)}'"
            found.setdefault(row.constraint, error("not-linear", where, f"it is not linear: {kinds}"))
    if isinstance(rows.objective, Polynomial) and rows.objective.beyond:
        kinds = ", ".join(sorted(rows.objective.beyond))
        found["the objective"] = error("not-linear", "the objective", f"it is beyond quadratic: {kinds}")
    return list(found.values())


def _columns(grounded: Grounded) -> tuple[tuple[Block, ...], dict[Place, int], Floats]:
    """Return the variables' blocks, the column of every entry, and the bounds, shape (2, n)."""
    blocks: list[Block] = []
    places: dict[Place, int] = {}
    limits: list[tuple[float, float]] = []
    for name, block in grounded.variables.items():
        blocks.append(Block(name, len(places), len(block.bounds), ListedKeys(tuple(block.bounds))))
        for key, pair in block.bounds.items():
            places[name, key] = len(places)
            limits.append(pair)
    return tuple(blocks), places, np.array(limits, np.float64).reshape(-1, 2).T.copy()


def _blocks(grounded: Grounded, rows: Rows) -> tuple[tuple[Block, ...], list[Row]]:
    """Return the constraints' blocks and all rows in their order: constraint, part of a chain, index."""
    grouped = rows.by_constraint()
    blocks: list[Block] = []
    ordered: list[Row] = []
    for constraint in grounded.constraints:
        round_about = turned(constraint.tree, grounded.variables)
        parts: list[list[Row]] = []
        seen: dict[Key, int] = {}
        for row in grouped.get(constraint.element.name, []):
            part = seen[row.key] = seen.get(row.key, -1) + 1
            if part == len(parts):
                parts.append([])
            parts[part].append(_turned(row) if round_about and round_about[part] else row)
        for part, own in enumerate(parts or [[]]):
            keys = ListedKeys(tuple(row.key for row in own))
            blocks.append(Block(constraint.element.name, len(ordered), len(own), keys, part))
            ordered += own
    return tuple(blocks), ordered


def _turned(row: Row) -> Row:
    body = row.body.scaled(-1) if isinstance(row.body, Polynomial) else -row.body
    return Row(row.constraint, row.key, e.FLIPPED[row.relation], body)


def _matrix(rows: Sequence[Row], places: dict[Place, int]) -> tuple[list[int], list[int], list[float]]:
    starts, columns, coefficients = [0], list[int](), list[float]()
    for row in rows:
        if isinstance(row.body, Polynomial):
            columns += [places[place] for place in row.body.linear]
            coefficients += row.body.linear.values()
        starts.append(len(columns))
    return starts, columns, coefficients


def _sides(rows: Sequence[Row]) -> tuple[Floats, Floats]:
    """Return the least and greatest value of every row, its constant moved to the right side."""
    # 0 - c rather than -c, so that no row gets the limit -0.
    right = np.array([0 - (r.body.constant if isinstance(r.body, Polynomial) else r.body) for r in rows], np.float64)
    open_below = np.array([row.relation == "<=" for row in rows], bool)
    open_above = np.array([row.relation == ">=" for row in rows], bool)
    return np.where(open_below, -np.inf, right), np.where(open_above, np.inf, right)


def _objective(grounded: Grounded, rows: Rows, places: dict[Place, int]) -> tuple[float, Floats, Quadratic | None]:
    cost = np.zeros(len(places))
    if grounded.formulation.objective.sense == "satisfy":
        return 0.0, cost, None
    body = rows.objective
    if not isinstance(body, Polynomial):
        return float(body), cost, None
    for place, value in body.linear.items():
        cost[places[place]] = value
    if not body.quadratic:
        return float(body.constant), cost, None
    pairs = sorted(
        (*sorted((places[first], places[second])), value) for (first, second), value in body.quadratic.items()
    )
    first, second, values = zip(*pairs, strict=True)
    quadratic = Quadratic(np.array(first, np.int32), np.array(second, np.int32), np.array(values, np.float64))
    return float(body.constant), cost, quadratic
