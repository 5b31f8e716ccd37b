"""Two runs, or two pipelines, on the problems that both have: a paired table, an exact test, what differs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from fivefold.errors import CallerError
from fivefold_benchmarks.collected import Collected
from fivefold_benchmarks.record import EvalRecord
from fivefold_benchmarks.record_book import RecordBook
from fivefold_benchmarks.rules.rule import Mark
from fivefold_benchmarks.statistics import mcnemar, paired_bootstrap
from fivefold_benchmarks.tables import Table, markdown, number

Cell = tuple[str, int]
"""A problem and a sample of it."""


class Pair(BaseModel):
    """One attempt that exactly one side gets right."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    item: str
    sample: int
    kind: str
    answer: float | None
    first: float | None
    """What the first side reports."""
    second: float | None
    """What the second side reports."""
    first_right: bool
    """Whether it is the first side that is right."""
    first_status: str
    second_status: str


class Comparison(BaseModel):
    """Two sides on the attempts that both have, by the rules of their runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: str
    second: str
    both_right: int
    only_first: int
    only_second: int
    both_wrong: int
    left_out: int
    """Attempts that only one side has, or that a rule does not apply to."""
    p: float
    """Two-sided exact McNemar test that both are equally often right."""
    difference: float
    """Share of the first less that of the second."""
    low: float
    """Lower end of its 95 % bootstrap interval, near-duplicates drawn together."""
    high: float
    """Upper end."""
    differing: tuple[Pair, ...]
    """The attempts that exactly one side gets right."""
    first_tokens: int
    second_tokens: int


@dataclass(frozen=True, slots=True)
class Side:
    """One run's records by pipeline."""

    name: str
    by_pipeline: dict[str, dict[Cell, EvalRecord]]
    group_of: dict[str, str]
    """The near-duplicates that a problem belongs to."""


def opened_side(given: str) -> Side:
    """Return the side that `FILE[#RUN][:PIPELINE]` names.

    Raises:
        CallerError: there is no such file, run or pipeline.
    """
    path, run_id, wanted = _parsed(given)
    with RecordBook.open(path, create=False) as book:
        info = book.run(run_id)
        records, cases = book.records(info.run_id), book.cases(info.run_id)
    names = info.config.pipelines
    if wanted is not None and wanted not in names:
        raise CallerError(f"run {info.run_id} has no pipeline `{wanted}`; there are {', '.join(names)}")
    chosen = names if wanted is None else (wanted,)
    by_pipeline: dict[str, dict[Cell, EvalRecord]] = {name: {} for name in chosen}
    for record in records:
        if record.pipeline in by_pipeline:
            by_pipeline[record.pipeline][record.item, record.sample] = record
    return Side(info.run_id, by_pipeline, {name: case.group or name for name, case in cases.items()})


def comparisons(first: Side, second: Side) -> list[Comparison]:
    """Return the comparison of the two pipelines, or of every pipeline that both sides have.

    Raises:
        CallerError: they have no pipeline in common, or no attempt.
    """
    if len(first.by_pipeline) == len(second.by_pipeline) == 1:
        pairs = [(*first.by_pipeline, *second.by_pipeline)]
    else:
        pairs = [(name, name) for name in first.by_pipeline if name in second.by_pipeline]
    if not pairs:
        raise CallerError("the two have no pipeline in common; name one for each, as in `runs.sqlite:direct`")
    return [_compared(first, one, second, other) for one, other in pairs]


def compared_with_first(runs: Collected) -> list[Comparison]:
    """Return each pipeline against the first one, where both tried the same problems."""
    by_pipeline: dict[str, dict[Cell, EvalRecord]] = {name: {} for name in runs.pipelines}
    for record in runs.records:
        by_pipeline[record.pipeline][record.item, record.sample] = record
    side = Side(runs.title, by_pipeline, {name: case.group or name for name, case in runs.cases.items()})
    first, *others = runs.pipelines
    found: list[Comparison] = []
    for name in others:
        with suppress(CallerError):  # they have no attempt in common
            found.append(_compared(side, name, side, first))
    return found


