"""One run in a locked-down child: hand over the order, listen, watch, kill in time, gather the facts."""

import contextlib
import json
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fivefold_solvers.program import Program
from fivefold_solvers.result import ExecutionResult, Limits
from fivefold_solvers.sandbox.capture import Capture
from fivefold_solvers.sandbox.errors import ChildGoneError, StartError, ZygoteGoneError
from fivefold_solvers.sandbox.facts import Facts, execution_result
from fivefold_solvers.sandbox.layers import Layers
from fivefold_solvers.sandbox.waiting import readable
from fivefold_solvers.sandbox.watching import Usage
from fivefold_solvers.sandbox.zygotes import Newborn

OnLine = Callable[[str, str], None]
"""Gets each line of output as it comes: `stdout` or `stderr`, and the line without its line break."""

POLL_S = 0.05
"""How often threads, memory and disk are looked at."""
KILL_S = 5.0
"""How long a killed child may take to be gone."""
DRAIN_S = 0.05
"""How long pipes are read after the child's end; only a child without a filter leaves anybody to hold them."""
FAULT = 127
FILE_MIB = 32
OPEN_FILES = 256
_MAX_RLIMIT = 2**62
_INSIDE = Path("/scratch")
"""What a child with a file system of its own calls its folder."""


@dataclass(slots=True)
class _Run:
    newborn: Newborn
    limits: Limits
    watched: bool
    streams: dict[int, Capture]
    stop: int | None
    started: float
    facts: Facts = field(default_factory=Facts)
    usage: Usage | None = None
    gone: bool = False
    """Whether the zygote ended before it told of the child's end."""


def run_newborn(
    newborn: Newborn, program: Program, limits: Limits, layers: Layers, on_line: OnLine | None, stop: int | None,
    isolation: str, *, last: bool = True,
) -> ExecutionResult:  # fmt: skip
    """Run a program in a child that waits for its order, and leave nothing of it behind but its folder.

    Args:
        newborn: The child.
        program: As in `run`.
        limits: As in `run`.
        layers: What the child is held by.
        on_line: As in `run`.
        stop: Descriptor that is readable once the run shall be cancelled.
        isolation: What the self-test found.
        last: Whether a program whose process was ended from outside stays ended. Else that raises, so that it can
            be run again; a program has no effects but its output, so nobody notices who has not heard any.

    Raises:
        StartError: the child could not be born or locked down.
        ZygoteGoneError: the zygote ended before the child, and `last` is not set.
        ChildGoneError: the child was ended before its program began, and `last` is not set.
    """

    def listen(stream: str) -> Callable[[str], None] | None:
        hear = on_line
        return None if hear is None else lambda line: hear(stream, _without(line, newborn.folder))

    keep = max(limits.output_kib, 0) * 1024
    out, err = Capture("stdout", keep, listen("stdout")), Capture("stderr", keep, listen("stderr"))
    run = _Run(newborn, limits, layers.watch, {newborn.out: out, newborn.err: err}, stop, time.monotonic())
    with newborn.orders:
        try:
            _order(newborn, program, limits)
            _pump(run)
        finally:
            _end(run)
        run.facts.wall_s = time.monotonic() - run.started
        run.facts.isolation = isolation
        out.finish()
        err.finish()
        unheard = on_line is None or not (out.total or err.total)
        if run.gone and not last and unheard and run.facts.stopped is None:
            raise ZygoteGoneError("The sandbox's process ended before the program did.")
        _say_fault(run, last=last)
    return execution_result(run.facts, out, err, limits, newborn.folder or _INSIDE)


