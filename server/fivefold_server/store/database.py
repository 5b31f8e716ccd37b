"""The database while the server runs: writes in order through one thread, reads beside them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from fivefold_server.store import sqlite
from fivefold_server.store.connection import Found, Session, Work

if TYPE_CHECKING:
    from fivefold_server.store.listening import Listener

READERS = 4
PATIENCE_S = 45.0
"""Seconds for which a lost Postgres is waited for."""


class Database:
    """A SQLite file, or a Postgres database given by its address."""

    def __init__(self, place: Path | str) -> None:
        self._place = place
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="fivefold-write")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="fivefold-read")
        self._own = threading.local()
        self._opened: list[Session] = []
        self._listener: Listener | None = None
        self._prepare()
        self._writing = self.session(writes=True)

    @property
    def shared(self) -> bool:
        """Whether other servers may work on it too."""
        return isinstance(self._place, str)

    def session(self, *, writes: bool, patience_s: float = PATIENCE_S) -> Session:
        """Return a connection of its own for a thread; it is closed with the database.

        Args:
            writes: whether it does more than look.
            patience_s: seconds for which it waits for a lost Postgres.
        """
        found: Session
        if isinstance(self._place, Path):
            found = sqlite.SqliteSession(self._place, writes=writes)
        else:
            from fivefold_server.store.postgres import PostgresSession

            found = PostgresSession(self._place, writes=writes, patience_s=patience_s)
        self._opened.append(found)
        return found

    def submit(self, work: Work[Found]) -> Future[Found]:
        """Do something in a transaction, after everything that was submitted before; from any thread.

        What is done may be done anew where the connection is lost before it is kept.
        """
        return self._writer.submit(self._writing.do, work)

    async def write(self, work: Work[Found]) -> Found:
        """Do something in a transaction and wait for it."""
        return await asyncio.wrap_future(self.submit(work))

    async def read(self, work: Work[Found]) -> Found:
        """Look something up."""
        return await asyncio.wrap_future(self._readers.submit(self._read, work))

    def listen(self, heard: Callable[[Sequence[str] | None], None]) -> None:
        """From now on call with what other servers announce, in a thread; with None where some of it was missed."""
        if isinstance(self._place, str):
            from fivefold_server.store.listening import Listener

            self._listener = Listener(self._place, heard)

    def close(self) -> None:
        """Finish what was submitted and close it."""
        if self._listener is not None:
            self._listener.close()
        self._readers.shutdown()
        self._writer.shutdown()
        for session in self._opened:
            session.close()

    def _prepare(self) -> None:
        if isinstance(self._place, Path):
            sqlite.prepare(self._place)
            return
        from fivefold_server.store import postgres

        postgres.prepare(self._place)

    def _read(self, work: Work[Found]) -> Found:
        session: Session | None = getattr(self._own, "session", None)
        if session is None:
            session = self._own.session = self.session(writes=False)
        return session.do(work)
