"""Replies of the LLM on the disk: the same request asked again is answered without the endpoint.

One SQLite file, opened for each look-up, so that several processes and tasks can use it at once. Neither the
question nor the key is stored, failures never.
"""

import asyncio
import hashlib
import json
import os
import random
import sqlite3
import stat
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

_Done = TypeVar("_Done")

BUSY_S = 5.0
"""Seconds to wait for another process that is writing."""

_TABLE = """
CREATE TABLE IF NOT EXISTS reply (
    request TEXT PRIMARY KEY, text TEXT NOT NULL, finish_reason TEXT NOT NULL, prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL, seconds REAL NOT NULL, notes TEXT NOT NULL, stored_at REAL NOT NULL
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReply:
    """A reply as it was first given."""

    text: str
    """The answer."""
    finish_reason: str
    """Why the LLM stopped."""
    prompt_tokens: int
    """Tokens of the question."""
    completion_tokens: int
    """Tokens of the answer."""
    seconds: float
    """How long it took."""
    notes: tuple[str, ...] = ()
    """What was odd about it."""


def request_hash(request: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical JSON of a request."""
    canonical = json.dumps(request, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


class ReplyCache:
    """The cache file; trouble with it is told in notes and never breaks a run."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def get(self, key: str) -> tuple[StoredReply | None, str | None]:
        """Return the reply stored for a request hash, and a note where the file could not be used."""

        def read(db: sqlite3.Connection) -> StoredReply | None:
            row: Any = db.execute(
                "SELECT text, finish_reason, prompt_tokens, completion_tokens, seconds, notes FROM reply"
                " WHERE request = ?",
                (key,),
            ).fetchone()
            if row is None:
                return None
            return StoredReply(
                text=str(row[0]),
                finish_reason=str(row[1]),
                prompt_tokens=int(row[2]),
                completion_tokens=int(row[3]),
                seconds=float(row[4]),
                notes=tuple(str(note) for note in json.loads(row[5])),
            )

        return await asyncio.to_thread(self._guarded, read)

    async def put(self, key: str, reply: StoredReply) -> str | None:
        """Store a reply; the first one stored for a request stays. Returns a note where that failed."""

        def write(db: sqlite3.Connection) -> None:
            fields = (reply.text, reply.finish_reason, reply.prompt_tokens, reply.completion_tokens)
            row = (key, *fields, reply.seconds, json.dumps(reply.notes), time.time())
            with db:
                db.execute("INSERT OR IGNORE INTO reply VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

        return (await asyncio.to_thread(self._guarded, write))[1]

    def _guarded(self, work: Callable[[sqlite3.Connection], _Done]) -> tuple[_Done | None, str | None]:
        """Do `work` on the file; a broken file is moved aside and the work done once more on a new one."""
        note: str | None = None
        give_up = time.monotonic() + BUSY_S
        while True:
            try:
                with closing(self._open()) as db:
                    return work(db), note
            except sqlite3.OperationalError as error:
                # Busy, read-only, disk full: the file is sound, only not of use now. SQLite does not wait by
                # itself where another process is just changing the journal mode or closing the file.
                if "locked" not in str(error) or time.monotonic() > give_up:
                    return None, f"reply cache not used: {error}"
                time.sleep(random.uniform(0.001, 0.02))
            except (sqlite3.DatabaseError, ValueError, TypeError) as error:
                aside = self._move_aside() if note is None else None
                if aside is None:
                    return None, f"reply cache not used: {error}"
                note = f"reply cache was broken ({error}) and was moved to {aside.name}"
            except OSError as error:
                return None, f"reply cache not used: {error}"

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        db = sqlite3.connect(self._path, timeout=BUSY_S)
        try:
            # Answers may be private: the file is its owner's alone, and SQLite's side files follow it. Never by
            # a descriptor of our own: closing one drops all locks that this process holds on the file
            # (https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
            if stat.S_IMODE(self._path.stat().st_mode) != 0o600:
                self._path.chmod(0o600)
            if db.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute(_TABLE)
        except BaseException:
            db.close()
            raise
        return db

    def _move_aside(self) -> Path | None:
        aside = self._path.with_name(f"{self._path.name}.broken-{time.time_ns()}")
        try:
            os.replace(self._path, aside)
        except OSError:
            return None
        for ending in ("-wal", "-shm"):
            with suppress(OSError):
                os.replace(f"{self._path}{ending}", f"{aside}{ending}")
        return aside
