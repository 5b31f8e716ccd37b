"""The parent of solver programs: imports a library once, then forks a confined child for each program.

Started by the sandbox as `python -c`, with its orders in the last argument and a control socket. It enters a
jail of its own (see `namespaces`), becomes process 1 in it, imports the libraries of its family and says on the
control socket that it is ready. From then on each message on that socket asks for one child; everything about that
child goes over the child's own status socket: its id and a pidfd at its birth, the kernel's facts at its death.

It never solves, because threads that a solver leaves behind do not survive a fork; it never runs a program,
holds no secret and ends when the control socket closes, which also happens when Fivefold is killed.
"""

import array
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any, NoReturn

from fivefold_solvers.jail import child, kernel, landlock, namespaces, seccomp, warm

MESSAGE_BYTES = 65_536
DESCRIPTORS = 4
"""Descriptors in front of those of data files: order socket, stdout, stderr, status socket."""
MOST_FILES = 64
"""Data files that one program can be given."""
SCRATCH = "/scratch"
"""The one place a program can write to, inside the jail."""


def main() -> None:
    """Enter the jail, import, and serve until the control socket closes."""
    order: dict[str, Any] = json.loads(sys.argv[2])
    # Until it hears the control socket; later the thread that started it may end, and it must not.
    kernel.die_with_parent(signal.SIGKILL)
    if os.getppid() != order["parent"]:
        return
    control = socket.socket(fileno=int(order["control_fd"]))
    control.set_inheritable(False)
    # Our own code is all loaded now; programs must not be able to import it.
    sys.path.remove(sys.argv[1])
    refusal = _refused(order["layers"])
    if refusal is not None:
        _send(control, refusal)
        return
    proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC) if os.path.isdir("/proc/self") else -1
    started = time.monotonic()
    readable = namespaces.python_paths()
    # Before the jail is entered: some libraries try out what a jail does not have, such as shared memory.
    missing = _load(order["family"])
    if order["layers"]["namespaces"]:
        try:
            namespaces.enter(readable)
        except OSError as error:
            _send(control, {"refused": "namespaces", "reason": str(error)})
            return
        let_go = _become_first_process()
    else:
        kernel.empty_bounding_set()
        let_go = _outlive_parent
    try:
        _serve(control, order, missing, readable, proc, started, let_go)
    except (BrokenPipeError, ConnectionResetError):
        return


def _refused(layers: dict[str, bool]) -> dict[str, str] | None:
    """Return which layer this kernel does not have, and why; None where it has all that are asked for."""
    if layers["landlock"] and not landlock.abi():
        return {"refused": "landlock", "reason": "not in this kernel, or switched off"}
    reason = seccomp.supported() if layers["seccomp"] else None
    return None if reason is None else {"refused": "seccomp", "reason": reason}


def _outlive_parent() -> None:
    kernel.die_with_parent(0)


