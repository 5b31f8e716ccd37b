"""The host that programs attack: bait that tells who touched it, and a look at everything after each run.

A program may lie about what it managed to do, so nothing here asks it. The bait is a private file watched by
inotify, listeners on every kind of socket, a bystander process that notes every signal, and a key in the
environment; counted are processes, descriptors, files and shared objects.
"""

import contextlib
import ctypes
import json
import os
import secrets
import shutil
import socket
import struct
import subprocess
import sys
import sysconfig
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from fivefold_solvers.program import Program
from fivefold_solvers.result import ExecutionResult, Exit, Limits
from fivefold_solvers.sandbox.layers import Layers
from fivefold_solvers.sandbox.limited import run_limited
from fivefold_solvers.sandbox.pool import close_all, zygotes
from fivefold_solvers.sandbox.runner import run_layered
from tests.attacks import census
from tests.attacks.case import DONE, ESCAPED, REFUSED, Case, limits
from tests.attacks.census import ZYGOTE

SETTLE_S = 5.0
"""How long what a run leaves may take to be gone."""
LATE_S = 1.5
"""How long after its limit a run may come back, on a busy machine."""
VARIABLE = "FIVEFOLD_ATTACK_KEY"
TABLE = "a,b\n1,2\n"

_IN_FILE = 0x1 | 0x2 | 0x4 | 0x20 | 0x400 | 0x800  # access, modify, attributes, open, removed, moved
_IN_FOLDER = 0x4 | 0xC0 | 0x100 | 0x200 | 0x400 | 0x800  # attributes, moves, made, removed, removed itself, moved
_IN_IGNORED = 0x8000

_BYSTANDER = """
import os, signal, sys, time
def note(number, frame):
    os.write(1, b"%d " % number)
for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}:
    signal.signal(number, note)
os.write(1, b"ready ")
while os.getppid() == int(sys.argv[1]):
    time.sleep(1)
"""

_GOOD = """
import os, sys
import numpy
assert os.listdir(".") in ([], ["program.py"]), os.listdir(".")
assert not hasattr(__builtins__, "poison") and sys.getrecursionlimit() == 1000
print('FIVEFOLD_RESULT {"termination": "optimal", "solution_status": "optimal", "objective": %d}'
      % (numpy.arange(7).sum() * 2))
"""
"""Run after every attack: whoever comes next must get a right answer."""

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(slots=True)
class Verdict:
    """What came of one attack."""

    case: str
    escapes: list[str] = field(default_factory=list[str])
    """What it managed to do, as it said and as the host saw."""
    wrong: list[str] = field(default_factory=list[str])
    """What else is not as it must be: another end, a missing word, a hurt next run."""
    exit: str = ""
    isolation: str = ""
    wall_s: float = 0.0
    output: str = ""
    """The end of both streams, for whoever has to find out why."""

    @property
    def held(self) -> bool:
        return not self.escapes and not self.wrong


