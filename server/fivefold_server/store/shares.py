"""Links by which somebody without an account looks at one version; what is secret of a link is kept as a hash."""

from __future__ import annotations

import secrets
import time
from typing import NamedTuple

from fivefold_server.store.accounts import hash_token
from fivefold_server.store.connection import Db


class ShareRow(NamedTuple):
    """One link, without its secret."""

    id: str
    problem: str
    owner: str
    version: int
    run: str | None
    """The run whose solution is shown; None for the formulation alone."""
    label: str
    created: float
    expires: float
    revoked: float | None
    seen: int
    """How often it was looked at."""

    @property
    def holds(self) -> bool:
        """Whether it still shows something."""
        return self.revoked is None and self.expires > time.time()


_COLUMNS = "id, problem, owner, version, run, label, created, expires, revoked, seen"


def add(
    db: Db, owner: str, problem: str, version: int, run: str | None, *, days: float, label: str = ""
) -> tuple[ShareRow, str]:
    """Return a new link and its secret, which is told this once."""
    secret, now = f"ffs_{secrets.token_urlsafe(32)}", time.time()
    row = ShareRow(secrets.token_hex(6), problem, owner, version, run, label, now, now + days * 86400, None, 0)
    marks = ", ".join("?" * (len(row) + 1))
    db.execute(f"INSERT INTO shares ({_COLUMNS}, hash) VALUES ({marks})", (*row, hash_token(secret)))
    return row, secret


def every(db: Db, owner: str, problem: str) -> list[ShareRow]:
    """Return the links of a problem, the latest first; those that have ended too."""
    query = f"SELECT {_COLUMNS} FROM shares WHERE owner = ? AND problem = ? ORDER BY created DESC, id"
    return [ShareRow(*row) for row in db.execute(query, (owner, problem))]


def one(db: Db, owner: str, name: str) -> ShareRow | None:
    """Return a user's link."""
    row = db.execute(f"SELECT {_COLUMNS} FROM shares WHERE owner = ? AND id = ?", (owner, name)).fetchone()
    return None if row is None else ShareRow(*row)


def revoke(db: Db, owner: str, name: str) -> None:
    """End a link; the first time counts."""
    db.execute(
        "UPDATE shares SET revoked = COALESCE(revoked, ?) WHERE owner = ? AND id = ?", (time.time(), owner, name)
    )


def with_secret(db: Db, secret: str) -> ShareRow | None:
    """Return the link with a secret, whether it holds or not."""
    row = db.execute(f"SELECT {_COLUMNS} FROM shares WHERE hash = ?", (hash_token(secret),)).fetchone()
    return None if row is None else ShareRow(*row)


def count(db: Db, name: str) -> None:
    """Note that a link was looked at."""
    db.execute("UPDATE shares SET seen = seen + 1 WHERE id = ?", (name,))
