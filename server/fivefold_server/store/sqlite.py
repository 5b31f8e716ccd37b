"""The database as one SQLite file."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path

from fivefold.errors import OutsideError
from fivefold_server.store.connection import Found, Work
from fivefold_server.store.schema import MIGRATIONS

WAIT_S = 30.0
_MACHINE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}
"""What SQLite says where the disk is full, broken or closed to writing."""


class Connection(sqlite3.Connection):
    """A connection to the file; nobody else works on it, so that there is nobody to tell."""

    def now(self) -> float:
        """Return the time."""
        return time.time()

    def announce(self, keys: Iterable[str]) -> None:
        """Do nothing."""


class SqliteSession:
    """A connection and what is done with it."""

    def __init__(self, path: Path, *, writes: bool) -> None:
        self._path = path
        self._writes = writes
        self._connection = sqlite3.connect(
            path, timeout=WAIT_S, isolation_level=None, check_same_thread=False, factory=Connection
        )
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        if not writes:
            self._connection.execute("PRAGMA query_only = ON")

    def do(self, work: Work[Found]) -> Found:
        """Do something: in a transaction where the session writes, else by looking only.

        Raises:
            OutsideError: the disk is full, or the file cannot be read or written any more.
        """
        try:
            return self._written(work) if self._writes else work(self._connection)
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode & 0xFF not in _MACHINE:
                raise
            mend = "see that there is room on its disk and that it may be written"
            raise OutsideError(f"the server's file {self._path} cannot be used: {fault}; {mend}") from None

    def _written(self, work: Work[Found]) -> Found:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            found = work(self._connection)
            self._connection.execute("COMMIT")
        except BaseException:
            # On a full disk SQLite itself has taken everything back.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return found

    def close(self) -> None:
        """Close it."""
        self._connection.close()


def prepare(path: Path) -> None:
    """Make the file, or bring it to the newest schema.

    Raises:
        OutsideError: it cannot be used, or was written by a newer version of the server.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            migrate(connection)
        finally:
            connection.close()
    except (OSError, sqlite3.Error) as fault:
        raise OutsideError(f"the server's file {path} cannot be used: {fault}; give another --data") from None


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
