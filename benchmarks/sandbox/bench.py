"""What it costs to run a small solver program, by how it is held, as ratios to `subprocess.run([python, file])`.

    python benchmarks/sandbox/bench.py                     # everything, for a quiet machine
    python benchmarks/sandbox/bench.py --write             # and put the tables into README.md
    python benchmarks/sandbox/bench.py --quick             # one round of three programs
    python benchmarks/sandbox/bench.py --programs pyomo_   # those whose names hold one of these words

See README.md beside this file.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from arms import (
    BASE,
    PROGRAMS,
    SPARE,
    Arm,
    Case,
    Forked,
    Standing,
    by_command,
    open_arms,
    read_case,
)
from tables import (
    Sample,
    Throughput,
    differing,
    empty_table,
    groups_table,
    programs_table,
    solving_table,
    throughput_table,
)

from fivefold_solvers.sandbox import SandboxError

QUICK = ("pyomo_production_mix", "cpsat_project_choice", "highspy_inventory")
LIBRARIES = ("fivefold", "pyomo", "highspy", "ortools", "numpy", "pandas")
README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- printed by bench.py: begin -->", "<!-- printed by bench.py: end -->"
FASTER = 4
"""A round of a fast arm holds so many times more programs than one of `subprocess`, so that both take a while."""


@dataclass(slots=True)
class Measured:
    """Everything that was measured, whole or as far as it came."""

    samples: list[Sample] = field(default_factory=list[Sample])
    empty: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    rounds: list[Throughput] = field(default_factory=list[Throughput])
    load: list[float] = field(default_factory=list[float])
    """Load of the machine before and after."""
    left_out: list[str] = field(default_factory=list[str])
    """Arms that this machine cannot have, each with the reason."""
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    cases: list[Case]
    repeats: int
    empties: int
    rounds: int


def available(plan: Plan, arms: dict[str, Arm], measured: Measured) -> dict[str, Arm]:
    """Return the arms that can run one program of each family on this machine; note why others cannot."""
    firsts = {case.family: case for case in reversed(plan.cases)}.values()
    found: dict[str, Arm] = {}
    for name, arm in arms.items():
        _say(f"starting {name}")
        try:
            for case in firsts:
                arm(case)
        except SandboxError as error:
            measured.left_out.append(f"{name}: {error}")
        else:
            found[name] = arm
    return found


def measure_programs(plan: Plan, arms: dict[str, Arm], standing: Standing, measured: Measured) -> None:
    """Run every program in every arm, one arm after the other, in an order that turns with every program."""
    names = list(arms)
    for repeat in range(plan.repeats + 1):
        standing.look()
        for number, case in enumerate(plan.cases):
            _say(f"programs, round {repeat} of {plan.repeats}: {number + 1} of {len(plan.cases)}, {case.name}")
            turn = (repeat + number) % len(names)
            for arm in names[turn:] + names[:turn]:
                cost = arms[arm](case)
                # The first round fills the file cache and starts the processes that stay.
                if repeat:
                    measured.samples.append(
                        Sample(
                            arm,
                            case.name,
                            repeat,
                            cost.wall_s,
                            cost.cpu_s,
                            cost.stdout,
                            cost.ended_well,
                            cost.isolation,
                        )
                    )


def measure_empty(plan: Plan, arms: dict[str, Arm], folder: Path, measured: Measured) -> None:
    """Run `print(1)` in every arm."""
    path = folder / "empty.py"
    path.write_text("print(1)\n", "utf-8")
    case = read_case(path)
    ways: dict[str, Callable[[], Any]] = {arm: _bound(run, case) for arm, run in arms.items()}
    ways["`python -I -S`"] = lambda: by_command([sys.executable, "-I", "-S", str(path)])
    for number in range(plan.empties + 1):
        _say(f"empty program: {number} of {plan.empties}")
        for way, run in ways.items():
            cost = run()
            if cost.stdout != "1\n":
                raise SystemExit(f"`print(1)` in {way} printed {cost.stdout!r}")
            if number:
                measured.empty.setdefault(way, []).append(cost.wall_s)


def measure_throughput(plan: Plan, arms: dict[str, Arm], measured: Measured) -> None:
    """Give all programs to one and to two threads; what is fast gets them several times."""
    for number in range(plan.rounds):
        for threads in (2, 1):
            for arm in (BASE, "limited", "confined", SPARE):
                if arm not in arms:
                    continue
                _say(f"programs a second, round {number + 1} of {plan.rounds}: {arm}, {threads} threads")
                cases = plan.cases * (1 if arm in (BASE, "limited") else FASTER)
                run = arms[arm]
                if isinstance(run, Forked):
                    # As `fivefold_solvers.sandbox.run` does it: a spare child where one is ready, no pause for it.
                    run = replace(run, spare=True, settle_s=0.0)
                began = time.perf_counter()
                _on_threads(run, cases, threads)
                measured.rounds.append(
                    Throughput(arm.partition(",")[0], threads, len(cases), time.perf_counter() - began)
                )


def _on_threads(run: Arm, cases: Sequence[Case], threads: int) -> None:
    """Run cases on some threads; Ctrl-C lets those that run end and starts no other."""
    with ThreadPoolExecutor(threads) as executor:
        futures = [executor.submit(run, case) for case in cases]
        try:
            for case, future in zip(cases, futures, strict=True):
                if not future.result().ended_well:
                    raise SystemExit(f"{case.name} did not end well: {future.result().stdout[-2000:]}")
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            raise


def _bound(run: Arm, case: Case) -> Callable[[], Any]:
    return lambda: run(case)


def _say(text: str) -> None:
    """Show how far it is, on a terminal only, so that the tables can be sent to a file."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def chosen(words: Sequence[str], quick: bool) -> list[Case]:
    """Return the programs whose names hold one of the words; all where no word is given."""
    paths = sorted(PROGRAMS.glob("*.py"))
    wanted = list(words) or (list(QUICK) if quick else [""])
    found = [read_case(path) for path in paths if any(word in path.stem for word in wanted)]
    if not found:
        raise SystemExit(f"no program's name holds {' or '.join(words)}; see {PROGRAMS}")
    return found


