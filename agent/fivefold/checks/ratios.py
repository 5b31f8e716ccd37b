"""Ratios that a problem wants large or small, written as one: profit per hour is no profit less the hours."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fivefold.checks.sums import tree_of
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, warning
from fivefold_solvers.formulation.show import show

_ASKED = re.compile(
    r"\b(?:maximi[sz]|minimi[sz])(?:e|es|ing)\b[^.?!;]*?(?:\bratio\b(?! of\b)|\bdivided by\b|\brate at which\b|"
    r"\([^().]*?\bper (?!(?:day|week|month|year|unit|quarter|shift|season)\b)[^().]*\))[^.?!;]*",
    re.IGNORECASE,
)
_TIMES = re.compile(r"\brate at which\b", re.IGNORECASE)
_OVER = re.compile(r"\b(?:divided by|per|ratio)\b", re.IGNORECASE)
_MAX_QUOTE = 160


def asked_ratio(text: str) -> str | None:
    """Return the words with which a text asks for a ratio to be made best; None where it does not."""
    match = _ASKED.search(text)
    if match is None or (_TIMES.search(match[0]) and not _OVER.search(match[0])):
        return None
    return " ".join(match[0].split())[:_MAX_QUOTE]


def check_ratios(formulation: Formulation, text: str) -> Iterator[Finding]:
    """Yield a warning where a text wants a ratio made best and the objective has none."""
    tree = tree_of(formulation.objective.expression)
    if tree is None or formulation.objective.sense == "satisfy":
        return
    words = asked_ratio(text)
    names = frozenset(variable.name for variable in formulation.variables)
    if words is None or _has_quotient(tree, names):
        return
    message = f"the problem asks for a ratio (“{words}”), `{formulation.objective.expression}` divides by no decision"
    yield warning(
        "objective-ratio", "the objective", message, "write what is gained, divided by what it takes: (...)/(...)"
    )


def as_ratio(formulation: Formulation) -> str | None:
    """Return the objective with its last subtracted group as what the rest is divided by; None where it has none."""
    tree = tree_of(formulation.objective.expression)
    names = frozenset(variable.name for variable in formulation.variables)
    if not isinstance(tree, e.Binary) or tree.operator != "-":
        return None
    if not (e.names_used(tree.left) & names and isinstance(tree.right, e.Binary | e.Aggregate)):
        return None
    # A single term behind a minus is a cost; a group is what the writer took for the other side of the ratio.
    group = isinstance(tree.right, e.Aggregate) or tree.right.operator in {"+", "-"}
    return f"({show(tree.left)})/({show(tree.right)})" if group and e.names_used(tree.right) & names else None


def _has_quotient(tree: e.Expression, names: frozenset[str]) -> bool:
    return any(
        isinstance(node, e.Binary) and node.operator == "/" and bool(e.names_used(node.right) & names)
        for node in e.walk(tree)
    )
