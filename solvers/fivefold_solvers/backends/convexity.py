"""Whether a quadratic objective is convex to minimize (concave to maximize)."""

from __future__ import annotations

import numpy as np

from fivefold_solvers.build.arrays import Arrays

DENSE_LIMIT = 2_000
"""Columns in quadratic terms up to which eigenvalues are computed."""
_TOLERANCE = 1e-9


def convex(arrays: Arrays) -> bool:
    """Return whether the quadratic part is convex in the objective's sense.

    Beyond `DENSE_LIMIT` columns only what is diagonally dominant is known to be; anything else counts as nonconvex.
    """
    quadratic = arrays.quadratic
    if quadratic is None or not quadratic.values.size:
        return True
    sign = -1.0 if arrays.sense == "maximize" else 1.0
    used, flat = np.unique(np.concatenate([quadratic.first, quadratic.second]), return_inverse=True)
    first, second = flat[: quadratic.first.size], flat[quadratic.first.size :]
    values = sign * quadratic.values
    square = first == second
    if used.size > DENSE_LIMIT:
        diagonal = np.bincount(first[square], values[square], minlength=used.size)
        others = np.abs(values[~square]) / 2
        around = np.bincount(first[~square], others, minlength=used.size)
        around += np.bincount(second[~square], others, minlength=used.size)
        return bool((diagonal >= around).all())
    matrix = np.zeros((used.size, used.size))
    np.add.at(matrix, (first, second), values / 2)
    np.add.at(matrix, (second, first), values / 2)
    return bool(np.linalg.eigvalsh(matrix).min() >= -_TOLERANCE * float(np.abs(matrix).max()))