def to_markdown(comparison: Comparison) -> str:
    """Return a comparison as Markdown."""
    c = comparison
    counts = Table(
        ("", f"{c.second} right", f"{c.second} wrong"),
        ((f"**{c.first} right**", c.both_right, c.only_first), (f"**{c.first} wrong**", c.only_second, c.both_wrong)),
    )
    rows = [
        (
            pair.item if not pair.sample else f"{pair.item} ({pair.sample})",
            pair.kind,
            c.first if pair.first_right else c.second,
            number(pair.answer),
            f"{number(pair.first)} ({pair.first_status})",
            f"{number(pair.second)} ({pair.second_status})",
        )
        for pair in c.differing
    ]
    n = c.both_right + c.only_first + c.only_second + c.both_wrong
    said = (
        f"{n} attempts that both have; {c.left_out} left out. Difference {100 * c.difference:+.1f} points "
        f"({100 * c.low:+.1f} to {100 * c.high:+.1f}, 95 % bootstrap over groups), exact McNemar p = {c.p:.3g}. "
        f"Tokens {c.first_tokens} and {c.second_tokens}."
    )
    parts = [f"# {c.first} and {c.second}", said, markdown(counts)]
    if c.differing:
        head = ("problem", "kind", "right is", "answer", c.first, c.second)
        parts.append("## Problems that differ\n\n" + markdown(Table(head, rows)))
    return "\n\n".join(parts)


def _parsed(given: str) -> tuple[Path, str | None, str | None]:
    """Split `FILE[#RUN][:PIPELINE]`; a file whose name holds such signs is taken as it is."""
    if Path(given).is_file():
        return Path(given), None, None
    rest, _, pipeline = given.rpartition(":") if ":" in given else (given, "", "")
    path, _, run_id = rest.rpartition("#") if "#" in rest else (rest, "", "")
    return Path(path), run_id or None, pipeline or None


def _compared(first: Side, one: str, second: Side, other: str) -> Comparison:
    ours, theirs = first.by_pipeline[one], second.by_pipeline[other]
    shared = [
        (ours[cell], theirs[cell])
        for cell in ours
        if cell in theirs and Mark.NOT_APPLICABLE not in (ours[cell].mark, theirs[cell].mark)
    ]
    if not shared:
        raise CallerError(f"{one} and {other} have no attempt in common that is scored")
    left = [pair[0].right for pair in shared]
    right = [pair[1].right for pair in shared]
    difference = paired_bootstrap(left, right, [first.group_of[pair[0].item] for pair in shared])
    names = _names(first, one, second, other)
    return Comparison(
        first=names[0],
        second=names[1],
        both_right=sum(a and b for a, b in zip(left, right, strict=True)),
        only_first=sum(a and not b for a, b in zip(left, right, strict=True)),
        only_second=sum(b and not a for a, b in zip(left, right, strict=True)),
        both_wrong=sum(not a and not b for a, b in zip(left, right, strict=True)),
        left_out=len(ours.keys() | theirs.keys()) - len(shared),
        p=_exact(shared),
        difference=difference.mean,
        low=difference.low,
        high=difference.high,
        differing=tuple(_pair(a, b) for a, b in shared if a.right != b.right),
        first_tokens=_tokens(pair[0] for pair in shared),
        second_tokens=_tokens(pair[1] for pair in shared),
    )


def _exact(shared: Sequence[tuple[EvalRecord, EvalRecord]]) -> float:
    """Return the exact test over the first samples: several of one problem are not independent."""
    alone = [(one.right, other.right) for one, other in shared if one.sample == 0]
    return mcnemar([one for one, _ in alone], [other for _, other in alone])


def _names(first: Side, one: str, second: Side, other: str) -> Sequence[str]:
    if first.name == second.name:
        return one, other
    return f"{first.name}:{one}", f"{second.name}:{other}"


def _pair(first: EvalRecord, second: EvalRecord) -> Pair:
    return Pair(
        item=first.item,
        sample=first.sample,
        kind=first.kind,
        answer=first.answer,
        first=first.objective,
        second=second.objective,
        first_right=first.right,
        first_status=first.status,
        second_status=second.status,
    )


def _tokens(records: Iterable[EvalRecord]) -> int:
    return sum(record.tokens for record in records)
