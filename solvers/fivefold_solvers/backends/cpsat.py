"""CP-SAT: programs whose variables are all whole numbers within finite bounds."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from fivefold_solvers.backends.backend import Backend, Feature, Meaning, Prepared
from fivefold_solvers.build.arrays import Arrays, Floats
from fivefold_solvers.result import FEASIBILITY_TOLERANCE, SolutionStatus, Termination

STATUSES = {
    "OPTIMAL": Meaning(Termination.OPTIMAL, SolutionStatus.OPTIMAL),
    "INFEASIBLE": Meaning(Termination.INFEASIBLE, SolutionStatus.NONE),
    # CP-SAT has no word for a limit of time: it says that it does not know, or has something.
    "FEASIBLE": Meaning(Termination.TIME_LIMIT, SolutionStatus.FEASIBLE),
    "UNKNOWN": Meaning(Termination.TIME_LIMIT, SolutionStatus.NONE),
    "MODEL_INVALID": Meaning(Termination.ERROR, SolutionStatus.NONE),
}
"""Every name of CP-SAT's `CpSolverStatus`."""

_PASSES = 10
_DENOMINATOR = 1_000_000
_LARGEST = 2**53
"""Beyond it neither our floats nor CP-SAT's sums are sure to be exact."""


class _NotWholeError(Exception):
    """The program cannot be written with whole numbers."""


def whole_arrays(arrays: Arrays) -> Prepared:
    """Return the program with whole coefficients, each row and the objective multiplied by a number of its own.

    A coefficient is read as the simplest fraction that is exactly this float: 0.1 as 1/10, 1/3 as 1/3.
    """
    starts = arrays.starts.tolist()
    lower, upper = _bounds(arrays)
    largest = np.maximum(np.abs(lower), np.abs(upper))
    _within(float(largest.max(initial=0.0)), "a bound")
    coefficients = np.zeros(arrays.coefficients.size, np.int64)
    row_lower, row_upper = np.zeros(arrays.row_count, np.int64), np.zeros(arrays.row_count, np.int64)
    for row in range(arrays.row_count):
        begin, end = starts[row], starts[row + 1]
        name = f"row {arrays.row_name(row)}"
        scaled, scale = _whole(arrays.coefficients[begin:end], name)
        reach = float(np.abs(scaled).astype(float) @ largest[arrays.columns[begin:end]]) if end > begin else 0.0
        _within(reach, name)
        coefficients[begin:end] = scaled
        row_lower[row] = _side(arrays.row_lower[row], scale, math.ceil, reach)
        row_upper[row] = _side(arrays.row_upper[row], scale, math.floor, reach)
    cost, scale = _whole(np.append(arrays.cost, arrays.offset), "the objective")
    _within(float(np.abs(cost).astype(float) @ np.append(largest, 1.0)), "the objective")
    header: dict[str, Any] = {"scale": scale, "offset": int(cost[-1])}
    fields = {
        "cost": cost[:-1], "lower": lower.astype(np.int64), "upper": upper.astype(np.int64),
        "starts": arrays.starts.astype(np.int64), "columns": arrays.columns, "coefficients": coefficients,
        "row_lower": row_lower, "row_upper": row_upper,
    }  # fmt: skip
    return header, fields


def _refusal(arrays: Arrays) -> str | None:
    lower, upper = _bounds(arrays)
    endless = ~(np.isfinite(lower) & np.isfinite(upper))
    if endless.any():
        return f"CP-SAT needs finite bounds, and {arrays.column_name(int(np.argmax(endless)))} has none"
    try:
        whole_arrays(arrays)
    except _NotWholeError as error:
        return str(error)
    return None


