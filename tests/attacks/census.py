"""Counting of processes and what they hold, as the kernel shows it in /proc."""

import contextlib
import ctypes
import os
import time
from collections.abc import Callable
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
ZYGOTE = "fivefold-zygote"


def adopt_orphans() -> None:
    """Become the parent of every process below this one whose own parent dies, so that none gets out of sight."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def parents() -> dict[int, tuple[int, str]]:
    """Return all processes: id -> parent's id and state."""
    found: dict[int, tuple[int, str]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                words = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
                found[int(name)] = int(words[1]), words[0]
    return found


def family(pid: int | None = None) -> dict[int, tuple[int, str]]:
    """Return the processes below one, this one unless said: id -> parent's id and state."""
    everybody = parents()
    top = os.getpid() if pid is None else pid
    ours, found = {top}, True
    while found:
        found = {pid for pid, (parent, _) in everybody.items() if parent in ours and pid not in ours}
        ours |= found
    return {pid: everybody[pid] for pid in ours - {top} if pid in everybody}


def name(pid: int) -> str:
    """Return the name of a process, empty where it is gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def descriptors(pid: int) -> int:
    """Return how many descriptors a process has open; 0 where it is gone or not to be looked at."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


def resident_kib(pid: int) -> int:
    """Return how much memory a process holds, in KiB; 0 where it is gone."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1])
    return 0


def inner_number(pid: int) -> int:
    """Return the number of a process as it sees itself, in the innermost of its namespaces; 0 where it is gone."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("NSpid:")).split()[-1])
    return 0


def queues_and_semaphores() -> int:
    """Return how many shared memories, semaphores and queues without a file there are."""
    return sum(len(Path(f"/proc/sysvipc/{kind}").read_text().splitlines()) - 1 for kind in ("shm", "sem", "msg"))


def shared_memory_files() -> int:
    """Return how many files of shared memory this user has."""
    count = 0
    for path in Path("/dev/shm").glob("*"):
        with contextlib.suppress(OSError):
            count += path.stat().st_uid == os.getuid()
    return count


def wait_until(condition: Callable[[], object], seconds: float) -> bool:
    """Wait until a condition holds; return whether it came to that."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
