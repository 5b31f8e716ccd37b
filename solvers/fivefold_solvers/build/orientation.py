"""Which way round a row is written: variables on the left, so that `1 <= x + y` reads `x + y >= 1` in every report."""

from __future__ import annotations

from collections.abc import Container

from fivefold_solvers.formulation import expression as e


def turned(tree: e.Expression, variables: Container[str]) -> tuple[bool, ...]:
    """Return for each relation of a plain or chained comparison whether only its right side holds variables.

    Empty for anything else: such rows stay as they are.
    """
    match tree:
        case e.Compare(_, left, right):
            return (not _mentions(left, variables) and _mentions(right, variables),)
        case e.Logic("and", items) if all(isinstance(item, e.Compare) for item in items):
            return tuple(turned(item, variables)[0] for item in items)
        case _:
            return ()


def _mentions(tree: e.Expression, variables: Container[str]) -> bool:
    return any(name in variables for name in e.names_used(tree))
