"""The database in Postgres, which several servers share.

Whoever writes holds one lock for the whole database until the end of the transaction. So writes are one after another,
as they are in a SQLite file: whatever a transaction has looked up still holds when it is kept, and the numbers of
events grow in the order in which readers see them. What is written is small and gathered (`Log`), so that this is not
what limits a server; docs/deployment.md has the measurements.
"""

from __future__ import annotations

import itertools
import json
import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from fivefold.errors import CallerError, OutsideError
from fivefold_server.store.connection import Found, Rows, Work
from fivefold_server.store.schema import MIGRATIONS

if TYPE_CHECKING:
    import psycopg

CHANNEL = "fivefold"
MOST_PAYLOAD = 7900
"""Bytes of a notification; Postgres takes 8000. More keys than that become `*`, which means all."""
FROZEN_MS = 20_000
"""Milliseconds after which Postgres ends the transaction of a server that has frozen, and lets go of its lock."""
_LOCK = 5_153_001
"""Any number: the name of the lock of those who write."""
_log = logging.getLogger("fivefold.server")


class Named(tuple[Any, ...]):
    """A row that is read by number and by name."""

    names: Mapping[str, int]

    def __getitem__(self, key: Any) -> Any:
        """Return a value."""
        return super().__getitem__(self.names[key] if isinstance(key, str) else key)


class Connection:
    """A connection inside a transaction."""

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        self._raw = raw

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Rows:
        """Run a statement."""
        return self._raw.execute(numbered(statement), [_value(value) for value in values])

    def executemany(self, statement: str, values: Iterable[Sequence[Any]], /) -> Rows:
        """Run a statement once for each set of values."""
        cursor = self._raw.cursor()
        cursor.executemany(numbered(statement), [[_value(value) for value in row] for row in values])
        return cursor

    def now(self) -> float:
        """Return the time of the database's clock."""
        (seconds,) = self.execute("SELECT CAST(EXTRACT(EPOCH FROM CLOCK_TIMESTAMP()) AS DOUBLE PRECISION)").fetchone()
        return float(seconds)

    def announce(self, keys: Iterable[str]) -> None:
        """Tell all servers what there is news of, once the transaction is kept."""
        payload = json.dumps(sorted(set(keys)))
        if payload != "[]":
            told = payload if len(payload) <= MOST_PAYLOAD else '["*"]'
            self.execute("SELECT pg_notify(?, ?)", (CHANNEL, told))


class _Unsure(Exception):
    """The connection was lost while a transaction was being kept: nobody knows yet whether it was."""

    def __init__(self, transaction: str, found: object) -> None:
        super().__init__(transaction)
        self.transaction = transaction
        self.found = found


class PostgresSession:
    """A connection, made again where it is lost, and what is done with it."""

    def __init__(self, url: str, *, writes: bool, patience_s: float) -> None:
        self._url = url
        self._writes = writes
        self._patience_s = patience_s
        self._raw: psycopg.Connection[Any] | None = None

    def do(self, work: Work[Found]) -> Found:
        """Do something: in a transaction where the session writes, else by looking only.

        Where the connection is lost it is done again, but never twice.

        Raises:
            OutsideError: the database cannot be reached.
        """
        try:
            return self._patiently(partial(self._written if self._writes else _looked_up, work=work))
        except _Unsure as unsure:
            transaction, found = unsure.transaction, unsure.found
        if self._patiently(partial(_was_kept, transaction=transaction)):
            return cast(Found, found)
        return self.do(work)

    def close(self) -> None:
        """Close it."""
        if self._raw is not None:
            self._raw.close()
            self._raw = None

    def _patiently(self, do: Callable[[psycopg.Connection[Any]], Found]) -> Found:
        from psycopg import InterfaceError, OperationalError

        end = time.monotonic() + self._patience_s
        for pause in itertools.chain((0.05, 0.2, 0.5), itertools.repeat(1.0)):
            try:
                if self._raw is None:
                    self._raw = connect(self._url, read_only=not self._writes)
                return do(self._raw)
            except (OperationalError, InterfaceError) as fault:
                self._drop()
                if time.monotonic() > end:
                    raise OutsideError(f"{named(self._url)} cannot be reached: {_first_line(fault)}") from None
                _log.warning("the database is waited for: %s", _first_line(fault))
                time.sleep(pause)
        raise AssertionError("the pauses never end")

    def _drop(self) -> None:
        from psycopg import Error

        with suppress(Error):
            self.close()
        self._raw = None

    def _written(self, raw: psycopg.Connection[Any], work: Work[Found]) -> Found:
        from psycopg import Error, OperationalError

        transaction = begin(raw)
        try:
            found = work(Connection(raw))
        except BaseException:
            with suppress(Error):
                raw.execute("ROLLBACK")
            raise
        try:
            raw.execute("COMMIT")
        except OperationalError:
            self._drop()
            raise _Unsure(transaction, found) from None
        return found


def _looked_up(raw: psycopg.Connection[Any], work: Work[Found]) -> Found:
    return work(Connection(raw))


