"""Keeping of a program's output: the head and the tail of each stream, and its lines as they come."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from fivefold_solvers.result import RESULT_PREFIX

REPORTS = 64
"""Result lines kept; the last well-formed one of them counts."""
LINE_BYTES = 65_536
"""Longest line that is handed to a listener; the rest of a longer one is left out."""


@dataclass(slots=True)
class Capture:
    """One stream: what is kept of it, how much there was, and its lines."""

    name: str
    """`stdout` or `stderr`."""
    keep: int
    """Bytes kept; a longer stream loses its middle."""
    listener: Callable[[str], None] | None = None
    """Gets each line as it ends, without its line break."""
    total: int = 0
    """Bytes seen so far."""
    reports: deque[bytes] = field(default_factory=lambda: deque[bytes](maxlen=REPORTS))
    """The last result lines, whole even where the stream around them was cut."""
    _head: bytearray = field(default_factory=bytearray)
    _tail: bytearray = field(default_factory=bytearray)
    _line: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> None:
        """Take the next piece of the stream."""
        self.total += len(data)
        room = (self.keep + 1) // 2 - len(self._head)
        if room > 0:
            self._head += data[:room]
        self._tail += data[max(room, 0) :]
        if len(self._tail) > 2 * self.keep:  # not at every piece, so that trimming costs nothing
            del self._tail[: len(self._tail) - self.keep // 2]
        *ended, rest = data.split(b"\n")
        for piece in ended:
            self._line += piece
            self.end_line()
        self._line += rest

    def end_line(self) -> None:
        """Hand on the line that has come so far; also called once at the end of the stream."""
        line = bytes(self._line)
        self._line.clear()
        if line.startswith(RESULT_PREFIX.encode()):
            self.reports.append(line)
        if self.listener is not None:
            self.listener(line[:LINE_BYTES].decode("utf-8", "replace").removesuffix("\r"))

    def finish(self) -> None:
        """Take what stands after the last line break as a line too."""
        if self._line:
            self.end_line()

    def text(self) -> str:
        """Return what was kept, with a note where the middle was left out."""
        tail_size = self.keep // 2
        cut = len(self._tail) > tail_size or self.total > len(self._head) + len(self._tail)
        if not cut:
            return bytes(self._head + self._tail).decode("utf-8", "replace")
        tail = self._tail[max(len(self._tail) - tail_size, 0) :]
        gone = self.total - len(self._head) - len(tail)
        head = self._head.decode("utf-8", "replace")
        return f"{head}\n[... {gone} bytes left out ...]\n{tail.decode('utf-8', 'replace')}"
