"""Kills with SIGKILL whoever takes part in a run, at random moments, and looks for what is left.

python -m tests.attacks.killing client --rounds 200       or zygote, child, spare
"""

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from fivefold_solvers.program import Program
from fivefold_solvers.result import ExecutionResult, Exit, Limits
from fivefold_solvers.sandbox import SandboxError, pool
from fivefold_solvers.sandbox.layers import Layers
from fivefold_solvers.sandbox.runner import run_layered
from tests.attacks import census

ROOT = Path(__file__).parents[2]
GONE_S = 30.0
"""How long processes may take to be gone; one that was importing goes when it has imported."""
LIMITS = Limits(wall_s=20.0, memory_mib=256)
RIGHT = 'print(\'FIVEFOLD_RESULT {"termination": "optimal", "solution_status": "optimal", "objective": %d}\' % (6 * 7))'
BUSY = (
    "import os, time\nprint('id', os.getpid(), flush=True)\nopen('file', 'w').write('x' * 9999)\ntime.sleep(0.25)\n"
    + RIGHT
)
LAYERS = (Layers(), Layers(namespaces=False))
"""Taken in turn: an end of the first process ends the others in two different ways."""


def go(source: str, layers: Layers, on_line: Callable[[str, str], None] | None = None) -> ExecutionResult:
    """Run one program."""
    return run_layered(Program(source=source, library="pyomo", solver="highs"), LIMITS, layers, on_line=on_line)


def is_right(layers: Layers) -> list[str]:
    """Return what is wrong with a run in which nobody is killed."""
    result = go(RIGHT, layers)
    right = result.exit is Exit.OK and result.objective == 42
    return [] if right else [f"the next run ended as {result.exit}: {result.stderr[-500:]}"]


def kill(pid: int) -> None:
    """Kill a process, if it is still there."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def reaped() -> bool:
    """Reap what has ended; return whether nobody is left."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return False
    return True


def killed_clients(rounds: int, chance: random.Random) -> list[str]:
    """Kill a process that runs programs in two threads: while it starts, while it runs, while it ends."""
    faults: list[str] = []
    census.adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="killing-") as folder:
        for number in range(rounds + 1):
            last = number == rounds
            mode = "--client-once" if last else "--client"
            command = [sys.executable, "-m", "tests.attacks.killing", "client", mode, str(number % 2)]
            client = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "TMPDIR": folder}, stdout=subprocess.PIPE)
            assert client.stdout is not None
            first = client.stdout.readline()  # once its own imports are done
            if not last:
                time.sleep(chance.uniform(0.0, 1.0))
                client.kill()
            rest = client.stdout.read() if last else b""
            client.stdout.close()
            code = client.wait()
            if first != b"up\n" or (last and (code, rest) != (0, b"right\n")):
                faults.append(f"round {number}: the client said {first + rest!r} and ended with {code}")
            if not census.wait_until(reaped, GONE_S):
                left = {pid: census.name(pid) for pid in census.family()}
                faults.append(f"round {number}: processes are left: {left}")
                for pid in left:
                    kill(pid)
        left_files = [path.name for path in Path(folder).iterdir()]
        if left_files:
            faults.append(f"files are left after a client that was not killed: {left_files}")
    return faults


def client(layers: Layers, *, once: bool) -> None:
    """Run programs in two threads until killed; or one program, once."""
    print("up", flush=True)
    if once:
        print("right" if not is_right(layers) else "wrong", flush=True)
        return

    def work() -> None:
        while True:
            go(BUSY, layers)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()


def while_it_runs(deed: Callable[[int], None], chance: random.Random, layers: Layers, *, heard: bool) -> list[str]:
    """Do a deed at some moment of a run, once the program has been heard or not; return what comes of it wrongly.

    The deed is given the number that the program says is its own, 0 where it has said nothing yet.
    """
    faults: list[str] = []
    said: list[int] = []

    def work() -> None:
        try:
            result = go(BUSY, layers, lambda _, line: said.append(int(line.split()[1])) if "id " in line else None)
        except SandboxError as error:
            faults.append(f"the run raised {type(error).__name__}: {error}")
            return
        if result.exit not in (Exit.OK, Exit.KILLED):
            faults.append(f"the run ended as {result.exit}: {result.stderr[-500:]}")

    thread = threading.Thread(target=work)
    thread.start()
    if heard:
        census.wait_until(lambda: said or not thread.is_alive(), 20.0)
    time.sleep(chance.uniform(0.0, 0.26))
    deed(said[0] if said else 0)
    thread.join(30)
    if thread.is_alive():
        faults.append("the run hangs")
    return faults


def zygotes_and_keepers() -> list[int]:
    """Return the zygotes of this process and those that keep them."""
    return sorted({pid for zygote in pool.zygotes() for pid in (zygote.pid, zygote.process.pid)})


def killed_zygotes(rounds: int, chance: random.Random) -> list[str]:
    """Kill a zygote, or its keeper, at any moment of a run."""

    def deed(_: int) -> None:
        for pid in chance.sample(zygotes_and_keepers(), 1):
            kill(pid)

    return _inside(rounds, chance, deed, heard=False)


def killed_children(rounds: int, chance: random.Random) -> list[str]:
    """Kill a program's process."""

    def deed(said: int) -> None:
        for pid in census.family():
            if said and census.inner_number(pid) == said:
                kill(pid)

    return _inside(rounds, chance, deed, heard=True)


def killed_spares(rounds: int, chance: random.Random) -> list[str]:
    """Kill the child that waits for the next program, while nothing runs: the next program must not suffer."""
    faults: list[str] = []
    for number in range(rounds):
        layers = LAYERS[number % len(LAYERS)]
        faults += is_right(layers)
        time.sleep(chance.uniform(0.0, 0.1))
        for pid in _leaves():
            kill(pid)
        faults += [f"round {number}: {words}" for words in is_right(layers)]
    return faults


def _leaves() -> list[int]:
    """Return the processes below this one that have none below them: programs and spare children."""
    family = census.family()
    above = {parent for parent, _ in family.values()}
    return [pid for pid, (parent, _) in family.items() if pid not in above and parent != os.getpid()]


def _inside(rounds: int, chance: random.Random, deed: Callable[[int], None], *, heard: bool) -> list[str]:
    """Do a deed in each round, while a program runs in this process; look at everything after each."""
    faults: list[str] = []
    census.adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="killing-") as folder:
        tempfile.tempdir = folder
        for number in range(rounds):
            layers = LAYERS[number % len(LAYERS)]
            found = [*is_right(layers), *while_it_runs(deed, chance, layers, heard=heard), *is_right(layers)]
            faults += [f"round {number}: {words}" for words in found]
        pool.close_all()
        left_files = [path.name for path in Path(folder).iterdir()]
        if left_files:
            faults.append(f"files are left: {left_files}")
        if not census.wait_until(reaped, GONE_S):
            faults.append(f"processes are left: { {pid: census.name(pid) for pid in census.family()} }")
    return faults


VICTIMS = {
    "client": killed_clients, "zygote": killed_zygotes, "child": killed_children, "spare": killed_spares
}  # fmt: skip


def main() -> int:
    """Kill and print what was wrong; return 1 where something was."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("victim", choices=VICTIMS)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--client", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--client-once", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.client is not None or options.client_once is not None:
        once = options.client_once is not None
        client(LAYERS[options.client_once if once else options.client], once=once)
        return 0
    faults = VICTIMS[options.victim](options.rounds, random.Random(options.seed))
    print(f"{options.rounds} times killed: {options.victim}; {len(faults)} faults")
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
