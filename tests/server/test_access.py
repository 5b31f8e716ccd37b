"""Who gets in: logins, tokens, foreign pages, limits; and that one user reaches nothing of another's."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fivefold.errors import CallerError
from fivefold.settings import Settings
from fivefold_server.config import Config, Limits, check_config
from fivefold_server.rates import Rates
from fivefold_server.security.callers import first_token
from fivefold_server.store.database import Database
from tests.server.serving import POTTERY, Json, Running, process, serving

PASSWORD = "a long enough password"


def own_settings(folder: Path) -> Settings:
    return Settings(cache_dir=folder / "cache", data_dir=folder / "data", base_url="http://127.0.0.1:9/v1")


class Users:
    """A server with login, and clients of two users and an administrator."""

    def __init__(self, server: Running, admin: str) -> None:
        self.server = server
        self.admin = self.client(admin)
        self.alice, self.bob = (self.client(self.add(name)) for name in ("alice", "bob"))

    def client(self, token: str) -> httpx.Client:
        return httpx.Client(base_url=self.server.url, headers={"Authorization": f"Bearer {token}"}, timeout=30)

    def add(self, name: str) -> str:
        answer = self.admin.post("/api/v1/users", json={"name": name})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Users]:
    folder = tmp_path_factory.mktemp("server")
    config = Config(settings=own_settings(folder), auth=True, limits=Limits(logins_per_minute=8))
    database = Database(config.database)
    token = database.submit(first_token).result()
    database.close()
    with serving(config) as server:
        found = Users(server, token)
        yield found
        for client in (found.admin, found.alice, found.bob):
            client.close()


def test_nobody_gets_in_without_a_token(users: Users) -> None:
    document = users.server.http.get("/openapi.json").json()
    open_to_all = {"/healthz", "/readyz", "/api/v1/auth/login"}
    for path, methods in document["paths"].items():
        for method in methods:
            answer = users.server.http.request(method, path.replace("{", "").replace("}", ""), json={})
            if path in open_to_all:
                continue
            # What cannot be read is refused before anybody asks who sent it.
            assert answer.status_code in (401, 422), path
            assert answer.status_code == 422 or answer.headers["www-authenticate"].startswith("Bearer")
    refused = httpx.get(f"{users.server.url}/api/v1/me", headers={"Authorization": "Bearer ff_wrong"})
    assert refused.status_code == 401


def test_password_gives_a_session_that_only_this_site_can_use(users: Users) -> None:
    assert users.alice.put("/api/v1/me/password", json={"password": PASSWORD}).status_code == 204
    wrong = users.server.http.post("/api/v1/auth/login", json={"user": "alice", "password": "guess"})
    nobody = users.server.http.post("/api/v1/auth/login", json={"user": "nobody", "password": "guess"})
    assert wrong.status_code == nobody.status_code == 401 and wrong.json()["detail"] == nobody.json()["detail"]
    with httpx.Client(base_url=users.server.url) as browser:
        answer = browser.post("/api/v1/auth/login", json={"user": "alice", "password": PASSWORD})
        assert answer.json()["name"] == "alice"
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=strict" in cookie
        assert browser.get("/api/v1/me").json()["name"] == "alice"
        foreign = browser.post("/api/v1/problems", json={}, headers={"Origin": "http://evil.example"})
        assert foreign.status_code == 403 and foreign.json()["code"] == "foreign-origin"
        assert browser.post("/api/v1/problems", json={}, headers={"Origin": users.server.url}).status_code == 201
        kept = browser.cookies.get("fivefold_session")
        assert browser.post("/api/v1/auth/logout").status_code == 204
        ended = httpx.get(f"{users.server.url}/api/v1/me", cookies={"fivefold_session": str(kept)})
        assert ended.status_code == 401


def test_guessing_passwords_is_slowed(users: Users) -> None:
    codes = [
        users.server.http.post("/api/v1/auth/login", json={"token": f"ff_{number}"}).status_code for number in range(12)
    ]
    assert codes[-1] == 429


def test_secrets_are_kept_as_hashes(users: Users) -> None:
    made = users.bob.post("/api/v1/tokens", json={"label": "script"}).json()
    raw = b"".join(path.read_bytes() for path in users.server.config.database.parent.glob("server.sqlite*"))
    assert made["token"].encode() not in raw and PASSWORD.encode() not in raw
    assert [token["label"] for token in users.bob.get("/api/v1/tokens").json()] == ["first", "script"]
    with users.client(made["token"]) as client:
        assert client.get("/api/v1/me").status_code == 200
        assert users.bob.delete(f"/api/v1/tokens/{made['id']}").status_code == 204
        assert client.get("/api/v1/me").status_code == 401


def test_only_administrators_see_users_and_counters(users: Users) -> None:
    for path in ("/api/v1/users", "/metrics"):
        assert users.bob.get(path).status_code == 403
        assert users.admin.get(path).status_code == 200


def bodies() -> dict[tuple[str, str], Json]:
    """What a request needs so that it is the owner that decides: by method and the end of the path."""
    return {
        ("patch", "/problems/{problem_id}"): {"title": "mine"},
        ("post", "/messages"): {"text": "Say how much to make of what for the most profit."},
        ("post", "/formulations"): {"formulation": POTTERY},
        ("post", "/edits"): {"operations": [{"op": "retitle", "title": "mine"}]},
        ("post", "/what-if"): {"changes": [{"kind": "drop", "text": "clay"}]},
        ("post", "/why-not"): {"decisions": ["bowls >= 1"]},
        ("post", "/pareto"): {"sense": "minimize", "expression": "bowls"},
        ("post", "/goal-seek"): {"parameter": "a", "low": 0, "high": 1, "at_least": 1},
    }


def test_one_user_reaches_nothing_of_another(users: Users) -> None:
    """Every path of the API with an object in it, called by bob for what is alice's."""
    alice, bob = users.alice, users.bob
    problem = alice.post("/api/v1/problems", json={"title": "secret pottery"}).json()["id"]
    alice.post(f"/api/v1/problems/{problem}/formulations", json={"formulation": POTTERY})
    run = alice.post(f"/api/v1/problems/{problem}/solve", json={}).json()["run"]["id"]
    octets = {"Content-Type": "application/octet-stream"}
    path = f"/api/v1/problems/{problem}/files?name=a.csv"
    file = alice.post(path, content="a,b\n1,2\n", headers=octets).json()["file"]["id"]
    token = alice.post("/api/v1/tokens", json={}).json()["id"]
    names = {"problem_id": problem, "run_id": run, "file_id": file, "token_id": token, "version": 1, "ending": "json"}
    before = alice.get(f"/api/v1/problems/{problem}").json()
    asked = 0
    for template, methods in users.server.http.get("/openapi.json").json()["paths"].items():
        if "{" not in template or template == "/api/v1/users/{name}":
            continue
        filled = template.format(**names)
        for method in methods:
            body = next((b for (m, end), b in bodies().items() if m == method and template.endswith(end)), {})
            query: dict[str, Any] = {"a": 1, "b": 1, "name": "b.csv"}
            if template.endswith("/files") and method == "post":
                answer = bob.post(filled, params=query, content="a,b\n1,2\n", headers=octets)
            else:
                answer = bob.request(method, filled, params=query, json=body)
            assert answer.status_code == 404, (method, template, answer.status_code, answer.text)
            assert "pottery" not in answer.text.lower()
            asked += 1
    assert asked >= 35
    for listed in (
        "/api/v1/problems",
        "/api/v1/runs",
        "/api/v1/problems?search=pottery",
        f"/api/v1/runs?problem={problem}",
    ):
        assert problem not in bob.get(listed).text and run not in bob.get(listed).text
    with bob.stream("GET", "/api/v1/stream", timeout=1) as answer, pytest.raises(httpx.ReadTimeout):
        for line in answer.iter_lines():
            assert problem not in line
    chat = {"model": "fivefold", "messages": [{"role": "user", "content": "How much of what for most profit?"}]}
    assert bob.post("/v1/chat/completions", json=chat, headers={"X-Problem-Id": problem}).status_code == 404
    after = alice.get(f"/api/v1/problems/{problem}").json()
    assert (after["title"], after["version"]) == (before["title"], 1)
    assert not any(message["role"] == "user" for message in after["messages"]), "her own run may have answered by now"


