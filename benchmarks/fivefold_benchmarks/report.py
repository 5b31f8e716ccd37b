"""What the records of a run come to: accuracy, what verdicts are worth, risk and coverage, cost and time."""

from __future__ import annotations

import statistics as numbers
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict

from fivefold_benchmarks.record import EvalRecord, RunInfo
from fivefold_benchmarks.record_book import RecordBook
from fivefold_benchmarks.rules.rule import Mark
from fivefold_benchmarks.statistics import pass_at_k, wilson

GRADES = ("consistent", "suspicious", "refuted", "unsolved")
"""Grades of a verdict, most trusted first."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Share(_Frozen):
    """How many of how many, with the 95 % Wilson interval of the share."""

    count: int
    n: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share itself; 0 of none."""
        return self.count / self.n if self.n else 0.0


class Group(_Frozen):
    """Accuracy of one part of a pipeline's attempts."""

    name: str
    """The kind of problem, or the grade."""
    right: Share
    """Right ones among them."""


class Point(_Frozen):
    """One point of the curve of risk against coverage."""

    level: str
    """Answers of this grade or confidence and better are taken, the others are not answered."""
    coverage: float
    """Share of the problems that are answered then."""
    risk: float
    """Share of wrong ones among those answers."""
    taken: int
    """How many answers that is."""


class Spread(_Frozen):
    """How a quantity is spread over attempts."""

    total: float
    mean: float
    median: float
    p90: float
    most: float


class PipelineFacts(_Frozen):
    """What one pipeline came to."""

    name: str
    attempts: int
    """Records of it."""
    right: Share
    """Right ones among the problems that the rule applies to; with several samples of each, their mean."""
    ran: Share
    """Attempts whose program ran and reported a value."""
    any_right: float | None
    """With several samples, the share of problems that one of them gets right; None with one."""
    ratio: float | None
    """Right answers for each right answer of the first pipeline; None where that has none."""
    not_applicable: int
    """Attempts that the rule does not apply to."""
    by_kind: tuple[Group, ...]
    """Accuracy by kind of problem."""
    by_grade: tuple[Group, ...]
    """Accuracy by the verdict's grade; empty for a pipeline without verdicts."""
    risk_coverage: tuple[Point, ...]
    """From the most trusted answers only to all of them."""
    calls: int
    """Answers of the LLM."""
    cached_calls: int
    """How many of them the reply cache gave."""
    prompt_tokens: Spread
    completion_tokens: Spread
    tokens: Spread
    """Both together."""
    llm_s: Spread
    """Seconds of the LLM; a cached reply counts with those of the first one."""
    run_s: Spread
    """Seconds in solver programs."""
    endings: dict[str, int]
    """How attempts without a value ended, by status."""


class RunFacts(_Frozen):
    """What a run came to."""

    info: RunInfo
    """Configuration and stamps."""
    problems: int
    """How many problems it has."""
    groups: int
    """How many of them are left when near-duplicates count once."""
    missing: int
    """Attempts without a record yet."""
    pipelines: tuple[PipelineFacts, ...]
    """In the order of the configuration."""
    events: tuple[str, ...]
    """What happened to the run as a whole."""


def facts_of(book: RecordBook, info: RunInfo) -> RunFacts:
    """Return what the records of a run come to."""
    cases, records, config = book.cases(info.run_id), book.records(info.run_id), info.config
    own = {name: [record for record in records if record.pipeline == name] for name in config.pipelines}
    base = sum(record.right for record in own[config.pipelines[0]])
    return RunFacts(
        info=info,
        problems=len(cases),
        groups=len({case.group or name for name, case in cases.items()}),
        missing=len(cases) * len(config.pipelines) * config.samples - len(records),
        pipelines=tuple(pipeline_facts(name, own[name], base) for name in config.pipelines),
        events=tuple(f"{at[:19]} {kind} {detail}".strip() for at, kind, detail in book.events(info.run_id)),
    )


