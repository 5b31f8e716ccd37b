"""The filter of system calls: honest programs run under it, and each way out of the sandbox is refused."""

import ctypes
import errno
import importlib
import os
import re
import resource
import signal
import socket
import struct
import time
from pathlib import Path

import pytest

from fivefold_solvers.jail import kernel, seccomp
from fivefold_solvers.jail.syscalls import architecture
from tests.solvers.forked import ended, errno_of, raw, value_of

reason = seccomp.supported()
needs_seccomp = pytest.mark.skipif(reason is not None, reason=f"no filter of system calls: {reason}")
needs_x86 = pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers and machine code of x86_64")
USERS = [False, pytest.param(True, marks=pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody"))]
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
ALLOW, KILL, EPERM, ENOSYS = 0x7FFF0000, 0x80000000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
PID = 4242


def verdict(compiled: seccomp.Filter, audit: int, number: int, *arguments: int) -> int:
    """What the filter says of a call, by running its instructions here, so for any machine."""
    code = bytearray(compiled.code)
    for place in compiled.pid_places:
        struct.pack_into("=I", code, place, PID)
    words = [argument & 0xFFFFFFFFFFFFFFFF for argument in (*arguments, *[0] * 6)][:6]
    data = struct.pack("=IIQ6Q", number, audit, 0, *words)
    place, accumulator = 0, 0
    while True:
        operation, then, otherwise, value = struct.unpack_from("=HBBI", code, 8 * place)
        place += 1
        match operation:
            case 0x20:
                accumulator = struct.unpack_from("=I", data, value)[0]
            case 0x15:
                place += then if accumulator == value else otherwise
            case 0x35:
                place += then if accumulator >= value else otherwise
            case 0x45:
                place += then if accumulator & value else otherwise
            case 0x05:
                place += value
            case 0x06:
                return value
            case _:
                raise AssertionError(operation)


@pytest.mark.parametrize("machine", HEADERS)
def test_numbers_are_those_of_the_headers(machine: str):
    if not HEADERS[machine].exists():
        pytest.skip(f"{HEADERS[machine]} is not installed")
    text = HEADERS[machine].read_text(encoding="utf-8")
    numbers = {name: int(number) for name, number in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)\b", text)}
    if machine == "aarch64":
        numbers["newfstatat"] = numbers["fstatat"]
    facts = architecture(machine)
    assert facts is not None
    assert facts.calls == {name: numbers[name] for name in facts.calls}


@pytest.mark.parametrize("machine", HEADERS)
def test_every_number_gets_its_verdict(machine: str):
    facts = architecture(machine)
    assert facts is not None
    compiled = seccomp.compile_filter(machine)
    assert len(compiled.code) // 8 < 400
    names = {number: name for name, number in facts.calls.items()}
    unknown = {"clone3", "openat2"}
    # With no arguments: own pid is not 0, clone is no thread, prctl 0 is nothing, and so on.
    conditional = {"clone", "prctl", "arch_prctl", "ioctl", "kill", "tkill", "tgkill"}
    for number in range(1100):
        name = names.get(number)
        expected = EPERM if name is None or name in conditional else ENOSYS if name in unknown else ALLOW
        assert verdict(compiled, facts.audit, number) == expected, (number, name)
    assert verdict(compiled, facts.audit, 0x3FFFFFFF) == EPERM
    assert verdict(compiled, facts.audit ^ 0x80000000, facts.calls["getpid"]) == KILL
    assert verdict(compiled, 0x40000003, facts.calls["read"]) == KILL
    if facts.x32:
        assert verdict(compiled, facts.audit, 0x40000000 | facts.calls["getpid"]) == KILL
        assert verdict(compiled, facts.audit, 0xFFFFFFFF) == KILL


THREAD = 0x3D0F00
ARGUMENTS = [
    ("clone", (THREAD,), True),
    ("clone", (0x7D0F00,), True),
    ("clone", (0x1200011,), False),  # fork
    ("clone", (0x4111,), False),  # vfork
    *[("clone", (THREAD | 1 << bit,), False) for bit in (7, 13, 17, 25, 26, 27, 28, 29, 30)],
    ("prctl", (15,), True),
    ("prctl", (1, 0), False),  # PDEATHSIG
    ("prctl", (4, 1), False),  # DUMPABLE
    ("prctl", (38, 1), False),
    ("prctl", (22, 2), False),  # SECCOMP
    ("prctl", (0x59616D61, -1), False),  # SET_PTRACER
    ("arch_prctl", (0x1003,), True),
    ("arch_prctl", (0x1002,), False),
    *[("fcntl", (0, command), True) for command in (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030)],
    *[("fcntl", (0, command), False) for command in (8, 10, 15, 1024, 1026, 1031, 1033)],
    ("fcntl", (0, 4, 0x800), True),
    ("fcntl", (0, 4, 0x2000), False),
    *[("ioctl", (0, request), True) for request in (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)],
    *[("ioctl", (0, request), False) for request in (0x5412, 0x541C, 0x5452, 0x8901, 0x540E, 0x5410)],
    # The kernel looks at 32 bits of these; so must the filter.
    ("ioctl", (0, 0x100005412), False),
    ("ioctl", (0, 0x100005401), True),
    *[(name, (PID, 9, 9), True) for name in ("kill", "tkill", "tgkill")],
    *[(name, (other, 9, 9), False) for name in ("kill", "tkill", "tgkill") for other in (0, 1, -1, -PID, PID + 1)],
    ("prlimit64", (0, 7, 0, 1), True),
    ("prlimit64", (0, 7, 1, 0), False),
    ("prlimit64", (0, 7, 1 << 32, 0), False),
    ("prlimit64", (1, 7, 0, 1), False),
    ("openat", (0, 0, 0o101, 0o644), True),
    ("openat", (0, 0, 0o101, 0o4755), False),
    ("openat", (0, 0, 0o20200002, 0o2755), False),
    ("openat", (0, 0, 0, 0o7777), True),
    ("renameat2", (0, 0, 0, 0, 1), True),
    ("renameat2", (0, 0, 0, 0, 4), False),
]


@pytest.mark.parametrize("machine", HEADERS)
@pytest.mark.parametrize(("name", "arguments", "allowed"), ARGUMENTS)
def test_arguments_decide(machine: str, name: str, arguments: tuple[int, ...], allowed: bool):
    facts = architecture(machine)
    assert facts is not None
    if name not in facts.calls:
        pytest.skip(f"{machine} has no {name}")
    compiled = seccomp.compile_filter(machine)
    found = verdict(compiled, facts.audit, facts.calls[name], *arguments)
    assert found == (ALLOW if allowed else EPERM)


REFUSED = """
execve execveat fork vfork ptrace process_vm_readv process_vm_writev pidfd_open pidfd_getfd pidfd_send_signal socket
socketpair connect bind listen accept accept4 sendto recvfrom sendmsg recvmsg shutdown io_uring_setup io_uring_enter
io_setup bpf perf_event_open userfaultfd keyctl add_key request_key unshare setns mount umount2 pivot_root chroot
fsopen fsmount move_mount open_tree mount_setattr chmod fchmod fchmodat fchmodat2 chown lchown fchown fchownat utime
utimes utimensat futimesat setxattr lsetxattr fsetxattr removexattr mknod mknodat link linkat symlink symlinkat
truncate flock shmget shmat shmctl msgget msgsnd semget semop mq_open inotify_init inotify_init1 inotify_add_watch
fanotify_init memfd_create memfd_secret setrlimit sched_setaffinity sched_setscheduler setpriority personality
modify_ldt setuid setgid setresuid setresgid setgroups capset setsid setpgid rt_sigqueueinfo rt_tgsigqueueinfo
seccomp landlock_create_ruleset name_to_handle_at open_by_handle_at kexec_load init_module reboot swapon sethostname
clock_settime settimeofday adjtimex syslog acct quotactl splice vmsplice tee sync wait4 waitid kcmp process_madvise
mlock mlockall set_mempolicy migrate_pages move_pages iopl ioperm timer_create creat membarrier mincore
"""


@needs_seccomp
@needs_x86
@pytest.mark.parametrize("nobody", USERS)
def test_the_kernel_refuses_what_no_solver_needs(nobody: bool):
    if not HEADERS["x86_64"].exists():
        pytest.skip(f"{HEADERS['x86_64']} is not installed")
    text = HEADERS["x86_64"].read_text(encoding="utf-8")
    numbers = {name: int(number) for name, number in re.findall(r"#define __NR_(\w+)\s+(\d+)", text)}
    known = {name: numbers[name] for name in REFUSED.split() if name in numbers}
    assert len(known) > 110

    def child() -> dict[str, int]:
        seccomp.install(seccomp.compile_filter())
        return {name: raw(number) for name, number in known.items()}

    results = value_of(child, nobody=nobody)
    assert {name: code for name, code in results.items() if code != errno.EPERM} == {}


@needs_seccomp
@pytest.mark.parametrize("nobody", USERS)
def test_python_s_own_ways_out_are_refused(nobody: bool):
    def child() -> dict[str, int]:
        outside = os.getppid()
        seccomp.install(seccomp.compile_filter())
        tries = {
            "fork": os.fork,
            "exec": lambda: os.execv("/bin/true", ["true"]),
            "spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
            "socket": socket.socket,
            "kill": lambda: os.kill(outside, 0),
            "kill all": lambda: os.kill(-1, 0),
            "affinity": lambda: os.sched_setaffinity(0, {0}),
            "pdeathsig": lambda: kernel.prctl(kernel.PR_SET_PDEATHSIG, 0),
            "dumpable": lambda: kernel.prctl(kernel.PR_SET_DUMPABLE, 1),
            "session": os.setsid,
            "memfd": lambda: os.memfd_create("x"),
            "chmod": lambda: os.chmod("/tmp", 0o777),
            "clone3": lambda: kernel.syscall(435, "clone3", 0, 0),
        }
        with pytest.raises(ValueError, match="not allowed"):
            resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
        return {name: errno_of(action) for name, action in tries.items()}

    results = value_of(child, nobody=nobody)
    assert results.pop("clone3") == errno.ENOSYS
    assert set(results.values()) == {errno.EPERM}, results


@needs_seccomp
@needs_x86
def test_the_x32_table_kills():
    def child() -> None:
        seccomp.install(seccomp.compile_filter())
        raw(0x40000000 + 39)

    assert ended(child).status == -signal.SIGSYS


@needs_seccomp
@needs_x86
def test_the_32_bit_table_kills():
    def child() -> None:
        # mov eax, 20 (getpid); int 0x80; ret
        code = b"\xb8\x14\x00\x00\x00\xcd\x80\xc3"
        libc = ctypes.CDLL(None)
        libc.mmap.restype = ctypes.c_void_p
        where = libc.mmap(None, ctypes.c_size_t(4096), 7, 0x22, -1, ctypes.c_long(0))
        ctypes.memmove(where, code, len(code))
        seccomp.install(seccomp.compile_filter())
        ctypes.CFUNCTYPE(ctypes.c_int)(where)()

    assert ended(child).status == -signal.SIGSYS


@needs_seccomp
def test_signals_to_itself_arrive():
    def child() -> list[int]:
        seen: list[int] = []
        for number in (signal.SIGUSR1, signal.SIGALRM):
            signal.signal(number, lambda found, _: seen.append(found))
        seccomp.install(seccomp.compile_filter())
        os.kill(os.getpid(), signal.SIGUSR1)
        signal.raise_signal(signal.SIGUSR1)
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        time.sleep(0.1)
        return seen

    assert value_of(child) == [signal.SIGUSR1, signal.SIGUSR1, signal.SIGALRM]
    assert ended(lambda: (seccomp.install(seccomp.compile_filter()), os.abort())).status == -signal.SIGABRT


HONEST = {
    "everyday": """
import json, os, pathlib, random, resource, shutil, sys, tempfile, threading, time, platform, datetime, subprocess
from concurrent.futures import ThreadPoolExecutor
time.sleep(0.01); random.seed(); os.urandom(4); platform.platform(); resource.getrlimit(resource.RLIMIT_AS)
with tempfile.TemporaryDirectory() as folder:
    place = pathlib.Path(folder, "a"); place.mkdir(); (place / "b").write_text("x"); os.rename(place / "b", place / "c")
    shutil.copyfile(place / "c", place / "d"); os.stat(place / "d"); os.listdir(place); os.truncate
    with open(place / "d", "r+") as file: file.truncate(0); file.flush(); os.fsync(file.fileno())
    shutil.disk_usage(folder); shutil.rmtree(place)
assert sum(ThreadPoolExecutor(4).map(abs, range(50))) == 1225
event = threading.Event(); threading.Timer(0.01, event.set).start(); assert event.wait(5)
os.isatty(1); datetime.datetime.now().astimezone(); os.cpu_count(); os.getlogin if 0 else None
try: subprocess.run(["true"])
except PermissionError: answer = 7
""",
    "pyomo": """
import pyomo.environ as pyo
m = pyo.ConcreteModel(); m.x = pyo.Var(range(8), domain=pyo.Binary)
m.c = pyo.Constraint(expr=sum((i + 1) * m.x[i] for i in range(8)) <= 7)
m.o = pyo.Objective(expr=sum(m.x[i] for i in range(8)), sense=pyo.maximize)
s = pyo.SolverFactory("appsi_highs"); s.highs_options = {"threads": 4, "parallel": "on"}; s.solve(m)
answer = round(pyo.value(m.o)) + 4
""",
    "cp_sat": """
from ortools.sat.python import cp_model
m = cp_model.CpModel(); x = [m.new_int_var(0, 9, f"x{i}") for i in range(8)]; m.add_all_different(x)
m.maximize(x[0] - x[1])
s = cp_model.CpSolver(); s.parameters.num_workers = 8; s.parameters.max_time_in_seconds = 20
assert s.solve(m) == cp_model.OPTIMAL
answer = round(s.objective_value) - 2
""",
    "mathopt": """
from ortools.math_opt.python import mathopt
m = mathopt.Model(); x = m.add_integer_variable(lb=0, ub=7); m.maximize(x)
for solver in (mathopt.SolverType.HIGHS, mathopt.SolverType.GSCIP, mathopt.SolverType.CP_SAT):
    threads = 2 if solver == mathopt.SolverType.CP_SAT else None
    r = mathopt.solve(m, solver, params=mathopt.SolveParameters(threads=threads))
    answer = round(r.objective_value())
""",
    "arrays": """
import io, numpy as np, pandas as pd
a = np.random.default_rng(0).random((300, 300)); np.linalg.solve(a, a); np.linalg.eigvals(a); (a @ a).sum()
frame = pd.DataFrame({"a": [1, 2], "b": [3, 4]}); frame.to_csv("frame.csv")
answer = int(pd.read_csv("frame.csv")["b"].sum())
""",
    "scip": """
import pytest
pyscipopt = pytest.importorskip("pyscipopt")
m = pyscipopt.Model(); m.hideOutput(); x = m.addVar(vtype="I", ub=7); y = m.addVar(ub=3)
m.addCons(x * y <= 14); m.setObjective(x, "maximize"); m.optimize(); answer = round(m.getObjVal())
""",
}


@needs_seccomp
@pytest.mark.parametrize("name", HONEST)
def test_honest_programs_run(name: str, tmp_path: Path):
    def child() -> object:
        os.chdir(tmp_path)
        os.environ["TMPDIR"] = str(tmp_path)
        if name == "pyomo":
            # It makes a named semaphore when it is imported, with calls that no program needs later.
            importlib.import_module("pyomo.environ")
        # Libraries are loaded under the filter as well, so that what importing needs is tried too.
        seccomp.install(seccomp.compile_filter())
        scope: dict[str, object] = {"__name__": "__main__"}
        exec(compile(HONEST[name], name, "exec"), scope)
        return scope["answer"]

    assert value_of(child) == 7


@needs_seccomp
def test_every_thread_is_bound():
    def child() -> list[int]:
        import threading

        go, seen = threading.Event(), list[int]()
        thread = threading.Thread(target=lambda: (go.wait(), seen.append(errno_of(os.fork))))
        thread.start()
        seccomp.install(seccomp.compile_filter())
        go.set()
        thread.join()
        return seen

    assert value_of(child) == [errno.EPERM]


def test_other_machines_are_told(monkeypatch: pytest.MonkeyPatch):
    machine = os.uname_result(("Linux", "host", "6.1", "1", "riscv64"))
    monkeypatch.setattr(os, "uname", lambda: machine)
    assert "riscv64" in str(seccomp.supported())
    with pytest.raises(OSError, match="riscv64"):
        seccomp.compile_filter()
