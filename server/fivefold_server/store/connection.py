"""What the store's functions ask of a connection: the same for SQLite and Postgres.

Statements are written for SQLite, within what Postgres understands too: `?` or `?1` for values, `ON CONFLICT`,
`RETURNING`, no double quotes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

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
