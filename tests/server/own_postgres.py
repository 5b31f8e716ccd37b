"""A Postgres of the tests' own, in a temporary folder, where its programs are on this machine."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest


class OwnPostgres(NamedTuple):
    """A Postgres server that runs."""

    programs: Path
    folder: Path
    port: int
    user: str | None

    @property
    def url(self) -> str:
        return f"postgresql://fivefold@127.0.0.1:{self.port}/postgres"

    def control(self, *arguments: str) -> None:
        """Call `pg_ctl`."""
        log = self.folder / "log"
        command = [str(self.programs / "pg_ctl"), "-w", "-D", str(self.folder / "data"), "-l", str(log), *arguments]
        subprocess.run(command, check=True, user=self.user, stdout=subprocess.DEVNULL, cwd=self.folder)

    def fresh(self, name: str) -> str:
        """Make a database, whose name is in lower case, and return its address."""
        import psycopg

        assert name.islower(), "Postgres would fold it"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url.replace("/postgres", f"/{name}")


def programs() -> Path | None:
    """The folder with `initdb` and `pg_ctl`, the newest where there are several."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if installed:
        return installed[-1].parent
    found = shutil.which("initdb")
    return None if found is None else Path(found).resolve().parent


def missing() -> str:
    """Why there can be no Postgres here, empty where there can."""
    try:
        import psycopg  # noqa: F401
    except ModuleNotFoundError:
        return "psycopg is not installed (the extra `postgres`)"
    if programs() is None:
        return "Postgres is not installed: no initdb"
    if os.getuid() == 0 and _nobody() is None:
        return "Postgres does not run as root, and there is no other user"
    return ""


def _nobody() -> str | None:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


def main() -> None:
    """Run one until it is told to stop; `python -m tests.server.own_postgres` prints its address."""
    ends = {signal.SIGINT, signal.SIGTERM}
    with own_postgres() as server:
        signal.pthread_sigmask(signal.SIG_BLOCK, ends)
        print(server.url, flush=True)
        signal.sigwait(ends)


@contextmanager
def own_postgres(*settings: str) -> Generator[OwnPostgres]:
    """Run a Postgres; skips the test where there is none."""
    why = missing()
    if why:
        pytest.skip(why)
    folder = Path(tempfile.mkdtemp(prefix="fivefold-postgres-"))
    user = _nobody() if os.getuid() == 0 else None
    if user is not None:
        shutil.chown(folder, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    there = programs()
    assert there is not None
    server = OwnPostgres(there, folder, port, user)
    try:
        initdb = [str(there / "initdb"), "-D", str(folder / "data"), "-U", "fivefold", "-A", "trust", "-E", "UTF8"]
        subprocess.run(initdb, check=True, user=user, stdout=subprocess.DEVNULL, cwd=folder)
        options = ["-F", f"-p {port}", f"-k {folder}", "-c listen_addresses=127.0.0.1", *settings]
        server.control("-o", " ".join(options), "start")
        yield server
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            server.control("-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
