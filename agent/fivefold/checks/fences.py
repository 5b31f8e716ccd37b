"""Fences round a rectangle: `length + width <= 90` where 90 m of fence go round all sides, or three beside a wall.

Read where a text speaks of so much fence, rope or edging and of one rectangle, and the two sides whose product is made
largest stand in one row with that number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fivefold.checks.bindings import same_number
from fivefold.checks.sums import Limit, limits, tree_of
from fivefold.problem import quantities
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, warning

_FENCE = re.compile(
    r"^\s*(?:ft|feet|foot|met(?:er|re)s?|m|yards?|yd|km|kilomet(?:er|re)s?|miles?|inch(?:es)?|cm)?\b\s*(?:of\s+)?"
    r"(?:[a-z]+\s+){0,2}?(?:fenc(?:e|es|ing)|ropes?|hedges?|edging|netting|railings?)\b",
    re.IGNORECASE,
)
_ONE = re.compile(r"\brectang(?:le|ular)\b", re.IGNORECASE)
_MORE = re.compile(
    r"\b(?:pens|plots|fields|yards|areas|runs|sections|rectangles|divid\w+|partition\w*|split\w*|separat\w+|inner|middle|"
    r"gates?|openings?|corners?|two (?:adjacent |neighbou?ring )?sides|L-shaped)\b",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"\b(?:walls?|rivers?|barns?|stables?|houses?|buildings?|cliffs?|roads?|streams?|lakes?|shores?|canals?|hedgerows?|"
    r"three sides|(?:one|fourth|other|back|long|that) side)\b",
    re.IGNORECASE,
)


def check_fences(formulation: Formulation, text: str) -> Iterator[Finding]:
    """Yield a warning for a row that counts the sides of a rectangle otherwise than a fence goes round it."""
    if not _ONE.search(text) or _MORE.search(text):
        return
    said = {one.value for one in quantities(text) if _FENCE.match(text[one.start + len(one.written) :])}
    sides = _sides(formulation)
    if len(said) != 1 or sides is None:
        return
    (fence,) = said
    beside = _BESIDE.search(text)
    wanted = [1.0, 2.0] if beside else [2.0, 2.0]
    for limit in limits(formulation):
        if limit.names != sides or limit.relation == ">=" or not limit.number:
            continue
        counted = sorted(factor * fence / limit.number for factor, _ in limit.terms)
        if counted in ([1.0, 1.0], [1.0, 2.0], [2.0, 2.0]) and not all(map(same_number, counted, wanted)):
            yield _finding(limit, fence, "" if beside is None else beside[0])


def _sides(formulation: Formulation) -> frozenset[str] | None:
    """Return the two decisions whose product is made largest."""
    tree = tree_of(formulation.objective.expression)
    match tree:
        case e.Binary("*", e.Name(first), e.Name(second)) if first != second:
            return frozenset({first, second}) if formulation.objective.sense == "maximize" else None
        case _:
            return None


def _finding(limit: Limit, fence: float, beside: str) -> Finding:
    (_, first), (_, second) = limit.terms
    if beside:
        message = f"beside the {beside.lower()} a fence of {fence:g} goes along one side and twice across"
        better = f"{first} + 2*{second} {limit.relation} {fence:g}"
    else:
        message = f"a fence of {fence:g} goes along each of the two sides twice"
        better = f"2*{first} + 2*{second} {limit.relation} {fence:g}"
    return warning("fence", limit.where, message, f"write `{better}`")
