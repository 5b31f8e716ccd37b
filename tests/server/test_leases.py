"""Several servers on one Postgres: they share the runs, and go on with what another that went down has left."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from fivefold_server.config import Config, Limits
from fivefold_server.store import accounts, events, kept, leases, problems, runs
from fivefold_server.store.connection import Db
from fivefold_server.store.database import Database
from fivefold_server.store.events import News
from fivefold_server.store.runs import RunRow
from tests.agent.solving import RIGHT, TOYS, TOYS_OPTIMUM, UNDECLARED, kind_of, settings_for, toys
from tests.scripted_llm import Answer, ScriptedLLM
from tests.scripted_llm import Json as Request
from tests.server.own_postgres import OwnPostgres, own_postgres
from tests.server.serving import ENDED, Json, Running, process, serving, streamed, waited

LEASE_S = 6.0


@pytest.fixture(scope="module")
def postgres() -> Iterator[OwnPostgres]:
    with own_postgres() as server:
        yield server


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = Database(tmp_path / "server.sqlite")
    yield found
    found.close()


def taken(db: Db) -> tuple[RunRow, RunRow]:
    """A run that one server took, was given up, and that another server took."""
    leases.enter(db, "first", alone=False)
    problem = problems.add(db, "local", "Shared")
    runs.add(db, "local", problem, "words", {})
    before = runs.take(db, "first")
    leases.leave(db, "first")
    leases.enter(db, "second", alone=False)
    (left,) = leases.freed(db, 10)
    runs.requeue(db, left.id)
    after = runs.take(db, "second")
    assert before is not None and after is not None and before.id == after.id
    return before, after


def test_server_that_was_given_up_cannot_write_for_its_run(database: Database) -> None:
    def work(db: Db) -> list[str]:
        before, after = taken(db)
        for run in (before, after):
            events.append(db, [News(run.problem, "local", run.id, f"by {run.worker}", {}, run.fence)])
            assert kept.keep(db, run, f"by {run.worker}".encode()) is (run is after)
            assert kept.keep_since(db, run, b"since") is (run is after)
            assert runs.is_held(db, run) is (run is after)
        assert kept.load(db, before.id) == (b"by second", b"since")
        return [event.kind for event in events.of_problem(db, after.problem, 0)]

    assert database.submit(work).result() == ["by second"]


def test_run_falls_until_it_makes_a_step(database: Database) -> None:
    def work(db: Db) -> None:
        _, run = taken(db)
        assert (run.attempts, run.falls, run.fence) == (2, 2, 2)
        kept.keep(db, run, b"a step")
        row = runs.one(db, "local", run.id)
        assert row is not None and (row.attempts, row.falls) == (2, 0)

    database.submit(work).result()


def test_who_has_the_fewest_runs_under_way_is_next(database: Database) -> None:
    def work(db: Db) -> list[str]:
        leases.enter(db, "server", alone=True)
        for owner in ("anna", "anna", "anna", "ben"):
            accounts.add_user(db, owner)
            runs.add(db, owner, problems.add(db, owner, "One"), "words", {})
        found = [runs.take(db, "server") for _ in range(5)]
        assert found.pop() is None
        return [row.owner for row in found if row is not None]

    assert database.submit(work).result() == ["anna", "ben", "anna", "anna"]


def test_two_servers_share_a_queue_and_tell_of_each_other(postgres: OwnPostgres, tmp_path: Path) -> None:
    url, go = postgres.fresh("shared"), threading.Event()

    def slow(request: Request) -> Answer:
        return toys()(request) if go.wait(100) else 500

    with ScriptedLLM(slow) as llm, ExitStack() as stack:
        limits = Limits(running=1, waiting_each=2, streams=2, lease_s=LEASE_S)
        config = Config(settings=settings_for(llm.base_url, tmp_path), database_url=url, limits=limits)
        first, second = stack.enter_context(serving(config)), stack.enter_context(serving(config))
        started = [first.post("/problems", text=f"{TOYS} Variant {number}.") for number in range(2)]
        names = [one["run"]["id"] for one in started]
        waited(lambda: {name: second.get(f"/runs/{name}")["status"] for name in names}, _has(running=2))
        started += [first.post("/problems", text=f"{TOYS} Variant {number}.") for number in (2, 3)]
        names = [one["run"]["id"] for one in started]
        waited(lambda: {name: second.get(f"/runs/{name}")["status"] for name in names}, _has(running=2, queued=2))
        for server in (first, second):  # the limit of a user holds over both
            assert server.http.post("/api/v1/problems", json={"text": TOYS}).status_code == 429
        first.post(f"/runs/{names[3]}/cancel")
        assert second.get(f"/runs/{names[3]}")["status"] == "cancelled"
        heard: list[Json] = []
        threads = [threading.Thread(target=_hear, args=(server, started[1], heard)) for server in (first, second)]
        for thread in threads:
            thread.start()
        waited(lambda: {"n": len(heard)}, lambda found: found["n"] >= 2)
        go.set()
        for name in names[:3]:
            assert second.ended(name, 120)["status"] == "succeeded"
        for thread in threads:
            thread.join(60)
        told = [event["seq"] for event in first.events(started[1]["problem"])]
        assert sorted(event["seq"] for event in heard) == sorted(2 * told)


def _has(**wanted: int) -> Callable[[Json], bool]:
    def enough(found: Json) -> bool:
        return all(list(found.values()).count(status) == number for status, number in wanted.items())

    return enough


def _hear(server: Running, started: Json, heard: list[Json]) -> None:
    """Listen to a problem at one of the servers until its run has ended."""
    with httpx.stream("GET", server.url + started["events"], timeout=120) as answer:
        for event in streamed(answer.iter_lines()):
            heard.append(event)
            if event["kind"] == "run.status" and event["data"]["status"] in ENDED:
                return


def test_run_is_cancelled_at_the_other_server(postgres: OwnPostgres, tmp_path: Path) -> None:
    url, came = postgres.fresh("cancelled"), threading.Event()

    def never(request: Request) -> Answer:
        came.set()
        llm.closing.wait(100)
        return 500

    with ScriptedLLM(never) as llm, ExitStack() as stack:
        own = settings_for(llm.base_url, tmp_path)
        busy, idle = (
            stack.enter_context(
                serving(Config(settings=own, database_url=url, limits=Limits(running=number, lease_s=LEASE_S)))
            )
            for number in (1, 1)
        )
        run = busy.post("/problems", text=TOYS)["run"]["id"]
        assert came.wait(60)
        idle.post(f"/runs/{run}/cancel")
        assert idle.ended(run, 60)["status"] == "cancelled"


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP])
def test_runs_of_a_server_that_is_gone_are_gone_on_with(
    postgres: OwnPostgres, tmp_path: Path, blow: signal.Signals
) -> None:
    held, go = threading.Event(), threading.Event()
    answers, asked = toys(UNDECLARED, RIGHT), list[str]()

    def rule(request: Request) -> Answer:
        asked.append(kind_of(request))
        if len(asked) == 3:  # the repair
            held.set()
            go.wait(100)
        return answers(request)

    with ScriptedLLM(rule) as llm, ExitStack() as stack:
        environ = {**os.environ, "OPENAI_BASE_URL": llm.base_url, "FIVEFOLD_DATA_DIR": str(tmp_path / "data")}
        environ |= {"OPENAI_API_KEY": "any", "FIVEFOLD_CACHE_DIR": str(tmp_path / "cache")}
        environ |= {"FIVEFOLD_DATABASE": postgres.fresh(f"gone_{blow.name.lower()}")}
        options = ["--lease", f"{LEASE_S:g}"]
        first, url, _ = stack.enter_context(process(tmp_path / "first", environ, *options))
        started = httpx.post(f"{url}/api/v1/problems", json={"text": TOYS}, timeout=60).json()
        assert held.wait(100)
        _, other, _ = stack.enter_context(process(tmp_path / "second", environ, *options))
        first.send_signal(blow)
        threading.Timer(LEASE_S, go.set).start()
        with httpx.stream("GET", other + started["events"], timeout=120) as answer:
            seen: list[Json] = []
            for event in streamed(answer.iter_lines()):
                seen.append(event)
                if event["kind"] == "run.status" and event["data"]["status"] in ENDED:
                    break
        if blow is signal.SIGSTOP:
            first.send_signal(signal.SIGCONT)
            time.sleep(2 * LEASE_S)  # it would write now if it could
            assert httpx.get(f"{url}/readyz", timeout=60).status_code == 200
        told = httpx.get(f"{other}/api/v1/problems/{started['problem']}/events.json", timeout=60).json()["events"]
        assert told == seen
        statuses = [event["data"] for event in seen if event["kind"] == "run.status"]
        assert [status["status"] for status in statuses[-3:]] == ["queued", "running", "succeeded"]
        assert statuses[-2]["resumed"]
        steps = [event["data"]["id"] for event in seen if event["kind"] == "step.started"]
        assert "repair.1" in steps and len(steps) == len(set(steps))
        assert [event["data"]["objective"] for event in seen if event["kind"] == "solution"] == [TOYS_OPTIMUM]
        # Once, unless the machine is so busy that a server that lives seems to be gone.
        assert asked.count("declare") <= statuses[-1]["attempt"] - 1
