"""The agent and the writer of prompts as the functions that a search calls: bounded, counted, in one event loop.

A search calls from its own threads and waits; the runs themselves share one event loop in a thread of its own, and one
connection to the LLM, whose replies are kept on the disk.
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from fivefold.api import asolve
from fivefold.errors import CallerError, LLMError, OutsideError
from fivefold.llm import LLM, Message, RetryEvent
from fivefold.outcome import Outcome
from fivefold.prompts import sets_folder
from fivefold.settings import Settings
from fivefold.trace import Trace
from fivefold_benchmarks.case import Case
from fivefold_benchmarks.metering import BudgetSpentError, Clock
from fivefold_benchmarks.pipelines import OWN_SHARE
from fivefold_benchmarks.runner import open_gate
from fivefold_benchmarks.tuning.bounds import BoundedLLM, RunBounds, Writer, bytes_of
from fivefold_benchmarks.tuning.corrections import Correction, remarks
from fivefold_benchmarks.tuning.scoring import Score, comparison_of, stage_of
from fivefold_benchmarks.tuning.traces import spans_and_values
from fivefold_prompts.optimizer.rollout import Answer, Cost, OutsideFault, Rollout, Stage, Turn
from fivefold_prompts.sets import PromptSet, PromptSets
from fivefold_solvers.result import Termination

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What is run: the cases, and how their runs are scored."""

    cases: Mapping[str, Case]
    bounds: RunBounds
    score: Score = "labels"
    corrections: Mapping[str, Correction] = field(default_factory=dict[str, Correction])
    """By the id of their case."""
    beside: Mapping[str, str] = field(default_factory=dict[str, str])
    """Prompts in use that are not up for change."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a run ended."""

    outcome: Outcome | None
    status: str = ""