class Host:
    """Bait, and what watches it. Use it as a context manager, in a process of its own."""

    def __init__(self, layers: Layers | None) -> None:
        """Take the layers to run with; None: the level `limited`, which has none of them."""
        self.layers = layers
        self.mark = f"ffattack{os.getpid()}x{secrets.token_hex(4)}"
        self.secrets = [secrets.token_hex(16) for _ in range(3)]
        self.stack = contextlib.ExitStack()

    def __enter__(self) -> "Host":
        try:
            self.set_up()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def set_up(self) -> None:
        """Lay out the bait, and run the first programs."""
        census.adopt_orphans()
        self.base = Path(tempfile.mkdtemp(prefix="attacks-")).resolve()
        # Not by `shutil`, which an attack with deep folders breaks.
        self.stack.callback(subprocess.run, ["rm", "-rf", str(self.base)], check=False)
        self.temp, self.folder = self.base / "temp", self.base / "private"
        self.temp.mkdir()
        tempfile.tempdir = str(self.temp)
        os.environ[VARIABLE] = self.secrets[0]
        if self.layers is not None and not self.layers.environment:
            # A zygote cannot fork from a library that started threads; else its environment sees to that.
            os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1"))
        self.table = self.base / "table.csv"
        self.table.write_text(TABLE)
        self.inotify = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        self.lay_canary()
        self.listen()
        self.bystander = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _BYSTANDER, str(os.getpid()), self.secrets[2]],
            stdout=subprocess.PIPE,
            env={"BYSTANDERS_KEY": self.secrets[2]},
        )
        assert self.bystander.stdout is not None
        assert os.read(self.bystander.stdout.fileno(), 99) == b"ready "
        os.set_blocking(self.bystander.stdout.fileno(), False)
        self.stack.callback(self.bystander.wait)
        self.stack.callback(self.bystander.kill)
        self.warm_up()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        close_all()
        self.stack.close()

    def warm_up(self) -> None:
        """Have a zygote and a spare child, so that the counts before and after a run can be compared."""
        for _ in range(2):
            result = self.run(_GOOD, limits())
            assert result.exit is Exit.OK, (result.exit, result.stdout, result.stderr)
        # The spare child is born while nobody waits for it.
        self.baseline = self.counts()
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            time.sleep(0.05)
            self.baseline = {name: max(count, self.baseline[name]) for name, count in self.counts().items()}

    # --- bait

    def lay_canary(self) -> None:
        """Make the private file anew, and watch it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700)
        self.canary = self.folder / "canary.txt"
        self.canary.touch(mode=0o600)
        self.canary.write_text(self.secrets[1])
        for path, mask in ((self.folder, _IN_FOLDER), (self.canary, _IN_FILE)):
            assert _libc.inotify_add_watch(self.inotify, os.fsencode(path), mask) >= 0
        self.canary_touched()

    def canary_touched(self) -> bool:
        """Return whether somebody opened, changed or moved the private file since the last question."""
        touched = False
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self.inotify, 65_536):
                while data:
                    _, mask, _, length = struct.unpack_from("iIII", data)
                    touched |= not mask & _IN_IGNORED
                    data = data[16 + length :]
        return touched

    def listen(self) -> None:
        """Listen wherever a program could want to connect to."""
        self.stream_listeners: list[socket.socket] = []
        self.datagram_listeners: list[socket.socket] = []
        unix, unix_datagram, abstract = self.base / "stream", self.base / "datagram", self.mark
        self.ports: dict[str, object] = {
            "unix": str(unix), "unix_datagram": str(unix_datagram), "abstract": abstract, "tcp6": 0
        }  # fmt: skip
        for name, family, kind, address in (
            ("tcp", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            ("tcp6", socket.AF_INET6, socket.SOCK_STREAM, ("::1", 0)),
            ("udp", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            ("", socket.AF_UNIX, socket.SOCK_STREAM, str(unix)),
            ("", socket.AF_UNIX, socket.SOCK_DGRAM, str(unix_datagram)),
            ("", socket.AF_UNIX, socket.SOCK_STREAM, "\0" + abstract),
        ):
            try:
                listener = self.stack.enter_context(socket.socket(family, kind))
                listener.bind(address)
            except OSError:
                if name == "tcp6":  # a machine without IPv6
                    continue
                raise
            listener.setblocking(False)
            if kind == socket.SOCK_STREAM:
                listener.listen()
                self.stream_listeners.append(listener)
            else:
                self.datagram_listeners.append(listener)
            if name:
                self.ports[name] = listener.getsockname()[1]

    def visitors(self) -> Iterator[str]:
        """Yield who came to a listener since the last question."""
        for listener in self.stream_listeners:
            with contextlib.suppress(BlockingIOError):
                listener.accept()[0].close()
                yield f"a connection to {listener.getsockname()!r}"
        for listener in self.datagram_listeners:
            with contextlib.suppress(BlockingIOError):
                yield f"{listener.recv(99)!r} to {listener.getsockname()!r}"

    def bystander_hurt(self) -> Iterator[str]:
        """Yield what was done to the process that only stands by."""
        assert self.bystander.stdout is not None
        with contextlib.suppress(BlockingIOError):
            yield f"the bystander got signals {os.read(self.bystander.stdout.fileno(), 999)!r}"
        if self.bystander.poll() is not None:
            yield f"the bystander was ended: {self.bystander.returncode}"
            return
        status = Path(f"/proc/{self.bystander.pid}/status").read_text()
        if "TracerPid:\t0\n" not in status or "\tt (tracing" in status or "\tT (stopped" in status:
            yield "the bystander is traced or stopped"

    # --- counting

    def children(self) -> set[int]:
        """Return the processes that this one started itself: zygotes' keepers and the bystander."""
        return {pid for pid, (parent, _) in census.family().items() if parent == os.getpid()}

    def counts(self) -> dict[str, int]:
        """Return what there is of things that runs must not leave behind."""
        family = census.family()
        return {
            "processes": len(family),
            "dead processes": sum(state == "Z" for _, state in family.values()),
            "stopped processes": sum(state in "Tt" for _, state in family.values()),
            "descriptors": census.descriptors(os.getpid()),
            "descriptors of zygotes": sum(census.descriptors(pid) for pid in family if census.name(pid) == ZYGOTE),
            "temporary files": len(os.listdir(self.temp)),
            "queues and semaphores": census.queues_and_semaphores(),
        }

    def bury_orphans(self) -> None:
        """Reap children of an ended zygote, which init would do if this process had not adopted them."""
        ours = {self.bystander.pid, *(zygote.process.pid for zygote in zygotes())}
        for pid, (parent, state) in census.family().items():
            if state == "Z" and parent == os.getpid() and pid not in ours:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)

    def grown(self) -> list[str]:
        """Return what there is more of than at first, once it has had time to go; told once."""
        deadline = time.monotonic() + SETTLE_S
        while True:
            self.bury_orphans()
            now, first = self.counts(), self.baseline
            more = [f"{name}: {first[name]} before, {now[name]} now" for name in now if now[name] > first[name]]
            if not more:
                return []
            if time.monotonic() > deadline:
                self.baseline = {name: max(now[name], first[name]) for name in now}
                return more
            time.sleep(0.02)

    def marked(self) -> Iterator[str]:
        """Yield files with our mark in places that programs like to write to, and remove them."""
        home, stdlib, packages = Path.home(), sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")
        places = [*map(Path, ("/", "/tmp", "/var/tmp", "/dev/shm", "/run", "/etc", "/dev", stdlib, packages)), home]
        for place in (*places, Path(packages) / "numpy", self.temp, self.base, self.folder, Path.cwd()):
            try:
                names = [name for name in os.listdir(place) if self.mark in name]
            except OSError:
                continue
            for name in names:
                yield f"{place / name} was made"
                with contextlib.suppress(OSError):
                    path = place / name
                    path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()

    # --- one attack

    def known(self) -> dict[str, object]:
        """Return what a program is told of this host, to make its attack as good as it can be."""
        return {
            "client": os.getpid(),
            "bystander": self.bystander.pid,
            "canary": str(self.canary),
            "folder": str(self.folder),
            "temp": str(self.temp),
            "home": str(Path.home()),
            "mark": self.mark,
            "variable": VARIABLE,
            **self.ports,
        }

    def run(self, source: str, limits: Limits, *, data: bool = False) -> ExecutionResult:
        """Run one program with the layers of this host."""
        program = Program(source=source, library="pyomo", solver="highs", path="free")
        if self.layers is None:
            return run_limited(program, limits, None, sys.executable, None, [])
        files = {"table.csv": self.table} if data else {}
        # A child with data files cannot be a spare one; without `spare` none is made for the next run either.
        return run_layered(program, limits, self.layers, files=files, spare=not data)

    def examine(self, case: Case) -> Verdict:
        """Run one attack and look at everything."""
        verdict = Verdict(case.name)
        children = self.children()
        try:
            result = self.attack(case, verdict)
            verdict.exit, verdict.isolation, verdict.wall_s = result.exit.value, result.isolation, result.wall_s
            verdict.output = f"{result.stdout[-1500:]}\n---\n{result.stderr[-1500:]}"
            verdict.escapes += [*self.words(result), *self.overstay(case, result)]
            verdict.wrong += expectations(case, result)
        except Exception as error:
            verdict.wrong.append(f"the sandbox raised {type(error).__name__}: {str(error)[-500:]}")
            verdict.output = traceback.format_exc(limit=-4)
        verdict.escapes += self.deeds()
        good = self.run(_GOOD, limits())
        if good.exit is not Exit.OK or good.objective != 42:
            verdict.wrong.append(f"the next program ended as {good.exit}: {good.stdout[-300:]} {good.stderr[-700:]}")
        verdict.escapes += [f"left behind: {what}" for what in self.grown()]
        # After a kill by the filter the sandbox takes another zygote of its own accord.
        if self.children() != children and REFUSED not in verdict.output:
            verdict.escapes.append("the zygote was ended or another took its place")
        return verdict

    def attack(self, case: Case, verdict: Verdict) -> ExecutionResult:
        """Run the program of a case, and before it the one that prepares for it."""
        if case.first is not None:
            first = self.run(case.program(self.known(), case.first), case.limits)
            if first.exit not in (Exit.NO_RESULT, Exit.KILLED):
                verdict.wrong.append(f"the program before ended as {first.exit}: {first.stderr[-500:]}")
        return self.run(case.program(self.known()), case.limits, data=case.data)

    def overstay(self, case: Case, result: ExecutionResult) -> Iterator[str]:
        """Yield by how much a run overstayed its limit."""
        if result.wall_s > case.limits.wall_s + LATE_S:
            yield f"ran {result.wall_s:.1f} s where {case.limits.wall_s:g} s were allowed"

    def words(self, result: ExecutionResult) -> list[str]:
        """Return what the program says it did, and secrets in its output whatever it says."""
        text = f"{result.stdout}\n{result.stderr}"
        said = [line.removeprefix(ESCAPED).strip() for line in text.split("\n") if line.startswith(ESCAPED)]
        leaked = [f"secret {number} is in its output" for number, one in enumerate(self.secrets) if one in text]
        return [*dict.fromkeys(said), *leaked]

    def deeds(self) -> list[str]:
        """Return what the host saw."""
        seen = [*self.visitors(), *self.bystander_hurt(), *self.marked()]
        if self.canary_touched():
            seen.append("the private file was opened, changed or moved")
            self.lay_canary()
        if self.table.read_text() != TABLE:
            seen.append("the data file was changed")
            self.table.write_text(TABLE)
        return seen