def measure(plan: Plan, only: Sequence[str]) -> Measured:
    """Measure all there is to measure; Ctrl-C ends it early and keeps what there is."""
    measured = Measured(load=[os.getloadavg()[0]])
    with tempfile.TemporaryDirectory() as folder, open_arms() as (every, standing):
        arms = {name: arm for name, arm in every.items() if not only or name == BASE or any(o in name for o in only)}
        try:
            arms = available(plan, arms, measured)
            measure_programs(plan, arms, standing, measured)
            measure_empty(plan, arms, Path(folder), measured)
            measure_throughput(plan, arms, measured)
        except KeyboardInterrupt:
            measured.interrupted = True
    order = list(every)
    measured.samples.sort(key=lambda sample: order.index(sample.arm))
    _say("")
    measured.load.append(os.getloadavg()[0])
    return measured


def printed(measured: Measured, plan: Plan) -> str:
    """Return the tables."""
    parts: list[str] = []
    if measured.samples:
        parts += [
            f"### {len(plan.cases)} programs", programs_table(measured.samples),
            "### By library", groups_table(measured.samples),
            "### By program", solving_table(measured.samples),
        ]  # fmt: skip
    if measured.empty:
        parts += ["### Empty program", empty_table(measured.empty)]
    if measured.rounds:
        parts += ["### Programs a second", throughput_table(measured.rounds)]
    wrong = differing(measured.samples)
    if measured.samples:
        parts.append(f"Not the output of `subprocess`: {', '.join(wrong)}." if wrong else "All outputs are the same.")
    parts += [f"Left out, {reason}" for reason in measured.left_out]
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    early = "Interrupted. " if measured.interrupted else ""
    load = " before and ".join(f"{load:.1f}" for load in measured.load)
    parts.append(
        f"{early}{plan.repeats} rounds, interleaved, after one that does not count; "
        f"Python {platform.python_version()}, {versions}; "
        f"{platform.system()} {platform.release()}, {platform.machine()}, {os.cpu_count()} cores, load {load} after."
    )
    return "\n\n".join(parts)


def with_tables(readme: str, tables: str) -> str:
    """Return a README with the tables between its two marks."""
    head, begin, rest = readme.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{README} has no lines {BEGIN} and {END} to put the tables between")
    return f"{head}{BEGIN}\n\n{tables}\n\n{END}{tail}"


def main() -> None:
    """Measure, print Markdown, and end with 1 where outputs differ, with 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(description="Cost of running small solver programs, by how they are held.")
    parser.add_argument("--repeats", type=int, help="rounds that count (5)")
    parser.add_argument("--empties", type=int, help="runs of the empty program (60)")
    parser.add_argument("--rounds", type=int, help="rounds of programs a second (3)")
    parser.add_argument("--programs", nargs="+", default=[], metavar="WORD", help="programs whose names hold a word")
    parser.add_argument("--arms", nargs="+", default=[], metavar="WORD", help="arms whose names hold a word")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write everything that was measured")
    parser.add_argument("--write", action="store_true", help="also put the tables into README.md")
    parser.add_argument("--quick", action="store_true", help="one round of few programs, to see that it works")
    asked = parser.parse_args()
    few = (1, 5, 1) if asked.quick else (5, 60, 3)
    numbers = [
        n if a is None else max(a, 0) for n, a in zip(few, (asked.repeats, asked.empties, asked.rounds), strict=True)
    ]
    plan = Plan(chosen(asked.programs, asked.quick), *numbers)
    measured = measure(plan, asked.arms)
    tables = printed(measured, plan)
    print(tables)
    if asked.json is not None:
        asked.json.write_text(json.dumps(asdict(measured), indent=1) + "\n", "utf-8")
    if measured.interrupted:
        raise SystemExit(130)
    if asked.write:
        README.write_text(
            with_tables(README.read_text("utf-8"), f"Measured {datetime.now(UTC):%Y-%m-%d}.\n\n{tables}"), "utf-8"
        )
    if differing(measured.samples):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
