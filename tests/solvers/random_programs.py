"""Small seeded programs as arrays, for tests of back-ends, diagnosis and analysis."""

import random
from collections.abc import Sequence
from typing import Literal

import numpy as np

from fivefold_solvers.build.arrays import Arrays, Block, ListedKeys, Quadratic

INF = float("inf")


def program(
    sense: Literal["minimize", "maximize"],
    cost: Sequence[float],
    bounds: Sequence[tuple[float, float]],
    rows: Sequence[tuple[float, Sequence[float], float]],
    *,
    integer: Sequence[bool] | bool = False,
    quadratic: dict[tuple[int, int], float] | None = None,
    offset: float = 0.0,
) -> Arrays:
    """Return a program of variable `x[j]` and constraint `row[i]`; a row is `(lower, coefficients, upper)`."""
    n, m = len(cost), len(rows)
    matrix = np.array([body for _, body, _ in rows], float).reshape(m, n)
    at, columns = np.nonzero(matrix)
    parts = None
    if quadratic:
        pairs = sorted(quadratic)
        parts = Quadratic(
            np.array([first for first, _ in pairs], np.int32),
            np.array([second for _, second in pairs], np.int32),
            np.array([quadratic[pair] for pair in pairs], float),
        )
    return Arrays(
        sense=sense,
        offset=offset,
        cost=np.array(cost, float),
        lower=np.array([low for low, _ in bounds], float),
        upper=np.array([high for _, high in bounds], float),
        integer=np.full(n, integer) if isinstance(integer, bool) else np.array(integer, bool),
        starts=np.concatenate([[0], np.cumsum((matrix != 0).sum(axis=1))]).astype(np.int64),
        columns=columns.astype(np.int32),
        coefficients=matrix[at, columns],
        row_lower=np.array([low for low, _, _ in rows], float),
        row_upper=np.array([high for _, _, high in rows], float),
        quadratic=parts,
        variables=(Block("x", 0, n, ListedKeys([(j,) for j in range(n)])),),
        constraints=(Block("row", 0, m, ListedKeys([(i,) for i in range(m)])),),
    )


def feasible_program(
    seed: int, *, integer: bool | None = False, n: int = 6, m: int = 5, quadratic: bool = False
) -> Arrays:
    """Return a bounded program that a known whole point satisfies; `integer=None` mixes domains."""
    draw = random.Random(seed)
    point = [draw.randint(0, 6) for _ in range(n)]
    whole = [draw.random() < 0.5 for _ in range(n)] if integer is None else [integer] * n
    bounds = [(float(min(0, value)), float(value + draw.randint(1, 8))) for value in point]
    rows: list[tuple[float, list[float], float]] = []
    for _ in range(m):
        body = [float(draw.randint(-4, 9)) if draw.random() < 0.7 else 0.0 for _ in range(n)]
        at = sum(a * value for a, value in zip(body, point, strict=True))
        kind = draw.randrange(6)
        if kind == 0 and integer is False:
            rows.append((at, body, at))
        elif kind <= 3:
            rows.append((-INF, body, at + draw.randint(0, 5)))
        elif kind == 4:
            rows.append((at - draw.randint(0, 5), body, INF))
        else:
            rows.append((at - draw.randint(1, 6), body, at + draw.randint(1, 6)))
    cost = [float(draw.randint(-9, 12)) for _ in range(n)]
    sense: Literal["minimize", "maximize"] = draw.choice(["minimize", "maximize"])
    squares = None
    if quadratic:
        sign = 1.0 if sense == "minimize" else -1.0
        root = np.array([[draw.randint(-2, 3) for _ in range(n)] for _ in range(n)], float)
        gram = root.T @ root
        squares = {
            (i, j): sign * float(gram[i, j]) * (1 if i == j else 2) for i in range(n) for j in range(i, n) if gram[i, j]
        }
    offset = float(draw.randint(-5, 5))
    return program(sense, cost, bounds, rows, integer=whole, quadratic=squares, offset=offset)


def dense(arrays: Arrays) -> np.ndarray:
    """Return the matrix of a program."""
    matrix = np.zeros((arrays.row_count, arrays.column_count))
    for row in range(arrays.row_count):
        columns, coefficients = arrays.row(row)
        matrix[row, columns] = coefficients
    return matrix
