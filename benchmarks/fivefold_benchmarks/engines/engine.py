"""What a run needs of the place where its attempts are made."""

from __future__ import annotations

from typing import Protocol

from fivefold_benchmarks.attempting import Ended, Task

NODE = "node"
"""Kind of a fault: the machine that made the attempt is gone."""


class Load(Protocol):
    """How much is under way, for people."""

    @property
    def busy(self) -> int:
        """Under way."""
        ...

    @property
    def limit(self) -> int:
        """At most."""
        ...


class Engine(Protocol):
    """Makes attempts, as many at once as it has places."""

    @property
    def load(self) -> Load:
        """How much is under way."""
        ...

    def take(self) -> bool:
        """Take a place for an attempt if there is one now."""
        ...

    async def freed(self) -> None:
        """Wait until there may be a place."""
        ...

    async def attempt(self, task: Task) -> Ended:
        """Make an attempt in a place that was taken, and give the place back."""
        ...

    async def answers(self) -> bool:
        """Whether the LLM answers a short question that it was never asked before."""
        ...
