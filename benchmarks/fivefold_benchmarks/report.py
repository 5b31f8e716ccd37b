"""What the records of a run come to: accuracy, what verdicts are worth, risk and coverage, cost and time."""

from __future__ import annotations

import statistics as numbers
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from fivefold.verdict import Grade
from fivefold_benchmarks.collected import Collected
from fivefold_benchmarks.comparison import Comparison, compared_with_first
from fivefold_benchmarks.contamination import shown_elsewhere
from fivefold_benchmarks.record import EvalRecord, RunInfo
from fivefold_benchmarks.report_sets import Scored, SetFacts, Share, counted, mean_share, scores_of, sets_of
from fivefold_benchmarks.report_trace import asked
from fivefold_benchmarks.rules import rule
from fivefold_benchmarks.rules.rule import Mark
from fivefold_benchmarks.samples import majority_right, most_trusted_right
from fivefold_benchmarks.statistics import average_solving_times, pass_at_k

GRADES = tuple(str(grade) for grade in Grade)
"""Grades of a verdict, most trusted first."""

NO_KIND = "-"
"""What stands for the kind of a problem that does not name its own."""
SEARCHED = 100
"""Attempts of a pipeline whose questions are searched for other problems."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Prices(NamedTuple):
    """US dollars for a million tokens."""

    prompt: float
    completion: float


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
    once: Share
    """The same when near-duplicates count as one problem, their mean."""
    any_right: float | None
    """With several samples, the share of problems that one of them gets right (pass@k); None with one."""
    majority: float | None
    """With several samples, the share of problems whose most frequent value is right; None with one."""
    most_trusted: float | None
    """With several samples, the share of problems whose sample with the best verdict is right; None with one."""
    corrections: float
    """Self-corrections of an attempt, on average."""
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
    usd: float | None
    """US dollars for all attempts; None where prices are not given."""
    failures: dict[str, int]
    """Attempts that are not right, by what went wrong."""


class RunFacts(_Frozen):
    """What a run came to."""

    infos: tuple[RunInfo, ...]
    """Configuration and stamps of each run that it is made of."""
    unlike: tuple[str, ...]
    """How these were not made alike."""
    rule: str
    """The rule that says what is right."""
    rule_says: str
    """That rule in words."""
    sets: tuple[SetFacts, ...]
    """The benchmarks that the problems come from."""
    overlaps: tuple[str, ...]
    """What these share."""
    problems: int
    """How many problems it has."""
    groups: int
    """How many of them are left when near-duplicates count once."""
    missing: int
    """Attempts without a record yet."""
    pipelines: tuple[PipelineFacts, ...]
    """In the order of the configuration."""
    comparisons: tuple[Comparison, ...]
    """Every other pipeline against the first one, on the attempts that both have."""
    scores: tuple[Scored, ...]
    """The same answers under every rule, by benchmark, and by its kinds of problems under the most used rules."""
    searched: int
    """Attempts whose questions to the LLM were searched for other problems; a sample where there are many."""
    shown_elsewhere: dict[str, int]
    """Problems of which 13 words in a row stood in questions about another one, and in how many attempts."""
    solved_by_none: tuple[str, ...]
    """Problems that every pipeline tried and none got right."""
    events: tuple[str, ...]
    """What happened to the run as a whole."""


def facts_of(runs: Collected, prices: Prices | None = None) -> RunFacts:
    """Return what the records of runs come to."""
    own = {name: [record for record in runs.records if record.pipeline == name] for name in runs.pipelines}
    group_of = {name: case.group or name for name, case in runs.cases.items()}
    base = sum(record.right for record in own[runs.pipelines[0]])
    sets, shared = sets_of(runs)
    searched = _asked(runs)
    return RunFacts(
        infos=runs.infos,
        unlike=tuple(runs.unlike),
        rule=runs.rule,
        rule_says=rule(runs.rule).says,
        sets=sets,
        overlaps=shared,
        problems=len(runs.cases),
        groups=len(set(group_of.values())),
        missing=runs.expected - len(runs.records),
        pipelines=tuple(pipeline_facts(name, own[name], base, group_of, prices) for name in runs.pipelines),
        comparisons=tuple(compared_with_first(runs)),
        scores=scores_of(runs),
        searched=len(searched),
        shown_elsewhere=shown_elsewhere(runs.cases, searched),
        solved_by_none=_solved_by_none(runs),
        events=runs.events,
    )


def pipeline_facts(
    name: str, records: Sequence[EvalRecord], base: int, group_of: dict[str, str], prices: Prices | None = None
) -> PipelineFacts:
    """Return what one pipeline's records come to; `base` are the right answers that its own are set against."""
    judged = [record for record in records if record.mark is not Mark.NOT_APPLICABLE]
    several = any(record.sample for record in records)
    kinds = _kinds_of(records)
    return PipelineFacts(
        name=name,
        attempts=len(records),
        right=share_of(judged),
        once=mean_share((group_of[record.item], record.right) for record in judged),
        ran=counted(sum(record.ran for record in records), len(records)),
        any_right=_any_right(judged) if several else None,
        majority=majority_right(judged) if several else None,
        most_trusted=most_trusted_right(judged, _trust) if several else None,
        corrections=average_solving_times([record.corrections for record in records]),
        ratio=sum(record.right for record in records) / base if base else None,
        not_applicable=len(records) - len(judged),
        by_kind=_groups((kinds(record), record) for record in judged),
        by_grade=_by_grade(judged),
        risk_coverage=risk_coverage(judged),
        calls=sum(record.calls for record in records),
        cached_calls=sum(record.cached_calls for record in records),
        prompt_tokens=_spread(record.prompt_tokens for record in records),
        completion_tokens=_spread(record.completion_tokens for record in records),
        tokens=_spread(record.tokens for record in records),
        llm_s=_spread(record.llm_s for record in records),
        run_s=_spread(record.run_s for record in records),
        usd=None if prices is None else _cost(records, prices),
        failures=dict(Counter(failure(record) for record in judged if not record.right).most_common()),
    )


