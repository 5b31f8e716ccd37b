"""The queue and the threads: so many runs at once, each with an event loop of its own so that none holds up another.

A run belongs to the database: what the last server left open is taken up again, a run of words at the step it was in.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from fivefold.errors import FivefoldError, LLMError
from fivefold_server.config import Config
from fivefold_server.errors import Refusal, refusal_of
from fivefold_server.log import Log
from fivefold_server.metrics import Metrics
from fivefold_server.runs.ended import Ended
from fivefold_server.runs.finishing import finish
from fivefold_server.runs.solving import solve_formulation, solve_words
from fivefold_server.runs.telling import Teller
from fivefold_server.store import events, files, formulations, runs
from fivefold_server.store.connection import Db
from fivefold_server.store.database import Database
from fivefold_server.store.events import News
from fivefold_server.store.runs import RunRow
from fivefold_server.workspace.binding import Given

_log = logging.getLogger("fivefold.server")


class _Going:
    """A run in its thread."""

    def __init__(self, row: RunRow) -> None:
        self.row = row
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None
        self._stopped = False

    def enter(self) -> bool:
        """Note the event loop that it runs in; return False where it was stopped before that."""
        with self._lock:
            self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
            return not self._stopped

    def leave(self) -> None:
        """Note that its event loop ends."""
        with self._lock:
            self._loop = self._task = None

    def stop(self) -> None:
        """Cancel it, from any thread."""
        with self._lock:
            self._stopped = True
            if self._loop is not None and self._task is not None:
                self._loop.call_soon_threadsafe(self._task.cancel)


class Runner:
    """The runs of one server."""

    def __init__(self, config: Config, database: Database, log: Log, metrics: Metrics) -> None:
        self._config = config
        self._database = database
        self._log = log
        self._metrics = metrics
        self._going: dict[str, _Going] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._places: dict[str, int] = {}
        self._filling = asyncio.Lock()
        self._closing = False
        self._threads = ThreadPoolExecutor(config.limits.running, thread_name_prefix="fivefold-run")

    async def start(self) -> None:
        """Take up what the last server left open, and begin."""
        for row in await self._database.read(runs.left_open):
            given_up = row.status == "running" and row.attempts >= self._config.limits.attempts
            await self._log.told(partial(_give_up if given_up else _take_up, row=row))
        await self.fill()

    async def close(self) -> None:
        """Stop all runs; they stay open in the database and are taken up by the next server."""
        self._closing = True
        for going in list(self._going.values()):
            going.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._threads.shutdown()

    async def fill(self) -> None:
        """Begin the runs for which there is room, and tell the others their places."""
        async with self._filling:
            while len(self._going) < self._config.limits.running and not self._closing:
                row = self._next(await self._database.read(runs.waiting))
                if row is None:
                    break
                begun = await self._database.write(partial(runs.begin, name=row.id))
                if begun is not None:
                    self._begin(begun)
            waiting = await self._database.read(runs.waiting)
            self._metrics.running.set(len(self._going))
            self._metrics.waiting.set(len(waiting))
            self._tell_places(waiting)

    async def cancel(self, row: RunRow) -> None:
        """End a run that is not over; what it has told stays."""
        going = self._going.get(row.id)
        if going is not None:
            going.stop()
            return
        await self._log.told(partial(_cancel, row=row))
        self._metrics.ended.labels(row.kind, "cancelled").inc()
        await self.fill()

    def position(self, row: RunRow) -> int | None:
        """Return the place of a run that waits, from 1."""
        return self._places.get(row.id) if row.status == "queued" else None

    def _next(self, waiting: Sequence[RunRow]) -> RunRow | None:
        """Return whose turn it is: who has the fewest runs under way, then who came first."""
        busy = Counter(going.row.owner for going in self._going.values())
        free = [row for row in waiting if row.id not in self._going]
        return min(free, key=lambda row: (busy[row.owner], row.place), default=None)

    def _begin(self, row: RunRow) -> None:
        going = self._going[row.id] = _Going(row)
        self._places.pop(row.id, None)
        task = asyncio.create_task(self._go(going), name=f"run {row.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _tell_places(self, waiting: Sequence[RunRow]) -> None:
        places = {row.id: place for place, row in enumerate(waiting, start=1)}
        for row in waiting:
            if self._places.get(row.id) != places[row.id]:
                self._log.tell(_status(row, "queued", position=places[row.id], attempt=row.attempts))
        self._places = places

    async def _go(self, going: _Going) -> None:
        row, clock = going.row, time.perf_counter()
        told = await self._database.read(partial(events.of_run, run=row.id, kinds=["step.started"]))
        visits: Counter[str] = Counter(json.loads(event.data)["step"] for event in told)
        teller = Teller(self._log, row, self._metrics, visits)
        teller.tell("run.status", status="running", run_kind=row.kind, attempt=row.attempts, resumed=row.attempts > 1)
        try:
            loop = asyncio.get_running_loop()
            ended = await loop.run_in_executor(self._threads, self._in_thread, going, teller)
        finally:
            del self._going[row.id]
        if ended is None and self._closing:
            return
        ended = ended or Ended(status="cancelled")
        teller.flush()
        try:
            await finish(self._log, row, ended)
        except Exception as fault:
            # A run must not stay open because its result cannot be kept.
            ended = Ended(status="failed", error=failure(fault))
            await finish(self._log, row, ended)
        self._count(row, ended, time.perf_counter() - clock)
        await self.fill()

    def _in_thread(self, going: _Going, teller: Teller) -> Ended | None:
        """Run to the end; return None where it was stopped."""
        return asyncio.run(self._stoppable(going, teller))

    async def _stoppable(self, going: _Going, teller: Teller) -> Ended | None:
        try:
            return await self._solved(going.row, teller) if going.enter() else None
        except asyncio.CancelledError:
            return None
        except Exception as fault:
            if isinstance(fault, LLMError):
                self._metrics.llm_errors.inc()
            return Ended(status="failed", error=failure(fault))
        finally:
            going.leave()

    async def _solved(self, row: RunRow, teller: Teller) -> Ended:
        if row.kind == "words":
            return await solve_words(row, self._config.settings, teller, await self._given(row))
        find = partial(formulations.one, owner=row.owner, problem=row.problem, version=row.formulation)
        version = await self._database.read(find)
        if version is None:
            raise Refusal(404, "not-found", f"there is no version {row.formulation}", "run another version")
        return await solve_formulation(row, self._config.settings, teller, version.text)

    async def _given(self, row: RunRow) -> list[Given]:
        """Return the data files that a run from words was given; one that was removed meanwhile is left out."""

        def find(db: Db) -> list[Given]:
            rows = [files.one(db, row.owner, name) for name in json.loads(row.asked).get("files", ())]
            return [Given(file.name, files.content(db, file.id)) for file in rows if file is not None]

        return await self._database.read(find)

    def _count(self, row: RunRow, ended: Ended, seconds: float) -> None:
        self._metrics.ended.labels(row.kind, ended.status).inc()
        self._metrics.run_s.observe(seconds)
        for side, tokens in zip(("question", "answer"), ended.tokens, strict=True):
            self._metrics.llm_tokens.labels(side).inc(tokens)
        if ended.result is not None:
            self._metrics.solver_s.inc(ended.result.wall_s)


def failure(fault: Exception) -> dict[str, Any]:
    """Return why a run failed, as a problem document; a bug tells its kind and where it was raised, nothing else."""
    refusal = refusal_of(fault)
    if refusal is None:
        _log.error("a run failed", exc_info=fault)
        detail = f"the server failed: {type(fault).__name__}"
        refusal = Refusal(500, "bug", detail, "try again; the server's own log says more")
    document = refusal.document()
    document["can_resume"] = isinstance(fault, FivefoldError) and refusal.status >= 500
    return document


def _status(row: RunRow, status: str, **more: Any) -> News:
    return News(row.problem, row.owner, row.id, "run.status", {"status": status, "run_kind": row.kind, **more})


def _take_up(db: Db, row: RunRow) -> tuple[None, Sequence[News]]:
    runs.requeue(db, row.id)
    if row.status == "queued":
        return None, ()
    return None, (_status(row, "queued", attempt=row.attempts, resumed=True),)


def _give_up(db: Db, row: RunRow) -> tuple[None, Sequence[News]]:
    """Do not let a run that takes the server down do so for ever; a person can resume it."""
    runs.finish(db, row.id, "interrupted_by_restart")
    return None, (_status(row, "interrupted_by_restart", attempt=row.attempts),)


def _cancel(db: Db, row: RunRow) -> tuple[None, Sequence[News]]:
    runs.finish(db, row.id, "cancelled")
    return None, (_status(row, "cancelled", attempt=row.attempts),)
