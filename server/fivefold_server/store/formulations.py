"""Versions of formulations: added, never changed; only their approval is noted later."""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any, Literal, NamedTuple

from fivefold_server.store.connection import Db

Author = Literal["agent", "user"]


class VersionRow(NamedTuple):
    """One version of a problem's formulation."""

    problem: str
    version: int
    parent: int | None
    author: str
    note: str
    run: str | None
    text: str
    """The formulation as JSON, byte for byte as it was made."""
    sha256: str
    checks: str
    """What checking it found, as JSON."""
    approved: float | None
    created: float


class NewVersion(NamedTuple):
    """A version that is not kept yet."""

    text: str
    checks: dict[str, Any]
    parent: int | None
    author: Author
    note: str = ""
    run: str | None = None


_COLUMNS = "problem, version, parent, author, note, run, text, sha256, checks, approved, created"


def add(db: Db, owner: str, problem: str, new: NewVersion) -> VersionRow:
    """Keep a version under the next number."""
    last = latest_number(db, problem) or 0
    row = VersionRow(
        problem,
        last + 1,
        new.parent,
        new.author,
        new.note,
        new.run,
        new.text,
        hashlib.sha256(new.text.encode()).hexdigest(),
        json.dumps(new.checks),
        None,
        time.time(),
    )
    db.execute(f"INSERT INTO formulations ({_COLUMNS}, owner) VALUES ({', '.join('?' * 12)})", (*row, owner))
    db.execute("UPDATE problems SET changed = ? WHERE id = ?", (row.created, problem))
    return row


def latest_number(db: Db, problem: str) -> int | None:
    """Return the number of a problem's latest version."""
    found: int | None = db.execute("SELECT MAX(version) FROM formulations WHERE problem = ?", (problem,)).fetchone()[0]
    return found


def one(db: Db, owner: str, problem: str, version: int | None) -> VersionRow | None:
    """Return a version, the latest where none is named."""
    query = f"SELECT {_COLUMNS} FROM formulations WHERE owner = ? AND problem = ? AND version = ?"
    number = latest_number(db, problem) if version is None else version
    row = db.execute(query, (owner, problem, number)).fetchone()
    return None if row is None else VersionRow(*row)


def every(db: Db, owner: str, problem: str) -> list[VersionRow]:
    """Return all versions, the first first."""
    query = f"SELECT {_COLUMNS} FROM formulations WHERE owner = ? AND problem = ? ORDER BY version"
    return [VersionRow(*row) for row in db.execute(query, (owner, problem))]


def made_by(db: Db, problem: str) -> dict[str, frozenset[int]]:
    """Return which versions each run made."""
    rows = db.execute(
        "SELECT run, version FROM formulations WHERE problem = ? AND run IS NOT NULL", (problem,)
    ).fetchall()
    return {
        name: frozenset(row["version"] for row in rows if row["run"] == name) for name in {row["run"] for row in rows}
    }


def lineage(db: Db, problem: str, version: int | None = None) -> frozenset[int]:
    """Return the versions that one comes from, itself included, the latest where none is named.

    What was taken back before it is none of them.
    """
    query = "SELECT version, parent FROM formulations WHERE problem = ?"
    parents = {row["version"]: row["parent"] for row in db.execute(query, (problem,))}
    found: set[int] = set()
    at = max(parents, default=None) if version is None else version
    while at is not None and at not in found:
        found.add(at)
        at = parents.get(at)
    return frozenset(found)


def approve(db: Db, problem: str, version: int) -> None:
    """Note that somebody approved a version; the first time counts."""
    db.execute(
        "UPDATE formulations SET approved = COALESCE(approved, ?) WHERE problem = ? AND version = ?",
        (time.time(), problem, version),
    )


def copied(row: VersionRow, note: str, parent: int | None = None) -> NewVersion:
    """Return a version that is the same, byte for byte, as one that is there."""
    return NewVersion(row.text, json.loads(row.checks), parent, "user", note)
