"""A run that was killed goes on where it was, and asks the LLM nothing that was answered before."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import fivefold
from fivefold import CallerError, OutsideError
from fivefold.api import CHECKPOINTS, unfinished_runs
from fivefold.graph import stored_state
from fivefold.trace import Trace
from tests.agent.solving import NO_BOARDS, RIGHT, TOYS, TOYS_OPTIMUM, kind_of, settings_for, toys
from tests.scripted_llm import Fault, ScriptedLLM

KILLED_AT = """
import os, signal, sys
import fivefold
step, url, data, cache, trace = sys.argv[1:]
visit = int(step.partition("#")[2] or 1)

def hear(event):
    global visit
    if event.kind == "begin" and event.step == step.partition("#")[0]:
        visit -= 1
        if visit == 0:
            os.kill(os.getpid(), signal.SIGKILL)

from pathlib import Path
settings = fivefold.Settings(base_url=url, cache_dir=Path(cache), data_dir=Path(data))
fivefold.solve(sys.stdin.read(), settings=settings, run_id="killed", trace=trace, on_event=hear)
"""


def kill_at(step: str, url: str, folder: Path) -> None:
    """Run the toy shop in a process of its own that is killed when a step begins."""
    settings = settings_for(url, folder)
    arguments = [step, url, str(settings.data_dir), str(settings.cache_dir), str(folder / "trace.jsonl")]
    done = subprocess.run([sys.executable, "-c", KILLED_AT, *arguments], input=TOYS.encode(), check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("step", ["read", "formulate", "emit", "run", "repair", "judge#2", "explain"])
async def test_a_killed_run_goes_on_at_its_step(tmp_path: Path, step: str) -> None:
    with ScriptedLLM(toys(NO_BOARDS, RIGHT)) as server:
        kill_at(step, server.base_url, tmp_path)
        settings = settings_for(server.base_url, tmp_path)
        waiting = await unfinished_runs(settings)
        assert waiting == [("killed", step.partition("#")[0], TOYS)]
        begun: list[str] = []
        outcome = await fivefold.asolve(
            "",
            settings=settings,
            resume="killed",
            trace=tmp_path / "trace.jsonl",
            on_event=lambda event: begun.append(event.step) if event.kind == "begin" else None,
        )
        assert begun[0] == step.partition("#")[0] and begun[-1] == "explain"
        assert outcome.objective == pytest.approx(TOYS_OPTIMUM) and len(outcome.rounds) == 2
        assert [kind_of(request) for request in server.requests] == ["declare", "rows", "rows"]
        assert outcome.usage.calls == 3 and outcome.usage.prompt_tokens == 21 and outcome.usage.solver_s > 0
        assert await unfinished_runs(settings) == []
    nodes = [span.node for span in Trace.read(tmp_path / "trace.jsonl").spans]
    assert nodes[0] == "read" and nodes[-1] == "explain" and nodes.count("judge") == 2


def test_a_kill_between_two_answers_of_one_step_costs_no_answer(tmp_path: Path) -> None:
    second_came = threading.Event()
    rule = toys(RIGHT)

    def watched(request: dict[str, object]) -> object:
        if kind_of(request) == "rows" and not second_came.is_set():
            second_came.set()
            time.sleep(1.0)
        return rule(request)

    with ScriptedLLM(watched) as server:  # type: ignore[arg-type]  # the rule's own answers pass through
        settings = settings_for(server.base_url, tmp_path)
        arguments = ["none", server.base_url, str(settings.data_dir), str(settings.cache_dir), str(tmp_path / "t")]
        child = subprocess.Popen([sys.executable, "-c", KILLED_AT, *arguments], stdin=subprocess.PIPE)
        assert child.stdin is not None
        child.stdin.write(TOYS.encode())
        child.stdin.close()
        assert second_came.wait(60)
        child.kill()
        child.wait()
        outcome = fivefold.solve("", settings=settings, resume="killed")
    assert outcome.objective == pytest.approx(TOYS_OPTIMUM)
    assert [kind_of(request) for request in server.requests] == ["declare", "rows", "rows"]
    assert outcome.usage.cached_calls == 1


async def test_an_ended_run_is_told_again_without_a_step(tmp_path: Path) -> None:
    with ScriptedLLM(toys()) as server:
        settings = settings_for(server.base_url, tmp_path)
        first = await fivefold.asolve(TOYS, settings=settings, run_id="mine")
        size = (settings.data_dir / CHECKPOINTS).stat().st_size
        again = await fivefold.asolve("\ufeff" + TOYS.replace("\n", "\r\n"), settings=settings, resume="mine")
        with pytest.raises(CallerError, match="already"):
            await fivefold.asolve(TOYS, settings=settings, run_id="mine")
        with pytest.raises(CallerError, match="another problem"):
            await fivefold.asolve(TOYS + " Quickly.", settings=settings, resume="mine")
        with pytest.raises(CallerError, match="no run `other`"):
            await fivefold.asolve("", settings=settings, resume="other")
    assert again.result == first.result and again.explanation == first.explanation
    assert again.usage.calls == first.usage.calls == 2 == len(server.requests)
    assert size < 1_000_000


@pytest.mark.parametrize("delay_s", [0.0, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016])
def test_a_run_cancelled_as_it_begins_leaves_no_thread_behind(tmp_path: Path, delay_s: float) -> None:
    async def cancelled() -> None:
        running = asyncio.create_task(fivefold.asolve(TOYS, settings=settings_for(server.base_url, tmp_path)))
        await asyncio.sleep(delay_s)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    with ScriptedLLM(lambda _: Fault(kind="never")) as server:
        before = set(threading.enumerate())
        asyncio.run(cancelled())
        for _ in range(100):
            left = [thread for thread in set(threading.enumerate()) - before if "connection_worker" in thread.name]
            if not left:
                return
            time.sleep(0.05)
    raise AssertionError(f"{left} still run")


async def test_runs_beside_each_other_share_the_file(tmp_path: Path) -> None:
    with ScriptedLLM(toys()) as server:
        settings = settings_for(server.base_url, tmp_path)
        warnings: list[str] = []
        runs = [
            fivefold.asolve(
                f"{TOYS} Shop {place} asks.",
                settings=settings,
                on_event=lambda event: warnings.append(event.message) if event.kind == "warning" else None,
            )
            for place in range(3)
        ]
        outcomes = await asyncio.gather(*runs)
    assert [outcome.objective for outcome in outcomes] == [pytest.approx(TOYS_OPTIMUM)] * 3
    assert warnings == [] and await unfinished_runs(settings) == []


@pytest.mark.parametrize("other", [{"library": "ortools"}, {"form": "indexed"}, {"free_program": True}, {"seed": 3}])
async def test_what_all_steps_of_a_run_go_by_is_refused_on_resuming(tmp_path: Path, other: dict[str, Any]) -> None:
    with ScriptedLLM(toys(401, RIGHT)) as server:
        settings = settings_for(server.base_url, tmp_path)
        with pytest.raises(fivefold.LLMError):
            await fivefold.asolve(TOYS, settings=settings, run_id="mine", rounds=0)
        with pytest.raises(CallerError, match=f"began with the option `{next(iter(other))}`"):
            await fivefold.asolve("", settings=settings, resume="mine", **other)
        outcome = await fivefold.asolve("", settings=settings, resume="mine", options=fivefold.Options(library="pyomo"))
        stored = await stored_state("mine", settings.data_dir / CHECKPOINTS)
    assert outcome.objective == pytest.approx(TOYS_OPTIMUM)
    assert stored["options"]["rounds"] == 0, "a default is no wish"


async def test_other_bounds_hold_from_where_a_run_goes_on_and_are_kept(tmp_path: Path) -> None:
    with ScriptedLLM(toys(NO_BOARDS, RIGHT)) as server:
        kill_at("emit", server.base_url, tmp_path)
        settings = settings_for(server.base_url, tmp_path)
        outcome = await fivefold.asolve("", settings=settings, resume="killed", rounds=0)
        stored = await stored_state("killed", settings.data_dir / CHECKPOINTS)
    assert [kind_of(request) for request in server.requests] == ["declare", "rows"]
    assert outcome.objective == pytest.approx(420) and stored["options"]["rounds"] == 0


async def test_options_that_nothing_can_come_of_are_refused(tmp_path: Path) -> None:
    with ScriptedLLM(toys()) as server:
        settings = settings_for(server.base_url, tmp_path)
        await fivefold.asolve(TOYS, settings=settings, run_id="mine")
        with pytest.raises(CallerError, match="run `mine` has ended, so that `rounds`, `time_limit_s` would change"):
            await fivefold.asolve("", settings=settings, resume="mine", rounds=5, time_limit_s=7)
        again = await fivefold.asolve("", settings=settings, resume="mine", rounds=2)
    assert again.objective == pytest.approx(TOYS_OPTIMUM)


async def test_an_llm_that_fails_leaves_a_run_to_resume(tmp_path: Path) -> None:
    with ScriptedLLM(toys(401, RIGHT)) as server:
        settings = settings_for(server.base_url, tmp_path)
        with pytest.raises(fivefold.LLMError, match="key"):
            await fivefold.asolve(TOYS, settings=settings, run_id="refused")
        assert [(run.run_id, run.step) for run in await unfinished_runs(settings)] == [("refused", "formulate")]
        outcome = await fivefold.asolve("", settings=settings, resume="refused")
    assert outcome.objective == pytest.approx(TOYS_OPTIMUM)
    assert [kind_of(request) for request in server.requests] == ["declare", "rows", "rows"]


async def test_a_broken_checkpoint_file_costs_the_checkpoints_only(tmp_path: Path) -> None:
    with ScriptedLLM(toys()) as server:
        settings = settings_for(server.base_url, tmp_path)
        settings.data_dir.mkdir()
        (settings.data_dir / CHECKPOINTS).write_bytes(b"this is no database " * 100)
        warnings: list[str] = []
        outcome = await fivefold.asolve(
            TOYS, settings=settings, on_event=lambda e: warnings.append(e.message) if e.kind == "warning" else None
        )
        with pytest.raises(OutsideError, match="cannot be read"):
            await fivefold.asolve("", settings=settings, resume=outcome.run_id)
        with pytest.raises(OutsideError, match="cannot be read"):
            await unfinished_runs(settings)
    assert outcome.objective == pytest.approx(TOYS_OPTIMUM)
    assert len(warnings) == 1 and "cannot be resumed" in warnings[0]


@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="mounts a small disk, which takes root")
def test_a_full_disk_costs_checkpoints_cache_and_trace_only(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(small)], capture_output=True)
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        with ScriptedLLM(toys()) as server:
            warnings: list[str] = []
            outcome = fivefold.solve(
                TOYS,
                settings=settings_for(server.base_url, small),
                trace=small / "trace.jsonl",
                on_event=lambda e: warnings.append(e.message) if e.kind == "warning" else None,
            )
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)
    assert outcome.objective == pytest.approx(TOYS_OPTIMUM)
    assert len(warnings) == 1 and "checkpoints" in warnings[0]