class Agent:
    """Runs the agent and asks the writer, for `with`; both may be called from several threads."""

    def __init__(
        self,
        workload: Workload,
        settings: Settings,
        *,
        writer: Writer | None = None,
        llm: str | None = None,
        base_url: str | None = None,
        concurrency: int = 1,
        on_retry: Callable[[RetryEvent], None] | None = None,
    ) -> None:
        """Say what is run; the LLM is connected when `with` begins."""
        self._work, self._settings = workload, settings
        self._writer = writer or Writer()
        self._name, self._base_url = llm, base_url
        self._concurrency, self._on_retry = concurrency, on_retry
        self._numbers = itertools.count()
        self._stopped = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fivefold-tuning", daemon=True)
        self._scratch = tempfile.TemporaryDirectory(prefix="fivefold-tuning-")
        self._folder = Path(self._scratch.name)
        self._sets = PromptSets(sets_folder(replace(settings, data_dir=self._folder)))

    def __enter__(self) -> Self:
        """Connect the LLM.

        Raises:
            CallerError: no LLM is given.
            LLMError: it does not answer.
        """
        self._thread.start()
        try:
            self._wait(self._connect())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End what is under way and close the connections."""
        self._wait(self._close(), closing=True)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._scratch.cleanup()

    def stop(self) -> None:
        """Give up what is under way, from any thread or a signal's handler; nothing is run afterwards."""
        self._stopped = True
        self._loop.call_soon_threadsafe(self._cancel_all)

    @property
    def names(self) -> dict[str, str]:
        """Names of the two LLMs."""
        return {"llm": self._llm_name, "writer": self._writer_name}

    def evaluate(self, candidate: Mapping[str, str], case: str, seed: int) -> Rollout:
        """Run the agent under a candidate on a case.

        Raises:
            OutsideFault: the endpoint failed, or programs cannot be run here.
        """
        return self._wait(self._rollout(candidate, case, seed))

    def ask(self, messages: Sequence[Turn], sample: int) -> Answer:
        """Ask the writer.

        Raises:
            OutsideFault: its endpoint failed.
            CallerError: the question does not fit it.
        """
        return self._wait(self._answer(messages, sample))

    def _cancel_all(self) -> None:
        for work in asyncio.all_tasks(self._loop):
            work.cancel()

    def _wait(self, work: Coroutine[Any, Any, _T], *, closing: bool = False) -> _T:
        if self._stopped and not closing:
            work.close()
            raise KeyboardInterrupt
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    async def _connect(self) -> None:
        settings, url, identity = self._settings, self._base_url, None
        if url is None and settings.base_url is None:
            from fivefold.llm.local.commands import ensure

            url, key, name = ensure(settings, yes=False, ask=lambda _: False, say=lambda _: None)
            settings = replace(settings, base_url=url, api_key=key, llm=self._name or name)
            identity = f"embedded {name}"
        self._gate, heard = open_gate(self._concurrency)

        def retried(event: RetryEvent) -> None:
            heard(event)
            if self._on_retry is not None:
                self._on_retry(event)

        self._llm = LLM.connect(
            settings,
            base_url=url,
            llm=self._name,
            concurrency=self._concurrency,
            on_retry=retried,
            identity=identity,
        )
        self._llm_name = await self._llm.name()
        own = self._writer.llm is None and self._writer.base_url is None
        self._asked = self._llm if own else LLM.connect(
            settings,
            base_url=self._writer.base_url or url,
            llm=self._writer.llm,
            concurrency=self._concurrency,
            timeout_s=self._writer.timeout_s,
            on_retry=retried,
            identity=None if self._writer.base_url else identity,
        )  # fmt: skip
        self._writer_name = await self._asked.name()

    async def _close(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for llm in {
            id(one): one for one in (getattr(self, "_llm", None), getattr(self, "_asked", None)) if one
        }.values():
            await llm.aclose()
        await self._loop.shutdown_asyncgens()
        await self._loop.shutdown_default_executor()

    async def _answer(self, messages: Sequence[Turn], sample: int) -> Answer:
        turns: list[Message] = [{"role": turn["role"], "content": turn["content"]} for turn in messages]
        writer = self._writer
        try:
            reply = await self._asked.ask(
                turns, max_tokens=writer.max_tokens, temperature=writer.temperature, seed=sample
            )
        except LLMError as fault:
            if fault.kind == "bad_request":
                size = bytes_of(turns)
                raise CallerError(
                    f"the writer refused a question of {size} bytes; lower `--characters`: {fault}"
                ) from fault
            raise OutsideFault(str(fault)) from fault
        usage = reply.usage
        return Answer(
            text=reply.text, cost=Cost(tokens=usage.tokens, money=writer.price.of(usage), seconds=usage.seconds)
        )

    async def _rollout(self, candidate: Mapping[str, str], name: str, seed: int) -> Rollout:
        case, bounds = self._work.cases[name], self._work.bounds
        used = {**self._work.beside, **candidate}
        prompts = self._sets.put(PromptSet(values=used))
        trace = self._folder / f"{next(self._numbers)}.jsonl"
        await self._gate.vacancy()
        clock = Clock(bounds.max_seconds)
        llm = BoundedLLM(self._llm, self._gate, clock, bounds=bounds, seed=seed)
        try:
            ended = await self._run(case, prompts, llm, clock, trace)
        finally:
            llm.started()
        cost = Cost(
            rollouts=1,
            tokens=llm.usage.tokens,
            money=bounds.price.of(llm.usage),
            seconds=clock.seconds,
        )
        return self._told(name, ended, trace, cost, derivations=int(used.get("samples", bounds.samples)))

    async def _run(self, case: Case, prompts: str, llm: BoundedLLM, clock: Clock, trace: Path) -> _Ended:
        bounds = self._work.bounds
        try:
            async with clock.limit:
                return _Ended(
                    await asolve(
                        case.question,
                        llm=llm,
                        settings=replace(self._settings, data_dir=self._folder),
                        checkpoint=False,
                        trace=trace,
                        prompts=prompts,
                        rounds=bounds.rounds,
                        samples=bounds.samples,
                        form=bounds.form,
                        time_limit_s=bounds.time_limit_s,
                        max_tokens=round(OWN_SHARE * bounds.max_tokens),
                        max_seconds=bounds.max_seconds,
                    )
                )
        except TimeoutError:
            if not clock.limit.expired():
                raise
            return _Ended(None, "the time of a run was spent")
        except BudgetSpentError:
            return _Ended(None, "the tokens of a run were spent")
        except CallerError as fault:
            return _Ended(None, f"refused: {fault}")
        except LLMError as fault:
            if fault.kind in ("bad_request", "truncated"):
                return _Ended(None, f"the LLM refused the question: {fault.kind}")
            raise OutsideFault(str(fault)) from fault
        except OutsideError as fault:
            raise OutsideFault(str(fault)) from fault
        except Exception as fault:
            # Whatever goes wrong under a candidate is a result of that candidate; the search goes on.
            return _Ended(None, f"the agent crashed: {type(fault).__name__}")

    def _told(self, name: str, ended: _Ended, trace: Path, cost: Cost, *, derivations: int) -> Rollout:
        """Return what the optimizer may know of a run."""
        work, outcome = self._work, ended.outcome
        case = work.cases[name]
        spans, values = spans_and_values(Trace.read(trace)) if trace.exists() else ((), {})
        trace.unlink(missing_ok=True)
        judged: Literal["label", "verdict"] = "label" if work.score == "labels" else "verdict"
        if outcome is None:
            return Rollout(
                stage=Stage.NO_REPLY, status=ended.status, judged=judged, spans=spans, values=values, cost=cost
            )
        stage = stage_of(outcome, case, work.score, derivations=derivations)
        return Rollout(
            stage=stage,
            comparison=comparison_of(outcome, case) if work.score == "labels" and stage is not Stage.RIGHT else None,
            status=_status(outcome),
            judged=judged,
            remarks=self._remarks(name, outcome, stage),
            spans=spans,
            values=values,
            cost=cost,
        )

    def _remarks(self, name: str, outcome: Outcome, stage: Stage) -> tuple[str, ...]:
        correction = self._work.corrections.get(name)
        if correction is None or stage is Stage.RIGHT:
            return ()
        return remarks(outcome.formulation or correction.before, correction.after)


def _status(outcome: Outcome) -> str:
    """Return what the solver said, where that tells something."""
    said = None if outcome.result is None else outcome.result.termination
    return "" if said in (None, Termination.OPTIMAL, Termination.UNKNOWN) else str(said)
