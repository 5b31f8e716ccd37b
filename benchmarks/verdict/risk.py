"""What a verdict is worth: how often answers of each grade are right, and how much risk a bar on confidence leaves.

    python benchmarks/verdict/risk.py items.jsonl --base-url http://localhost:8000/v1 --out answers.jsonl --samples 3

Every item is solved once with up to so many derivations; what each derivation comes to is kept, so that one derivation
alone and all together are compared on the same answers. Stopped, it goes on with the same `--out`. `--picture FILE`
draws accuracy over coverage.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from fivefold.api import asolve
from fivefold.checks.curves import is_curved
from fivefold.errors import CallerError
from fivefold.llm import LLM
from fivefold.outcome import Outcome
from fivefold.settings import from_environment
from fivefold.verdict import Grade
from fivefold.verdict.confidence import Signs, features
from fivefold_benchmarks.items import Item, is_right, read_items
from fivefold_benchmarks.report_svg import Dot, curve_chart
from fivefold_benchmarks.statistics import mcnemar, rate


@dataclass(frozen=True, slots=True)
class Line:
    """One item: the answer that was kept, and every derivation behind it."""

    item: str
    right: bool
    objective: float | None
    grade: str
    confidence: float | None
    codes: list[str] = field(default_factory=list[str])
    """Codes of all doubts about the kept answer."""
    derivations: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Kind, grade, objective, whether right, agrees, kept."""
    penalty: float = 0.0
    repaired: bool = False
    curved: bool = False
    tokens: int = 0
    calls: int = 0
    seconds: float = 0.0

    def signs(self) -> Signs:
        """Return what confidence is computed from."""
        kept = [one for one in self.derivations if one["kept"]]
        others = [one for one in self.derivations if not one["kept"] and one["objective"] is not None]
        agreeing = sum(one["agrees"] for one in others)
        program = bool(kept) and kept[0]["kind"] == "program"
        return Signs(agreeing, len(others) - agreeing, self.penalty, program, self.repaired, self.curved)


async def answers(items: Sequence[Item], llm: LLM, out: Path, *, samples: int, rounds: int, concurrency: int) -> None:
    """Solve every item that `out` does not have yet, and append what came of it."""
    known = {line.item for line in read_lines(out)}
    todo = [item for item in items if item.id not in known]
    slot = asyncio.Semaphore(concurrency)
    done = 0

    async def one(item: Item) -> None:
        nonlocal done
        async with slot:
            try:
                outcome = await asolve(item.question, llm=llm, samples=samples, rounds=rounds, checkpoint=False,
                                       time_limit_s=30.0)  # fmt: skip
                line = line_of(item, outcome)
            except CallerError as refused:
                line = Line(
                    item.id, right=False, objective=None, grade="refused", confidence=None, codes=[str(refused)]
                )
            with out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(line)) + "\n")
            done += 1
            print(f"{done:>4}/{len(todo)} {item.id:<24} {line.grade:<11} {'right' if line.right else '-'}",
                  file=sys.stderr, flush=True)  # fmt: skip

    async with asyncio.TaskGroup() as group:
        for item in todo:
            group.create_task(one(item))


def line_of(item: Item, outcome: Outcome) -> Line:
    """Return what is kept of an outcome."""
    derived = [
        {**one.model_dump(mode="json", include={"kind", "grade", "objective", "agrees", "kept"}),
         "right": is_right(one.objective, item.answer)}
        for one in outcome.derivations
    ]  # fmt: skip
    return Line(
        item=item.id,
        right=is_right(outcome.objective, item.answer),
        objective=outcome.objective,
        grade=str(outcome.verdict.grade),
        confidence=outcome.verdict.confidence,
        codes=[check.check for check in outcome.verdict.checks if not check.passed],
        derivations=derived,
        penalty=outcome.verdict.penalty,
        repaired=_repaired(outcome),
        curved=is_curved(item.question, outcome.formulation),
        tokens=outcome.usage.prompt_tokens + outcome.usage.completion_tokens,
        calls=outcome.usage.calls,
        seconds=outcome.usage.wall_s,
    )


def _repaired(outcome: Outcome) -> bool:
    """Return whether the kept answer is one that the LLM wrote again."""
    place = next((place for place, one in enumerate(outcome.derivations) if one.kept), 0)
    rounds = [turn.round for turn in outcome.rounds if turn.derivation == place and turn.kept]
    return bool(rounds) and rounds[-1] > 0 and outcome.formulation is not None


def read_lines(path: Path) -> list[Line]:
    """Return the lines of a file; one that was cut is left out."""
    found: list[Line] = []
    for text in path.read_text("utf-8").splitlines() if path.exists() else ():
        try:
            found.append(Line(**json.loads(text)))
        except (ValueError, TypeError):
            continue
    return found


def tables(lines: Sequence[Line]) -> str:
    """Return accuracy by grade, and one derivation against all of them, as Markdown."""
    rows = ["| verdict | answers | right | 95 % |", "|---|---|---|---|"]
    for grade in [*map(str, Grade), "refused"]:
        own = [line.right for line in lines if line.grade == grade]
        if own:
            rows.append(_row(grade, own))
    rows.append(_row("all", [line.right for line in lines]))
    first = [bool(line.derivations[0]["right"]) if line.derivations else line.right for line in lines]
    kept = [line.right for line in lines]
    rows += ["", "| answer | items | right | 95 % |", "|---|---|---|---|"]
    rows += [_row("first derivation alone", first), _row("kept after all derivations", kept)]
    rows.append(f"\nExact McNemar p = {mcnemar(first, kept):.3g}; {sum(line.tokens for line in lines)} tokens")
    return "\n".join(rows)


