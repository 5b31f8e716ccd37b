"""How much the LLM may be asked for one run: tokens, seconds and calls, and what they cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from fivefold.errors import CallerError
from fivefold.llm.reply import Usage

Prices: TypeAlias = Mapping[str, tuple[float, float]]
"""US dollars per million prompt tokens and per million completion tokens, by name of the LLM."""


def cost_usd(prices: Prices, llm: str, *, prompt_tokens: int, completion_tokens: int) -> float | None:
    """Return the cost in US dollars, None where the table does not list the LLM."""
    price = prices.get(llm)
    if price is None:
        return None
    return (prompt_tokens * price[0] + completion_tokens * price[1]) / 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is left of a budget; None where there is no limit, never below zero."""

    tokens: int | None
    """Tokens of questions and answers together."""
    seconds: float | None
    """Seconds."""
    calls: int | None
    """Answered requests."""


class Budget:
    """Limits and what was spent of them; it only counts, the one who asks looks at `exhausted`.

    Replies from the cache cost nothing; they are added up in `from_cache`. Time that other steps took is
    spent with `Usage(seconds=...)`.
    """

    def __init__(
        self, *, max_tokens: int | None = None, max_seconds: float | None = None, max_calls: int | None = None
    ) -> None:
        for name, limit in (("max_tokens", max_tokens), ("max_seconds", max_seconds), ("max_calls", max_calls)):
            if limit is not None and not limit >= 0:
                raise CallerError(f"`{name}` is {limit}; give a number that is not negative, or None for no limit")
        self.max_tokens = max_tokens
        self.max_seconds = max_seconds
        self.max_calls = max_calls
        self.spent = Usage()
        """Sum of all that was newly spent."""
        self.from_cache = Usage(cached=True)
        """Sum of what replies from the cache took when they were first given."""

    def __repr__(self) -> str:
        """Return limits and what was spent."""
        limits = f"max_tokens={self.max_tokens}, max_seconds={self.max_seconds}, max_calls={self.max_calls}"
        return f"Budget({limits}, spent={self.spent})"

    def spend(self, usage: Usage) -> None:
        """Count what one reply took; a cached one takes nothing from the limits."""
        if usage.cached:
            self.from_cache += usage
        else:
            self.spent += usage

    def left(self) -> Left:
        """Return what is left of each limit."""
        return Left(
            tokens=None if self.max_tokens is None else max(0, self.max_tokens - self.spent.tokens),
            seconds=None if self.max_seconds is None else max(0.0, self.max_seconds - self.spent.seconds),
            calls=None if self.max_calls is None else max(0, self.max_calls - self.spent.calls),
        )

    def exhausted(self) -> str | None:
        """Return which limit is used up and by how much, None while all have something left."""
        left = self.left()
        if left.tokens == 0:
            return f"tokens: {self.spent.tokens} of {self.max_tokens} spent"
        if left.seconds == 0:
            return f"seconds: {self.spent.seconds:.1f} of {self.max_seconds} spent"
        if left.calls == 0:
            return f"calls: {self.spent.calls} of {self.max_calls} spent"
        return None
