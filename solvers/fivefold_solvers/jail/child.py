"""One program's process, from its fork to its end: locked down first, then told what to run.

The order of the steps matters: what needs a capability comes before capabilities are dropped, what needs a file
before Landlock, and the filter of system calls last, when nothing but the program is left to do. A child may wait
between being locked down and being told, which is what makes a spare one fast.
"""

import builtins
import ctypes
import fcntl
import gc
import json
import linecache
import os
import resource
import signal
import socket
import sys
import tempfile
import traceback
from dataclasses import dataclass
from types import CodeType, ModuleType
from typing import Any, NoReturn

from fivefold_solvers.jail import kernel, landlock, namespaces, seccomp

FAULT = 127
"""Exit code of a child that could not be locked down; its reason is on the order socket."""
ARMED = b"+"
"""Sent on the order socket when every layer holds but the last, which follows the order."""
BEGUN = b"!"
"""Sent on the order socket when the order has come: from here on the program may have had effects."""
SCRATCH_BYTES = 32 * 1024 * 1024
SCRATCH_FILES = 2048
PROGRAM_FILE = "program.py"
"""Name of the source in tracebacks."""
ORDER = 3
"""Where the order socket is, once the child has sorted its descriptors."""


@dataclass(frozen=True, slots=True)
class Confinement:
    """How the children of one zygote are locked down; made once, before the first fork."""

    scratch: str | None
    """Mount point for a file system of the child's own; None: the folder that the message names is used."""
    readable: list[int] | None
    """Descriptors of what may be read; None: no Landlock."""
    filter: Any | None
    """Compiled filter of system calls; None: none."""
    rlimits: bool
    """Whether the kernel's limits are set."""
    base_bytes: int
    """Address space of the zygote, which each child starts with."""


def live(message: dict[str, Any], descriptors: list[int], confinement: Confinement) -> NoReturn:
    """Lock this process down, wait for its order, run the program, end."""
    order_fd, out, err, _, *files = descriptors
    try:
        files = [moved_up(descriptor) for descriptor in files]
        _sort_descriptors(order_fd, out, err, [*(confinement.readable or ()), *files])
        scratch = _scratch(message, files, confinement)
        kernel.drop_capabilities(bounding=False)
        kernel.no_new_privileges()
        if confinement.scratch is not None:
            kernel.not_dumpable()
        # Elsewhere the caller must be able to see which removed files this process holds on to.
        if confinement.readable is not None:
            own = landlock.open_paths([scratch])
            data = landlock.open_paths([os.path.join(os.path.dirname(scratch), "data")])
            landlock.restrict([*confinement.readable, *data], own)
        kernel.close_other({0, 1, 2, ORDER})
        _at_home(scratch)
    except BaseException as error:
        _fault(error)
    orders = socket.socket(fileno=ORDER)
    orders.send(ARMED)
    order = _received(orders)
    if order is None:
        os._exit(0)  # nobody wants this child any more
    try:
        if confinement.rlimits:
            _limit(order["rlimits"], confinement.base_bytes)
        orders.send(BEGUN)
        orders.close()
        if confinement.filter is not None:
            seccomp.install(confinement.filter)
    except BaseException:
        os._exit(FAULT)
    code = _run(order["source"])
    _end(code)


def moved_up(descriptor: int) -> int:
    """Return a copy of a descriptor above the places that the child sorts its own into."""
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 64)


def _sort_descriptors(order_fd: int, out: int, err: int, kept: list[int]) -> None:
    """Put the order socket and the streams in their places and close everything else but `kept`."""
    # The order socket first: it is the one that a fault is told on. None of the four has a place below 3.
    out, err = moved_up(out), moved_up(err)
    os.dup2(order_fd, ORDER)
    os.setsid()
    kernel.die_with_parent(signal.SIGKILL)
    os.dup2(out, 1)
    os.dup2(err, 2)
    kernel.close_other({0, 1, 2, ORDER, *kept})


def _scratch(message: dict[str, Any], files: list[int], confinement: Confinement) -> str:
    """Make the place that the program works in, with its data files; return its path."""
    if confinement.scratch is None:
        scratch: str = message["scratch"]
        os.chdir(scratch)
        return scratch
    total = sum(int(size) for _, size in message["files"])
    namespaces.private_scratch(confinement.scratch, SCRATCH_BYTES, SCRATCH_FILES)
    scratch = os.path.join(confinement.scratch, "work")
    os.mkdir(scratch, 0o700)
    if files:
        data = os.path.join(confinement.scratch, "data")
        os.mkdir(data, 0o700)
        # A file system of its own, so that data takes nothing of the room that the program has for its files.
        kernel.mount("data", data, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC,
                     f"size={total + 1024 * 1024},nr_inodes={len(files) + 16},mode=0700")  # fmt: skip
        for (name, size), descriptor in zip(message["files"], files, strict=True):
            _copy(descriptor, os.path.join(data, name), int(size))
        kernel.mount_read_only(data, recursive=False)
        os.symlink("../data", os.path.join(scratch, "data"))
    os.chdir(scratch)
    return scratch