def _become_first_process() -> Callable[[], None]:
    """Fork into the new process namespace; the old process only waits, so that its end tells of ours.

    Returns:
        What has the old process outlive the thread that started it.
    """
    keeper = os.getpid()
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        theirs.close()
        kernel.die_with_parent(signal.SIGKILL)
        # Inside its namespace a parent from outside has the id 0; a dead one was replaced by another outside.
        if os.getppid() not in (0, keeper):
            os._exit(1)

        def let_go() -> None:
            with ours:
                ours.send(b"?")
                ours.recv(1)

        return let_go
    signal.pthread_sigmask(signal.SIG_SETMASK, {signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
    ours.close()
    if theirs.recv(1):
        _outlive_parent()
        theirs.send(b"!")
    os.closerange(0, 1024)
    _, status = os.waitpid(pid, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _serve(
    control: socket.socket, order: dict[str, Any], missing: dict[str, str], readable: list[str], proc: int,
    started: float, let_go: Callable[[], None],
) -> None:  # fmt: skip
    layers: dict[str, bool] = order["layers"]
    threads, host_pid, size = _looked_up(proc)
    confinement = child.Confinement(
        scratch=SCRATCH if layers["namespaces"] else None,
        readable=_readable(readable) if layers["landlock"] else None,
        filter=seccomp.compile_filter() if layers["seccomp"] else None,
        rlimits=layers["rlimits"],
        base_bytes=size,
    )
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)
    kernel.set_name("fivefold-zygote")
    let_go()
    _send(control, {
        "ready": order["family"],
        "pid": host_pid,
        "threads": threads,
        "missing": missing,
        "boot_s": time.monotonic() - started,
    })  # fmt: skip
    child.settle()
    gc.collect()
    gc.freeze()  # so that a child's collector does not touch, and so copy, the pages of what is loaded
    _loop(control, confinement)


def _readable(paths: list[str]) -> list[int]:
    """Return descriptors of what programs may read, opened once for all of them."""
    opened = landlock.open_paths([*paths, *_DEVICES])
    try:
        return [child.moved_up(descriptor) for descriptor in opened]
    finally:
        for descriptor in opened:
            os.close(descriptor)


_DEVICES = ["/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/dev/full"]


def _load(family: str) -> dict[str, str]:
    """Import what programs of a family use; return what could not be imported, and why."""
    missing: dict[str, str] = {}
    for name in warm.MODULES[family]:
        try:
            importlib.import_module(name)
        except Exception as error:
            missing[name] = f"{type(error).__name__}: {error}"
    # A library that is there but cannot be warmed up is a library that fails later, in the program's own words.
    with contextlib.suppress(Exception):
        warm.warm_up(family)
    return missing


def _looked_up(proc: int) -> tuple[int, int, int]:
    """Return how many threads this process has, its id for the outside, and its address space in bytes."""
    if proc < 0:
        return 1, os.getpid(), 0
    try:
        # Our id in the /proc of the outside; ids inside the namespace are others.
        own = os.readlink("self", dir_fd=proc)
        task = os.open(f"{own}/task", os.O_RDONLY | os.O_DIRECTORY, dir_fd=proc)
        try:
            threads = len(os.listdir(task))
        finally:
            os.close(task)
        statm = os.open(f"{own}/statm", os.O_RDONLY, dir_fd=proc)
        try:
            pages = int(os.read(statm, 256).split()[0])
        finally:
            os.close(statm)
        return threads, int(own), pages * os.sysconf("SC_PAGE_SIZE")
    finally:
        os.close(proc)


def _loop(control: socket.socket, confinement: child.Confinement) -> None:
    """Fork a child for each message and tell how each ended, until the control socket closes."""
    children: dict[int, tuple[int, int]] = {}
    """Process id -> pidfd and status socket."""
    waiting = select.poll()
    waiting.register(control.fileno(), select.POLLIN)
    while True:
        for descriptor, _ in waiting.poll():
            if descriptor == control.fileno():
                message, descriptors = _receive(control)
                if not message:
                    return
                born = _spawn(message, descriptors, confinement)
                if born is not None:
                    pid, pidfd, status = born
                    children[pid] = pidfd, status
                    waiting.register(pidfd, select.POLLIN)
        for pid, facts in _reaped():
            if pid in children:  # as process 1 it also reaps what others left behind
                pidfd, status = children.pop(pid)
                waiting.unregister(pidfd)
                os.close(pidfd)
                with socket.socket(fileno=status) as to:
                    _send(to, facts)


def _reaped() -> list[tuple[int, dict[str, Any]]]:
    found: list[tuple[int, dict[str, Any]]] = []
    while True:
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if pid == 0:
            return found
        found.append((pid, {
            "returncode": os.waitstatus_to_exitcode(status),
            "cpu_s": usage.ru_utime + usage.ru_stime,
            "peak_kib": usage.ru_maxrss,
        }))  # fmt: skip


def _spawn(
    message: dict[str, Any], descriptors: list[int], confinement: child.Confinement
) -> tuple[int, int, int] | None:
    """Fork one child; return its id, a pidfd and its status socket, or None where it could not be born."""
    status = descriptors[3]
    try:
        pid = os.fork()
    except OSError as error:
        with socket.socket(fileno=status) as to:
            _send(to, {"unborn": str(error)})
        for descriptor in (*descriptors[:3], *descriptors[4:]):
            os.close(descriptor)
        return None
    if pid == 0:
        _run_child(message, descriptors, confinement)
    pidfd = os.pidfd_open(pid)
    with socket.socket(fileno=os.dup(status)) as to, contextlib.suppress(OSError):
        socket.send_fds(to, [b'{"born": true}'], [pidfd])
    for descriptor in (*descriptors[:3], *descriptors[4:]):
        os.close(descriptor)
    return pid, pidfd, status


def _run_child(message: dict[str, Any], descriptors: list[int], confinement: child.Confinement) -> NoReturn:
    try:
        child.live(message, descriptors, confinement)
    finally:
        os._exit(child.FAULT)


def _receive(control: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Return the next message and its descriptors; an empty message at the end."""
    data, ancillary, _, _ = control.recvmsg(
        MESSAGE_BYTES, socket.CMSG_SPACE((DESCRIPTORS + MOST_FILES) * 4), socket.MSG_CMSG_CLOEXEC
    )
    descriptors = array.array("i")
    for level, kind, payload in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(payload[: len(payload) - len(payload) % descriptors.itemsize])
    if not data:
        return {}, []
    message: dict[str, Any] = json.loads(data)
    return message, list(descriptors)


def _send(to: socket.socket, facts: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        to.send(json.dumps(facts).encode())
