"""Who gets in: logins, tokens, foreign pages, limits."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from fivefold.errors import CallerError
from fivefold_server.config import Config, Limits, check_config
from fivefold_server.rates import Counted, Rates
from tests.server.serving import Running, process, serving
from tests.server.users import Users, own_settings, with_users

PASSWORD = "a long enough password"


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Users]:
    with with_users(tmp_path_factory.mktemp("server"), Limits(logins_per_minute=8)) as found:
        yield found


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


def test_what_a_client_does_at_one_server_counts_at_the_others() -> None:
    here, there = (Rates(6, burst=4) for _ in range(2))
    first, second = (Counted(Counter({"anna": 2}), {"logins": rates}) for rates in (here, there))
    second.heard(first.told())
    for _ in range(3):
        assert here.wait_s("10.0.0.1") == 0
    told = first.told()
    assert told == {"anna": 2, "logins 10.0.0.1": 3}
    second.heard(told)
    second.heard(told)  # the same again is nothing new
    assert there.wait_s("10.0.0.1") == 0 and there.wait_s("10.0.0.1") > 0
    assert there.wait_s("10.0.0.2") == 0


def test_server_that_begins_does_not_hold_against_clients_what_they_did_before() -> None:
    rates = Rates(6, burst=2)
    rates.hear({"10.0.0.1": 500})
    assert rates.wait_s("10.0.0.1") == 0
    rates.hear({"10.0.0.1": 502})
    assert rates.wait_s("10.0.0.1") > 0


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
