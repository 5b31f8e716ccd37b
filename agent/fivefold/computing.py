"""Computing beside an event loop: in a thread where others share the loop, right there where a run has one alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Found = TypeVar("Found")


@dataclass(slots=True)
class Alone:
    """A run that has its event loop alone."""

    waited_s: float = 0.0
    """Seconds for which it could have gone on, and others had their turn; its limits of time leave them out."""


_alone: ContextVar[Alone | None] = ContextVar("fivefold_alone", default=None)


@contextmanager
def alone() -> Generator[Alone]:
    """Say that event loops which begin in this context have one run each: what it computes holds up nobody else."""
    own = Alone()
    token = _alone.set(own)
    try:
        yield own
    finally:
        _alone.reset(token)


def waited_s() -> float:
    """Return for how many seconds the run of this context has waited for its turns."""
    own = _alone.get()
    return 0.0 if own is None else own.waited_s


async def computed(function: Callable[Arguments, Found], *args: Arguments.args, **kwargs: Arguments.kwargs) -> Found:
    """Call a function that computes for long so that it holds up nobody else on the event loop."""
    if _alone.get() is not None:
        return function(*args, **kwargs)
    return await asyncio.to_thread(function, *args, **kwargs)
