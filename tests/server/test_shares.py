"""Links for people without an account: what they show, what they do not, and when they end."""

import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from fivefold_server.config import Config
from fivefold_server.security.callers import first_token
from fivefold_server.store import schema
from fivefold_server.store.connection import Db
from fivefold_server.store.database import Database
from tests.agent.solving import settings_for
from tests.server.serving import POTTERY, POTTERY_OPTIMUM, Json, Running, serving

SECRET_SAID = "Nobody else is to know that the kiln is old."


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with login; its client is alice's."""
    config = Config(settings=settings_for("http://127.0.0.1:9/v1", tmp_path_factory.mktemp("server")), auth=True)
    database = Database(config.database)
    token = database.submit(lambda db: first_token(db, "alice")).result()
    database.close()
    with serving(config, {"Authorization": f"Bearer {token}"}) as running:
        yield running


@pytest.fixture(scope="module")
def solved(server: Running) -> Json:
    """A problem with two versions, the first of which was solved."""
    problem = server.post("/problems", title="Pottery <b>& more</b>")["id"]
    server.post(f"/problems/{problem}/formulations", formulation=POTTERY)
    run = server.post(f"/problems/{problem}/solve")["run"]["id"]
    assert server.ended(run)["status"] == "succeeded"
    edit = {"op": "change", "section": "objective", "fields": {"expression": "21*bowls + 41*vases"}}
    server.post(f"/problems/{problem}/formulations/1/edits", operations=[edit])
    return {"problem": problem, "run": run}


@pytest.fixture
def nobody(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=30) as client:
        yield client


def test_link_shows_one_version_with_its_solution(server: Running, solved: Json, nobody: httpx.Client) -> None:
    made = server.post(f"/problems/{solved['problem']}/shares", version=1, days=2, label="for Ann")
    assert (made["run"], made["version"], made["holds"], made["seen"]) == (solved["run"], 1, True, 0)
    assert 2 * 86400 - 60 < made["expires"] - time.time() <= 2 * 86400
    shown = nobody.get(f"/api/v1/shared/{made['path'].removeprefix('/s/')}").json()
    assert shown["objective"] == POTTERY_OPTIMUM and shown["version"] == 1
    assert {table["name"]: table["rows"][0]["value"] for table in shown["variables"]} == {"bowls": 10, "vases": 7}
    assert "41*vases" not in str(shown), "the next version is not shared"
    page = nobody.get(made["path"])
    assert page.status_code == 200 and "480" in page.text and "shared to be read only" in page.text
    assert "<b>& more</b>" not in page.text and "41*vases" not in page.text and "<script" not in page.text
    (listed,) = server.get(f"/problems/{solved['problem']}/shares")
    assert listed["seen"] == 2 and listed["label"] == "for Ann" and "path" not in listed


def test_page_of_a_link_may_run_nothing(server: Running, solved: Json, nobody: httpx.Client) -> None:
    made = server.post(f"/problems/{solved['problem']}/shares", version=1)
    answer = nobody.get(made["path"])
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy
    assert "script" not in policy and answer.headers["x-robots-tag"] == "noindex, nofollow"
    assert not re.search(r"\s(?:style|on\w+)=", answer.text), "the policy would not let it"
    assert not re.search(r"(?:src|href)=[\"']?http", answer.text)


def test_formulation_can_be_shared_without_its_solution(server: Running, solved: Json, nobody: httpx.Client) -> None:
    made = server.post(f"/problems/{solved['problem']}/shares", version=1, with_solution=False)
    shown = nobody.get(f"/api/v1/shared/{made['path'].removeprefix('/s/')}").json()
    assert made["run"] is None and shown["objective"] is None and shown["variables"] == []
    assert "480" not in nobody.get(made["path"]).text
    latest = server.post(f"/problems/{solved['problem']}/shares")
    assert (latest["version"], latest["run"]) == (2, None), "this version was never solved"


