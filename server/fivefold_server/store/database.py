"""One SQLite file: writes in order through one thread, reads beside them, migrations when it is opened."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from fivefold.errors import OutsideError
from fivefold_server.store.connection import Db
from fivefold_server.store.schema import MIGRATIONS

Found = TypeVar("Found")
Work = Callable[[Db], Found]
WAIT_S = 30.0
READERS = 4


class Database:
    """The file while the server runs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="fivefold-write")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="fivefold-read")
        self._own = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._writing = self._writer.submit(self._open).result()

    def submit(self, work: Work[Found]) -> Future[Found]:
        """Do something in a transaction, after everything that was submitted before; from any thread."""
        return self._writer.submit(self._in_transaction, work)

    async def write(self, work: Work[Found]) -> Found:
        """Do something in a transaction and wait for it."""
        return await asyncio.wrap_future(self.submit(work))

    async def read(self, work: Work[Found]) -> Found:
        """Look something up."""
        return await asyncio.wrap_future(self._readers.submit(self._reading, work))

    def close(self) -> None:
        """Finish what was submitted and close the file."""
        self._readers.shutdown()
        self._writer.shutdown()
        for connection in self._opened:
            connection.close()

    def _open(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = self._connection()
            connection.execute("PRAGMA journal_mode = WAL")
            migrate(connection)
        except (OSError, sqlite3.Error) as fault:
            raise OutsideError(f"the server's file {self._path} cannot be used: {fault}; give another --data") from None
        return connection

    def _connection(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=WAIT_S, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        self._opened.append(connection)
        return connection

    def _in_transaction(self, work: Work[Found]) -> Found:
        self._writing.execute("BEGIN IMMEDIATE")
        try:
            found = work(self._writing)
        except BaseException:
            self._writing.execute("ROLLBACK")
            raise
        self._writing.execute("COMMIT")
        return found

    def _reading(self, work: Work[Found]) -> Found:
        connection: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._connection()
            connection.execute("PRAGMA query_only = ON")
            self._own.connection = connection
        return work(connection)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a file to the newest schema, one migration after the other, each whole or not at all.

    Raises:
        OutsideError: the file was written by a newer version of the server.
    """
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise OutsideError(
            f"the server's file has the schema {version}, this version knows {len(MIGRATIONS)}; install a newer one"
        )
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;")
