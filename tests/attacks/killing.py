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
from fivefold_solvers.sandbox import SandboxError
from fivefold_solvers.sandbox.layers import Layers
from fivefold_solvers.sandbox.pool import close_all
from fivefold_solvers.sandbox.runner import run_layered
from tests.attacks import census

ROOT = Path(__file__).parents[2]
GONE_S = 10.0
"""How long processes may take to be gone; one that was importing goes when it has imported."""
LIMITS = Limits(wall_s=20.0, memory_mib=256)
RIGHT = 'print(\'FIVEFOLD_RESULT {"termination": "optimal", "solution_status": "optimal", "objective": %d}\' % (6 * 7))'
BUSY = "import time\nprint('up', flush=True)\nopen('file', 'w').write('x' * 9999)\ntime.sleep(0.25)\n" + RIGHT
LAYERS = (Layers(), Layers(namespaces=False))
"""Taken in turn: an end of the first process ends the others in two different ways."""


def go(source: str, layers: Layers) -> ExecutionResult:
    """Run one program."""
    return run_layered(Program(source=source, library="pyomo", solver="highs"), LIMITS, layers)


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
                time.sleep(chance.uniform(0.0, 1.6))
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


def while_it_runs(deed: Callable[[], None], delay_s: float, layers: Layers) -> list[str]:
    """Do a deed some time after a run has begun; return what is wrong with what comes of the run."""
    faults: list[str] = []

    def work() -> None:
        try:
            result = go(BUSY, layers)
        except SandboxError as error:
            faults.append(f"the run raised {type(error).__name__}: {error}")
            return
        if result.exit not in (Exit.OK, Exit.KILLED):
            faults.append(f"the run ended as {result.exit}: {result.stderr[-500:]}")

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(delay_s)
    deed()
    thread.join(30)
    if thread.is_alive():
        faults.append("the run hangs")
    return faults


def zygotes() -> list[int]:
    """Return the zygotes of this process and those that keep them."""
    own = os.getpid()
    family = census.family()
    return [pid for pid, (parent, _) in family.items() if parent == own or census.name(pid) == census.ZYGOTE]


def killed_zygotes(rounds: int, chance: random.Random) -> list[str]:
    """Kill a zygote, or its keeper, before and while a program runs."""
    return _inside(rounds, chance, lambda layers: chance.choice(zygotes() or [0]))


def killed_children(rounds: int, chance: random.Random) -> list[str]:
    """Kill a program's process, or a spare one, while a program runs."""
    return _inside(rounds, chance, lambda layers: chance.choice(_leaves() or [0]))


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


def _inside(rounds: int, chance: random.Random, victim: Callable[[Layers], int]) -> list[str]:
    """Kill one process in each round, while a program runs here; look at everything after each."""
    faults: list[str] = []
    census.adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="killing-") as folder:
        tempfile.tempdir = folder
        for number in range(rounds):
            layers = LAYERS[number % len(LAYERS)]
            found = is_right(layers)

            def deed(layers: Layers = layers) -> None:
                if pid := victim(layers):
                    kill(pid)

            found += while_it_runs(deed, chance.uniform(0.0, 0.3), layers)
            found += is_right(layers)
            faults += [f"round {number}: {words}" for words in found]
        close_all()
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