def test_what_is_said_later_is_not_shared(server: Running, solved: Json, nobody: httpx.Client) -> None:
    made = server.post(f"/problems/{solved['problem']}/shares", version=1)
    run = server.post(f"/problems/{solved['problem']}/messages", text=SECRET_SAID)["run"]["id"]
    server.ended(run)
    page = nobody.get(made["path"])
    assert page.status_code == 200 and SECRET_SAID not in page.text
    assert SECRET_SAID not in nobody.get(f"/api/v1/shared/{made['path'].removeprefix('/s/')}").text


def test_link_ends(server: Running, solved: Json, nobody: httpx.Client) -> None:
    revoked = server.post(f"/problems/{solved['problem']}/shares", version=1)
    assert server.http.delete(f"/api/v1/shares/{revoked['id']}").status_code == 204
    assert server.http.delete(f"/api/v1/shares/{revoked['id']}").status_code == 204
    expired = server.post(f"/problems/{solved['problem']}/shares", version=1, days=0.000001)
    time.sleep(0.1)
    for made, words in ((revoked, "was revoked"), (expired, "ended on")):
        answer = nobody.get(f"/api/v1/shared/{made['path'].removeprefix('/s/')}")
        assert answer.status_code == 410 and words in answer.json()["detail"]
        page = nobody.get(made["path"])
        assert page.status_code == 410 and words in page.text and "kiln" not in page.text
    assert nobody.get("/s/ffs_nothing").status_code == 404
    assert nobody.get("/api/v1/shared/ffs_nothing").status_code == 404
    held = {one["id"]: one["holds"] for one in server.get(f"/problems/{solved['problem']}/shares")}
    assert not held[revoked["id"]] and not held[expired["id"]]


def test_secret_of_a_link_opens_nothing_else_and_is_kept_as_a_hash(
    server: Running, solved: Json, nobody: httpx.Client
) -> None:
    secret = server.post(f"/problems/{solved['problem']}/shares", version=1)["path"].removeprefix("/s/")
    for path in ("/me", "/problems", f"/problems/{solved['problem']}", f"/runs/{solved['run']}", "/audit"):
        assert nobody.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
        assert nobody.get(f"/api/v1{path}", headers={"Cookie": f"fivefold_session={secret}"}).status_code == 401
    raw = b"".join(path.read_bytes() for path in server.config.database.parent.glob("server.sqlite*"))
    assert secret.encode() not in raw


def test_link_goes_with_its_problem(server: Running, nobody: httpx.Client) -> None:
    problem = server.post("/problems", title="Short-lived")["id"]
    assert server.http.post(f"/api/v1/problems/{problem}/shares", json={}).status_code == 404, "nothing to share yet"
    server.post(f"/problems/{problem}/formulations", formulation=POTTERY)
    path = server.post(f"/problems/{problem}/shares")["path"]
    assert nobody.get(path).status_code == 200
    assert server.http.delete(f"/api/v1/problems/{problem}").status_code == 204
    assert nobody.get(path).status_code == 404


@pytest.mark.parametrize("asked", [{"days": 0}, {"days": 366}, {"days": -1}, {"version": 0}, {"more": 1}])
def test_links_have_bounds(server: Running, solved: Json, asked: Json) -> None:
    assert server.http.post(f"/api/v1/problems/{solved['problem']}/shares", json=asked).status_code == 422


def test_a_store_of_the_version_before_gets_the_new_tables(tmp_path: Path) -> None:
    path = tmp_path / "server.sqlite"
    before = sqlite3.connect(path)
    before.executescript(f"{schema.FIRST}\nPRAGMA user_version = 1;")
    before.close()

    def count(db: Db) -> int:
        return int(db.execute("SELECT COUNT(*) FROM shares").fetchone()[0])

    opened = Database(path)
    assert opened.submit(count).result() == 0
    opened.close()
