"""Data of any size from files to a solution: CPU seconds and peak memory of each stage, and what an LLM is shown of it.

    python benchmarks/data/stages.py                                        # CSV, 10 to 10^6 rows
    python benchmarks/data/stages.py --forms xlsx --rounds 1 --no-solve      # minutes: 10^6 rows with openpyxl
    python benchmarks/data/stages.py --weights FILE.gguf                    # counts tokens too

Every size runs in processes of its own. See README.md beside this file.
"""

import argparse
import gc
import hashlib
import importlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

SIZES = (10, 1_000, 100_000, 1_000_000)
CASES = ("transport", "stock", "assignment")
STAGES = ("read", "summary", "propose", "bind", "build", "solve")
MIB = 2**20
Result = TypeVar("Result")


class Stages:
    """Time and peak memory of one stage after the other in this process."""

    def __init__(self) -> None:
        gc.collect()
        self.base = _memory("self", "VmRSS")
        self.cpu: dict[str, float] = {}
        self.seconds: dict[str, float] = {}
        """By the clock, which on a busy machine says more of the others."""
        self.peaks: dict[str, float] = {}

    def take(self, name: str, work: Callable[[], Result]) -> Result:
        """Return what a stage makes; memory counts from the start of the first stage."""
        Path("/proc/self/clear_refs").write_text("5")
        began, cpu = time.perf_counter(), time.process_time()
        found = work()
        self.seconds[name], self.cpu[name] = time.perf_counter() - began, time.process_time() - cpu
        self.peaks[name] = _memory("self", "VmHWM") - self.base
        return found


def _memory(process: str, field: str) -> float:
    """Return a number of MiB that Linux knows of a process; 0 of one that has ended."""
    try:
        told = Path(f"/proc/{process}/status").read_text().partition(f"{field}:")[2].split()
    except OSError:
        return 0.0
    return int(told[0]) / 1024 if told else 0.0


def carry(case: str, paths: list[Path], solve: bool, limit_s: float) -> dict[str, Any]:
    """Take data from files to a solution; return what was measured."""
    from stage_cases import FORMULATIONS

    from fivefold_solvers.build.vectorised import build
    from fivefold_solvers.data.bind import bind
    from fivefold_solvers.data.propose import propose
    from fivefold_solvers.data.read import read_all
    from fivefold_solvers.data.summary import summaries

    if paths[0].suffix == ".xlsx":
        importlib.import_module("openpyxl")
    formulation = FORMULATIONS[case]
    stages = Stages()
    tables = stages.take("read", lambda: read_all(*paths))
    told = stages.take("summary", lambda: summaries(tables))
    mapping = stages.take("propose", lambda: propose(formulation, tables))
    bound = stages.take("bind", lambda: bind(formulation, mapping, tables))
    if not bound.ok:
        raise SystemExit("\n".join(map(str, bound.findings)))
    arrays = stages.take("build", lambda: build(formulation, bound.columns))
    parts = (arrays.cost, arrays.starts, arrays.columns, arrays.coefficients, arrays.row_lower, arrays.row_upper)
    measured = {
        "summary": told,
        "columns": arrays.column_count,
        "rows": arrays.row_count,
        "arrays": hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest(),
    }
    if solve:
        measured |= _solved(stages, arrays, limit_s)
    return {**measured, "cpu": stages.cpu, "seconds": stages.seconds, "peaks": stages.peaks}


def _solved(stages: Stages, arrays: Any, limit_s: float) -> dict[str, Any]:
    """Solve with HiGHS, in a process of its own as always; return how it ended."""
    from fivefold_solvers.backends.session import solve
    from fivefold_solvers.backends.solved import Options

    peaks: list[float] = []
    done = threading.Event()

    def watch() -> None:
        # The process is gone where the solver does not stop at its limit.
        while not done.wait(0.2):
            peaks.extend(_memory(child, "VmHWM") for child in _children())

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        found = stages.take("solve", lambda: solve(arrays, options=Options(time_limit_s=limit_s)))
        peaks.extend(_memory(child, "VmHWM") for child in _children())
    finally:
        done.set()
        watching.join()
    stages.peaks["solver"] = max(peaks, default=float("nan"))
    told = str(found.termination)
    if not found.optimal:
        left = f"{found.solution_status}, gap {found.gap:.2%}" if found.gap is not None else found.solution_status
        told += f" ({left})"
    return {"ended": told, "objective": found.objective}


def _children() -> list[str]:
    """Return the processes that this one has started."""
    found: list[str] = []
    for folder in Path("/proc").iterdir():
        try:
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1] if folder.name.isdigit() else ""
        except OSError:  # it has ended in the meantime
            continue
        if parent == str(os.getpid()):
            found.append(folder.name)
    return found


