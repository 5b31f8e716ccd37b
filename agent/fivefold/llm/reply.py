"""What the LLM is asked with and what comes back: `Message`, `Reply`, `Usage` and `RetryEvent`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Message: TypeAlias = Mapping[str, str]
"""One chat message: `{"role": "system" | "user" | "assistant", "content": text}`."""

Rung: TypeAlias = Literal["json_schema", "json_object", "text"]
"""How structure is asked for, strongest first: the endpoint enforces the schema, JSON alone, or nothing."""

Schema: TypeAlias = Mapping[str, Any]
"""A JSON schema, sent as it was given."""

Parsed: TypeAlias = dict[str, Any] | list[Any]
"""What a structured reply is read into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one reply, or several, took."""

    prompt_tokens: int = 0
    """Tokens of the question, as the endpoint counts them."""
    completion_tokens: int = 0
    """Tokens of the answer, as the endpoint counts them."""
    calls: int = 0
    """Answered requests; requests that failed and were sent again are not counted."""
    cached: bool = False
    """True: the reply was read from the disk, and all numbers are those of the time it was first given."""
    seconds: float = 0.0
    """From the first attempt to the end of the reply, retries included, the wait for a free slot not."""
    cost_usd: float | None = None
    """US dollars by the price table given to `LLM.connect`; None where it does not list the LLM."""

    @property
    def tokens(self) -> int:
        """Tokens of question and answer together."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: "Usage") -> "Usage":
        """Return the sum; `cached` stays true only where both are, an unknown cost counts as nothing."""
        costs = [cost for cost in (self.cost_usd, other.cost_usd) if cost is not None]
        return Usage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            calls=self.calls + other.calls,
            cached=self.cached and other.cached,
            seconds=self.seconds + other.seconds,
            cost_usd=sum(costs) if costs else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer of the LLM. What is wrong with its text is told in `problem`, never raised."""

    text: str
    """The answer as it came."""
    parsed: Parsed | None
    """The JSON value that was asked for with a schema; None without a schema or where none could be read."""
    problem: str | None
    """Why `parsed` is None or not to be trusted (a cut reply is read as far as it goes); None when all is well."""
    usage: Usage
    """What it took."""
    finish_reason: str
    """Why the LLM stopped: `stop`, `length` (cut at `max_tokens`), `repetition` (given up, as it said one thing again
    and again), or what else the endpoint says."""
    llm: str
    """Name of the LLM at the endpoint."""
    rung: Rung
    """How structure was asked for."""
    request_hash: str
    """SHA-256 of the whole request, the key in the reply cache."""
    retries: tuple[str, ...] = ()
    """What went wrong on the way, one line for each request that was sent again."""
    notes: tuple[str, ...] = ()
    """What else is worth knowing: slips mended while reading, options the endpoint refused, cache trouble."""

    @property
    def cached(self) -> bool:
        """True where no request was sent."""
        return self.usage.cached


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryEvent:
    """A request failed and will be sent again; handed to `on_retry` before the wait."""

    attempt: int
    """Number of the attempt that failed, from 1."""
    kind: str
    """As in `errors.LLMError.kind`."""
    status: int | None
    """HTTP status, None where there was none."""
    detail: str
    """What happened, without secrets."""
    wait_s: float
    """Seconds until the next attempt."""

    def __str__(self) -> str:
        """Return the line that `Reply.retries` carries."""
        return f"attempt {self.attempt}: {self.detail}; again after {self.wait_s:.2f} s"
