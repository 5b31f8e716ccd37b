"""Which LLM a run asks: an endpoint that is given, or the embedded LLM, which is started where it is not running."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from fivefold.llm import LLM, RetryEvent
from fivefold.settings import Settings

EMBEDDED = "embedded"
"""In place of an address: its port is another one after each start."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an LLM is asked."""

    base_url: str
    llm: str
    """Name of the LLM there."""
    api_key: str | None = field(default=None, repr=False)
    """None: the one of the settings, if it is for this endpoint."""
    embedded: bool = False
    """Whether it is the embedded LLM."""

    @property
    def told(self) -> str:
        """What a record says of it."""
        return EMBEDDED if self.embedded else self.base_url

    def connect(
        self, settings: Settings, *, concurrency: int = 4, on_retry: Callable[[RetryEvent], None] | None = None
    ) -> LLM:
        """Return a client; replies of the embedded LLM are kept under its name."""
        return LLM.connect(
            settings,
            base_url=self.base_url,
            api_key=self.api_key,
            llm=self.llm,
            concurrency=concurrency,
            on_retry=on_retry,
            identity=f"embedded {self.llm}" if self.embedded else None,
        )


async def find(settings: Settings, *, base_url: str | None, llm: str | None, yes: bool = False) -> Endpoint:
    """Return the endpoint of the arguments, else that of the settings, else the embedded LLM.

    Args:
        settings: the key, and what the arguments do not say.
        base_url: the endpoint; `EMBEDDED` is the embedded LLM whatever the settings say.
        llm: name of the LLM; without one the first that the endpoint lists.
        yes: fetch the weights of the embedded LLM without asking.

    Raises:
        CallerError: there is none, and nobody wants the weights of the embedded LLM.
        LLMError: it does not answer, or cannot be started.
    """
    url = base_url or settings.base_url
    if url is None or url == EMBEDDED:
        return _started(settings, llm, yes=yes)
    async with LLM.connect(settings, base_url=url, llm=llm) as asked:
        return Endpoint(asked.base_url, await asked.name())


def _started(settings: Settings, llm: str | None, *, yes: bool) -> Endpoint:
    from fivefold.llm.local.commands import ensure

    base_url, api_key, name = ensure(settings, yes=yes, ask=_ask, say=lambda line: print(line, file=sys.stderr))
    return Endpoint(base_url, llm or name, api_key, embedded=True)


def _ask(question: str) -> bool:
    """Put a yes-or-no question; no terminal means no."""
    if sys.stdin is None or not sys.stdin.isatty():
        return False
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
