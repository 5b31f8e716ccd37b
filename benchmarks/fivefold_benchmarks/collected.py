"""What a report reads: one run, or several that are set side by side as if they were one.

Runs are put together by problem, pipeline and sample. Where two of them did the same, the later one's pipeline
gets the name of its run behind its own, so that both are shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from fivefold.errors import CallerError
from fivefold_benchmarks.case import Case
from fivefold_benchmarks.record import EvalRecord, Key, RunInfo
from fivefold_benchmarks.record_book import RecordBook
from fivefold_benchmarks.rules import rule
from fivefold_benchmarks.stamps import GRAVE, LIGHT, differences

ALL = "all"
"""In place of a run's name: every run of the file."""


@dataclass(frozen=True, slots=True)
class Collected:
    """Runs as a report reads them."""

    infos: tuple[RunInfo, ...]
    """The runs, in the order in which they were given."""
    rule: str
    """Name of the rule that the marks of the records are by."""
    pipelines: tuple[str, ...]
    """Names of the pipelines, the one that others are set against first."""
    cases: dict[str, Case]
    """The problems by name."""
    records: tuple[EvalRecord, ...]
    """One for each problem, pipeline and sample that ended."""
    expected: int
    """How many records there are when all runs are complete."""
    events: tuple[str, ...]
    """What happened to the runs as a whole."""
    trace_of: Callable[[EvalRecord], str]
    """The lines of a record's trace."""

    @property
    def title(self) -> str:
        """The names of the runs."""
        return ", ".join(info.run_id for info in self.infos)

    @property
    def unlike(self) -> list[str]:
        """In words, how the runs were not made alike: numbers of different LLMs or code are not comparable."""
        first, *others = self.infos
        return [
            f"{info.run_id}: {line}" for info in others for line in differences(first, info, (*GRAVE, *LIGHT, "config"))
        ]


def collected(book: RecordBook, info: RunInfo) -> Collected:
    """Return one run of an open book."""
    cases, config = book.cases(info.run_id), info.config
    return Collected(
        infos=(info,),
        rule=info.rule,
        pipelines=config.pipelines,
        cases=cases,
        records=tuple(book.records(info.run_id)),
        expected=len(cases) * len(config.pipelines) * config.samples,
        events=tuple(f"{at[:19]} {kind} {detail}".strip() for at, kind, detail in book.events(info.run_id)),
        trace_of=lambda record: book.trace(record.run_id, record.key),
    )


def opened(given: Sequence[str], rule_name: str | None = None) -> Collected:
    """Return the runs that each `FILE[#RUN]` names, put together; `FILE#all` are all of a file.

    Args:
        given: the runs; the latest of a file unless one is named.
        rule_name: judge all records by this rule; without it by the first run's.

    Raises:
        CallerError: there is no such file, run or rule, or the same problem has two texts.
    """
    runs = merged([part for one in given for part in _read(one)])
    if rule_name is None and {info.rule for info in runs.infos} == {runs.rule}:
        return runs
    return judged(runs, rule_name or runs.rule)


def _read(given: str) -> Iterable[Collected]:
    path, run_id = (Path(given), None) if Path(given).is_file() or "#" not in given else _split(given)
    with RecordBook.open(path, create=False) as book:
        infos = book.runs() if run_id == ALL else [book.run(run_id)]
        if not infos:
            book.run()  # says that there is none
        return [replace(collected(book, info), trace_of=partial(_trace, path)) for info in infos]


def _split(given: str) -> tuple[Path, str]:
    path, _, run_id = given.rpartition("#")
    return Path(path), run_id


def _trace(path: Path, record: EvalRecord) -> str:
    with RecordBook.open(path, create=False) as book:
        return book.trace(record.run_id, Key(record.item, record.pipeline, record.sample))


def merged(parts: Sequence[Collected]) -> Collected:
    """Return several as one; the marks stay as they are.

    Raises:
        CallerError: the same problem has two texts or answers.
    """
    whole = parts[0]
    for part in parts[1:]:
        whole = _with(whole, part)
    return whole


def _with(whole: Collected, part: Collected) -> Collected:
    for name in whole.cases.keys() & part.cases.keys():
        one, other = whole.cases[name], part.cases[name]
        if (one.question, one.answer) != (other.question, other.answer):
            raise CallerError(f"`{name}` is not the same problem in {whole.title} and {part.title}")
    there = {record.key for record in whole.records}
    doubled = {record.pipeline for record in part.records if record.key in there}
    names = {name: f"{name} ({part.title})" if name in doubled else name for name in part.pipelines}
    traces = {names[name]: (name, part.trace_of) for name in part.pipelines}
    renamed = tuple(record.model_copy(update={"pipeline": names[record.pipeline]}) for record in part.records)
    ours = {record.key for record in renamed}

    def trace_of(record: EvalRecord) -> str:
        if record.key not in ours:
            return whole.trace_of(record)
        own, read = traces[record.pipeline]
        return read(record.model_copy(update={"pipeline": own}))

    return Collected(
        infos=(*whole.infos, *part.infos),
        rule=whole.rule,
        pipelines=tuple(dict.fromkeys((*whole.pipelines, *names.values()))),
        cases={**whole.cases, **part.cases},
        records=(*whole.records, *renamed),
        expected=whole.expected + part.expected,
        events=(*whole.events, *part.events),
        trace_of=trace_of,
    )


def judged(runs: Collected, rule_name: str) -> Collected:
    """Return the same records with their marks by a rule.

    Raises:
        CallerError: there is no such rule.
    """
    judge = rule(rule_name)
    records = tuple(
        record.model_copy(update={"mark": judge(record.prediction, runs.cases[record.item])}) for record in runs.records
    )
    return replace(runs, rule=rule_name, records=records)
