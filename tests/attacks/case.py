"""What an attack is: a program, what it may use, and what must come of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from fivefold_solvers.result import ExecutionResult, Exit, Limits

LAYERS = ("namespaces", "landlock", "seccomp", "rlimits", "environment", "watch")
"""The layers that can be switched off one by one."""
LEVELS = ("limited", "confined", "strict")
"""What a machine can give, from the weakest to the strongest."""

ALWAYS = ("privileges", "kernel")
"""What stops attacks too and cannot be switched off: programs have no capability and gain none by a file's mode; and
not every kernel has every call."""

Stop = Literal["namespaces", "landlock", "seccomp", "rlimits", "environment", "watch", "privileges", "kernel"]
Level = Literal["limited", "confined", "strict"]
Check = Callable[[ExecutionResult], str | None]

ESCAPED = "ESCAPED:"
"""A program prints a line that starts with this for everything it managed to do and must not."""
DONE = "DONE: every line of this program has run"
"""Printed last, so that a program which never came to its deed does not count as held."""
REFUSED = "[sandbox] killed: it made a system call that is not allowed"
"""What the sandbox adds to standard error where the filter of system calls ended a program."""


def limits(
    wall_s: float = 15.0, cpu_s: float = 15.0, memory_mib: int = 512, output_kib: int = 64, processes: int = 32
) -> Limits:
    """Return limits; those of most attacks are wide, so that what stops them is not the clock."""
    return Limits(wall_s=wall_s, cpu_s=cpu_s, memory_mib=memory_mib, output_kib=output_kib, processes=processes)


WIDE = limits()
SHORT = limits(wall_s=0.5)
"""For attacks on the clock: they end by themselves after about three seconds."""
OVERSTAY_S = 3.0
"""How long an attack on the clock lasts where nothing stops it."""
SMALL = limits(memory_mib=128)
"""For attacks on memory: they want `HOARD_MIB`."""
HOARD_MIB = 640
"""How much memory an attack takes where nothing stops it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One attack, or one program so broken that it might as well be one."""

    name: str
    """Short and unique; what pytest shows."""
    what: str
    """What it tries, in one line."""
    source: str
    """The program. It is given the names of `PRELUDE` unless `bare` is set."""
    stopped_by: tuple[Stop, ...] = ()
    """What is enough by itself, each of them; empty: how the sandbox is built, with no layer to switch off."""
    exits: tuple[Exit, ...] = (Exit.NO_RESULT,)
    """How the run may end. A kill by the filter of system calls is always fine where `seccomp` stops the attack."""
    limits: Limits = WIDE
    """What the program may use."""
    finishes: bool = True
    """Whether the program reaches its last line where it is not killed."""
    shows: tuple[str, ...] = ()
    """What its standard output must contain."""
    notes: tuple[str, ...] = ()
    """What its standard error must contain."""
    hides: tuple[str, ...] = ()
    """What neither of them may contain."""
    check: Check | None = None
    """Returns what is wrong with the result, or None."""
    least: Level = "confined"
    """The weakest level that must hold it."""
    gaps: Mapping[str, str] = field(default_factory=dict[str, str])
    """Levels at which it is known to get through, each with the reason; a gap that is closed fails its test."""
    first: str | None = None
    """A program that is run before, to leave something behind."""
    bare: bool = False
    """Whether the source is run as it stands, without `PRELUDE` and without the last line."""
    data: bool = False
    """Whether it is given a data file, `data/table.csv`."""
    harmless: bool = False
    """Whether it may be run with every layer off: it then harms nobody and ends by itself."""
    machines: tuple[str, ...] = ()
    """Machine types (`os.uname().machine`) that it is written for; empty: all."""

    def program(self, host: dict[str, object], source: str | None = None) -> str:
        """Return the whole source, with what it may know of the host."""
        source = self.source if source is None else source
        if self.bare:
            return source
        ending = f"\nprint({DONE!r}, flush=True)\n" if self.finishes else "\n"
        return PRELUDE.replace("@HOST@", repr(host)) + source.strip("\n") + ending


PRELUDE = """
import ctypes, errno, os, sys, time
HOST = @HOST@
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

def escaped(what):
    print("ESCAPED:", what, flush=True)

def attempt(what, deed, *args, **kwargs):
    '''Do what must be refused. Only a refusal counts as one: a slip in this program must not.'''
    try:
        got = deed(*args, **kwargs)
    except (OSError, MemoryError) as error:
        print("refused:", what, "-", type(error).__name__, str(error)[:99], flush=True)
        return None
    escaped(f"{what} -> {str(got)[:60]!r}")
    return got

def call(number, *args):
    '''Make a system call; return its value, or the negative error number.'''
    ctypes.set_errno(0)
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in args]
    value = libc.syscall(ctypes.c_long(number), *wide)
    return -ctypes.get_errno() if value == -1 else value

def may_not(what, number, *args):
    '''Make a system call that must not reach the kernel's own code, whatever its arguments.'''
    value = call(number, *args)
    if value < 0 and -value in (errno.EPERM, errno.EACCES, errno.ENOSYS):
        print("refused:", what, "-", errno.errorcode[-value], flush=True)
    else:
        escaped(f"{what} reached the kernel -> {value}")
    return value

"""
"""Put in front of every program: what it knows of the host, and how it says what it managed to do."""
