"""Tables of data files read a short while ago: turning a page does not read a million rows again."""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from typing import NamedTuple

from fivefold_solvers.data.table import Column, DataTable

MOST_BYTES = 128 * 2**20
"""Memory that kept tables may take, by estimate; larger files are read anew each time."""
_OF_A_TEXT = sys.getsizeof("") + 8
"""Bytes of a text beside its letters."""


class FileKey(NamedTuple):
    """What the tables of a file depend on."""

    name: str
    sha256: str
    rows: int
    """Rows that a table may have."""


class KeptTables:
    """The tables of the files that were asked for last."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._lock = threading.Lock()
        self._found: OrderedDict[FileKey, tuple[int, tuple[DataTable, ...]]] = OrderedDict()

    @property
    def size(self) -> int:
        """Bytes of all that is kept, by estimate."""
        with self._lock:
            return sum(size for size, _ in self._found.values())

    def get(self, key: FileKey) -> tuple[DataTable, ...] | None:
        """Return the tables of a file, None where they are not kept."""
        with self._lock:
            if key not in self._found:
                return None
            self._found.move_to_end(key)
            return self._found[key][1]

    def put(self, key: FileKey, tables: tuple[DataTable, ...]) -> None:
        """Keep the tables of a file; those that nobody asked for longest give way."""
        size = sum(map(_size, tables))
        if size > self._most:
            return
        with self._lock:
            self._found[key] = (size, tables)
            self._found.move_to_end(key)
            while sum(taken for taken, _ in self._found.values()) > self._most:
                self._found.popitem(last=False)


def _size(table: DataTable) -> int:
    return int(table.rows.nbytes) + sum(map(_column_size, table.columns))


def _column_size(column: Column) -> int:
    texts = sum(len(text) + _OF_A_TEXT for text in column.categories or ())
    return int(column.values.nbytes) + texts + (0 if column.blank is None else int(column.blank.nbytes))
