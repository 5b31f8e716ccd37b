"""A text as a formulation counts it: where `30 million` is written as 30, the text goes without the word `million`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from fivefold.checks.constants import constants
from fivefold.problem import Quantity, quantities
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding

_ENOUGH = 2
"""Numbers without their scale from which on it is no accident."""


def as_counted(formulation: Formulation, text: str) -> str:
    """Return a text with spaces for the scales that a formulation counts in; of the same length.

    A formulation counts in millions where it has two of the millions' numbers, or all of them, without the word, and
    none with it.
    """
    scaled = _scaled(text)
    if not scaled:
        return text
    held = constants(formulation)
    by_scale: dict[str, list[Quantity]] = defaultdict(list)
    for quantity in scaled:
        by_scale[quantity.scale.strip().lower()[:1]].append(quantity)
    for found in by_scale.values():
        bare = {one.digits for one in found} - {1}
        counted = bare & held
        if counted and len(counted) >= min(_ENOUGH, len(bare)) and not held & {one.value for one in found}:
            for one in found:
                end = one.start + len(one.written)
                text = text[: end - len(one.scale)] + " " * len(one.scale) + text[end:]
    return text


def as_written(findings: Iterable[Finding], counted: str, text: str) -> list[Finding]:
    """Return findings on a text as counted with their quotes as the text itself has them."""
    if counted == text:
        return list(findings)
    fields = ("where", "message")
    return [one.model_copy(update={f: in_full(getattr(one, f), counted, text) for f in fields}) for one in findings]


def in_full(words: str, counted: str, text: str) -> str:
    """Return words with the quotes of a text as counted put back as the text itself has them."""
    return re.sub(r"(?<=“)[^“”]+(?=”)", lambda quote: _whole(quote[0], counted, text), words)


def _whole(quote: str, counted: str, text: str) -> str:
    found = re.search(r"\s+".join(map(re.escape, quote.split())), counted)
    return quote if found is None else " ".join(text[found.start() : found.end()].split())


@lru_cache(maxsize=8)
def _scaled(text: str) -> tuple[Quantity, ...]:
    return tuple(one for one in quantities(text) if one.scale and not one.percent)