def failure(record: EvalRecord) -> str:
    """Return in a few words why an attempt is not right."""
    if record.objective is not None:
        return "another value"
    if record.ending in ("infeasible", "unbounded", "no_optimum"):
        return f"said to be {record.ending.replace('_', ' ')}"
    said, colon, _ = record.status.partition(":")
    if colon or not record.result:
        return said if colon else "no program"
    how = str(record.result.get("exit", ""))
    return f"program: {how.replace('_', ' ')}" if how not in ("", "ok") else "program without a value"


def _asked(runs: Collected) -> list[tuple[str, str]]:
    """Return what the LLM was asked in attempts spread over each pipeline's, with the name of the problem."""
    chosen: list[EvalRecord] = []
    for name in runs.pipelines:
        own = [record for record in runs.records if record.pipeline == name]
        chosen += own[:: max(1, -(-len(own) // SEARCHED))]
    texts = ((record.item, asked(runs.trace_of(record))) for record in chosen)
    return [(item, text) for item, text in texts if text]


def _solved_by_none(runs: Collected) -> tuple[str, ...]:
    tried: defaultdict[str, set[str]] = defaultdict(set)
    for record in runs.records:
        if record.mark is not Mark.NOT_APPLICABLE:
            tried[record.item].add(record.pipeline)
    solved = {record.item for record in runs.records if record.right}
    return tuple(name for name in runs.cases if len(tried[name]) == len(runs.pipelines) and name not in solved)


def _cost(records: Sequence[EvalRecord], prices: Prices) -> float:
    asked = sum(record.prompt_tokens for record in records)
    answered = sum(record.completion_tokens for record in records)
    return (asked * prices.prompt + answered * prices.completion) / 1e6


def _kinds_of(records: Sequence[EvalRecord]) -> Callable[[EvalRecord], str]:
    """Return how to name the kind of a record's problem: with its benchmark where there are several."""
    several = len({_set_of(record) for record in records}) > 1

    def name(record: EvalRecord) -> str:
        kind = record.kind or NO_KIND
        return f"{_set_of(record)}: {kind}" if several else kind

    return name


def _set_of(record: EvalRecord) -> str:
    return record.item.rpartition("/")[0]


def share_of(records: Iterable[EvalRecord]) -> Share:
    """Return the share of right ones; several samples of a problem are one observation, their mean."""
    return mean_share((record.item, record.right) for record in records)


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


def _spread(values: Iterable[float]) -> Spread:
    known = sorted(values) or [0.0]
    return Spread(
        total=round(sum(known), 3),
        mean=round(numbers.fmean(known), 3),
        median=numbers.median(known),
        p90=known[min(len(known) - 1, int(0.9 * len(known)))],
        most=known[-1],
    )
