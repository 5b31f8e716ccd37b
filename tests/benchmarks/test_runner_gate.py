"""How many questions at once: up while it pays, back when it does not, down when the endpoint refuses."""

import asyncio
import random
import selectors
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import pytest

from fivefold_benchmarks.adaptive import Gate

T = TypeVar("T")
Serve = Callable[[], Awaitable[int]]
"""Answers one question and returns its tokens."""


class SkippingSelector(selectors.DefaultSelector):
    """Counts the time to wait instead of waiting."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += max(0.0, timeout or 0.0)
        return super().select(0)


class SkippingLoop(asyncio.SelectorEventLoop):
    """Sleeps without taking time, so that what is measured does not hang on how busy the machine is."""

    def __init__(self) -> None:
        self._skipping = SkippingSelector()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.now


def skipping(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        return runner.run(work)


async def load(gate: Gate, count: int, serve: Serve) -> list[int]:
    """Ask so many questions through the gate, as many as it lets through at once; the limits on the way."""
    limits: list[int] = []

    async def one() -> None:
        pace = await gate.enter()
        begun = asyncio.get_running_loop().time()
        try:
            tokens = await serve()
            if tokens:
                gate.answered(pace, asyncio.get_running_loop().time() - begun, tokens)
            limits.append(gate.limit)
        finally:
            gate.leave()

    await asyncio.gather(*(one() for _ in range(count)))
    return limits


def test_a_server_with_room_gets_all_that_is_allowed() -> None:
    draw = random.Random(1)

    async def serve() -> int:
        await asyncio.sleep(0.02 * 100 ** draw.random() / 10)
        return 10

    gate = Gate(64)
    limits = skipping(load(gate, 600, serve))
    assert limits[0] == 8 and max(limits) == 64
    assert sum(limit == 64 for limit in limits) > 300


def test_a_server_that_gains_nothing_is_not_flooded() -> None:
    places = asyncio.Semaphore(8)

    async def serve() -> int:
        async with places:
            await asyncio.sleep(2)
        return 10

    limits = skipping(load(Gate(256), 2000, serve))
    assert max(limits) <= 64
    assert sorted(limits)[len(limits) // 2] <= 24
    assert min(limits) >= 8


def test_a_server_that_gains_a_little_gets_more() -> None:
    busy = 0

    async def serve() -> int:
        nonlocal busy
        busy += 1
        await asyncio.sleep(0.3 + 0.1 * busy**0.5)  # a batch: each doubling gives two thirds more
        busy -= 1
        return 10

    limits = skipping(load(Gate(64), 2000, serve))
    assert max(limits) == 64 and sum(limits) / len(limits) > 50


def test_refusals_lower_the_limit_and_it_rises_again() -> None:
    gate = Gate(32)
    refused = 0
    full = 20

    async def serve() -> int:
        nonlocal refused
        await asyncio.sleep(1)
        if gate.busy > full:
            refused += 1
            gate.overloaded()
            return 0
        return 10

    limits = skipping(load(gate, 1200, serve))
    assert max(limits) > 20 and refused < 300
    tail = limits[-600:]
    assert max(tail) <= 26 and sum(tail) / len(tail) > 11


async def test_refusals_that_come_together_count_once() -> None:
    gate = Gate(100, limit=100)
    for _ in range(50):
        gate.overloaded()
    assert gate.limit == 70
    gate = Gate(1)
    gate.overloaded()
    assert gate.limit == 1


async def test_turns_come_in_order_and_a_cancelled_wait_takes_none() -> None:
    gate = Gate(1)
    await gate.enter()
    came: list[int] = []

    async def wait(number: int) -> None:
        await gate.enter()
        came.append(number)

    tasks = [asyncio.create_task(wait(number)) for number in range(4)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    gate.leave()  # the first one's turn
    tasks[0].cancel()  # which is cancelled before it can take it
    await asyncio.sleep(0.01)
    assert came in ([2], [0]) and gate.busy == 1
    gate.leave()
    await asyncio.sleep(0.01)
    assert came[-1] in (2, 3) and gate.busy == 1
    gate.leave()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_items_begin_only_where_there_is_room_and_one_ahead() -> None:
    gate = Gate(2)
    for _ in range(3):
        await gate.vacancy()
    fourth = asyncio.create_task(gate.vacancy())
    await asyncio.sleep(0.01)
    assert not fourth.done() and not gate.has_room
    await gate.enter()
    gate.begun()  # the first asks now: still three wanted
    await asyncio.sleep(0.01)
    assert not fourth.done()
    gate.leave()
    await asyncio.sleep(0.01)
    assert fourth.done()


def share_of_ideal(most: int, rounds: int, seed: int) -> float:
    """Answers of 0.2 to 20 s: time with all turns taken from the start, over time with the gate."""

    def seconds(gate: Gate) -> float:
        draw = random.Random(seed)

        async def serve() -> int:
            await asyncio.sleep(0.2 * 100 ** draw.random())
            return 10

        async def timed() -> float:
            await load(gate, rounds * most, serve)
            return asyncio.get_running_loop().time()

        return skipping(timed())

    return seconds(Gate(most, limit=most)) / seconds(Gate(most))


@pytest.mark.parametrize(("most", "rounds", "least"), [(8, 20, 0.999), (64, 20, 0.98), (256, 20, 0.98), (256, 7, 0.95)])
def test_finding_the_limit_costs_a_server_with_room_little(most: int, rounds: int, least: float) -> None:
    shares = [share_of_ideal(most, rounds, seed) for seed in range(4)]
    print(f"{most}, {rounds} rounds: {', '.join(f'{100 * share:.1f} %' for share in shares)}")
    assert sum(shares) / len(shares) >= least


def test_chance_makes_no_run_fall_back() -> None:
    """Some of the first answers are a hundred times as long as others: that alone must not look like too much."""
    assert min(share_of_ideal(32, 8, seed) for seed in range(40)) >= 0.92


async def test_some_are_kept_ready_where_the_client_itself_holds_requests_back() -> None:
    for gate, through in (
        (Gate(16, limit=16, held=True), 18),
        (Gate(16, limit=8, held=True), 8),
        (Gate(8, limit=8), 8),
    ):
        tasks = [asyncio.create_task(gate.enter()) for _ in range(30)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert gate.busy == through and sum(task.done() for task in tasks) == through
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_another_most_is_kept_to() -> None:
    gate = Gate(16, limit=16)
    gate.allow(4)
    assert (gate.most, gate.limit) == (4, 4)
    gate.allow(8)
    assert (gate.most, gate.limit) == (8, 4)


@pytest.mark.parametrize("seed", range(2))
def test_a_server_that_more_at_once_slows_down_is_spared(seed: int) -> None:
    """Beyond 32 at once each answer takes four times as long for a doubling: half as much gets done."""
    draw, busy = random.Random(seed), 0

    async def serve() -> int:
        nonlocal busy
        busy += 1
        await asyncio.sleep(draw.uniform(1.4, 2.6) * max(1, busy / 32) ** 2)
        busy -= 1
        return 10

    limits = skipping(load(Gate(256), 2000, serve))
    assert max(limits) <= 128 and sum(limits) / len(limits) < 64
