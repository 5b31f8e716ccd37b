"""The ways to run a program that are compared, each as a function from a program to what it cost."""

import contextlib
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path

from fivefold_solvers.program import Program
from fivefold_solvers.result import RESULT_PREFIX, ExecutionResult, Exit, Limits
from fivefold_solvers.sandbox.layers import Layers
from fivefold_solvers.sandbox.limited import run_limited
from fivefold_solvers.sandbox.pool import close_all
from fivefold_solvers.sandbox.runner import run_layered

PROGRAMS = Path(__file__).with_name("programs")
WORKER = Path(__file__).with_name("warm.py")
BASE = "subprocess"
"""The arm that the others are divided by."""
SPARE = "strict, hot spare"
WARM = "warm exec (unsafe)"
LIMITS = Limits(wall_s=120.0)
SETTLE_S = 0.03
# The environment is no matter of cost: without it numpy's threads start in the parent, where they must not be.
NOTHING = Layers(namespaces=False, landlock=False, seccomp=False, rlimits=False, watch=False)


@dataclass(frozen=True, slots=True)
class Case:
    """One program of the benchmark."""

    name: str
    path: Path
    program: Program

    @property
    def group(self) -> str:
        """Return the library it is written in, as its file name says."""
        return self.name.partition("_")[0]

    @property
    def family(self) -> str:
        """Return which of the two sets of libraries it needs."""
        return "pyomo" if self.program.library == "pyomo" else "ortools"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run of one program took, and what it printed."""

    wall_s: float
    cpu_s: float
    """CPU seconds of the program and of everything that was at work to run it, the caller included."""
    stdout: str
    ended_well: bool
    isolation: str = "none"
    """The level that the run really had."""


Arm = Callable[[Case], Cost]


def read_case(path: Path) -> Case:
    """Return a program file as a case; highspy programs go where Pyomo's go."""
    source = path.read_text("utf-8")
    cp_sat = "cp_model" in source
    library = "pyomo" if "ortools" not in source else "cpsat" if cp_sat else "mathopt"
    solver = "cp_sat" if cp_sat else "highs" if library == "pyomo" else "scip"
    return Case(path.stem, path, Program(source=source, library=library, solver=solver, path="free"))


def without_times(stdout: str) -> str:
    """Return an output with the solver's seconds taken out of its result lines; nothing else may differ."""
    lines: list[str] = []
    for line in stdout.splitlines():
        if line.startswith(RESULT_PREFIX):
            report = json.loads(line.removeprefix(RESULT_PREFIX))
            report.pop("solve_s", None)
            line = RESULT_PREFIX + json.dumps(report)
        lines.append(line)
    return "\n".join(lines)


def solve_seconds(stdout: str) -> float | None:
    """Return the seconds that a program says its solver took, None where it says nothing."""
    for line in stdout.splitlines():
        if line.startswith(RESULT_PREFIX):
            seconds = json.loads(line.removeprefix(RESULT_PREFIX)).get("solve_s")
            return None if seconds is None else float(seconds)
    return None


def alone(case: Case) -> Cost:
    """Run a program as most do: a fresh interpreter, a pipe, a time limit and nothing else."""
    return by_command([sys.executable, str(case.path)])


def by_command(command: list[str]) -> Cost:
    """Run a command to its end."""
    cpu, began = _children_s() + time.process_time(), time.perf_counter()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMITS.wall_s, check=False)
    wall = time.perf_counter() - began
    cpu = _children_s() + time.process_time() - cpu
    return Cost(wall, cpu, done.stdout.decode("utf-8", "replace"), done.returncode == 0)


def limited(case: Case) -> Cost:
    """Run a program in a fresh interpreter under limits and a supervisor."""
    cpu, began = _children_s() + time.process_time(), time.perf_counter()
    result = run_limited(case.program, LIMITS, None, None, None)
    wall = time.perf_counter() - began
    return _cost(result, wall, _children_s() + time.process_time() - cpu)


