"""Arithmetic without rounding: fractions where they are enough, intervals where not, and infinity for no limit."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from fivefold_solvers.audit import interval
from fivefold_solvers.audit.interval import Interval, Rational
from fivefold_solvers.formulation.scope import EvaluationError

Number = int | Fraction | Interval | float
"""A `float` among them is always an infinity."""
_POWER_BITS = 20_000


@lru_cache(maxsize=65_536)
def written(value: float) -> int | Fraction | float:
    """Return a number of the data as the decimal that people wrote: 0.1 is 1/10; infinities stay.

    That is the shortest decimal that reads as the same float, so up to 15 written digits are kept as they are.
    """
    if isinstance(value, int):
        return int(value)
    if not math.isfinite(value):
        return value
    fraction = Fraction(Decimal(repr(value)))
    return fraction.numerator if fraction.denominator == 1 else fraction


def reported(value: float) -> int | Fraction:
    """Return the exact value of a finite float."""
    return int(value) if value.is_integer() else Fraction(value)


def nearest(value: Number) -> float:
    """Return the float next to a number.

    Raises:
        EvaluationError: there is none, the number is too large or not defined.
    """
    try:
        found = float(value)
    except OverflowError:
        raise EvaluationError("it is too large for a number") from None
    if found != found:
        raise EvaluationError("it is not defined")
    return found


def ordering(left: Number, right: Number) -> int:
    """Return -1, 0 or 1 as the left number is less, equal or greater; intervals that overlap count as equal."""
    if isinstance(left, Interval) or isinstance(right, Interval):
        if isinstance(left, float):
            return -1 if left < 0 else 1
        if isinstance(right, float):
            return 1 if right < 0 else -1
        (low, high), (other_low, other_high) = interval.ends(left), interval.ends(right)
        return -1 if high < other_low else 1 if low > other_high else 0
    return -1 if left < right else 1 if left > right else 0


def quotient(left: Number, right: Number) -> Number:
    """Return `left / right`.

    Raises:
        ZeroDivisionError: the divisor is 0, or may be.
    """
    if isinstance(right, Interval):
        return left * right.inverse()
    if isinstance(right, float):
        return 0
    if not isinstance(right, float) and right == 0:
        raise ZeroDivisionError
    return left * Fraction(1, right)


def whole_part(value: Number, function: str) -> int:
    """Return floor, ceil or round (half to even) of a number; bounds of a whole number count as that number."""
    if isinstance(value, float):
        raise OverflowError
    if not isinstance(value, Interval):
        return _WHOLE[function](value)
    low, high = (_WHOLE[function](end) for end in (value.low, value.high))
    if low == high:
        return low
    near = round((value.low + value.high) / 2)
    if not value.low <= near <= value.high:
        raise ValueError
    return near


_WHOLE: dict[str, Callable[[Rational], int]] = {
    "floor": lambda value: math.floor(value),
    "ceil": lambda value: math.ceil(value),
    "round": lambda value: round(value),
}


def power(base: Number, exponent: Number) -> Number:
    """Return `base ** exponent`.

    Raises:
        ZeroDivisionError: a negative power of 0.
        OverflowError: the result has no place in a float.
        ValueError: there is no real value.
    """
    if isinstance(base, float) or isinstance(exponent, float):
        raise OverflowError
    if not isinstance(exponent, Interval) and exponent == int(exponent):
        return _whole_power(base, int(exponent))
    if not isinstance(base, Interval) and base == 0:
        if interval.ends(exponent)[0] < 0:
            raise ZeroDivisionError
        return 0
    if exponent == Fraction(1, 2):
        return interval.sqrt(base)
    return interval.exp(_finite(exponent * interval.log(base)))


def _whole_power(base: Interval | Rational, exponent: int) -> Number:
    if exponent < 0:
        return quotient(1, _whole_power(base, -exponent))
    low, high = interval.ends(base)
    bits = max(end.numerator.bit_length() + end.denominator.bit_length() for end in (low, high))
    if bits * exponent <= _POWER_BITS:
        if not isinstance(base, Interval):
            return base**exponent
        powers = (low**exponent, high**exponent)
        least = 0 if exponent % 2 == 0 and low < 0 < high else min(powers)
        return Interval(least, max(powers))
    if low <= 0 <= high:
        raise ValueError
    away = -base if high < 0 else base
    found = interval.exp(_finite(exponent * interval.log(away)))
    return -found if high < 0 and exponent % 2 else found


def _finite(value: Number) -> Interval | Rational:
    assert not isinstance(value, float)
    return value


def top(value: Number) -> Rational | float:
    """Return the larger end of a number."""
    return value.high if isinstance(value, Interval) else value


def size(value: Number) -> Rational | float:
    """Return the absolute value of a number, the larger end of it."""
    return max(value.high, -value.low) if isinstance(value, Interval) else max(value, -value)


def spelled(value: int | Fraction) -> str:
    """Return a fraction as `7/3`, a whole number as `2`."""
    return str(value)


def read_fraction(text: str) -> Fraction:
    """Return the fraction that `spelled` wrote, or that a decimal stands for.

    Raises:
        ValueError: the text is no finite number.
    """
    if len(text) > 20_000:
        raise ValueError("a number of this length is refused")
    return Fraction(text)
