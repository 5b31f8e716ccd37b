"""The server on a real Postgres: the same store, and nothing is lost or doubled when connections break."""

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from fivefold.errors import CallerError, OutsideError
from fivefold.settings import Settings
from fivefold_server.config import Config
from fivefold_server.store import events, problems
from fivefold_server.store.connection import Db
from fivefold_server.store.database import Database
from fivefold_server.store.events import LoggedEvent, News
from fivefold_server.store.postgres import in_postgres, named, numbered
from fivefold_server.store.schema import MIGRATIONS
from tests.agent.solving import TOYS, TOYS_OPTIMUM, settings_for, toys
from tests.scripted_llm import ScriptedLLM
from tests.server.own_postgres import OwnPostgres, own_postgres
from tests.server.serving import POTTERY, POTTERY_OPTIMUM, serving


@pytest.fixture(scope="module")
def postgres() -> Iterator[OwnPostgres]:
    with own_postgres() as server:
        yield server


def count(database: Database, number: int, problem: str) -> None:
    """Log a number."""
    database.submit(lambda db: events.append(db, [News(problem, "local", None, "count", {"n": number})]))


def counted(database: Database, problem: str) -> list[str]:
    """The numbers that were logged."""
    found = database.submit(lambda db: events.of_problem(db, problem, 0, 10_000)).result()
    return [event.data for event in found]


def looked(database: Database, work: Callable[[Db], list[LoggedEvent]]) -> list[LoggedEvent]:
    return asyncio.run(database.read(work))


def new_problem(database: Database) -> str:
    return database.submit(lambda db: problems.add(db, "local", "Counting")).result()


def test_problem_is_solved(postgres: OwnPostgres, tmp_path: Path) -> None:
    with ScriptedLLM(toys()) as llm:
        config = Config(settings=settings_for(llm.base_url, tmp_path), database_url=postgres.fresh("solved"))
        with serving(config) as server:
            started = server.post("/problems", text=TOYS)
            assert server.ended(started["run"]["id"])["status"] == "succeeded"
            assert server.get(f"/runs/{started['run']['id']}/solution")["objective"] == TOYS_OPTIMUM
            problem = server.post("/problems", title="Pottery")["id"]
            server.post(f"/problems/{problem}/formulations", formulation=POTTERY)
            run = server.post(f"/problems/{problem}/solve")["run"]["id"]
            assert server.ended(run)["status"] == "succeeded"
            told = server.events(problem)
        with serving(config) as server:
            assert server.events(problem) == told
            assert server.get(f"/runs/{run}/solution")["objective"] == POTTERY_OPTIMUM
            found = server.get("/problems?search=POTT")
            assert [one["id"] for one in found["problems"]] == [problem]
    assert not list((tmp_path / "data").glob("server.sqlite*"))


def test_text_that_postgres_does_not_know_is_kept_as_far_as_it_goes(postgres: OwnPostgres, tmp_path: Path) -> None:
    own = Settings(cache_dir=tmp_path / "cache", data_dir=tmp_path / "data")
    with serving(Config(settings=own, database_url=postgres.fresh("zeros"))) as server:
        problem = server.post("/problems", title="a\0b")
        assert server.get(f"/problems/{problem['id']}")["title"] == "a\N{REPLACEMENT CHARACTER}b"
        assert server.http.get("/api/v1/problems/%00").status_code == 404


def test_several_servers_may_make_the_tables_at_once(postgres: OwnPostgres) -> None:
    url = postgres.fresh("together")
    with ThreadPoolExecutor(4) as threads:
        for database in list(threads.map(lambda _: Database(url), range(4))):
            database.close()


def test_tables_of_a_newer_version_are_left_alone(postgres: OwnPostgres) -> None:
    url = postgres.fresh("newer")
    database = Database(url)
    newer = f"INSERT INTO fivefold_schema (version) VALUES ({len(MIGRATIONS) + 1})"
    database.submit(lambda db: db.execute(newer)).result()
    database.close()
    with pytest.raises(OutsideError, match="install a newer one"):
        Database(url)


