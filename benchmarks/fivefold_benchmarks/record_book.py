"""The record of runs: an SQLite file that is only ever added to, one commit for each finished attempt.

A file holds any number of runs; a run has its items, one record for each item, pipeline and sample, and events
(begun, gone on, stopped). Triggers refuse every change of what is there. A process that is killed loses at most
the attempt under way; two processes that work on the same run never store a record twice.
"""

from __future__ import annotations

import json
import random
import sqlite3
import threading
import time
import zlib
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from fivefold.errors import CallerError, OutsideError
from fivefold_benchmarks.case import Case
from fivefold_benchmarks.record import EvalRecord, Key, RunEvent, RunInfo, name_of, now

BUSY_S = 30.0
"""Seconds to wait for another process that is writing."""

_TABLES = """
CREATE TABLE IF NOT EXISTS run (run_id TEXT PRIMARY KEY, place INTEGER NOT NULL, info TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS item (
    run_id TEXT NOT NULL, place INTEGER NOT NULL, item TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (run_id, item)
);
CREATE TABLE IF NOT EXISTS record (
    run_id TEXT NOT NULL, item TEXT NOT NULL, pipeline TEXT NOT NULL, sample INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (run_id, item, pipeline, sample)
);
CREATE TABLE IF NOT EXISTS trace (
    run_id TEXT NOT NULL, item TEXT NOT NULL, pipeline TEXT NOT NULL, sample INTEGER NOT NULL, lines BLOB NOT NULL,
    PRIMARY KEY (run_id, item, pipeline, sample)
);
CREATE TABLE IF NOT EXISTS reading (
    run_id TEXT NOT NULL, item TEXT NOT NULL, pipeline TEXT NOT NULL, sample INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (run_id, item, pipeline, sample)
);
CREATE TABLE IF NOT EXISTS event (run_id TEXT NOT NULL, at TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL);
"""
_NAMES = ("run", "item", "record", "trace", "reading", "event")
_GUARDS = "".join(
    f"CREATE TRIGGER IF NOT EXISTS {name}_no_{act} BEFORE {act} ON {name} "
    f"BEGIN SELECT RAISE(ABORT, 'records are only added, never changed'); END;\n"
    for name in _NAMES
    for act in ("UPDATE", "DELETE")
)


