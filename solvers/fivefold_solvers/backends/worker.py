"""A solver process as its parent sees it: started once, asked many times, killed when late, replaced after a crash.

The parent never loads a solver library. What runs in the process is this package's own code (`child.serve`), so
it is not confined like a program that an LLM wrote; it gets a clean environment and ends with its parent.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import IO, Any

from numpy.typing import NDArray

from fivefold_solvers.backends.frames import STOPPED, Arrays1D, ClosedError, LateError, read_frame, write_frame
from fivefold_solvers.sandbox.environment import child_environment, inherited_environment

GRACE_S = 0.2
"""How much longer than its time limit a solve may take before its process is killed."""
PATIENCE_S = 5.0
"""How long a solve may go on after a stop before its process is ended."""
START_S = 60.0
"""How long starting may take."""
_KEPT_IDLE = 2
_TAIL = 2_000
_SCRIPT = Path(__file__).parent / "child" / "serve.py"
_NUMBER = struct.Struct("<Q")

Reply = tuple[dict[str, Any], dict[str, NDArray[Any]]]


class WorkerCrashed(Exception):
    """The process ended, or could not be started; the message has the end of its error output."""


class WorkerStopped(Exception):
    """The process was ended because its solver did not listen to a stop."""


class WorkerLate(Exception):
    """The process was killed because it did not answer in time."""


class Worker:
    """One process with one solver library."""

    def __init__(self, library: str) -> None:
        self.library = library
        self.number = 0
        try:
            with contextlib.ExitStack() as undo:
                self.errors = undo.enter_context(tempfile.TemporaryFile())
                (inlet, self.to_child), (self.from_child, outlet), (stop, self.stop_pipe) = (
                    _pipe(undo) for _ in range(3)
                )
                theirs, ours = (inlet, outlet, stop), (self.to_child, self.from_child, self.stop_pipe)
                order: dict[str, Any] = {"library": library, "paths": sys.path, "patience_s": PATIENCE_S}
                order |= {"inlet": inlet, "outlet": outlet, "stop": stop}
                self.process = subprocess.Popen(
                    [sys.executable, "-I", str(_SCRIPT), json.dumps(order)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=self.errors,
                    pass_fds=theirs,
                    env=child_environment(inherited_environment(), Path(tempfile.gettempdir())),
                    start_new_session=True,
                )
                undo.pop_all()
        except OSError as error:
            raise WorkerCrashed(f"{sys.executable!r} could not be started: {error}") from error
        _put_away(theirs)
        # Also when nobody holds the worker any more, and when the interpreter ends.
        self._end = weakref.finalize(self, _end, self.process, os.getpid(), ours, self.errors)
        self.owner = os.getpid()
        self.closing = threading.Lock()
        self.versions: dict[str, str] = {}
        try:
            self.versions = self.ask({"op": "hello"}, limit_s=START_S)[0]["versions"]
        except WorkerLate as error:
            raise WorkerCrashed(f"the process for {library} did not come up: {error}") from None

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        # After a fork the process is still that of the parent.
        return self._end.alive and self.owner == os.getpid() and self.process.poll() is None

    def reserve(self) -> int:
        """Return the number of the next message; `stop` means that message from now on."""
        self.number += 1
        return self.number

    def ask(
        self,
        header: Mapping[str, Any],
        arrays: Arrays1D | None = None,
        *,
        limit_s: float | None,
        number: int | None = None,
        on_event: Callable[[dict[str, Any], dict[str, NDArray[Any]]], None] | None = None,
    ) -> Reply:
        """Send a message and return its answer; what comes before the answer goes to `on_event`.

        Args:
            header: what to do.
            arrays: with what.
            limit_s: how long the answer may take, None for as long as it takes.
            number: one that `reserve` gave, where a stop may come before the message is out.
            on_event: called with every message before the answer.

        Raises:
            WorkerCrashed: the process ended instead.
            WorkerStopped: it was ended because of a stop.
            WorkerLate: it was killed after `limit_s` and the grace.
        """
        number = self.reserve() if number is None else number
        try:
            write_frame(self.to_child, {**header, "number": number}, arrays)
            # A solve has its time from when the program stands.
            deadline = None if header["op"] == "solve" else _deadline(limit_s)
            while True:
                reply, results = read_frame(self.from_child, deadline)
                if reply["event"] == "done":
                    return reply, results
                if reply["event"] == "loaded":
                    deadline = _deadline(limit_s)
                elif on_event is not None:
                    on_event(reply, results)
        except ClosedError:
            raise self._gone() from None
        except LateError:
            self.close()
            raise WorkerLate(f"no answer {GRACE_S:g} s after the time limit") from None
        except BaseException:
            # Half an answer may be in the pipe: nobody could read the next one.
            self.close()
            raise

    def stop(self) -> None:
        """Have the solve of the last number end with what it has; may be called from any thread."""
        with self.closing, contextlib.suppress(OSError):
            if self._end.alive:
                os.write(self.stop_pipe, _NUMBER.pack(self.number))

    def close(self) -> None:
        """End the process; more than once does no harm."""
        with self.closing:
            self._end()

    def _gone(self) -> WorkerCrashed | WorkerStopped:
        """Return what to say of a process that has ended, and put it away."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=1.0)
        code = self.process.poll()
        if code == STOPPED:
            self.close()
            return WorkerStopped(f"{self.library} did not listen to the stop for {PATIENCE_S:g} s")
        self.errors.seek(0)
        said = self.errors.read().decode("utf-8", "replace").strip()[-_TAIL:]
        self.close()
        how = (
            "closed its pipe" if code is None else f"ended by signal {-code}" if code < 0 else f"ended with code {code}"
        )
        return WorkerCrashed(f"the process for {self.library} {how}" + (f": {said}" if said else ""))