def tokens(weights: Path, texts: list[str]) -> list[int]:
    """Return how many tokens each text is for an LLM whose weights are there, as llama.cpp counts them."""
    engine: Any = importlib.import_module("xllamacpp")
    settings = engine.CommonParams()
    settings.model.path, settings.n_ctx, settings.warmup = str(weights), 4096, False
    server = engine.Server(settings)
    asked = [server.handle_completions({"prompt": text, "n_predict": 1}) for text in texts]
    return [int(one["usage"]["prompt_tokens"]) for one in asked]


# --- the table -------------------------------------------------------------------------------------------------


def measured(asked: argparse.Namespace, case: str, form: str, rows: int) -> dict[str, Any]:
    """Return the medians of a size over some rounds, each in a process of its own; only the first one solves."""
    from stage_cases import sheets, write_csv, write_xlsx

    with tempfile.TemporaryDirectory() as name:
        write = write_csv if form == "csv" else write_xlsx
        paths = write(sheets(case, rows), Path(name))
        runs: list[dict[str, Any]] = []
        for number in range(asked.rounds):
            command = [sys.executable, __file__, "--child", case, *map(str, paths), "--limit", str(asked.limit)]
            command += ["--no-solve"] if asked.no_solve or number else []
            runs.append(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))
        raw = sum(path.stat().st_size for path in paths) / MIB
    found = {**runs[0], "raw": raw}
    for kind in ("cpu", "seconds", "peaks"):
        found[kind] = {
            key: statistics.median(run[kind][key] for run in runs if key in run[kind]) for key in runs[0][kind]
        }
    return found


def report(case: str, form: str, found: dict[int, dict[str, Any]], counted: dict[str, int]) -> None:
    """Print the tables of one case: time and memory by stage, and what an LLM is shown."""
    print(f"\n{case}, {form.upper()}: CPU seconds / MiB at the peak of each stage\n")
    print(f"| rows | file MiB | {' | '.join(STAGES[:-1])} | all | clock s | peak / file | shown: characters | tokens |")
    print("|---:|---:|" + "---:|" * (len(STAGES) + 4))
    for rows, one in found.items():
        cells = " | ".join(f"{one['cpu'][stage]:.4f} / {one['peaks'][stage]:.0f}" for stage in STAGES[:-1])
        cpu, clock = (sum(one[kind][stage] for stage in STAGES[:-1]) for kind in ("cpu", "seconds"))
        peak = max(one["peaks"][stage] for stage in STAGES[:-1])
        # Beside a small file what is imported late is most of it.
        times = f"{peak / one['raw']:.1f}" if one["raw"] > 0.5 else ""
        told = one["summary"]
        print(f"| {rows:,} | {one['raw']:.2f} | {cells} | {cpu:.3f} | {clock:.3f} | {times} | {len(told)} "
              f"| {counted.get(told, '')} |")  # fmt: skip
    print()
    for rows, one in found.items():
        size = (
            f"- {rows:,} rows: {one['columns']:,} variables, {one['rows']:,} constraints, arrays {one['arrays'][:12]}"
        )
        if "ended" in one:
            value = "" if one["objective"] is None else f", objective {one['objective']:.10g}"
            size += (
                f"; {one['ended']}{value}, {one['seconds']['solve']:.2f} s, "
                f"{one['peaks']['solver']:.0f} MiB in its process"
            )
        print(size, flush=True)


def main() -> None:
    """Measure and print Markdown, or measure one size where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--forms", nargs="+", choices=("csv", "xlsx"), default=["csv"])
    parser.add_argument("--sizes", nargs="+", type=int, choices=SIZES, default=list(SIZES))
    parser.add_argument("--rounds", type=int, default=3, help="rounds of which the median counts (3)")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for a solve (60)")
    parser.add_argument("--no-solve", action="store_true", help="end with the arrays")
    parser.add_argument("--weights", type=Path, help="weights of an LLM, to count tokens with")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        case, *paths = asked.child
        print(json.dumps(carry(case, list(map(Path, paths)), not asked.no_solve, asked.limit)))
        return
    load = os.getloadavg()[0]
    for case in asked.cases:
        for form in asked.forms:
            found = {rows: measured(asked, case, form, rows) for rows in asked.sizes}
            texts = [one["summary"] for one in found.values()]
            counts = tokens(asked.weights, texts) if asked.weights else []
            report(case, form, found, dict(zip(texts, counts, strict=False)))
    print(
        f"\nMedians of {asked.rounds} rounds; Python {platform.python_version()}, {platform.machine()}, "
        f"{os.cpu_count()} cores, load {load:.1f} before and {os.getloadavg()[0]:.1f} after"
    )


if __name__ == "__main__":
    main()
