"""The queue and the threads: so many runs at once, each with an event loop of its own so that none holds up another.

A run belongs to the database: what a server left open is taken up again, a run of words at the step it was in. On
Postgres several servers take runs out of one queue; each goes on with what another that went down has left.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

from fivefold.connecting import load
from fivefold.errors import FivefoldError, LLMError, OutsideError
from fivefold_server.config import Config
from fivefold_server.errors import Refusal, refusal_of
from fivefold_server.hub import QUEUE, Hub
from fivefold_server.log import Log
from fivefold_server.metrics import Metrics
from fivefold_server.rates import Counted
from fivefold_server.runs.best import best_of_version, best_of_words
from fivefold_server.runs.ended import Ended
from fivefold_server.runs.finishing import finish
from fivefold_server.runs.going import Going
from fivefold_server.runs.heart import Heart
from fivefold_server.runs.keeping import KeptRun, LostRun
from fivefold_server.runs.solving import answer_question, solve_formulation, solve_words
from fivefold_server.runs.telling import Teller
from fivefold_server.runs.turns import Turns
from fivefold_server.runs.watching import Watcher
from fivefold_server.store import events, files, formulations, leases, replies, runs
from fivefold_server.store.connection import Db
from fivefold_server.store.database import Database
from fivefold_server.store.events import News
from fivefold_server.store.runs import InQueue, RunRow
from fivefold_server.telemetry import Telemetry
from fivefold_server.workspace.binding import Given

GATHER_S = 0.25
"""Seconds between two looks at the queue at least."""
NEAR = 10
"""Places in the queue that are told each."""
_log = logging.getLogger("fivefold.server")


class Runner:
    """The runs of one server."""

    def __init__(
        self,
        config: Config,
        database: Database,
        log: Log,
        hub: Hub,
        metrics: Metrics,
        counted: Counted,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._config = config
        self._database = database
        self._log = log
        self._hub = hub
        self._metrics = metrics
        self._telemetry = telemetry or Telemetry()
        self._heart = Heart(database, config.limits.lease_s, counted, self._believed)
        self._going: dict[str, Going] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._places: dict[str, int] = {}
        self._filling = asyncio.Lock()
        self._asked = self._looked = 0
        """Looks at the queue that were asked for, and how many of these were answered."""
        self._closing = False
        self._loop = asyncio.get_running_loop()
        self._turns = Turns(config.limits.computing)
        self._threads = ThreadPoolExecutor(max(1, config.limits.running), thread_name_prefix="fivefold-run")

    async def start(self) -> None:
        """Take up what servers that are gone left open, and begin; what runs need is loaded before the first."""
        self._loading = asyncio.create_task(asyncio.to_thread(load))
        await self._heart.start()
        await self._free()
        await self.fill()
        self._watching = asyncio.create_task(self._watch(), name="queue")

    async def close(self) -> None:
        """Stop all runs; they stay open in the database and are taken up by another server, or by the next."""
        self._closing = True
        self._watching.cancel()
        for going in list(self._going.values()):
            going.stop()
        await asyncio.gather(self._watching, self._loading, *self._tasks, return_exceptions=True)
        self._threads.shutdown()
        self._heart.stop()
        with suppress(OutsideError):  # the others will notice
            await self._log.told(partial(_leave, worker=self._heart.worker))

    async def loaded(self) -> None:
        """Wait until what runs need is loaded: until then they would hold up answers."""
        await asyncio.shield(self._loading)

    def elsewhere(self, owner: str) -> int:
        """Return how many live streams a user has on other servers."""
        return self._heart.others[owner]

    async def fill(self) -> None:
        """Begin the runs for which there is room; one look serves all who have asked for it before it begins."""
        self._asked = asked = self._asked + 1
        async with self._filling:
            if self._looked >= asked:
                return
            looked = self._asked
            waiting = await self._database.read(runs.queue)
            while waiting and self._has_room():
                row = await self._database.write(partial(runs.take, worker=self._heart.worker))
                if row is None:
                    break
                self._begin(row)
                waiting = [one for one in waiting if one.id != row.id]
            self._places = {row.id: place for place, row in enumerate(waiting, start=1)}
            self._metrics.running.set(len(self._going))
            self._metrics.waiting.set(len(waiting))
            self._looked = looked

    async def cancel(self, row: RunRow, *, keep: bool = False) -> None:
        """End a run that is not over; what it has told stays, and with `keep` the best that it has found."""
        going = self._going.get(row.id)
        if going is not None:
            going.stop(keep=keep)
            return
        if await self._log.told(partial(_cancel, row=row, keep=keep)):
            self._metrics.ended.labels(row.kind, "cancelled").inc()
        await self.fill()

    def position(self, row: RunRow) -> int | None:
        """Return the place of a run that waits, from 1."""
        return self._places.get(row.id) if row.status == "queued" else None

    def _has_room(self) -> bool:
        return len(self._going) < self._config.limits.running and self._heart.lives and not self._closing

    def _begin(self, row: RunRow) -> None:
        going = self._going[row.id] = Going(row)
        task = asyncio.create_task(self._go(going), name=f"run {row.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _believed(self, lives: bool) -> None:
        """Hear in the heart's thread whether the others believe that this server lives."""
        if not lives:
            for going in list(self._going.values()):
                going.stop(lost=True)
        self._log.heard([QUEUE])

    async def _watch(self) -> None:
        """Look after the queue whenever something happened to it, here or elsewhere, and every few seconds."""
        freed = time.monotonic()
        with self._hub.listening(QUEUE) as ear:
            # `wait_for` may lose a cancellation that comes with what it waits for.
            while not self._closing:
                ear.clear()
                try:
                    if self._database.shared and time.monotonic() - freed > self._heart.pause_s:
                        freed = time.monotonic()
                        await self._free()
                    await self._look()
                except Exception as fault:
                    _log.error("the queue could not be looked after", exc_info=fault)
                await asyncio.sleep(GATHER_S)
                with suppress(TimeoutError):
                    await asyncio.wait_for(ear.wait(), self._heart.pause_s)

    async def _look(self) -> None:
        old = await self._database.read(partial(replies.too_old, longest_s=self._config.limits.reply_s))
        for row in old:
            await self.cancel(row)
        for name, keep in await self._database.read(partial(runs.to_stop, worker=self._heart.worker)):
            if name in self._going:
                self._going[name].stop(keep=keep)
        await self.fill()
        if self._places:
            await self._log.told(_tell_places)

    async def _free(self) -> None:
        """Put runs of servers that are gone back into the queue."""
        limits = self._config.limits
        await self._log.told(partial(_freed, lease_s=limits.lease_s, attempts=limits.attempts))

    async def _go(self, going: Going) -> None:
        row, clock = going.row, time.perf_counter()
        teller = Teller(self._log, row, self._metrics, await self._visits(row))
        teller.tell("run.status", status="running", run_kind=row.kind, attempt=row.attempts, resumed=row.attempts > 1)
        try:
            loop = asyncio.get_running_loop()
            ended = await loop.run_in_executor(self._threads, self._in_thread, going, teller)
        finally:
            del self._going[row.id]
        if going.lost or (ended is None and self._closing):
            return
        ended = ended or Ended(status="cancelled")
        teller.flush()
        try:
            await finish(self._log, row, ended, self._turns)
        except Exception as fault:
            # A run must not stay open because its result cannot be kept.
            ended = Ended(status="failed", error=failure(fault))
            await finish(self._log, row, ended, self._turns)
        self._count(row, ended, time.perf_counter() - clock)
        await self.fill()

    async def _visits(self, row: RunRow) -> Counter[str]:
        """Return how often each step of a run was begun before."""
        if row.attempts == 1:
            return Counter()
        told = await self._database.read(partial(events.of_run, run=row.id, kinds=["step.started"]))
        return Counter(json.loads(event.data)["step"] for event in told)

    def _in_thread(self, going: Going, teller: Teller) -> Ended | None:
        """Run to the end; return None where it was stopped."""
        return self._turns.run(self._stoppable(going, teller))

    async def _stoppable(self, going: Going, teller: Teller) -> Ended | None:
        watcher = self._watcher(going.row, teller)
        try:
            return await self._traced(going.row, teller, watcher) if going.enter() else None
        except asyncio.CancelledError:
            return await self._best(going, teller, watcher)
        except LostRun:
            going.lost = True
            return None
        except Exception as fault:
            if isinstance(fault, LLMError):
                self._metrics.llm_errors.inc()
            return Ended(status="failed", error=failure(fault))
        finally:
            watcher.end()
            going.leave()

    def _watcher(self, row: RunRow, teller: Teller) -> Watcher:
        asked: dict[str, Any] = json.loads(row.asked)
        limit_s = float(asked.get("time_limit_s") or asked.get("options", {}).get("time_limit_s") or 0)
        limits = self._config.limits
        return Watcher(teller.tell, limits.watch_after_s, limit_s or limits.solve_s)

    async def _best(self, going: Going, teller: Teller, watcher: Watcher) -> Ended | None:
        """Return the best so far of a run that a person stopped; None where there is none or nobody wants it."""
        if not going.keeps:
            return None
        try:
            if going.row.kind == "words":
                return await best_of_words(going.row, KeptRun(self._database, going.row), watcher)
            return None if going.row.kind == "question" else await best_of_version(going.row, watcher, teller)
        except asyncio.CancelledError:
            return None
        except Exception as fault:
            return Ended(status="failed", error=failure(fault))

    async def _traced(self, row: RunRow, teller: Teller, watcher: Watcher) -> Ended:
        with self._telemetry.of_run(row) as teller.spans:
            ended = await self._solved(row, teller, watcher)
            teller.spans.came_to(ended.status)
            return ended

    async def _solved(self, row: RunRow, teller: Teller, watcher: Watcher) -> Ended:
        settings = self._config.settings
        if row.kind == "words":
            keeper = KeptRun(self._database, row)
            return await solve_words(row, settings, teller, keeper, watcher, await self._given(row))
        find = partial(formulations.one, owner=row.owner, problem=row.problem, version=row.formulation)
        version = await self._database.read(find)
        if version is None:
            raise Refusal(404, "not-found", f"there is no version {row.formulation}", "run another version")
        if row.kind == "question":
            return await answer_question(row, teller, version.text)
        return await solve_formulation(row, settings, teller, version.text, watcher)

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