def expectations(case: Case, result: ExecutionResult) -> list[str]:
    """Return what is not as the case says it must be."""
    refused = result.exit is Exit.KILLED and REFUSED in result.stderr and "seccomp" in case.stopped_by
    wrong: list[str] = []
    if result.exit not in case.exits and not refused:
        wrong.append(f"ended as {result.exit}, not {' or '.join(case.exits)}")
    if case.finishes and not case.bare and result.exit is Exit.NO_RESULT and DONE not in result.stdout:
        wrong.append("did not come to its last line")
    wrong += [f"{text!r} is missing in its output" for text in case.shows if text not in result.stdout]
    wrong += [f"{text!r} is missing in its errors" for text in case.notes if text not in result.stderr]
    wrong += [f"{text!r} is in its output" for text in case.hides if text in result.stdout + result.stderr]
    if case.check is not None and not refused and (words := case.check(result)):
        wrong.append(words)
    wrong += round_trip(result)
    return wrong


def round_trip(result: ExecutionResult) -> list[str]:
    """Return what hinders a result from being stored and read back, whatever words are in it."""
    try:
        text = result.model_dump_json()
        json.loads(text)
        ExecutionResult.model_validate_json(text)
        result.stdout.encode(), result.stderr.encode()
    except (ValueError, RecursionError) as error:
        return [f"its result cannot be stored: {type(error).__name__}: {str(error)[:200]}"]
    return []
