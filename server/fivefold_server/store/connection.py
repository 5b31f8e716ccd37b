"""What the store's functions ask of a connection: the same for SQLite and Postgres.

Statements are written for SQLite, within what Postgres understands too: `?` or `?1` for values, `ON CONFLICT`,
`RETURNING`, no double quotes, nothing grouped that is not aggregated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

Found = TypeVar("Found")
Row = Any
"""A row: read by number, by name, or unpacked."""


class Rows(Protocol):
    """What a statement found."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""
        ...

    def fetchone(self) -> Row:
        """Return the next row; None behind the last."""
        ...

    def fetchall(self) -> list[Row]:
        """Return all rows that are left."""
        ...

    def __iter__(self) -> Iterator[Row]: ...


class Db(Protocol):
    """A connection inside a transaction."""

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Rows:
        """Run a statement."""
        ...

    def executemany(self, statement: str, values: Iterable[Sequence[Any]], /) -> Rows:
        """Run a statement once for each set of values."""
        ...

    def now(self) -> float:
        """Return the time of the database's clock, which is the same for all servers on it."""
        ...

    def announce(self, keys: Iterable[str]) -> None:
        """Tell other servers on the database what there is news of, once the transaction is kept."""
        ...


Work = Callable[[Db], Found]


class Session(Protocol):
    """A connection that one thread works with."""

    def do(self, work: Work[Found]) -> Found:
        """Do something: in a transaction where the session writes, else by looking only."""
        ...

    def close(self) -> None:
        """Close it."""
        ...
