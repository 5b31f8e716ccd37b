"""A text as a formulation counts it: where `30 million` is written as 30, the text goes without the word `million`."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache

from fivefold.checks.constants import constants
from fivefold.problem import Quantity, quantities
from fivefold_solvers.formulation.elements import Formulation

_WORD = re.compile(r"\s*(?:thousand|million|billion)s?$|k$", re.IGNORECASE)
_ENOUGH = 2


def as_counted(formulation: Formulation, text: str) -> str:
    """Return a text with spaces for the scales that a formulation counts in; of the same length.

    A formulation counts in millions where it has two of the millions' numbers, or all of them, without the word, and
    none with it.
    """
    scaled = _scaled(text)
    if not scaled:
        return text
    held = constants(formulation)
    by_word: dict[str, list[Quantity]] = defaultdict(list)
    for quantity in scaled:
        by_word[_word(quantity).strip().lower()[:1]].append(quantity)
    for found in by_word.values():
        bare = {digits for one in found if (digits := digits_of(one)) != 1}
        counted = bare & held
        if counted and len(counted) >= min(_ENOUGH, len(bare)) and not held & {one.value for one in found}:
            for one in found:
                word = _word(one)
                end = one.start + len(one.written)
                text = text[: end - len(word)] + " " * len(word) + text[end:]
    return text


def digits_of(quantity: Quantity) -> float:
    """Return the 6 of `6 million`; of any other number itself."""
    digits = re.match(r"[\d,]*\.?\d+", quantity.written)
    return float(digits.group().replace(",", "")) if digits else quantity.value


@lru_cache(maxsize=8)
def _scaled(text: str) -> tuple[Quantity, ...]:
    return tuple(one for one in quantities(text) if not one.percent and _WORD.search(one.written))


def _word(quantity: Quantity) -> str:
    found = _WORD.search(quantity.written)
    return found.group() if found else ""