def pipeline_facts(name: str, records: Sequence[EvalRecord], base: int) -> PipelineFacts:
    """Return what one pipeline's records come to; `base` are the right answers that its own are set against."""
    samples = 1 + max((record.sample for record in records), default=0)
    judged = [record for record in records if record.mark is not Mark.NOT_APPLICABLE]
    statuses = Counter(record.status.partition(":")[0] for record in records if not record.ran)
    return PipelineFacts(
        name=name,
        attempts=len(records),
        right=share_of(judged),
        ran=_share(sum(record.ran for record in records), len(records)),
        any_right=_any_right(judged) if samples > 1 else None,
        ratio=sum(record.right for record in records) / base if base else None,
        not_applicable=len(records) - len(judged),
        by_kind=_groups((record.kind or "-", record) for record in judged),
        by_grade=_by_grade(judged),
        risk_coverage=risk_coverage(judged),
        calls=sum(record.calls for record in records),
        cached_calls=sum(record.cached_calls for record in records),
        prompt_tokens=_spread(record.prompt_tokens for record in records),
        completion_tokens=_spread(record.completion_tokens for record in records),
        tokens=_spread(record.tokens for record in records),
        llm_s=_spread(record.llm_s for record in records),
        run_s=_spread(record.run_s for record in records),
        endings=dict(statuses.most_common()),
    )


def share_of(records: Sequence[EvalRecord]) -> Share:
    """Return the share of right ones; several samples of a problem are one observation, their mean."""
    problems = len({record.item for record in records})
    right = sum(record.right for record in records)
    return _share(right if problems == len(records) else round(right * problems / len(records)), problems)


def risk_coverage(records: Sequence[EvalRecord]) -> tuple[Point, ...]:
    """Return risk against coverage, when only answers of a confidence (else a grade) or better are given.

    R. El-Yaniv and Y. Wiener, On the Foundations of Noise-free Selective Classification (JMLR 11, 2010). Records
    without a value are never answers. Without verdicts there is one point: all answers.
    """
    answers = [record for record in records if record.objective is not None]
    levels: defaultdict[tuple[float, str], list[EvalRecord]] = defaultdict(list)
    for record in answers:
        levels[_trust(record)].append(record)
    points: list[Point] = []
    taken = wrong = 0
    for level in sorted(levels, reverse=True):
        taken += len(levels[level])
        wrong += sum(not record.right for record in levels[level])
        points.append(Point(level=level[1], coverage=taken / len(records), risk=wrong / taken, taken=taken))
    return tuple(points)


def _trust(record: EvalRecord) -> tuple[float, str]:
    """Return how far an answer is trusted, higher is more, and the name of that."""
    if record.confidence is not None:
        return record.confidence, f"confidence {record.confidence:.2f}"
    if record.verdict in GRADES:
        return float(-GRADES.index(record.verdict)), record.verdict
    return float(-len(GRADES)), record.verdict or "all answers"


def _by_grade(records: Sequence[EvalRecord]) -> tuple[Group, ...]:
    graded = _groups((record.verdict, record) for record in records if record.verdict)
    return tuple(sorted(graded, key=lambda group: _place(group.name)))


def _place(grade: str) -> int:
    return GRADES.index(grade) if grade in GRADES else len(GRADES)


def _groups(named: Iterable[tuple[str, EvalRecord]]) -> tuple[Group, ...]:
    parts: defaultdict[str, list[EvalRecord]] = defaultdict(list)
    for name, record in named:
        parts[name].append(record)
    return tuple(Group(name=name, right=share_of(parts[name])) for name in sorted(parts))


def _any_right(records: Sequence[EvalRecord]) -> float:
    marks: defaultdict[str, list[bool]] = defaultdict(list)
    for record in records:
        marks[record.item].append(record.right)
    chances = [pass_at_k(len(own), sum(own), len(own)) for own in marks.values()]
    return numbers.fmean(chances) if chances else 0.0


def _share(count: int, n: int) -> Share:
    low, high = wilson(count, n)
    return Share(count=count, n=n, low=low, high=high)


def _spread(values: Iterable[float]) -> Spread:
    known = sorted(values) or [0.0]
    return Spread(
        total=round(sum(known), 3),
        mean=round(numbers.fmean(known), 3),
        median=numbers.median(known),
        p90=known[min(len(known) - 1, int(0.9 * len(known)))],
        most=known[-1],
    )
