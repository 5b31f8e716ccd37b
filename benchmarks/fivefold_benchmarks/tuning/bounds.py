"""What runs and replies may take, how the agent runs, and the LLM as a run sees it: held to all of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from fivefold.llm import LLM, Message, Reply, Schema, Usage
from fivefold_benchmarks.adaptive import Gate
from fivefold_benchmarks.metering import BudgetSpentError, Clock, MeteredLLM
from fivefold_prompts.optimizer.rollout import Cost

LATE_S = 60.0
"""Seconds that a run may take to end when its time is up."""
MESSAGE_BYTES = 64
"""Bytes that a message takes beside its text, at most."""


class Price(BaseModel):
    """What an LLM costs, for a million tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    read: float = Field(default=0.0, ge=0)
    """Of questions."""
    written: float = Field(default=0.0, ge=0)
    """Of replies."""

    def of(self, usage: Usage) -> float:
        """Return what was spent, as if nothing had come from the cache."""
        return (usage.prompt_tokens * self.read + usage.completion_tokens * self.written) / 1e6

    def at_most(self, tokens: int) -> float:
        """Return what so many tokens cost at most."""
        return tokens * max(self.read, self.written) / 1e6


class RunBounds(BaseModel):
    """How the agent runs, and what one run may take."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rounds: int = Field(default=2, ge=0)
    """Repairs at most."""
    samples: int = Field(default=1, ge=1)
    """Independent derivations at most."""
    form: Literal["auto", "scalar", "indexed"] = "auto"
    """How the LLM is asked to write."""
    max_tokens: int = Field(default=20_000, ge=1_000)
    """LLM tokens at most, in and out; a question that might not fit is not asked."""
    max_seconds: float = Field(default=900.0, gt=0)
    """Seconds at most, without waiting for the LLM's turn."""
    time_limit_s: float = Field(default=30.0, gt=0)
    """Seconds for one solve."""
    temperature: float = Field(default=0.0, ge=0)
    """Of the LLM's sampling."""

    price: Price = Price()
    """Of the LLM."""

    @property
    def most(self) -> Cost:
        """What one run costs at most."""
        tokens = self.max_tokens
        return Cost(rollouts=1, tokens=tokens, money=self.price.at_most(tokens), seconds=self.max_seconds + LATE_S)


class Writer(BaseModel):
    """The LLM that writes prompts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    llm: str | None = None
    """Its name; the agent's own LLM where neither this nor `base_url` is given."""
    base_url: str | None = None
    """Its endpoint."""
    max_tokens: int = Field(default=2_000, ge=100)
    """Of a reply."""
    temperature: float = Field(default=0.7, ge=0)
    """Of its sampling."""
    timeout_s: float = Field(default=600.0, gt=0)
    """Seconds for one reply."""
    price: Price = Price()
    """Of the LLM."""

    def most(self, characters: int) -> Cost:
        """Return what a reply costs at most to a question of so many characters, earlier replies among it."""
        tokens = 2 * characters + 12 * self.max_tokens
        return Cost(tokens=tokens, money=self.price.at_most(tokens), seconds=self.timeout_s + LATE_S)


class BoundedLLM(MeteredLLM):
    """Asks only what cannot go over the bound: a token is at least one byte."""

    def __init__(self, llm: LLM, gate: Gate, clock: Clock, *, bounds: RunBounds, seed: int) -> None:
        super().__init__(llm, gate, clock, max_tokens=bounds.max_tokens, seed=seed, temperature=bounds.temperature)
        self._bound = bounds.max_tokens

    async def ask(
        self,
        messages: Sequence[Message],
        *,
        schema: Schema | None = None,
        max_tokens: int = 2048,
        temperature: float = 0.0,
        seed: int | None = 0,
        stop: Sequence[str] | None = None,
        on_text: Callable[[str], None] | None = None,
    ) -> Reply:
        """Ask one question; see `MeteredLLM.ask`."""
        most = bytes_of(messages) + max_tokens + (len(json.dumps(schema)) if schema else 0)
        if self.usage.tokens + most > self._bound:
            raise BudgetSpentError(f"{self.usage.tokens} of {self._bound} tokens spent, and {most} may be needed")
        return await super().ask(
            messages,
            schema=schema,
            max_tokens=max_tokens,
            temperature=temperature,
            seed=seed,
            stop=stop,
            on_text=on_text,
        )


def bytes_of(messages: Sequence[Mapping[str, Any]]) -> int:
    """Return how many tokens messages may have at most."""
    return sum(len(str(message["content"]).encode()) + MESSAGE_BYTES for message in messages)
