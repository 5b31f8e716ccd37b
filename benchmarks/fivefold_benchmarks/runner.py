"""Running pipelines over problems: every attempt once, recorded when it ends, gone on with after any stop.

A run is what its record says: problems, pipelines and samples less the records that are there is what is left to do.
An attempt that the outside world kept from ending (endpoint down, too many requests) leaves no record and is tried
again; one that crashed or spent its budget leaves a record like any other.
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from fivefold.errors import FivefoldError, LLMError, OutsideError
from fivefold.llm import LLM, RetryEvent
from fivefold_benchmarks.adaptive import Gate
from fivefold_benchmarks.baselines import Attempt, Bounds, Pipeline
from fivefold_benchmarks.metering import SEED_STEP, BudgetSpentError, Clock, MeteredLLM
from fivefold_benchmarks.record import EvalRecord, Key, RunConfig, RunInfo, now
from fivefold_benchmarks.record_book import RecordBook
from fivefold_benchmarks.rules import Rule
from fivefold_solvers.sandbox import SandboxError

TRIES = 3
"""Times that an attempt is begun which the outside world keeps from ending."""
WHILE_SOLVING = 16
"""Attempts under way beyond the questions at once: those whose programs run or wait for a core."""
OVERLOAD = frozenset({"timeout", "rate_limit", "server"})
"""Kinds of a failed request that tell the gate to give way."""
_ERROR_TAIL = 3000
_SHORT = ({"role": "user", "content": "Reply with the word yes."},)


class OutageError(OutsideError):
    """The endpoint or this machine cannot go on; what was done is recorded and the run can be resumed."""


@dataclass(slots=True)
class Watch:
    """What a run tells while it goes, and how it is told to stop."""

    recorded: Callable[[EvalRecord, Gate], None] = lambda record, gate: None
    """Called with each record that was stored."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Once set, nothing new is begun; what is under way ends and is recorded."""


def open_gate(most: int) -> tuple[Gate, Callable[[RetryEvent], None]]:
    """Return a gate for at most so many questions at once, and what to give `LLM.connect` as `on_retry`."""
    gate = Gate(most)

    def heard(event: RetryEvent) -> None:
        if event.kind in OVERLOAD:
            gate.overloaded()

    return gate, heard


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


