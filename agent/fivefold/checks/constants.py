"""Every number that a formulation holds, and which of them stand for amounts."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import cast

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.parse import ExpressionError, parse, parse_ranges


def constants(formulation: Formulation) -> set[float]:
    """Return every number that a formulation holds: in expressions, tables, bounds, sets and index conditions.

    Quotients of two numbers are held as well: 0.6 where it says `6/10*x`.
    """
    found = amounts_of(formulation)
    for text in _expressions(formulation):
        found |= numbers_of(text) | {quotient for tree in _trees(text) for quotient in _quotients(tree)}
    for element in formulation.elements():
        for ranges in (getattr(element, "index", ()), getattr(element, "forall", ())):
            try:
                found |= set(_numbers_in(list(parse_ranges(ranges))))
            except ExpressionError:
                continue
    for block in formulation.sets:
        elements = list(_plain_numbers(block.elements))
        found |= set(elements)
        if isinstance(block.elements, tuple):
            found.add(float(len(block.elements)))
    return found


def amounts_of(formulation: Formulation) -> set[float]:
    """Return the numbers that stand for amounts: neither names and counts of set elements nor places in a table."""
    found: set[float] = set()
    sets = {block.expression for block in formulation.sets}
    for text in _expressions(formulation):
        if text not in sets:
            found |= set(_numbers_in(_trees(text), amounts_only=True))
    for parameter in formulation.parameters:
        found |= set(_plain_numbers(parameter.values)) | set(_plain_numbers(parameter.default))
    for variable in formulation.variables:
        found |= set(_plain_numbers(variable.lower)) | set(_plain_numbers(variable.upper))
    return found


def numbers_of(expression: str) -> set[float]:
    """Return every number in an expression; none where it cannot be read."""
    return set(_numbers_in(_trees(expression)))


def _expressions(formulation: Formulation) -> Iterator[str]:
    yield formulation.objective.expression
    for constraint in formulation.constraints:
        yield constraint.expression
    for text in [*(block.expression for block in formulation.sets), *(p.expression for p in formulation.parameters)]:
        if text is not None:
            yield text
    for variable in formulation.variables:
        for bound in (variable.lower, variable.upper):
            if isinstance(bound, str):
                yield bound


def _trees(text: str) -> list[e.Expression | e.Clause]:
    try:
        return [parse(text).tree]
    except ExpressionError:
        return []


def _numbers_in(trees: Sequence[e.Expression | e.Clause], *, amounts_only: bool = False) -> Iterator[float]:
    """Yield the numbers in trees; with `amounts_only` none that stand in an index or an index range."""
    below = list(trees)
    while below:
        node = below.pop()
        if isinstance(node, e.Number):
            yield float(node.value)
        if not (amounts_only and isinstance(node, e.Item | e.Clause)):
            below.extend(e.children(node))


def _quotients(tree: e.Expression | e.Clause) -> Iterator[float]:
    below = [tree]
    while below:
        node = below.pop()
        match node:
            case e.Binary("/", e.Number(above), e.Number(under)) if under:
                yield float(above) / float(under)
            case _:
                below.extend(e.children(node))


def _plain_numbers(raw: object) -> Iterator[float]:
    if isinstance(raw, bool) or raw is None:
        return
    if isinstance(raw, int | float):
        # A number with a sign is stated without it, and no number states that there is no limit.
        if abs(raw) <= sys.float_info.max:
            yield abs(float(raw))
    elif isinstance(raw, dict):
        for part in cast(dict[object, object], raw).values():
            yield from _plain_numbers(part)
    elif isinstance(raw, list | tuple):
        for part in cast(Sequence[object], raw):
            yield from _plain_numbers(part)
