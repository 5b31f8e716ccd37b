"""Exact linear forms: what an expression becomes where its variables are left open."""

from __future__ import annotations

from fractions import Fraction

from fivefold_solvers.audit.exact import Number
from fivefold_solvers.formulation.polynomial import Place


class NotLinearError(Exception):
    """An expression is not linear in the variables, or holds a number that no fraction is."""


class Affine:
    """`constant + sum(terms[place] * place)`; a value is never changed once it was handed on, except by `absorb`."""

    __slots__ = ("constant", "terms")

    def __init__(self, terms: dict[Place, int | Fraction], constant: int | Fraction = 0) -> None:
        """Keep the terms."""
        self.terms, self.constant = terms, constant

    @classmethod
    def of(cls, place: Place) -> Affine:
        """Return the form that is one variable."""
        return cls({place: 1})

    def absorb(self, other: Affine | Number) -> None:
        """Add to this form in place."""
        if not isinstance(other, Affine):
            self.constant += rational(other)
            return
        self.constant += other.constant
        for place, factor in other.terms.items():
            self.terms[place] = self.terms.get(place, 0) + factor

    def __neg__(self) -> Affine:
        return self * -1

    def __add__(self, other: Affine | Number) -> Affine:
        total = Affine(dict(self.terms), self.constant)
        total.absorb(other)
        return total

    __radd__ = __add__

    def __sub__(self, other: Affine | Number) -> Affine:
        return self + -other

    def __rsub__(self, other: Number) -> Affine:
        return -self + other

    def __mul__(self, other: Affine | Number) -> Affine:
        if isinstance(other, Affine):
            if other.terms:
                if self.terms:
                    raise NotLinearError
                return other * self.constant
            other = other.constant
        factor = rational(other)
        return Affine({place: own * factor for place, own in self.terms.items()}, self.constant * factor)

    __rmul__ = __mul__


def rational(value: Number) -> int | Fraction:
    """Return a number that is a fraction.

    Raises:
        NotLinearError: it is none.
    """
    if isinstance(value, int | Fraction):
        return value
    raise NotLinearError
