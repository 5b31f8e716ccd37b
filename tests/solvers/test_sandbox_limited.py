"""Programs that mean harm at the level `limited`: what is stopped, and that nothing of them is left.

Writing outside the scratch folder, the network and other processes of the same user are not in this list:
this way of running confines none of them.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fivefold_solvers.program import Program
from fivefold_solvers.result import ExecutionResult, Exit, Limits
from fivefold_solvers.sandbox.limited import run_limited

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these measures are Linux's")


def go(source: str, **limits: float) -> ExecutionResult:
    program = Program(source=source, library="pyomo", solver="highs")
    return run_limited(program, Limits.model_validate({"wall_s": 20.0, **limits}), None, None, None)


def living(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    descriptors = len(os.listdir("/proc/self/fd"))
    yield
    assert list(scratch.iterdir()) == []
    assert len(os.listdir("/proc/self/fd")) == descriptors
    deadline = time.monotonic() + 1  # a supervisor whose parent was killed ends just after its last deed
    while (left := started_in(scratch)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert left == []


def started_in(scratch: Path) -> list[Path]:
    found: list[Path] = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if str(scratch).encode() in (entry / "environ").read_bytes():
                found.append(entry)
        except OSError:
            continue
    return found


DAEMON = """
import os, sys, time, signal
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print(os.getpid())
        {closing}
        time.sleep(60)
    os._exit(0)
time.sleep(0.3)
{ending}
"""


@pytest.mark.parametrize("closing", ["pass", "os.close(1); os.close(2)"], ids=["holds-pipes", "closes-pipes"])
@pytest.mark.parametrize("ending", ["pass", "1/0", "time.sleep(60)"], ids=["ends", "crashes", "hangs"])
def test_a_daemon_ends_with_its_program(closing: str, ending: str):
    result = go(DAEMON.format(closing=closing, ending=ending), wall_s=3.0 if "sleep" in ending else 20.0)
    assert result.wall_s < 20
    assert not living(int(result.stdout.split()[0]))


def test_a_loop_that_ignores_every_signal():
    source = """
import signal
for number in signal.valid_signals() - {9, 19}:
    signal.signal(number, signal.SIG_IGN)
while True: pass
"""
    result = go(source, wall_s=0.6)
    assert (result.exit, result.returncode) == (Exit.TIMED_OUT, -9) and result.wall_s < 20


@pytest.mark.parametrize("ignored", [False, True])
def test_cpu_time_is_limited(ignored: bool):
    first = "import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)\n" if ignored else ""
    result = go(first + "while True: pass", cpu_s=1.0)
    assert result.exit is Exit.TIMED_OUT and "1 s of CPU time" in result.stderr


def test_a_program_that_stops_itself():
    result = go("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", wall_s=0.5)
    assert result.exit is Exit.TIMED_OUT


@pytest.mark.parametrize(
    "source",
    [
        "x = bytearray(10**10)",
        "x = []\nwhile True: x.append(bytes(10**7))",
        "import mmap; m = mmap.mmap(-1, 10**10)",
        "import numpy; numpy.ones(10**10)",
        "import ctypes\nlib = ctypes.CDLL('libstdc++.so.6')\nlib._Znwm.argtypes = [ctypes.c_size_t]\nlib._Znwm(10**11)",
    ],
    ids=["one", "many", "mmap", "numpy", "bad_alloc"],
)
def test_memory_is_limited(source: str):
    assert go(source, memory_mib=128).exit is Exit.OUT_OF_MEMORY


def test_memory_of_all_processes_together_is_limited():
    source = """
import os, time
for _ in range(6):
    if os.fork() == 0:
        block = b"x" * (80 << 20)
        time.sleep(60)
time.sleep(60)
"""
    result = go(source, memory_mib=100)
    assert result.exit is Exit.OUT_OF_MEMORY and "held more than 100 MiB" in result.stderr


def test_a_fork_bomb_is_ended():
    source = """
import os, time
for _ in range(60):
    try:
        os.fork()
    except OSError:
        pass
    time.sleep(0.02)
"""
    result = go(source, processes=12)
    assert result.exit is Exit.KILLED and "more than 12 processes" in result.stderr


def test_processes_that_fork_and_die_do_not_get_away():
    source = """
