"""What building a program costs: Fivefold against arrays by hand, linopy, Pyomo and PuLP, each in its own process.

    python benchmarks/build/compare.py --sizes 100 10000 1000000 --rounds 5
    python benchmarks/build/compare.py --sizes 1000000 --rounds 5 --slow      # Pyomo and PuLP too: minutes

Rounds go through all tools one after the other, so that a busy machine hits all alike; the least of the rounds
counts, for other programs can only add to it.
Every tool must give HiGHS the same program: number of columns, rows and non-zeros, sums of costs, coefficients, limits.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from cases import case
from tools import tool

TOOLS = ("fivefold", "by hand", "linopy", "pyomo", "pulp")
SLOW_LIMIT = {"pyomo": 100_000, "pulp": 100_000}
"""Tools that beyond so many variables are measured only when asked for, and then once and without loading."""


def main() -> None:
    """Compare, or measure one tool where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", default=["transport", "stock", "assignment"])
    parser.add_argument("--sizes", nargs="+", type=int, default=[100, 10_000, 1_000_000])
    parser.add_argument("--tools", nargs="+", default=list(TOOLS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slow", action="store_true", help="measure Pyomo and PuLP at every size, once beyond 100,000")
    parser.add_argument("--cap", type=float, default=600.0, help="seconds after which a process is stopped (600)")
    parser.add_argument("--worker", nargs=3, metavar=("TOOL", "CASE", "SIZE"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.worker:
        name, problem, size = chosen.worker
        print(json.dumps(measure(name, problem, int(size))))
        return
    load = _load()
    print(
        f"Python {sys.version.split()[0]}, " + ", ".join(map(_version, ("numpy", "highspy", "linopy", "pyomo", "pulp")))
    )
    for problem in chosen.cases:
        for size in chosen.sizes:
            names = [n for n in chosen.tools if chosen.slow or size <= SLOW_LIMIT.get(n, size)]
            runs = {name: list[dict[str, Any]]() for name in names}
            for number in range(chosen.rounds):
                for name in names:
                    if not number or size <= SLOW_LIMIT.get(name, size):
                        runs[name] += run(name, problem, size, chosen.cap)
            report(problem, runs)
    print(f"\nLeast of {chosen.rounds} rounds; {os.cpu_count()} cores, load {load:.1f} before, {_load():.1f} after")


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"no {package}"


def _load() -> float:
    return os.getloadavg()[0]


def run(name: str, problem: str, size: int, cap: float) -> list[dict[str, Any]]:
    """Return what a process of its own measures of one tool; nothing where it fails or takes too long."""
    command = [sys.executable, __file__, "--worker", name, problem, str(size)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=Path(__file__).parent, check=False, timeout=cap
        )
    except subprocess.TimeoutExpired:
        print(f"{name}: stopped after {cap:.0f} s")
        return []
    if done.returncode:
        print(f"{name}: {done.stderr.strip().splitlines()[-1:]}")
        return []
    return [json.loads(done.stdout.splitlines()[-1])]


def report(problem: str, runs: dict[str, list[dict[str, Any]]]) -> None:
    """Print a table of what all tools need for one problem."""
    prints = {name: own[0]["print"] for name, own in runs.items() if own and "print" in own[0]}
    first = next(iter(prints.values()))
    for name, found in prints.items():
        if not np.allclose(found, first, rtol=1e-9):
            print(f"{name} builds another program: {found} against {first}")
    print(f"\n{problem}, {first[0]:.0f} columns, {first[1]:.0f} rows, {first[2]:.0f} non-zeros")
    print(
        "\n| tool | build CPU s | times by hand | build s | build + load s | peak MiB |\n|---|---:|---:|---:|---:|---:|"
    )
    kinds = ("cpu", "build", "whole", "peak")
    least = {
        name: {kind: min(one.get(kind, float("nan")) for one in own) for kind in kinds}
        for name, own in runs.items()
        if own
    }
    base = least.get("by hand", {}).get("cpu", float("nan"))
    for name, own in least.items():
        numbers = (own["cpu"], own["cpu"] / base, own["build"], own["whole"], own["peak"])
        print("| {} | {:.4f} | {:.1f} | {:.4f} | {:.4f} | {:.0f} |".format(name, *numbers), flush=True)


def measure(name: str, problem: str, size: int) -> dict[str, Any]:
    """Return seconds and MiB of one tool on one problem."""
    chosen = tool(name)
    small = case(problem, 100)
    chosen.load(chosen.build(small))
    data = case(problem, size)
    gc.collect()
    before = _reset_peak()
    started, cpu = time.perf_counter(), time.process_time()
    built = chosen.build(data)
    seconds, cpu_seconds, peak = time.perf_counter() - started, time.process_time() - cpu, _memory("VmHWM") - before
    found: dict[str, Any] = {"build": seconds, "cpu": cpu_seconds, "peak": peak}
    if size > SLOW_LIMIT.get(name, size):
        return found
    loaded = chosen.load(built)
    return {**found, "whole": time.perf_counter() - started, "print": fingerprint(loaded)}


def fingerprint(solver: Any) -> list[float]:
    """Return numbers of a loaded program that do not depend on the order of its rows and columns."""
    program = solver.getLp()
    limits = np.concatenate([np.asarray(program.row_lower_), np.asarray(program.row_upper_)])
    return [
        float(program.num_col_), float(program.num_row_), float(len(program.a_matrix_.value_)),
        float(np.sum(program.col_cost_)), float(np.sum(program.a_matrix_.value_)),
        float(np.sum(limits[np.abs(limits) < 1e20])),
    ]  # fmt: skip


def _memory(field: str) -> float:
    text = Path("/proc/self/status").read_text()
    return int(text.partition(f"{field}:")[2].split()[0]) / 1024


def _reset_peak() -> float:
    """Forget the peak of memory so far (Linux); return what is in use."""
    Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


if __name__ == "__main__":
    main()