def _copy(source: int, path: str, size: int) -> None:
    target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o400)
    try:
        done = 0
        while done < size:
            sent = os.sendfile(target, source, done, size - done)
            if sent == 0:
                break
            done += sent
    finally:
        os.close(target)


def settle() -> None:
    """Do once, in the zygote, what is the same for all children: signals, umask, what Python says it runs."""
    os.umask(0o077)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv[:] = [PROGRAM_FILE]
    # Our own code is all loaded; a program that imports it gets what is installed, if anything.
    for name in [name for name in sys.modules if name.split(".")[0] == "fivefold_solvers"]:
        del sys.modules[name]


def _at_home(scratch: str) -> None:
    """Point what Python keeps about its surroundings to the scratch folder."""
    os.environ["HOME"] = os.environ["TMPDIR"] = scratch
    tempfile.tempdir = scratch


def _received(orders: socket.socket) -> dict[str, Any] | None:
    """Wait for the order: eight bytes of length and JSON; None where the other side has gone."""
    head = _exactly(orders, 8)
    body = _exactly(orders, int.from_bytes(head, "big")) if head is not None else None
    return None if body is None else json.loads(body)


def _exactly(orders: socket.socket, size: int) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        piece = orders.recv(min(size - len(data), 1 << 20))
        if not piece:
            return None
        data += piece
    return bytes(data)


def _limit(rlimits: dict[str, int], base: int) -> None:
    for name, value in rlimits.items():
        kind = getattr(resource, name)
        value = value + base if name == "RLIMIT_AS" else value
        top = value + 1 if name == "RLIMIT_CPU" else value  # one second between SIGXCPU and SIGKILL
        _, hard = resource.getrlimit(kind)
        if hard != resource.RLIM_INFINITY:
            value, top = min(value, hard), min(top, hard)
        resource.setrlimit(kind, (value, top))


def _run(source: str) -> int:
    """Run a program as `__main__`; return its exit code. Everything that it raises ends here."""
    main = ModuleType("__main__")
    main.__dict__.update(
        __file__=os.path.join(tempfile.gettempdir(), PROGRAM_FILE), __builtins__=builtins, __annotations__={}
    )
    sys.modules["__main__"] = main
    source = source.removeprefix("\ufeff")  # as Python does with the mark that some editors put first
    lines = source.splitlines(keepends=True)
    # Tracebacks show the lines of a file that is nowhere on disk.
    linecache.cache[PROGRAM_FILE] = (len(source), None, lines, PROGRAM_FILE)
    gc.enable()
    try:
        code = compile(source, PROGRAM_FILE, "exec", dont_inherit=True)
        _execute(code, main.__dict__)
    except SystemExit as request:
        return _exit_code(request)
    except KeyboardInterrupt:
        _show()
        return -signal.SIGINT
    except BaseException:
        _show()
        return 1
    return 0


def _execute(code: CodeType, names: dict[str, Any]) -> None:
    exec(code, names)


def _exit_code(request: SystemExit) -> int:
    if request.code is None:
        return 0
    if isinstance(request.code, int):
        return request.code & 0xFF
    print(request.code, file=sys.stderr)
    return 1


def _show() -> None:
    """Print the exception as Python does, from the program's first line on."""
    kind, error, trace = sys.exc_info()
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    try:
        traceback.print_exception(kind, error, trace)
    except BaseException:
        os.write(2, f"{getattr(kind, '__name__', 'exception')}: (its text could not be printed)\n".encode())


def _end(code: int) -> NoReturn:
    """Write out what is buffered, in Python and in C, and end at once, without threads or exit handlers."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            code = code or 120  # what Python itself returns for an exit that could not flush
    try:
        ctypes.CDLL(None).fflush(None)
    finally:
        if code < 0:
            signal.signal(-code, signal.SIG_DFL)
            os.kill(os.getpid(), -code)
        os._exit(code & 0xFF)


def _fault(error: BaseException) -> NoReturn:
    """Say on the order socket why this process cannot be locked down, and end."""
    try:
        os.write(ORDER, f"{type(error).__name__}: {error}".encode()[:4096])
    finally:
        os._exit(FAULT)
