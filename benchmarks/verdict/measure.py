"""Measures the checks on mutants: how many wrong formulations they find and how often they blame right ones.

    python benchmarks/verdict/measure.py
    python benchmarks/verdict/measure.py --hand FOLDER --items FOLDER --work WORK

What is made and found of a problem is kept in a folder, a file for the mutants and one for what the checks say; a
second run goes on where the first stopped. `--again` lets the checks look once more at the same mutants.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from verdict_cases import Case, by_hand, from_folder
from verdict_tables import report
from verdict_trial import made, read_trial, tried

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "verdict"
Work = Callable[[Case], dict[str, Any]]


def main() -> None:
    """Make mutants, try the checks on them, print the tables."""
    asked = _arguments().parse_args()
    cases = list(by_hand(asked.hand, asked.items) if asked.hand else from_folder(asked.problems))
    work: Path = asked.work
    work.mkdir(parents=True, exist_ok=True)
    mutants, checks = (
        work / f"mutants_{asked.seed}_{asked.most}.jsonl",
        work / f"checks_{asked.seed}_{asked.most}.jsonl",
    )
    before = dict(_lines(checks)) if asked.groups else {}
    if asked.again or asked.groups:
        checks.unlink(missing_ok=True)
    _each(cases, mutants, partial(made, seed=asked.seed, most=asked.most), asked.jobs)
    known = dict(_lines(mutants))
    _each(cases, checks, partial(_tried, known, asked.groups, before), asked.jobs)
    names = {case.name for place, case in enumerate(cases) if asked.half is None or place % 2 == asked.half}
    trials = [read_trial(raw) for name, raw in sorted(_lines(checks)) if name in names]
    print(report(trials, asked.missed), end="")


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure the checks on wrong formulations made from right ones.")
    parser.add_argument("--problems", type=Path, default=ROOT / "tests" / "problems", help="folder of problems")
    parser.add_argument("--hand", type=Path, help="folder of files with id and formulation, instead of problems")
    parser.add_argument("--items", type=Path, help="folder of JSON lines with the texts of --hand")
    parser.add_argument("--work", type=Path, default=WORK, help="folder for mutants and findings")
    parser.add_argument("--seed", type=int, default=1, help="what is drawn by chance")
    parser.add_argument("--most", type=int, default=3, help="mutants of a kind and problem")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--again", action="store_true", help="let the checks look again at the same mutants")
    parser.add_argument("--groups", nargs="+", default=[], help="let only static, text, values or battery look again")
    parser.add_argument("--half", type=int, choices=(0, 1), help="tables of every second problem only")
    parser.add_argument("--missed", type=int, default=0, help="list so many missed mutants of each kind")
    return parser


def _tried(
    known: dict[str, dict[str, Any]], groups: list[str], before: dict[str, dict[str, Any]], case: Case
) -> dict[str, Any]:
    found = before.get(case.name)
    return tried(case, known[case.name], groups, None if found is None else read_trial(found))


def _each(cases: list[Case], path: Path, work: Work, jobs: int) -> None:
    """Do the work for every case that the file does not have, and add what comes of it to the file."""
    done = {name for name, _ in _lines(path)}
    left = [case for case in cases if case.name not in done]
    with path.open("a", encoding="utf-8") as file:
        for place, found in enumerate(_done(left, work, jobs), start=1):
            file.write(json.dumps(found, ensure_ascii=False) + "\n")
            file.flush()
            print(f"{path.stem}: {place}/{len(left)} {found['name']}", file=sys.stderr, flush=True)


def _done(cases: list[Case], work: Work, jobs: int) -> Iterator[dict[str, Any]]:
    if jobs == 1:
        yield from map(work, cases)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(work, cases)


def _lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    if path.exists():
        for line in path.read_text("utf-8").splitlines():
            raw: dict[str, Any] = json.loads(line)
            yield raw["name"], raw


if __name__ == "__main__":
    main()
