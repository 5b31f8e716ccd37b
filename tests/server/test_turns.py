"""Runs compute in turns, so that the event loop that answers contends with a few threads and not with dozens."""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest

from fivefold.checks.results import falsify
from fivefold.computing import computed, waited_s
from fivefold_server.config import Config, Limits
from fivefold_server.metrics import Metrics
from fivefold_server.running import running
from fivefold_server.runs.turns import Turns
from fivefold_server.store import runs
from fivefold_server.store.connection import Db
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding
from fivefold_solvers.formulation.identity import Key
from tests.agent.solving import settings_for, toys
from tests.scripted_llm import ScriptedLLM
from tests.server.serving import serving
from tests.server.test_load import chat

RUNS = 8


Done = TypeVar("Done")


class Counted:
    """Counts who is inside at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self.calls = 0
        self.most = 0

    def inside(self, work: Callable[[], Done]) -> Done:
        """Do something, and be counted meanwhile."""
        with self._lock:
            self._inside += 1
            self.calls += 1
            self.most = max(self.most, self._inside)
        try:
            return work()
        finally:
            with self._lock:
                self._inside -= 1


@pytest.mark.parametrize("at_once", [1, 3])
def test_no_more_compute_at_once_than_there_are_turns(at_once: int) -> None:
    turns, counted, together = Turns(at_once), Counted(), threading.Barrier(RUNS)

    async def begun() -> None:
        await asyncio.to_thread(together.wait, 60)  # all of them wait at once, none with a turn
        for _ in range(5):
            await asyncio.sleep(0.001)
            counted.inside(lambda: time.sleep(0.002))
            await computed(counted.inside, lambda: time.sleep(0.002))

    with ThreadPoolExecutor(RUNS) as threads:
        list(threads.map(lambda _: turns.run(begun()), range(RUNS)))
        assert counted.calls == RUNS * 10
        assert counted.most <= at_once
        list(threads.map(lambda _: asyncio.run(begun()), range(RUNS)))  # without turns
        assert counted.most > at_once


def test_who_waits_longest_is_next() -> None:
    turns, order = Turns(1), list[int]()

    def take(number: int) -> None:
        with turns:
            order.append(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(6)]
    with turns:
        for many, thread in enumerate(threads, start=1):
            thread.start()
            while turns.waiting < many:
                time.sleep(0.001)
    for thread in threads:
        thread.join(60)
    assert order == [0, 1, 2, 3, 4, 5]


def test_the_wait_for_a_turn_is_known_and_ends_where_the_run_is_stopped() -> None:
    turns, told, waits = Turns(1), list[float](), threading.Event()
    loops = list[asyncio.AbstractEventLoop]()

    async def run() -> None:
        task = asyncio.current_task()
        assert task is not None
        loops.append(asyncio.get_running_loop())
        loops[0].call_later(0.01, waits.set)
        try:
            await asyncio.sleep(3600)
        finally:
            told.append(waited_s())

    def stopped() -> str:
        try:
            turns.run(run())
        except asyncio.CancelledError:
            return "cancelled"
        return "ended"

    with ThreadPoolExecutor(1) as threads:
        ending = threads.submit(stopped)
        assert waits.wait(60)
        with turns:
            loops[0].call_soon_threadsafe(lambda: [task.cancel() for task in asyncio.all_tasks(loops[0])])
            while not turns.waiting:
                time.sleep(0.001)
            time.sleep(0.02)
        assert ending.result(60) == "cancelled"
    assert told[0] >= 0.02
    with turns:  # it has given its own back
        assert turns.waiting == 0


def test_runs_of_a_server_compute_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted()

    def falsified(formulation: Formulation, text: str, values: Mapping[str, Mapping[Key, float]]) -> list[Finding]:
        return counted.inside(lambda: falsify(formulation, text, values))

    monkeypatch.setattr("fivefold.nodes.judge.falsify", falsified)
    with ScriptedLLM(toys()) as llm, ThreadPoolExecutor(RUNS) as threads:
        limits = Limits(running=RUNS, waiting_each=RUNS, computing=1)
        with serving(Config(settings=settings_for(llm.base_url, tmp_path), limits=limits)) as server:
            chats = list(threads.map(lambda number: chat(server, number), range(RUNS)))
    assert [seen[-1]["data"]["status"] for _, seen in chats] == ["succeeded"] * RUNS
    assert counted.calls >= RUNS
    assert counted.most == 1


async def test_one_look_at_the_queue_serves_all_who_asked_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = list[int]()

    def queue(db: Db) -> list[runs.InQueue]:
        looks.append(len(found := queue_of(db)))
        return found

    queue_of = runs.queue
    monkeypatch.setattr("fivefold_server.store.runs.queue", queue)
    async with running(Config(data_dir=tmp_path), Metrics()) as context:
        await context.runner.loaded()
        looks.clear()
        await asyncio.gather(*(context.runner.fill() for _ in range(50)))
        assert 1 <= len(looks) <= 3  # one for the first, one for all others; one may be the server's own
