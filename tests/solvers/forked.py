"""Runs a function in a forked child: what shuts a process in cannot be undone, so a test needs one to spare."""

import ctypes
import json
import os
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fivefold_solvers.jail import kernel

NOBODY = 65534
SECONDS = 60


@dataclass(frozen=True)
class Ended:
    """How a child ended."""

    value: Any
    """What the function returned (JSON), None where it returned nothing."""
    error: str
    """The traceback, where it raised."""
    status: int
    """Exit status; below zero the signal that ended it."""


def ended(function: Callable[[], object], *, nobody: bool = False) -> Ended:
    """Run a function in a child process, as user `nobody` if wanted (that takes root)."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _live(function, writer, nobody)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        text = stream.read().decode()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    answer = json.loads(text) if text else {}
    return Ended(answer.get("value"), answer.get("error", ""), status)


def _live(function: Callable[[], object], writer: int, nobody: bool) -> None:
    # Whatever this process does at an alarm (pytest raises an exception, which nobody hears in a call that hangs).
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(SECONDS)
    try:
        if nobody:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        answer = {"value": function()}
    except BaseException:
        answer = {"error": traceback.format_exc()}
    os.write(writer, json.dumps(answer).encode())
    os._exit(0)


def value_of(function: Callable[[], object], *, nobody: bool = False) -> Any:
    """Run a function in a child process and return what it returned; it must not raise or die."""
    result = ended(function, nobody=nobody)
    assert not result.error, result.error
    assert result.status == 0, f"ended with {result.status}"
    return result.value


def errno_of(function: Callable[[], object]) -> int:
    """The error number with which a call is refused; 0 where it goes through."""
    try:
        function()
    except OSError as error:
        return error.errno or -1
    return 0


def raw(number: int, *arguments: int) -> int:
    """Make a system call by number; return its error number, 0 where it goes through."""
    words = (ctypes.c_long * 6)(*arguments)
    return errno_of(lambda: kernel.syscall(number, "call", *words))