async def run(
    book: RecordBook,
    info: RunInfo,
    llm: LLM,
    gate: Gate,
    *,
    pipelines: Mapping[str, Pipeline],
    rule: Rule,
    watch: Watch | None = None,
) -> bool:
    """Do what is left of a run that the book holds; returns whether it is complete.

    Args:
        book: where the run was begun with `RecordBook.begin`.
        info: the run.
        llm: the LLM that all attempts ask.
        gate: how many questions at once; see `open_gate`.
        pipelines: those that the run names.
        rule: the run's rule.
        watch: who is told, and who may stop it.

    Raises:
        OutageError: the endpoint failed for good, or programs cannot be run here.
        OutsideError: the record cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="fivefold-bench-") as folder:
        running = _Run(book, info, llm, gate, pipelines, rule, watch or Watch(), Path(folder))
        try:
            await running.all()
        except ExceptionGroup as group:
            raise _first(group) from None
    return not left_to_do(book, info)


class _Run:
    """A run under way."""

    def __init__(
        self,
        book: RecordBook,
        info: RunInfo,
        llm: LLM,
        gate: Gate,
        pipelines: Mapping[str, Pipeline],
        rule: Rule,
        watch: Watch,
        folder: Path,
    ) -> None:
        self._book, self._info, self._llm, self._gate = book, info, llm, gate
        self._pipelines, self._rule, self._watch = pipelines, rule, watch
        self._traces = (folder / f"{number}.jsonl" for number in itertools.count())
        self._cases = book.cases(info.run_id)
        self._queue = deque(left_to_do(book, info))
        self._tries: Counter[Key] = Counter()
        self._changed = asyncio.Event()

    async def all(self) -> None:
        """Begin attempts as the gate has room, until none is left or a stop is asked for."""
        places = asyncio.Semaphore(self._gate.most + WHILE_SOLVING)
        under_way: set[asyncio.Task[None]] = set()
        async with asyncio.TaskGroup() as group:
            while (self._queue or under_way) and not self._watch.stopping.is_set():
                if not self._queue:
                    await self._wait_for_change()
                    continue
                await places.acquire()
                if not await self._vacancy():
                    break
                task = group.create_task(self._one(self._queue.popleft(), places))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
                task.add_done_callback(lambda _: self._changed.set())

    async def _wait_for_change(self) -> None:
        """Wait until an attempt ends, which may put it back, or a stop is asked for."""
        self._changed.clear()
        await _either(self._changed.wait(), self._watch.stopping.wait())

    async def _vacancy(self) -> bool:
        """Wait for room at the gate; False: a stop was asked for first."""
        if self._watch.stopping.is_set():
            return False
        if self._gate.has_room:
            await self._gate.vacancy()
            return True
        return await _either(self._gate.vacancy(), self._watch.stopping.wait())

    async def _one(self, key: Key, places: asyncio.Semaphore) -> None:
        config = self._info.config
        clock = Clock(config.max_seconds)
        llm = MeteredLLM(
            self._llm,
            self._gate,
            clock,
            max_tokens=config.max_tokens,
            seed=config.seed + SEED_STEP * key.sample,
            temperature=config.temperature,
        )
        try:
            trace = next(self._traces)
            ended = await self._attempt(key, llm, clock, trace)
            if ended is not None:
                await self._record(key, ended, llm, clock, trace)
        finally:
            llm.started()
            places.release()

    async def _attempt(self, key: Key, llm: MeteredLLM, clock: Clock, trace: Path) -> _Ended | None:
        """Return how an attempt ended; None: the outside world kept it from ending and it is put back."""
        bounds = _bounds(self._info.config, trace)
        try:
            async with clock.limit:
                return _Ended(await self._pipelines[key.pipeline](llm, self._cases[key.item].question, bounds=bounds))
        except TimeoutError:
            if not clock.limit.expired():
                return _crash(traceback.format_exc())
            return _Ended(Attempt(None, ran=False, status=f"budget: {self._info.config.max_seconds:g} s spent"))
        except BudgetSpentError as spent:
            return _Ended(Attempt(None, ran=False, status=f"budget: {spent}"))
        except LLMError as fault:
            return await self._put_back(key, fault)
        except SandboxError as fault:
            raise OutageError(f"programs cannot be run here: {fault}") from fault
        except FivefoldError as fault:
            return _crash(traceback.format_exc(), str(fault))
        except Exception:
            # Whatever a pipeline does wrong is a result of that pipeline; the other attempts go on.
            return _crash(traceback.format_exc())

    async def _put_back(self, key: Key, fault: LLMError) -> _Ended | None:
        """Put an attempt back into the queue; after `TRIES` it is its own fault if the LLM answers others.

        Raises:
            OutageError: the LLM answers nobody.
        """
        if fault.kind in ("auth", "unknown_llm"):
            raise OutageError(str(fault)) from fault
        self._tries[key] += 1
        tries = TRIES * TRIES if fault.kind == "rate_limit" else TRIES
        if fault.kind not in ("bad_request", "truncated") and self._tries[key] < tries:
            self._queue.append(key)
            return None
        if fault.kind == "rate_limit" or not await self._answers():
            raise OutageError(str(fault)) from fault
        return _Ended(Attempt(None, ran=False, status=f"LLM: {fault.kind}"), error=str(fault))

    async def _answers(self) -> bool:
        """Whether the LLM answers a short question that it was never asked before."""
        try:
            await self._llm.ask(_SHORT, max_tokens=4, seed=time.time_ns() % 2**31)
        except LLMError:
            return False
        return True

    async def _record(self, key: Key, ended: _Ended, llm: MeteredLLM, clock: Clock, trace: Path) -> None:
        attempt, case = ended.attempt, self._cases[key.item]
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
            prompt_tokens=llm.usage.prompt_tokens,
            completion_tokens=llm.usage.completion_tokens,
            calls=llm.usage.calls,
            cached_calls=llm.cached_calls,
            corrections=attempt.corrections,
            llm_s=round(llm.usage.seconds, 3),
            run_s=round(attempt.run_s, 3),
            wall_s=round(clock.seconds, 3),
            error=ended.error,
            finished=now(),
        )
        record = record.model_copy(update={"mark": self._rule(record.prediction, case)})
        # Not to be cut by a stop: the answer is there.
        await asyncio.shield(asyncio.to_thread(self._store, record, trace))
        self._watch.recorded(record, self._gate)

    def _store(self, record: EvalRecord, trace: Path) -> None:
        lines = trace.read_text("utf-8", errors="replace") if trace.exists() else ""
        trace.unlink(missing_ok=True)
        self._book.append(record, lines)


@dataclass(frozen=True, slots=True)
class _Ended:
    """How an attempt ended."""

    attempt: Attempt
    error: str = ""


def _crash(trail: str, message: str = "") -> _Ended:
    last = message or trail.strip().rsplit("\n", 1)[-1]
    return _Ended(Attempt(None, ran=False, status=f"crashed: {last[:200]}"), error=trail[-_ERROR_TAIL:])


def _bounds(config: RunConfig, trace: Path) -> Bounds:
    return Bounds(max_tokens=config.max_tokens, max_seconds=config.max_seconds, seed=config.seed, trace=trace)


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
