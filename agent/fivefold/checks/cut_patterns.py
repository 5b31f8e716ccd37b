"""Patterns by which something long is cut: how many pieces of each size come out is in no text, and follows from it.

`20 pieces of 2.1 metres` from boards of 5 metres: a row holds how many such pieces each pattern gives, and what
is needed of them. The sizes themselves then stand in no row (Gilmore and Gomory, Operations Research 9(6), 1961).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from fivefold.checks.bindings import same_number
from fivefold.problem import quantities
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.polynomial import Place, Polynomial

_SIZED = re.compile(
    r"\b(?P<need>\d+(?:,\d{3})*) (?:[a-z]+ ){0,2}?(?:of|at|with|that are|measuring|each) "
    r"(?:a |the )?(?:(?:length|width|size)s? (?:of )?)?(?P<size>\d+(?:\.\d+)?)\b(?!%| ?percent)",
    re.IGNORECASE,
)
MOST = 2_000
"""Patterns that are looked through."""


class CutPatterns(NamedTuple):
    """What patterns account for."""

    rows: frozenset[str]
    """The constraints that count the pieces."""
    numbers: frozenset[float]
    """Numbers of the text that patterns keep to: the sizes, and the length that is cut."""
    counts: frozenset[float]
    """How many pieces of a size come out of a pattern."""


NONE = CutPatterns(frozenset(), frozenset(), frozenset())


def cut_patterns(formulation: Formulation, text: str) -> CutPatterns:
    """Return what the patterns of a formulation account for; nothing where one of them is longer than what is cut."""
    sizes = {float(one["need"].replace(",", "")): float(one["size"]) for one in _SIZED.finditer(text)}
    if len(sizes) < 2 or len(set(sizes.values())) < len(sizes):
        return NONE
    lengths: dict[Place, float] = {}
    rows: set[str] = set()
    met: set[float] = set()
    pieces: set[float] = set()
    for row in check(formulation).rows.rows:
        body = row.body
        size = None if not isinstance(body, Polynomial) else sizes.get(abs(body.constant))
        if not isinstance(body, Polynomial) or size is None or body.degree != 1 or len(body.linear) > MOST:
            continue
        counts = {place: abs(factor) for place, factor in body.linear.items()}
        if not all(count.is_integer() for count in map(float, counts.values())):
            return NONE
        rows.add(row.constraint)
        met.add(abs(body.constant))
        pieces.update(counts.values())
        for place, count in counts.items():
            lengths[place] = lengths.get(place, 0.0) + count * size
    if met != set(sizes) or not lengths:
        return NONE
    whole = [one.value for one in quantities(text) if one.value not in sizes and one.value not in sizes.values()]
    longest = max(lengths.values())
    cut = min((value for value in whole if value > longest or same_number(value, longest)), default=None)
    # Boards that no pattern comes near to are not what is cut.
    if cut is None or longest < cut - max(sizes.values()):
        return NONE
    return CutPatterns(frozenset(rows), frozenset({*sizes.values(), cut}), frozenset(pieces))
