"""Where runs from words are, step by step, so that another server can go on with them."""

from __future__ import annotations

from fivefold_server.store.connection import Db
from fivefold_server.store.runs import RunRow

_HELD = "id = ? AND fence = ? AND status = 'running'"


def load(db: Db, run: str) -> tuple[bytes, bytes] | None:
    """Return what was kept of a run: its state after a step, and what was set since."""
    row = db.execute("SELECT state, since FROM kept WHERE run = ?", (run,)).fetchone()
    return None if row is None else (bytes(row["state"]), bytes(row["since"]))


def keep(db: Db, run: RunRow, state: bytes) -> bool:
    """Keep the state after a step; return False where another server has the run now."""
    # A step forward: whatever brought servers down before, it was not what comes now.
    if db.execute(f"UPDATE runs SET falls = 0 WHERE {_HELD}", (run.id, run.fence)).rowcount == 0:
        return False
    db.execute(
        "INSERT INTO kept (run, state, since) VALUES (?, ?, ?) "
        "ON CONFLICT (run) DO UPDATE SET state = excluded.state, since = excluded.since",
        (run.id, state, b""),
    )
    return True


def keep_since(db: Db, run: RunRow, since: bytes) -> bool:
    """Keep what was set since that state; return False where another server has the run now."""
    query = f"UPDATE kept SET since = ? WHERE run = ? AND EXISTS (SELECT 1 FROM runs WHERE {_HELD})"
    return db.execute(query, (since, run.id, run.id, run.fence)).rowcount == 1


def forget(db: Db, run: RunRow) -> None:
    """Drop what was kept of a run."""
    db.execute("DELETE FROM kept WHERE run = ?", (run.id,))