def begin(raw: psycopg.Connection[Any]) -> str:
    """Begin a transaction, wait until nobody else writes, and return what Postgres calls the transaction."""
    raw.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
    row = raw.execute("SELECT pg_advisory_xact_lock($1), pg_current_xact_id()::text", [_LOCK]).fetchone()
    assert row is not None, "a SELECT of values has a row"
    return str(row[1])


def _was_kept(raw: psycopg.Connection[Any], transaction: str) -> bool:
    """Return whether a transaction was kept; waits while Postgres itself is not done with it."""
    while True:
        row = raw.execute("SELECT pg_xact_status($1::text::xid8)", [transaction]).fetchone()
        if row is None or row[0] != "in progress":
            return row is not None and row[0] == "committed"
        time.sleep(0.1)


def connect(url: str, *, read_only: bool = False) -> psycopg.Connection[Any]:
    """Return a new connection."""
    import psycopg

    raw: psycopg.Connection[Any] = psycopg.connect(
        url,
        autocommit=True,
        cursor_factory=psycopg.RawCursor,
        row_factory=_rows,
        connect_timeout=5,
        application_name="fivefold",
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
        tcp_user_timeout=15_000,
    )
    raw.execute(f"SET idle_in_transaction_session_timeout = {FROZEN_MS}".encode())
    if read_only:
        raw.execute("SET default_transaction_read_only = on")
    return raw


def prepare(url: str) -> None:
    """Make the tables, or bring them to the newest schema; of several servers that start together one does it.

    Raises:
        CallerError: the driver is not installed, or the address is none.
        OutsideError: the database cannot be used, or was written by a newer version of the server.
    """
    try:
        import psycopg
    except ModuleNotFoundError:
        raise CallerError("psycopg is not installed; pip install 'fivefold[postgres]'") from None
    try:
        with connect(url) as raw:
            if raw.info.server_version < 130000:
                raise OutsideError(f"{named(url)} is older than Postgres 13; install a newer one")
            begin(raw)
            migrate(raw)
            raw.execute("COMMIT")
    except psycopg.Error as fault:
        raise OutsideError(f"{named(url)} cannot be used: {_first_line(fault)}; see that it runs") from None


def migrate(raw: psycopg.Connection[Any]) -> None:
    """Bring the tables to the newest schema, inside a transaction.

    Raises:
        OutsideError: they were made by a newer version of the server.
    """
    raw.execute("CREATE TABLE IF NOT EXISTS fivefold_schema (version BIGINT NOT NULL)")
    row = raw.execute("SELECT MAX(version) FROM fivefold_schema").fetchone()
    version = 0 if row is None or row[0] is None else int(row[0])
    if version > len(MIGRATIONS):
        raise OutsideError(
            f"the database has the schema {version}, this version knows {len(MIGRATIONS)}; install a newer one"
        )
    if version == 0:
        raw.execute(_REFUSE)
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        raw.execute(in_postgres(script).encode())
        raw.execute("INSERT INTO fivefold_schema (version) VALUES ($1)", [number])


_REFUSE = """
CREATE OR REPLACE FUNCTION fivefold_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; END $$
"""
_RULES = (
    (r"\bINTEGER PRIMARY KEY AUTOINCREMENT\b", "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"),
    (r"\bINTEGER\b", "BIGINT"),
    (r"\bREAL\b", "DOUBLE PRECISION"),
    (r"\bBLOB\b", "BYTEA"),
    (
        r"(CREATE TRIGGER [^;]*?)\s+BEGIN SELECT RAISE\(ABORT, ('[^']*')\); END;",
        r"\1 FOR EACH ROW EXECUTE FUNCTION fivefold_refuse(\2);",
    ),
)


def in_postgres(script: str) -> str:
    """Return a migration, which is written for SQLite, in the words of Postgres."""
    for pattern, words in _RULES:
        script = re.sub(pattern, words, script)
    return script


@lru_cache(maxsize=1000)
def numbered(statement: str) -> bytes:
    """Return a statement with `$1` where SQLite has `?` or `?1`."""
    count = itertools.count(1)
    return re.sub(r"\?(\d*)", lambda found: f"${found[1] or next(count)}", statement).encode()


def named(url: str) -> str:
    """Return what may be said of a database's address: not the password."""
    parts = urlsplit(url)
    return f"the database {parts.path.lstrip('/')} at {parts.hostname or 'this machine'}"


def _value(value: Any) -> Any:
    """Return a value as Postgres can take it: it knows no text with the character 0."""
    if isinstance(value, bool):
        return int(value)
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def _rows(cursor: psycopg.Cursor[Any]) -> Callable[[Sequence[Any]], Named]:
    names = {column.name: number for number, column in enumerate(cursor.description or ())}

    def row(values: Sequence[Any]) -> Named:
        made = Named(values)
        made.names = names
        return made

    return row


def _first_line(fault: Exception) -> str:
    return (str(fault).strip() or type(fault).__name__).splitlines()[0]