def _status(row: RunRow | InQueue, status: str, **more: Any) -> News:
    return News(row.problem, row.owner, row.id, "run.status", {"status": status, "run_kind": row.kind, **more})


def _freed(db: Db, lease_s: float, attempts: int) -> tuple[None, Sequence[News]]:
    """Let runs wait again that no server has; end those that were to be ended, and those that end every server."""
    news: list[News] = []
    for row in leases.freed(db, lease_s):
        if row.stopping:
            news += _ended(db, row, "cancelled")
        elif row.falls >= attempts:
            # A person can still resume it.
            news += _ended(db, row, "interrupted_by_restart")
        else:
            runs.requeue(db, row.id)
            news.append(_status(row, "queued", attempt=row.attempts, resumed=True))
    return None, news


def _leave(db: Db, worker: str) -> tuple[None, Sequence[News]]:
    """Let the runs wait again that a server stopped because it ends in good order."""
    held = runs.held_by(db, worker)
    for row in held:
        runs.requeue(db, row.id, falls=max(0, row.falls - 1))
    leases.leave(db, worker)
    return None, [_status(row, "queued", attempt=row.attempts, resumed=True) for row in held]


def _cancel(db: Db, row: RunRow, keep: bool) -> tuple[bool, Sequence[News]]:
    """End a run that no server has; ask the server that has it to end it. Return whether it ended."""
    now = runs.one(db, row.owner, row.id)
    if now is None or not now.is_open:
        return False, ()
    if runs.stop(db, row.id, keep=keep):
        return False, (_status(now, now.status, attempt=now.attempts, stopping=True),)
    return True, _ended(db, row, "cancelled")


def _ended(db: Db, row: RunRow, status: str) -> list[News]:
    runs.finish(db, row.id, status)
    return [_status(row, status, attempt=row.attempts)]


def _tell_places(db: Db) -> tuple[None, Sequence[News]]:
    """Tell runs their places in the queue: the first ones each, those far behind every tenth part of the way."""
    news: list[News] = []
    for place, row in enumerate(runs.queue(db), start=1):
        near = place <= NEAR and row.told != place
        if near or row.told is None or place > row.told or place < 0.9 * row.told:
            runs.tell_place(db, row.id, place)
            news.append(_status(row, "queued", position=place, attempt=row.attempts))
    return None, news
