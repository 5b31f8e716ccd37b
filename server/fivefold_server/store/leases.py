"""Which server has which run: servers say every few seconds that they live, runs of those that do not are free.

A run that a server takes gets a new *fence*, a number that only grows. Whatever a server writes for a run it writes
under the fence that it took it with, so that one which was believed dead cannot spoil what another goes on with.
"""

from __future__ import annotations

import json
from collections import Counter

from fivefold_server.store import runs
from fivefold_server.store.connection import Db
from fivefold_server.store.runs import RunRow


def enter(db: Db, worker: str, *, alone: bool) -> None:
    """Note a server; one that has the database alone is the only one that lives."""
    if alone:
        db.execute("DELETE FROM workers")
    db.execute("INSERT INTO workers (id, seen) VALUES (?, ?)", (worker, db.now()))


def leave(db: Db, worker: str) -> None:
    """Forget a server; its runs are free."""
    db.execute("DELETE FROM workers WHERE id = ?", (worker,))


def beat(db: Db, worker: str, busy: Counter[str]) -> Counter[str] | None:
    """Note that a server lives and what it counts; return what the others count, None where it was given up."""
    noted = db.execute(
        "UPDATE workers SET seen = ?, busy = ? WHERE id = ?", (db.now(), json.dumps(+busy), worker)
    ).rowcount
    if noted == 0:
        return None
    others: Counter[str] = Counter()
    for row in db.execute("SELECT busy FROM workers WHERE id != ?", (worker,)):
        others.update(json.loads(row["busy"]))
    return others


def freed(db: Db, lease_s: float) -> list[RunRow]:
    """Forget servers that were not heard of for so long; return all runs under way that no server has."""
    db.execute("DELETE FROM workers WHERE seen < ?", (db.now() - lease_s,))
    return runs.abandoned(db)