@dataclass(slots=True)
class Forked:
    """Runs programs in children of a process that has everything imported, held by chosen layers."""

    layers: Layers
    standing: "Standing"
    spare: bool = False
    """Whether a child that was made ready beforehand takes the program."""
    settle_s: float = 0.0
    """Pause after a run, so that the next spare child is ready; its CPU time counts, the pause does not."""

    def __call__(self, case: Case) -> Cost:
        """Run a program; its child's CPU time is what the kernel said of it, that of its parent is read."""
        own, parents, began = time.process_time(), self.standing.cpu_s(), time.perf_counter()
        result = run_layered(case.program, LIMITS, self.layers, spare=self.spare)
        wall = time.perf_counter() - began
        time.sleep(self.settle_s)
        after = self.standing.cpu_s()
        parents_s = sum(after[pid] - before for pid, before in parents.items() if pid in after)
        return _cost(result, wall, result.cpu_s + parents_s + time.process_time() - own)


@dataclass(slots=True)
class Standing:
    """The processes below this one that stay between runs: the parents that programs are forked from."""

    pids: list[int] = field(default_factory=list[int])

    def look(self) -> None:
        """Find them; to be called while no program runs."""
        self.pids = _below(os.getpid())

    def cpu_s(self) -> dict[int, float]:
        """Return the CPU seconds of each that still lives."""
        found: dict[int, float] = {}
        for pid in self.pids:
            with contextlib.suppress(OSError, ValueError, IndexError):
                found[pid] = int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
        return found


@dataclass(slots=True)
class Warm:
    """One long-lived interpreter a family, which executes programs without any protection."""

    workers: dict[str, subprocess.Popen[str]] = field(default_factory=dict[str, "subprocess.Popen[str]"])

    def __call__(self, case: Case) -> Cost:
        """Have the family's worker execute a program."""
        worker = self.workers.get(case.family) or self._start(case.family)
        assert worker.stdin is not None and worker.stdout is not None
        own = time.process_time()
        worker.stdin.write(f"{case.path}\n")
        worker.stdin.flush()
        line = worker.stdout.readline()
        if not line:
            raise SystemExit(f"the warm interpreter for {case.family} ended with {case.name}")
        said = json.loads(line)
        cpu = said["cpu_s"] + time.process_time() - own
        return Cost(said["wall_s"], cpu, said["stdout"], said["code"] == 0)

    def _start(self, family: str) -> "subprocess.Popen[str]":
        # A session of its own, so that Ctrl-C is answered here and not in the middle of a program.
        self.workers[family] = subprocess.Popen(
            [sys.executable, str(WORKER), family],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        return self.workers[family]

    def close(self) -> None:
        """End the workers."""
        for worker in self.workers.values():
            worker.kill()
            worker.communicate()
        self.workers.clear()


@contextlib.contextmanager
def open_arms() -> Generator[tuple[dict[str, Arm], Standing]]:
    """Give the arms by name in the order of the tables, and end what they started."""
    standing, warm = Standing(), Warm()
    arms: dict[str, Arm] = {BASE: alone, "limited": limited}
    if sys.platform.startswith("linux"):
        arms |= {
            "confined": Forked(Layers(namespaces=False), standing),
            "strict": Forked(Layers(), standing),
            SPARE: Forked(Layers(), standing, spare=True, settle_s=SETTLE_S),
            "bare fork": Forked(NOTHING, standing),
        }
    arms[WARM] = warm
    try:
        yield arms, standing
    finally:
        warm.close()
        close_all()


def _cost(result: ExecutionResult, wall: float, cpu: float) -> Cost:
    ended_well = result.exit in (Exit.OK, Exit.NO_RESULT)
    return Cost(wall, cpu, result.stdout if ended_well else result.stdout + result.stderr, ended_well, result.isolation)


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _below(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *_below(child)]
    return found
