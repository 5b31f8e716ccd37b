"""Starting of zygotes, the processes that fork confined children (see `fivefold_solvers.jail.zygote`).

A zygote is spoken to over one control socket, from which each child gets sockets and pipes of its own; so several
threads can have children of one zygote without hearing each other's.
"""

import contextlib
import json
import os
import socket
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import fivefold_solvers
from fivefold_solvers.sandbox.environment import child_environment, inherited_environment
from fivefold_solvers.sandbox.errors import StartError, ZygoteGoneError
from fivefold_solvers.sandbox.layers import Layers
from fivefold_solvers.sandbox.waiting import readable

BOOT_S = 120.0
"""Longest wait for a zygote's imports; they take 1 to 3 s, more from a cold disk."""
# The folder with the package, because a zygote may run under another Python that has only the solvers installed.
_ROOT = str(Path(fivefold_solvers.__file__).parents[1])
_BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from fivefold_solvers.jail.zygote import main; main()"
# Unbuffered: what was printed before a crash or a kill is not lost, and listeners hear it at once.
_FLAGS = ("-P", "-s", "-u", "-X", "utf8", "-X", "faulthandler")


@dataclass(frozen=True, slots=True)
class Kind:
    """What distinguishes one zygote from another."""

    python: str
    """Interpreter."""
    family: str
    """What is imported ahead: a key of `fivefold_solvers.jail.warm.MODULES`."""
    layers: Layers
    """What its children are held by."""


@dataclass(slots=True)
class Newborn:
    """A child that is locked down and waits for its order, or soon will."""

    orders: socket.socket
    """Takes the order; gives `+` once the child is locked down, or words that say why it cannot be."""
    status: socket.socket
    """Gives the child's birth with its pidfd, and later the kernel's facts of its end."""
    out: int
    err: int
    folder: Path | None
    """Its folder on the host, where it has no file system of its own."""
    pidfd: int | None = None

    def alive(self) -> bool:
        """Return whether a child that waited can still be given an order."""
        while readable([self.status.fileno()], 0):
            data, descriptors, _, _ = socket.recv_fds(self.status, 4096, 1)
            if descriptors:
                self.pidfd = descriptors[0]
            if not data or b"returncode" in data or b"unborn" in data:
                return False
        # The kernel says so before the zygote can.
        return self.pidfd is None or not readable([self.pidfd], 0)

    def discard(self) -> None:
        """Close everything; a child that has no order yet ends by that."""
        self.orders.close()
        self.status.close()
        for descriptor in (self.out, self.err, self.pidfd):
            if descriptor is not None:
                with contextlib.suppress(OSError):
                    os.close(descriptor)
        self.out = self.err = -1
        self.pidfd = None


class RefusedError(Exception):
    """The machine refuses a layer, or the fork itself; its name is the first argument, the reason the second."""


