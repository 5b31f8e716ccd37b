"""Servers, the scripted LLM and what they take of the machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
PLENTY = ("waiting=2000", "waiting_each=2000", "streams=2000", "requests_per_minute=1000000")
"""Limits that let one user bring the whole load."""
READY_S = 120.0
"""Seconds that a server gets to load everything."""
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(slots=True)
class Fleet:
    """Servers on one database."""

    database: str
    """`sqlite`, or the address of a Postgres."""
    running: int
    """Runs at once of each server."""
    folder: Path
    llm_port: int
    lease_s: float = 15.0
    options: tuple[str, ...] = ()
    servers: list[subprocess.Popen[bytes]] = field(default_factory=list[subprocess.Popen[bytes]])
    urls: list[str] = field(default_factory=list[str])
    starts: int = 0

    def start(self) -> int:
        """Start one more server and return its number."""
        self.servers.append(self._process(0))
        self.urls.append(self._said(self.servers[-1]))
        with urllib.request.urlopen(f"{self.urls[-1]}/readyz", timeout=READY_S):
            pass  # as a balancer waits before it sends anybody
        return len(self.servers) - 1

    def kill(self, number: int) -> None:
        """Kill a server as a machine that loses its power would."""
        self.servers[number].send_signal(signal.SIGKILL)
        self.servers[number].wait()

    def restart(self, number: int) -> None:
        """Start a server again at its address."""
        self.servers[number] = self._process(int(self.urls[number].rpartition(":")[2]))
        self._said(self.servers[number])

    def stop(self) -> None:
        """Stop all of them."""
        for server in self.servers:
            server.kill()
            server.wait()

    def _process(self, port: int) -> subprocess.Popen[bytes]:
        environ = {**os.environ, "OPENAI_BASE_URL": f"http://127.0.0.1:{self.llm_port}/v1", "OPENAI_API_KEY": "any"}
        environ |= {"FIVEFOLD_DATA_DIR": str(self.folder / "data"), "FIVEFOLD_CACHE_DIR": str(self.folder / "cache")}
        if self.database != "sqlite":
            environ["FIVEFOLD_DATABASE"] = self.database
        limits = [part for limit in PLENTY for part in ("--limit", limit)]
        command = [sys.executable, "-m", "fivefold_server", "--port", str(port), "--running", str(self.running)]
        command += ["--lease", f"{self.lease_s:g}", *limits, *self.options]
        self.starts += 1
        with self._log().open("w") as log:
            return subprocess.Popen(command, env=environ, stderr=log)

    def _log(self) -> Path:
        return self.folder / f"log-{self.starts}"

    def _said(self, server: subprocess.Popen[bytes]) -> str:
        """Return the address that a server says it listens on."""
        while "listens on" not in (said := self._log().read_text()):
            assert server.poll() is None, said
            time.sleep(0.05)
        return next(line for line in said.splitlines() if "listens on" in line).split()[-1]


@contextmanager
def llm(first_s: float, per_second: float) -> Generator[int]:
    """Run the scripted LLM and give its port."""
    command = [sys.executable, str(HERE / "llm.py"), "--first", str(first_s), "--per-second", str(per_second)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        yield int(child.stdout.readline())
    finally:
        child.kill()
        child.wait()


@contextmanager
def fleet(database: str, running: int, llm_port: int, lease_s: float = 15.0) -> Generator[Fleet]:
    """Give a fleet without servers; they are stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="fivefold-load-", ignore_cleanup_errors=True) as folder:
        found = Fleet(database, running, Path(folder), llm_port, lease_s)
        try:
            yield found
        finally:
            found.stop()


def memory_mib(server: int) -> tuple[float, float]:
    """Return how much memory a server holds, and how much its children do."""
    parents = dict[int, int]()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    family, found = {server}, True
    while found:
        found = {child for child, parent in parents.items() if parent in family} - family
        family |= found
    return _resident(server), sum(_resident(child) for child in family - {server})


def _resident(process: int) -> float:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE / 2**20
    except OSError:
        return 0.0


def cpu_s(server: int) -> float:
    """Return how much processor time a server has taken, its children left out."""
    fields = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load_average() -> float:
    """Return how many processes wanted the processors in the last minute."""
    return os.getloadavg()[0]


def now() -> float:
    """Return a time to subtract from others."""
    return time.monotonic()
