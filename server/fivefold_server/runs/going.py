"""A run in its thread, and the two ways in which it is stopped from another one."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from fivefold_server.store.runs import RunRow


class Going:
    """A run that is under way."""

    def __init__(self, row: RunRow) -> None:
        self.row = row
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None
        self._stopped = False
        self.keeps = False
        """Whether it is to end with the best that it found so far."""
        self.lost = False
        """Whether another server may have it now, so that nothing more is written for it."""

    def enter(self) -> bool:
        """Note the event loop that it runs in; return False where it was stopped before that."""
        with self._lock:
            self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
            return not self._stopped

    def leave(self) -> None:
        """Note that its event loop ends."""
        with self._lock:
            self._loop = self._task = None

    def stop(self, *, lost: bool = False, keep: bool = False) -> None:
        """Cancel it, from any thread; who stops it again does not wait for the best so far."""
        with self._lock:
            if keep and self._stopped:
                return
            self.lost = self.lost or lost
            self.keeps = keep
            self._stopped = True
            if self._loop is not None and self._task is not None:
                self._loop.call_soon_threadsafe(self._task.cancel)
