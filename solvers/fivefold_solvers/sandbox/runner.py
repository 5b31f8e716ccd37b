"""The face of the sandbox: run one program to its end, here or under asyncio, and leave nothing behind."""

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Generator, Mapping, Sequence
from functools import partial
from pathlib import Path

from fivefold_solvers.program import Program
from fivefold_solvers.result import ExecutionResult, Exit, Limits
from fivefold_solvers.sandbox import pool
from fivefold_solvers.sandbox.environment import DataFile, opened
from fivefold_solvers.sandbox.errors import IsolationError, ZygoteGoneError
from fivefold_solvers.sandbox.jailed import OnLine, run_newborn
from fivefold_solvers.sandbox.layers import ALL, Layers
from fivefold_solvers.sandbox.levels import Isolation, Level
from fivefold_solvers.sandbox.limited import run_limited
from fivefold_solvers.sandbox.waiting import readable
from fivefold_solvers.sandbox.zygotes import Kind

_DEFAULT_LIMITS = Limits()
_ANY = Level.NONE
_IDLE_SHARE = 0.1
"""A program that ran out of time with less of it in the processor was waiting."""
_NO_ZYGOTES = "programs can be forked from a prepared process on Linux only"


def run(
    program: Program,
    limits: Limits = _DEFAULT_LIMITS,
    *,
    on_line: OnLine | None = None,
    python: str | None = None,
    files: Mapping[str, Path] | None = None,
    at_least: Level | str = _ANY,
) -> ExecutionResult:
    """Run a program in a process of its own and return what came of it.

    Args:
        program: The program; nothing it does raises here.
        limits: What it may use.
        on_line: Called for each line of output as it comes; what it raises ends the run and is raised here.
        python: Interpreter to run it with; the one of this process unless said.
        files: Data files by the name that the program finds them under, read-only, as `data/<name>`.
        at_least: Level of isolation below which nothing is run.

    Raises:
        IsolationError: programs cannot be held that well on this machine.
        DataError: a data file cannot be handed in.
        SandboxError: no program can be run on this machine: no disk, no interpreter, no process.
    """
    return _run(program, limits, on_line, python, None, files, Level(at_least))


