"""Runs attacks in a process of its own, one after another: reads names, writes a verdict a line.

A process of its own, because an attack that gets through may hurt the one that runs it, because some are run as
another user, and because several can then be run side by side.

    python -m tests.attacks.driver --off namespaces fork_bomb tcp      (by hand: names as arguments)
"""

import argparse
import contextlib
import dataclasses
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from fivefold_solvers.sandbox.layers import Layers
from tests.attacks.case import LAYERS
from tests.attacks.cases import CASES
from tests.attacks.host import Host, Verdict

ROOT = Path(__file__).parents[2]
READY = "ready\n"
SKIPPED = 77
"""Exit code of `as_nobody` where it cannot be done; the reason is on its standard error."""
LISTEN_S = 5.0
"""How long is listened for the last words of a process that has ended."""
User = Literal["own", "nobody"]
"""Whose programs are run: those of whoever runs the tests, or those of the user who can do least."""


class UnavailableError(Exception):
    """Programs cannot be run as the other user here; the message says why."""


class BrokenError(Exception):
    """Attacks cannot be run with these layers: not even the first good program ended well."""


class Driver:
    """A process that runs attacks with given layers; started at the first attack, and anew after one that hung it."""

    def __init__(self, off: Sequence[str] = (), *, limited: bool = False, user: User = "own") -> None:
        self.arguments = ["--limited"] if limited else [word for layer in off for word in ("--off", layer)]
        self.user = user
        self.process: subprocess.Popen[str] | None = None
        self.lines: queue.Queue[str | None] = queue.Queue()
        self.reason = ""
        self.broken: Exception | None = None
        self.readers: list[threading.Thread] = []

    def verdict(self, name: str, patience_s: float = 60.0) -> Verdict:
        """Run one attack; where no verdict comes in time, that is one too.

        Raises:
            UnavailableError: the other user's programs cannot be run here.
            BrokenError: nobody's programs can.
        """
        if self.broken is not None:
            raise self.broken
        if self.process is None:
            self.start()
        process = self.process
        assert process is not None and process.stdin is not None
        hung = False
        try:
            process.stdin.write(name + "\n")
            process.stdin.flush()
            line = self.lines.get(timeout=patience_s)
            if line:
                return Verdict(**json.loads(line))
        except BrokenPipeError:
            pass
        except queue.Empty:
            hung = True
        code = self.close(kill=hung)
        deed = "it hung the process that ran it" if hung else f"the process that ran it ended with {code}"
        return Verdict(name, [f"{deed}: {self.reason}".strip(": ")])

    def start(self) -> None:
        """Start the process."""
        command = [sys.executable, "-m", "tests.attacks.driver", *self.arguments]
        if self.user == "nobody":
            command = [sys.executable, str(ROOT / "tests/attacks/as_nobody.py"), *command[1:]]
        self.lines = queue.Queue()
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            # A copy: other tests change the variables of this process, and the C library moves them while they do.
            env=dict(os.environ),
        )
        self.reason = ""
        self.listen(self.process)
        try:
            ready = self.lines.get(timeout=150) == READY
        except queue.Empty:
            ready = False
        if not ready:
            code = self.close(kill=True)
            reason = self.reason.strip()
            self.broken = UnavailableError(reason) if code == SKIPPED else BrokenError(f"ended with {code}: {reason}")
            raise self.broken

    def listen(self, process: subprocess.Popen[str]) -> None:
        """Hear what the process writes, in threads of their own."""
        works = (self._hear, self._keep)
        self.readers = [threading.Thread(target=work, args=(process,), daemon=True) for work in works]
        for reader in self.readers:
            reader.start()

    def _hear(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def _keep(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        for line in process.stderr:
            self.reason = (self.reason + line)[-3000:]

    def close(self, *, kill: bool = False) -> int:
        """End the process and everything that it started; return its exit code."""
        process, self.process = self.process, None
        if process is None:
            return 0
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        if kill:
            process.kill()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for reader, stream in zip(self.readers, (process.stdout, process.stderr), strict=True):
            reader.join(LISTEN_S)
            # Where an attack has left somebody who holds the other end, closing would wait for as long as they live.
            if not reader.is_alive():
                stream.close()
        return process.returncode


def main() -> None:
    """Run the attacks whose names come, until no more come."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("names", nargs="*", metavar="NAME", help="attacks to run; from standard input if none")
    parser.add_argument("--off", action="append", default=[], choices=LAYERS, help="a layer to leave out")
    parser.add_argument("--limited", action="store_true", help="run at the level `limited`")
    parser.add_argument("--verbose", action="store_true", help="show the end of what each program wrote")
    options = parser.parse_args()
    layers = None if options.limited else Layers(**dict.fromkeys(options.off, False))
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    with Host(layers) as host:
        if not options.names:
            answers.write(READY)
        for name in options.names or (line.strip() for line in sys.stdin):
            verdict = host.examine(CASES[name])
            if options.names:
                answers.write(
                    f"{name}: {'held' if verdict.held else 'NOT HELD'} ({verdict.exit}, {verdict.wall_s:.2f} s,"
                    f" {verdict.isolation})\n"
                )
                for words in (*verdict.escapes, *verdict.wrong):
                    answers.write(f"    {words}\n")
                if options.verbose:
                    answers.write(verdict.output + "\n")
            else:
                answers.write(json.dumps(dataclasses.asdict(verdict)) + "\n")


if __name__ == "__main__":
    main()
