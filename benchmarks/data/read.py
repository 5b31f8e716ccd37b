"""How long data takes from file to columns, by stage, beside plain `pandas.read_csv` on the same file.

    python benchmarks/data/read.py                  # a table
    python benchmarks/data/read.py --rounds 5 --rows 10 1000

Every size runs in a process of its own, so that its peak memory is its own. See README.md beside this file.
"""

import argparse
import importlib
import json
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

SIZES = (10, 1_000, 100_000, 1_000_000)
SHEET_ROWS = 100_000
STAGES = ("read", "summary", "propose", "bind")


def write_csv(path: Path, rows: int) -> None:
    """Write costs of shipping between plants and cities: two names, a decimal and a whole number a row."""
    chance = random.Random(rows)
    cities = max(1, -(-rows // 1000))
    with path.open("w", encoding="utf-8") as file:
        file.write("plant,city,cost (EUR/t),trips\n")
        for row in range(rows):
            plant, city = row // cities, row % cities
            file.write(f"plant {plant},city {city},{chance.uniform(1, 900):.3f},{chance.randrange(10_000)}\n")


def write_sheet(source: Path, path: Path) -> None:
    """Write the rows of a CSV file as a spreadsheet."""
    openpyxl: Any = importlib.import_module("openpyxl")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Costs")
    for number, line in enumerate(source.read_text("utf-8").splitlines()):
        plant, city, cost, trips = line.split(",")
        sheet.append([plant, city, *((float(cost), int(trips)) if number else (cost, trips))])
    book.save(path)


def stages(path: Path) -> dict[str, float]:
    """Return the seconds of each stage of Fivefold."""
    from fivefold_solvers.data.bind import bind
    from fivefold_solvers.data.propose import propose
    from fivefold_solvers.data.read import read
    from fivefold_solvers.data.summary import summary
    from fivefold_solvers.formulation.elements import Formulation, Parameter, Set

    pair = ("i in PLANTS", "j in CITIES")
    formulation = Formulation(
        sets=(Set(name="PLANTS"), Set(name="CITIES")),
        parameters=(
            Parameter(name="cost", index=pair, unit="EUR/t", default=0),
            Parameter(name="trips", index=pair, default=0),
        ),
    )
    marks = [time.perf_counter()]
    tables = read(path)
    marks.append(time.perf_counter())
    text = summary(tables[0])
    marks.append(time.perf_counter())
    mapping = propose(formulation, tables)
    marks.append(time.perf_counter())
    bound = bind(formulation, mapping, tables)
    marks.append(time.perf_counter())
    if not bound.ok or len(bound.columns.parameters["cost"].values) != len(tables[0]) or len(text) > 1000:
        raise SystemExit("\n".join(map(str, bound.findings)))
    return dict(zip(STAGES, (after - before for before, after in pairwise(marks)), strict=True))


def plain(path: Path) -> dict[str, float]:
    """Return the seconds that pandas takes to read the file."""
    pandas: Any = importlib.import_module("pandas")
    reader: Callable[[Path], object] = pandas.read_csv if path.suffix == ".csv" else pandas.read_excel
    began = time.perf_counter()
    reader(path)
    return {"pandas": time.perf_counter() - began}


def child(path: Path, who: str, rounds: int) -> None:
    """Measure in this process and print it as JSON; the first round warms up and counts only where it is the only."""
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = [(stages if who == "fivefold" else plain)(path) for _ in range(rounds + 1)][1:]
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) / 1024
    print(json.dumps({"seconds": {key: statistics.median(one[key] for one in found) for key in found[0]}, "mib": peak}))


def measured(path: Path, who: str, rounds: int) -> tuple[dict[str, float], float]:
    """Return seconds by stage and the growth of peak memory in MiB, of a process of its own."""
    command = [sys.executable, __file__, "--child", who, "--file", str(path), "--rounds", str(rounds)]
    told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return told["seconds"], told["mib"]


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description="Time and memory from file to columns.")
    parser.add_argument("--rounds", type=int, default=3, help="rounds that count (3)")
    parser.add_argument("--rows", type=int, nargs="*", default=list(SIZES), help="sizes of the CSV files")
    parser.add_argument("--sheet-rows", type=int, default=SHEET_ROWS, help="rows of the spreadsheet, 0 for none")
    parser.add_argument("--child", choices=("fivefold", "pandas"), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        child(asked.file, asked.child, asked.rounds)
        return
    load = os.getloadavg()[0]
    print(f"| file | rows | {' | '.join(f'{stage} s' for stage in STAGES)} | MiB | pandas s | MiB | read / pandas |")
    print("|---|" + "---:|" * (len(STAGES) + 5))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for rows in [*asked.rows, *([-asked.sheet_rows] if asked.sheet_rows else [])]:
            path = folder / f"costs_{abs(rows)}.csv"
            write_csv(path, abs(rows))
            if rows < 0:
                sheet = path.with_suffix(".xlsx")
                write_sheet(path, sheet)
                path = sheet
            own, peak = measured(path, "fivefold", asked.rounds)
            other, base = measured(path, "pandas", asked.rounds)
            times = " | ".join(f"{own[stage]:.4f}" for stage in STAGES)
            ratio = own["read"] / other["pandas"]
            print(f"| {path.suffix[1:].upper()} | {abs(rows):,} | {times} | {peak:.0f} | {other['pandas']:.4f} "
                  f"| {base:.0f} | {ratio:.2f} |", flush=True)  # fmt: skip
    print(
        f"\nMedians of {asked.rounds} rounds after one that warms up; Python {platform.python_version()}, "
        f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f} before and {os.getloadavg()[0]:.1f} after"
    )


if __name__ == "__main__":
    main()