def test_removed_user_is_gone_with_everything(users: Users) -> None:
    with users.client(users.add("carol")) as carol:
        problem = carol.post("/api/v1/problems", json={"title": "short-lived"}).json()["id"]
        assert users.admin.delete("/api/v1/users/carol").status_code == 204
        assert carol.get(f"/api/v1/problems/{problem}").status_code == 401
    assert users.admin.delete("/api/v1/users/admin").status_code == 409


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(Config(settings=own_settings(tmp_path_factory.mktemp("server")), allowed_hosts=("my.lab",))) as server:
        yield server


def test_foreign_names_and_pages_are_refused(local: Running) -> None:
    for host, code in (("evil.example", 421), ("my.lab", 200), ("localhost:99", 200), ("127.0.0.1", 200)):
        assert local.http.get("/api/v1/problems", headers={"Host": host}).status_code == code, host
    for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert local.http.post("/api/v1/problems", json={}, headers=headers).status_code == 403
    form = local.http.post("/api/v1/problems", content="{}", headers={"Content-Type": "text/plain"})
    assert form.status_code in (415, 422)


def test_every_answer_has_the_headers_that_hold_a_page(local: Running) -> None:
    for path in ("/", "/healthz", "/api/v1/problems", "/nowhere", "/static/../app.py"):
        answer = local.http.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert local.http.get("/").headers["content-type"].startswith("text/html")
    assert local.http.get("/nowhere").json()["code"] == "not-found"
    assert local.http.get("/static/%2e%2e/app.py").status_code == 404


