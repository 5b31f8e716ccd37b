"""Runs: queued, under way, ended; what was asked and what came of it."""

from __future__ import annotations

import json
import secrets
import time
from typing import Any, Literal, NamedTuple

from fivefold_server.store.connection import Db

Kind = Literal["words", "formulation", "question"]
OPEN = ("queued", "running")
"""Statuses of runs that a server has, or will have next."""
_CANCEL, _KEEP = 1, 2
"""What `stopping` says."""
_OPEN = "('queued', 'running', 'waiting')"


class RunRow(NamedTuple):
    """One run."""

    id: str
    problem: str
    owner: str
    kind: str
    """`words`: from the problem's text; `formulation`: of a version that is there; `question`: about its best plan."""
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
    worker: str | None = None
    """The server that has it, or had it last."""
    fence: int = 0
    """How often a server took it; what is written for it carries this number."""
    falls: int = 0
    """How often servers went down in the middle of it since it last made a step."""
    stopping: int = 0
    """Whether somebody asked the server that has it to end it."""
    told: int | None = None
    """The place in the queue that was told last."""
    grade: str | None = None
    """What the checks said of its answer."""

    @property
    def is_open(self) -> bool:
        """Whether it is not over; one that waits for a person is not."""
        return self.status in (*OPEN, "waiting")


_COLUMNS = (
    "id, problem, owner, kind, status, formulation, asked, found, error, attempts, created, started, ended, place, "
    "worker, fence, falls, stopping, told, grade"
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


def of_words(db: Db, owner: str, problem: str, most: int) -> list[RunRow]:
    """Return a problem's runs from words that left something, the latest first."""
    query = (
        f"SELECT {_COLUMNS} FROM runs WHERE owner = ? AND problem = ? AND kind = 'words' AND found IS NOT NULL "
        "ORDER BY place DESC LIMIT ?"
    )
    return [RunRow(*row) for row in db.execute(query, (owner, problem, most))]


def without_effect(db: Db, problem: str) -> frozenset[str]:
    """Return the runs from words that ended with a version that was there before they began."""
    query = (
        "SELECT runs.id FROM runs JOIN formulations ON formulations.problem = runs.problem "
        "AND formulations.version = runs.formulation "
        "WHERE runs.problem = ? AND kind = 'words' AND formulations.created < runs.created"
    )
    return frozenset(row["id"] for row in db.execute(query, (problem,)))


class InQueue(NamedTuple):
    """A run that waits, without what it was asked."""

    id: str
    problem: str
    owner: str
    kind: str
    attempts: int
    told: int | None


def queue(db: Db) -> list[InQueue]:
    """Return all runs that wait, in their order."""
    query = "SELECT id, problem, owner, kind, attempts, told FROM runs WHERE status = 'queued' ORDER BY place"
    return [InQueue(*row) for row in db.execute(query)]


def waiting(db: Db, owner: str) -> tuple[int, int]:
    """Return how many runs wait, and how many of them are one user's."""
    query = "SELECT COUNT(*) AS n, COUNT(CASE WHEN owner = ? THEN 1 END) AS mine FROM runs WHERE status = 'queued'"
    row = db.execute(query, (owner,)).fetchone()
    return row["n"], row["mine"]


def held_by(db: Db, worker: str) -> list[RunRow]:
    """Return the runs that a server has."""
    query = f"SELECT {_COLUMNS} FROM runs WHERE worker = ? AND status = 'running' ORDER BY place"
    return [RunRow(*row) for row in db.execute(query, (worker,))]


def open_in(db: Db, problem: str) -> RunRow | None:
    """Return the run of a problem that is not over."""
    query = f"SELECT {_COLUMNS} FROM runs WHERE problem = ? AND status IN {_OPEN} ORDER BY place LIMIT 1"
    row = db.execute(query, (problem,)).fetchone()
    return None if row is None else RunRow(*row)


def abandoned(db: Db) -> list[RunRow]:
    """Return the runs under way that no server has, in their order."""
    query = (
        f"SELECT {_COLUMNS} FROM runs WHERE status = 'running' "
        "AND (worker IS NULL OR worker NOT IN (SELECT id FROM workers)) ORDER BY place"
    )
    return [RunRow(*row) for row in db.execute(query)]


def take(db: Db, worker: str) -> RunRow | None:
    """Take a run out of the queue: of who has the fewest under way, the first; None where none waits."""
    busy = "(SELECT COUNT(*) FROM runs AS other WHERE other.owner = runs.owner AND other.status = 'running')"
    next_one = db.execute(f"SELECT id FROM runs WHERE status = 'queued' ORDER BY {busy}, place LIMIT 1").fetchone()
    if next_one is None:
        return None
    row = db.execute(
        "UPDATE runs SET status = 'running', attempts = attempts + 1, started = COALESCE(started, ?), worker = ?, "
        f"fence = fence + 1, falls = falls + 1, stopping = 0, told = NULL WHERE id = ? RETURNING {_COLUMNS}",
        (time.time(), worker, next_one["id"]),
    ).fetchone()
    return RunRow(*row)


def is_held(db: Db, run: RunRow) -> bool:
    """Return whether a run is still the server's that took it."""
    query = "SELECT 1 FROM runs WHERE id = ? AND fence = ? AND status = 'running'"
    return db.execute(query, (run.id, run.fence)).fetchone() is not None


def stop(db: Db, name: str, *, keep: bool = False) -> bool:
    """Ask the server that has a run to end it, or to stop it with the best so far; return False where none has."""
    how = _KEEP if keep else _CANCEL
    return db.execute("UPDATE runs SET stopping = ? WHERE id = ? AND status = 'running'", (how, name)).rowcount == 1


def to_stop(db: Db, worker: str) -> list[tuple[str, bool]]:
    """Return the runs that a server has and somebody wants to end, and whether their best is to be kept."""
    query = "SELECT id, stopping FROM runs WHERE worker = ? AND status = 'running' AND stopping > 0"
    return [(str(row["id"]), row["stopping"] == _KEEP) for row in db.execute(query, (worker,))]


def tell_place(db: Db, name: str, place: int) -> None:
    """Note which place in the queue a run was told."""
    db.execute("UPDATE runs SET told = ? WHERE id = ?", (place, name))


def requeue(db: Db, name: str, *, attempts: int | None = None, falls: int | None = None) -> None:
    """Let a run wait again, at the place it had."""
    db.execute(
        "UPDATE runs SET status = 'queued', ended = NULL, error = NULL, attempts = COALESCE(?, attempts), "
        "falls = COALESCE(?, falls), stopping = 0, told = NULL WHERE id = ?",
        (attempts, falls, name),
    )


def finish(
    db: Db,
    name: str,
    status: str,
    *,
    found: str | None = None,
    error: dict[str, Any] | None = None,
    formulation: int | None = None,
    grade: str | None = None,
) -> None:
    """Note how a run ended."""
    db.execute(
        "UPDATE runs SET status = ?, found = COALESCE(?, found), error = ?, ended = ?, "
        "formulation = COALESCE(?, formulation), grade = ? WHERE id = ?",
        (status, found, None if error is None else json.dumps(error), time.time(), formulation, grade, name),
    )


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
