"""Attacks by and on processes: more of them, other programs, other people's."""

from fivefold_solvers.result import Exit
from tests.attacks.case import SHORT, Case, limits

CASES = [
    Case(
        name="fork_bomb",
        what="300 forks; each child ends by itself after two seconds",
        stopped_by=("seccomp",),
        exits=(Exit.NO_RESULT, Exit.KILLED),
        source="""
born = 0
for _ in range(300):
    try:
        pid = os.fork()
    except OSError as error:
        print("refused: fork -", error)
        break
    if pid == 0:
        time.sleep(2)
        os._exit(0)
    born += 1
    if born in (1, 300):
        escaped(f"{born} processes")
""",
    ),
    Case(
        name="raw_fork",
        what="fork, clone and clone3 by number, past the C library",
        stopped_by=("seccomp",),
        machines=("x86_64",),
        source="""
import signal
request = (ctypes.c_uint64 * 8)()
request[4] = signal.SIGCHLD
for what, number, args in (
    ("fork", 57, ()),
    ("clone", 56, (signal.SIGCHLD, 0, 0, 0, 0)),
    ("clone3", 435, (ctypes.byref(request), 64)),
):
    pid = call(number, *args)
    if pid == 0:
        os._exit(0)
    if pid > 0:
        escaped(what)
""",
    ),
    Case(
        name="thread_bomb",
        what="300 threads with stacks of the usual size",
        stopped_by=("rlimits", "watch"),
        exits=(Exit.NO_RESULT, Exit.KILLED, Exit.CRASHED, Exit.OUT_OF_MEMORY),
        limits=limits(memory_mib=128, processes=24),
        source="""
import threading
try:
    for _ in range(300):
        threading.Thread(target=time.sleep, args=(2,), daemon=True).start()
    time.sleep(1.2)
except RuntimeError as error:
    print("refused: another thread -", error)
else:
    escaped("300 threads")
""",
        harmless=True,
    ),
    Case(
        name="thread_bomb_small_stacks",
        what="300 threads that need next to no memory",
        stopped_by=("watch",),
        exits=(Exit.KILLED,),
        limits=limits(processes=24),
        finishes=False,
        source="""
import threading
threading.stack_size(64 * 1024)
for _ in range(300):
    threading.Thread(target=time.sleep, args=(2,), daemon=True).start()
time.sleep(1.2)
escaped("300 threads")
""",
        harmless=True,
    ),
    Case(
        name="thread_bomb_with_a_false_name",
        what="300 threads of a process whose name looks like what the kernel says of one thread",
        stopped_by=("watch",),
        exits=(Exit.KILLED,),
        limits=limits(processes=24),
        finishes=False,
        source="""
import threading
libc.prctl(15, b"x) S 1 1 1 0", 0, 0, 0)
threading.stack_size(64 * 1024)
for _ in range(300):
    threading.Thread(target=time.sleep, args=(2,), daemon=True).start()
time.sleep(1.2)
escaped("300 threads")
""",
        harmless=True,
    ),
    Case(
        name="daemon",
        what="a double fork into a session of its own, to outlive the run",
        stopped_by=("seccomp",),
        source="""
def daemonise():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(4)
        os._exit(0)
attempt("a daemon", daemonise)
""",
    ),
    Case(
        name="exec_shell",
        what="become a shell",
        stopped_by=("seccomp", "landlock", "namespaces"),
        source="""
attempt("exec", os.execv, "/bin/sh", ["sh", "-c", "echo ESCAPED: became a shell"])
""",
        harmless=True,
    ),
    Case(
        name="exec_python",
        what="become a fresh interpreter, without what was set up in this one",
        stopped_by=("seccomp", "landlock"),
        source="""
import os.path
for path in {sys.executable, os.path.realpath(sys.executable)}:
    attempt("exec", os.execv, path, [path, "-I", "-S", "-c", "print('ESCAPED: became', __import__('sys').executable)"])
""",
        harmless=True,
    ),
    Case(
        name="exec_own_file",
        what="write a program to the scratch folder and become it",
        stopped_by=("seccomp", "landlock", "namespaces"),
        source="""
import shutil
def become():
    shutil.copyfile(os.path.realpath(sys.executable), "own")
    os.chmod("own", 0o700)
    os.execv("./own", ["own", "-I", "-S", "-c", "print('ESCAPED: became a file of its own')"])
attempt("exec of an own file", become)
""",
        harmless=True,
    ),
    Case(
        name="exec_memfd",
        what="become a program that is in memory only",
        stopped_by=("seccomp", "landlock", "namespaces"),
        source="""
def become():
    fd = os.memfd_create("own")
    with open(os.path.realpath(sys.executable), "rb") as file:
        os.write(fd, file.read())
    os.execve(fd, ["own", "-I", "-S", "-c", "print('ESCAPED: became a file in memory')"], {})
attempt("exec from memory", become)
""",
        harmless=True,
    ),
    Case(
        name="subprocesses",
        what="every way that Python and the C library start a command",
        stopped_by=("seccomp", "landlock", "namespaces"),
        source="""
import subprocess
python = os.path.realpath(sys.executable)
line = [python, "-I", "-S", "-c", "print('ESCAPED: a command ran')"]
attempt("subprocess", subprocess.run, line)
attempt("posix_spawn", os.posix_spawn, python, line, {})
attempt("popen", lambda: os.popen("echo ESCAPED: popen"))
for what, status in (
    ("os.system", os.system("echo ESCAPED: os.system")),
    ("system", libc.system(b"echo ESCAPED: system")),
):
    print("status of", what, status)
""",
        harmless=True,
    ),
    Case(
        name="libraries_that_start_commands",
        what="standard library and Pyomo code that starts commands: multiprocessing, webbrowser, an external solver",
        stopped_by=("seccomp", "namespaces"),
        source="""
import webbrowser
def started():
    import multiprocessing
    process = multiprocessing.get_context("fork").Process(target=time.sleep, args=(1,))
    process.start()
attempt("multiprocessing", started)
if webbrowser.open("http://127.0.0.1:9/"):
    escaped("a browser")
import pyomo.environ as pyo
with open("glpsol", "w") as file:
    file.write("#!/bin/sh\\necho ESCAPED: a script of its own as a solver >&2\\n")
try:
    os.chmod("glpsol", 0o700)
except OSError as error:
    print("refused:", error)
try:
    pyo.SolverFactory("glpk", executable=os.path.abspath("glpsol")).available(exception_flag=False)
except Exception as error:
    print("refused: solver -", type(error).__name__)
""",
    ),
    Case(
        name="ptrace",
        what="trace the parent, the first process, the client and a bystander, or be traced",
        stopped_by=("seccomp",),
        machines=("x86_64",),
        source="""
SEIZE, DETACH, TRACEME = 0x4206, 17, 0
for pid in {os.getppid(), 1, HOST["client"], HOST["bystander"]} - {0, os.getpid()}:
    value = call(101, SEIZE, pid, 0, 0)
    if value == 0:
        escaped(f"traces process {pid}")
        call(101, DETACH, pid, 0, 0)
if call(101, TRACEME, 0, 0, 0) == 0:
    escaped("asked to be traced")
""",
    ),
    Case(
        name="memory_of_others",
        what="read and write the memory of the parent, the client and a bystander",
        stopped_by=("seccomp", "landlock", "namespaces"),
        machines=("x86_64",),
        source="""
class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
store = ctypes.create_string_buffer(8)
own, nowhere = Piece(ctypes.addressof(store), 8), Piece(8, 8)
for pid in {os.getppid(), HOST["client"], HOST["bystander"]} - {0, 1}:
    for what, number in (("read", 310), ("write", 311)):
        value = call(number, pid, ctypes.byref(own), 1, ctypes.byref(nowhere), 1, 0)
        # Nothing is mapped there: a bad address says that the process itself was not out of reach.
        if value >= 0 or -value == errno.EFAULT:
            escaped(f"may {what} memory of process {pid}")
    for name in ("mem", "environ", "maps", "stack"):
        attempt(f"/proc/{pid}/{name}", open, f"/proc/{pid}/{name}", "rb")
    attempt(f"/proc/{pid}/mem for writing", os.open, f"/proc/{pid}/mem", os.O_RDWR)
    attempt(f"/proc/{pid}/fd", os.listdir, f"/proc/{pid}/fd")
    attempt(f"/proc/{pid}/root", os.listdir, f"/proc/{pid}/root")
    attempt(f"/proc/{pid}/cwd", os.listdir, f"/proc/{pid}/cwd")
""",
        harmless=True,
    ),
    Case(
        name="descriptors_of_others",
        what="take an open file from another process by pidfd",
        stopped_by=("seccomp", "privileges"),
        machines=("x86_64",),
        source="""
for pid in {os.getppid(), 1, HOST["client"], HOST["bystander"]} - {0, os.getpid()}:
    pidfd = call(434, pid, 0)
    if pidfd >= 0:
        for number in range(8):
            if call(438, pidfd, number, 0) >= 0:
                escaped(f"took descriptor {number} of process {pid}")
""",
    ),
    Case(
        name="signals_to_others",
        what="reach others with signals, by every call that sends one (signal 0, which does nothing)",
        stopped_by=("seccomp", "landlock"),
        machines=("x86_64",),
        source="""
others = {os.getppid(), 1, HOST["client"], HOST["bystander"]} - {0, os.getpid()}
for pid in others:
    attempt(f"kill {pid}", os.kill, pid, 0)
    for what, number, args in (("tkill", 200, (pid, 0)), ("tgkill", 234, (pid, pid, 0))):
        if call(number, *args) == 0:
            escaped(f"{what} {pid}")
    pidfd = call(434, pid, 0)
    if pidfd >= 0 and call(424, pidfd, 0, 0, 0) == 0:
        escaped(f"pidfd_send_signal {pid}")
    info = (ctypes.c_int * 32)()
    info[2] = -1
    if call(129, pid, 0, ctypes.byref(info)) == 0:
        escaped(f"rt_sigqueueinfo {pid}")
""",
        harmless=True,
    ),
    Case(
        name="signal_to_everybody",
        what="send everybody a signal that does nothing unless it is waited for, as the bystander does",
        stopped_by=("seccomp", "landlock", "namespaces"),
        source="""
import signal
for pid in (-1, -HOST["bystander"], -HOST["client"]):
    try:
        # For -1 the kernel says that all went well even where everybody was out of reach.
        os.kill(pid, signal.SIGURG)
    except OSError as error:
        print("refused:", error)
time.sleep(0.05)
""",
    ),
    Case(
        name="signals_by_sigio",
        what="make the kernel send SIGIO to the parent and a bystander, by F_SETOWN and O_ASYNC",
        stopped_by=("seccomp", "landlock", "namespaces"),
        source="""
import fcntl, struct
for pid in {os.getppid(), 1, HOST["bystander"]} - {0, os.getpid()}:
    read, write = os.pipe()
    for command, value in (
        (fcntl.F_SETOWN, pid),
        (15, struct.pack("ii", 1, pid)),  # F_SETOWN_EX
        (fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK),
    ):
        try:
            fcntl.fcntl(read, command, value)
        except OSError as error:
            print("refused: fcntl", command, error)
    os.write(write, b"x")
time.sleep(0.05)
""",
    ),
    Case(
        name="limits_of_others",
        what="set limits, priority and processors of other processes (to what they are)",
        stopped_by=("seccomp", "namespaces"),
        source="""
import resource
for pid in {os.getppid(), HOST["client"], HOST["bystander"]} - {0, 1}:
    for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_CPU):
        attempt(f"prlimit {pid}", lambda: resource.prlimit(pid, kind, resource.prlimit(pid, kind)))
    attempt(f"setpriority {pid}", os.setpriority, os.PRIO_PROCESS, pid, 0)
    attempt(f"sched_setaffinity {pid}", lambda: os.sched_setaffinity(pid, os.sched_getaffinity(0)))
""",
    ),
    Case(
        name="own_priority",
        what="get more of the processor than others",
        stopped_by=("seccomp", "privileges"),
        source="""
for policy in (os.SCHED_FIFO, os.SCHED_RR):
    attempt("real time", os.sched_setscheduler, 0, policy, os.sched_param(1))
attempt("nice", lambda: os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0) - 1))
""",
    ),
    Case(
        name="out_of_memory_killer",
        what="make the kernel prefer others when memory runs out",
        stopped_by=("landlock", "namespaces"),
        source="""
attempt("oom_score_adj", lambda: open("/proc/self/oom_score_adj", "r+").write("0"))
""",
        harmless=True,
    ),
    Case(
        name="other_users",
        what="become another user, take capabilities back, make a device",
        stopped_by=("seccomp", "privileges"),
        machines=("x86_64",),
        source="""
import stat
attempt("setuid", os.setuid, 12345)
attempt("setgid", os.setgid, 12345)
attempt("setresuid", os.setresuid, 12345, 12345, 12345)
attempt("setgroups", os.setgroups, [12345])
attempt("mknod", os.mknod, "disk", stat.S_IFBLK | 0o600, os.makedev(254, 0))
head = (ctypes.c_uint32 * 2)(0x20080522, 0)
sets = (ctypes.c_uint32 * 6)(*[0xFFFFFFFF] * 6)
if call(126, ctypes.byref(head), ctypes.byref(sets)) == 0:
    escaped("holds every capability")
""",
    ),
    Case(
        name="capabilities_held",
        what="see whether any capability is left, and whether a set-user-id program could give some",
        source="""
PR_GET_NO_NEW_PRIVS, PR_CAPBSET_READ = 39, 23
if libc.prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0:
    escaped("may gain privileges by exec")
head = (ctypes.c_uint32 * 2)(0x20080522, 0)
sets = (ctypes.c_uint32 * 6)()
if libc.capget(ctypes.byref(head), ctypes.byref(sets)) == 0 and any(sets):
    escaped(f"holds capabilities {[hex(word) for word in sets]}")
""",
        stopped_by=(),
        exits=(Exit.NO_RESULT, Exit.KILLED),
    ),
    Case(
        name="terminal",
        what="push keys into the terminal that the sandbox was started from",
        stopped_by=("seccomp", "landlock", "namespaces"),
        source="""
import fcntl
TIOCSTI = 0x5412
attempt("/dev/tty", os.open, "/dev/tty", os.O_RDWR)
for fd in range(3):
    attempt(f"TIOCSTI on {fd}", fcntl.ioctl, fd, TIOCSTI, b"#")
""",
    ),
    Case(
        name="keyboard",
        what="wait for input",
        exits=(Exit.CRASHED,),
        finishes=False,
        least="limited",
        source="""
try:
    sys.stdin.read(1) and escaped("read from standard input")
finally:
    input()
""",
        notes=("EOFError",),
        harmless=True,
    ),
    Case(
        name="death_signal_off",
        what="undo the tie to the parent and to its session, then overstay",
        stopped_by=("watch",),
        exits=(Exit.TIMED_OUT,),
        limits=SHORT,
        finishes=False,
        least="limited",
        source="""
libc.prctl(1, 0, 0, 0, 0)
for deed in (os.setsid, lambda: os.setpgid(0, 0)):
    try:
        deed()
    except OSError as error:
        print("refused:", error)
time.sleep(3)
escaped("lives on past its limit")
""",
        harmless=True,
    ),
    Case(
        name="open_descriptors",
        what="find anything open that belongs to the sandbox",
        least="limited",
        source="""
import stat
for fd in range(3, 1024):
    try:
        kind = stat.S_IFMT(os.fstat(fd).st_mode)
    except OSError:
        continue
    escaped(f"descriptor {fd} is open, of kind {kind:o}")
for fd in range(3):
    if stat.S_ISSOCK(os.fstat(fd).st_mode):
        escaped(f"descriptor {fd} is a socket")
""",
        harmless=True,
    ),
    Case(
        name="objects_of_the_sandbox",
        what="walk the frames and the heap for sockets, orders and the like, and use what is found",
        source="""
import gc, io, socket, stat
def is_open(thing):
    try:
        return os.fstat(thing.fileno()).st_mode > 0 and thing.fileno() > 2
    except (OSError, ValueError):
        return False
frame = sys._getframe()
while frame is not None:
    for name, value in list(frame.f_locals.items()):
        if isinstance(value, socket.socket) and is_open(value):
            escaped(f"found a socket named {name}")
    frame = frame.f_back
for thing in gc.get_objects():
    if isinstance(thing, (socket.socket, io.FileIO)) and is_open(thing):
        escaped(f"found {thing}")
""",
    ),
]
