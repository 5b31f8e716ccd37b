"""The LLM as one attempt sees it: waiting for its turn, counted, held to a budget, with the run's own seed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from fivefold.llm import LLM, Message, Reply, Schema, Usage
from fivefold_benchmarks.adaptive import Gate

SEED_STEP = 1000
"""Distance between the seeds of two samples; more than any pipeline adds to its own."""


class BudgetSpentError(Exception):
    """An attempt wants to ask again and has used up what it may; the message says what."""


class Clock:
    """The seconds of one attempt; it stands while the attempt waits for the LLM's turn."""

    def __init__(self, max_seconds: float) -> None:
        self._left = max_seconds
        self._begun = self._since = time.monotonic()
        self._waiting = 0
        self._waited = 0.0
        self.limit = asyncio.timeout(max_seconds)
        """To be entered around the attempt."""

    @property
    def seconds(self) -> float:
        """Seconds so far, without those spent waiting."""
        return time.monotonic() - self._begun - self._waited

    @contextmanager
    def standing(self) -> Generator[None]:
        """Stop the clock while something is waited for that is not the attempt's doing."""
        begun = time.monotonic()
        if not self._waiting:
            self._left -= begun - self._since
            self._reset(None)
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._since = time.monotonic()
                self._waited += self._since - begun
                self._reset(self._left)

    def charge(self, seconds: float) -> None:
        """Count seconds that were spent when a reply was first given, so that a repeat has no more time."""
        moment = time.monotonic()
        self._left -= seconds + (moment - self._since)
        self._since = moment
        self._reset(self._left)

    def forgive(self, seconds: float) -> None:
        """Take back seconds that turn out to have been spent waiting."""
        self._left += seconds
        self._waited += seconds
        if not self._waiting:
            self.charge(0.0)

    def _reset(self, left: float | None) -> None:
        if not self.limit.expired():
            self.limit.reschedule(None if left is None else asyncio.get_running_loop().time() + max(0.0, left))


class MeteredLLM(LLM):
    """Asks another `LLM` for one attempt.

    A reply from the cache is handed on like a fresh one and counts against the budget with what it first took:
    only so is the repeat of a run its repeat.
    """

    def __init__(
        self, llm: LLM, gate: Gate, clock: Clock, *, max_tokens: int, seed: int = 0, temperature: float = 0.0
    ) -> None:
        self._asked = llm
        self._gate = gate
        self._clock = clock
        self._max_tokens = max_tokens
        self._seed = seed
        self._temperature = temperature
        self._started = False
        self.usage = Usage()
        """All that was taken so far."""
        self.cached_calls = 0
        """Replies that came from the cache."""

    def __repr__(self) -> str:
        """Return what is asked."""
        return f"MeteredLLM({self._asked!r})"

    @property
    def base_url(self) -> str:
        """The endpoint; holds no secrets."""
        return self._asked.base_url

    async def aclose(self) -> None:
        """Do nothing: the connections belong to the LLM that is asked."""

    async def name(self) -> str:
        """Return the name of the LLM."""
        return await self._asked.name()

    async def list_llms(self) -> list[str]:
        """Return the names of the LLMs that the endpoint lists."""
        return await self._asked.list_llms()

    def started(self) -> None:
        """Give back the place at the gate that was kept for the first question."""
        if not self._started:
            self._started = True
            self._gate.begun()

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
        """Ask one question when its turn has come; the arguments are those of `LLM.ask`.

        Raises:
            BudgetSpentError: the attempt has no tokens left.
            LLMError: the endpoint failed and retries did not help.
        """
        if self.usage.tokens >= self._max_tokens:
            raise BudgetSpentError(f"{self.usage.tokens} of {self._max_tokens} tokens spent")
        self.started()
        with self._clock.standing():
            pace = await self._gate.enter()
        begun = time.monotonic()
        try:
            reply = await self._asked.ask(
                messages,
                schema=schema,
                max_tokens=max_tokens,
                temperature=temperature or self._temperature,
                seed=None if seed is None else seed + self._seed,
                stop=stop,
                on_text=on_text,
            )
            if not reply.cached and not reply.retries:
                self._gate.answered(pace, reply.usage.seconds, reply.usage.completion_tokens)
        finally:
            self._gate.leave()
        # The look-up in the cache and the wait for one of the client's requests are not the attempt's doing.
        self._clock.forgive(max(0.0, time.monotonic() - begun - (0.0 if reply.cached else reply.usage.seconds)))
        return self._counted(reply)

    def _counted(self, reply: Reply) -> Reply:
        if reply.cached:
            self._clock.charge(reply.usage.seconds)
        usage = replace(reply.usage, cached=False)
        self.usage += usage
        self.cached_calls += reply.cached
        return replace(reply, usage=usage)