def _row(name: str, right: Iterable[bool]) -> str:
    found = rate(right)
    interval = f"{100 * found.low:.0f}-{100 * found.high:.0f} %"
    return f"| {name} | {found.n} | {found.hits} ({100 * found.share:.0f} %) | {interval} |"


def curve(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """Return (coverage, accuracy) as the bar on confidence is lowered; answers without one come last."""
    ranked = sorted(lines, key=lambda line: -(line.confidence if line.confidence is not None else -1.0))
    right = np.cumsum([line.right for line in ranked])
    return [(place / len(ranked), float(right[place - 1]) / place) for place in range(1, len(ranked) + 1)]


def calibration(lines: Sequence[Line], parts: int = 5) -> str:
    """Return how confidence and accuracy agree, in parts of equal size, and the Brier score."""
    known = sorted((line for line in lines if line.confidence is not None), key=lambda line: line.confidence or 0.0)
    if not known:
        return "No answer has a confidence."
    rows = ["| confidence | answers | right |", "|---|---|---|"]
    for part in range(parts):
        own = known[len(known) * part // parts : len(known) * (part + 1) // parts]
        if own:
            low, high = own[0].confidence or 0.0, own[-1].confidence or 0.0
            share = 100 * sum(line.right for line in own) / len(own)
            rows.append(f"| {low:.2f} to {high:.2f} | {len(own)} | {share:.0f} % |")
    brier = math.fsum(((line.confidence or 0.0) - line.right) ** 2 for line in known) / len(known)
    return "\n".join([*rows, f"\nBrier score {brier:.3f}"])


def fitted(lines: Sequence[Line], *, ridge: float = 1.0) -> tuple[float, ...]:
    """Return the coefficients of `fivefold.verdict.confidence`: logistic regression, a ridge, Newton's method."""
    rows = [(features(line.signs()), line.right) for line in lines if line.confidence is not None]
    x, y = np.array([row for row, _ in rows]), np.array([right for _, right in rows], float)
    held = np.diag([0.0, *[ridge] * (x.shape[1] - 1)])
    found = np.zeros(x.shape[1])
    for _ in range(50):
        share = 1 / (1 + np.exp(-x @ found))
        slope = x.T @ (y - share) - held @ found
        found += np.linalg.solve((x * (share * (1 - share))[:, None]).T @ x + held + 1e-9 * np.eye(len(found)), slope)
    return tuple(float(round(value, 3)) for value in found)


def out_of_sample(lines: Sequence[Line], folds: int = 10) -> list[Line]:
    """Return the lines with a confidence that was fitted on the other folds."""
    known = [line for line in lines if line.confidence is not None]
    found = [line for line in lines if line.confidence is None]
    for fold in range(folds):
        coefficients = fitted([line for place, line in enumerate(known) if place % folds != fold])
        for line in known[fold::folds]:
            score = sum(a * b for a, b in zip(coefficients, features(line.signs()), strict=True))
            found.append(replace(line, confidence=1 / (1 + math.exp(-score))))
    return found


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure what a verdict is worth.")
    parser.add_argument("files", nargs="+", type=Path, help="items as JSON lines (`id`, `question`, `answer`)")
    parser.add_argument("--out", type=Path, required=True, help="JSON lines that every answer is appended to")
    parser.add_argument("--base-url", help="OpenAI-compatible endpoint; without it only what `--out` has is told")
    parser.add_argument("--llm", help="name of the LLM at the endpoint")
    parser.add_argument("--samples", type=int, default=3, help="derivations at most (3)")
    parser.add_argument("--rounds", type=int, default=2, help="repairs at most (2)")
    parser.add_argument("--concurrency", type=int, default=1, help="items at once (1)")
    parser.add_argument("--fit", action="store_true", help="fit confidence anew, and say how well it holds elsewhere")
    parser.add_argument("--picture", type=Path, help="SVG file for accuracy over coverage")
    return parser


async def _main(args: argparse.Namespace) -> None:
    items = [item for path in args.files for item in read_items(path)]
    if args.base_url:
        async with LLM.connect(from_environment(), base_url=args.base_url, llm=args.llm) as llm:
            await answers(items, llm, args.out, samples=args.samples, rounds=args.rounds, concurrency=args.concurrency)
    wanted = {item.id for item in items}
    lines = [line for line in read_lines(args.out) if line.item in wanted]
    if args.fit:
        print(f"COEFFICIENTS = {fitted(lines)}\nConfidences below are fitted on nine tenths of the other items.\n")
        lines = out_of_sample(lines)
    print(tables(lines), calibration(lines), sep="\n\n")
    if args.picture:
        dots = [Dot(cover, share, f"{share:.0%} of {cover:.0%}") for cover, share in curve(lines)]
        _, _, drawn = curve_chart({"answers": dots}, x_name="coverage", y_name="accuracy").partition("<svg ")
        args.picture.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" {drawn}\n', "utf-8")


if __name__ == "__main__":
    asyncio.run(_main(_arguments().parse_args()))