def test_versions_and_events_cannot_be_changed(postgres: OwnPostgres) -> None:
    from psycopg import IntegrityError

    database = Database(postgres.fresh("fixed"))
    problem = new_problem(database)
    count(database, 1, problem)
    with pytest.raises(IntegrityError, match="only appended"):
        database.submit(lambda db: db.execute("UPDATE events SET data = '{}'")).result()
    assert len(counted(database, problem)) == 1
    database.close()


def test_nothing_is_lost_or_doubled_while_connections_break(postgres: OwnPostgres) -> None:
    url = postgres.fresh("breaking")
    database, other = Database(url), Database(postgres.url)
    problem, done = new_problem(database), threading.Event()

    def breaking() -> None:
        kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'breaking'"
        while not done.wait(0.2):
            other.submit(lambda db: db.execute(kill).fetchall()).result()

    thread = threading.Thread(target=breaking)
    thread.start()
    try:
        for number in range(200):
            count(database, number, problem)
            time.sleep(0.005)
        counted(database, problem)
    finally:
        done.set()
        thread.join()
    assert counted(database, problem) == [f'{{"n": {number}}}' for number in range(200)]
    database.close()
    other.close()


def test_restart_of_postgres_is_sat_out(postgres: OwnPostgres) -> None:
    database = Database(postgres.fresh("restarted"))
    heard: list[object] = []
    database.listen(heard.append)
    problem = new_problem(database)
    count(database, 1, problem)
    counted(database, problem)
    postgres.control("-m", "immediate", "restart")
    count(database, 2, problem)
    assert counted(database, problem) == ['{"n": 1}', '{"n": 2}']
    end = time.monotonic() + 120
    while heard.count(None) < 2:  # whoever listens is told that something may have been missed
        assert time.monotonic() < end, heard
        time.sleep(0.05)
    database.close()


def test_numbers_of_events_grow_in_the_order_in_which_they_are_seen(postgres: OwnPostgres) -> None:
    url = postgres.fresh("ordered")
    writers, reader = [Database(url) for _ in range(3)], Database(url)
    problem = new_problem(reader)
    for number in range(100):
        for writer in writers:
            count(writer, number, problem)
    seen: list[int] = []
    while len(seen) < 300:
        seen += [
            event.seq
            for event in looked(reader, partial(events.of_problem, problem=problem, after=max(seen, default=0)))
        ]
    assert seen == sorted(set(seen))
    for database in (*writers, reader):
        database.close()


def test_address_that_cannot_be_reached_is_told_without_its_password(postgres: OwnPostgres) -> None:
    with pytest.raises(OutsideError) as told:
        Database("postgresql://somebody:secret@127.0.0.1:1/none")
    assert "secret" not in str(told.value) and "see that it runs" in str(told.value)
    assert "secret" not in repr(Config(database_url="postgresql://somebody:secret@127.0.0.1:1/none"))


def test_statements_are_turned_into_those_of_postgres() -> None:
    assert numbered("SELECT ? WHERE a = ?1 AND b = ?2") == b"SELECT $1 WHERE a = $1 AND b = $2"
    assert named("postgresql://u:p@db.example:5432/fivefold") == "the database fivefold at db.example"
    script = "CREATE TRIGGER stay BEFORE UPDATE OF a, b ON t\nBEGIN SELECT RAISE(ABORT, 'it stays'); END;"
    assert "EXECUTE FUNCTION fivefold_refuse('it stays')" in in_postgres(script)
    assert not any("AUTOINCREMENT" in in_postgres(one) or "RAISE(" in in_postgres(one) for one in MIGRATIONS)


def test_password_does_not_belong_on_a_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from fivefold.commands.cli import main

    assert main(["serve", "--data", str(tmp_path), "--database", "postgresql://u:secret@127.0.0.1:1/none"]) != 0
    said = capsys.readouterr().err
    assert "FIVEFOLD_DATABASE" in said and "secret" not in said


def test_driver_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(CallerError, match=r"fivefold\[postgres\]"):
        Database("postgresql://127.0.0.1:1/none")
