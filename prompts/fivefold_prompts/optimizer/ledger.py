"""Everything that a search did, in one SQLite file that is only added to; a search that was killed goes on from it.

A search is a fixed sequence of decisions around calls to the outside. Every call has a key, and what came of it is
written down before it is used. Going on after a kill is running the same sequence again: what is written is not done
again. Draws depend on nothing but the seed and the name of what is drawn, so there is no state to save.
"""

import hashlib
import json
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

_T = TypeVar("_T")
_HALF = re.compile("[\ud800-\udfff]")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    note TEXT NOT NULL
);
CREATE TRIGGER IF NOT EXISTS only_added_1 BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'only added to'); END;
CREATE TRIGGER IF NOT EXISTS only_added_2 BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'only added to'); END;
"""


class LedgerError(Exception):
    """A ledger is not what it should be; the message says what to do."""


class Event(NamedTuple):
    """One thing that happened."""

    number: int
    kind: str
    key: str
    body: dict[str, Any]
    note: dict[str, Any]
    """What may differ when it happens again, as times; it is not part of the digest."""


def _unheard(event: Event) -> None:
    """Hear of an event and do nothing."""


class Ledger:
    """The events of one search; use it from several threads, but not from two processes at once."""

    def __init__(self, path: Path, heard: "Callable[[Event], None]" = _unheard) -> None:
        """Open the file, or make it; `heard` is called with each event that is new, as soon as it is on the disk.

        Raises:
            LedgerError: it is no ledger, or another process writes to it.
        """
        self._lock = threading.RLock()
        self._heard = heard
        try:
            self._base = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1)
        except sqlite3.Error as error:
            raise _unopened(path, error) from error
        try:
            # A second process that writes would make the order of events its own.
            self._base.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._base.execute("PRAGMA journal_mode=WAL")
            self._base.execute("PRAGMA synchronous=FULL")
            self._base.executescript(_SCHEMA)
            self._bodies = {event.key: event for event in self._read()}
        except sqlite3.Error as error:
            self._base.close()
            raise _unopened(path, error) from error

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def find(self, key: str) -> Event | None:
        """Return what is written under a key."""
        return self._bodies.get(key)

    def add(self, kind: str, key: str, body: dict[str, Any], note: dict[str, Any] | None = None) -> Event:
        """Write something down; when this returns it is on the disk.

        Raises:
            LedgerError: the key is there with another body: the search is not the one that was begun.
        """
        with self._lock:
            if (there := self._bodies.get(key)) is not None:
                if there.body != json.loads(_canonical(body)):
                    raise LedgerError(
                        f"`{key}` is in the ledger and was different; take a new file for a search that changed"
                    )
                return there
            written = (key, kind, _canonical(body), _canonical(note or {}))
            cursor = self._base.execute("INSERT INTO events (key, kind, body, note) VALUES (?, ?, ?, ?)", written)
            event = Event(int(cursor.lastrowid or 0), kind, key, json.loads(written[2]), json.loads(written[3]))
            self._bodies[key] = event
        self._heard(event)
        return event

    def events(self, kind: str | None = None) -> list[Event]:
        """Return all events of a kind, or all, in the order in which they were written."""
        with self._lock:
            return [event for event in self._read() if kind in (None, event.kind)]

    def digest(self) -> str:
        """Return a hash of all that happened; calls that ended in another order do not change it."""
        lines = sorted(f"{event.key}\t{event.kind}\t{_canonical(event.body)}\n" for event in self.events())
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def _read(self) -> Iterator[Event]:
        rows = self._base.execute("SELECT number, kind, key, body, note FROM events ORDER BY number")
        for number, kind, key, body, note in rows.fetchall():
            yield Event(number, kind, key, json.loads(body), json.loads(note))


def _unopened(path: Path, error: sqlite3.Error) -> LedgerError:
    return LedgerError(f"The ledger {path.name!r} cannot be opened: {error}.")


def _canonical(data: dict[str, Any]) -> str:
    text = json.dumps(data, sort_keys=True, ensure_ascii=False)
    # Half a character, which an LLM may write, is no text to a database; its escape is.
    return _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def draw(seed: int, *name: object) -> float:
    """Return a number in [0, 1) that depends on the seed and the name of what is drawn, and on nothing else."""
    text = json.dumps([seed, *map(str, name)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()[:7], "big") / 2**56


def shuffled(items: Sequence[_T], seed: int, *name: object) -> list[_T]:
    """Return the items in an order that depends on the seed and the name, and on where each stands."""
    return [items[i] for i in sorted(range(len(items)), key=lambda i: (draw(seed, *name, i), i))]
