"""Whatever is sent to whichever path, the server does not fail: no 5xx but for what lies outside it."""

import string
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivefold.settings import Settings
from fivefold_server.config import Config, Limits
from tests.server.serving import POTTERY, Json, Running, serving

OUTSIDE = {"/v1/chat/completions", "/api/v1/llm/health"}
"""Ask the LLM, of which there is none here."""
STREAMS = {"/api/v1/stream", "/api/v1/problems/{problem_id}/events"}
SLOW = {"/api/v1/doctor"}
DELETES = {("delete", "/api/v1/problems/{problem_id}")}
"""Would leave nothing for the other requests."""
_strange = st.sampled_from(
    ["", "\x00", "\ud800", "é" * 40, "9" * 400, "-1", "1e999", "null", "'; DROP TABLE runs; --", "%2e"]
)
_text = _strange | st.text(string.printable, max_size=20)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=8,
)


class Target:
    """A server with some objects, and its paths."""

    def __init__(self, server: Running) -> None:
        self.server = server
        self.document: Json = server.http.get("/openapi.json").json()
        problem = server.post("/problems", title="Pottery")["id"]
        server.post(f"/problems/{problem}/formulations", formulation=POTTERY)
        run = server.ended(server.post(f"/problems/{problem}/solve")["run"]["id"])["id"]
        secret = server.post(f"/problems/{problem}/shares")["path"].removeprefix("/s/")
        self.names = {"problem_id": problem, "run_id": run, "version": "1", "ending": "json", "secret": secret}
        self.operations = [
            (method, path, operation)
            for path, methods in self.document["paths"].items()
            if path not in OUTSIDE | STREAMS | SLOW
            for method, operation in methods.items()
            if (method, path) not in DELETES
        ]

    def fields(self, operation: Json) -> st.SearchStrategy[Any]:
        """Bodies that are nearly right: the fields of the schema, each with a value of its kind or a strange one."""
        content = operation.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        return st.none() if schema is None else self.value(schema, 3) | _json

    def value(self, schema: Json, depth: int) -> st.SearchStrategy[Any]:
        """Values that a schema allows, more or less."""
        if "$ref" in schema:
            return self.value(self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], depth)
        if "enum" in schema or "const" in schema:
            return st.sampled_from(schema.get("enum") or [schema["const"]])
        options = schema.get("anyOf") or schema.get("oneOf")
        if options and depth:
            return st.one_of([self.value(option, depth - 1) for option in options])
        match schema.get("type"):
            case "object" if "properties" in schema and depth:
                required = schema.get("required", [])
                parts = {name: self.value(part, depth - 1) for name, part in schema["properties"].items()}
                return st.fixed_dictionaries(
                    {name: parts[name] for name in required},
                    optional={name: part for name, part in parts.items() if name not in required},
                )
            case "object":
                return st.dictionaries(_text, _json, max_size=3)
            case "array" if depth:
                return st.lists(self.value(schema.get("items", {}), depth - 1), max_size=3)
            case "integer":
                return st.integers(0, 5) | st.integers()
            case "number":
                return st.floats(0, 5) | st.floats()
            case "boolean":
                return st.booleans()
            case "string":
                return st.sampled_from(["bowls", "kiln", "bowls + vases <= 3", "bowls[a]=1", "1"]) | _text
            case _:
                return _json


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("server")
    own = Settings(cache_dir=folder / "cache", data_dir=folder / "data", base_url="http://127.0.0.1:9/v1")
    limits = Limits(requests_per_minute=10**7, question_s=2, solve_s=5)
    with serving(Config(settings=own, limits=limits)) as server:
        yield Target(server)


@settings(max_examples=150)
@given(data=st.data())
def test_no_request_makes_the_server_fail(target: Target, data: st.DataObject) -> None:
    method, path, operation = data.draw(st.sampled_from(target.operations))
    names = {
        name: data.draw(st.just(value) | st.just(value) | st.just(value) | _text.map(quoted))
        for name, value in target.names.items()
    }
    filled = path.format_map(defaultdict(lambda: "nobody", names))
    query = {
        parameter["name"]: data.draw(_text | st.integers().map(str))
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query" and data.draw(st.booleans())
    }
    query = {name: text.encode("utf-8", "replace").decode() for name, text in query.items()}
    if "wait" in query:
        query["wait"] = "0"
    body = data.draw(target.fields(operation))
    raw = data.draw(st.none() | st.binary(max_size=30))
    try:
        answer = sent(target.server.http, method, filled, query, body, raw)
    except httpx.InvalidURL:
        return
    assert answer.status_code < 500, (method, filled, query, body, answer.text)
    if answer.status_code >= 400 and answer.headers["content-type"] != "application/json":
        document = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert {"type", "title", "status", "detail"} <= document.keys()


def quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text.encode("utf-8", "replace").decode(), safe="") or "-"


def sent(
    client: httpx.Client, method: str, path: str, query: dict[str, str], body: Any, raw: bytes | None
) -> httpx.Response:
    import json

    kinds = {"Content-Type": "application/json"}
    content = json.dumps(body).encode() if raw is None or body is not None else raw
    if path.endswith("/files"):
        kinds = {"Content-Type": "application/octet-stream"}
        content = raw or b"a,b\n1,2\n"
    return client.request(method, path, params=query, content=content, headers=kinds)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"formulation": ' + b'{"a": ' * 900 + b"1" + b"}" * 901,
        b'{"title": "\\ud800"}',
        b'{"text": NaN}',
        b"\xff\xfe",
        b"",
    ],
    ids=["deep", "nested", "half", "nan", "bytes", "empty"],
)
def test_strange_bodies_are_refused(target: Target, body: bytes) -> None:
    for path in ("/api/v1/problems", f"/api/v1/problems/{target.names['problem_id']}/formulations"):
        answer = target.server.http.post(path, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code < 500, answer.text
        assert answer.status_code >= 400 or "no-variables" in answer.text
