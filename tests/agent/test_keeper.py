"""Runs kept at somebody instead of in a file: what is there is enough to go on, at the step that was under way."""

import asyncio
import contextlib
from pathlib import Path

import pytest

import fivefold
from fivefold import CallerError
from fivefold.events import Event
from tests.agent.solving import RIGHT, TOYS, TOYS_OPTIMUM, UNDECLARED, kind_of, settings_for, toys
from tests.scripted_llm import ScriptedLLM


class Shelf:
    """Keeps runs in memory, as bytes, the way that a database would."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[bytes, bytes]] = {}

    async def load(self, run_id: str) -> tuple[bytes, bytes] | None:
        return self.kept.get(run_id)

    async def keep(self, run_id: str, state: bytes) -> None:
        self.kept[run_id] = state, b""

    async def keep_since(self, run_id: str, since: bytes) -> None:
        self.kept[run_id] = self.kept[run_id][0], since

    async def forget(self, run_id: str) -> None:
        self.kept.pop(run_id, None)


@pytest.mark.parametrize("step", ["formulate", "emit", "repair", "judge", "explain"])
async def test_run_goes_on_elsewhere(tmp_path: Path, step: str) -> None:
    shelf = Shelf()
    with ScriptedLLM(toys(UNDECLARED, RIGHT)) as server:
        there, here = (settings_for(server.base_url, tmp_path / name) for name in ("there", "here"))
        reached = asyncio.Event()

        def until(event: Event) -> None:
            if event.kind == "begin" and event.step == step:
                reached.set()

        running = asyncio.create_task(
            fivefold.asolve(TOYS, settings=there, run_id="one", checkpoint=shelf, on_event=until)
        )
        await asyncio.wait([running, asyncio.ensure_future(reached.wait())], return_when=asyncio.FIRST_COMPLETED)
        assert reached.is_set()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        begun: list[str] = []

        def hear(event: Event) -> None:
            if event.kind == "begin":
                begun.append(event.step)

        outcome = await fivefold.asolve("", settings=here, resume="one", checkpoint=shelf, on_event=hear)
        assert begun[0] == step
        assert outcome.result is not None and outcome.result.objective == TOYS_OPTIMUM
        assert [kind_of(request) for request in server.requests].count("declare") <= (2 if step == "formulate" else 1)
        again = await fivefold.asolve("", settings=there, resume="one", checkpoint=shelf)
        assert again.result == outcome.result
        assert not await asyncio.to_thread(lambda: list(tmp_path.rglob("runs.sqlite")))


class Fails(Exception):
    """The process is killed here."""


class CutShelf(Shelf):
    """Is cut off between what a step set and the state behind it, after so many states."""

    def __init__(self, states: int) -> None:
        super().__init__()
        self.left = states

    async def keep(self, run_id: str, state: bytes) -> None:
        self.left -= 1
        if self.left == 0:
            raise Fails
        await super().keep(run_id, state)


@pytest.mark.parametrize("states", range(2, 10))
async def test_run_goes_on_that_was_cut_between_a_step_and_its_state(tmp_path: Path, states: int) -> None:
    shelf = CutShelf(states)
    with ScriptedLLM(toys()) as server:
        settings = settings_for(server.base_url, tmp_path)
        with contextlib.suppress(Fails):
            await fivefold.asolve(TOYS, settings=settings, run_id="one", checkpoint=shelf)
        assert shelf.left <= 0 and (shelf.kept["one"][1] or states == 2)
        outcome = await fivefold.asolve("", settings=settings, resume="one", checkpoint=shelf)
    assert outcome.result is not None and outcome.result.objective == TOYS_OPTIMUM
    assert outcome.verdict.grade == "consistent" and outcome.explanation


async def test_nothing_is_made_of_a_run_that_nobody_kept(tmp_path: Path) -> None:
    with pytest.raises(CallerError, match="there is no run `none`"):
        await fivefold.asolve(
            "", settings=settings_for("http://127.0.0.1:9/v1", tmp_path), resume="none", checkpoint=Shelf()
        )
