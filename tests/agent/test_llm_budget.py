import pytest

from fivefold.errors import CallerError
from fivefold.llm import Budget, Left, Usage, cost_usd

ONE = Usage(prompt_tokens=60, completion_tokens=40, calls=1, seconds=2.5, cost_usd=0.01)


def test_without_limits_nothing_runs_out() -> None:
    budget = Budget()
    budget.spend(ONE)
    assert budget.exhausted() is None and budget.left() == Left(tokens=None, seconds=None, calls=None)


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        (Budget(max_tokens=150), "tokens: 200 of 150"),
        (Budget(max_seconds=4), "seconds: 5.0 of 4"),
        (Budget(max_calls=2), "calls: 2 of 2"),
    ],
)
def test_what_runs_out_is_told(budget: Budget, words: str) -> None:
    budget.spend(ONE)
    assert budget.exhausted() is None
    budget.spend(ONE)
    assert words in str(budget.exhausted())
    left = budget.left()
    assert 0 in (left.tokens, left.seconds, left.calls)


def test_cached_replies_take_nothing_and_are_reported() -> None:
    budget = Budget(max_tokens=100, max_calls=1)
    budget.spend(Usage(prompt_tokens=500, completion_tokens=500, calls=1, seconds=9, cached=True))
    assert budget.exhausted() is None and budget.left() == Left(tokens=100, seconds=None, calls=1)
    assert budget.from_cache.tokens == 1000 and budget.from_cache.cached and budget.spent == Usage()


def test_time_of_other_steps_can_be_spent() -> None:
    budget = Budget(max_seconds=1.5)
    budget.spend(Usage(seconds=1.0))
    assert budget.left().seconds == pytest.approx(0.5)


def test_sums_keep_known_costs() -> None:
    assert (ONE + ONE).cost_usd == pytest.approx(0.02)
    assert (ONE + Usage()).cost_usd == pytest.approx(0.01) and (Usage() + Usage()).cost_usd is None


def test_costs_come_from_the_table() -> None:
    prices = {"a": (2.0, 8.0)}
    assert cost_usd(prices, "a", prompt_tokens=1_000_000, completion_tokens=500_000) == pytest.approx(6.0)
    assert cost_usd(prices, "b", prompt_tokens=1, completion_tokens=1) is None


def test_a_negative_limit_is_the_callers_mistake() -> None:
    for limits in ({"max_tokens": -1}, {"max_calls": -1}, {"max_seconds": float("nan")}):
        with pytest.raises(CallerError, match=r"is -1|is nan"):
            Budget(**limits)
