"""Rows of plain variables read as sums: which number stands before which variable, and which number limits them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Constraint, Formulation
from fivefold_solvers.formulation.parse import ExpressionError, parse


@dataclass(frozen=True, slots=True)
class Limit:
    """A row `sum of terms <relation> number`, the number written as it is and not worked out."""

    row: Constraint
    terms: tuple[tuple[float, str], ...]
    relation: str
    number: float

    @property
    def where(self) -> str:
        """How findings name the row."""
        return f"constraint '{self.row.name}'"

    @property
    def names(self) -> frozenset[str]:
        """The variables in it."""
        return frozenset(name for _, name in self.terms)


def limits(formulation: Formulation) -> Iterator[Limit]:
    """Yield every row that limits a sum of plain variables by a literal number."""
    scalars = {variable.name for variable in formulation.variables if not variable.index}
    for row in formulation.constraints:
        tree = tree_of(row.expression)
        if row.forall or not isinstance(tree, e.Compare) or tree.relation not in e.FLIPPED:
            continue
        for side, other, relation in (
            (tree.right, tree.left, tree.relation),
            (tree.left, tree.right, e.FLIPPED[tree.relation]),
        ):
            found = terms(other)
            if isinstance(side, e.Number) and found and all(name in scalars for _, name in found):
                yield Limit(row, tuple(found), relation, float(side.value))
                break


def tree_of(text: str) -> e.Expression | None:
    """Return the tree of an expression text, None where it is none."""
    try:
        return parse(text).tree
    except ExpressionError:
        return None


def summands(node: e.Expression) -> Iterator[e.Expression]:
    """Yield what a tree adds and takes off, whatever it is."""
    if isinstance(node, e.Binary) and node.operator in {"+", "-"}:
        yield from summands(node.left)
        yield from summands(node.right)
    else:
        yield node


def terms(node: e.Expression) -> list[tuple[float, str]] | None:
    """Return number and name of every term of a sum `3*x + y - 2*z`; None where it is anything else."""
    match node:
        case e.Binary("+" | "-" as operator, left, right):
            first, second = terms(left), terms(right)
            if first is None or second is None:
                return None
            return first + [(-number if operator == "-" else number, name) for number, name in second]
        case e.Binary("*", e.Number(value), e.Name(name)) | e.Binary("*", e.Name(name), e.Number(value)):
            return [(float(value), name)]
        case e.Negative(operand):
            found = terms(operand)
            return None if found is None else [(-number, name) for number, name in found]
        case e.Name(name):
            return [(1.0, name)]
        case _:
            return None


def addends(node: e.Expression, *, into_sums: bool = True) -> Iterator[e.Expression]:
    """Yield the parts of a sum, signs left out; of `sum(...)` those of its body or the whole."""
    match node:
        case e.Binary("+" | "-", left, right):
            yield from addends(left, into_sums=into_sums)
            yield from addends(right, into_sums=into_sums)
        case e.Negative(operand):
            yield from addends(operand, into_sums=into_sums)
        case e.Aggregate("sum", body, _) if into_sums:
            yield from addends(body, into_sums=into_sums)
        case _:
            yield node


def factors(node: e.Expression) -> Iterator[e.Expression]:
    """Yield the parts of a product."""
    match node:
        case e.Binary("*", left, right):
            yield from factors(left)
            yield from factors(right)
        case e.Negative(operand):
            yield from factors(operand)
        case _:
            yield node


def share_of(tree: e.Expression | None) -> tuple[str, float, frozenset[str]] | None:
    """Return of `part <= share*(part + others)`: part, share, others; None of anything else."""
    if not isinstance(tree, e.Compare):
        return None
    for part, product in ((tree.left, tree.right), (tree.right, tree.left)):
        if not (isinstance(part, e.Name) and isinstance(product, e.Binary) and product.operator == "*"):
            continue
        for number, total in ((product.left, product.right), (product.right, product.left)):
            summed = terms(total)
            if (
                isinstance(number, e.Number)
                and summed
                and len(summed) > 1
                and {factor for factor, _ in summed} == {1.0}
            ):
                names = frozenset(name for _, name in summed)
                return (part.name, float(number.value), names - {part.name}) if part.name in names else None
    return None
