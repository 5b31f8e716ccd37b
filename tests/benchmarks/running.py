"""What the tests of the runner share: problems of our own, an LLM that answers by them, runs apart."""

import hashlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fivefold.llm import LLM
from fivefold.settings import Settings
from fivefold_benchmarks.adaptive import Gate
from fivefold_benchmarks.baselines import Pipeline
from fivefold_benchmarks.case import Case
from fivefold_benchmarks.engines import Here
from fivefold_benchmarks.record import EvalRecord, Key, RunConfig, RunInfo, now
from fivefold_benchmarks.record_book import RecordBook
from fivefold_benchmarks.rules import rule
from fivefold_benchmarks.runner import Watch, open_gate, run
from tests.scripted_llm import Answer, Json

ROOT = Path(__file__).parent.parent.parent
PRINTING = "```python\nimport pyomo.environ as pyo\nprint('OBJECTIVE:', {value})\n```"


def cases(count: int, **changes: Any) -> list[Case]:
    """Problems whose answer is ten times their number; every third is answered wrongly by `printing`."""
    told = "Crate number {n} holds ten pears for each number on it. How many pears is that at most?"
    return [
        Case(
            id=f"crate-{n}",
            benchmark="crates",
            question=told.format(n=n),
            answer=10.0 * n,
            expected="optimal",
            kind="LP" if n % 2 else "MILP",
            group=f"g{n}",
            **changes,
        )
        for n in range(count)
    ]


def number_of(request: Json) -> int:
    """The number of the crate that a request is about."""
    found = re.findall(r"Crate number (\d+)", str(request["messages"]))
    return int(found[-1])


def printing(request: Json) -> Answer:
    """A program that prints the answer, which is wrong for every third crate and crashes for every fifth."""
    n = number_of(request)
    if n % 5 == 4:
        return "```python\nraise ValueError('no pears')\n```"
    return PRINTING.format(value=10 * n + (n % 3 == 2))


def slow(rule_: Callable[[Json], Answer], low: float, high: float) -> Callable[[Json], Answer]:
    """The same answers, each after a time that its question decides."""

    def answer(request: Json) -> Answer:
        digest = hashlib.sha256(str(request["messages"]).encode()).digest()
        time.sleep(low + (high - low) * digest[0] / 255)
        return rule_(request)

    return answer


def info_of(run_id: str = "r", pipelines: Sequence[str] = ("direct",), **config: Any) -> RunInfo:
    """A run's header."""
    return RunInfo(
        run_id=run_id,
        started=now(),
        config=RunConfig(pipelines=tuple(pipelines), **config),
        rule="primary",
        llm="scripted",
        endpoint="",
        version="0",
    )


async def do(
    book: RecordBook,
    info: RunInfo,
    url: str,
    pipelines: dict[str, Pipeline],
    folder: Path,
    *,
    most: int = 8,
    watch: Watch | None = None,
    **connecting: Any,
) -> tuple[bool, Gate]:
    """Do what is left of a run."""
    gate, heard = open_gate(most)
    settings = Settings(base_url=url, llm="scripted", cache_dir=folder / "cache", data_dir=folder / "data")
    async with LLM.connect(settings, concurrency=most, on_retry=heard, **connecting) as llm:
        complete = await run(book, info, Here(llm, gate, pipelines), rule=rule("primary"), watch=watch)
    return complete, gate


def by_key(book: RecordBook, run_id: str) -> dict[Key, EvalRecord]:
    """The records of a run; a doubled one would show."""
    records = book.records(run_id)
    found = {record.key: record for record in records}
    assert len(found) == len(records)
    return found


def problem_file(folder: Path, count: int) -> Path:
    """The crates as a file of JSON lines."""
    path = folder / "crates.jsonl"
    rows = [
        {"id": case.id, "question": case.question, "answer": case.answer, "kind": case.kind} for case in cases(count)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def bench(*arguments: object, folder: Path) -> "subprocess.Popen[str]":
    """`fivefold bench` in a process of its own, with caches below `folder`."""
    return subprocess.Popen(
        [sys.executable, "-m", "fivefold.commands.cli", "bench", *map(str, arguments)],
        cwd=ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder),
            "FIVEFOLD_CACHE_DIR": str(folder / "cache"),
            "FIVEFOLD_DATA_DIR": str(folder / "data"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
