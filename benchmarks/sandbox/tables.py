"""Markdown tables of what was measured: medians over repeats a program, then statistics over programs."""

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from arms import BASE, SPARE, WARM, solve_seconds, without_times


class Sample(NamedTuple):
    """One run of one program in one arm."""

    arm: str
    program: str
    repeat: int
    wall_s: float
    cpu_s: float
    stdout: str
    ended_well: bool
    isolation: str


class Throughput(NamedTuple):
    """One round of programs given to some threads."""

    arm: str
    threads: int
    programs: int
    wall_s: float


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which this share of the values lies, interpolated."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table with its first column to the left and the others to the right."""
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def programs_table(samples: Sequence[Sample]) -> str:
    """Return wall and CPU time an arm over all programs, as ratios too, and whether outputs are the same."""
    base = _by_program(samples, BASE)
    rows: list[list[str]] = []
    for arm in dict.fromkeys(sample.arm for sample in samples):
        own = _by_program(samples, arm)
        both = [name for name in own if name in base]
        wall = [own[name][0] for name in own]
        cpu = statistics.fmean(own[name][1] for name in own)
        rows.append([
            arm,
            *(_ms(value) for value in (percentile(wall, 0.5), percentile(wall, 0.95), statistics.fmean(wall), cpu)),
            _ratio([base[name][0] for name in both], [own[name][0] for name in both], statistics.median),
            _ratio([base[name][0] for name in both], [own[name][0] for name in both], statistics.fmean),
            _ratio([base[name][1] for name in both], [own[name][1] for name in both], statistics.fmean),
            _same_outputs(samples, arm),
            "/".join(sorted({sample.isolation for sample in samples if sample.arm == arm})),
        ])  # fmt: skip
    head = ["arm", "p50 ms", "p95 ms", "mean ms", "CPU mean ms", "x wall p50", "x wall mean", "x CPU", "same", "level"]
    return table(head, rows)


def groups_table(samples: Sequence[Sample]) -> str:
    """Return the median wall time by library an arm, and the solver's own part of it."""
    arms = list(dict.fromkeys(sample.arm for sample in samples))
    groups = dict.fromkeys(sample.program.partition("_")[0] for sample in samples)
    rows: list[list[str]] = []
    for group in groups:
        cells = [group, str(len({sample.program for sample in samples if _group(sample) == group}))]
        for arm in arms:
            medians = _by_program([sample for sample in samples if _group(sample) == group], arm)
            cells.append(_ms(statistics.median(wall for wall, _ in medians.values())) if medians else "")
        rows.append(cells)
    return table(["library", "programs", *(f"{arm} ms" for arm in arms)], rows)


def solving_table(samples: Sequence[Sample]) -> str:
    """Return, a program, what its solver says it took in the warm arm beside the wall time of all arms."""
    arms = list(dict.fromkeys(sample.arm for sample in samples))
    rows: list[list[str]] = []
    walls = {name: _by_program(samples, name) for name in arms}
    for program in dict.fromkeys(sample.program for sample in samples):
        said = [solve_seconds(sample.stdout) for sample in samples if (sample.arm, sample.program) == (WARM, program)]
        seconds = [value for value in said if value is not None]
        rows.append([
            program,
            _ms(statistics.median(seconds)) if seconds else "",
            *(_ms(walls[name][program][0]) if program in walls[name] else "" for name in arms),
        ])  # fmt: skip
    return table(["program", "solver ms", *(f"{name} ms" for name in arms)], rows)


def empty_table(empty: dict[str, list[float]]) -> str:
    """Return the wall time of `print(1)` by how it is run."""
    rows = [
        [how, *(_ms(value) for value in (percentile(walls, 0.5), percentile(walls, 0.95), min(walls))), str(len(walls))]
        for how, walls in empty.items()
        if walls
    ]
    text = table(["`print(1)`", "p50 ms", "p95 ms", "least ms", "runs"], rows)
    p50 = {how: percentile(walls, 0.5) for how, walls in empty.items() if walls}
    if {"strict", SPARE, "bare fork"} <= p50.keys():
        layers, spare = p50["strict"] - p50["bare fork"], p50["strict"] - p50[SPARE]
        text += f"\n\nAt p50 all layers cost {1000 * layers:.1f} ms over a bare fork, "
        text += f"and a hot spare saves {1000 * spare:.1f} ms."
    return text


def throughput_table(rounds: Sequence[Throughput]) -> str:
    """Return programs a second by arm and threads, each the median of its rounds."""
    rates: dict[tuple[str, int], float] = {}
    for arm, threads in dict.fromkeys((one.arm, one.threads) for one in rounds):
        mine = [one.programs / one.wall_s for one in rounds if (one.arm, one.threads) == (arm, threads)]
        rates[arm, threads] = statistics.median(mine)
    rows: list[list[str]] = []
    for (arm, threads), rate in rates.items():
        base = rates.get((BASE, 2))
        rows.append([arm, str(threads), f"{rate:.2f}", f"{rate / base:.1f}" if base else ""])
    return table(["arm", "threads", "programs a second", "x subprocess with 2 threads"], rows)


def differing(samples: Sequence[Sample]) -> list[str]:
    """Return each program and arm that did not end well or printed something else than on its own."""
    wrong: list[str] = []
    for arm in dict.fromkeys(sample.arm for sample in samples):
        wrong += [f"{program} in {arm}" for program, same in _sameness(samples, arm).items() if not same]
    return wrong


def _group(sample: Sample) -> str:
    return sample.program.partition("_")[0]


def _by_program(samples: Sequence[Sample], arm: str) -> dict[str, tuple[float, float]]:
    """Return the median wall time and the mean CPU time of each program in an arm."""
    found: dict[str, tuple[float, float]] = {}
    for program in dict.fromkeys(sample.program for sample in samples if sample.arm == arm):
        mine = [sample for sample in samples if (sample.arm, sample.program) == (arm, program)]
        wall = statistics.median(sample.wall_s for sample in mine)
        found[program] = wall, statistics.fmean(sample.cpu_s for sample in mine)
    return found


def _sameness(samples: Sequence[Sample], arm: str) -> dict[str, bool]:
    """Return, a program, whether every run in an arm ended well with the output of the first run on its own."""
    expected: dict[str, str] = {}
    for sample in samples:
        if sample.arm == BASE and sample.ended_well:
            expected.setdefault(sample.program, without_times(sample.stdout))
    same: dict[str, bool] = {}
    for sample in samples:
        if sample.arm == arm:
            right = sample.ended_well and without_times(sample.stdout) == expected.get(sample.program)
            same[sample.program] = right and same.get(sample.program, True)
    return same


def _same_outputs(samples: Sequence[Sample], arm: str) -> str:
    same = _sameness(samples, arm)
    return f"{sum(same.values())}/{len(same)}"


def _ratio(base: Sequence[float], own: Sequence[float], middle: Callable[[Sequence[float]], float]) -> str:
    return f"{middle(base) / max(middle(own), 1e-9):.1f}" if base else ""


def _ms(seconds: float) -> str:
    milliseconds = 1000 * seconds
    return f"{milliseconds:.0f}" if milliseconds >= 100 else f"{milliseconds:.1f}"
