"""The sandbox under asyncio: many at once, and cancelling that is quick and complete."""

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from fivefold_solvers.program import Program
from fivefold_solvers.result import Exit, Limits
from fivefold_solvers.sandbox import arun
from fivefold_solvers.sandbox.errors import StartError
from fivefold_solvers.sandbox.pool import close_all
from tests.solvers.sandbox_census import busy_children


def program(source: str) -> Program:
    return Program(source=source, library="pyomo", solver="highs")


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    yield tmp_path
    close_all()  # its spare children may have folders there
    assert list(tmp_path.iterdir()) == []


async def test_twenty_at_once_do_not_mix():
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticking = asyncio.create_task(tick())
    results = await asyncio.gather(*(arun(program(f"print({n})")) for n in range(20)))
    ticking.cancel()
    assert [result.stdout for result in results] == [f"{n}\n" for n in range(20)]
    assert {result.exit for result in results} == {Exit.NO_RESULT}
    assert ticks > 5  # the loop was free meanwhile


@pytest.mark.skipif(sys.platform != "linux", reason="the count of processes is Linux's")
async def test_cancelling_kills_the_program_at_once():
    await arun(program("1"))
    took: list[float] = []
    for _ in range(3):
        told = asyncio.Event()
        descriptors = len(os.listdir("/proc/self/fd"))
        source = "import time; print('on'); time.sleep(60)"
        task = asyncio.create_task(arun(program(source), on_line=lambda *_, told=told: told.set()))
        await asyncio.wait_for(told.wait(), 60)
        started = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        took.append(time.monotonic() - started)
        assert busy_children() == 0
        assert len(os.listdir("/proc/self/fd")) == descriptors
    assert min(took) < 1, took  # the best of three, because this machine may be busy with something else


async def test_cancelling_before_the_start_leaves_nothing():
    task = asyncio.create_task(arun(program("import time; time.sleep(60)")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_timeout_around_it_is_a_cancellation():
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await arun(program("while True: pass"))
    assert time.monotonic() - started < 20


async def test_limits_hold_there_too():
    result = await arun(program("while True: pass"), Limits(wall_s=0.4))
    assert result.exit is Exit.TIMED_OUT and result.wall_s < 20


async def test_errors_of_the_machine_come_through():
    with pytest.raises(StartError):
        await arun(program("1"), python="/nowhere/python")


async def test_lines_come_in_the_loop_and_before_the_result():
    thread = asyncio.get_running_loop()
    seen: list[tuple[str, bool]] = []

    def hear(stream: str, line: str) -> None:
        seen.append((line, asyncio.get_running_loop() is thread))

    await arun(program("print('a'); print('b')"), on_line=hear)
    assert seen == [("a", True), ("b", True)]


async def test_an_error_of_the_machine_does_not_hide_a_cancellation(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def failing(*_: object) -> None:
        loop.call_soon_threadsafe(begun.set)
        time.sleep(0.2)
        raise OSError("Too many open files")

    monkeypatch.setattr("fivefold_solvers.sandbox.runner._run", failing)
    task = asyncio.create_task(arun(program("1")))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_coroutine_that_is_closed_while_it_waits_ends_its_program() -> None:
    loop = asyncio.new_event_loop()
    told = asyncio.Event()
    waiting = arun(program("import time; print('on'); time.sleep(60)"), on_line=lambda *_: told.set())
    task = loop.create_task(waiting)
    loop.run_until_complete(asyncio.wait_for(told.wait(), 60))
    started = time.monotonic()
    waiting.close()
    assert time.monotonic() - started < 20
    with pytest.raises(RuntimeError, match="already awaited"):
        loop.run_until_complete(task)
    loop.close()
