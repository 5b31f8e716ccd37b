"""Programs with rows added at the end: cuts, levels, wishes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fivefold_solvers.build.arrays import Arrays, Block, ListedKeys

NewRow = tuple[float, NDArray[Any], NDArray[Any], float]
"""Lower limit, columns, coefficients, upper limit."""


def appended(arrays: Arrays, rows: Sequence[NewRow], name: str = "added") -> Arrays:
    """Return the program with more rows at its end; a session sends only these."""
    if not rows:
        return arrays
    sizes = np.cumsum([columns.size for _, columns, _, _ in rows])
    block = Block(name, arrays.row_count, len(rows), ListedKeys([(place,) for place in range(len(rows))]))
    return replace(
        arrays,
        starts=np.concatenate([arrays.starts, arrays.starts[-1] + sizes]).astype(np.int64),
        columns=np.concatenate([arrays.columns, *(columns for _, columns, _, _ in rows)]).astype(np.int32),
        coefficients=np.concatenate([arrays.coefficients, *(values for _, _, values, _ in rows)]).astype(np.float64),
        row_lower=np.concatenate([arrays.row_lower, [low for low, _, _, _ in rows]]).astype(np.float64),
        row_upper=np.concatenate([arrays.row_upper, [high for _, _, _, high in rows]]).astype(np.float64),
        constraints=(*arrays.constraints, block),
    )