def _bounds(arrays: Arrays) -> tuple[Floats, Floats]:
    """Return whole bounds; where a variable has none, those that rows imply for it: `x + y <= 7` with `y >= 0`."""
    lower, upper = np.ceil(arrays.lower - 1e-9), np.floor(arrays.upper + 1e-9)
    row_of = np.repeat(np.arange(arrays.row_count), np.diff(arrays.starts))
    for _ in range(_PASSES):
        endless = np.isinf(lower).sum() + np.isinf(upper).sum()
        if endless == 0:
            break
        for sign, limits in ((1.0, arrays.row_upper), (-1.0, -arrays.row_lower)):
            _tighten(lower, upper, arrays.columns, row_of, sign * arrays.coefficients, limits)
        if endless == np.isinf(lower).sum() + np.isinf(upper).sum():
            break
    return lower, upper


def _tighten(lower: Floats, upper: Floats, columns: Any, row_of: Any, factors: Floats, limits: Floats) -> None:
    """Take from `factors * x <= limits` what it says of variables without a bound on that side, in place."""
    positive = factors > 0
    at = np.where(positive, lower[columns], upper[columns])
    open_ = np.isinf(at)
    terms = np.where(open_, 0.0, factors * np.where(open_, 0.0, at))
    sums = np.bincount(row_of, terms, limits.size)
    sizes = np.bincount(row_of, np.abs(terms), limits.size)[row_of]
    others = np.bincount(row_of, open_, limits.size)[row_of] - open_
    limit = limits[row_of]
    wanted = np.isinf(np.where(positive, upper[columns], lower[columns]))
    used = wanted & (others == 0) & np.isfinite(limit) & (factors != 0)
    # Outwards by more than sums of floats can be off.
    room = limit - (sums[row_of] - terms) + 1e-9 * (1 + sizes + np.abs(limit))
    ends = room[used] / factors[used]
    up = positive[used]
    np.minimum.at(upper, columns[used][up], np.floor(ends[up]))
    np.maximum.at(lower, columns[used][~up], np.ceil(ends[~up]))


def _whole(values: Floats, where: str) -> tuple[np.ndarray[Any, np.dtype[np.int64]], int]:
    """Return values times the least number that makes all of them whole, and that number."""
    if bool((values == np.round(values)).all()):
        _within(float(np.abs(values).max(initial=0.0)), where)
        return values.astype(np.int64), 1
    fractions = [_fraction(value, where) for value in values.tolist()]
    scale = math.lcm(*(fraction.denominator for fraction in fractions))
    numbers = [int(fraction * scale) for fraction in fractions]
    _within(max(abs(number) for number in numbers), where)
    _within(scale, where)
    return np.array(numbers, np.int64), scale


def _fraction(value: float, where: str) -> Fraction:
    found = Fraction(value).limit_denominator(_DENOMINATOR)
    if float(found) != value:
        raise _NotWholeError(
            f"CP-SAT needs whole coefficients, and {value!r} in {where} is no fraction with a denominator "
            f"up to {_DENOMINATOR}"
        )
    return found


def _within(size: float, where: str) -> None:
    if not size < _LARGEST:
        raise _NotWholeError(f"CP-SAT needs numbers below 2**53, and {where} made whole reaches {size:.3g}")


def _side(value: float, scale: int, towards: Any, reach: float) -> int:
    """Return a row's limit in whole numbers; one beyond the row's reach is as good as that."""
    if abs(value) * scale > reach + 1:
        return int(math.copysign(reach + 1, value))
    exact = Fraction(float(value)) * scale
    near = round(exact)
    # What is computed in floats may miss a whole number by a hair.
    hair = Fraction(FEASIBILITY_TOLERANCE) / 1000 * max(1, abs(near))
    return near if abs(exact - near) <= hair else int(towards(exact))


CPSAT = Backend(
    name="cpsat",
    library="ortools",
    engine="cpsat",
    features=frozenset({Feature.INTEGER, Feature.START_VALUES, Feature.INCUMBENT_EVENTS, Feature.INTERRUPT}),
    statuses=STATUSES,
    refusal=_refusal,
    prepare=whole_arrays,
)
