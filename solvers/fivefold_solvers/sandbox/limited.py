"""One run where the kernel has no layers to offer: a fresh interpreter under limits, killed with all it started.

This is no security boundary. It is what macOS and old Linux kernels get.
"""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fivefold_solvers.program import Program
from fivefold_solvers.result import ExecutionResult, Limits
from fivefold_solvers.sandbox.capture import Capture
from fivefold_solvers.sandbox.environment import (
    PROGRAM_FILE,
    DataFile,
    child_environment,
    inherited_environment,
    scratch_folder,
)
from fivefold_solvers.sandbox.errors import StartError
from fivefold_solvers.sandbox.facts import Facts, execution_result

OnLine = Callable[[str, str], None]
"""Gets each line of output as it comes: `stdout` or `stderr`, and the line without its line break."""

LIBRARY_MIB = 768
"""Address space that the interpreter, the libraries and the stacks of their threads take (measured: 430 MiB)."""
RESIDENT_MIB = 256
"""Memory that the interpreter and the libraries really fill (measured: 145 MiB with CP-SAT and eight threads)."""
FILE_MIB = 256
"""Largest file that a program may write."""
OPEN_FILES = 256
"""Files that a program may have open at once."""
# By path, because it is a script and needs what only POSIX systems have.
_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_FLAGS = (
    # -I without its -E: the environment is made here, and its hash seed is wanted.
    *("-P", "-s"),
    # What was printed before a crash or a kill is not lost in a buffer, and listeners hear it at once.
    "-u",
    *("-X", "utf8"),
    # A crash in a solver's native code tells which line of the program called it.
    *("-X", "faulthandler"),
)
_DRAIN_S = 0.05
_OBEY_S = 3.0
_MAX_RLIMIT = 2**62


@dataclass(slots=True)
class _Child:
    """The supervisor of one run and the pipes to it."""

    process: subprocess.Popen[bytes]
    control: int
    streams: dict[int, Capture]
    status: int
    status_text: bytearray = field(default_factory=bytearray)


def run_limited(
    program: Program,
    limits: Limits,
    on_line: OnLine | None,
    python: str | None,
    stop: int | None,
    files: Sequence[DataFile] = (),
) -> ExecutionResult:
    """Run a program in a fresh interpreter of its own.

    Raises:
        StartError: the interpreter cannot be started.
    """
    if os.name != "posix":
        raise StartError("Programs can be run on Linux and macOS only. On Windows, run Fivefold under WSL 2.")

    with scratch_folder(program.source, files) as scratch:

        def listen(stream: str) -> Callable[[str], None] | None:
            hear = on_line
            return None if hear is None else lambda line: hear(stream, line.replace(f"{scratch}/", ""))

        keep = max(limits.output_kib, 0) * 1024
        out, err = Capture("stdout", keep, listen("stdout")), Capture("stderr", keep, listen("stderr"))
        started = time.monotonic()
        child = _start(scratch, limits, python or sys.executable, out, err)
        facts = Facts()
        try:
            _pump(child, facts, limits, started, stop)
        finally:
            _end(child, facts, scratch)
        facts.wall_s = time.monotonic() - started
        out.finish()
        err.finish()
        if facts.start_failed is not None:
            raise StartError(
                f"The interpreter {python or sys.executable!r} could not be started: {facts.start_failed}. "
                "Give the path of a Python that has the solver libraries."
            )
        if not facts.began and facts.stopped is None:
            raise StartError(
                f"The sandbox's process ended before the program began: {err.text().strip() or 'no word'}. "
                f"Check that {sys.executable!r} is a working Python."
            )
        if not facts.reported:
            facts.isolation = "none"
        return execution_result(facts, out, err, limits, scratch.parent)


def _start(scratch: Path, limits: Limits, python: str, out: Capture, err: Capture) -> _Child:
    """Start the supervisor of one program."""
    environment = child_environment(inherited_environment(), scratch)
    pipes: list[int] = []
    try:
        for _ in range(4):
            pipes += os.pipe()
        control_read, control, out_read, out_write, err_read, err_write, status, status_write = pipes
        order: dict[str, Any] = {
            "command": [python, *_FLAGS, str(scratch / PROGRAM_FILE)],
            "environment": environment,
            "status_fd": status_write,
            "rlimits": _rlimits(limits),
            "processes": limits.processes,
            "memory_bytes": (limits.memory_mib + RESIDENT_MIB) * 1024 * 1024,
            "scratch": str(scratch.parent),
        }
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_SUPERVISOR), json.dumps(order)],
            stdin=control_read,
            stdout=out_write,
            stderr=err_write,
            pass_fds=(status_write,),
            cwd=scratch,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        for descriptor in pipes:
            os.close(descriptor)
        raise StartError(
            f"The sandbox's own process could not be started: {error}. "
            "Check that processes, memory and open files are left for this user."
        ) from error
    for descriptor in (control_read, out_write, err_write, status_write):
        os.close(descriptor)
    for descriptor in (out_read, err_read, status):
        os.set_blocking(descriptor, False)
    return _Child(process, control, {out_read: out, err_read: err}, status)


