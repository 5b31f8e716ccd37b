"""Draws problems so that each kind has enough of them."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence

from fivefold_benchmarks.case import Case


def of_each_kind(cases: Sequence[Case], count: int, seed: int = 0) -> list[Case]:
    """Return so many problems of each kind of each benchmark, in their order; all of a kind that has no more.

    Two near-duplicates are drawn only where a kind has not enough others. What is drawn of one kind does not hang on
    which other kinds there are.
    """
    kinds: defaultdict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in cases:
        kinds[case.benchmark, case.kind].append(case)
    drawn = {
        (case.benchmark, case.id)
        for kind, own in kinds.items()
        for case in _drawn(own, count, random.Random(f"{seed} {kind}"))
    }
    return [case for case in cases if (case.benchmark, case.id) in drawn]


def _drawn(cases: Sequence[Case], count: int, draw: random.Random) -> Sequence[Case]:
    shuffled = draw.sample(cases, len(cases))
    first_of: dict[str, Case] = {}
    for case in shuffled:
        first_of.setdefault(case.group or case.id, case)
    alone = {case.id for case in first_of.values()}
    return sorted(shuffled, key=lambda case: case.id not in alone)[: max(0, count)]


def short_of(cases: Sequence[Case], count: int) -> list[str]:
    """Return in words which kinds have fewer problems than were to be drawn."""
    counts = Counter((case.benchmark, case.kind or "-") for case in cases)
    return [f"{benchmark}: {kind} has {n} of {count}" for (benchmark, kind), n in counts.items() if n < count]
