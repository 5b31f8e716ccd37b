"""The bytes of a text file as UTF-8 with plain line ends, and which encoding they had."""

from __future__ import annotations

from fivefold_solvers.data.finding import refusal

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_PACKED = ((b"PK\x03\x04", "a zip archive or spreadsheet"), (b"\x1f\x8b", "a gzip archive"), (b"%PDF", "a PDF"),
           (b"\xd0\xcf\x11\xe0", "an old Excel file (.xls)"), (b"PAR1", "a Parquet file"),
           (b"SQLite format 3", "a database"))  # fmt: skip


_SPACES = ("\u00a0".encode(), "\u202f".encode())
"""Spaces that no one tells from others: names that differ only by these are the same."""


def to_utf8(raw: bytes, file: str, encoding: str | None = None) -> tuple[bytes, str]:
    """Return the text as UTF-8 without byte order mark, lines ended by a line feed, and its encoding.

    Raises:
        DataError: it is no text, or no text in the encoding that was given.
    """
    for mark, what in _PACKED:
        if raw.startswith(mark):
            mend = "name it with its own ending (.xlsx, .pdf), or save it as CSV in UTF-8"
            raise refusal("not-text", f"it is {what}, not text", mend, file=file)
    found = encoding or _guessed(raw)
    try:
        if found in {"utf-8", "ascii"}:
            plain = raw if raw.isascii() else raw.decode("utf-8").encode()
        else:
            plain = raw.decode(found).removeprefix("\ufeff").encode()
    except (UnicodeDecodeError, LookupError) as fault:
        place = f" (byte {fault.start})" if isinstance(fault, UnicodeDecodeError) else ""
        before = raw[: fault.start].count(b"\n") + 1 if isinstance(fault, UnicodeDecodeError) else None
        message = f"it is no text in {found}{place}"
        raise refusal("bad-encoding", message, "save it in UTF-8", file=file, row=before) from None
    if b"\0" in plain:
        row = plain[: plain.index(b"\0")].count(b"\n") + 1
        raise refusal("not-text", "it holds NUL bytes: no text", "export it again as UTF-8", file=file, row=row)
    for space in _SPACES:
        plain = plain.replace(space, b" ")
    if b"\r" in plain:
        plain = plain.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return plain if plain.endswith(b"\n") else plain + b"\n", found


def _guessed(raw: bytes) -> str:
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return name
    head = raw[:4000]
    if head[1::2].count(0) > len(head) * 0.35 and not head[::2].count(0):
        return "utf-16-le"
    if head[::2].count(0) > len(head) * 0.35 and not head[1::2].count(0):
        return "utf-16-be"
    if raw.isascii():
        return "utf-8"
    try:
        raw.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        return "cp1252"
