"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place and move it there; what is no plain file, such as a device, is written into.

    Raises:
        OSError: it cannot be written; what was there stays.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):
        # A device or pipe must stay what it is, and a link goes on leading to its file.
        path.write_bytes(content)
        return
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise
