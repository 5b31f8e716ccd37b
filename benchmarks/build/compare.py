"""What building a program costs: Fivefold against arrays by hand, linopy, Pyomo and PuLP, each in its own process.

    python benchmarks/build/compare.py --sizes 100 10000 1000000 --rounds 3

Rounds go through all tools one after the other, so that a busy machine hits all alike; the least of the rounds counts.
Every tool must give HiGHS the same program: number of columns, rows and non-zeros, sums of costs, coefficients, limits.
"""

from __future__ import annotations

import argparse
import gc
import json
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
"""Tools that are not measured beyond so many variables unless asked for."""


def main() -> None:
    """Compare, or measure one tool where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", default=["transport", "stock", "assignment"])
    parser.add_argument("--sizes", nargs="+", type=int, default=[100, 10_000, 1_000_000])
    parser.add_argument("--tools", nargs="+", default=list(TOOLS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--slow", action="store_true", help="measure Pyomo and PuLP at every size")
    parser.add_argument("--worker", nargs=3, metavar=("TOOL", "CASE", "SIZE"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.worker:
        name, problem, size = chosen.worker
        print(json.dumps(measure(name, problem, int(size))))
        return
    print(
        f"Python {sys.version.split()[0]}, " + ", ".join(map(_version, ("numpy", "highspy", "linopy", "pyomo", "pulp")))
    )
    for problem in chosen.cases:
        for size in chosen.sizes:
            names = [n for n in chosen.tools if chosen.slow or size <= SLOW_LIMIT.get(n, size)]
            report(problem, size, names, chosen.rounds)


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"no {package}"


def report(problem: str, size: int, names: list[str], rounds: int) -> None:
    """Measure all tools on one problem and print a table."""
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            command = [sys.executable, __file__, "--worker", name, problem, str(size)]
            done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent, check=False)
            if done.returncode:
                print(f"{name}: {done.stderr.strip().splitlines()[-1:]}")
                continue
            runs[name].append(json.loads(done.stdout.splitlines()[-1]))
    prints = {name: own[0]["print"] for name, own in runs.items() if own}
    first = next(iter(prints.values()))
    for name, found in prints.items():
        if not np.allclose(found, first, rtol=1e-9):
            print(f"{name} builds another program: {found} against {first}")
    print(f"\n{problem}, {first[0]:.0f} columns, {first[1]:.0f} rows, {first[2]:.0f} non-zeros")
    print(
        "\n| tool | build s | build CPU s | times by hand | build + load s | peak MiB |\n|---|---:|---:|---:|---:|---:|"
    )
    least = {
        n: {k: min(run[k] for run in own) for k in ("build", "cpu", "whole", "peak")} for n, own in runs.items() if own
    }
    base = least.get("by hand", {}).get("build", float("nan"))
    for name, own in least.items():
        numbers = (own["build"], own["cpu"], own["build"] / base, own["whole"], own["peak"])
        print("| {} | {:.4f} | {:.4f} | {:.1f} | {:.4f} | {:.0f} |".format(name, *numbers), flush=True)


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
    loaded = chosen.load(built)
    whole = time.perf_counter() - started
    return {"build": seconds, "cpu": cpu_seconds, "whole": whole, "peak": peak, "print": fingerprint(loaded)}


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
