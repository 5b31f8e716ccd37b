"""Data files that users gave, kept as they came."""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import NamedTuple

from fivefold_server.store.connection import Db


class FileRow(NamedTuple):
    """A data file without its content."""

    id: str
    problem: str
    name: str
    size: int
    sha256: str
    created: float


_COLUMNS = "id, problem, name, size, sha256, created"


def add(db: Db, owner: str, problem: str, name: str, content: bytes) -> FileRow:
    """Keep a file."""
    digest = hashlib.sha256(content).hexdigest()
    row = FileRow(secrets.token_hex(8), problem, name, len(content), digest, time.time())
    db.execute(
        f"INSERT INTO files ({_COLUMNS}, owner, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*row, owner, content)
    )
    return row


def one(db: Db, owner: str, name: str) -> FileRow | None:
    """Return a user's file."""
    row = db.execute(f"SELECT {_COLUMNS} FROM files WHERE owner = ? AND id = ?", (owner, name)).fetchone()
    return None if row is None else FileRow(*row)


def every(db: Db, owner: str, problem: str) -> list[FileRow]:
    """Return the files of a problem, the first first."""
    query = f"SELECT {_COLUMNS} FROM files WHERE owner = ? AND problem = ? ORDER BY created, id"
    return [FileRow(*row) for row in db.execute(query, (owner, problem))]


def content(db: Db, name: str) -> bytes:
    """Return the bytes of a file."""
    return bytes(db.execute("SELECT content FROM files WHERE id = ?", (name,)).fetchone()["content"])


def remove(db: Db, owner: str, name: str) -> bool:
    """Remove a file; return False where there is none."""
    return db.execute("DELETE FROM files WHERE owner = ? AND id = ?", (owner, name)).rowcount == 1
