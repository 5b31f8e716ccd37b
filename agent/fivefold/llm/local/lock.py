"""A lock between processes, held on an open file so that a killed holder frees it."""

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def file_lock(
    path: Path, *, timeout_s: float | None = None, on_wait: Callable[[], None] | None = None
) -> Generator[None]:
    """Hold the lock of `path` inside the block; closing the file frees it.

    Args:
        path: The lock's file; made where it is missing and left there, since removing it would let two in.
        timeout_s: How long to wait for another holder; None waits for ever.
        on_wait: Called once if another process holds the lock.

    Raises:
        TimeoutError: Another process still holds it after `timeout_s`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    told = False
    with path.open("ab") as file:
        while not _try_lock(file):
            if not told and on_wait is not None:
                on_wait()
            told = True
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"another process holds `{path}`")
            time.sleep(0.1)
        yield
