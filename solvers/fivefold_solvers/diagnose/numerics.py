"""Numbers that make a program hard to solve exactly: wide ranges, huge constants, and what to do about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fivefold_solvers.build.arrays import Arrays, Floats
from fivefold_solvers.diagnose.words import number

WIDE = 1e6
"""Ratio of largest to smallest coefficient beyond which a solver's tolerances begin to show."""
LARGE = 1e6
"""Size of a single number beyond which a tolerance of 1e-6 is more than rounding."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Smallest and largest size among some numbers, and where they stand."""

    what: str
    """`coefficients of the rows`, `coefficients of the objective`, `bounds` or `right-hand sides`."""
    smallest: float
    smallest_at: str
    largest: float
    largest_at: str

    @property
    def ratio(self) -> float:
        """Largest by smallest."""
        return self.largest / self.smallest

    def __str__(self) -> str:
        return (
            f"{self.what}: {number(self.smallest)} ({self.smallest_at}) to {number(self.largest)} ({self.largest_at})"
        )


@dataclass(frozen=True, slots=True)
class Numerics:
    """How the numbers of a program are spread."""

    spreads: tuple[Spread, ...]
    advice: tuple[str, ...]
    """What to change; empty where nothing is wide."""

    def __str__(self) -> str:
        return "\n".join([*map(str, self.spreads), *self.advice])


def numerics(arrays: Arrays) -> Numerics:
    """Return how the numbers are spread, and advice where they are too wide or too large."""
    rows = np.repeat(np.arange(arrays.row_count), np.diff(arrays.starts))

    def entry(place: int) -> str:
        return f"{arrays.column_name(int(arrays.columns[place]))} in {arrays.row_name(int(rows[place]))}"

    limits = np.concatenate([arrays.lower, arrays.upper])
    sides = np.concatenate([arrays.row_lower, arrays.row_upper])
    groups: list[tuple[str, Floats, Callable[[int], str]]] = [
        ("coefficients of the rows", arrays.coefficients, entry),
        ("coefficients of the objective", arrays.cost, arrays.column_name),
        ("bounds", limits, lambda place: arrays.column_name(place % arrays.column_count)),
        ("right-hand sides", sides, lambda place: arrays.row_name(place % arrays.row_count)),
    ]
    spreads: list[Spread] = []
    for what, values, where in groups:
        used = _used(values)
        if used.size:
            sizes = np.abs(values[used])
            low, high = int(used[np.argmin(sizes)]), int(used[np.argmax(sizes)])
            ends = (float(sizes.min()), where(low), float(sizes.max()), where(high))
            spreads.append(Spread(what, *ends))
    return Numerics(tuple(spreads), (*_spread_advice(spreads), *_switch_advice(arrays)))


def _used(values: Floats) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.flatnonzero(np.isfinite(values) & (values != 0))


def _spread_advice(spreads: list[Spread]) -> list[str]:
    advice: list[str] = []
    for spread in spreads:
        if spread.what == "bounds":
            continue
        if spread.ratio >= WIDE:
            advice.append(
                f"The {spread.what} reach over a factor of {spread.ratio:.1g}: count {spread.smallest_at} and "
                f"{spread.largest_at} in units that bring their numbers together (thousands, tonnes, hours)."
            )
        elif spread.largest >= LARGE:
            advice.append(
                f"The {spread.what} reach {number(spread.largest)} ({spread.largest_at}): a larger unit keeps "
                "tolerances of 1e-6 small beside what is decided."
            )
    return advice


def _switch_advice(arrays: Arrays) -> list[str]:
    """Return advice on rows that a 0-1 variable switches with a huge number (big M)."""
    switches = arrays.integer & (arrays.lower == 0) & (arrays.upper == 1)
    huge = switches[arrays.columns] & (np.abs(arrays.coefficients) >= LARGE)
    if not huge.any():
        return []
    place = int(np.argmax(huge))
    row = int(np.searchsorted(arrays.starts, place, side="right")) - 1
    name, size = arrays.column_name(int(arrays.columns[place])), abs(float(arrays.coefficients[place]))
    return [
        f"{arrays.row_name(row)} is switched by {name} with {number(size)}: at a tolerance of 1e-6, {name} = 0.000001 "
        f"counts as 0 and lets {number(size * 1e-6)} through. Take the least number that suffices, or finite bounds."
    ]