class RecordBook:
    """An open file of runs; may be used by several threads, and by several processes at once."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self.path = path
        """The file."""
        self._db = db
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path, *, create: bool = True) -> Self:
        """Open a file of runs; it is made where there is none, unless `create` is False.

        Raises:
            CallerError: there is no such file, or it is something else.
            OutsideError: it cannot be read or written.
        """
        if not path.is_file() and (path.exists() or not create):
            raise CallerError(f"there is no file of runs at {path}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return cls(_connected(path), path)
        except sqlite3.DatabaseError as fault:
            if isinstance(fault, sqlite3.OperationalError):
                raise OutsideError(f"cannot work with {path}: {fault}") from None
            raise CallerError(f"{path} is no file of runs: {fault}") from None
        except OSError as fault:
            raise OutsideError(f"cannot work with {path}: {fault}") from None

    def __enter__(self) -> Self:
        """Return the book itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def begin(self, info: RunInfo, cases: Sequence[Case]) -> None:
        """Store a new run and its problems.

        Raises:
            CallerError: there is a run of that name, or two problems share a name.
        """
        rows = [(info.run_id, place, name_of(case), case.model_dump_json()) for place, case in enumerate(cases)]
        try:
            with self._writing() as db:
                place = db.execute("SELECT COUNT(*) FROM run").fetchone()[0]
                db.execute("INSERT INTO run VALUES (?, ?, ?)", (info.run_id, place, info.model_dump_json()))
                db.executemany("INSERT INTO item VALUES (?, ?, ?, ?)", rows)
                db.execute("INSERT INTO event VALUES (?, ?, 'begun', '')", (info.run_id, now()))
        except sqlite3.IntegrityError:
            if self._db.execute("SELECT 1 FROM run WHERE run_id = ?", (info.run_id,)).fetchone():
                raise CallerError(
                    f"{self.path} has a run `{info.run_id}` already: `fivefold bench resume {self.path} --run "
                    f"{info.run_id}` goes on with it, another `--run-id` begins one"
                ) from None
            twice = next(name for name, count in Counter(row[2] for row in rows).items() if count > 1)
            raise CallerError(f"two problems share a name: `{twice}`; name each file of problems once") from None

    def append(self, record: EvalRecord, trace: str = "") -> bool:
        """Store a record with its trace, on the disk when this returns; False: there was one and it stays."""
        key = (record.run_id, record.item, record.pipeline, record.sample)
        with self._writing() as db:
            fresh = db.execute(
                "INSERT OR IGNORE INTO record VALUES (?, ?, ?, ?, ?)", (*key, record.model_dump_json(exclude={"read"}))
            ).rowcount
            if fresh and trace:
                db.execute("INSERT INTO trace VALUES (?, ?, ?, ?, ?)", (*key, zlib.compress(trace.encode(), 6)))
        return bool(fresh)

    def append_reading(self, run_id: str, key: Key, read: dict[str, float]) -> None:
        """Store what an LLM read off the output of a recorded attempt; the first reading stays."""
        with self._writing() as db:
            db.execute("INSERT OR IGNORE INTO reading VALUES (?, ?, ?, ?, ?)", (run_id, *key, json.dumps(read)))

    def note(self, run_id: str, kind: str, detail: str = "") -> None:
        """Store an event of a run."""
        with self._writing() as db:
            db.execute("INSERT INTO event VALUES (?, ?, ?, ?)", (run_id, now(), kind, detail))

    def runs(self) -> list[RunInfo]:
        """Return all runs, oldest first."""
        return [RunInfo.model_validate_json(row[0]) for row in self._read("SELECT info FROM run ORDER BY place")]

    def run(self, run_id: str | None = None) -> RunInfo:
        """Return one run, the latest unless a name is given.

        Raises:
            CallerError: there is no such run.
        """
        runs = self.runs()
        chosen = runs[-1:] if run_id is None else [info for info in runs if info.run_id == run_id]
        if not chosen:
            there = ", ".join(info.run_id for info in runs) or "none"
            raise CallerError(f"{self.path} has no run {f'`{run_id}`' if run_id else 'yet'}; there are: {there}")
        return chosen[0]

    def cases(self, run_id: str) -> dict[str, Case]:
        """Return the problems of a run by name, in their order."""
        rows = self._read("SELECT item, body FROM item WHERE run_id = ? ORDER BY place", run_id)
        return {row[0]: Case.model_validate_json(row[1]) for row in rows}

    def records(self, run_id: str) -> list[EvalRecord]:
        """Return the records of a run in the order of its items, pipelines and samples."""
        rows = self._read(
            "SELECT record.body, reading.body FROM record JOIN item USING (run_id, item) "
            "LEFT JOIN reading USING (run_id, item, pipeline, sample) WHERE run_id = ? "
            "ORDER BY item.place, pipeline, sample",
            run_id,
        )
        return [_record(*row) for row in rows]

    def done(self, run_id: str) -> set[Key]:
        """Return what a run has records of."""
        rows = self._read("SELECT item, pipeline, sample FROM record WHERE run_id = ?", run_id)
        return {Key(*row) for row in rows}

    def events(self, run_id: str) -> list[RunEvent]:
        """Return what happened to a run, in order."""
        rows = self._read("SELECT at, kind, detail FROM event WHERE run_id = ? ORDER BY rowid", run_id)
        return [RunEvent(*row) for row in rows]

    def trace(self, run_id: str, key: Key) -> str:
        """Return the lines of an attempt's trace; empty without one."""
        asked = "SELECT lines FROM trace WHERE run_id = ? AND item = ? AND pipeline = ? AND sample = ?"
        rows = self._read(asked, run_id, *key)
        return zlib.decompress(rows[0][0]).decode() if rows else ""

    def _read(self, query: str, *values: object) -> list[Any]:
        with self._lock:
            return self._db.execute(query, values).fetchall()

    @contextmanager
    def _writing(self) -> Generator[sqlite3.Connection]:
        """Hold the file for one commit.

        Raises:
            OutsideError: the disk is full or another process does not let go.
        """
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield self._db
                    self._db.execute("COMMIT")
                except BaseException:
                    if self._db.in_transaction:
                        self._db.execute("ROLLBACK")
                    raise
            except sqlite3.OperationalError as fault:
                raise OutsideError(f"cannot write to {self.path}: {fault}") from None


def _record(body: str, reading: str | None) -> EvalRecord:
    record = EvalRecord.model_validate_json(body)
    return record if reading is None else record.model_copy(update={"read": json.loads(reading)})


def _connected(path: Path) -> sqlite3.Connection:
    """Return a connection that commits to the disk each time, with the tables in place."""
    give_up = time.monotonic() + BUSY_S
    while True:
        db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            with closing(db.cursor()) as cursor:
                cursor.executescript(f"BEGIN IMMEDIATE;\n{_TABLES}{_GUARDS}COMMIT;")
            return db
        except sqlite3.OperationalError as fault:
            db.close()
            # SQLite does not wait by itself where another process is just changing the journal mode.
            if "locked" not in str(fault) or time.monotonic() > give_up:
                raise
            time.sleep(random.uniform(0.001, 0.02))
        except BaseException:
            db.close()
            raise