def rlimits(limits: Limits) -> dict[str, int]:
    """Return the kernel's limits by name; that for address space is what the program may add to its zygote's."""
    cpu_s = min(limits.cpu_s, 1e9) if limits.cpu_s > 1.0 else 1.0
    return {
        "RLIMIT_CPU": int(-(-cpu_s // 1)),
        "RLIMIT_AS": min(max(limits.memory_mib, 0) * 1024 * 1024, _MAX_RLIMIT),
        "RLIMIT_FSIZE": FILE_MIB * 1024 * 1024,
        "RLIMIT_NOFILE": OPEN_FILES,
        "RLIMIT_CORE": 0,
        "RLIMIT_MEMLOCK": 0,
        # Every thread's stack is reserved at this size.
        "RLIMIT_STACK": 8 * 1024 * 1024,
    }


def _without(text: str, folder: Path | None) -> str:
    return text.replace(f"{folder or _INSIDE}/work/", "")


def _order(newborn: Newborn, program: Program, limits: Limits) -> None:
    """Send the order; a child that has died hears nothing, which its status tells."""
    body = json.dumps({"source": program.source, "rlimits": rlimits(limits)}).encode()
    newborn.orders.settimeout(max(1.0, min(limits.wall_s, 60.0)) if limits.wall_s > 0 else 1.0)
    with contextlib.suppress(OSError):
        newborn.orders.sendall(len(body).to_bytes(8, "big") + body)


def _pump(run: _Run) -> None:
    """Read until the zygote has told how the child ended, or until the child must be killed."""
    deadline = run.started + run.limits.wall_s if run.watched else float("inf")
    status = run.newborn.status.fileno()
    with selectors.DefaultSelector() as selector:
        for descriptor in (status, *run.streams, *(() if run.stop is None else (run.stop,))):
            selector.register(descriptor, selectors.EVENT_READ)
        while not run.facts.reported and not run.gone:
            left = deadline - time.monotonic()
            if not left > 0:  # also true where the limit is not a number
                run.facts.stopped, run.facts.note = "wall", f"killed: ran longer than {run.limits.wall_s:g} s"
                return
            for key, _ in selector.select(min(left, POLL_S)):
                if key.fd == run.stop:
                    run.facts.stopped, run.facts.note = "cancelled", "killed: cancelled"
                    return
                if key.fd == status:
                    _hear(run)
                elif not _read(run, key.fd):
                    selector.unregister(key.fd)
            if run.watched and not run.facts.reported and _too_much(run):
                return


def _hear(run: _Run) -> None:
    """Take one message of the zygote."""
    data, descriptors, _, _ = socket.recv_fds(run.newborn.status, 4096, 1)
    if not data:
        run.gone = True
        return
    words: dict[str, Any] = json.loads(data)
    if "unborn" in words:
        raise StartError(
            f"A program's process could not be started: {words['unborn']}. "
            "Check that processes and memory are left for this user."
        )
    if descriptors:
        run.newborn.pidfd = descriptors[0]
    if "returncode" in words:
        run.facts.reported = run.facts.began = True
        run.facts.returncode = words["returncode"]
        run.facts.cpu_s, run.facts.peak_kib = float(words["cpu_s"]), int(words["peak_kib"])


def _read(run: _Run, descriptor: int) -> bool:
    """Take what one pipe holds; return whether more can come."""
    try:
        data = os.read(descriptor, 65_536)
    except BlockingIOError:
        return True
    run.streams[descriptor].feed(data)
    return bool(data)


def _too_much(run: _Run) -> bool:
    """Say in the facts what there is too much of, if there is."""
    most = 4 * max(run.limits.output_kib, 0) * 1024
    for stream in run.streams.values():
        if stream.total > most:
            run.facts.stopped = "output"
            run.facts.note = f"killed: wrote more than {most // 1024} KiB to {stream.name}"
            return True
    if run.usage is None:
        if run.newborn.pidfd is None or time.monotonic() < run.started + POLL_S:
            return False
        run.usage = Usage.of(run.newborn.pidfd, run.newborn.folder)
    over = run.usage.over(run.limits)
    if over is not None:
        run.facts.why = over
    return over is not None


def _end(run: _Run) -> None:
    """Kill the child if it lives, wait until it is gone, and take what is left in the pipes."""
    newborn = run.newborn
    try:
        deadline = time.monotonic() + KILL_S
        while not run.facts.reported and not run.gone and (left := deadline - time.monotonic()) > 0:
            if newborn.pidfd is not None:
                with contextlib.suppress(OSError):
                    signal.pidfd_send_signal(newborn.pidfd, signal.SIGKILL)
            if readable([newborn.status.fileno()], left):
                _hear(run)
        if run.facts.stopped in (None, "wall"):
            deadline = time.monotonic() + DRAIN_S
            open_ones = set(run.streams)
            while open_ones and (left := deadline - time.monotonic()) > 0:
                open_ones -= {descriptor for descriptor in readable(open_ones, left) if not _read(run, descriptor)}
    finally:
        newborn.status.close()
        for descriptor in (newborn.out, newborn.err, newborn.pidfd):
            if descriptor is not None:
                os.close(descriptor)


def _say_fault(run: _Run, *, last: bool) -> None:
    """Raise what a child that could not be locked down said of it, or that it was ended before its program began."""
    if run.facts.returncode not in (FAULT, -signal.SIGKILL):
        return
    run.newborn.orders.settimeout(0.0)
    try:
        words = run.newborn.orders.recv(4096)
    except OSError:
        words = b""
    if run.facts.returncode == -signal.SIGKILL:
        if not (last or run.facts.stopped or run.facts.why or words.endswith(b"!")):
            raise ChildGoneError("A program's process was ended from outside before the program began.")
        return
    if not words.startswith(b"+"):
        raise StartError(
            f"A program's process could not be locked down: {words.decode('utf-8', 'replace') or 'no word'}. "
            "Run `fivefold doctor` to see what this machine can do."
        )
