"""Rigorous bounds of numbers that no fraction holds: `exp`, `log`, `sqrt`, `sin`, `cos`, roots and pi.

An `Interval` certainly holds the number meant. Its ends are fractions, rounded outwards to 256 bits; functions come
from the standard library's `decimal`, whose `exp`, `ln` and `log10` are correctly rounded
(https://docs.python.org/3/library/decimal.html), widened by more than one unit, or from
series with a bounded remainder.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from functools import cache

Rational = int | Fraction
_BITS = 256
_DIGITS = 60
_RELATIVE = Fraction(1, 10 ** (_DIGITS - 2))
_LARGEST_EXPONENT = 710
_LARGEST_ANGLE = 1 << 64
_DOWN, _UP = (Context(_DIGITS, rounding, MIN_EMIN, MAX_EMAX) for rounding in (ROUND_FLOOR, ROUND_CEILING))


class Interval:
    """Two fractions between which a number lies."""

    __slots__ = ("high", "low")

    def __init__(self, low: Rational, high: Rational) -> None:
        """Keep the ends, rounded outwards where they are long."""
        self.low, self.high = _rounded(low, up=False), _rounded(high, up=True)

    def __repr__(self) -> str:
        return f"Interval({float(self.low)!r}, {float(self.high)!r})"

    def __float__(self) -> float:
        return float((self.low + self.high) / 2)

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __abs__(self) -> Interval:
        if self.low >= 0:
            return self
        return -self if self.high <= 0 else Interval(0, max(-self.low, self.high))

    def __add__(self, other: object) -> Interval | float:
        if isinstance(other, float):
            return other
        if not isinstance(other, Interval | Rational):
            return NotImplemented  # a linear form says itself that it takes fractions only
        low, high = ends(other)
        return Interval(self.low + low, self.high + high)

    __radd__ = __add__

    def __sub__(self, other: Interval | Rational | float) -> Interval | float:
        return self + -other

    def __rsub__(self, other: Rational | float) -> Interval | float:
        return -self + other

    def __mul__(self, other: object) -> Interval | float:
        if isinstance(other, float):
            return other * float(self)
        if not isinstance(other, Interval | Rational):
            return NotImplemented
        low, high = ends(other)
        products = (self.low * low, self.low * high, self.high * low, self.high * high)
        return Interval(min(products), max(products))

    __rmul__ = __mul__

    def inverse(self) -> Interval:
        """Return 1 divided by it.

        Raises:
            ZeroDivisionError: it may be 0.
        """
        if self.low <= 0 <= self.high:
            raise ZeroDivisionError
        return Interval(1 / self.high, 1 / self.low)


def ends(value: Interval | Rational) -> tuple[Rational, Rational]:
    """Return the ends of an interval; a fraction is both."""
    return (value.low, value.high) if isinstance(value, Interval) else (value, value)


def _rounded(value: Rational, *, up: bool) -> Fraction:
    fraction = Fraction(value)
    if fraction.denominator.bit_length() <= _BITS and fraction.numerator.bit_length() <= 2 * _BITS:
        return fraction
    shift = _BITS - (fraction.numerator.bit_length() - fraction.denominator.bit_length())
    scaled = fraction * (1 << shift) if shift >= 0 else fraction / (1 << -shift)
    whole = math.ceil(scaled) if up else math.floor(scaled)
    return Fraction(whole, 1 << shift) if shift >= 0 else Fraction(whole << -shift)


def _grows(
    value: Interval | Rational, below: Callable[[Decimal], Decimal], above: Callable[[Decimal], Decimal]
) -> Interval:
    """Return the bounds of an increasing function: of the ends, rounded outwards before and after."""
    low, high = map(Fraction, ends(value))
    least = _DOWN.divide(Decimal(low.numerator), Decimal(low.denominator))
    greatest = _UP.divide(Decimal(high.numerator), Decimal(high.denominator))
    first, last = Fraction(below(least)), Fraction(above(greatest))
    return Interval(first - _unit(first), last + _unit(last))


def _unit(value: Fraction) -> Fraction:
    """Return more than one unit in the last place of what `decimal` computed; 0 comes from nothing but a logarithm."""
    return abs(value) * _RELATIVE or _RELATIVE


def exp(value: Interval | Rational) -> Interval | Rational:
    """Return e to the power of a value.

    Raises:
        OverflowError: the result has no place in a float.
    """
    if isinstance(value, Rational) and value == 0:
        return 1
    low, high = ends(value)
    if high > _LARGEST_EXPONENT:
        raise OverflowError
    if low < -_LARGEST_EXPONENT:
        # Smaller than any float: a few digits of 0 say as much.
        top = Fraction(1, 10**300) if high < -_LARGEST_EXPONENT else ends(exp(high))[1]
        return Interval(0, top)
    return _grows(value, _DOWN.exp, _UP.exp)


def log(value: Interval | Rational) -> Interval | Rational:
    """Return the natural logarithm.

    Raises:
        ValueError: the value may not be positive.
    """
    if ends(value)[0] <= 0:
        raise ValueError
    return 0 if isinstance(value, Rational) and value == 1 else _grows(value, _DOWN.ln, _UP.ln)


def log10(value: Interval | Rational) -> Interval | Rational:
    """Return the logarithm to base 10, exact for powers of ten."""
    if ends(value)[0] <= 0:
        raise ValueError
    found = _grows(value, _DOWN.log10, _UP.log10)
    near = round((found.low + found.high) / 2)
    return near if isinstance(value, Rational) and abs(near) < 400 and Fraction(10) ** near == value else found


def log2(value: Interval | Rational) -> Interval | Rational:
    """Return the logarithm to base 2, exact for powers of two."""
    natural = log(value)
    base = log(2)
    assert isinstance(base, Interval)
    if not isinstance(natural, Interval):
        return natural
    found = natural * base.inverse()
    assert isinstance(found, Interval)
    near = round((found.low + found.high) / 2)
    return near if isinstance(value, Rational) and abs(near) < 2000 and Fraction(2) ** near == value else found


def sqrt(value: Interval | Rational) -> Interval | Rational:
    """Return the square root, exact for squares of fractions.

    Raises:
        ValueError: the value may be negative.
    """
    low, high = map(Fraction, ends(value))
    if low < 0:
        raise ValueError
    if isinstance(value, Rational):
        roots = math.isqrt(low.numerator), math.isqrt(low.denominator)
        if roots[0] ** 2 == low.numerator and roots[1] ** 2 == low.denominator:
            return Fraction(*roots)
    return Interval(_root(low)[0], _root(high)[1])


def _root(value: Fraction) -> tuple[Fraction, Fraction]:
    # sqrt(n / d) is sqrt(n * d) / d, here in units of 2**-shift.
    product, shift = value.numerator * value.denominator, 2 * _BITS
    whole = math.isqrt(product << (2 * shift))
    return Fraction(whole, value.denominator << shift), Fraction(whole + 1, value.denominator << shift)


@cache
def pi() -> Interval:
    """Return bounds of pi by Machin's formula; partial sums of an alternating series lie on both sides of it."""
    first, second = _arctangent(5), _arctangent(239)
    found = 16 * first - 4 * second
    assert isinstance(found, Interval)
    return found


