"""Who waits for news: streams and long polls are woken when the log grows, and read the log themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterable
from contextlib import contextmanager


class Hub:
    """The ears of one server; used within its event loop."""

    def __init__(self) -> None:
        self._ears: dict[str, set[asyncio.Event]] = {}
        self.closing = False
        """Whether the server stops: streams end when they have told what there is."""

    @contextmanager
    def listening(self, key: str) -> Generator[asyncio.Event]:
        """Give an ear that is set when there is news of a problem or for a user."""
        ear = asyncio.Event()
        self._ears.setdefault(key, set()).add(ear)
        try:
            yield ear
        finally:
            self._ears[key].discard(ear)
            if not self._ears[key]:
                del self._ears[key]

    def wake(self, keys: Iterable[str] | None) -> None:
        """Say that there is news; None says that there may be some of everything."""
        if keys is None:
            keys = list(self._ears)
        for key in set(keys):
            for ear in self._ears.get(key, ()):
                ear.set()

    def close(self) -> None:
        """Say that the server stops."""
        self.closing = True
        self.wake(None)


QUEUE = "queue"
"""What to listen to for news of runs that wait, begin, end, or are to be ended."""


def problem_key(problem: str) -> str:
    """Return what to listen to for news of a problem."""
    return f"problem {problem}"


def owner_key(owner: str) -> str:
    """Return what to listen to for news of all of a user's problems."""
    return f"owner {owner}"
