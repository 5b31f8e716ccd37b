"""Attacks on time, memory, disk and descriptors. Where nothing stops one, it ends by itself."""

from typing import Any

from fivefold_solvers.result import Exit
from tests.attacks.case import HOARD_MIB, OVERSTAY_S, SHORT, SMALL, Case, Level, limits

OUT_OF_MEMORY = (Exit.OUT_OF_MEMORY,)
LATE = (Exit.TIMED_OUT,)


def late(name: str, what: str, source: str, *, least: Level = "limited", **more: Any) -> Case:
    """Return an attack on the wall clock: the source overstays, and says so where it can."""
    source = source.replace("OVERSTAY", repr(OVERSTAY_S))
    settings: dict[str, Any] = {
        "stopped_by": ("watch",), "exits": LATE, "limits": SHORT, "finishes": False, "harmless": True, **more,
    }  # fmt: skip
    return Case(name=name, what=what, source=source, least=least, **settings)


def hoard(name: str, what: str, source: str, **more: Any) -> Case:
    """Return an attack on memory: the source takes `HOARD` MiB where it may have a fifth of that."""
    source = source.replace("HOARD", str(HOARD_MIB))
    settings: dict[str, Any] = {
        "stopped_by": ("rlimits", "watch"), "exits": OUT_OF_MEMORY, "limits": SMALL, "finishes": False,
        "least": "limited", "harmless": True, **more,
    }  # fmt: skip
    return Case(name=name, what=what, source=source, **settings)


TIME = [
    Case(
        name="processor_time",
        what="compute for four seconds where one is allowed",
        stopped_by=("rlimits",),
        exits=LATE,
        limits=limits(wall_s=15.0, cpu_s=1.0),
        finishes=False,
        least="limited",
        source="""
import signal
signal.signal(signal.SIGXCPU, signal.SIG_IGN)
while time.process_time() < 3.5:
    pass
escaped("computed for three and a half seconds")
""",
        harmless=True,
    ),
    Case(
        name="processor_time_of_threads",
        what="compute in two threads, so that the clock of none of them shows it",
        stopped_by=("rlimits",),
        exits=LATE,
        limits=limits(wall_s=15.0, cpu_s=1.0),
        finishes=False,
        least="limited",
        source="""
import hashlib, threading
data = bytes(1 << 20)
def work():
    end = time.monotonic() + 4
    while time.monotonic() < end:
        hashlib.sha256(data).digest()
threads = [threading.Thread(target=work) for _ in range(2)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
escaped("computed for four seconds in two threads")
""",
        harmless=True,
    ),
    late("sleep", "use no processor time at all", "time.sleep(OVERSTAY)\nescaped('slept on')"),
    late(
        "loop_without_signals",
        "ignore every signal that can be ignored",
        """
import signal
for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
end = time.monotonic() + OVERSTAY
while time.monotonic() < end:
    pass
escaped("looped on")
""",
    ),
    late(
        "interpreter_lock",
        "native code that never gives the interpreter back",
        "ctypes.PyDLL(None).usleep(int(OVERSTAY * 1e6))\nescaped('held the interpreter')",
    ),
    late(
        "regular_expression",
        "a regular expression that takes for ever",
        "import re\nre.match('(a+)+$', 'a' * 27 + 'b')\nescaped('matched on')",
    ),
    late(
        "stop_itself",
        "stop, so that no signal but one is acted on",
        "import signal\nos.kill(os.getpid(), signal.SIGSTOP)\ntime.sleep(OVERSTAY)\nescaped('was continued')",
        harmless=False,
    ),
    late(
        "closed_pipes",
        "close every descriptor, so that the other side sees the end, and stay",
        "os.closerange(0, 1024)\ntime.sleep(OVERSTAY)",
    ),
    late(
        "slow_drip",
        "always have something to say, so that an idle timer never runs out",
        """
end = time.monotonic() + OVERSTAY
while time.monotonic() < end:
    print(".", end="", flush=True)
    time.sleep(0.02)
escaped("dripped on")
""",
    ),
    late(
        "endless_exception_text",
        "an exception that takes for ever to print",
        """
class Slow(Exception):
    def __str__(self):
        time.sleep(OVERSTAY)
        escaped("took its time to print")
        return ""
raise Slow
""",
    ),
    late(
        "endless_flush",
        "a standard output that takes for ever to flush at the end",
        """
class Slow:
    def write(self, text):
        os.write(1, text.encode())
    def flush(self):
        time.sleep(OVERSTAY)
        os.write(1, b"ESCAPED: took its time to flush\\n")
sys.stdout = Slow()
""",
    ),
    late(
        "clock_tampering",
        "make the clocks of Python stand still",
        """
sleep, now = time.sleep, time.monotonic()
end = time.monotonic() + OVERSTAY
real = time.monotonic
time.time = time.monotonic = time.perf_counter = time.process_time = lambda: now
while real() < end:
    sleep(0.01)
escaped("stayed while the clock stood")
""",
    ),
    Case(
        name="thread_left_behind",
        what="a thread that is not a daemon goes on after the last line",
        limits=limits(wall_s=5.0),
        source="""
import threading
def stay():
    time.sleep(2.5)
    escaped("a thread outlived its program")
threading.Thread(target=stay).start()
""",
        check=lambda result: None if result.wall_s < 2 else f"waited {result.wall_s:.1f} s for a thread",
    ),
    Case(
        name="exit_handlers",
        what="go on in exit handlers, finalizers and hooks",
        limits=limits(wall_s=5.0),
        exits=(Exit.CRASHED,),
        finishes=False,
        source="""
import atexit, threading, weakref
def stay(*_):
    time.sleep(2.5)
    escaped("a hook outlived its program")
atexit.register(stay)
threading._register_atexit(stay)
sys.excepthook = stay
class Last:
    __del__ = stay
sys.last_one = Last()
weakref.finalize(sys.last_one, stay)
raise ValueError("now")
""",
        check=lambda result: None if result.wall_s < 2 else f"waited {result.wall_s:.1f} s for hooks",
    ),
]

