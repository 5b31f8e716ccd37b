"""The process between Fivefold and a program: confines it, watches it and ends its whole family.

Started as a script, with nothing but the standard library, so that it is up in milliseconds. It makes itself
the reaper of its descendants: a program's child that leaves the process group, the session and its parent
still comes back to it and is killed. It lives until the program ends or until the control pipe (its
standard input) closes, which also happens when Fivefold itself is killed.
"""

import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import sys
import time
from types import FrameType
from typing import Any, NoReturn

POLL_S = 0.05
"""How often the number of processes and their memory are looked at."""
KILL_S = 2.0
"""How long killing is tried; only a family that forks without end can outlast it."""

_IGNORED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGIO)
_PR_SET_PDEATHSIG, _PR_GET_PDEATHSIG = 1, 2
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS, _PR_GET_NO_NEW_PRIVS = 38, 39


def main(order: dict[str, Any]) -> None:
    """Run the program of one order, and report facts as JSON lines on its status pipe.

    The order has `command`, `environment`, `status_fd`, `rlimits` (name to value), `processes`,
    `memory_bytes` and `scratch`.
    """
    status_fd = int(order["status_fd"])
    os.set_inheritable(status_fd, False)
    subreaper = _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    # Unless it has root's rights, a program cannot reach into this process or its pipes through /proc.
    _prctl(_PR_SET_DUMPABLE, 0)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, _nothing)
    supervisor = os.getpid()
    child = os.fork()
    if child == 0:
        _become_program(order, status_fd, subreaper, supervisor)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    os.dup2(null, 2)
    why, ended = _watch(child, woken, int(order["processes"]), int(order["memory_bytes"]))
    asked_to_stop = why == "asked"
    parent_alive = asked_to_stop and os.read(0, 1) != b""
    ended = _kill_family(child) or ended
    facts: dict[str, Any] = {"why": why}
    if ended is not None:
        code, usage = ended
        facts |= {"returncode": code, "cpu_s": usage.ru_utime + usage.ru_stime, "peak_kib": usage.ru_maxrss}
    _tell(status_fd, facts)
    if asked_to_stop and not parent_alive:
        import shutil

        shutil.rmtree(order["scratch"], ignore_errors=True)


def _become_program(order: dict[str, Any], status_fd: int, subreaper: bool, supervisor: int) -> NoReturn:
    """Confine this process, say what holds, and become the program."""
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            with contextlib.suppress(OSError, ValueError):
                signal.signal(number, signal.SIG_DFL)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        guarded = _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) and _death_signal() == signal.SIGKILL
        unprivileged = _prctl(_PR_SET_NO_NEW_PRIVS, 1) and _prctl(_PR_GET_NO_NEW_PRIVS, 0, 1)
        if os.getppid() != supervisor:
            os._exit(1)
        missing = [name for name, value in order["rlimits"].items() if not _limit(name, int(value))]
        _tell(status_fd, {
            "subreaper": subreaper,
            "guarded": guarded,
            "no_new_privileges": unprivileged,
            "limits_missing": missing,
            "clean_environment": dict(os.environ) == order["environment"],
        })  # fmt: skip
        os.execve(order["command"][0], order["command"], order["environment"])
    except BaseException as error:
        _tell(status_fd, {"start_failed": f"{type(error).__name__}: {error}"})
    os._exit(127)


def _limit(name: str, value: int) -> bool:
    """Set one limit, or the harder one there already is; return whether it really holds."""
    kind = getattr(resource, name, None)
    if kind is None:
        return False
    try:
        _, hard = resource.getrlimit(kind)
        top = value + 1 if name == "RLIMIT_CPU" else value  # one second between SIGXCPU and SIGKILL
        soft, top = (value, top) if hard == resource.RLIM_INFINITY else (min(value, hard), min(top, hard))
        resource.setrlimit(kind, (soft, top))
        return resource.getrlimit(kind) == (soft, top)
    except (OSError, ValueError):
        return False


def _watch(child: int, woken: int, processes: int, memory: int) -> tuple[str | None, Any]:
    """Wait for the program; return why it must be ended, or how it ended by itself."""
    while True:
        readable, _, _ = select.select([0, woken], [], [], POLL_S)
        if 0 in readable:
            return "asked", None
        if woken in readable:
            with contextlib.suppress(BlockingIOError):
                os.read(woken, 4096)
        for pid, ended in _reap()[0]:
            if pid == child:
                return None, ended
        tasks, resident = _usage()
        if tasks > processes:
            return "processes", None
        if resident > memory:
            return "memory", None


def _reap() -> tuple[list[tuple[int, Any]], bool]:
    """Return the descendants that have ended, with exit code and resource usage, and whether others live."""
    ended: list[tuple[int, Any]] = []
    while True:
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return ended, False
        if pid == 0:
            return ended, True
        ended.append((pid, (os.waitstatus_to_exitcode(status), usage)))


def _kill_family(child: int) -> Any:
    """Kill all descendants until none is left; return how the program itself ended, if it is seen here.

    Whoever is killed leaves its children to this process, so direct children are enough in the end; a
    process with SIGKILL pending cannot fork any more, so each round leaves fewer.
    """
    ended: Any = None
    deadline = time.monotonic() + KILL_S
    with contextlib.suppress(OSError):
        os.killpg(child, signal.SIGKILL)
    while time.monotonic() < deadline:
        for pid in _descendants():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        reaped, more = _reap()
        for pid, how in reaped:
            if pid == child:
                ended = how
        if not more:
            break
        time.sleep(0.001)
    return ended


def _descendants() -> list[int]:
    """Return the ids of all living descendants, parents first; empty without a /proc."""
    found: list[int] = []
    todo = [os.getpid()]
    while todo:
        pid = todo.pop()
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children") as file:
                    new = [int(word) for word in file.read().split()]
                found += new
                todo += new
        except OSError:
            continue
    return found


def _usage() -> tuple[int, int]:
    """Return how many threads all descendants have, and how many bytes they hold."""
    tasks = resident = 0
    page = resource.getpagesize()
    for pid in _descendants():
        try:
            tasks += len(os.listdir(f"/proc/{pid}/task"))
            with open(f"/proc/{pid}/statm") as file:
                resident += int(file.read().split()[1]) * page
        except (OSError, IndexError):
            continue
    return tasks, resident


def _nothing(number: int, frame: FrameType | None) -> None:
    """Handle SIGCHLD, so that it is written to the wake-up pipe."""


def _prctl(option: int, value: int, wanted: int = 0) -> bool:
    """Call prctl(2); return whether it is there and answered what was wanted."""
    try:
        return int(ctypes.CDLL(None).prctl(option, value, 0, 0, 0)) == wanted
    except (AttributeError, OSError):
        return False


def _death_signal() -> int:
    """Return the signal that this process gets when its parent dies, 0 for none."""
    answer = ctypes.c_int(0)
    try:
        ctypes.CDLL(None).prctl(_PR_GET_PDEATHSIG, ctypes.byref(answer), 0, 0, 0)
    except (AttributeError, OSError):
        return 0
    return answer.value


def _tell(status_fd: int, facts: dict[str, Any]) -> None:
    """Write one line of facts; a parent that has gone needs none."""
    with contextlib.suppress(OSError):
        os.write(status_fd, json.dumps(facts).encode() + b"\n")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
