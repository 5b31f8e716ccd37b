"""Rates with their uncertainty, and comparisons of two pipelines on the same problems."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple, TypeVar

from fivefold.errors import CallerError
from fivefold_solvers.result import COMPARISON_TOLERANCE

Z95 = 1.959963984540054
"""Two-sided 95 % of the normal distribution."""

T = TypeVar("T")


class Rate(NamedTuple):
    """A share of problems with its 95 % Wilson interval."""

    hits: int
    n: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share itself; 0 of none."""
        return self.hits / self.n if self.n else 0.0

    def __str__(self) -> str:
        return f"{self.hits}/{self.n} ({100 * self.low:.0f}-{100 * self.high:.0f} %)"


class Difference(NamedTuple):
    """How much more of the first is right than of the second, as a share, with its bootstrap interval."""

    mean: float
    low: float
    high: float
    not_better: float
    """Share of resamples in which the first is not better."""


def wilson(count: int, n: int, z: float = Z95) -> tuple[float, float]:
    """Return the Wilson interval of a share (E. B. Wilson, JASA 22, 1927); 0 to 1 without any."""
    if n == 0:
        return 0.0, 1.0
    share = count / n
    middle = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def rate(outcomes: Iterable[bool]) -> Rate:
    """Return the share of true outcomes."""
    known = list(outcomes)
    return Rate(sum(known), len(known), *wilson(sum(known), len(known)))


def execution_rate(ran: Iterable[bool]) -> Rate:
    """Return ER: the share of problems whose program ran and printed a value (LLMOPT, arXiv 2410.13213)."""
    return rate(ran)


def solving_accuracy(right: Iterable[bool]) -> Rate:
    """Return SA: the share of problems whose optimal value was found (LLMOPT)."""
    return rate(right)


def average_solving_times(corrections: Sequence[int]) -> float:
    """Return AST: the mean number of self-corrections of a problem (LLMOPT); 0 without problems."""
    return sum(corrections) / len(corrections) if corrections else 0.0


def pass_at_k(n: int, right: int, k: int) -> float:
    """Return the chance that one of k answers is right, unbiased from n answers (Chen et al., arXiv 2107.03374).

    Raises:
        CallerError: k is not between 1 and n, or right not between 0 and n.
    """
    if not (1 <= k <= n and 0 <= right <= n):
        raise CallerError(f"pass@k needs 1 <= k <= n and 0 <= right <= n; got k={k}, n={n}, right={right}")
    return 1.0 - math.comb(n - right, k) / math.comb(n, k)


def majority(answers: Sequence[T], same: Callable[[T, T], bool]) -> T | None:
    """Return the first of the answers that most of the others agree with; None without answers.

    An answer belongs to the first camp whose first member it agrees with; of equal camps the earlier one wins.
    """
    camps: list[list[T]] = []
    for answer in answers:
        camp = next((camp for camp in camps if same(camp[0], answer)), None)
        if camp is None:
            camps.append([answer])
        else:
            camp.append(answer)
    return max(camps, key=len)[0] if camps else None


def agree(one: float | None, other: float | None) -> bool:
    """Whether two answers are the same number; none agrees with nothing."""
    if one is None or other is None:
        return False
    return abs(one - other) <= COMPARISON_TOLERANCE * max(1.0, abs(one), abs(other))


def majority_at_k(answers: Sequence[T], k: int, *, same: Callable[[T, T], bool], right: Callable[[T], bool]) -> bool:
    """Return whether the majority of the first k answers is right (ORLM's mj@k); answers that are none stay out."""
    chosen = majority(answers[:k], same)
    return chosen is not None and right(chosen)


def mcnemar(first: Sequence[bool], second: Sequence[bool]) -> float:
    """Return the two-sided exact p-value that two pipelines are equally often right on the same problems.

    Only problems that exactly one of them gets right count (Q. McNemar, Psychometrika 12, 1947; exact binomial).

    Raises:
        CallerError: the sequences are not of equal length.
    """
    _paired(first, second)
    only_first = sum(one and not two for one, two in zip(first, second, strict=True))
    only_second = sum(two and not one for one, two in zip(first, second, strict=True))
    n, fewer = only_first + only_second, min(only_first, only_second)
    tail = sum(math.comb(n, count) for count in range(fewer + 1))
    return min(1.0, 2 * tail / (1 << n))


def paired_bootstrap(
    first: Sequence[bool],
    second: Sequence[bool],
    groups: Sequence[Hashable],
    *,
    rounds: int = 10_000,
    seed: int = 0,
) -> Difference:
    """Return the difference of two shares with a 95 % percentile interval, whole groups drawn together.

    Near-duplicates are one observation: a group that is drawn brings all its problems, for both pipelines.

    Raises:
        CallerError: the sequences are empty or not of equal length.
    """
    import numpy as np  # here: the tables of a run need none

    _paired(first, second)
    _paired(first, groups)
    if not first:
        raise CallerError("there is nothing to compare: no problem was run with both")
    names = list(dict.fromkeys(groups))
    place = {name: number for number, name in enumerate(names)}
    gains, sizes = np.zeros(len(names)), np.zeros(len(names))
    for one, two, name in zip(first, second, groups, strict=True):
        gains[place[name]] += int(one) - int(two)
        sizes[place[name]] += 1
    draws = np.random.default_rng(seed).multinomial(len(names), [1 / len(names)] * len(names), size=rounds)
    means = (draws @ gains) / (draws @ sizes)
    low, high = np.quantile(means, [0.025, 0.975])
    return Difference(float(gains.sum() / sizes.sum()), float(low), float(high), float((means <= 0).mean()))


def _paired(one: Sequence[object], other: Sequence[object]) -> None:
    if len(one) != len(other):
        raise CallerError(f"to compare pairs, both need the same problems: {len(one)} and {len(other)} are given")
