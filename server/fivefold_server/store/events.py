"""The event log: what happened, in order, never changed. Its sequence numbers grow over all problems."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from fivefold.plain import plain
from fivefold_server.store.connection import Db

BATCH = 500
"""Events that are read at once."""


class LoggedEvent(NamedTuple):
    """One thing that happened to a problem."""

    seq: int
    problem: str
    run: str | None
    ts: float
    kind: str
    data: str
    """JSON of the facts."""

    def text(self) -> str:
        """Return the event as one JSON object, as it goes over the wire."""
        head = {"seq": self.seq, "ts": self.ts, "problem": self.problem, "run": self.run, "kind": self.kind}
        return f'{json.dumps(head)[:-1]}, "data": {self.data}}}'


class News(NamedTuple):
    """An event that is not logged yet."""

    problem: str
    owner: str
    run: str | None
    kind: str
    data: dict[str, Any]
    fence: int | None = None
    """Of what a run tells itself: its fence; where it has passed to another server since, the event is dropped."""


def append(db: Db, news: Sequence[News]) -> None:
    """Log events in order; dropped are those of a problem that was deleted, or a run that another server has now."""
    now = time.time()
    problems = {
        name for name in {one.problem for one in news} if _there(db, "SELECT 1 FROM problems WHERE id = ?", name)
    }
    held = "SELECT 1 FROM runs WHERE id = ? AND fence = ? AND status = 'running'"
    fenced = {(one.run, one.fence) for one in news if one.fence is not None}
    lost = {pair for pair in fenced if not _there(db, held, *pair)}
    told = [one for one in news if one.problem in problems and (one.run, one.fence) not in lost]
    if told:
        db.executemany(
            "INSERT INTO events (problem, owner, run, ts, kind, data) VALUES (?, ?, ?, ?, ?, ?)",
            [(one.problem, one.owner, one.run, now, one.kind, _json(one.data)) for one in told],
        )


def _there(db: Db, query: str, *values: Any) -> bool:
    return db.execute(query, values).fetchone() is not None


def of_problem(db: Db, problem: str, after: int, most: int = BATCH) -> list[LoggedEvent]:
    """Return a problem's events behind a sequence number, in order."""
    query = "SELECT seq, problem, run, ts, kind, data FROM events WHERE problem = ? AND seq > ? ORDER BY seq LIMIT ?"
    return [LoggedEvent(*row) for row in db.execute(query, (problem, after, most))]


def of_owner(db: Db, owner: str, after: int, most: int = BATCH) -> list[LoggedEvent]:
    """Return the events of all of a user's problems behind a sequence number, in order."""
    query = "SELECT seq, problem, run, ts, kind, data FROM events WHERE owner = ? AND seq > ? ORDER BY seq LIMIT ?"
    return [LoggedEvent(*row) for row in db.execute(query, (owner, after, most))]


def of_run(db: Db, run: str, kinds: Sequence[str]) -> list[LoggedEvent]:
    """Return a run's events of some kinds, in order."""
    marks = ", ".join("?" * len(kinds))
    query = (
        "SELECT seq, problem, run, ts, kind, data FROM events "
        f"WHERE problem = (SELECT problem FROM runs WHERE id = ?) AND run = ? AND kind IN ({marks}) ORDER BY seq"
    )
    return [LoggedEvent(*row) for row in db.execute(query, (run, run, *kinds))]


def last_seq(db: Db, owner: str) -> int:
    """Return the sequence number of a user's latest event, 0 before the first."""
    found: int | None = db.execute("SELECT MAX(seq) FROM events WHERE owner = ?", (owner,)).fetchone()[0]
    return found or 0


def _json(data: dict[str, Any]) -> str:
    """Return facts as JSON text; halves of characters, which an LLM may write, become question marks."""
    return json.dumps(plain(data), ensure_ascii=False, allow_nan=False).encode("utf-8", "replace").decode()
