"""Keeps a server program running: `python -m fivefold.llm.local.supervise`; started by `server.start`.

It gives the program its key and a port, notes in the state file when the program answers, starts it again after
a crash (later each time, and not for ever), and ends it with everything that it started when the state file goes
or names another process.
"""

import argparse
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any

from fivefold.llm.local.endpoint import answers
from fivefold.llm.local.state import ServerState, read_state, write_state

_LOOK_S = 0.5
_GRACE_S = 15.0
"""What the program has for ending by itself."""
_PROBE_EVERY_S = 10.0
_SILENT_S = 180.0
"""Silence of a running program after which it counts as hung."""
_SET_CHILD_SUBREAPER = 36
_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often and how soon a program that ended is started again."""

    restarts: int = 5
    """In a row; after that the supervisor ends."""
    first_wait_s: float = 1.0
    """Before the first restart; each further wait is twice as long."""
    longest_wait_s: float = 60.0
    well_after_s: float = 600.0
    """Time of answering after which earlier crashes are forgotten."""

    def wait_s(self, restart: int) -> float:
        """Return the wait before restart number `restart`, which counts from 1."""
        return min(self.longest_wait_s, self.first_wait_s * 2.0 ** (restart - 1))


class Program:
    """The program under supervision, in a process group of its own."""

    def __init__(self, command: list[str], state: ServerState, state_file: Path, grace_s: float) -> None:
        self._command = command
        self._state = state
        self._state_file = state_file
        self._grace_s = grace_s
        self._process: subprocess.Popen[bytes] | None = None

    def wanted(self) -> bool:
        """Tell whether the state file still names this supervisor."""
        current = read_state(self._state_file)
        return current is not None and current.pid == os.getpid()

    def run_once(self, restarts: int) -> float | None:
        """Run the program until it ends or is no longer wanted; return how long it answered, None if never."""
        self._note("starting", restarts)
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )
        ready_at: float | None = None
        heard = looked = time.monotonic()
        while self._process.poll() is None and self.wanted():
            time.sleep(_LOOK_S)
            now = time.monotonic()
            if ready_at is not None and now - looked < _PROBE_EVERY_S:
                continue
            looked = now
            if answers(self._state):
                heard = now
                if ready_at is None:
                    ready_at = now
                    self._note("ready", restarts)
            elif ready_at is not None and now - heard > _SILENT_S:
                _say(f"no answer for {_SILENT_S:.0f} s; ending it")
                break
        _say(f"the server ended with exit code {self._process.poll()}")
        self.end()
        return None if ready_at is None else time.monotonic() - ready_at

    def end(self) -> None:
        """End the program and everything that it started; to be called again where it was interrupted."""
        _end_tree(self._process, self._grace_s)
        self._process = None

    def _note(self, phase: Any, restarts: int) -> None:
        if self.wanted():
            write_state(self._state_file, replace(self._state, phase=phase, restarts=restarts))


def keep(program: Program, patience: Patience, sleep: Callable[[float], None] = time.sleep) -> int:
    """Run the program again and again while it is wanted; return the exit code.

    A program that never answered is not started again: what keeps it from starting would do so again, and the
    user is there to read why.
    """
    in_a_row = restarts = 0
    while program.wanted():
        lived_s = program.run_once(restarts)
        if not program.wanted():
            return 0
        if lived_s is None and restarts == 0:
            return 1
        in_a_row = 1 if lived_s is not None and lived_s > patience.well_after_s else in_a_row + 1
        restarts += 1
        if in_a_row > patience.restarts:
            _say(f"it ended {in_a_row} times in a row; giving up")
            return 1
        wait_s = patience.wait_s(in_a_row)
        _say(f"starting again in {wait_s:.0f} s (restart {in_a_row} of {patience.restarts})")
        sleep(wait_s)
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Supervise until told to stop; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m fivefold.llm.local.supervise", description=__doc__)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--key-variable", required=True, help="variable in which the program looks for its key")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="variable for the program")
    parser.add_argument("--restarts", type=int, default=Patience().restarts)
    parser.add_argument("--grace", type=float, default=_GRACE_S, help="seconds that the program has for ending")
    parser.add_argument("program", nargs="+", help="the command; the port is appended as `--port N`")
    options = parser.parse_args(arguments)
    noted = read_state(options.state)
    if noted is None:
        print(f"no state file `{options.state}`", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _leave)
    if sys.platform == "linux":
        # Processes whose parent ended come to this one, so that it can find and end them.
        _prctl(_SET_CHILD_SUBREAPER, 1)
    port = options.port or _free_port()
    state = replace(noted, pid=os.getpid(), port=port)
    write_state(options.state, state)
    for pair in options.set:
        name, _, value = pair.partition("=")
        os.putenv(name, value)
    # In the environment and not on the command line, which every user of the machine can read.
    os.putenv(options.key_variable, state.token)
    program = Program([*options.program, "--port", str(port)], state, options.state, options.grace)
    try:
        return keep(program, Patience(restarts=options.restarts))
    finally:
        program.end()
        if program.wanted():
            options.state.unlink(missing_ok=True)


def _leave(signum: int, frame: FrameType | None) -> None:
    signal.signal(signum, signal.SIG_IGN)  # ending the program, which comes now, is not to be interrupted
    raise SystemExit(0)


def _say(line: str) -> None:
    print(f"supervisor: {line}", flush=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _end_with_parent() -> None:
    """Have the kernel end this process when the supervisor is killed."""
    _prctl(_SET_PDEATHSIG, int(signal.SIGTERM))


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _end_tree(process: subprocess.Popen[bytes] | None, grace_s: float) -> None:
    """Ask the process to end, then kill what is left of its group and of the descendants of this one."""
    if process is not None and process.poll() is None:
        process.terminate()
        try:
            process.wait(grace_s)
        except subprocess.TimeoutExpired:
            _say(f"it did not end within {grace_s:.0f} s; killing it")
    if process is not None:
        _kill(os.killpg, process.pid)
        _kill(os.kill, process.pid)
    for pid in _descendants(os.getpid()):
        _kill(os.kill, pid)
    if process is not None:
        process.wait()
    _reap_orphans()


def _kill(send: Callable[[int, int], None], pid: int) -> None:
    with contextlib.suppress(OSError):
        send(pid, signal.SIGKILL)


def _descendants(pid: int) -> set[int]:
    """Return the processes below `pid`; none where `/proc` does not tell."""
    children = dict[int, list[int]]()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name stands in brackets and may hold anything; the parent is the second field after it.
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    found, open_ends = set[int](), [pid]
    while open_ends:
        below = children.get(open_ends.pop(), [])
        found.update(below)
        open_ends += below
    return found


def _reap_orphans() -> None:
    """Collect ended processes that came to this one."""
    end = time.monotonic() + 5.0
    while time.monotonic() < end:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
