"""Runs: queued, under way, ended; what was asked and what came of it."""

from __future__ import annotations

import json
import secrets
import time
from typing import Any, Literal, NamedTuple

from fivefold_server.store.connection import Db

Kind = Literal["words", "formulation"]
OPEN = ("queued", "running")
"""Statuses of runs that are not over."""
_OPEN = "('queued', 'running')"


class RunRow(NamedTuple):
    """One run."""

    id: str
    problem: str
    owner: str
    kind: str
    """`words`: from the problem's text; `formulation`: of a version that is there."""
    status: str
    formulation: int | None
    """The version that it runs, or that it made."""
    asked: str
    """Text and options, as JSON."""
    found: str | None
    """What came of it, as JSON."""
    error: str | None
    """Why it failed, as a problem document."""
    attempts: int
    created: float
    started: float | None
    ended: float | None
    place: int

    @property
    def is_open(self) -> bool:
        """Whether it is not over."""
        return self.status in OPEN


_COLUMNS = (
    "id, problem, owner, kind, status, formulation, asked, found, error, attempts, created, started, ended, place"
)


def add(db: Db, owner: str, problem: str, kind: Kind, asked: dict[str, Any], formulation: int | None = None) -> RunRow:
    """Put a run behind all others."""
    place: int = db.execute("SELECT COALESCE(MAX(place), 0) + 1 FROM runs").fetchone()[0]
    row = RunRow(
        secrets.token_hex(8), problem, owner, kind, "queued", formulation, json.dumps(asked), None, None, 0,
        time.time(), None, None, place,
    )  # fmt: skip
    db.execute(f"INSERT INTO runs ({_COLUMNS}) VALUES ({', '.join('?' * len(row))})", row)
    return row


def one(db: Db, owner: str, name: str) -> RunRow | None:
    """Return a user's run."""
    row = db.execute(f"SELECT {_COLUMNS} FROM runs WHERE owner = ? AND id = ?", (owner, name)).fetchone()
    return None if row is None else RunRow(*row)


def every(db: Db, owner: str, *, problem: str | None, status: str | None, offset: int, limit: int) -> list[RunRow]:
    """Return a page of a user's runs, the latest first."""
    query = (
        f"SELECT {_COLUMNS} FROM runs WHERE owner = ?1 AND (CAST(?2 AS TEXT) IS NULL OR problem = ?2) "
        "AND (CAST(?3 AS TEXT) IS NULL OR status = ?3) ORDER BY place DESC LIMIT ?4 OFFSET ?5"
    )
    return [RunRow(*row) for row in db.execute(query, (owner, problem, status, limit, offset))]


def waiting(db: Db) -> list[RunRow]:
    """Return all runs that wait, in their order."""
    return [RunRow(*row) for row in db.execute(f"SELECT {_COLUMNS} FROM runs WHERE status = 'queued' ORDER BY place")]


def open_in(db: Db, problem: str) -> RunRow | None:
    """Return the run of a problem that is not over."""
    query = f"SELECT {_COLUMNS} FROM runs WHERE problem = ? AND status IN {_OPEN} ORDER BY place LIMIT 1"
    row = db.execute(query, (problem,)).fetchone()
    return None if row is None else RunRow(*row)


def left_open(db: Db) -> list[RunRow]:
    """Return the runs that the last server left behind, in their order."""
    return [RunRow(*row) for row in db.execute(f"SELECT {_COLUMNS} FROM runs WHERE status IN {_OPEN} ORDER BY place")]


def begin(db: Db, name: str) -> RunRow | None:
    """Take a run out of the queue; None where it is no longer in it."""
    db.execute(
        "UPDATE runs SET status = 'running', attempts = attempts + 1, started = COALESCE(started, ?) "
        "WHERE id = ? AND status = 'queued'",
        (time.time(), name),
    )
    row = db.execute(f"SELECT {_COLUMNS} FROM runs WHERE id = ? AND status = 'running'", (name,)).fetchone()
    return None if row is None else RunRow(*row)


def requeue(db: Db, name: str, *, attempts: int | None = None) -> None:
    """Let a run wait again, at the place it had."""
    db.execute(
        "UPDATE runs SET status = 'queued', ended = NULL, error = NULL, attempts = COALESCE(?, attempts) WHERE id = ?",
        (attempts, name),
    )


def finish(
    db: Db,
    name: str,
    status: str,
    *,
    found: str | None = None,
    error: dict[str, Any] | None = None,
    formulation: int | None = None,
) -> None:
    """Note how a run ended."""
    db.execute(
        "UPDATE runs SET status = ?, found = COALESCE(?, found), error = ?, ended = ?, "
        "formulation = COALESCE(?, formulation) WHERE id = ?",
        (status, found, None if error is None else json.dumps(error), time.time(), formulation, name),
    )


def counts(db: Db) -> dict[str, int]:
    """Return how many runs there are of each status."""
    return {row["status"]: row["n"] for row in db.execute("SELECT status, COUNT(*) AS n FROM runs GROUP BY status")}


def repeated(db: Db, owner: str, key: str) -> RunRow | None:
    """Return the run that a request with this key has started before."""
    row = db.execute("SELECT run FROM repeats WHERE owner = ? AND key = ?", (owner, key)).fetchone()
    return None if row is None else one(db, owner, row["run"])


def remember(db: Db, owner: str, key: str, run: str) -> None:
    """Keep which run a request with a key started; keys are forgotten after a day."""
    now = time.time()
    db.execute("DELETE FROM repeats WHERE created < ?", (now - 86400,))
    db.execute(
        "INSERT INTO repeats (owner, key, run, created) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (owner, key) DO UPDATE SET run = excluded.run, created = excluded.created",
        (owner, key, run, now),
    )
