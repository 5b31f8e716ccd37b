"""E3: searches of all tools on all landscapes with the same budget, kept line by line so that a stopped run goes on."""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from contest import Run, other, ours
from environments import MissingTool, Other
from landscapes import LANDSCAPES, START, Landscape, accuracy, optimum

from fivefold_prompts.optimizer.budget import Caps
from fivefold_prompts.optimizer.gate import GateRules
from fivefold_prompts.optimizer.proposers import at_random, optoprime, rewrite

OURS = "fivefold"
Arm = Callable[[Landscape, int, Caps], Run]
_OPTOPRIME: Mapping[str, Any] = {"kind": "optoprime", "memory": 0, "batch": 4, "mended": True}
OTHERS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "trace-opt, validated each step": ("trace_opt", {**_OPTOPRIME, "validate": 1}),
    "trace-opt, validated each 5 steps": ("trace_opt", {**_OPTOPRIME, "validate": 5}),
    "trace-opt, memory 5, each 5 steps": ("trace_opt", {**_OPTOPRIME, "memory": 5, "validate": 5}),
    "trace-opt, last one": ("trace_opt", {**_OPTOPRIME, "validate": 0}),
    "trace-opt with its `def` bug": ("trace_opt", {**_OPTOPRIME, "validate": 1, "mended": False}),
    "trace-opt's OPRO, scores only": ("trace_opt", {**_OPTOPRIME, "kind": "opro", "validate": 1}),
    "GEPA, one prompt a step": ("gepa_search", {"selector": "round_robin", "merge": False}),
    "GEPA, all prompts": ("gepa_search", {"selector": "all", "merge": False}),
}
OWN: Mapping[str, Arm] = {
    OURS: lambda land, seed, caps: ours(land, seed, caps, optoprime),
    "fivefold, a type may get worse": lambda land, seed, caps: ours(
        land, seed, caps, optoprime, gate=GateRules(type_cases=None)
    ),
    "rewriting by score (OPRO-like)": lambda land, seed, caps: ours(land, seed, caps, rewrite),
    "random edits": lambda land, seed, caps: ours(land, seed, caps, at_random, steps=100),
    "none": lambda land, seed, caps: Run(START, 0, 0),
}


@dataclass(frozen=True, slots=True)
class Result:
    """One search, scored on problems that nobody saw, without noise."""

    arm: str
    land: str
    seed: int
    accuracy: float
    along: float
    """Mean accuracy of the best so far over the budget."""
    rollouts: int
    tokens: int
    shipped: bool
    """Whether something else than the start came out."""
    copies: bool
    """Whether a problem stands in what came out."""
    seconds: float


def run_all(
    work: Path, cache: Path, lands: str, seeds: Sequence[int], rollouts: int, arms: Sequence[str]
) -> list[Result]:
    """Return all results, made or read."""
    work.mkdir(parents=True, exist_ok=True)
    path = work / f"e3_{rollouts}.jsonl"
    lines = path.read_text().splitlines() if path.is_file() else []
    done = {(one.arm, one.land, one.seed): one for one in (Result(**json.loads(line)) for line in lines)}
    caps = Caps(rollouts=rollouts, tokens=1000 * rollouts)
    with ExitStack() as stack, path.open("a") as out:
        known = dict(_arms(stack, cache, arms))
        for seed in seeds:
            for name, arm in known.items():
                for land in (LANDSCAPES[letter] for letter in lands):
                    if (name, land.name, seed) not in done:
                        result = _result(name, arm, land, seed, caps)
                        done[name, land.name, seed] = result
                        out.write(json.dumps(asdict(result)) + "\n")
                        out.flush()
    return [one for one in done.values() if one.land in lands and one.seed in seeds and one.arm in known]


def _arms(stack: ExitStack, cache: Path, wanted: Sequence[str]) -> Iterator[tuple[str, Arm]]:
    for name, arm in OWN.items():
        if not wanted or name in wanted:
            yield name, arm
    running: dict[str, Other] = {}
    for name, (script, options) in OTHERS.items():
        if wanted and name not in wanted:
            continue
        try:
            tool = running.get(script) or stack.enter_context(Other(script, cache))
        except MissingTool as reason:
            print(f"{name} is left out: {reason}", file=sys.stderr)
            continue
        running[script] = tool
        yield name, partial(_other, tool, options)


def _other(tool: Other, options: Mapping[str, Any], land: Landscape, seed: int, caps: Caps) -> Run:
    return other(tool, land, seed, caps, options)


