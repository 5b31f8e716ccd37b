"""Numbers that switch rows off: the 1000 of `end >= start + time - 1000*(1 - first)`, which no text states."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fivefold.checks.sums import tree_of
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Formulation

_NAMED = re.compile(r"M|(?:big|large)_?M|M_?big", re.IGNORECASE)

_LARGE = frozenset(10.0**power for power in range(3, 10))
"""What is written where any number will do that is large enough: `loose <= 10000*delivers`."""


def switches(formulation: Formulation) -> frozenset[float]:
    """Return the numbers that multiply what is 0 where something is chosen: `1 - first`, or any choice by a `big_M`."""
    chosen = {variable.name for variable in formulation.variables if variable.domain == "binary"}
    if not chosen:
        return frozenset()
    scalars = {one.name: one.values for one in formulation.parameters if not one.index}
    named = {name for name in scalars if _NAMED.fullmatch(name)}
    found: set[float] = set()
    for row in formulation.constraints:
        tree = tree_of(row.expression)
        for factor, other in () if tree is None else _products(tree):
            left_out = _complement(other, chosen)
            large = isinstance(factor, e.Number) and factor.value in _LARGE and _is_choice(other, chosen)
            if isinstance(factor, e.Number) and (left_out or large):
                found.add(float(factor.value))
            elif isinstance(factor, e.Name) and (left_out or factor.name in named):
                value = scalars.get(factor.name)
                found |= {float(value)} if isinstance(value, int | float) else set()
    return frozenset(found)


def _products(tree: e.Expression) -> Iterator[tuple[e.Expression, e.Expression]]:
    """Yield the two sides of every product, either way."""
    for node in e.walk(tree):
        if isinstance(node, e.Binary) and node.operator == "*":
            yield node.left, node.right
            yield node.right, node.left


def _complement(node: e.Expression, chosen: set[str]) -> bool:
    """Whether a node is 1, or how many are chosen of, less choices: `1 - y`, `2 - y[a] - y[b]`."""
    match node:
        case e.Binary("-", e.Number(), taken):
            return _is_choice(taken, chosen)
        case e.Binary("-", left, taken):
            return _complement(left, chosen) and _is_choice(taken, chosen)
        case _:
            return False


def _is_choice(node: e.Expression, chosen: set[str]) -> bool:
    return isinstance(node, e.Name | e.Item) and node.name in chosen