def _arctangent(inverse: int) -> Interval:
    total, place, sign = Fraction(0), 1, 1
    while True:
        term = Fraction(1, place * inverse**place)
        if term < Fraction(1, 1 << (_BITS + 8)):
            return Interval(total - term, total + term)
        total, place, sign = total + sign * term, place + 2, -sign


def sin(value: Interval | Rational) -> Interval | Rational:
    """Return the sine of an angle in radians."""
    return 0 if isinstance(value, Rational) and value == 0 else _wave(value, 0)


def cos(value: Interval | Rational) -> Interval | Rational:
    """Return the cosine of an angle in radians."""
    return 1 if isinstance(value, Rational) and value == 0 else _wave(value, 1)


def tan(value: Interval | Rational) -> Interval | Rational:
    """Return the tangent of an angle in radians.

    Raises:
        ZeroDivisionError: the cosine may be 0.
    """
    if isinstance(value, Rational) and value == 0:
        return 0
    ratio = _wave(value, 0) * _wave(value, 1).inverse()
    assert isinstance(ratio, Interval)
    return ratio


def _wave(value: Interval | Rational, quarter: int) -> Interval:
    """Return the sine of a value plus so many quarter turns; sine and cosine change no faster than their angle."""
    low, high = map(Fraction, ends(value))
    middle, off = (low + high) / 2, (high - low) / 2
    if abs(middle) > _LARGEST_ANGLE or off > 2:
        return Interval(-1, 1)
    turns = round(middle / (pi().low / 2))
    rest = middle - turns * (pi() * Fraction(1, 2))
    assert isinstance(rest, Interval)
    angle = round((rest.low + rest.high) / 2 * (1 << _BITS))
    off += rest.high - rest.low + Fraction(1, 1 << (_BITS - 20))
    found = Fraction(_series(angle, (turns + quarter) % 2), 1 << _BITS)
    if (turns + quarter) % 4 in {2, 3}:
        found = -found
    return Interval(max(found - off, Fraction(-1)), min(found + off, Fraction(1)))


def _series(angle: int, even: int) -> int:
    """Return sine (or cosine, `even`) of an angle below 1 in units of 2**-256; off by less than 2**-240.

    Each of the fewer than 80 terms is off by at most four units, and what is left out is below one.
    """
    square, term, total, place = angle * angle >> _BITS, (1 << _BITS) if even else angle, 0, 0 if even else 1
    while term not in {0, -1}:
        total += term
        term = -(term * square >> _BITS) // ((place + 1) * (place + 2))
        place += 2
    return total
