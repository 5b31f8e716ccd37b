"""Which system calls a solver program may make: an allow-list as a seccomp filter, compiled once, installed per run.

What is not listed fails with EPERM, so that a library that only tries goes on; a call through another call table
(32-bit or x32) kills the process.
"""

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from fivefold_solvers.jail import kernel
from fivefold_solvers.jail.syscalls import Architecture, architecture

_ALLOW = 0x7FFF0000
_KILL_PROCESS = 0x80000000
_ERRNO = 0x00050000

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _JUMP, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x05, 0x06
# struct seccomp_data: number, architecture, instruction pointer (8 bytes), then six arguments of 8 bytes.
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_X32_FROM = 0x40000000
_SET_MODE_FILTER, _GET_ACTION_AVAIL = 1, 2
_ALL_THREADS = 1
_MOST_INSTRUCTIONS = 4096
_INSTRUCTION_BYTES = 8
_LONGEST_JUMP = 255


@dataclass(frozen=True)
class Check:
    """One condition on an argument of a call."""

    argument: int
    """Which, from 0."""
    kind: Literal["one_of", "no_bits", "has_bit", "null", "own_pid"]
    """`null` looks at all 64 bits, the others at the lower 32, as the kernel does with these arguments."""
    values: tuple[int, ...] = ()
    """The numbers of `one_of`; the bits of `no_bits` and `has_bit` as one number."""


# A call is allowed if all checks of one of its alternatives hold.
_Alternatives = tuple[tuple[Check, ...], ...]

