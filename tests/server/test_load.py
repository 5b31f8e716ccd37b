"""Many chats at once on one server, and the limits that it is given."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from fivefold.commands.cli import main
from fivefold.errors import CallerError
from fivefold_server.config import Config, Limits, changed
from tests.agent.solving import TOYS, TOYS_OPTIMUM, settings_for, toys
from tests.scripted_llm import ScriptedLLM
from tests.server.serving import ENDED, Json, Running, serving, streamed

CHATS = 12


def chat(server: Running, number: int) -> tuple[Json, list[Json]]:
    """Say a problem and listen until its run has ended."""
    started = server.post("/problems", text=f"{TOYS} Variant {number}.")
    seen: list[Json] = []
    with httpx.stream("GET", server.url + started["events"], timeout=300) as answer:
        for event in streamed(answer.iter_lines()):
            seen.append(event)
            if event["kind"] == "run.status" and event["data"]["status"] in ENDED:
                break
    return started, seen


def test_chats_at_once_lose_and_double_nothing(tmp_path: Path) -> None:
    with ScriptedLLM(toys()) as llm, ThreadPoolExecutor(CHATS) as threads:
        limits = Limits(running=4, waiting_each=CHATS)
        with serving(Config(settings=settings_for(llm.base_url, tmp_path), limits=limits)) as server:
            for started, seen in threads.map(lambda number: chat(server, number), range(CHATS)):
                assert seen == server.events(started["problem"])
                assert [event["data"]["objective"] for event in seen if event["kind"] == "solution"] == [TOYS_OPTIMUM]
                numbers = [event["seq"] for event in seen]
                assert numbers == sorted(set(numbers))
            names = {thread.name for thread in threading.enumerate()}
            assert sum(name.startswith("fivefold-run") for name in names) <= limits.running


def test_limits_are_given_by_name() -> None:
    limits = changed(Limits(), ["waiting=500", "question_s=2.5"])
    assert (limits.waiting, limits.question_s, limits.running) == (500, 2.5, 2)
    for wrong in (
        "wating=1",
        "waiting=",
        "waiting=0",
        "waiting=1.5",
        "waiting=nan",
        "question_s=nan",
        "question_s=inf",
    ):
        with pytest.raises(CallerError, match="--limit"):
            changed(Limits(), [wrong])


def test_runs_of_a_file_cannot_be_left_to_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--data", str(tmp_path), "--running", "0"]) != 0
    assert "--database" in capsys.readouterr().err
