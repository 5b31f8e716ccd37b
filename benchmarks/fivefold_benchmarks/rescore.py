"""Scores recorded answers under every rule: how much of a published number is the rule.

    python -m fivefold_benchmarks.rescore recorded.jsonl
    python -m fivefold_benchmarks.rescore recorded.jsonl --data DIR     # best-known answers of the same ids

A recorded row is a JSON line with `id`, `benchmark`, `answer_published` and what came out: `output` as printed (a
number, "No Best Solution", null) with `state` in words, or `prediction`, the fields of a `Prediction`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fivefold.errors import CallerError, FivefoldError
from fivefold_benchmarks.arguments import add_rescore_arguments
from fivefold_benchmarks.case import Case
from fivefold_benchmarks.loaders import load
from fivefold_benchmarks.loaders.unified import case_of
from fivefold_benchmarks.rules import RULES, Mark, Prediction, Rule
from fivefold_benchmarks.rules.rule import Ended
from fivefold_benchmarks.statistics import Rate, rate


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded answer with its case."""

    case: Case
    prediction: Prediction


@dataclass(frozen=True, slots=True)
class Score:
    """One rule on one benchmark."""

    benchmark: str
    rule: Rule
    right: Rate
    """Among the answers that the rule applies to."""
    not_applicable: int


def read_recorded(path: Path) -> list[Recorded]:
    """Return the recorded answers of a file.

    Raises:
        CallerError: the file cannot be read, or a line is no recorded answer; says which.
    """
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as fault:
        raise CallerError(f"cannot read the recorded answers of `{path}`: {fault}") from None
    recorded: list[Recorded] = []
    for place, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            recorded.append(_recorded(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            what = "" if isinstance(fault, ValidationError) else f" ({fault})"
            raise CallerError(
                f"line {place} of `{path}` is no recorded answer{what}; each line needs `id`, `benchmark`, "
                "`answer_published`, and `output` or `prediction`"
            ) from None
    return recorded


def _recorded(row: dict[str, Any]) -> Recorded:
    published = row["answer_published"]
    # The published answer is not the best-known one: without that, only rules on published answers apply.
    case = case_of({"question": "", "answer": None, **row, "answer_published": published}, str(row["benchmark"]))
    return Recorded(case, prediction_of(row))


def prediction_of(row: Mapping[str, Any]) -> Prediction:
    """Return what a recorded row predicts.

    Raises:
        KeyError: it has neither `output` nor `prediction`.
    """
    if "prediction" in row:
        return Prediction.model_validate(row["prediction"])
    state = str(row.get("state") or "").lower()
    ended: Ended = "timed_out" if "timeout" in state else "failed" if "failed" in state else "ok"
    return Prediction.of(row["output"], ended=ended)


def rescore(
    recorded: Iterable[Recorded],
    *,
    cases: Iterable[Case] = (),
    rules: Iterable[Rule] = tuple(RULES.values()),
) -> list[Score]:
    """Return what every rule says of recorded answers, by benchmark in the order in which they come.

    Args:
        recorded: The answers with the published keys they came with.
        cases: Cases of the same ids with best-known answers; their keys stand in, but the published one that came
            with the answer stays.
        rules: The rules to apply.
    """
    known = {(case.benchmark, case.id): case for case in cases}
    by_benchmark: dict[str, list[Recorded]] = {}
    for one in recorded:
        better = known.get((one.case.benchmark, one.case.id))
        if better is not None:
            kept = {"answer_published": one.case.answer_published}
            one = Recorded(better.model_copy(update=kept), one.prediction)
        by_benchmark.setdefault(one.case.benchmark, []).append(one)
    return [_score(name, own, entry) for name, own in by_benchmark.items() for entry in rules]


def _score(benchmark: str, recorded: Sequence[Recorded], entry: Rule) -> Score:
    marks = [entry(one.prediction, one.case) for one in recorded]
    applicable = [mark for mark in marks if mark is not Mark.NOT_APPLICABLE]
    right = rate(mark is Mark.RIGHT for mark in applicable)
    return Score(benchmark, entry, right, len(marks) - len(applicable))


def table(scores: Iterable[Score]) -> str:
    """Return scores as a Markdown table; rules that apply to no answer are named below it, with what they want."""
    known = list(scores)
    lines = ["| benchmark | rule | against | right | of | share | 95 % | not applicable |", "|" + "---|" * 8]
    lines += [_line(score) for score in known if score.right.n]
    for benchmark in dict.fromkeys(score.benchmark for score in known):
        without = [score.rule for score in known if score.benchmark == benchmark and not score.right.n]
        if without:
            told = "; ".join(f"`{rule.name}` wants {rule.wants or 'a published answer'}" for rule in without)
            lines += ["", f"Not applicable to any answer of {benchmark}: {told}."]
    return "\n".join(lines)


def _line(score: Score) -> str:
    low, high = 100 * score.right.low, 100 * score.right.high
    return (
        f"| {score.benchmark} | {score.rule.name} | {score.rule.key} | {score.right.hits} | {score.right.n} | "
        f"{100 * score.right.share:.1f} % | {low:.0f}-{high:.0f} % | {score.not_applicable or ''} |"
    )


def rescored_table(path: Path, data: Path | None = None) -> str:
    """Return the table of a file of recorded answers, with the best-known answers of `data` where it has them.

    Raises:
        CallerError: a file cannot be read.
    """
    recorded = read_recorded(path)
    names = dict.fromkeys(one.case.benchmark for one in recorded)
    cases = [case for name in names for case in load(name, data=data)] if data is not None else []
    return table(rescore(recorded, cases=cases))


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table of recorded answers; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m fivefold_benchmarks.rescore", description=__doc__)
    add_rescore_arguments(parser)
    args = parser.parse_args(argv)
    try:
        print(rescored_table(args.file, args.data))
    except FivefoldError as fault:
        print(f"rescore: {fault}", file=sys.stderr)
        return fault.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
