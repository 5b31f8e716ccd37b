"""Several samples of the same problem as one answer: what most of them say, or the one that is trusted most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from fivefold_benchmarks.record import EvalRecord
from fivefold_benchmarks.statistics import agree, majority


def majority_right(records: Sequence[EvalRecord]) -> float:
    """Return the share of problems whose most frequent value is right (mj@k of ORLM); no value is no vote."""
    chosen = (majority([one for one in own if one.objective is not None], _agree) for own in _by_problem(records))
    return _share(one is not None and one.right for one in chosen)


def most_trusted_right(records: Sequence[EvalRecord], trust: Callable[[EvalRecord], tuple[float, str]]) -> float:
    """Return the share of problems whose sample with the best verdict is right; of equal ones the first counts."""
    own = _by_problem(records)
    return _share(max(some, key=lambda one: (one.objective is not None, trust(one)[0])).right for some in own)


def _by_problem(records: Iterable[EvalRecord]) -> Iterable[list[EvalRecord]]:
    found: defaultdict[str, list[EvalRecord]] = defaultdict(list)
    for record in records:
        found[record.item].append(record)
    return found.values()


def _share(right: Iterable[bool]) -> float:
    known = list(right)
    return sum(known) / len(known) if known else 0.0


def _agree(one: EvalRecord, other: EvalRecord) -> bool:
    return agree(one.objective, other.objective)