import os, time
if os.fork() == 0:
    os.setsid()
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if os.fork():
            os._exit(0)
time.sleep(60)
"""
    result = go(source, wall_s=0.5)
    assert result.exit is Exit.TIMED_OUT


def test_threads_are_counted_and_few_are_fine():
    source = "import threading, time\nfor _ in range({}): threading.Thread(target=time.sleep, args=(0.4,)).start()"
    assert go(source.format(8), processes=16).exit is Exit.NO_RESULT
    assert go(source.format(30), processes=16).exit is Exit.KILLED


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_flood_of_output_is_ended(stream: str):
    result = go(f"import sys\nwhile True: sys.{stream}.write('x' * 9999)", output_kib=16)
    assert result.exit is Exit.KILLED and f"more than 64 KiB to {stream}" in result.stderr
    assert len(result.stdout) < 17_000 and len(result.stderr) < 17_000


def test_a_huge_exception_is_cut():
    result = go("raise ValueError('x' * 300_000)", output_kib=16)
    assert result.exit in (Exit.KILLED, Exit.CRASHED) and len(result.stderr) < 17_000


def test_a_large_file_is_refused():
    source = """
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with open("big", "wb") as file:
    file.seek(300 << 20)
    file.write(b"x")
"""
    result = go(source)
    assert result.exit is Exit.CRASHED and "File too large" in result.stderr


def test_limits_cannot_be_raised():
    source = """
import resource
for kind in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_NOFILE):
    print(resource.getrlimit(kind))
print(open("/proc/self/status").read())
"""
    lines = go(source, memory_mib=100).stdout.splitlines()
    as_limit = (100 + 768) << 20
    assert lines[:4] == [str((n, n)) for n in (as_limit, 256 << 20, 0, 256)]
    assert "NoNewPrivs:\t1" in lines


def test_no_descriptor_of_ours_is_open_in_the_program():
    result = go("import os; print(sorted(os.listdir('/proc/self/fd')))")
    assert result.stdout == "['0', '1', '2', '3']\n"  # 3 is the listing itself


@pytest.mark.parametrize("number", ["SIGKILL", "SIGSTOP", "SIGTERM"])
def test_an_attack_on_the_supervisor_gains_nothing(number: str):
    source = f"""
import os, signal, time
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    print(os.getpid())
    time.sleep(60)
time.sleep(0.3)
os.kill(os.getppid(), signal.{number})
time.sleep(60)
"""
    result = go(source, wall_s=3.0)
    assert result.exit in (Exit.KILLED, Exit.TIMED_OUT) and result.wall_s < 20
    deadline = time.monotonic() + 20
    while living(pid := int(result.stdout.split()[0])) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not living(pid)
    if result.returncode is None:
        assert result.isolation == "none"


def test_a_forged_word_of_the_supervisor_raises_nothing():
    source = """
import os, time
for name in os.listdir(f"/proc/{os.getppid()}/fd"):
    try:
        with open(f"/proc/{os.getppid()}/fd/{name}", "w") as pipe:
            pipe.write('[1]\\n{"why": null, "cpu_s": "much"}\\n{"guarded": true}\\nno json\\n')
    except OSError:
        pass
"""
    assert go(source, wall_s=1.0).exit in (Exit.NO_RESULT, Exit.KILLED, Exit.TIMED_OUT)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look into every process")
def test_the_supervisor_cannot_be_looked_into():
    result = go("import os; open(f'/proc/{os.getppid()}/fd/1')")
    assert result.exit is Exit.CRASHED and "PermissionError" in result.stderr


def test_a_killed_parent_leaves_no_process_and_no_folder(tmp_path: Path):
    source = f"""
import os, tempfile, time
tempfile.tempdir = {str(tmp_path / "scratch")!r}
from fivefold_solvers.program import Program
from fivefold_solvers.result import Limits
from fivefold_solvers.sandbox.limited import run_limited
program = Program(source="import os, time; print(os.getpid()); time.sleep(60)", library="pyomo", solver="highs")
run_limited(program, Limits(), lambda stream, line: print(line, flush=True), None, None)
"""
    with subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert living(pid)
        parent.kill()
    deadline = time.monotonic() + 20
    while (living(pid) or list((tmp_path / "scratch").iterdir())) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not living(pid)
