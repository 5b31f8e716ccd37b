"""Who did what when: logins, links, exports, deletions, settings; only added to, and forgotten after a year."""

from __future__ import annotations

import json
import secrets
import time
from typing import Any, NamedTuple

from fivefold_server.store.connection import Db

KEPT_S = 365 * 86400.0


class Entry(NamedTuple):
    """One thing that somebody did."""

    id: str
    ts: float
    who: str
    """Name of the user; of a login that was refused the name that was given."""
    what: str
    about: dict[str, Any]
    """Ids of what it was done to."""
    address: str
    """Where the request came from."""


def add(db: Db, who: str, what: str, about: dict[str, Any], address: str = "") -> None:
    """Note that somebody did something."""
    now = time.time()
    db.execute("DELETE FROM audit WHERE ts < ?", (now - KEPT_S,))
    db.execute(
        "INSERT INTO audit (id, ts, who, what, about, address) VALUES (?, ?, ?, ?, ?, ?)",
        (secrets.token_hex(8), now, who, what, json.dumps(about), address),
    )


def page(db: Db, *, who: str | None, what: str | None, before: float | None, limit: int) -> list[Entry]:
    """Return entries, the latest first.

    Args:
        db: the database.
        who: only of this user; None for all.
        what: only of this kind; None for all.
        before: only what was done before, in seconds since 1970.
        limit: how many at most.
    """
    query, values = "SELECT id, ts, who, what, about, address FROM audit WHERE 1 = 1", list[Any]()
    for condition, value in (("who = ?", who), ("what = ?", what), ("ts < ?", before)):
        if value is not None:
            query += f" AND {condition}"
            values.append(value)
    rows = db.execute(f"{query} ORDER BY ts DESC, id LIMIT ?", (*values, limit))
    return [Entry(*row)._replace(about=json.loads(row[4])) for row in rows]
