"""Sending the same request again after a fault of the network or the endpoint, within bounds."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from fivefold.llm.failure import Failure
from fivefold.llm.reply import RetryEvent

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often and how long to go on trying."""

    attempts: int = 5
    """Requests in all, the first included."""
    total_s: float = 1200.0
    """Seconds for all attempts and the waits between; the last attempt is cut to what is left."""
    base_s: float = 0.5
    """First wait; each later one is twice as long."""
    cap_s: float = 30.0
    """Longest wait that we choose ourselves; a `Retry-After` is kept to even if longer."""

    def wait_s(self, attempt: int, retry_after: float | None) -> float:
        """Return how long to wait after the given attempt (from 1), jitter included.

        Jitter lowers our own wait by up to half and lengthens the endpoint's by up to a tenth, so that
        clients refused together do not come back together.
        """
        if retry_after is not None:
            return retry_after * random.uniform(1.0, 1.1)
        return min(self.cap_s, self.base_s * 2.0 ** min(attempt - 1, 30)) * random.uniform(0.5, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Persisted(Generic[Found]):
    """How it ended after all attempts."""

    found: Found | Failure
    """What was asked for, or the last failure."""
    retries: tuple[str, ...]
    """One line for each attempt that was followed by another."""
    seconds: float
    """Time of all attempts and waits, without the wait for a free slot."""


async def persist(
    attempt: Callable[[float], Awaitable[Found | Failure]],
    *,
    policy: RetryPolicy,
    timeout_s: float,
    slot: asyncio.Semaphore,
    on_retry: Callable[[RetryEvent], None] | None,
) -> Persisted[Found]:
    """Call `attempt` with its time limit until it gives no retryable failure or the bounds are reached.

    A slot is held only while a request is under way, so that others go on during the waits; cancelling
    frees it and passes through.
    """
    retries: list[str] = []
    spent = 0.0
    number = 0
    while True:
        number += 1
        async with slot:
            begun = time.monotonic()
            found = await attempt(min(timeout_s, max(0.001, policy.total_s - spent)))
            spent += time.monotonic() - begun
        if not isinstance(found, Failure) or not found.retryable:
            return Persisted(found=found, retries=tuple(retries), seconds=spent)
        wait = policy.wait_s(number, found.retry_after)
        stopped = None
        if number >= policy.attempts:
            stopped = f"after {number} attempts"
        elif spent + wait >= policy.total_s:
            asked = "the endpoint asks to wait" if found.retry_after is not None else "the next wait is"
            stopped = f"{asked} {wait:.3g} s, more than what is left of {policy.total_s:.3g} s"
        if stopped:
            last = replace(found, detail=f"{found.detail} ({stopped})")
            return Persisted(found=last, retries=tuple(retries), seconds=spent)
        event = RetryEvent(attempt=number, kind=found.kind, status=found.status, detail=found.detail, wait_s=wait)
        retries.append(str(event))
        if on_retry is not None:
            on_retry(event)
        await asyncio.sleep(wait)
        spent += wait
