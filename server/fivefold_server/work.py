"""Computations that would hold up the event loop: in threads, so many at once, so many waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from fivefold_server.errors import Refusal
from fivefold_server.metrics import Metrics

Arguments = ParamSpec("Arguments")
Found = TypeVar("Found")


class Work:
    """The threads of one server."""

    def __init__(self, at_once: int, waiting: int, metrics: Metrics) -> None:
        self._slot = asyncio.Semaphore(at_once)
        self._most = at_once + waiting
        self._count = 0
        self._metrics = metrics

    async def do(
        self, function: Callable[Arguments, Found], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Found:
        """Call a function in a thread and wait for it.

        Raises:
            Refusal: too many wait already.
        """
        if self._count >= self._most:
            raise Refusal(503, "busy", "the server has too much to compute", "try again in some seconds",
                          headers={"Retry-After": "5"})  # fmt: skip
        self._count += 1
        self._metrics.working.set(self._count)
        try:
            async with self._slot:
                return await asyncio.to_thread(function, *args, **kwargs)
        finally:
            self._count -= 1
            self._metrics.working.set(self._count)