MEMORY = [
    hoard(
        "memory_bytes",
        "many blocks on the heap",
        """
kept = []
for _ in range(HOARD // 16):
    kept.append(b"x" * (16 << 20))
time.sleep(1)
escaped("holds HOARD MiB")
""",
    ),
    hoard(
        "memory_shared_map",
        "anonymous shared memory, which counts as nobody's heap",
        """
import mmap
kept = mmap.mmap(-1, HOARD << 20)
for start in range(0, HOARD << 20, 4096):
    kept[start] = 1
time.sleep(1)
escaped("holds HOARD MiB of shared memory")
""",
    ),
    hoard(
        "memory_array",
        "one array",
        "import numpy\nkept = numpy.ones(HOARD << 17)\ntime.sleep(1)\nescaped('holds an array of HOARD MiB')",
    ),
    hoard(
        "memory_native",
        "a native allocation that throws",
        """
lib = ctypes.CDLL("libstdc++.so.6")
lib._Znwm.argtypes = [ctypes.c_size_t]
lib._Znwm.restype = ctypes.c_void_p
kept = lib._Znwm(HOARD << 20)
ctypes.memset(kept, 1, HOARD << 20)
time.sleep(1)
escaped("holds HOARD MiB from native code")
""",
    ),
    hoard(
        "memory_formulation",
        "a formulation with ever more variables",
        """
import pyomo.environ as pyo
program = pyo.ConcreteModel()
for block in range(64):
    setattr(program, f"x{block}", pyo.Var(range(20_000)))
time.sleep(1)
escaped("built 1.3 million variables")
""",
        limits=limits(memory_mib=96),
    ),
    Case(
        name="memory_in_files_of_memory",
        what="memory that no map shows: files that live in memory, written and not mapped",
        stopped_by=("seccomp",),
        limits=SMALL,
        exits=(Exit.NO_RESULT, Exit.OUT_OF_MEMORY, Exit.KILLED),
        source="""
kept, block = 0, b"x" * (8 << 20)
try:
    for number in range(20):
        fd = os.memfd_create(str(number))
        for _ in range(2):
            kept += os.write(fd, block)
except OSError as error:
    print("refused:", error)
if kept > 256 << 20:
    escaped(f"holds {kept >> 20} MiB in memory files")
""",
        harmless=True,
    ),
    Case(
        name="memory_in_pipes",
        what="memory in the buffers of pipes, made as large as they can be",
        stopped_by=("seccomp",),
        limits=SMALL,
        exits=(Exit.NO_RESULT, Exit.CRASHED, Exit.KILLED, Exit.OUT_OF_MEMORY),
        source="""
import fcntl
kept, ends, block = 0, [], b"x" * (1 << 20)
try:
    for _ in range(100):
        read, write = os.pipe()
        ends += [read, write]
        try:
            fcntl.fcntl(write, 1031, 1 << 20)
        except OSError:
            pass
        os.set_blocking(write, False)
        kept += os.write(write, block)
except OSError as error:
    print("refused:", error)
if kept > 32 << 20:
    escaped(f"holds {kept >> 20} MiB in pipes")
""",
        harmless=True,
    ),
    Case(
        name="memory_locked",
        what="memory that cannot be swapped out",
        stopped_by=("seccomp", "rlimits"),
        source="""
store = ctypes.create_string_buffer(4 << 20)
if libc.mlock(store, len(store)) == 0:
    escaped("locked 4 MiB")
if libc.mlockall(1) == 0:
    escaped("locked everything")
""",
        harmless=True,
    ),
    Case(
        name="recursion_in_python",
        what="recursion without an end and without a limit",
        stopped_by=("rlimits", "watch"),
        exits=(Exit.OUT_OF_MEMORY, Exit.CRASHED),
        limits=limits(memory_mib=32),
        finishes=False,
        least="limited",
        source="""
sys.setrecursionlimit(10**9)
def deeper(n):
    if n > 2_000_000:
        escaped("two million calls deep")
        os._exit(0)
    deeper(n + 1)
deeper(0)
""",
    ),
    Case(
        name="recursion_in_native_code",
        what="overflow of the native stack",
        exits=(Exit.CRASHED, Exit.OUT_OF_MEMORY),
        limits=SMALL,
        finishes=False,
        least="limited",
        source="""
sys.setrecursionlimit(10**9)
nested = ()
for _ in range(1_000_000):
    nested = (nested,)
repr(nested)
escaped("printed a million brackets")
""",
        harmless=True,
    ),
]

