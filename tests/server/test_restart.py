"""A server that is killed or stopped: its runs are taken up again, its events are as they were."""

import os
import signal
import sqlite3
import threading
from pathlib import Path

import httpx
import pytest

from fivefold.errors import CallerError, OutsideError
from fivefold_server.config import Config
from fivefold_server.store import accounts
from fivefold_server.store.connection import Db
from fivefold_server.store.database import Database
from fivefold_server.store.schema import MIGRATIONS
from tests.agent.solving import RIGHT, TOYS, TOYS_OPTIMUM, UNDECLARED, kind_of, settings_for, toys
from tests.scripted_llm import Answer, ScriptedLLM
from tests.scripted_llm import Json as Request
from tests.server.serving import POTTERY, Json, process, serving, streamed, waited


def get(url: str, path: str) -> Json:
    found: Json = httpx.get(f"{url}/api/v1{path}", timeout=60).json()
    return found


def test_killed_in_the_middle_of_a_run_it_goes_on_at_the_step(tmp_path: Path) -> None:
    held, go = threading.Event(), threading.Event()
    answers = toys(UNDECLARED, RIGHT)
    asked: list[str] = []

    def rule(request: Request) -> Answer:
        asked.append(kind_of(request))
        if len(asked) == 3:  # the repair
            held.set()
            go.wait(60)
        return answers(request)

    with ScriptedLLM(rule) as llm:
        environ = {**os.environ, "OPENAI_BASE_URL": llm.base_url, "FIVEFOLD_DATA_DIR": str(tmp_path / "data")}
        environ |= {"OPENAI_API_KEY": "any", "FIVEFOLD_CACHE_DIR": str(tmp_path / "cache")}
        with process(tmp_path / "server", environ) as (child, url, _):
            started = httpx.post(f"{url}/api/v1/problems", json={"text": TOYS}, timeout=60).json()
            assert held.wait(60)
            with httpx.stream("GET", url + started["events"], timeout=60) as answer:
                before: list[Json] = []
                for event in streamed(answer.iter_lines()):
                    before.append(event)
                    if event["data"].get("id") == "repair.1":
                        break
            child.send_signal(signal.SIGKILL)
            child.wait()
        go.set()
        with process(tmp_path / "server", environ) as (child, url, _):
            run = waited(
                lambda: get(url, f"/runs/{started['run']['id']}"),
                lambda found: found["status"] not in ("queued", "running"),
            )
            assert run["status"] == "succeeded" and run["attempts"] == 2
            after: list[Json] = []
            headers = {"Last-Event-ID": str(before[-1]["seq"])}
            with httpx.stream("GET", url + started["events"], headers=headers, timeout=60) as answer:
                for event in streamed(answer.iter_lines()):
                    after.append(event)
                    if event["data"].get("status") == "succeeded" and event["kind"] == "run.status":
                        break
            assert before + after == get(url, f"/problems/{started['problem']}/events.json")["events"]
            statuses = [event["data"] for event in after if event["kind"] == "run.status"]
            assert [status["status"] for status in statuses][:2] == ["queued", "running"] and statuses[1]["resumed"]
            steps = [event["data"]["id"] for event in after if event["kind"] == "step.started"]
            assert steps[0] == "repair.2" and not any(step.startswith("formulate") for step in steps)
            (solution,) = (event["data"] for event in after if event["kind"] == "solution")
            assert solution["objective"] == TOYS_OPTIMUM
            child.send_signal(signal.SIGTERM)
            assert child.wait(60) in (0, -signal.SIGTERM)
    assert asked.count("declare") == 1


def test_stopped_server_leaves_its_runs_to_the_next(tmp_path: Path) -> None:
    go, came = threading.Event(), threading.Event()

    def slow(request: Request) -> Answer:
        came.set()
        return toys()(request) if go.wait(60) else 500

    with ScriptedLLM(slow) as llm:
        config = Config(settings=settings_for(llm.base_url, tmp_path))
        with serving(config) as server:
            started = server.post("/problems", text=TOYS)
            assert came.wait(60)
        go.set()
        with serving(config) as server:
            run = server.ended(started["run"]["id"])
            assert run["status"] == "succeeded" and run["attempts"] == 2


def test_run_that_takes_the_server_down_again_and_again_is_given_up(tmp_path: Path) -> None:
    config = Config(settings=settings_for("http://127.0.0.1:9/v1", tmp_path))
    with serving(config) as server:
        problem = server.post("/problems", title="Pottery")["id"]
        server.post(f"/problems/{problem}/formulations", formulation=POTTERY)
        run = server.ended(server.post(f"/problems/{problem}/solve")["run"]["id"])
    with sqlite3.connect(config.database) as db:
        db.execute("UPDATE runs SET status = 'running', falls = 3")
    db.close()
    with serving(config) as server:
        found = server.get(f"/runs/{run['id']}")
        assert found["status"] == "interrupted_by_restart" and found["can_resume"]
        server.post(f"/runs/{run['id']}/resume")
        assert server.ended(run["id"])["status"] == "succeeded"


def test_one_server_a_database(tmp_path: Path) -> None:
    config = Config(settings=settings_for("http://127.0.0.1:9/v1", tmp_path))
    from fivefold_server.lock import locked

    with serving(config), pytest.raises(CallerError, match="another server works on"), locked(config.database):
        raise AssertionError


def test_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "server.sqlite"
    Database(path).close()
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
    db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    db.close()
    with pytest.raises(OutsideError, match="install a newer one"):
        Database(path)


def test_versions_and_events_cannot_be_changed(tmp_path: Path) -> None:
    config = Config(settings=settings_for("http://127.0.0.1:9/v1", tmp_path))
    with serving(config) as server:
        problem = server.post("/problems", title="Pottery")["id"]
        server.post(f"/problems/{problem}/formulations", formulation=POTTERY)
    db = sqlite3.connect(config.database)
    with pytest.raises(sqlite3.IntegrityError, match="a version never changes"):
        db.execute("UPDATE formulations SET text = '{}'")
    with pytest.raises(sqlite3.IntegrityError, match="only appended"):
        db.execute("UPDATE events SET data = '{}'")
    db.close()


def test_full_disk_is_told_and_what_comes_later_is_kept(tmp_path: Path) -> None:
    database = Database(tmp_path / "server.sqlite")
    try:
        database.submit(lambda db: db.execute("PRAGMA max_page_count = 120")).exception()

        def too_much(db: Db) -> None:
            for number in range(2000):
                accounts.add_user(db, f"user{number}" + 200 * "x")

        with pytest.raises(OutsideError, match=r"disk is full; see that there is room"):
            database.submit(too_much).result()
        assert database.submit(lambda db: accounts.add_user(db, "ann")).result()
        assert [user.name for user in database.submit(accounts.users).result()] == ["ann"]
    finally:
        database.close()