def test_large_bodies_are_refused_however_they_come(local: Running) -> None:
    big = b" " * (5 * 2**20)
    assert local.http.post("/api/v1/problems", content=big).status_code == 413

    def pieces() -> Iterator[bytes]:
        for _ in range(5):
            yield b" " * 2**20

    answer = local.http.post("/api/v1/problems", content=pieces(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413 and answer.json()["code"] == "too-large"


def test_too_many_requests_are_told_when_to_come_again(tmp_path: Path) -> None:
    limits = Limits(requests_per_minute=40)
    with serving(Config(settings=own_settings(tmp_path), limits=limits)) as server:
        files = [server.http.get("/static/app/main.js") for _ in range(30)]
        answers = [server.http.get("/healthz") for _ in range(15)]
    assert 429 not in {answer.status_code for answer in files}, "a page asks for dozens of files"
    assert answers[0].status_code == 200 and answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1


def test_rates_refill() -> None:
    rates = Rates(60_000, burst=2)
    assert [rates.wait_s("a"), rates.wait_s("a")] == [0, 0]
    assert rates.wait_s("b") == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "my.lab"])
def test_public_address_needs_a_login(host: str) -> None:
    with pytest.raises(CallerError, match="add --auth"):
        check_config(Config(host=host))
    assert check_config(Config(host=host, auth=True)).host == host


def test_first_start_with_login_prints_a_token_once(tmp_path: Path) -> None:
    environ = {**os.environ, "FIVEFOLD_DATA_DIR": str(tmp_path / "data"), "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    with process(tmp_path, environ, "--auth") as (_, url, said):
        token = said.split()[-1]
        assert token.startswith("ff_")
        me = httpx.get(f"{url}/api/v1/me", headers={"Authorization": f"Bearer {token}"}).json()
        assert me == {"name": "admin", "is_admin": True, "auth": True}
        assert httpx.get(f"{url}/api/v1/me").status_code == 401
