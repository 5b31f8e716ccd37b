"""Reads how much a server does from its `/metrics`: tokens a second, prefix-cache hits, requests."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fivefold.llm.local.endpoint import get
from fivefold.llm.local.state import ServerState

_SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{[^}]*\})? (\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a server has done since it was started, and what it does now."""

    running: int
    """Requests that are worked on."""
    waiting: int
    """Requests that wait for a place."""
    requests: int
    """Finished ones."""
    prompt_tokens: int
    """Tokens of questions, those taken from the prefix cache included."""
    written_tokens: int
    prompt_per_s: float
    """Tokens of questions a second, over the last moments."""
    written_per_s: float
    """Tokens written a second by all requests together, over the last moments."""
    stream_per_s: float | None
    """Tokens a second of one request while it was written, on average; None before the first."""
    first_token_s: float | None
    """Seconds to the first token, on average; None before the first."""
    prefix_queries: int
    """Tokens that were looked up in the prefix cache."""
    prefix_hits: int
    """Tokens that were found there."""
    cache_used: float
    """Part of the room for keys and values that is taken, 0 to 1; of the fullest copy."""

    @property
    def prefix_rate(self) -> float | None:
        """Part of the looked-up tokens that the prefix cache had; None before the first look."""
        return self.prefix_hits / self.prefix_queries if self.prefix_queries else None

    def lines(self) -> list[str]:
        """Return them for people."""
        speed = f"{self.written_per_s:.1f} tokens/s written, {self.prompt_per_s:.1f} tokens/s read now"
        if self.stream_per_s is not None:
            speed += f"; {self.stream_per_s:.1f} tokens/s per request on average"
        if self.first_token_s is not None:
            speed += f", first token after {self.first_token_s:.1f} s"
        found = "nothing asked yet" if self.prefix_rate is None else f"{self.prefix_rate:.0%} hits"
        if self.prefix_rate is not None:
            found += f" ({self.prefix_hits:,} of {self.prefix_queries:,} tokens)"
        return [
            f"requests {self.running} running, {self.waiting} waiting, {self.requests:,} done",
            f"tokens   {self.prompt_tokens:,} read, {self.written_tokens:,} written",
            f"speed    {speed}",
            f"prefixes {found}; cache {self.cache_used:.0%} full",
        ]


def measure(state: ServerState, *, seconds: float = 2.0, sleep: Callable[[float], None] = time.sleep) -> Figures | None:
    """Return the figures of a server, looked at twice; None where it shows none (llama.cpp)."""
    before, begun = get(state, "/metrics"), time.monotonic()
    if before is None or "vllm:" not in before:
        return None
    sleep(seconds)
    after = get(state, "/metrics")
    if after is None:
        return None
    return figures(read(before), read(after), time.monotonic() - begun)


def read(text: str) -> dict[str, list[float]]:
    """Return the samples of a Prometheus text by name, one for each set of labels."""
    samples = dict[str, list[float]]()
    for name, value in _SAMPLE.findall(text):
        try:
            samples.setdefault(name, []).append(float(value))
        except ValueError:
            continue
    return samples


Samples = Mapping[str, list[float]]


def figures(before: Samples, after: Samples, seconds: float) -> Figures:
    """Return what two looks at vLLM's samples, `seconds` apart, say; copies on several GPUs are added up."""

    def number(name: str, samples: Samples = after) -> float:
        return sum(samples.get(f"vllm:{name}", ()))

    def per_second(name: str) -> float:
        # A restarted server counts from nothing.
        return max(0.0, number(name) - number(name, before)) / seconds

    def mean(name: str) -> float | None:
        count = number(f"{name}_count")
        return number(f"{name}_sum") / count if count else None

    between = mean("inter_token_latency_seconds") or mean("request_time_per_output_token_seconds")
    return Figures(
        running=round(number("num_requests_running")),
        waiting=round(number("num_requests_waiting")),
        requests=round(number("request_success_total")),
        prompt_tokens=round(number("prompt_tokens_total")),
        written_tokens=round(number("generation_tokens_total")),
        prompt_per_s=per_second("prompt_tokens_total"),
        written_per_s=per_second("generation_tokens_total"),
        stream_per_s=1.0 / between if between else None,
        first_token_s=mean("time_to_first_token_seconds"),
        prefix_queries=round(number("prefix_cache_queries_total")),
        prefix_hits=round(number("prefix_cache_hits_total")),
        cache_used=max(after.get("vllm:kv_cache_usage_perc", [0.0])),
    )
