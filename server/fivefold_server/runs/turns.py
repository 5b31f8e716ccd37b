"""Turns to compute: so many runs at once, while the others wait in the order in which they came.

Python lets one thread compute at a time and gives its lock to whichever takes it first. Dozens of runs that compute
would keep the event loop that answers from it for seconds; with turns it contends with as few as there are turns.
"""

from __future__ import annotations

import asyncio
import selectors
import threading
import time
from collections import deque
from collections.abc import Coroutine
from functools import partial
from typing import Any, TypeVar

from fivefold.computing import Alone, alone

Found = TypeVar("Found")


class Turns:
    """What the threads of one server share; whoever waits longest is next."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._lock = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        """Take a turn, as soon as there is one."""
        with self._lock:
            if self._free:
                self._free -= 1
                return
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        mine.acquire()

    def __exit__(self, *_: object) -> None:
        """Hand the turn to who waits longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1

    @property
    def waiting(self) -> int:
        """How many wait for a turn."""
        return len(self._waiting)

    def run(self, work: Coroutine[Any, Any, Found]) -> Found:
        """Run a coroutine in an event loop of its own, which has a turn whenever it does not wait.

        It must not wait for another thread in any other way than by `await`.
        """
        with alone() as own, asyncio.Runner(loop_factory=partial(_loop, self, own)) as runner:
            return runner.run(work)


def _loop(turns: Turns, own: Alone) -> asyncio.AbstractEventLoop:
    return asyncio.SelectorEventLoop(_InTurns(turns, own))


class _InTurns(selectors.DefaultSelector):
    """Waits for what an event loop waits for, without a turn; the loop goes on with one."""

    def __init__(self, turns: Turns, own: Alone) -> None:
        super().__init__()
        self._turns = turns
        self._own = own
        self._has_turn = False

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Give up the turn while there is nothing to do."""
        if self._has_turn and timeout == 0:
            return super().select(timeout)
        self._give()
        found = super().select(timeout)
        ready = time.perf_counter()
        self._turns.__enter__()
        self._has_turn = True
        self._own.waited_s += time.perf_counter() - ready
        return found

    def close(self) -> None:
        """The loop is over, and with it the turn."""
        self._give()
        super().close()

    def _give(self) -> None:
        if self._has_turn:
            self._has_turn = False
            self._turns.__exit__()
