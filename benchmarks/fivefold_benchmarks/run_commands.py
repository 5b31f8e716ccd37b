"""The commands `run`, `resume`, `reread`, `report` and `compare` of `fivefold bench`."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import sys
import uuid
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fivefold.errors import CallerError

if TYPE_CHECKING:
    from fivefold.settings import Settings
    from fivefold_benchmarks.baselines import Pipeline
    from fivefold_benchmarks.case import Case
    from fivefold_benchmarks.endpoints import Endpoint
    from fivefold_benchmarks.engines import Engine
    from fivefold_benchmarks.record import RunInfo
    from fivefold_benchmarks.record_book import RecordBook
    from fivefold_benchmarks.runner import Watch

INTERRUPTED = 130


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Begin a run and do it; return 0 when it is complete."""
    return _recording(args.out, args, settings, _begun, create=True)


def resume(args: argparse.Namespace, settings: Settings) -> int:
    """Go on with a run; return 0 when it is complete."""
    return _recording(args.file, args, settings, _resumed, create=False)


def reread(args: argparse.Namespace, settings: Settings) -> int:
    """Have an LLM read the published quantities off the answers of a run; return 0 when all are read."""
    return _recording(args.file, args, settings, _read, create=False)


def report(args: argparse.Namespace, settings: Settings) -> int:
    """Print the report of a run, or write its files."""
    from fivefold_benchmarks.collected import opened
    from fivefold_benchmarks.report import Prices, facts_of
    from fivefold_benchmarks.report_files import write_report
    from fivefold_benchmarks.report_markdown import to_markdown

    runs = opened(args.runs, args.rule)
    facts = facts_of(runs, None if args.prices is None else Prices(*args.prices))
    if args.out is not None:
        for path in write_report(runs, facts, args.out):
            print(path, file=sys.stderr)
    print(facts.model_dump_json(indent=2) if args.json else to_markdown(facts))
    return 0


def compare(args: argparse.Namespace, settings: Settings) -> int:
    """Print two runs, or two pipelines, side by side on the problems that both have."""
    from fivefold_benchmarks.comparison import comparisons, opened_side, to_markdown

    found = comparisons(opened_side(args.first), opened_side(args.second))
    if args.json:
        print(json.dumps([comparison.model_dump(mode="json") for comparison in found], indent=2))
    else:
        print("\n\n".join(to_markdown(comparison) for comparison in found))
    return 0


Work = Callable[["RecordBook", argparse.Namespace, "Settings"], Coroutine[Any, Any, int]]


def _recording(path: Path, args: argparse.Namespace, settings: Settings, work: Work, *, create: bool) -> int:
    from fivefold_benchmarks.record_book import RecordBook

    if args.concurrency < 1:
        raise CallerError("`--concurrency` must be at least 1")
    with RecordBook.open(path, create=create) as book:
        try:
            return asyncio.run(work(book, args, settings))
        except asyncio.CancelledError:
            return _stopped(path)


async def _begun(book: RecordBook, args: argparse.Namespace, settings: Settings) -> int:
    from fivefold_benchmarks.endpoints import find
    from fivefold_benchmarks.pipelines import PIPELINES
    from fivefold_benchmarks.prompted import check_fits, chosen_set, refs_of
    from fivefold_benchmarks.record import RunConfig, RunInfo, now
    from fivefold_benchmarks.rules import rule
    from fivefold_benchmarks.stamps import stamps

    kept = chosen_set(args.prompts, settings)
    config = RunConfig(
        pipelines=tuple(dict.fromkeys(args.pipelines.split(","))),
        samples=args.samples,
        seed=args.seed,
        temperature=args.temperature,
        max_tokens=args.max_tokens,
        max_seconds=args.max_seconds,
        prompts="" if kept is None else kept.id,
    )
    _check_pipelines(config.pipelines)
    check_fits(kept, PIPELINES, config.pipelines)
    rule(args.rule)
    cases = chosen_cases(args, settings)
    endpoint = await find(settings, base_url=args.base_url, llm=args.llm, yes=args.yes)
    info = RunInfo(
        run_id=args.run_id or f"{now()[:19].replace(':', '')}-{uuid.uuid4().hex[:4]}",
        started=now(),
        config=config,
        rule=args.rule,
        llm=endpoint.llm,
        endpoint=endpoint.told,
        **stamps(_files(args), refs_of(kept)),
    )
    book.begin(info, cases)
    count = f"{len(cases)} problem{'s' if len(cases) > 1 else ''}"
    print(f"run {info.run_id}: {count}, {', '.join(config.pipelines)}", file=sys.stderr)
    unscored = [case.id for case in cases if case.expected == "unknown"]
    if unscored:
        listed = ", ".join(unscored[:5]) + (", ..." if len(unscored) > 5 else "")
        print(f"not scored, as their `answer` is no number and not infeasible or unbounded: {listed}", file=sys.stderr)
    return await _go(book, info, endpoint, args, settings)


