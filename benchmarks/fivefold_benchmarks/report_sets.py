"""What a run was about, and the same answers under every rule: by benchmark and by kind of problem."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict

from fivefold_benchmarks.case import CLEAN, Case
from fivefold_benchmarks.collected import Collected
from fivefold_benchmarks.record import EvalRecord
from fivefold_benchmarks.registry import BENCHMARKS, overlaps
from fivefold_benchmarks.rules import PRIMARY, RULES, Mark, Rule
from fivefold_benchmarks.rules.optibench import ALL_BY_LLM, ALL_BY_NAME
from fivefold_benchmarks.rules.primary import PRIMARY_PUBLISHED
from fivefold_benchmarks.statistics import wilson

ALL_KINDS = ""
"""In place of a kind: all problems of a benchmark."""


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


class SetFacts(_Frozen):
    """One benchmark, as far as it was run."""

    name: str
    problems: int
    """How many of its problems."""
    groups: int
    """How many of them are left when near-duplicates count once."""
    clean: int
    """How many have an answer that somebody else confirms."""
    kinds: dict[str, int]
    """Kinds of problems, the most frequent first."""
    labels: dict[str, int]
    """How well the answers are confirmed."""
    licence: str
    """As far as its authors say; empty for a file of one's own."""
    remark: str
    """What to know before believing a number on it."""
    own_rule: str
    """The rule that its authors score by; empty where they publish none."""


class Scored(_Frozen):
    """One pipeline's answers on one benchmark, or one kind of its problems, under one rule."""

    pipeline: str
    benchmark: str
    kind: str
    """Empty: all kinds."""
    rule: str
    right: Share
    not_applicable: int
    """Attempts that the rule does not apply to."""


def sets_of(runs: Collected) -> tuple[tuple[SetFacts, ...], tuple[str, ...]]:
    """Return the benchmarks of the problems, and what they share in words."""
    by_set: defaultdict[str, list[Case]] = defaultdict(list)
    for case in runs.cases.values():
        by_set[case.benchmark].append(case)
    shared = tuple(
        f"{one.one} and {one.other} share {one.shared} problems ({one.by})" for one in overlaps(set(by_set))
    )  # fmt: skip
    return tuple(_set_facts(name, cases) for name, cases in by_set.items()), shared


def _set_facts(name: str, cases: Sequence[Case]) -> SetFacts:
    entry = BENCHMARKS.get(name)
    return SetFacts(
        name=name,
        problems=len(cases),
        groups=len({case.group or case.id for case in cases}),
        clean=sum(case.status in CLEAN for case in cases),
        kinds=dict(Counter(case.kind or "-" for case in cases).most_common()),
        labels=dict(Counter(str(case.status) for case in cases).most_common()),
        licence=entry.licence if entry else "",
        remark=entry.remark if entry else "",
        own_rule=entry.rule if entry else "",
    )


def scores_of(runs: Collected) -> tuple[Scored, ...]:
    """Return all answers under all rules that apply to any of them."""
    by_set: defaultdict[str, list[EvalRecord]] = defaultdict(list)
    for record in runs.records:
        by_set[runs.cases[record.item].benchmark].append(record)
    found = [one for name, records in by_set.items() for one in _set_scores(runs, name, records)]
    return tuple(found)


def _set_scores(runs: Collected, name: str, records: Sequence[EvalRecord]) -> Iterable[Scored]:
    entry = BENCHMARKS.get(name)
    own = [entry.rule] if entry and entry.rule else []
    main = {runs.rule, PRIMARY.name, PRIMARY_PUBLISHED.name, ALL_BY_NAME.name, ALL_BY_LLM.name, *own}
    kinds = list(dict.fromkeys(record.kind for record in records))
    for rule in RULES.values():
        marks = [(record, _mark(rule, record, runs)) for record in records]
        if all(mark is Mark.NOT_APPLICABLE for _, mark in marks):
            continue
        yield from (_scored(pipeline, name, ALL_KINDS, rule, marks) for pipeline in runs.pipelines)
        if rule.name in main and len(kinds) > 1:
            yield from (
                _scored(pipeline, name, kind or "-", rule, [pair for pair in marks if pair[0].kind == kind])
                for kind in kinds
                for pipeline in runs.pipelines
            )


def _mark(rule: Rule, record: EvalRecord, runs: Collected) -> Mark:
    return record.mark if rule.name == runs.rule else rule(record.prediction, runs.cases[record.item])


def _scored(pipeline: str, benchmark: str, kind: str, rule: Rule, marks: Iterable[tuple[EvalRecord, Mark]]) -> Scored:
    own = [(record, mark) for record, mark in marks if record.pipeline == pipeline]
    judged = [(record.item, mark is Mark.RIGHT) for record, mark in own if mark is not Mark.NOT_APPLICABLE]
    return Scored(
        pipeline=pipeline,
        benchmark=benchmark,
        kind=kind,
        rule=rule.name,
        right=mean_share(judged),
        not_applicable=len(own) - len(judged),
    )


def mean_share(marks: Iterable[tuple[str, bool]]) -> Share:
    """Return the share of right ones, where all marks under one name are one observation, their mean."""
    by_name: defaultdict[str, list[bool]] = defaultdict(list)
    for name, right in marks:
        by_name[name].append(right)
    return counted(round(sum(sum(own) / len(own) for own in by_name.values())), len(by_name))


def counted(count: int, n: int) -> Share:
    """Return so many of so many as a share with its interval."""
    low, high = wilson(count, n)
    return Share(count=count, n=n, low=low, high=high)
