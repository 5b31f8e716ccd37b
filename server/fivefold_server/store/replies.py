"""Runs that wait for a person, and what was replied; a reply stays with its run until the run has used it."""

from __future__ import annotations

import json
import time
from typing import Any

from fivefold_server.store import runs
from fivefold_server.store.connection import Db
from fivefold_server.store.runs import RunRow

SLOT = "replies"
"""Where replies are among what was asked of a run, by what they reply to."""


def wait(db: Db, name: str, *, found: str | None, formulation: int | None) -> None:
    """Let a run wait for a person: no server has it, and it is not over."""
    db.execute(
        "UPDATE runs SET status = 'waiting', found = ?, error = NULL, ended = NULL, "
        "formulation = COALESCE(?, formulation) WHERE id = ?",
        (found, formulation, name),
    )


def keep(db: Db, run: RunRow, to: str, reply: dict[str, Any]) -> None:
    """Keep a reply and put its run back into the queue."""
    asked: dict[str, Any] = json.loads(run.asked)
    asked[SLOT] = {**asked.get(SLOT, {}), to: reply}
    db.execute("UPDATE runs SET asked = ? WHERE id = ?", (json.dumps(asked), run.id))
    runs.requeue(db, run.id, falls=0)


def given(run: RunRow) -> dict[str, dict[str, Any]]:
    """Return the replies to a run, by what they reply to."""
    found: dict[str, dict[str, Any]] = json.loads(run.asked).get(SLOT, {})
    return found


def too_old(db: Db, longest_s: float) -> list[RunRow]:
    """Return the runs that wait and of which nothing was heard for so long."""
    query = (
        "SELECT id, owner FROM runs WHERE status = 'waiting' AND COALESCE("
        "(SELECT MAX(ts) FROM events WHERE events.problem = runs.problem AND events.run = runs.id), created) < ?"
    )
    rows = db.execute(query, (time.time() - longest_s,)).fetchall()
    found = [runs.one(db, row["owner"], row["id"]) for row in rows]
    return [row for row in found if row is not None]
