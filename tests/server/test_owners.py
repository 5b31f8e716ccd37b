"""One user reaches nothing of another's: every operation of the OpenAPI document, called for what is not one's own."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest

from tests.server.serving import POTTERY, Json
from tests.server.users import Users, with_users

OPEN_TO_ALL = {"/healthz", "/readyz", "/api/v1/auth/login", "/api/v1/shared/{secret}"}
"""A link shows its version to whoever has its secret: tests of links are elsewhere."""
STREAMS = {"/api/v1/stream"}
OCTETS = {"Content-Type": "application/octet-stream"}
BODIES: dict[tuple[str, str], Json] = {
    ("post", "/messages"): {"text": "Say how much to make of what for the most profit."},
    ("post", "/formulations"): {"formulation": POTTERY},
    ("post", "/goal-seek"): {"parameter": "a", "low": 0, "high": 1, "at_least": 1},
}
"""Where the schema does not say all that is asked for: by method and the end of the path."""


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Users]:
    with with_users(tmp_path_factory.mktemp("server")) as found:
        yield found


class Hers(NamedTuple):
    """What is alice's."""

    names: dict[str, Any]
    """Values for the parts of a path."""
    secrets: tuple[str, ...]
    """What nobody else may read."""


@pytest.fixture(scope="module")
def hers(users: Users) -> Hers:
    """One of everything that a path can name."""
    alice, api = users.alice, "/api/v1"
    problem = alice.post(f"{api}/problems", json={"title": "secret pottery"}).json()["id"]
    alice.post(f"{api}/problems/{problem}/formulations", json={"formulation": POTTERY})
    run = alice.post(f"{api}/problems/{problem}/solve", json={}).json()["run"]["id"]
    file = alice.post(f"{api}/problems/{problem}/files?name=a.csv", content="a,b\n1,2\n", headers=OCTETS).json()
    share = alice.post(f"{api}/problems/{problem}/shares", json={}).json()["id"]
    token = alice.post(f"{api}/tokens", json={}).json()["id"]
    names = {
        "problem_id": problem, "run_id": run, "file_id": file["file"]["id"], "share_id": share, "token_id": token,
        "version": 1, "ending": "json",
    }  # fmt: skip
    return Hers(names, (problem, run, file["file"]["id"], share, token, "pottery", "kiln"))


def document(users: Users) -> Json:
    found: Json = users.server.http.get("/openapi.json").json()
    return found


def example(schema: Json, parts: Json) -> Any:
    """Return the least that a schema asks for."""
    if "$ref" in schema:
        return example(parts[schema["$ref"].rpartition("/")[2]], parts)
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return example(schema[several][0], parts)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    match schema.get("type"):
        case "object":
            slots = schema.get("properties", {})
            return {name: example(slots[name], parts) for name in schema.get("required", ()) if name in slots}
        case "array":
            return [example(schema["items"], parts)] * schema.get("minItems", 0)
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case _:
            return "clay" * max(1, schema.get("minLength", 1))


def body_of(method: str, path: str, operation: Json, parts: Json) -> Any:
    """Return a body that is good enough for the owner to be looked at."""
    for (chosen, end), body in BODIES.items():
        if method == chosen and path.endswith(end):
            return body
    content = operation.get("requestBody", {}).get("content", {})
    return example(content["application/json"]["schema"], parts) if "application/json" in content else {}


def called(client: httpx.Client, method: str, path: str, operation: Json, parts: Json, names: Json) -> httpx.Response:
    query = {
        one["name"]: example(one["schema"], parts)
        for one in operation.get("parameters", ())
        if one["in"] == "query" and one["required"]
    }
    filled = path.format_map(names)
    if path.endswith("/files") and method == "post":
        return client.post(filled, params={"name": "b.csv"}, content="a,b\n1,2\n", headers=OCTETS)
    return client.request(method, filled, params=query, json=body_of(method, path, operation, parts))


