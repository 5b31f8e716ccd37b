"""Runs thousands of programs, good and bad ones mixed, and looks for anything that grows.

python -m tests.attacks.soak            10,000 programs in two threads
python -m tests.attacks.soak 500 --threads 4
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

from fivefold_solvers.program import Program
from fivefold_solvers.result import Exit, Limits
from fivefold_solvers.sandbox import run
from fivefold_solvers.sandbox.pool import close_all
from tests.attacks import census

EVERY = 500
"""Programs between two looks."""
LINE = 'print(\'FIVEFOLD_RESULT {"termination": "optimal", "solution_status": "optimal", "objective": %r}\' % value)'
SOLVE = f"""
import pyomo.environ as pyo
from pyomo.contrib.appsi.solvers.highs import Highs
program = pyo.ConcreteModel()
program.x = pyo.Var(range(8), domain=pyo.Binary)
program.c = pyo.Constraint(expr=sum((i + 2) * program.x[i] for i in range(8)) <= 17)
program.o = pyo.Objective(expr=sum((i * 5 % 7 + 1) * program.x[i] for i in range(8)), sense=pyo.maximize)
value = Highs().solve(program).best_feasible_objective
{LINE}
"""


WIDE = Limits(wall_s=30.0, cpu_s=30.0, memory_mib=256, output_kib=64)


@dataclass(frozen=True)
class Kind:
    """One kind of program, how often it comes, and how it must end."""

    weight: int
    source: str
    exits: tuple[Exit, ...]
    limits: Limits = WIDE


KINDS = {
    "good": Kind(40, f"value = sum(range(9))\n{LINE}", (Exit.OK,)),
    "solving": Kind(15, SOLVE, (Exit.OK,)),
    "failing": Kind(10, "print('so far')\n1 / 0", (Exit.CRASHED,)),
    "crashing": Kind(5, "import ctypes\nctypes.string_at(0)", (Exit.CRASHED,)),
    "leaving": Kind(5, "import os\nos._exit(3)", (Exit.CRASHED,)),
    "mute": Kind(5, "pass", (Exit.NO_RESULT,)),
    "late": Kind(5, "import time\ntime.sleep(9)", (Exit.TIMED_OUT,), Limits(wall_s=0.15, memory_mib=256)),
    "flooding": Kind(
        5, "while True: print('x' * 999)", (Exit.KILLED,), Limits(wall_s=30.0, memory_mib=256, output_kib=16)
    ),
    "hungry": Kind(
        5, "kept = []\nwhile True: kept.append(b'x' * (8 << 20))", (Exit.OUT_OF_MEMORY,),
        Limits(wall_s=30.0, memory_mib=96),
    ),
    "littering": Kind(
        5, "for n in range(40):\n    with open(f'f{n}', 'wb') as file: file.write(bytes(50_000))", (Exit.NO_RESULT,)
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Look:
    """What there is at one moment."""

    programs: int
    seconds: float
    processes: int
    descriptors: int
    client_mib: int
    zygote_mib: int
    temporary_files: int
    shared_objects: int


ALLOWED = Look(
    programs=sys.maxsize, seconds=float("inf"), processes=2, descriptors=12, client_mib=24, zygote_mib=5,
    temporary_files=2, shared_objects=0,
)  # fmt: skip
"""By how much each may grow: a spare child more for each thread, what Python's allocator keeps, nothing else."""


def look(programs: int, started: float) -> Look:
    """Count, with no program running."""
    family = census.family()
    zygotes = [pid for pid in family if census.name(pid) == census.ZYGOTE]
    return Look(
        programs,
        round(time.monotonic() - started, 1),
        len(family),
        census.descriptors(os.getpid()),
        census.resident_kib(os.getpid()) // 1024,
        max((census.resident_kib(pid) for pid in zygotes), default=0) // 1024,
        len(os.listdir(tempfile.gettempdir())),
        census.shared_memory_files() + census.queues_and_semaphores(),
    )


def grown(first: Look, now: Look) -> list[str]:
    """Return what has grown by more than it may."""
    return [
        f"{field.name}: {getattr(first, field.name)} at first, {getattr(now, field.name)} now"
        for field in fields(Look)
        if getattr(now, field.name) - getattr(first, field.name) > getattr(ALLOWED, field.name)
    ]


def run_many(count: int, threads: int, chance: random.Random) -> list[str]:
    """Run programs of all kinds in some threads; return those that ended as they must not."""
    names = chance.choices(list(KINDS), [kind.weight for kind in KINDS.values()], k=count)
    faults: list[str] = []

    def work(share: list[str]) -> None:
        for name in share:
            kind = KINDS[name]
            try:
                result = run(Program(source=kind.source, library="pyomo", solver="highs"), kind.limits)
            except Exception as error:
                faults.append(f"a {name} program raised {type(error).__name__}: {error}")
                continue
            if result.exit not in kind.exits:
                faults.append(f"a {name} program ended as {result.exit}: {result.stderr[-300:]}")

    workers = [threading.Thread(target=work, args=(names[number::threads],)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return faults


def soak(count: int, threads: int, chance: random.Random) -> list[str]:
    """Run programs and print what there is every so often; return everything that was wrong."""
    started = time.monotonic()
    print("| " + " | ".join(field.name.replace("_", " ") for field in fields(Look)) + " |")
    print("|---" * len(fields(Look)) + "|", flush=True)
    warm = min(60, count)
    faults = run_many(warm, threads, chance)
    first = now = _settled(warm, started)
    while now.programs < count and not faults:
        step = min(EVERY, count - now.programs)
        faults = run_many(step, threads, chance)
        now = _settled(now.programs + step, started)
        faults += grown(first, now)
    return faults


def _settled(programs: int, started: float) -> Look:
    """Look once spare children have been born and ended ones are gone, and print it."""
    now, before = look(programs, started), None
    deadline = time.monotonic() + 2
    while before is None or (replace(before, seconds=now.seconds) != now and time.monotonic() < deadline):
        time.sleep(0.1)
        before, now = now, look(programs, started)
    print("| " + " | ".join(map(str, astuple(now))) + " |", flush=True)
    return now


def main() -> int:
    """Run and print; return 1 where anything has grown or a program ended as it must not."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("count", nargs="?", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    census.adopt_orphans()
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    tempfile.tempdir = str(folder)
    try:
        faults = soak(options.count, options.threads, random.Random(options.seed))
        close_all()
        if not census.wait_until(lambda: not census.family(), 30.0):
            faults.append(f"processes are left: { {pid: census.name(pid) for pid in census.family()} }")
        if os.listdir(folder):
            faults.append(f"files are left: {os.listdir(folder)}")
    finally:
        subprocess.run(["rm", "-rf", str(folder)], check=False)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
