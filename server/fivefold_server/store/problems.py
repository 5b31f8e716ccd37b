"""Problems (each a conversation of its own) and their messages."""

from __future__ import annotations

import secrets
import time
from typing import Literal, NamedTuple

from fivefold_server.store.connection import Db

MAX_TITLE = 120


class ProblemRow(NamedTuple):
    """A problem as it is listed."""

    id: str
    title: str
    created: float
    changed: float
    status: str | None
    """Status of its latest run, None before the first; a question about an answer that is over leaves it as it was."""
    grade: str | None
    """What the checks said of that run's answer, None where they said nothing."""
    version: int | None
    """Number of its latest formulation, None before the first."""


class MessageRow(NamedTuple):
    """What a user or the agent said."""

    id: int
    role: str
    text: str
    run: str | None
    created: float


_LATEST = (
    "FROM runs WHERE runs.problem = problems.id "
    "AND (kind <> 'question' OR status IN ('queued', 'running')) ORDER BY place DESC LIMIT 1"
)
_LISTED = (
    "SELECT id, title, created, changed, "
    f"(SELECT status {_LATEST}) AS status, (SELECT grade {_LATEST}) AS grade, "
    "(SELECT MAX(version) FROM formulations WHERE formulations.problem = problems.id) AS version FROM problems "
)


def add(db: Db, owner: str, title: str, thread: str = "") -> str:
    """Add a problem and return its id."""
    name, now = secrets.token_hex(8), time.time()
    db.execute(
        "INSERT INTO problems (id, owner, title, thread, created, changed) VALUES (?, ?, ?, ?, ?, ?)",
        (name, owner, title[:MAX_TITLE], thread, now, now),
    )
    return name


def one(db: Db, owner: str, name: str) -> ProblemRow | None:
    """Return a user's problem."""
    row = db.execute(f"{_LISTED} WHERE owner = ? AND id = ?", (owner, name)).fetchone()
    return None if row is None else ProblemRow(*row)


def every(db: Db, owner: str, *, search: str, offset: int, limit: int) -> tuple[list[ProblemRow], int]:
    """Return a page of a user's problems, the last changed first, and how many there are."""
    words = f"%{search.replace('%', '').replace('_', ' ').strip()}%"
    where = (
        "WHERE owner = ? AND (LOWER(title) LIKE LOWER(?) OR EXISTS "
        "(SELECT 1 FROM messages WHERE messages.problem = problems.id AND LOWER(text) LIKE LOWER(?)))"
    )
    count: int = db.execute(f"SELECT COUNT(*) FROM problems {where}", (owner, words, words)).fetchone()[0]
    page = f"{_LISTED} {where} ORDER BY changed DESC, id LIMIT ? OFFSET ?"
    return [ProblemRow(*row) for row in db.execute(page, (owner, words, words, limit, offset))], count


def in_thread(db: Db, owner: str, thread: str) -> str | None:
    """Return the latest problem of a chat thread."""
    query = "SELECT id FROM problems WHERE owner = ? AND thread = ? ORDER BY created DESC LIMIT 1"
    row = db.execute(query, (owner, thread)).fetchone()
    return None if row is None else str(row["id"])


def rename(db: Db, name: str, title: str) -> None:
    """Give a problem another title."""
    db.execute("UPDATE problems SET title = ?, changed = ? WHERE id = ?", (title[:MAX_TITLE], time.time(), name))


def touch(db: Db, name: str) -> None:
    """Note that something came to a problem."""
    db.execute("UPDATE problems SET changed = ? WHERE id = ?", (time.time(), name))


def remove(db: Db, owner: str, name: str) -> bool:
    """Remove a problem with all that belongs to it; return False where there is none."""
    return db.execute("DELETE FROM problems WHERE owner = ? AND id = ?", (owner, name)).rowcount == 1


def say(
    db: Db,
    owner: str,
    problem: str,
    role: Literal["user", "agent"],
    text: str,
    run: str | None = None,
) -> MessageRow:
    """Keep a message."""
    now = time.time()
    made = db.execute(
        "INSERT INTO messages (problem, owner, role, text, run, created) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
        (problem, owner, role, text, run, now),
    ).fetchone()
    touch(db, problem)
    return MessageRow(made["id"], role, text, run, now)


def wishes(db: Db, owner: str, problem: str) -> list[MessageRow]:
    """Return what the user said of the problem itself, in order: no questions about an answer, no taking back."""
    query = (
        "SELECT messages.id, role, text, run, messages.created FROM messages LEFT JOIN runs ON runs.id = messages.run "
        "WHERE messages.owner = ? AND messages.problem = ? AND role = 'user' "
        "AND COALESCE(runs.kind, 'words') = 'words' ORDER BY messages.id"
    )
    return [MessageRow(*row) for row in db.execute(query, (owner, problem))]


def messages(db: Db, owner: str, problem: str) -> list[MessageRow]:
    """Return what was said, in order."""
    query = "SELECT id, role, text, run, created FROM messages WHERE owner = ? AND problem = ? ORDER BY id"
    return [MessageRow(*row) for row in db.execute(query, (owner, problem))]