DISK = [
    Case(
        name="one_large_file",
        what="a file of 100 MiB, with the signal for it ignored",
        stopped_by=("rlimits", "namespaces", "watch"),
        exits=(Exit.NO_RESULT, Exit.KILLED),
        source="""
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
block, size = b"x" * (1 << 20), 0
try:
    with open("large", "wb") as file:
        for _ in range(100):
            size += file.write(block)
except OSError as error:
    print("refused:", error)
time.sleep(0.6)
if size == 100 << 20:
    escaped("wrote 100 MiB to one file")
""",
        harmless=True,
    ),
    Case(
        name="many_large_files",
        what="160 MiB in ten files",
        stopped_by=("namespaces", "watch"),
        exits=(Exit.NO_RESULT, Exit.KILLED),
        source="""
block, size = b"x" * (16 << 20), 0
try:
    for number in range(10):
        with open(f"large{number}", "wb") as file:
            size += file.write(block)
except OSError as error:
    print("refused:", error)
time.sleep(0.6)
if size == 160 << 20:
    escaped("wrote 160 MiB to ten files")
""",
        harmless=True,
    ),
    Case(
        name="many_small_files",
        what="20,000 files",
        stopped_by=("namespaces", "watch"),
        exits=(Exit.NO_RESULT, Exit.KILLED),
        source="""
count = 0
try:
    for count in range(20_000):
        os.close(os.open(f"f{count}", os.O_WRONLY | os.O_CREAT))
except OSError as error:
    print("refused:", error)
time.sleep(0.6)
if count > 19_000:
    escaped(f"made {count} files")
""",
        harmless=True,
    ),
    Case(
        name="large_files_without_a_name",
        what="160 MiB in files that were removed while they were open, which no look at a folder finds",
        stopped_by=("namespaces",),
        exits=(Exit.NO_RESULT, Exit.KILLED),
        source="""
block, size, kept = b"x" * (16 << 20), 0, []
try:
    for number in range(10):
        kept.append(os.open("large", os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        os.unlink("large")
        size += os.write(kept[-1], block)
except OSError as error:
    print("refused:", error)
time.sleep(0.6)
if size == 160 << 20:
    escaped("holds 160 MiB in files without a name")
""",
        harmless=True,
    ),
    Case(
        name="large_files_far_down",
        what="160 MiB in a folder whose path is longer than any call takes",
        stopped_by=("namespaces",),
        exits=(Exit.NO_RESULT, Exit.KILLED),
        source="""
block, size = b"x" * (16 << 20), 0
try:
    for _ in range(30):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
    for number in range(10):
        with open(f"large{number}", "wb") as file:
            size += file.write(block)
except OSError as error:
    print("refused:", error)
time.sleep(0.6)
if size == 160 << 20:
    escaped("wrote 160 MiB far down")
""",
        harmless=True,
    ),
    Case(
        name="file_with_a_hole",
        what="a file of a terabyte that takes no room",
        stopped_by=("rlimits",),
        source="""
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
fd = os.open("hole", os.O_RDWR | os.O_CREAT)
attempt("ftruncate", os.ftruncate, fd, 1 << 40)
attempt("pwrite", os.pwrite, fd, b"x", 1 << 40)
""",
        harmless=True,
        least="limited",
    ),
    Case(
        name="many_descriptors",
        what="5,000 open files",
        stopped_by=("rlimits",),
        source="""
count = 0
try:
    for count in range(5000):
        os.dup(0)
except OSError as error:
    print("refused:", error)
os.closerange(3, 6000)
if count > 2000:
    escaped(f"{count} open files")
""",
        harmless=True,
        least="limited",
    ),
    Case(
        name="deep_folders",
        what="folders nested so deep that a recursive removal fails",
        exits=(Exit.NO_RESULT, Exit.KILLED),
        source="""
depth = 0
try:
    for depth in range(1900):
        os.mkdir("d")
        os.chdir("d")
    open("bottom", "w").close()
except OSError as error:
    print("refused at depth", depth, error)
""",
    ),
    Case(
        name="locked_folders",
        what="folders and files without any permission, and names that are no text",
        exits=(Exit.NO_RESULT, Exit.KILLED),
        source="""
for name in (b"a\\nb", b"\\xff\\xfe", b"-rf", b" ", b"x" * 255):
    try:
        os.makedirs(name + b"/inner"[:6] if len(name) < 200 else name)
    except OSError as error:
        print("refused:", error)
os.makedirs("locked/inner")
open("locked/inner/file", "w").close()
for name in ("locked/inner/file", "locked/inner", "locked"):
    try:
        os.chmod(name, 0)
    except OSError as error:
        print("refused:", error)
""",
    ),
    Case(
        name="links_to_be_followed",
        what="leave links, a named pipe and a socket behind for a careless clean-up",
        exits=(Exit.NO_RESULT, Exit.KILLED),
        source="""
for deed, args in (
    (os.symlink, (HOST["folder"], "away")),
    (os.symlink, (HOST["canary"], "canary")),
    (os.symlink, ("/", "root")),
    (os.symlink, ("loop", "loop")),
    (os.mkfifo, ("pipe",)),
):
    try:
        deed(*args)
    except OSError as error:
        print("refused:", error)
""",
    ),
    Case(
        name="files_that_cannot_be_removed",
        what="mark a file as immutable",
        stopped_by=("seccomp", "privileges"),
        source="""
import fcntl, struct
with open("kept", "w") as file:
    for flags in (0x10, 0x20):
        attempt("immutable", fcntl.ioctl, file, 0x40086602, struct.pack("l", flags))
""",
    ),
]

CASES = [*TIME, *MEMORY, *DISK]
