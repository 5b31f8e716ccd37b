"""How large data may be, how well reading it has to be held, and the refusal of files that are not what they seem."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fivefold_solvers.data.finding import DataError, refusal, shown
from fivefold_solvers.sandbox import Level


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes beyond which data is refused with a message, and how well the reading of what may harm is held."""

    file_bytes: int = 512 * 2**20
    """Bytes of a file."""
    unpacked_bytes: int = 2 * 2**30
    """Bytes that a packed file may grow to."""
    words_bytes: int = 4 * 2**20
    """Bytes of a text for people in which tables are looked for."""
    rows: int = 20_000_000
    """Rows of a table."""
    columns: int = 16_384
    """Columns of a table, as many as a spreadsheet has."""
    cells: int = 200_000_000
    """Cells of a table."""
    isolation: str = Level.NONE
    """Least level of isolation at which a PDF file is read; refused where that is not to be had."""

    def check_width(self, columns: int, file: str, sheet: str = "") -> None:
        """Refuse too many columns."""
        if columns > self.columns:
            message = f"it has {columns} columns; {self.columns} is the most that is read"
            raise refusal("too-large", message, "write one row per entry (long form)", file=file, sheet=sheet, row=1)

    def check_size(self, rows: int, columns: int, file: str, sheet: str = "") -> None:
        """Refuse too many rows or cells."""
        self.check_width(columns, file, sheet)
        if rows > self.rows:
            # Reading may have stopped at the first row too many.
            count = f"{rows:,} rows" if rows > self.rows + 1 else f"more than {self.rows:,} rows"
            message = f"it has {count}; {self.rows:,} is the most that is read"
            raise refusal("too-large", message, "split it, or sum rows up", file=file, sheet=sheet)
        if rows * columns > self.cells:
            message = f"it has {rows:,} rows of {columns:,} columns; {self.cells:,} cells is the most that is read"
            mend = "split it, or leave out columns that are not needed"
            raise refusal("too-large", message, mend, file=file, sheet=sheet)


def read_bytes(path: Path, limits: Limits) -> bytes:
    """Return a file's bytes.

    Raises:
        DataError: it is not there, is no plain file, is empty or too large.
    """
    name = shown(path.name)
    try:
        if not path.is_file():
            raise _not_there(path)
        size = path.stat().st_size
        if size > limits.file_bytes:
            message = f"it has {size / 2**20:.0f} MiB; {limits.file_bytes / 2**20:.0f} MiB is the most that is read"
            raise refusal("too-large", message, "split it, or leave out columns that are not needed", file=name)
        raw = path.read_bytes()
    except OSError as fault:
        raise refusal("unreadable", f"it cannot be read: {fault.strerror}", "check its rights", file=name) from None
    if not raw.strip():
        raise refusal("empty-file", "it is empty", "write a header row and one row per entry", file=name, row=1)
    return raw


def _not_there(path: Path) -> DataError:
    name = shown(path.name)
    if path.is_dir():
        return refusal("no-file", "it is a folder", "name a file in it", file=name)
    near = sorted(other.name for other in path.parent.glob("*") if other.is_file())[:6] if path.parent.is_dir() else []
    mend = f"there are {', '.join(map(shown, near))}" if near else "check its path"
    return refusal("no-file", "there is no such file", mend, file=name)