@dataclass(slots=True)
class Zygote:
    """One zygote and what is known of it."""

    kind: Kind
    process: subprocess.Popen[bytes]
    control: socket.socket
    pid: int = 0
    """Its process id as the host sees it."""
    missing: dict[str, str] = field(default_factory=dict[str, str])
    """Modules that it could not import, with the reason."""
    boot_s: float = 0.0
    """Seconds until it was ready."""
    spawned: int = 0
    """Children so far."""
    active: int = 0
    """Runs that hold it at the moment."""
    doubted: bool = False
    """Whether it should have no more children."""
    spares: list[Newborn] = field(default_factory=list[Newborn])
    """Children that wait for an order."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def spawn(self, folder: Path | None, files: Sequence[tuple[str, int, int]] = ()) -> Newborn:
        """Ask for one child; it comes to life while the caller goes on.

        Args:
            folder: The child's folder on the host; None where it gets a file system of its own.
            files: Name, size and open descriptor of each data file.

        Raises:
            StartError: nothing is left to speak to a child with.
            ZygoteGoneError: the zygote has ended.
        """
        try:
            with contextlib.ExitStack() as undo:
                orders, childs_orders = map(undo.enter_context, socket.socketpair())
                pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                status, childs_status = map(undo.enter_context, pair)
                (out, childs_out), (err, childs_err) = _pipe(undo), _pipe(undo)
                undo.pop_all()
        except OSError as error:
            raise StartError(
                f"A program's process could not be prepared: {error}. Check that open files are left for this user."
            ) from error
        newborn = Newborn(orders, status, out, err, folder)
        message = {
            "scratch": str(folder / "work") if folder else None,
            "files": [(name, size) for name, size, _ in files],
        }
        descriptors = [childs_orders.fileno(), childs_out, childs_err, childs_status.fileno()]
        try:
            with self._lock:
                socket.send_fds(
                    self.control, [json.dumps(message).encode()], [*descriptors, *(file for _, _, file in files)]
                )
                self.spawned += 1
        except OSError as error:
            newborn.discard()
            self.doubted = True
            raise ZygoteGoneError(
                f"The sandbox's process for {self.kind.family} programs has ended: {error}."
            ) from error
        finally:
            childs_orders.close()
            childs_status.close()
            os.close(childs_out)
            os.close(childs_err)
        os.set_blocking(out, False)
        os.set_blocking(err, False)
        return newborn

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    def close(self) -> None:
        """End it and all its children, and wait until it is gone."""
        for spare in self.spares:
            spare.discard()
        self.spares.clear()
        self.control.close()
        try:
            self.process.wait(2.0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _pipe(undo: contextlib.ExitStack) -> tuple[int, int]:
    pipe = os.pipe()
    for descriptor in pipe:
        undo.callback(os.close, descriptor)
    return pipe


def start(kind: Kind) -> Zygote:
    """Start a zygote and wait until it is ready.

    Raises:
        RefusedError: a layer cannot be had on this machine, or no child can be forked from what was loaded.
        StartError: the interpreter cannot be started or ended before it was ready.
    """
    control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    order = {
        "control_fd": theirs.fileno(),
        "parent": os.getpid(),
        "family": kind.family,
        "layers": asdict(kind.layers),
    }
    base = inherited_environment()
    environment = zygote_environment(base)
    if not kind.layers.environment:
        environment = {**base, **environment}
    try:
        process = subprocess.Popen(
            [kind.python, *_FLAGS, "-c", _BOOT, _ROOT, json.dumps(order)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=(theirs.fileno(),),
            cwd="/",
            env=dict(environment),
            start_new_session=True,
        )
    except OSError as error:
        control.close()
        raise StartError(
            f"The interpreter {kind.python!r} could not be started: {error}. "
            "Give the path of a Python that has the solver libraries."
        ) from error
    finally:
        theirs.close()
    zygote = Zygote(kind, process, control)
    try:
        facts = _ready(zygote)
    except BaseException:
        zygote.close()
        _ = process.stderr and process.stderr.close()
        raise
    _ = process.stderr and process.stderr.close()
    zygote.pid, zygote.missing, zygote.boot_s = int(facts["pid"]), dict(facts["missing"]), float(facts["boot_s"])
    return zygote


def zygote_environment(base: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a zygote; its children add the place of their scratch folder."""
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")
    # One thread: libraries that start a pool when they are imported would lose it in the fork.
    return {**child_environment(base, Path("/scratch/work")), **threads, "PYTHONDONTWRITEBYTECODE": "1"}


def _ready(zygote: Zygote) -> dict[str, Any]:
    """Return what the zygote says when it is ready."""
    spoke = readable([zygote.control.fileno()], BOOT_S)
    data = zygote.control.recv(65_536) if spoke else b""
    if not data:
        zygote.process.kill()
        stderr = zygote.process.stderr
        words = stderr.read().decode("utf-8", "replace").strip() if stderr is not None else ""
        late = "" if spoke else f" It was not ready after {BOOT_S:g} s."
        raise StartError(
            f"The sandbox's process for {zygote.kind.family} programs ended before it was ready: "
            f"{words[-2000:] or 'no word'}.{late} Check that {zygote.kind.python!r} is a working Python."
        )
    facts: dict[str, Any] = json.loads(data)
    if "refused" in facts:
        raise RefusedError(facts["refused"], facts["reason"])
    if facts["threads"] != 1:
        raise RefusedError(
            "fork",
            f"importing the {zygote.kind.family} libraries started threads ({facts['threads']} in all), "
            "and programs cannot be forked from such a process",
        )
    return facts
