"""Running pipelines over problems: every attempt once, recorded when it ends, gone on with after any stop.

A run is what its record says: problems, pipelines and samples less the records that are there is what is left to do.
An attempt that the outside world kept from ending (endpoint down, too many requests) leaves no record and is tried
again; one that crashed or spent its budget leaves a record like any other.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, cast

from fivefold.errors import OutsideError
from fivefold.llm import RetryEvent
from fivefold_benchmarks.adaptive import Gate, hearing
from fivefold_benchmarks.attempting import SANDBOX, Ended, Fault, Task
from fivefold_benchmarks.engines import NODE, Engine, Load
from fivefold_benchmarks.record import EvalRecord, Key, RunInfo, now
from fivefold_benchmarks.record_book import RecordBook
from fivefold_benchmarks.rules import Rule

TRIES = 3
"""Times that an attempt is begun which the outside world keeps from ending."""


class OutageError(OutsideError):
    """The endpoint or this machine cannot go on; what was done is recorded and the run can be resumed."""


@dataclass(slots=True)
class Watch:
    """What a run tells while it goes, and how it is told to stop."""

    recorded: Callable[[EvalRecord, Load], None] = lambda record, load: None
    """Called with each record that was stored."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Once set, nothing new is begun; what is under way ends and is recorded."""


def open_gate(most: int) -> tuple[Gate, Callable[[RetryEvent], None]]:
    """Return a gate for at most so many questions at once, and what to give `LLM.connect` as `on_retry`.

    `LLM.connect` must be given the same number as `concurrency`.
    """
    gate = Gate(most, held=True)
    return gate, hearing(gate)


def left_to_do(book: RecordBook, info: RunInfo) -> list[Key]:
    """Return what a run has no records of yet: problem by problem, all pipelines of one after another."""
    done = book.done(info.run_id)
    config = info.config
    keys = (
        Key(name, pipeline, sample)
        for sample in range(config.samples)
        for name in book.cases(info.run_id)
        for pipeline in config.pipelines
    )
    return [key for key in keys if key not in done]


async def run(book: RecordBook, info: RunInfo, engine: Engine, *, rule: Rule, watch: Watch | None = None) -> bool:
    """Do what is left of a run that the book holds; returns whether it is complete.

    Args:
        book: where the run was begun with `RecordBook.begin`.
        info: the run.
        engine: where its attempts are made.
        rule: the run's rule.
        watch: who is told, and who may stop it.

    Raises:
        OutageError: the endpoint failed for good, or programs cannot be run here.
        OutsideError: the record cannot be written.
    """
    running = _Run(book, info, engine, rule, watch or Watch())
    try:
        await running.all()
    except ExceptionGroup as group:
        raise _first(group) from None
    finally:
        running.close()
    return not left_to_do(book, info)


class _Run:
    """A run under way."""

    def __init__(self, book: RecordBook, info: RunInfo, engine: Engine, rule: Rule, watch: Watch) -> None:
        self._book, self._info, self._engine, self._rule, self._watch = book, info, engine, rule, watch
        self._cases = book.cases(info.run_id)
        self._queue = deque(left_to_do(book, info))
        self._tries: Counter[Key] = Counter()
        self._changed = asyncio.Event()
        # A thread of its own: commits that wait for a slow disk must not take those that the next questions need.
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="record")

    async def all(self) -> None:
        """Begin attempts as the engine has places, until none is left or a stop is asked for."""
        under_way: set[asyncio.Task[None]] = set()
        async with asyncio.TaskGroup() as group:
            while (self._queue or under_way) and not self._watch.stopping.is_set():
                if not self._queue:
                    await self._wait_for_change()
                    continue
                if not await self._place():
                    break
                task = group.create_task(self._one(self._queue.popleft()))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
                task.add_done_callback(lambda _: self._changed.set())

    def close(self) -> None:
        """End the thread that writes; what it was given is written first."""
        self._writer.shutdown()

    async def _wait_for_change(self) -> None:
        """Wait until an attempt ends, which may put it back, or a stop is asked for."""
        self._changed.clear()
        await _either(self._changed.wait(), self._watch.stopping.wait())

    async def _place(self) -> bool:
        """Wait for a place and take it; False: a stop was asked for first."""
        while not self._watch.stopping.is_set():
            if self._engine.take():
                return True
            await _either(self._engine.freed(), self._watch.stopping.wait())
        return False

    async def _one(self, key: Key) -> None:
        ended = await self._engine.attempt(Task(key, self._cases[key.item].question, self._info.config))
        if ended.fault is None or not await self._put_back(key, ended.fault):
            await self._record(key, ended)

    async def _put_back(self, key: Key, fault: Fault) -> bool:
        """Put an attempt back into the queue; False: it is its own fault, the LLM answers others.

        Raises:
            OutageError: the LLM answers nobody, or programs cannot be run.
        """
        if fault.kind == SANDBOX:
            raise OutageError(f"programs cannot be run here: {fault.message}")
        if fault.kind in ("auth", "unknown_llm"):
            raise OutageError(fault.message)
        self._tries[key] += 1
        tries = TRIES * TRIES if fault.kind == "rate_limit" else TRIES
        if fault.kind not in ("bad_request", "truncated") and self._tries[key] < tries:
            self._queue.append(key)
            return True
        if fault.kind == NODE:
            return False
        if fault.kind == "rate_limit" or not await self._engine.answers():
            raise OutageError(fault.message)
        return False

    async def _record(self, key: Key, ended: Ended) -> None:
        attempt, case, usage = ended.attempt, self._cases[key.item], ended.usage
        record = EvalRecord(
            run_id=self._info.run_id,
            item=key.item,
            pipeline=key.pipeline,
            sample=key.sample,
            kind=case.kind,
            answer=case.answer,
            objective=attempt.objective,
            ending=attempt.ending,
            quantities=attempt.quantities,
            ran=attempt.ran,
            status=attempt.status,
            verdict=attempt.verdict,
            confidence=attempt.confidence,
            formulation=attempt.formulation,
            program=attempt.program,
            result=attempt.result,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            calls=usage.calls,
            cached_calls=ended.cached_calls,
            corrections=attempt.corrections,
            llm_s=round(usage.seconds, 3),
            run_s=round(attempt.run_s, 3),
            wall_s=round(ended.wall_s, 3),
            error=ended.error,
            finished=now(),
        )
        record = record.model_copy(update={"mark": self._rule(record.prediction, case)})
        # Not to be cut by a stop: the answer is there.
        storing = asyncio.get_running_loop().run_in_executor(self._writer, self._book.append, record, ended.trace)
        await asyncio.shield(storing)
        self._watch.recorded(record, self._engine.load)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the first failure of a group of tasks; the others were stopped by it or say the same."""
    first = group.exceptions[0]
    return _first(cast("BaseExceptionGroup[BaseException]", first)) if isinstance(first, ExceptionGroup) else first


async def _either(wanted: Coroutine[Any, Any, object], stop: Coroutine[Any, Any, object]) -> bool:
    """Wait for one of two; whether it was the first."""
    tasks = [asyncio.ensure_future(wanted), asyncio.ensure_future(stop)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return tasks[0].done()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
