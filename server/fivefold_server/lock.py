"""One server a file: two would both take up the runs that a third left behind. Postgres is for any number."""

from __future__ import annotations

import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from fivefold.errors import CallerError, OutsideError


@contextmanager
def locked(database: Path | str) -> Generator[None]:
    """Hold a file; the system lets go of it with the process, however that ends. An address is not held.

    Raises:
        CallerError: another server holds it.
        OutsideError: its folder cannot be written.
    """
    if isinstance(database, str):
        yield
        return
    path = database.with_name(f"{database.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
    except OSError as fault:
        raise OutsideError(f"cannot write {path}: {fault.strerror}; give another --data") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CallerError(f"another server works on {database}; stop it, or give another --data") from None
        yield