async def _resumed(book: RecordBook, args: argparse.Namespace, settings: Settings) -> int:
    from fivefold_benchmarks.endpoints import find
    from fivefold_benchmarks.prompted import chosen_set, refs_of
    from fivefold_benchmarks.stamps import GRAVE, LIGHT, differences, stamps

    info = book.run(args.run)
    _check_pipelines(info.config.pipelines)
    asked = args.base_url or info.endpoint
    endpoint = await find(settings, base_url=asked, llm=args.llm or info.llm, yes=args.yes)
    refs = refs_of(chosen_set(info.config.prompts, settings))
    present = info.model_copy(update={"llm": endpoint.llm, **stamps(prompts=refs), "data": info.data})
    grave, light = differences(info, present, GRAVE), differences(info, present, LIGHT)
    if grave and not args.anyway:
        lines = "\n  ".join(grave)
        raise CallerError(f"the run began with something else; `--anyway` goes on all the same:\n  {lines}")
    for line in (*grave, *light):
        print(f"not as when the run began: {line}", file=sys.stderr)
    book.note(info.run_id, "resumed", "; ".join((*grave, *light)))
    return await _go(book, info, endpoint, args, settings)


async def _go(book: RecordBook, info: RunInfo, endpoint: Endpoint, args: argparse.Namespace, settings: Settings) -> int:
    from fivefold_benchmarks.pipelines import PIPELINES
    from fivefold_benchmarks.prompted import chosen_set, with_set
    from fivefold_benchmarks.rules import rule
    from fivefold_benchmarks.runner import Watch, run
    from fivefold_benchmarks.watching import ProgressLine

    total = len(book.cases(info.run_id)) * len(info.config.pipelines) * info.config.samples
    line = ProgressLine(total, book.records(info.run_id), sys.stderr, quiet=args.quiet)
    watch = Watch(recorded=line.recorded)
    try:
        pipelines = with_set(PIPELINES, chosen_set(info.config.prompts, settings))
        told = partial(book.note, info.run_id)
        async with _engine(args, endpoint, settings, pipelines, told) as engine:
            _listen(watch)
            complete = await run(book, info, engine, rule=rule(info.rule), watch=watch)
    finally:
        line.close()
    if not complete:
        book.note(info.run_id, "stopped")
        return _stopped(book.path)
    from fivefold_benchmarks.collected import collected
    from fivefold_benchmarks.report import facts_of
    from fivefold_benchmarks.report_markdown import to_markdown

    print(to_markdown(facts_of(collected(book, info))))
    return 0


async def _read(book: RecordBook, args: argparse.Namespace, settings: Settings) -> int:
    from fivefold_benchmarks.endpoints import find
    from fivefold_benchmarks.rereading import left_to_read, reread

    info = book.run(args.run)
    left = len(left_to_read(book, info))
    if not left:
        print("nothing is left to read: no answer, or no problem with published quantities", file=sys.stderr)
        return 0
    endpoint = await find(settings, base_url=args.base_url, llm=args.llm, yes=args.yes)
    print(f"run {info.run_id}: quantities of {left} answers, read by {endpoint.llm}", file=sys.stderr)
    async with endpoint.connect(settings, concurrency=args.concurrency) as llm:
        count = await reread(book, info, llm)
    print(f"{count} answers read; `fivefold bench report {book.path}` judges them by `optibench-all-llm`")
    return 0


