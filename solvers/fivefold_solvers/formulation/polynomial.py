"""Expressions over variables after all data is put in: constant, linear and quadratic part, and what is beyond.

Arithmetic on `Polynomial` is what turns an expression tree into coefficients: the evaluator computes with
these where a variable stands, and with plain numbers elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from fivefold_solvers.formulation.identity import Key

Place = tuple[str, Key]
"""A variable's name and the index of one entry."""


@dataclass(slots=True)
class Polynomial:
    """`constant + linear + quadratic`, plus the kinds of everything that is none of these.

    A value of arithmetic is never changed after it was returned; only `add_to` changes its accumulator.
    """

    constant: float = 0
    linear: dict[Place, float] = field(default_factory=dict[Place, float])
    quadratic: dict[tuple[Place, Place], float] = field(default_factory=dict[tuple[Place, Place], float])
    beyond: frozenset[str] = frozenset()
    """Kinds of nonlinear parts: `abs`, `min`, `max`, `exp`, `ratio`, `power`, ...; the numbers are then partial."""
    beyond_places: frozenset[Place] = frozenset()
    """Variables inside those parts."""

    @classmethod
    def of(cls, place: Place) -> Polynomial:
        """Return the polynomial that is one variable."""
        return cls(linear={place: 1})

    @classmethod
    def opaque(cls, kind: str, parts: Iterable[float | Polynomial]) -> Polynomial:
        """Return a value of which only the kind and the variables are known."""
        polynomials = [part for part in parts if isinstance(part, Polynomial)]
        kinds = frozenset({kind}).union(*(part.beyond for part in polynomials))
        places = frozenset[Place]().union(*(part.places() for part in polynomials))
        return cls(beyond=kinds, beyond_places=places)

    def places(self) -> frozenset[Place]:
        """Return every variable entry in it."""
        pairs = (place for pair in self.quadratic for place in pair)
        return frozenset(self.linear).union(pairs, self.beyond_places)

    @property
    def degree(self) -> int:
        """0 constant, 1 linear, 2 quadratic, 3 anything else."""
        if self.beyond:
            return 3
        return 2 if self.quadratic else 1 if self.linear else 0

    def add_to(self, other: float | Polynomial, factor: float = 1) -> None:
        """Add `factor * other` to this accumulator in place."""
        if not isinstance(other, Polynomial):
            self.constant += factor * other
            return
        self.constant += factor * other.constant
        for place, coefficient in other.linear.items():
            self.linear[place] = self.linear.get(place, 0) + factor * coefficient
        for pair, coefficient in other.quadratic.items():
            self.quadratic[pair] = self.quadratic.get(pair, 0) + factor * coefficient
        self.beyond = self.beyond | other.beyond
        self.beyond_places = self.beyond_places | other.beyond_places

    def settled(self) -> float | Polynomial:
        """Return this without zero coefficients; a plain number if nothing else is left."""
        if any(value == 0 for value in self.linear.values()):
            self.linear = {place: value for place, value in self.linear.items() if value != 0}
        if any(value == 0 for value in self.quadratic.values()):
            self.quadratic = {pair: value for pair, value in self.quadratic.items() if value != 0}
        return self if self.degree else self.constant

    def scaled(self, factor: float) -> float | Polynomial:
        """Return `factor * self`."""
        result = Polynomial()
        result.add_to(self, factor)
        return result.settled()


def add(left: float | Polynomial, right: float | Polynomial, sign: int = 1) -> float | Polynomial:
    """Return `left + sign * right`."""
    if not isinstance(left, Polynomial) and not isinstance(right, Polynomial):
        return left + right if sign > 0 else left - right
    result = Polynomial()
    result.add_to(left)
    result.add_to(right, sign)
    return result.settled()


def multiply(left: float | Polynomial, right: float | Polynomial) -> float | Polynomial:
    """Return `left * right`."""
    if not isinstance(left, Polynomial):
        return left * right if not isinstance(right, Polynomial) else right.scaled(left)
    if not isinstance(right, Polynomial):
        return left.scaled(right)
    if left.degree > 1 or right.degree > 1:
        return Polynomial.opaque("product", (left, right))
    result = Polynomial(constant=left.constant * right.constant)
    for place, coefficient in left.linear.items():
        result.linear[place] = result.linear.get(place, 0) + coefficient * right.constant
    for place, coefficient in right.linear.items():
        result.linear[place] = result.linear.get(place, 0) + coefficient * left.constant
    for first, a in left.linear.items():
        for second, b in right.linear.items():
            pair = (first, second) if _order(first) <= _order(second) else (second, first)
            result.quadratic[pair] = result.quadratic.get(pair, 0) + a * b
    return result.settled()


def divide(left: float | Polynomial, right: float | Polynomial) -> float | Polynomial:
    """Return `left / right`; a variable below the line makes a `ratio`.

    Raises:
        ZeroDivisionError: the divisor is the number 0.
    """
    if isinstance(right, Polynomial):
        return Polynomial.opaque("ratio", (left, right))
    if not isinstance(left, Polynomial):
        return left / right
    result = Polynomial(
        left.constant / right,
        {place: value / right for place, value in left.linear.items()},
        {pair: value / right for pair, value in left.quadratic.items()},
        left.beyond,
        left.beyond_places,
    )
    return result.settled()


def power(left: float | Polynomial, right: float | Polynomial) -> float | Polynomial:
    """Return `left ** right` where at least one of them holds variables."""
    if isinstance(left, Polynomial) and right == 1:
        return left
    if isinstance(left, Polynomial) and right == 0:
        return 1
    if isinstance(left, Polynomial) and right == 2 and left.degree == 1:
        return multiply(left, left)
    return Polynomial.opaque("power", (left, right))


def _order(place: Place) -> tuple[str, str]:
    return place[0], repr(place[1])


def exact(value: float) -> Fraction:
    """Return a number as it is written: 0.1 is a tenth."""
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)
