"""Numbers that come of three that a text states: a rate of 95 less 20 %, less 12 for cleaning, is 64."""

from __future__ import annotations

from collections.abc import Collection, Iterator


def discounted(numbers: Collection[float], percents: Collection[float]) -> Iterator[tuple[float, frozenset[float]]]:
    """Yield each number less or more a percentage, less or more another number or none, and what it comes of.

    Args:
        numbers: the numbers that are no percentages.
        percents: the percentages as written, 20 for 20 %.
    """
    bases = {*numbers} - {0.0}
    for percent in percents:
        for base in bases:
            for other in {0.0, *bases} - {base}:
                parts = frozenset({percent, base, other})
                for changed in (base * (1 - percent / 100), base * (1 + percent / 100)):
                    yield changed - other, parts
                    yield changed + other, parts
