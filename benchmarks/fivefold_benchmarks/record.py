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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict

from fivefold.errors import CallerError, OutsideError
from fivefold_benchmarks.items import Item

BUSY_S = 30.0
"""Seconds to wait for another process that is writing."""
CLOCKS = frozenset({"cached_calls", "llm_s", "run_s", "wall_s", "finished"})
"""Fields of a record that a repeat of the same run may change."""

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
CREATE TABLE IF NOT EXISTS event (run_id TEXT NOT NULL, at TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL);
"""
_NAMES = ("run", "item", "record", "trace", "event")
_GUARDS = "".join(
    f"CREATE TRIGGER IF NOT EXISTS {name}_no_{act} BEFORE {act} ON {name} "
    f"BEGIN SELECT RAISE(ABORT, 'records are only added, never changed'); END;\n"
    for name in _NAMES
    for act in ("UPDATE", "DELETE")
)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RunConfig(_Frozen):
    """What was asked for; together with the items it says what a run consists of."""

    pipelines: tuple[str, ...]
    """Names of the pipelines, the baseline of ratios first."""
    samples: int = 1
    """Attempts for each item and pipeline."""
    seed: int = 0
    """Seed of the LLM's sampling and of the choice of items."""
    temperature: float = 0.0
    """Sampling temperature where a pipeline asks for 0; several samples need one above 0 to differ."""
    max_tokens: int = 40_000
    """LLM tokens for one attempt, question and answer together."""
    max_seconds: float = 1800.0
    """Seconds for one attempt, without its wait for the LLM's turn."""


class RunInfo(_Frozen):
    """One run: its configuration and the stamps that say with what it was made."""

    run_id: str
    """Names the run in its file."""
    started: str
    """ISO 8601, UTC."""
    config: RunConfig
    """What was asked for."""
    rule: str
    """Name of the rule that said what is right when the records were made."""
    llm: str
    """Name of the LLM at its endpoint."""
    endpoint: str
    """Where it was asked; holds no key."""
    version: str
    """Version of Fivefold."""
    commit: str = ""
    """Git commit of the project; empty where it is no checkout."""
    dirty: bool = False
    """Whether the checkout held changes that are not in that commit."""
    prompts: dict[str, str] = {}
    """The `ref` of every prompt in force, by name."""
    packages: dict[str, str] = {}
    """Versions of Python and of the packages that results can depend on."""
    data: dict[str, str] = {}
    """SHA-256 of each file of items, by the file's name."""


class EvalRecord(_Frozen):
    """What one pipeline made of one item, once; also for a crash."""

    run_id: str
    """The run it belongs to."""
    item: str
    """Id of the item."""
    pipeline: str
    """Name of the pipeline."""
    sample: int = 0
    """Counts the attempts at the same item from 0."""
    kind: str = ""
    """Kind of the item."""
    answer: float | None = None
    """The reference value; None where the reference says that there is no optimum."""
    objective: float | None = None
    """The value that the pipeline reports."""
    right: bool = False
    """Whether the run's rule accepts it."""
    ran: bool = False
    """Whether a program ended well and reported a value."""
    status: str = ""
    """How it ended, in a word or two."""
    verdict: str = ""
    """Grade of the verdict; empty for a pipeline that gives none."""
    confidence: float | None = None
    """Confidence of the verdict, 0 to 1; None where there is none."""
    formulation: str = ""
    """The formulation as Markdown, or the text elements of a pipeline that writes them."""
    program: str = ""
    """Source of the program whose value was reported, or of the last one that was tried."""
    result: dict[str, Any] = {}
    """How that program ended: exit, termination, solution status, bound, tails of its output."""
    prompt_tokens: int = 0
    """Tokens of all questions; a reply from the cache counts like the first one."""
    completion_tokens: int = 0
    """Tokens of all answers."""
    calls: int = 0
    """Answers of the LLM."""
    cached_calls: int = 0
    """How many of them came from the reply cache."""
    llm_s: float = 0.0
    """Seconds of the LLM; a reply from the cache counts with those of the first one."""
    run_s: float = 0.0
    """Seconds in solver programs."""
    wall_s: float = 0.0
    """Seconds from start to end, without the wait for the LLM's turn."""
    error: str = ""
    """The end of the traceback, for a crash."""
    finished: str = ""
    """ISO 8601, UTC."""

    @property
    def key(self) -> Key:
        """What there is one record of."""
        return Key(self.item, self.pipeline, self.sample)

    @property
    def tokens(self) -> int:
        """Tokens of questions and answers together."""
        return self.prompt_tokens + self.completion_tokens

    def repeatable(self) -> dict[str, Any]:
        """Return the fields that are the same when the same run is repeated: all but clocks and the run's name."""
        return self.model_dump(mode="json", exclude={*CLOCKS, "run_id"})


class Key(NamedTuple):
    """What there is one record of in a run."""

    item: str
    pipeline: str
    sample: int


class RunEvent(NamedTuple):
    """Something that happened to a run as a whole."""

    at: str
    kind: str
    detail: str


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

    def begin(self, info: RunInfo, items: Sequence[Item]) -> None:
        """Store a new run and its items.

        Raises:
            CallerError: there is a run of that name, or two items share an id.
        """
        rows = [
            (info.run_id, place, item.id, json.dumps(asdict(item), ensure_ascii=False))
            for place, item in enumerate(items)
        ]
        try:
            with self._writing() as db:
                place = db.execute("SELECT COUNT(*) FROM run").fetchone()[0]
                db.execute("INSERT INTO run VALUES (?, ?, ?)", (info.run_id, place, info.model_dump_json()))
                db.executemany("INSERT INTO item VALUES (?, ?, ?, ?)", rows)
                db.execute("INSERT INTO event VALUES (?, ?, 'begun', '')", (info.run_id, now()))
        except sqlite3.IntegrityError:
            raise CallerError(f"{self.path} has a run `{info.run_id}`, or two items share an id") from None

    def append(self, record: EvalRecord, trace: str = "") -> bool:
        """Store a record with its trace, on the disk when this returns; False: there was one and it stays."""
        key = (record.run_id, record.item, record.pipeline, record.sample)
        with self._writing() as db:
            fresh = db.execute(
                "INSERT OR IGNORE INTO record VALUES (?, ?, ?, ?, ?)", (*key, record.model_dump_json())
            ).rowcount
            if fresh and trace:
                db.execute("INSERT INTO trace VALUES (?, ?, ?, ?, ?)", (*key, zlib.compress(trace.encode(), 6)))
        return bool(fresh)

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

    def items(self, run_id: str) -> list[Item]:
        """Return the items of a run in their order."""
        rows = self._read("SELECT body FROM item WHERE run_id = ? ORDER BY place", run_id)
        return [Item(**json.loads(row[0])) for row in rows]

    def records(self, run_id: str) -> list[EvalRecord]:
        """Return the records of a run in the order of its items, pipelines and samples."""
        rows = self._read(
            "SELECT record.body FROM record JOIN item USING (run_id, item) WHERE run_id = ? "
            "ORDER BY item.place, pipeline, sample",
            run_id,
        )
        return [EvalRecord.model_validate_json(row[0]) for row in rows]

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
    def _writing(self) -> Iterator[sqlite3.Connection]:
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


def now() -> str:
    """Return the time in ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def same_records(one: Mapping[Key, EvalRecord], other: Mapping[Key, EvalRecord]) -> bool:
    """Whether two runs came to the same, clocks aside."""
    return one.keys() == other.keys() and all(one[key].repeatable() == other[key].repeatable() for key in one)


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