async def arun(
    program: Program,
    limits: Limits = _DEFAULT_LIMITS,
    *,
    on_line: OnLine | None = None,
    python: str | None = None,
    files: Mapping[str, Path] | None = None,
    at_least: Level | str = _ANY,
) -> ExecutionResult:
    """Do what `run` does without holding up the event loop; cancelling kills the program and all it started.

    `on_line` is called in the event loop, so what it raises goes to the loop's exception handler.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[ExecutionResult] = loop.create_future()
    stop_read, stop_write = os.pipe()

    def hand_on(stream: str, line: str) -> None:
        if on_line is not None:
            loop.call_soon_threadsafe(on_line, stream, line)

    def work() -> None:
        try:
            hear = hand_on if on_line else None
            tell = partial(done.set_result, _run(program, limits, hear, python, stop_read, files, Level(at_least)))
        except BaseException as error:
            tell = partial(done.set_exception, error)
        with contextlib.suppress(RuntimeError):  # the loop may have been closed meanwhile
            loop.call_soon_threadsafe(tell)

    # A thread of its own: the loop's pool has few, and a queued run could not be cancelled in time.
    thread = threading.Thread(target=work, name="fivefold-sandbox")
    try:
        thread.start()
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            os.write(stop_write, b"k")
            while not done.done():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait([done])
            done.exception()  # whatever it is, the caller has cancelled
            raise
    finally:
        if thread.ident is not None:
            os.write(stop_write, b"k")  # a coroutine may also be closed while it waits
            thread.join()
        os.close(stop_read)
        os.close(stop_write)


def run_layered(
    program: Program,
    limits: Limits,
    layers: Layers,
    *,
    on_line: OnLine | None = None,
    files: Mapping[str, Path] | None = None,
    spare: bool = True,
) -> ExecutionResult:
    """Run a program with chosen layers and nothing else, for tests and benchmarks of the layers.

    Args:
        program: The program.
        limits: What it may use, where a layer is there to hold it.
        layers: The layers.
        on_line: As in `run`.
        files: As in `run`.
        spare: Whether a child that was locked down ahead may be used.
    """
    kind = Kind(sys.executable, pool.family_of(program), layers)
    with opened(files or {}) as handed:
        return _in_child(kind, program, limits, on_line, None, handed, spare=spare)


def isolation(python: str | None = None, family: str = "pyomo") -> Isolation:
    """Return how well programs are held on this machine, by trying it."""
    if not sys.platform.startswith("linux"):
        return Isolation(Level.LIMITED if os.name == "posix" else Level.NONE, (_NO_ZYGOTES,))
    found = pool.isolation_of(Kind(python or sys.executable, family, ALL))
    if found.level.rank >= Level.CONFINED.rank:
        return found
    return Isolation(Level.LIMITED, found.missing, found.held)


def warm(library: str = "pyomo", python: str | None = None) -> None:
    """Have everything ready for a first program of a library, so that it need not wait for imports."""
    if sys.platform.startswith("linux"):
        pool.warm(Kind(python or sys.executable, "pyomo" if library == "pyomo" else "ortools", ALL))


def _run(
    program: Program, limits: Limits, on_line: OnLine | None, python: str | None, stop: int | None,
    files: Mapping[str, Path] | None, at_least: Level,
) -> ExecutionResult:  # fmt: skip
    with opened(files or {}) as handed, _slot(stop) as free:
        if not free:
            return ExecutionResult(exit=Exit.KILLED, stderr="[sandbox] cancelled before it began\n")
        kind = Kind(python or sys.executable, pool.family_of(program), ALL)
        found = isolation(kind.python, kind.family)
        if found.level.rank < at_least.rank:
            raise IsolationError(
                f"Programs can only be held at the level '{found.level}' here, and '{at_least}' is asked for: "
                f"{'; '.join(found.missing) or 'no reason is known'}. "
                "Run where that is allowed, or ask for less and trust the programs."
            )
        if found.level.rank < Level.CONFINED.rank:
            return run_limited(program, limits, on_line, kind.python, stop, handed)
        return _in_child(kind, program, limits, on_line, stop, handed)


def _in_child(
    kind: Kind, program: Program, limits: Limits, on_line: OnLine | None, stop: int | None,
    files: Sequence[DataFile], *, spare: bool = True,
) -> ExecutionResult:  # fmt: skip
    """Run in a child of a zygote; a process that was ended from outside is replaced once."""
    for last in (False, True):
        try:
            with pool.child(kind, files, spare=spare) as (newborn, found):
                result = run_newborn(
                    newborn, program, limits, kind.layers, on_line, stop, found.level, last=last
                )  # fmt: skip
            if result.returncode in (None, -signal.SIGSYS) or _idle(result):
                # It did not end when it should have, tried another way into the kernel, or waited for what never came,
                # which a lock that it was born with would explain: those forked after it would wait as well.
                pool.doubt(kind)
            return result
        except ZygoteGoneError:
            if last:
                raise
    raise AssertionError


def _idle(result: ExecutionResult) -> bool:
    """Whether a program used up its time without computing."""
    return result.exit is Exit.TIMED_OUT and result.wall_s >= 1 and result.cpu_s < _IDLE_SHARE * result.wall_s


@contextlib.contextmanager
def _slot(stop: int | None) -> Generator[bool]:
    """Wait for one of the places for running programs; give False where the run was cancelled before."""
    while not pool.slots.acquire(timeout=0.05 if stop is not None else None):
        if stop is not None and readable([stop], 0):
            yield False
            return
    try:
        yield True
    finally:
        pool.slots.release()