@asynccontextmanager
async def _engine(
    args: argparse.Namespace,
    endpoint: Endpoint,
    settings: Settings,
    pipelines: Mapping[str, Pipeline],
    tell: Callable[[str, str], None],
) -> AsyncGenerator[Engine]:
    """Open the place where attempts are made."""
    if args.engine == "ray":
        from fivefold_benchmarks.engines.ray_cluster import opened

        async with opened(args.address, endpoint, settings, pipelines, args.concurrency, tell) as cluster:
            yield cluster
        return
    from fivefold_benchmarks.engines import Here
    from fivefold_benchmarks.runner import open_gate

    gate, heard = open_gate(args.concurrency)
    async with endpoint.connect(settings, concurrency=args.concurrency, on_retry=heard) as llm:
        yield Here(llm, gate, pipelines)


def _listen(watch: Watch) -> None:
    """Stop in an orderly way at the first signal, and at once at the second."""
    loop = asyncio.get_running_loop()
    whole = asyncio.current_task()

    def stop() -> None:
        if watch.stopping.is_set() and whole is not None:
            whole.cancel()
        watch.stopping.set()
        print("\nstopping: what is under way is finished first; again to stop at once", file=sys.stderr)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)


def _stopped(path: Path) -> int:
    print(f"stopped; `fivefold bench resume {path}` goes on", file=sys.stderr)
    return INTERRUPTED


def _check_pipelines(names: Sequence[str]) -> None:
    from fivefold_benchmarks.pipelines import PIPELINES

    unknown = [name for name in names if name not in PIPELINES]
    if unknown:
        raise CallerError(f"there is no pipeline {', '.join(unknown)}; there are {', '.join(PIPELINES)}")


def chosen_cases(args: argparse.Namespace, settings: Settings) -> list[Case]:
    """Return the problems that the arguments name, in their order.

    Raises:
        CallerError: there are none, or a file cannot be read.
    """
    from fivefold_benchmarks.drawing import of_each_kind, short_of
    from fivefold_benchmarks.loaders import load

    cases: list[Case] = []
    for given in args.problems:
        own = _own_file(given)
        cases += load(own.stem if own else given, data=own or args.data, cache_dir=settings.cache_dir)
    if args.clean:
        cases = [case for case in cases if case.is_clean]
    if args.ids is not None:
        cases = _named(cases, args.ids)
    if args.per_kind is not None:
        cases = of_each_kind(cases, args.per_kind, args.seed)
        for line in short_of(cases, args.per_kind):
            print(f"not so many problems of a kind: {line}", file=sys.stderr)
    if args.limit is not None and args.limit < len(cases):
        drawn = set(random.Random(args.seed).sample(range(len(cases)), max(0, args.limit)))
        cases = [case for place, case in enumerate(cases) if place in drawn]
    if not cases:
        raise CallerError("no problem is left to run; widen `--ids`, `--clean`, `--per-kind` or `--limit`")
    return cases


def _own_file(given: str) -> Path | None:
    """Return the file that is named instead of a benchmark; None where it is none."""
    path = Path(given)
    return path if path.suffix in (".jsonl", ".json") or path.is_file() else None


def _files(args: argparse.Namespace) -> list[Path]:
    """Return the files that the problems come from; those of the cache have their hashes in the registry."""
    from fivefold_benchmarks.loaders import file_of

    found = [_own_file(given) or (args.data and file_of(given, args.data)) for given in args.problems]
    return [path for path in found if path is not None]


def _named(cases: list[Case], path: Path) -> list[Case]:
    """Return the cases whose ids a file lists; ids that no case has are told."""
    from fivefold_benchmarks.record import name_of

    wanted = _ids(path)
    found = [case for case in cases if {case.id, name_of(case)} & wanted]
    lost = sorted(wanted.difference(*({case.id, name_of(case)} for case in found)))
    if lost:
        more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
        print(f"no problem has the id {', '.join(lost[:3])}{more} of {path}", file=sys.stderr)
    return found


def _ids(path: Path) -> set[str]:
    try:
        return set(path.read_text("utf-8").split())
    except (OSError, UnicodeDecodeError) as fault:
        raise CallerError(f"cannot read the ids of {path}: {fault}") from None
