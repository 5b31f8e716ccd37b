"""Programs that run at the same time: none sees, hears or hinders another."""

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from fivefold_solvers.program import Program
from fivefold_solvers.result import ExecutionResult, Exit, Limits
from fivefold_solvers.sandbox.layers import Layers
from fivefold_solvers.sandbox.runner import isolation, run_layered

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there are no zygotes elsewhere")

RIGHT = 'print(\'FIVEFOLD_RESULT {"termination": "optimal", "solution_status": "optimal", "objective": %d}\' % (6 * 7))'


@pytest.fixture(params=["best", "confined"])
def layers(request: pytest.FixtureRequest) -> Layers:
    found = isolation()
    if found.level.rank < 2 or (request.param == "confined" and found.level != "strict"):
        pytest.skip(f"the best level here is {found.level.value}: {'; '.join(found.missing)}")
    return Layers(namespaces=request.param == "best")


def go(source: str, layers: Layers, **limits: float) -> ExecutionResult:
    program = Program(source=source, library="pyomo", solver="highs")
    return run_layered(program, Limits.model_validate({"wall_s": 20.0, "memory_mib": 256, **limits}), layers)


def test_output_goes_to_whom_it_belongs(layers: Layers):
    def one(number: int) -> tuple[int, ExecutionResult, list[str]]:
        heard: list[str] = []
        source = f"import time\nfor part in range(5):\n    print('program {number}', part)\n    time.sleep(0.01)"
        program = Program(source=source, library="pyomo", solver="highs")
        limits = Limits(wall_s=20.0, memory_mib=256)
        return number, run_layered(program, limits, layers, on_line=lambda _, line: heard.append(line)), heard

    with ThreadPoolExecutor(4) as pool:
        for number, result, heard in pool.map(one, range(16)):
            lines = [f"program {number} {part}" for part in range(5)]
            assert result.stdout.split("\n")[:-1] == lines and heard == lines


GREEDY = """
import sys, threading, time
sys.setswitchinterval(1e9)
def work():
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        pass
for _ in range(4):
    threading.Thread(target=work, daemon=True).start()
time.sleep(1.5)
"""
FLOODING = "while True: print('x' * 999)"
HUNGRY = "kept = []\nwhile True: kept.append(b'x' * (4 << 20))"
STOPPED = "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)"


@pytest.mark.parametrize("bad", [GREEDY, FLOODING, HUNGRY, STOPPED], ids=["greedy", "flooding", "hungry", "stopped"])
def test_a_bad_program_does_not_spoil_those_beside_it(layers: Layers, bad: str):
    worst = threading.Thread(target=go, args=(bad, layers), kwargs={"wall_s": 1.0})
    worst.start()
    results = [go(RIGHT, layers) for _ in range(5)]
    worst.join()
    assert [(result.exit, result.objective) for result in results] == [(Exit.OK, 42.0)] * 5


def test_a_program_cannot_find_or_change_the_one_beside_it(layers: Layers):
    victim_source = """
import os, time
with open("diary", "w") as file:
    file.write("mine alone")
print(os.getpid(), os.getcwd(), flush=True)
time.sleep(1.2)
print(open("diary").read(), os.listdir("."))
"""
    told: list[str] = []
    results: list[ExecutionResult] = []

    def be_the_victim() -> None:
        program = Program(source=victim_source, library="pyomo", solver="highs")
        limits = Limits(wall_s=20.0, memory_mib=256)
        results.append(run_layered(program, limits, layers, on_line=lambda _, line: told.append(line)))

    victim = threading.Thread(target=be_the_victim)
    victim.start()
    while not told:
        time.sleep(0.01)
    pid, folder = told[0].split(" ", 1)
    attack = f"""
import glob, os
def attempt(deed, *args):
    try:
        print("ESCAPED:", deed.__name__, args, deed(*args))
    except OSError as error:
        print("refused:", error)
own = os.getcwd()
if own != {folder!r}:
    attempt(os.listdir, {folder!r})
    attempt(open, {folder!r} + "/diary")
    attempt(os.unlink, {folder!r} + "/diary")
    attempt(open, {folder!r} + "/planted", "w")
if os.path.exists("diary"):
    print("ESCAPED: sees the other's file")
if os.getpid() != {pid}:
    attempt(os.kill, {pid}, 0)
attempt(open, "/proc/{pid}/mem")
attempt(os.listdir, "/proc/{pid}/cwd")
"""
    result = go(attack, layers)
    victim.join()
    assert result.exit is Exit.NO_RESULT and "ESCAPED" not in result.stdout, result.stdout
    assert results[0].stdout.split("\n")[1] == "mine alone ['diary']"
