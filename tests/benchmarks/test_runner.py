"""Runs in this process: what is recorded of attempts that end badly, budgets, seeds, outages, stops."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from fivefold.llm import LLM, RetryPolicy
from fivefold_benchmarks.adaptive import Gate
from fivefold_benchmarks.baselines import Attempt, Bounds, Pipeline
from fivefold_benchmarks.baselines.attempt import ask
from fivefold_benchmarks.case import Case
from fivefold_benchmarks.metering import SEED_STEP
from fivefold_benchmarks.pipelines import PIPELINES, recorded
from fivefold_benchmarks.record import EvalRecord, same_records
from fivefold_benchmarks.record_book import RecordBook
from fivefold_benchmarks.runner import OutageError, Watch, left_to_do
from tests.agent.solving import TOYS, TOYS_OPTIMUM, toys
from tests.benchmarks.running import by_key, cases, do, info_of, number_of, printing, slow
from tests.scripted_llm import Answer, Json, Rule, ScriptedLLM, first, status, too_many

QUICK = RetryPolicy(attempts=2, base_s=0.001)


async def _asking(llm: LLM, question: str) -> Attempt:
    """Ask once and report the number of the reply."""
    reply = await ask(llm, "free_program", {"problem": question}, max_tokens=64)
    return Attempt(float(reply.text), ran=True, status="asked", ending="optimal", result={"exit": "ok"})


asking = recorded(_asking)


def ten_times(request: Json) -> Answer:
    return str(10 * number_of(request))


async def done(
    folder: Path, answer: Rule, pipeline: Pipeline = asking, *, count: int = 4, **config: Any
) -> list[EvalRecord]:
    """The records of a small run."""
    with ScriptedLLM(answer) as server, RecordBook.open(folder / "runs.sqlite") as book:
        info = info_of(pipelines=["p"], **config)
        book.begin(info, cases(count))
        complete, _ = await do(book, info, server.base_url, {"p": pipeline}, folder, retry=QUICK)
        assert complete and not left_to_do(book, info)
        assert server.errors == []
        return book.records("r")


async def test_records_say_what_came_of_each(tmp_path: Path) -> None:
    with ScriptedLLM(printing) as server, RecordBook.open(tmp_path / "runs.sqlite") as book:
        info = info_of(pipelines=["direct", "five-text"])
        book.begin(info, cases(6))
        complete, gate = await do(book, info, server.base_url, dict(PIPELINES), tmp_path)
        records = by_key(book, "r")
        steps = [book.trace("r", key) for key in records]
    assert complete and gate.busy == 0 and len(records) == 12
    for record in records.values():
        n = int(record.item.rpartition("-")[2])
        assert record.ran == (n != 4) and record.right == (n not in (2, 4, 5)), record
        assert record.objective == (None if n == 4 else 10.0 * n + (n % 3 == 2))
        assert record.calls == (1 if record.pipeline == "direct" else 2)
        assert record.prompt_tokens == 7 * record.calls and record.completion_tokens > 0
        assert record.status == ("crashed" if n == 4 else "ran")
        assert "OBJECTIVE" in record.program or n == 4
        assert record.run_s > 0 and record.wall_s > 0 and record.finished
        assert record.kind == ("LP" if n % 2 else "MILP") and record.answer == 10.0 * n
    assert all('"type": "span"' in lines and "baseline_" in lines for lines in steps)
    crashed = next(record for record in records.values() if not record.ran)
    assert "ValueError: no pears" in crashed.result["stderr"] and "/" not in crashed.result["stderr"].split("line")[0]


async def test_fivefold_is_a_pipeline_with_a_verdict(tmp_path: Path) -> None:
    problem = Case(id="toys", benchmark="own", question=TOYS, answer=TOYS_OPTIMUM, expected="optimal")
    with ScriptedLLM(toys()) as server, RecordBook.open(tmp_path / "runs.sqlite") as book:
        info = info_of(pipelines=["fivefold"])
        book.begin(info, [problem])
        await do(book, info, server.base_url, dict(PIPELINES), tmp_path)
        (record,) = book.records("r")
        lines = book.trace("r", record.key)
    assert record.right and record.verdict == "consistent" and record.ending == "optimal"
    assert record.quantities == {"trains": pytest.approx(30), "boats": pytest.approx(20)}
    assert "## Constraints" in record.formulation and "trains" in record.program
    assert '"node": "formulate"' in lines


async def test_a_crash_of_a_pipeline_is_a_record(tmp_path: Path) -> None:
    async def crashing(llm: LLM, question: str, *, bounds: Bounds | None = None) -> Attempt:
        raise ZeroDivisionError("in the pipeline")

    records = await done(tmp_path, ten_times, crashing)
    assert len(records) == 4
    assert records[0].status == "crashed: ZeroDivisionError: in the pipeline"
    assert "raise ZeroDivisionError" in records[0].error and not records[0].right


async def test_tokens_are_counted_until_they_are_spent(tmp_path: Path) -> None:
    async def greedy(llm: LLM, question: str) -> Attempt:
        while True:
            await ask(llm, "free_program", {"problem": question}, max_tokens=64)

    records = await done(tmp_path, lambda _: "word " * 43, recorded(greedy), max_tokens=120)
    assert {record.status for record in records} == {"budget: 150 of 120 tokens spent"}
    # Cached replies count like fresh ones: that is what makes a repeat a repeat.
    assert all(record.calls == 3 and record.cached_calls == 2 and record.tokens == 150 for record in records)


async def test_the_clock_stands_while_an_attempt_waits_for_its_turn(tmp_path: Path) -> None:
    async def patient(llm: LLM, question: str) -> Attempt:
        await asyncio.sleep(0.05)
        return await _asking(llm, question)

    with ScriptedLLM(slow(ten_times, 0.15, 0.2)) as server, RecordBook.open(tmp_path / "runs.sqlite") as book:
        info = info_of(pipelines=["p"], max_seconds=2.0)
        book.begin(info, cases(12))
        await do(book, info, server.base_url, {"p": recorded(patient)}, tmp_path, most=1)
        assert {record.status for record in book.records("r")} == {"asked"}


async def test_an_attempt_that_spent_its_time_is_a_record(tmp_path: Path) -> None:
    async def sleeping(llm: LLM, question: str) -> Attempt:
        await asyncio.sleep(60)
        raise AssertionError

    records = await done(tmp_path, ten_times, recorded(sleeping), max_seconds=0.05)
    assert {record.status for record in records} == {"budget: 0.05 s spent"}


async def test_the_same_seed_repeats_a_run_and_samples_differ(tmp_path: Path) -> None:
    asked: list[Json] = []

    def by_seed(request: Json) -> Answer:
        asked.append(request)
        return str(10 * number_of(request) + (request["seed"] % 7 == 0))

    config: Json = {"samples": 2, "seed": 3, "temperature": 0.6}
    one = await done(tmp_path / "one", by_seed, **config)
    other = await done(tmp_path / "other", by_seed, **config)
    assert len(one) == 8
    assert same_records({record.key: record for record in one}, {record.key: record for record in other})
    assert {request["seed"] for request in asked} == {3, 3 + SEED_STEP}
    assert {request["temperature"] for request in asked} == {0.6}


async def test_what_one_question_does_wrong_is_its_own_record(tmp_path: Path) -> None:
    def picky(request: Json) -> Answer:
        told = str(request["messages"])
        if "word yes" in told:
            return "yes"
        return status(400, "context too long") if "Crate number 2" in told else ten_times(request)

    records = await done(tmp_path, picky)
    assert [record.status for record in records] == ["asked", "asked", "LLM: bad_request", "asked"]
    assert "context too long" in records[2].error


async def test_refusals_for_a_while_lose_nothing(tmp_path: Path) -> None:
    records = await done(tmp_path, first(5, too_many(0.01), ten_times))
    assert {record.status for record in records} == {"asked"}


@pytest.mark.parametrize(
    ("fault", "said"), [(status(500, "broken"), "broken"), (status(401, "who are you"), "who are you")]
)
async def test_an_outage_ends_the_run_and_leaves_no_records(tmp_path: Path, fault: Answer, said: str) -> None:
    with ScriptedLLM(lambda _: fault) as server, RecordBook.open(tmp_path / "runs.sqlite") as book:
        info = info_of(pipelines=["p"])
        book.begin(info, cases(3))
        with pytest.raises(OutageError, match=said):
            await do(book, info, server.base_url, {"p": asking}, tmp_path, retry=QUICK)
        assert book.records("r") == [] and len(left_to_do(book, info)) == 3
        server.rule = ten_times
        complete, _ = await do(book, info, server.base_url, {"p": asking}, tmp_path, retry=QUICK)
        assert complete and len(book.records("r")) == 3


async def test_a_stop_finishes_what_is_under_way(tmp_path: Path) -> None:
    watch = Watch()

    def heard(record: EvalRecord, gate: Gate) -> None:
        watch.stopping.set()

    watch.recorded = heard
    with ScriptedLLM(ten_times) as server, RecordBook.open(tmp_path / "runs.sqlite") as book:
        info = info_of(pipelines=["p"])
        book.begin(info, cases(40))
        complete, gate = await do(book, info, server.base_url, {"p": asking}, tmp_path, most=2, watch=watch)
        assert not complete and 1 <= len(book.records("r")) < 10
        assert gate.busy == 0 and len(server.requests) == len(book.records("r"))
        complete, _ = await do(book, info, server.base_url, {"p": asking}, tmp_path, most=2)
        assert complete and len(server.requests) == 40


async def test_never_more_at_once_than_allowed(tmp_path: Path) -> None:
    with ScriptedLLM(ten_times) as server, RecordBook.open(tmp_path / "runs.sqlite") as book:
        info = info_of(pipelines=["p"])
        book.begin(info, cases(30))
        await do(book, info, server.base_url, {"p": asking}, tmp_path, most=3)
        assert server.busiest <= 3
