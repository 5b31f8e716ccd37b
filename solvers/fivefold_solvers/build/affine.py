"""Linear and quadratic expressions over a frame: for every binding the columns and coefficients, kept unwritten.

A term is one mention of a variable. Its columns are a sum of small arrays along single axes wherever its indices are
plain, and its coefficient a number times an array, so that nothing of the size of the matrix exists before
`assemble` writes it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from fivefold_solvers.build.arrays import Array, Integers
from fivefold_solvers.build.errors import NotVectorised
from fivefold_solvers.build.frame import Frame, lifted, rows_of, spread

Data = float | Array


def part_at(values: Array, axis: int, places: slice) -> Array:
    """Return an array over a frame at some places of an axis."""
    return values[(slice(None),) * axis + (places,)] if values.ndim and values.shape[axis] > 1 else values


@dataclass(frozen=True, slots=True)
class Columns:
    """Column numbers over a frame: `base` plus the sum of arrays over it."""

    base: int
    parts: tuple[Array, ...] = ()

    def lifted(self, outer: Frame, inner: Frame) -> Columns:
        """Return the columns over a frame made of this one."""
        return Columns(self.base, tuple(lifted(part, outer, inner) for part in self.parts))

    def at(self, axis: int, places: slice) -> Columns:
        """Return the columns at some places of an axis of the frame."""
        return Columns(self.base, tuple(part_at(part, axis, places) for part in self.parts))

    def over(self, frame: Frame) -> Integers:
        """Return the columns written out as an array that broadcasts over the frame."""
        total: Integers = np.asarray(self.base, np.int64)
        for part in self.parts:
            total = total + part
        return total

    def write(self, out: Array) -> None:
        """Write the columns into an array of the frame's shape."""
        parts = [part.astype(out.dtype) for part in self.parts]
        if not parts:
            out[...] = self.base
            return
        smallest = min(range(len(parts)), key=lambda place: parts[place].size)
        parts[smallest] = parts[smallest] + out.dtype.type(self.base)
        if len(parts) == 1:
            out[...] = parts[0]
            return
        np.add(parts[0], parts[1], out=out)
        for part in parts[2:]:
            out += part


@dataclass(frozen=True, slots=True)
class Term:
    """One mention of a variable: coefficient `scale * factor` at its columns, over a frame."""

    frame: Frame
    variable: str
    columns: Columns
    covered: frozenset[str]
    """Indices that stand in it as they are: different bindings of these give different columns."""
    scale: float = 1.0
    factor: Array | None = None

    def times(self, value: Data, frame: Frame) -> Term:
        """Return the term times data over a frame that this term's frame was made of."""
        if not isinstance(value, np.ndarray) or not value.ndim:
            return replace(self, scale=self.scale * float(value))
        own = lifted(value, frame, self.frame)
        return replace(self, factor=own if self.factor is None else self.factor * own)

    def divided(self, value: Data, frame: Frame) -> Term:
        """Return the term divided by data over a frame that this term's frame was made of."""
        if not isinstance(value, np.ndarray) or not value.ndim:
            if self.factor is None:
                return replace(self, scale=self.scale / float(value))
            return replace(self, scale=1.0, factor=self.coefficients() / float(value))
        return replace(self, scale=1.0, factor=self.coefficients() / lifted(value, frame, self.frame))

    def at(self, axis: int, places: slice) -> Term:
        """Return the columns and coefficients at some places of an axis of the frame; `frame` stays the whole one."""
        factor = None if self.factor is None else part_at(self.factor, axis, places)
        return replace(self, columns=self.columns.at(axis, places), factor=factor)

    def coefficients(self) -> Array:
        """Return the coefficients as an array that broadcasts over the frame."""
        if self.factor is None:
            return np.asarray(self.scale)
        return self.factor if self.scale == 1.0 else self.factor * self.scale


@dataclass(frozen=True, slots=True)
class Product:
    """One product of two variables' entries, over a frame."""

    frame: Frame
    first: Columns
    second: Columns
    scale: float = 1.0
    factor: Array | None = None


@dataclass(frozen=True, slots=True)
class Affine:
    """`constant + terms + products` over a frame; frames of the terms were made of it."""

    constant: Data
    terms: tuple[Term, ...]
    products: tuple[Product, ...] = ()

    def settled(self) -> Affine | Data:
        """Return the constant alone where nothing else is left."""
        return self if self.terms or self.products else self.constant


