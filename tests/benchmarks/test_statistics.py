"""Rates and comparisons against closed forms, the literature, and scipy where it is installed."""

import itertools
import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivefold.errors import CallerError
from fivefold_benchmarks.loaders.labels import same
from fivefold_benchmarks.statistics import (
    average_solving_times,
    execution_rate,
    majority,
    majority_at_k,
    mcnemar,
    paired_bootstrap,
    pass_at_k,
    rate,
    solving_accuracy,
    wilson,
)

COUNTS = st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
OUTCOMES = st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 5)), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [  # R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_intervals_are_those_of_the_literature(right: int, n: int, low: float, high: float) -> None:
    assert wilson(right, n) == pytest.approx((low, high), abs=6e-5)


@given(COUNTS)
def test_a_wilson_interval_holds_the_share_and_turns_round(counts: tuple[int, int]) -> None:
    right, n = counts
    low, high = wilson(right, n)
    assert 0 <= low <= (right / n if n else 0.5) + 1e-12 and (right / n if n else 0.5) - 1e-12 <= high <= 1
    assert wilson(n - right, n) == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_rates() -> None:
    assert execution_rate([True, True, False, False]).share == 0.5 == solving_accuracy(iter([True, False])).share
    assert str(rate([True, False])) == "1/2 (9-91 %)" and rate([]) == (0, 0, 0.0, 1.0) and rate([]).share == 0
    assert average_solving_times([0, 1, 2, 0]) == 0.75 and average_solving_times([]) == 0


@given(st.integers(1, 12).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n))))
def test_pass_at_k_is_the_share_of_all_choices_with_a_right_one(drawn: tuple[int, int, int]) -> None:
    n, right, k = drawn
    choices = list(itertools.combinations(range(n), k))
    wanted = sum(any(place < right for place in choice) for choice in choices) / len(choices)
    assert pass_at_k(n, right, k) == pytest.approx(wanted)
    assert pass_at_k(n, right, 1) == pytest.approx(right / n)
    assert k == n or pass_at_k(n, right, k) <= pass_at_k(n, right, k + 1) + 1e-12


@pytest.mark.parametrize(("n", "right", "k"), [(5, 2, 0), (5, 2, 6), (5, 6, 1), (5, -1, 1), (0, 0, 1)])
def test_pass_at_k_refuses_what_cannot_be(n: int, right: int, k: int) -> None:
    with pytest.raises(CallerError, match="1 <= k <= n"):
        pass_at_k(n, right, k)


def test_the_majority_and_its_ties() -> None:
    assert majority([3.0, 5.0, 3.001, 5.0, 7.0], same) == 3.0
    assert majority([5.0, 3.0, 5.0], same) == 5.0 and majority(list[float](), same) is None
    right: Callable[[float], bool] = lambda value: value == 5.0  # noqa: E731
    assert majority_at_k([3.0, 5.0, 5.0], 3, same=same, right=right)
    assert not majority_at_k([3.0, 5.0, 5.0], 2, same=same, right=right)
    assert not majority_at_k(list[float](), 3, same=same, right=right)


def pairs(only_first: int, only_second: int, both: int) -> tuple[list[bool], list[bool]]:
    first = [True] * only_first + [False] * only_second + [True] * both
    return first, [False] * only_first + [True] * only_second + [True] * both


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 9))
def test_mcnemar_is_the_exact_binomial_test(only_first: int, only_second: int, both: int) -> None:
    first, second = pairs(only_first, only_second, both)
    p = mcnemar(first, second)
    n = only_first + only_second
    chances = [math.comb(n, count) / 2**n for count in range(n + 1)]
    wanted = sum(chance for chance in chances if chance <= chances[only_first] * (1 + 1e-9))
    assert p == pytest.approx(wanted) and p == mcnemar(second, first)


def test_mcnemar_by_hand() -> None:
    assert mcnemar(*pairs(0, 0, 5)) == 1.0 and mcnemar([], []) == 1.0
    assert mcnemar(*pairs(6, 0, 2)) == pytest.approx(2 / 64) and mcnemar(*pairs(1, 1, 0)) == 1.0
    with pytest.raises(CallerError, match="same problems: 2 and 1"):
        mcnemar([True, False], [True])


@pytest.mark.slow
def test_against_scipy() -> None:
    scipy_stats = pytest.importorskip("scipy.stats", reason="scipy is no dependency")
    for right, n in ((0, 7), (3, 11), (180, 200)):
        interval = scipy_stats.binomtest(right, n).proportion_ci(method="wilson")
        assert wilson(right, n) == pytest.approx((interval.low, interval.high), abs=1e-9)
    for only_first, only_second in ((3, 9), (0, 6), (20, 21)):
        wanted = scipy_stats.binomtest(only_first, only_first + only_second).pvalue
        assert mcnemar(*pairs(only_first, only_second, 4)) == pytest.approx(wanted)


@settings(max_examples=40)
@given(OUTCOMES)
def test_the_bootstrap_turns_round_and_holds_the_mean(outcomes: list[tuple[bool, bool, int]]) -> None:
    first, second, groups = ([row[place] for row in outcomes] for place in range(3))
    found = paired_bootstrap(first, second, groups, rounds=400)
    turned = paired_bootstrap(second, first, groups, rounds=400)
    assert found.mean == pytest.approx(sum(first) / len(first) - sum(second) / len(second))
    assert -1 <= found.low <= found.high <= 1
    assert (turned.mean, turned.low, turned.high) == pytest.approx((-found.mean, -found.high, -found.low))
    assert found == paired_bootstrap(first, second, groups, rounds=400)
    same_twice = paired_bootstrap(first, first, groups, rounds=400)
    assert same_twice == (0.0, 0.0, 0.0, 1.0)


def test_the_bootstrap_has_the_spread_of_theory_and_counts_groups_once() -> None:
    first, second = pairs(30, 10, 60)
    alone = paired_bootstrap(first, second, range(100))
    spread = math.sqrt((0.4 - 0.2**2) / 100)
    assert (alone.low, alone.high) == pytest.approx((0.2 - 1.96 * spread, 0.2 + 1.96 * spread), abs=0.015)
    assert alone.not_better < 0.005
    # Everything four times over is no more evidence where the copies are one group.
    copies = paired_bootstrap(first * 4, second * 4, [place % 100 for place in range(400)])
    assert (copies.low, copies.high) == pytest.approx((alone.low, alone.high), abs=0.015)
    taken_apart = paired_bootstrap(first * 4, second * 4, range(400))
    assert taken_apart.high - taken_apart.low < 0.6 * (copies.high - copies.low)


def test_the_bootstrap_refuses_what_is_no_pair() -> None:
    with pytest.raises(CallerError, match="nothing to compare"):
        paired_bootstrap([], [], [])
    with pytest.raises(CallerError, match="same problems: 1 and 2"):
        paired_bootstrap([True], [True], ["a", "b"])
