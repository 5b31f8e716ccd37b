"""A minimal conflicting subset by divide and conquer (QuickXplain: U. Junker, AAAI 2004, pages 167-172)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def quickxplain(candidates: Sequence[T], conflicting: Callable[[Sequence[T]], bool | None]) -> list[T]:
    """Return a subset that conflicts and, where every answer was certain, none of whose subsets does.

    Needs about `k * log2(n / k)` questions for a conflict of k out of n. An uncertain answer (None) counts as
    "no conflict": members may then be kept that are not needed, never left out wrongly.

    Args:
        candidates: together they conflict; of several conflicts one among the earlier ones is preferred.
        conflicting: whether some of them, in any order, conflict.
    """

    def search(background: list[T], fresh: bool, rest: list[T]) -> list[T]:
        if fresh and conflicting(background):
            return []
        if len(rest) == 1:
            return rest
        half = len(rest) // 2
        first, second = rest[:half], rest[half:]
        needed = search([*background, *first], bool(first), second)
        return search([*background, *needed], bool(needed), first) + needed

    return search([], False, list(candidates)) if candidates else []