def test_nobody_gets_in_without_a_token(users: Users) -> None:
    found = document(users)
    names = {"problem_id": "a", "run_id": "a", "file_id": "a", "share_id": "a", "token_id": "a", "version": 1,
             "ending": "json", "name": "alice"}  # fmt: skip
    for path, methods in found["paths"].items():
        if path in OPEN_TO_ALL:
            continue
        for method, operation in methods.items():
            answer = called(users.server.http, method, path, operation, found["components"]["schemas"], Missing(names))
            assert answer.status_code == 401, (method, path, answer.text)
            assert answer.headers["www-authenticate"].startswith("Bearer")
    refused = httpx.get(f"{users.server.url}/api/v1/me", headers={"Authorization": "Bearer ff_wrong"})
    assert refused.status_code == 401


class Missing(dict[str, Any]):
    """Parts of a path; of others the same word."""

    def __missing__(self, name: str) -> str:
        return "a"


def test_one_user_reaches_nothing_of_another(users: Users, hers: Hers) -> None:
    """Every path with an object in it, called by bob for what is alice's."""
    alice, bob, found = users.alice, users.bob, document(users)
    problem = hers.names["problem_id"]
    before = alice.get(f"/api/v1/problems/{problem}").json()
    asked: list[tuple[str, str]] = []
    for path, methods in found["paths"].items():
        if "{" not in path or path in OPEN_TO_ALL:
            continue
        for method, operation in methods.items():
            names = {**hers.names, "name": "alice"}
            answer = called(bob, method, path, operation, found["components"]["schemas"], Missing(names))
            wanted = 403 if path.startswith("/api/v1/users/") else 404
            assert answer.status_code == wanted, (method, path, answer.status_code, answer.text)
            assert not [secret for secret in ("pottery", "kiln") if secret in answer.text], path
            asked.append((method, path))
    assert len(asked) >= 45
    after = alice.get(f"/api/v1/problems/{problem}").json()
    assert (after["title"], after["version"]) == (before["title"], 1)
    assert not any(message["role"] == "user" for message in after["messages"]), "her own run may have answered by now"
    assert [one["holds"] for one in alice.get(f"/api/v1/problems/{problem}/shares").json()] == [True]


def test_lists_hold_nothing_of_another(users: Users, hers: Hers, monkeypatch: pytest.MonkeyPatch) -> None:
    bob, found = users.bob, document(users)
    problem, run = hers.names["problem_id"], hers.names["run_id"]
    lists = [path for path, methods in found["paths"].items() if "{" not in path and "get" in methods]
    searches = ["/api/v1/problems?search=pottery", f"/api/v1/runs?problem={problem}", "/api/v1/audit?who=alice"]
    for path in [one for one in lists if one not in STREAMS] + searches:
        answer = bob.get(path)
        assert answer.status_code in (200, 403), (path, answer.text)
        assert not [secret for secret in hers.secrets if secret in answer.text], path
    monkeypatch.setattr("fivefold_server.routes.events.PING_S", 0.2)
    with bob.stream("GET", "/api/v1/stream") as answer:
        for line in answer.iter_lines():
            assert problem not in line and run not in line
            if line == ": ping":  # everything that there is has come
                break


def test_what_is_anothers_cannot_be_named_from_what_is_ones_own(users: Users, hers: Hers) -> None:
    bob, api = users.bob, "/api/v1"
    problem = bob.post(f"{api}/problems", json={"title": "mine"}).json()["id"]
    bob.post(f"{api}/problems/{problem}/formulations", json={"formulation": POTTERY})
    for what in ("propose", "bind"):
        answer = bob.post(f"{api}/problems/{problem}/data/{what}", json={"files": [hers.names["file_id"]]})
        assert answer.status_code == 404, answer.text
    chat = {"model": "fivefold", "messages": [{"role": "user", "content": "How much of what for most profit?"}]}
    named = bob.post("/v1/chat/completions", json=chat, headers={"X-Problem-Id": hers.names["problem_id"]})
    assert named.status_code == 404
    again = {**chat, "metadata": {"problem_id": hers.names["problem_id"]}}
    assert bob.post("/v1/chat/completions", json=again).status_code == 404
