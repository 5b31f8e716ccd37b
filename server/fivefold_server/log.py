"""The one way to the event log: keeps news in order and wakes who waits for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

from fivefold_server.hub import Hub, owner_key, problem_key
from fivefold_server.store import events
from fivefold_server.store.connection import Db
from fivefold_server.store.database import Database
from fivefold_server.store.events import News

Found = TypeVar("Found")
_log = logging.getLogger("fivefold.server")


class Log:
    """The log while the server runs; `tell` may be called from any thread."""

    def __init__(self, database: Database, hub: Hub) -> None:
        self._database = database
        self._hub = hub
        self._loop = asyncio.get_running_loop()

    def tell(self, *news: News) -> None:
        """Log news behind everything that was told before; returns at once."""

        def keep(db: Db) -> None:
            events.append(db, news)

        def woken(kept: Future[None]) -> None:
            if (fault := kept.exception()) is not None:
                _log.error("events were lost", exc_info=fault)
            with suppress(RuntimeError):  # the loop is closed: nobody listens any more
                self._loop.call_soon_threadsafe(self._wake, news)

        self._database.submit(keep).add_done_callback(woken)

    async def told(self, work: Callable[[Db], tuple[Found, Sequence[News]]]) -> Found:
        """Change something and log the news of it in one transaction; return what came of the change."""

        def both(db: Db) -> tuple[Found, Sequence[News]]:
            found, news = work(db)
            events.append(db, news)
            return found, news

        found, news = await self._database.write(both)
        self._wake(news)
        return found

    def _wake(self, news: Sequence[News]) -> None:
        self._hub.wake(key for one in news for key in (problem_key(one.problem), owner_key(one.owner)))
