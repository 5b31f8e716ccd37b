"""The one way to the event log: keeps news in order and wakes who waits for it, on this server and on others."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

from fivefold_server.hub import QUEUE, Hub, owner_key, problem_key
from fivefold_server.store import events
from fivefold_server.store.connection import Db
from fivefold_server.store.database import Database
from fivefold_server.store.events import News

Found = TypeVar("Found")
_log = logging.getLogger("fivefold.server")


class Log:
    """The log while the server runs; `tell` may be called from any thread.

    What is told while the database is busy is gathered and kept in one transaction, so that a slow database makes
    batches larger and not the queue before it.
    """

    def __init__(self, database: Database, hub: Hub) -> None:
        self._database = database
        self._hub = hub
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._gathered: list[News] = []

    def tell(self, *news: News) -> None:
        """Log news behind everything that was told before; returns at once."""
        with self._lock:
            is_first = not self._gathered
            self._gathered.extend(news)
        if is_first:
            self._database.submit(self._batch()).add_done_callback(self._kept)

    async def told(self, work: Callable[[Db], tuple[Found, Sequence[News]]]) -> Found:
        """Change something and log the news of it in one transaction; return what came of the change."""

        def both(db: Db) -> tuple[Found, Sequence[News]]:
            found, news = work(db)
            _keep(db, news)
            return found, news

        found, news = await self._database.write(both)
        self._hub.wake(_keys(news))
        return found

    def heard(self, keys: Sequence[str] | None) -> None:
        """Take what another server announced, in any thread."""
        with suppress(RuntimeError):  # the loop is closed: nobody listens any more
            self._loop.call_soon_threadsafe(self._hub.wake, keys)

    def _batch(self) -> Callable[[Db], list[News]]:
        taken: list[News] = []

        def keep(db: Db) -> list[News]:
            if not taken:  # else it is done anew, after the connection was lost
                with self._lock:
                    taken.extend(self._gathered)
                    self._gathered.clear()
            _keep(db, taken)
            return taken

        return keep

    def _kept(self, batch: Future[list[News]]) -> None:
        fault = batch.exception()
        if fault is not None:
            _log.error("events were lost", exc_info=fault)
            return
        self.heard(_keys(batch.result()))


def _keep(db: Db, news: Sequence[News]) -> None:
    if news:
        events.append(db, news)
        db.announce(_keys(news))


def _keys(news: Sequence[News]) -> list[str]:
    """Return what there is news of."""
    named = {key for one in news for key in (problem_key(one.problem), owner_key(one.owner))}
    return [*named, QUEUE] if any(one.kind == "run.status" for one in news) else [*named]