def negative(value: Data | Affine) -> Data | Affine:
    """Return `-value`."""
    if not isinstance(value, Affine):
        return -value
    terms = tuple(replace(term, scale=-term.scale) for term in value.terms)
    products = tuple(replace(product, scale=-product.scale) for product in value.products)
    return Affine(-value.constant, terms, products)


def plus(left: Data | Affine, right: Data | Affine) -> Data | Affine:
    """Return `left + right`."""
    if not isinstance(left, Affine) and not isinstance(right, Affine):
        return left + right
    one, two = as_affine(left), as_affine(right)
    return Affine(one.constant + two.constant, one.terms + two.terms, one.products + two.products)


def as_affine(value: Data | Affine) -> Affine:
    """Return a value as an affine one."""
    return value if isinstance(value, Affine) else Affine(value, ())


def times(left: Data | Affine, right: Data | Affine, frame: Frame) -> Data | Affine:
    """Return `left * right` over a frame."""
    if isinstance(left, Affine) and isinstance(right, Affine):
        return _multiplied(left, right, frame)
    if not isinstance(left, Affine) and not isinstance(right, Affine):
        return left * right
    value, data = (left, right) if isinstance(left, Affine) else (right, left)
    assert isinstance(value, Affine) and not isinstance(data, Affine)
    return _scaled(value, data, frame)


def _scaled(value: Affine, data: Data, frame: Frame) -> Affine | Data:
    terms = tuple(term.times(data, frame) for term in value.terms)
    products = tuple(_product_times(product, data, frame) for product in value.products)
    kept = Affine(
        data * value.constant,
        tuple(term for term in terms if term.scale),
        tuple(product for product in products if product.scale),
    )
    return kept.settled()


def _product_times(product: Product, data: Data, frame: Frame) -> Product:
    if not isinstance(data, np.ndarray) or not data.ndim:
        return replace(product, scale=product.scale * float(data))
    own = lifted(data, frame, product.frame)
    return replace(product, factor=own if product.factor is None else product.factor * own)


def over(left: Affine, right: Data, frame: Frame) -> Affine:
    """Return `left / right` for data without zeros."""
    if left.products:
        raise NotVectorised("a product of variables is divided")
    return Affine(left.constant / right, tuple(term.divided(right, frame) for term in left.terms))


def _multiplied(left: Affine, right: Affine, frame: Frame) -> Affine:
    if left.products or right.products:
        raise NotVectorised("a product of more than two variables")
    products = tuple(_pair(one, two, frame) for one in left.terms for two in right.terms)
    first = as_affine(_scaled(Affine(0.0, left.terms), right.constant, frame)).terms
    second = as_affine(_scaled(Affine(0.0, right.terms), left.constant, frame)).terms
    return Affine(left.constant * right.constant, first + second, products)


def _pair(one: Term, two: Term, frame: Frame) -> Product:
    """Return the product of two terms; where both go over more than the frame, every pair of a binding is made."""
    if two.frame is frame:
        one, two = two, one
    if one.frame is frame:
        factor = one.factor if one.factor is None else lifted(one.factor, frame, two.frame)
        if two.factor is not None:
            factor = two.factor if factor is None else factor * two.factor
        columns = one.columns.lifted(frame, two.frame)
        return Product(two.frame, columns, two.columns, one.scale * two.scale, factor)
    rows, others = rows_of(one.frame, frame), rows_of(two.frame, frame)
    counts = np.bincount(others, minlength=frame.size)
    repeats = counts[rows]
    left = np.repeat(np.arange(len(rows)), repeats)
    starts = np.cumsum(counts) - counts
    right = np.arange(len(left)) - np.repeat(np.cumsum(repeats) - repeats, repeats) + np.repeat(starts[rows], repeats)
    pairs = frame.flat(rows[left])
    return Product(
        pairs,
        Columns(0, (spread(one.columns.over(one.frame), one.frame)[left],)),
        Columns(0, (spread(two.columns.over(two.frame), two.frame)[right],)),
        1.0,
        spread(one.coefficients(), one.frame)[left] * spread(two.coefficients(), two.frame)[right],
    )