_CLONE_THREAD = 0x00010000
# What C libraries pass to make a thread: VM, FS, FILES, SIGHAND, THREAD, SYSVSEM, SETTLS, PARENT_SETTID,
# CHILD_CLEARTID, DETACHED (musl) and CHILD_SETTID. No new namespaces, no vfork, no tracing, no other parent.
_CLONE_HARMLESS = 0x017D0F00
# GET_PDEATHSIG, GET_DUMPABLE, SET_NAME, GET_NAME, GET_SECCOMP, CAPBSET_READ, GET_TIMERSLACK, GET_NO_NEW_PRIVS,
# GET_THP_DISABLE, SET_VMA (names of memory areas).
_PRCTL_HARMLESS = (2, 3, 15, 16, 21, 23, 30, 39, 42, 0x53564D41)
# GET_FS, and asking for the wide registers that matrix kernels use (GET_XCOMP_SUPP, GET_XCOMP_PERM, REQ_XCOMP_PERM).
_ARCH_PRCTL_HARMLESS = (0x1003, 0x1021, 0x1022, 0x1023)
# DUPFD, GETFD, SETFD, GETFL, GETLK, SETLK, SETLKW, OFD_GETLK, OFD_SETLK, OFD_SETLKW, DUPFD_CLOEXEC, GETPIPE_SZ.
# Not SETOWN, SETOWN_EX, SETSIG: with them the kernel sends signals in the caller's name, past the rules for `kill`.
_FCNTL_HARMLESS = (0, 1, 2, 3, 5, 6, 7, 36, 37, 38, 1030, 1032)
_F_SETFL = 4
_O_ASYNC = 0x2000
_O_CREAT_OR_TMPFILE = 0o100 | 0o20000000
_SET_ID_BITS = 0o6000
# TCGETS, TCGETS2, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX: looking, and what `fcntl` can do as well.
_IOCTL_HARMLESS = (0x5401, 0x802C542A, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
_RENAME_WHITEOUT = 4


def _made_without_set_id(flags: int, mode: int) -> _Alternatives:
    return (
        (Check(flags, "no_bits", (_O_CREAT_OR_TMPFILE,)),),
        (Check(mode, "no_bits", (_SET_ID_BITS,)),),
    )


_RULES: dict[str, _Alternatives] = {
    "clone": ((Check(0, "has_bit", (_CLONE_THREAD,)), Check(0, "no_bits", (~_CLONE_HARMLESS & 0xFFFFFFFF,))),),
    "prctl": ((Check(0, "one_of", _PRCTL_HARMLESS),),),
    "arch_prctl": ((Check(0, "one_of", _ARCH_PRCTL_HARMLESS),),),
    "fcntl": (
        (Check(1, "one_of", _FCNTL_HARMLESS),),
        (Check(1, "one_of", (_F_SETFL,)), Check(2, "no_bits", (_O_ASYNC,))),
    ),
    "ioctl": ((Check(1, "one_of", _IOCTL_HARMLESS),),),
    "kill": ((Check(0, "own_pid"),),),
    # It names a thread alone; the main thread has the number of the process.
    "tkill": ((Check(0, "own_pid"),),),
    "tgkill": ((Check(0, "own_pid"),),),
    "prlimit64": ((Check(0, "one_of", (0,)), Check(2, "null")),),
    "open": _made_without_set_id(1, 2),
    "openat": _made_without_set_id(2, 3),
    "renameat2": ((Check(4, "no_bits", (_RENAME_WHITEOUT,)),),),
}
# Their arguments lie in memory, where a filter cannot look; told that they do not exist, C libraries take older calls.
_UNKNOWN = ("clone3", "openat2")


@dataclass(frozen=True)
class Filter:
    """A compiled filter; the number of the process it will bind is put in by `install`."""

    code: bytes
    """BPF instructions."""
    pid_places: tuple[int, ...]
    """Byte offsets where the process number belongs."""
    call: int
    """Number of the system call that installs it."""


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


@dataclass
class _Step:
    """One instruction whose jumps may still say `fail` (the next alternative) or `hold` (the next check)."""

    code: int
    value: int
    then: int | str = 0
    otherwise: int | str = 0
    is_pid: bool = False


def _low(argument: int) -> _Step:
    return _Step(_LOAD, _ARGUMENTS_AT + 8 * argument)


def _high(argument: int) -> _Step:
    return _Step(_LOAD, _ARGUMENTS_AT + 8 * argument + 4)


def _check(check: Check) -> list[_Step]:
    if check.kind == "no_bits":
        return [_low(check.argument), _Step(_ANY_BIT, check.values[0], "fail", "hold")]
    if check.kind == "has_bit":
        return [_low(check.argument), _Step(_ANY_BIT, check.values[0], "hold", "fail")]
    if check.kind == "null":
        parts = (_low(check.argument), _high(check.argument))
        return [step for part in parts for step in (part, _Step(_EQUAL, 0, 0, "fail"))]
    if check.kind == "own_pid":
        return [_low(check.argument), _Step(_EQUAL, 0, "hold", "fail", is_pid=True)]
    *first, last = check.values
    return [
        _low(check.argument),
        *(_Step(_EQUAL, value, "hold", 0) for value in first),
        _Step(_EQUAL, last, "hold", "fail"),
    ]


def _alternative(checks: Iterable[Check]) -> list[_Step]:
    """Instructions that return ALLOW if all checks hold and else fall off the end."""
    parts = [_check(check) for check in checks]
    steps = [step for part in parts for step in part] + [_Step(_RETURN, _ALLOW)]
    start = 0
    for part in parts:
        for place in range(start, start + len(part)):
            targets = {"fail": len(steps) - place - 1, "hold": start + len(part) - place - 1}
            step = steps[place]
            step.then = targets.get(str(step.then), step.then)
            step.otherwise = targets.get(str(step.otherwise), step.otherwise)
        start += len(part)
    return steps


def _body(name: str) -> list[_Step]:
    """What to do with a call in the table; always returns."""
    if name in _UNKNOWN:
        return [_Step(_RETURN, _ERRNO | errno.ENOSYS)]
    if name not in _RULES:
        return [_Step(_RETURN, _ALLOW)]
    steps = [step for alternative in _RULES[name] for step in _alternative(alternative)]
    return [*steps, _Step(_RETURN, _ERRNO | errno.EPERM)]


def _segments(calls: dict[str, int]) -> list[tuple[int, list[_Step]]]:
    """The number line cut into runs that are treated alike: where each starts, and what to do with it."""
    bodies = {number: _body(name) for name, number in calls.items()}
    refused = [_Step(_RETURN, _ERRNO | errno.EPERM)]
    segments: list[tuple[int, list[_Step]]] = []
    for number in range(max(bodies) + 2):
        body = bodies.get(number, refused)
        if not segments or len(body) > 1 or segments[-1][1] != body:
            segments.append((number, body))
    return segments


def _search(segments: list[tuple[int, list[_Step]]]) -> list[_Step]:
    """Binary search: a kernel walks the filter for every number when it is installed, so its depth is what costs."""
    if len(segments) == 1:
        return segments[0][1]
    middle = len(segments) // 2
    below, above = _search(segments[:middle]), _search(segments[middle:])
    if len(below) <= _LONGEST_JUMP:
        return [_Step(_AT_LEAST, segments[middle][0], len(below), 0), *below, *above]
    return [_Step(_AT_LEAST, segments[middle][0], 0, 1), _Step(_JUMP, len(below)), *below, *above]


def _program(machine: Architecture) -> list[_Step]:
    steps = [
        _Step(_LOAD, _ARCHITECTURE_AT),
        _Step(_EQUAL, machine.audit, 1, 0),
        _Step(_RETURN, _KILL_PROCESS),
        _Step(_LOAD, _NUMBER_AT),
    ]
    if machine.x32:
        steps += [_Step(_AT_LEAST, _X32_FROM, 0, 1), _Step(_RETURN, _KILL_PROCESS)]
    return steps + _search(_segments(machine.calls))


def compile_filter(machine: str | None = None) -> Filter:
    """Compile the allow-list; once, in the parent of many runs.

    Args:
        machine: As `uname -m` names it; this machine by default.

    Raises:
        OSError: There is no table for this machine (ENOSYS).
    """
    facts = architecture(machine or os.uname().machine)
    if facts is None:
        raise OSError(errno.ENOSYS, f"seccomp: no table of system calls for {machine or os.uname().machine}")
    steps = _program(facts)
    assert len(steps) <= _MOST_INSTRUCTIONS
    code = b"".join(struct.pack("=HBBI", step.code, step.then, step.otherwise, step.value) for step in steps)
    # The value is the last four bytes of an instruction.
    places = tuple(_INSTRUCTION_BYTES * place + 4 for place, step in enumerate(steps) if step.is_pid)
    return Filter(code, places, facts.seccomp)


def install(compiled: Filter) -> None:
    """Bind this process to the filter, all its threads, for good; it also gives up gaining privileges.

    Raises:
        OSError: The kernel refused; then nothing has changed but that.
    """
    kernel.no_new_privileges()
    code = bytearray(compiled.code)
    for place in compiled.pid_places:
        struct.pack_into("=I", code, place, os.getpid())
    program = _Program(len(code) // _INSTRUCTION_BYTES, bytes(code))
    unlike = kernel.syscall(compiled.call, "seccomp", _SET_MODE_FILTER, _ALL_THREADS, ctypes.byref(program))
    if unlike:
        raise OSError(errno.ESRCH, f"seccomp: thread {unlike} has a filter of its own")


def supported() -> str | None:
    """Whether `install` can work here.

    Returns:
        None if so, else the reason in words.
    """
    if not sys.platform.startswith("linux"):
        return f"seccomp: not on {sys.platform}"
    machine = os.uname().machine
    facts = architecture(machine)
    if facts is None or struct.calcsize("P") != 8 or sys.byteorder != "little":
        return f"seccomp: no table of system calls for {machine} with {8 * struct.calcsize('P')}-bit programs"
    for action in (_KILL_PROCESS, _ERRNO):
        try:
            kernel.syscall(facts.seccomp, "seccomp", _GET_ACTION_AVAIL, 0, struct.pack("=I", action))
        except OSError as error:
            return f"seccomp: the kernel does not offer what is needed ({error.strerror})"
    return None