def _result(name: str, arm: Arm, land: Landscape, seed: int, caps: Caps) -> Result:
    begun = time.perf_counter()
    run = arm(land, seed, caps)
    seconds = time.perf_counter() - begun
    return Result(
        name,
        land.name,
        seed,
        accuracy(land, run.shipped),
        _along(land, run, caps),
        run.rollouts,
        run.tokens,
        dict(run.shipped) != START,
        "A plant called" in "".join(run.shipped.values()),
        seconds,
    )


def _along(land: Landscape, run: Run, caps: Caps) -> float:
    """Return the mean accuracy of the best so far at twelve points of the budget, the last its end."""
    scores: list[float] = []
    for part in range(1, 13):
        upto = (caps.rollouts or 0) * part / 12
        reached = [candidate for rollouts, _, candidate in run.path if rollouts <= upto]
        scores.append(accuracy(land, reached[-1] if reached else START, 300))
    return statistics.mean(scores)


@cache
def _start(land: str) -> float:
    return accuracy(LANDSCAPES[land], START)


def tables(results: Sequence[Result], lands: str) -> str:
    """Return accuracy by landscape, the differences to ours, and what was shipped."""
    arms = list(dict.fromkeys(one.arm for one in results))
    seeds = len({one.seed for one in results})
    # Of what other landscapes hold, nothing is to be won in the last.
    total = [letter for letter in lands if not LANDSCAPES[letter].hopeless]
    head = "".join(f" {letter} |" for letter in lands)
    lines = [
        f"Accuracy on 600 fresh problems, mean of {seeds} seeds; in the first lines the start and the best there is.",
        "",
        f"| tool |{head} mean of {total[0]} to {total[-1]} |",
        f"|---|{'--:|' * (len(lands) + 1)}",
        _row("start", [_start(letter) for letter in lands], statistics.mean(_start(letter) for letter in total)),
        _row("best", [optimum(letter) for letter in lands], statistics.mean(optimum(letter) for letter in total)),
    ]
    for arm in arms:
        means = {letter: statistics.mean(_of(results, arm, letter)) for letter in lands}
        lines.append(_row(arm, list(means.values()), statistics.mean(means[letter] for letter in total)))
    lines += ["", "Ours beside each, paired by seed: difference and its 95 % bootstrap interval, in points.", ""]
    lines += [f"| {OURS} minus |{head} mean of {total[0]} to {total[-1]} |", f"|---|{'--:|' * (len(lands) + 1)}"]
    for arm in (name for name in arms if name != OURS):
        cells = [_difference(results, arm, letters) for letters in (*lands, total)]
        lines.append(f"| {arm} | {' | '.join(cells)} |")
    lines += [
        "",
        "| tool | shipped | no better | worse | hold a problem | along the way | rollouts | tokens | s |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
        *(_shipping(results, arm) for arm in arms),
    ]
    return "\n".join(lines) + "\n"


def _of(results: Sequence[Result], arm: str, lands: str | Sequence[str]) -> list[float]:
    """Return the accuracy by seed, the mean over the landscapes."""
    own: dict[int, list[float]] = {}
    for one in results:
        if one.arm == arm and one.land in lands:
            own.setdefault(one.seed, []).append(one.accuracy)
    return [statistics.mean(own[seed]) for seed in sorted(own)]


def _row(name: str, values: Sequence[float], mean: float) -> str:
    return f"| {name} | {' | '.join(f'{value:.3f}' for value in values)} | {mean:.3f} |"


def _difference(results: Sequence[Result], arm: str, lands: str | Sequence[str]) -> str:
    gains = [a - b for a, b in zip(_of(results, OURS, lands), _of(results, arm, lands), strict=True)]
    low, high = bootstrap(gains)
    return f"{100 * statistics.mean(gains):+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


def bootstrap(values: Sequence[float], rounds: int = 4000) -> tuple[float, float]:
    """Return the 95 % percentile interval of a mean."""
    draws = random.Random(0)
    means = sorted(statistics.fmean(draws.choices(values, k=len(values))) for _ in range(rounds))
    return means[int(0.025 * rounds)], means[int(0.975 * rounds) - 1]


def _shipping(results: Sequence[Result], arm: str) -> str:
    own = [one for one in results if one.arm == arm]
    shipped = [one for one in own if one.shipped]
    no_better = sum(one.accuracy <= _start(one.land) + 1e-9 for one in shipped)
    worse = sum(one.accuracy < _start(one.land) - 1e-9 for one in shipped)
    means = (statistics.mean(getattr(one, name) for one in own) for name in ("along", "rollouts", "tokens", "seconds"))
    along, rollouts, tokens, seconds = means
    return (
        f"| {arm} | {len(shipped)} of {len(own)} | {no_better} | {worse} | {sum(one.copies for one in own)} "
        f"| {along:.3f} | {rollouts:.0f} | {tokens:,.0f} | {seconds:.1f} |"
    )
