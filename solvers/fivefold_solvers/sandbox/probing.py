"""The self-test of a zygote: a child tries what it must not, and what gets through lowers the level."""

import contextlib
import json
import os
import socket
import tempfile
from collections.abc import Generator
from pathlib import Path

import fivefold_solvers
from fivefold_solvers.program import Program
from fivefold_solvers.result import ExecutionResult, Exit, Limits
from fivefold_solvers.sandbox.environment import remove_folder
from fivefold_solvers.sandbox.levels import Isolation, Level

CONFINED = (
    "secret", "write", "connect", "send", "fork", "execute", "signal", "trace", "new_namespace"
)  # fmt: skip
"""What no confined program may do."""
STRICT = ("look", "disk")
"""What a strict one may not do either."""
LIMITED = ("raise_limit", "memory", "environment")
"""What not even a limited one may do."""
ATTEMPTS = (*LIMITED, *CONFINED, *STRICT)
WORDS = {
    "secret": "a private file of this user can be read",
    "write": "files outside the scratch folder can be written",
    "connect": "a TCP connection can be made",
    "send": "a UDP datagram can be sent",
    "fork": "processes can be started",
    "execute": "other programs can be executed",
    "signal": "the parent can be sent signals",
    "trace": "the parent can be traced",
    "new_namespace": "namespaces can be made",
    "look": "paths of the host can be looked at",
    "disk": "disk use is held by polling only, not by a quota",
    "raise_limit": "limits can be raised",
    "memory": "the memory limit does not hold",
    "environment": "the caller's environment can be seen",
}
"""What it means when an attempt gets through."""
LIMITS = Limits(wall_s=20.0, cpu_s=10.0, memory_mib=64, output_kib=64)
_TOO_MUCH = 256 * 1024 * 1024
_SOURCE = Path(fivefold_solvers.__file__).with_name("jail") / "probes.py"


@contextlib.contextmanager
def probe() -> Generator[tuple[Program, "Host"]]:
    """Give the program of the self-test, and what watches it from the host's side."""
    folder = Path(tempfile.mkdtemp(prefix=f"fivefold-run-{os.getpid()}-"))
    with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        try:
            secret = folder / "secret"
            secret.touch(mode=0o600)
            secret.write_text("not for programs")
            for listener in (tcp, udp):
                listener.bind(("127.0.0.1", 0))
                listener.setblocking(False)
            tcp.listen()
            seen = {
                "secret": str(secret), "folder": str(folder), "tcp": tcp.getsockname()[1],
                "udp": udp.getsockname()[1], "too_much": _TOO_MUCH, "attempts": json.dumps(ATTEMPTS),
            }  # fmt: skip
            source = _SOURCE.read_text("utf-8").replace("SEEN: dict[str, object] = {}", f"SEEN = {seen!r}")
            yield Program(source=source, library="pyomo", solver="none", path="free"), Host(folder, tcp, udp)
        finally:
            remove_folder(folder)


class Host:
    """What the host sees of a probe; a program's own words are never enough."""

    def __init__(self, folder: Path, tcp: socket.socket, udp: socket.socket) -> None:
        self._folder, self._tcp, self._udp = folder, tcp, udp

    def saw(self) -> set[str]:
        """Return the attempts that left a trace."""
        found: set[str] = set()
        if (self._folder / "planted").exists():
            found.add("write")
        with contextlib.suppress(OSError):
            self._tcp.accept()[0].close()
            found.add("connect")
        with contextlib.suppress(OSError):
            self._udp.recv(16)
            found.add("send")
        return found


def judged(result: ExecutionResult, saw: set[str], missing: tuple[str, ...]) -> Isolation:
    """Return the level that a probe's run shows."""
    line = next((line for line in reversed(result.stdout.split("\n")) if line.startswith("PROBES ")), None)
    if result.exit is not Exit.NO_RESULT or line is None:
        words = result.stderr.strip()[-500:] or str(result.exit)
        return Isolation(Level.NONE, (*missing, f"the self-test did not end well: {words}"))
    through = [*json.loads(line.removeprefix("PROBES ")), *saw]
    level = Level.STRICT
    if any(name in through for name in STRICT):
        level = Level.CONFINED
    if any(name in through for name in CONFINED):
        level = Level.LIMITED
    if any(name in through for name in LIMITED):
        level = Level.NONE
    reasons = tuple(WORDS[name] for name in ATTEMPTS if name in through)
    return Isolation(level, (*missing, *reasons), tuple(name for name in ATTEMPTS if name not in through))