def _rlimits(limits: Limits) -> dict[str, int]:
    """Return the kernel's limits by name; RLIMIT_NPROC is not one of them.

    It counts everything a user runs, other programs of ours included, so a bound that stops a fork bomb also
    stops an honest solver's threads, and for root it does nothing. The supervisor counts instead.
    """
    cpu_s = min(limits.cpu_s, 1e9) if limits.cpu_s > 1.0 else 1.0
    return {
        "RLIMIT_CPU": int(-(-cpu_s // 1)),
        "RLIMIT_AS": min((max(limits.memory_mib, 0) + LIBRARY_MIB) * 1024 * 1024, _MAX_RLIMIT),
        "RLIMIT_FSIZE": FILE_MIB * 1024 * 1024,
        "RLIMIT_NOFILE": OPEN_FILES,
        "RLIMIT_CORE": 0,
    }


def _pump(child: _Child, facts: Facts, limits: Limits, started: float, stop: int | None) -> None:
    """Read until the supervisor has said how the program ended, or until it must be stopped."""
    deadline = started + limits.wall_s
    most = 4 * max(limits.output_kib, 0) * 1024
    with selectors.DefaultSelector() as selector:
        for descriptor in (child.status, *child.streams, *(() if stop is None else (stop,))):
            selector.register(descriptor, selectors.EVENT_READ)
        while not facts.reported:
            left = deadline - time.monotonic()
            if not left > 0:  # also true where the limit is not a number
                facts.stopped, facts.note = "wall", f"killed: ran longer than {limits.wall_s:g} s"
                return
            for key, _ in selector.select(min(left, 3600.0)):
                descriptor = key.fd
                if descriptor == stop:
                    facts.stopped, facts.note = "cancelled", "killed: cancelled"
                    return
                if not _read(child, descriptor, facts):
                    selector.unregister(descriptor)
                    if descriptor == child.status:
                        return
                stream = child.streams.get(descriptor)
                if stream is not None and stream.total > most:
                    facts.stopped = "output"
                    facts.note = f"killed: wrote more than {most // 1024} KiB to {stream.name}"
                    return


def _read(child: _Child, descriptor: int, facts: Facts) -> bool:
    """Take what one pipe holds; return whether more can come."""
    try:
        data = os.read(descriptor, 65_536)
    except BlockingIOError:
        return True
    if not data:
        return False
    if descriptor in child.streams:
        child.streams[descriptor].feed(data)
        return True
    child.status_text += data
    *lines, rest = bytes(child.status_text).split(b"\n")
    child.status_text = bytearray(rest)
    for line in lines:
        # A program with the rights to open this pipe may write to it; that must not raise here.
        with contextlib.suppress(ValueError, TypeError, LookupError, RecursionError):
            facts.learn(json.loads(line))
    return True


def _end(child: _Child, facts: Facts, scratch: Path) -> None:
    """Kill what still runs, take what is left in the pipes, close them."""
    try:
        if not facts.reported:
            with contextlib.suppress(OSError):
                os.write(child.control, b"k")
            child.process.send_signal(signal.SIGCONT)  # the program may have stopped its supervisor
        _drain(child, facts, [child.status], _OBEY_S)
        try:
            child.process.wait(0.2 if facts.reported else 0.0)
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
        if not facts.reported:
            _sweep(scratch)
        if facts.stopped in (None, "wall"):
            _drain(child, facts, list(child.streams), _DRAIN_S)
    finally:
        for descriptor in (child.control, child.status, *child.streams):
            os.close(descriptor)


def _drain(child: _Child, facts: Facts, descriptors: list[int], seconds: float) -> None:
    """Read pipes to their ends, but no longer than this: somebody else may hold the other side."""
    deadline = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        for descriptor in descriptors:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map() and (left := deadline - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                if not _read(child, key.fd, facts):
                    selector.unregister(key.fd)


def _sweep(scratch: Path) -> None:
    """Kill the family of a program whose supervisor is gone, known by the home folder it was started with."""
    mark = f"HOME={scratch}".encode()
    for _ in range(3):
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    os.kill(int(entry.name), signal.SIGKILL)