def _end(process: subprocess.Popen[bytes], owner: int, pipes: tuple[int, ...], errors: IO[bytes]) -> None:
    if owner == os.getpid():
        with contextlib.suppress(OSError):
            process.kill()
        process.wait()
    _put_away(pipes, errors)


def _pipe(undo: contextlib.ExitStack) -> tuple[int, int]:
    pipe = os.pipe()
    undo.callback(_put_away, pipe)
    return pipe


def _put_away(pipes: tuple[int, ...], errors: IO[bytes] | None = None) -> None:
    for descriptor in pipes:
        os.close(descriptor)
    if errors is not None:
        errors.close()


def _deadline(limit_s: float | None) -> float | None:
    return None if limit_s is None else time.monotonic() + limit_s + GRACE_S


class _Pool:
    """Processes that nobody uses at the moment, by library."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.idle: dict[str, list[Worker]] = {}

    def take(self, library: str) -> Worker:
        with self.lock:
            waiting = self.idle.setdefault(library, [])
            while waiting:
                worker = waiting.pop()
                if worker.alive:
                    return worker
                worker.close()
        return Worker(library)

    def give(self, worker: Worker) -> None:
        with self.lock:
            waiting = self.idle.setdefault(worker.library, [])
            if worker.alive and len(waiting) < _KEPT_IDLE:
                waiting.append(worker)
                return
        worker.close()

    def close(self) -> None:
        with self.lock:
            for waiting in self.idle.values():
                while waiting:
                    waiting.pop().close()

    def forget(self) -> None:
        """After a fork: the processes and pipes are the parent's."""
        self.lock = threading.Lock()
        self.idle = {}


_POOL = _Pool()
os.register_at_fork(after_in_child=_POOL.forget)


def take(library: str) -> Worker:
    """Return a process for a library, an idle one or a new one; `give` it back.

    Raises:
        WorkerCrashed: it does not start.
    """
    return _POOL.take(library)


def give(worker: Worker) -> None:
    """Give a process back; dead ones are put away."""
    _POOL.give(worker)


@contextlib.contextmanager
def taken(library: str) -> Generator[Worker]:
    """Lend a process for a while."""
    worker = take(library)
    try:
        yield worker
    finally:
        give(worker)


def close_all() -> None:
    """End every idle process; the next solve starts a new one."""
    _POOL.close()
