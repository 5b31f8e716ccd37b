"""Who did what when: every kind is noted once it was done, one's own for everybody and all for administrators."""

from collections.abc import Iterator

import httpx
import pytest

from fivefold_server.config import Config
from fivefold_server.security.callers import first_token
from fivefold_server.security.recording import RECORDED, REFUSED_LOGIN
from fivefold_server.store import audit
from fivefold_server.store.database import Database
from tests.agent.solving import settings_for
from tests.server.serving import POTTERY, Json, Running, serving

PASSWORD = "a long enough password"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with login; its client is the administrator's."""
    config = Config(settings=settings_for("http://127.0.0.1:9/v1", tmp_path_factory.mktemp("server")), auth=True)
    database = Database(config.database)
    token = database.submit(first_token).result()
    database.close()
    with serving(config, {"Authorization": f"Bearer {token}"}) as running:
        yield running


@pytest.fixture(scope="module")
def ann(server: Running) -> Iterator[httpx.Client]:
    token = server.post("/users", name="ann")["token"]
    with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        yield client


def entries(client: httpx.Client, query: str = "") -> list[Json]:
    answer = client.get(f"/api/v1/audit?limit=500{query}")
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()
    return found


def test_every_kind_is_noted_when_it_was_done(server: Running, ann: httpx.Client) -> None:
    api = "/api/v1"
    problem = ann.post(f"{api}/problems", json={"title": "Pottery"}).json()["id"]
    ann.post(f"{api}/problems/{problem}/formulations", json={"formulation": POTTERY})
    run = ann.post(f"{api}/problems/{problem}/solve", json={}).json()["run"]["id"]
    octets = {"Content-Type": "application/octet-stream"}
    file = ann.post(f"{api}/problems/{problem}/files?name=a.csv", content="a,b\n1,2\n", headers=octets).json()
    ann.get(f"{api}/problems/{problem}/formulations/1/export.lp")
    assert ann.get(f"{api}/problems/{problem}/formulations/1/export.nothing").status_code == 404
    share = ann.post(f"{api}/problems/{problem}/shares", json={}).json()["id"]
    ann.delete(f"{api}/shares/{share}")
    ann.delete(f"{api}/files/{file['file']['id']}")
    token = ann.post(f"{api}/tokens", json={"label": "x"}).json()["id"]
    ann.delete(f"{api}/tokens/{token}")
    ann.patch(f"{api}/settings", json={"theme": "dark"})
    ann.put(f"{api}/me/password", json={"password": PASSWORD})
    with httpx.Client(base_url=server.url) as browser:
        assert browser.post(f"{api}/auth/login", json={"user": "ann", "password": "guess"}).status_code == 401
        assert browser.post(f"{api}/auth/login", json={"user": "ann", "password": PASSWORD}).status_code == 200
        assert browser.post(f"{api}/auth/logout").status_code == 204
    ann.delete(f"{api}/problems/{problem}")
    found = entries(ann)
    assert [entry["what"] for entry in found] == [
        "problem-deleted", "logout", "login", REFUSED_LOGIN, "password-set", "settings-changed", "token-revoked",
        "token-made", "file-deleted", "share-revoked", "share-made", "export",
    ]  # fmt: skip
    assert {entry["who"] for entry in found} == {"ann"} and {entry["address"] for entry in found} == {"127.0.0.1"}
    by_kind = {entry["what"]: entry["about"] for entry in found}
    assert by_kind["problem-deleted"] == {"problem_id": problem} and by_kind["share-revoked"] == {"share_id": share}
    assert by_kind["export"] == {"problem_id": problem, "version": "1", "ending": "lp"}
    assert run, "runs are not noted: they are kept themselves"
    assert PASSWORD not in str(found) and "ff_" not in str(found)


def test_others_are_for_administrators(server: Running, ann: httpx.Client) -> None:
    server.post("/users", name="bob")
    assert server.http.delete("/api/v1/users/bob").status_code == 204
    mine = entries(server.http, "&who=admin")
    assert [entry["what"] for entry in mine[:3]] == ["user-removed", "user-added", "user-added"]
    assert mine[0]["about"] == {"name": "bob"}
    assert {"ann", "admin"} <= {entry["who"] for entry in entries(server.http)}
    assert {entry["who"] for entry in entries(ann, "&who=admin")} <= {"ann"}
    page = entries(server.http)
    older = entries(server.http, f"&before={page[2]['ts']}")
    assert [entry["id"] for entry in older] == [entry["id"] for entry in page[3:]]
    assert {entry["what"] for entry in entries(server.http, "&what=user-added")} == {"user-added"}
    nobody = httpx.get(f"{server.url}/api/v1/audit")
    assert nobody.status_code == 401


def test_recorded_routes_are_there(server: Running) -> None:
    paths = server.http.get("/openapi.json").json()["paths"]
    for method, path in RECORDED:
        assert method.lower() in paths[path], path


def test_entries_are_forgotten_after_a_year(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(server.config.database.with_name("other.sqlite"))
    database.submit(lambda db: audit.add(db, "ann", "login", {})).result()
    monkeypatch.setattr(audit, "KEPT_S", -1.0)
    database.submit(lambda db: audit.add(db, "ann", "logout", {})).result()
    found = database.submit(lambda db: audit.page(db, who=None, what=None, before=None, limit=9)).result()
    database.close()
    assert [entry.what for entry in found] == ["logout"]
