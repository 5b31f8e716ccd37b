"""What is alive of the sandbox in this process, as the kernel sees it."""

import time
from pathlib import Path

from fivefold_solvers.sandbox import pool


def busy_children() -> int:
    """Return how many children of our zygotes live beside the spare ones; waits a moment for ends under way."""
    deadline = time.monotonic() + 1.0
    while (count := _busy()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return count


def _busy() -> int:
    found = pool.zygotes()
    children = [Path(f"/proc/{one.pid}/task/{one.pid}/children").read_text().split() for one in found]
    return sum(map(len, children)) - sum(len(one.spares) for one in found)
