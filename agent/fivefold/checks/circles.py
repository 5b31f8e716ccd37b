"""Circles without pi: the floor of a round tank is `pi*radius**2`, and so is what it holds for each metre of height."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from fivefold.checks.sums import tree_of
from fivefold.problem import quantities
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, warning
from fivefold_solvers.formulation.show import show

_ROUND = re.compile(
    r"\b(?:cylind(?:er|ers|rical)|circ(?:le|les|ular)|spher(?:e|es|ical)|cones?|conical|semicirc\w+|hemispher\w+)\b",
    re.IGNORECASE,
)
_REACH = re.compile(r"\b(?:radi(?:us|i)|diameters?)\b", re.IGNORECASE)
_ROUNDED = re.compile(r"(?<![\w.])3\.14(?:2|16|159|1593|15927)?(?![\w.])")
_NAMES = frozenset({"pi", "pi_value"})
_NEAR = 0.02
"""Twelfths of pi that a number may be off, as 3.14 and 22/7 are; one number of 25 is as near by chance."""


def radius_of(formulation: Formulation) -> str | None:
    """Return the name of the decision that is a radius, None where there is none."""
    return next((v.name for v in formulation.variables if _REACH.search(f"{v.name} {v.description}")), None)


def check_circles(formulation: Formulation, text: str) -> Iterator[Finding]:
    """Yield a warning where a text speaks of something round, and pi is rounded or nowhere."""
    if _ROUND.search(text) and not _ROUNDED.search(text):
        yield from _rounded(formulation)
    shape = _ROUND.search(text)
    radius = radius_of(formulation)
    if shape is None or radius is None:
        return
    stated = frozenset(quantity.value for quantity in quantities(text))
    texts = [formulation.objective.expression, *(row.expression for row in formulation.constraints)]
    texts += [parameter.expression for parameter in formulation.parameters if parameter.expression]
    trees = [tree for tree in map(tree_of, texts) if tree is not None]
    squared = [tree for tree in trees if any(_squares(node, radius) for node in e.walk(tree))]
    if not squared or len(trees) < len(texts) or any(_has_pi(tree, stated) for tree in trees):
        return
    message = f"the text speaks of a {shape[0].lower()}, '{radius}' is squared, and pi is nowhere"
    mend = "write the area of a circle as pi*radius**2, its edge as 2*pi*radius, and what is made of them with pi too"
    yield warning("no-pi", "the formulation", message, mend)


def _rounded(formulation: Formulation) -> Iterator[Finding]:
    """Yield a warning for every expression with 3.14 or the like, which is half a thousandth off."""
    places = [("the objective", formulation.objective.expression)]
    places += [(f"constraint '{row.name}'", row.expression) for row in formulation.constraints]
    for where, expression in places:
        if (match := _ROUNDED.search(expression)) is not None:
            yield warning("pi-rounded", where, f"{match[0]} is pi rounded, and not from the text", "write pi")


def exact_pi(expression: str) -> str:
    """Return an expression with pi where it is rounded."""
    return _ROUNDED.sub("pi", expression)


def with_pi(expression: str, radius: str, names: frozenset[str]) -> str | None:
    """Return an expression with pi at every term that is an area or a volume of the radius, None where there is none.

    `90*r**2 + 120*r*h` becomes `90*pi*r**2 + 120*pi*r*h`: floor and wall of what is round both have it.
    """
    tree = tree_of(expression)
    if tree is None:
        return None
    changed = _at_terms(tree, radius, names)
    return None if changed == tree else show(changed)


def _at_terms(node: e.Expression, radius: str, names: frozenset[str]) -> e.Expression:
    match node:
        case e.Compare(relation, left, right):
            return e.Compare(relation, _at_terms(left, radius, names), _at_terms(right, radius, names))
        case e.Binary("+" | "-" as operator, left, right):
            return e.Binary(operator, _at_terms(left, radius, names), _at_terms(right, radius, names))
        case _:
            beside = e.names_used(node) & names - {radius}
            measures = any(_squares(part, radius) for part in e.walk(node)) or (radius in e.names_used(node) and beside)
            return _times_pi(node, names) if measures else node


def _times_pi(node: e.Expression, names: frozenset[str]) -> e.Expression:
    """Return a term with pi where people write it: behind the numbers."""
    match node:
        case e.Binary("*" | "/" as operator, left, right) if e.names_used(left) & names:
            return e.Binary(operator, _times_pi(left, names), right)
        case e.Binary("*", left, right):
            return e.Binary("*", e.Binary("*", left, e.Name("pi")), right)
        case _:
            return e.Binary("*", e.Name("pi"), node)


def _squares(node: object, radius: str) -> bool:
    """Whether a node is `radius**2` or a product that holds the radius twice."""
    if not isinstance(node, e.Binary) or node.operator not in {"*", "**"}:
        return False
    if node.operator == "**":
        return radius in e.names_used(node.left)
    return radius in e.names_used(node.left) and radius in e.names_used(node.right)


def _has_pi(tree: e.Expression, stated: frozenset[float]) -> bool:
    """Whether pi stands in an expression, a parameter may be it, or a number that the text does not know may be."""
    return any(
        (isinstance(node, e.Name) and node.name.lower() in _NAMES)
        or (isinstance(node, e.Number) and node.value not in stated and _of_pi(float(node.value)))
        for node in e.walk(tree)
    )


def _of_pi(value: float) -> bool:
    twelfths = 12 * value / math.pi
    return twelfths > 0.5 and abs(twelfths - round(twelfths)) < _NEAR
