"""Traces: what is in them, what is not, and that there are none unless they are asked for."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("opentelemetry.sdk", reason="the extra `otel` is not installed")

import uvicorn
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from fivefold.settings import from_environment
from fivefold_server.config import Config
from fivefold_server.telemetry import Telemetry, telemetry_to
from tests.agent.solving import TOYS, settings_for, toys
from tests.scripted_llm import Answer, Json, ScriptedLLM, status
from tests.server.serving import POTTERY, Running, serving

KEY = "sk-very-secret-key"


class Traced:
    """A server whose spans are kept in memory."""

    def __init__(self, server: Running, llm: ScriptedLLM, exporter: InMemorySpanExporter) -> None:
        self.server = server
        self.llm = llm
        self._exporter = exporter

    def of(self, name: str, **attributes: Any) -> list[ReadableSpan]:
        """The spans that ended, by the beginning of their name and their attributes."""
        return [
            span
            for span in self._exporter.get_finished_spans()
            if span.name.startswith(name)
            if all((span.attributes or {}).get(key.replace("__", ".")) == value for key, value in attributes.items())
        ]

    def one(self, name: str, **attributes: Any) -> ReadableSpan:
        """The only such span; a request's ends only after its answer has gone out."""
        end = time.monotonic() + 30
        while not (found := self.of(name, **attributes)):
            assert time.monotonic() < end, [span.name for span in self.of("")]
            time.sleep(0.02)
        (span,) = found
        return span

    @property
    def text(self) -> str:
        return "".join(span.to_json() for span in self._exporter.get_finished_spans())


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traced]:
    folder = tmp_path_factory.mktemp("server")
    exporter = InMemorySpanExporter()
    with ScriptedLLM(toys(), key=KEY) as llm:
        config = Config(settings=settings_for(llm.base_url, folder, key=KEY))
        with serving(config, telemetry=Telemetry(exporter, at_once=True)) as server:
            yield Traced(server, llm, exporter)


def test_run_is_one_trace_of_steps_and_calls(traced: Traced) -> None:
    started = traced.server.post("/problems", text=TOYS)
    run = traced.server.ended(started["run"]["id"])
    root = traced.one("invoke_agent fivefold", fivefold__run__id=run["id"])
    assert root.parent is None and root.attributes is not None and root.context is not None
    assert root.attributes["fivefold.run.status"] == "succeeded"
    assert root.attributes["gen_ai.conversation.id"] == started["problem"]
    within = [span for span in traced.of("") if span.context and span.context.trace_id == root.context.trace_id]
    steps = [span for span in within if span.name.startswith("step ")]
    assert [span.name for span in steps][:3] == ["step read", "step formulate", "step check"]
    assert all(span.parent and span.parent.span_id == root.context.span_id for span in steps)
    (formulate,) = [span for span in steps if span.name == "step formulate"]
    calls = [span for span in within if span.name == "chat scripted"]
    assert len(calls) == 2 and len(within) == 1 + len(steps) + len(calls)
    for call in calls:
        assert call.parent and formulate.context and call.parent.span_id == formulate.context.span_id
        facts = dict(call.attributes or {})
        assert facts["gen_ai.operation.name"] == "chat" and facts["gen_ai.request.model"] == "scripted"
        assert facts["gen_ai.usage.input_tokens"] == 7 and int(str(facts["gen_ai.usage.output_tokens"])) > 0
        assert facts["gen_ai.response.finish_reasons"] == ("stop",) and facts["gen_ai.output.type"] == "json"
        assert facts["server.address"] == "127.0.0.1" and not facts["fivefold.llm.cached"]
        assert formulate.start_time and call.start_time and formulate.end_time and call.end_time
        assert formulate.start_time <= call.start_time <= call.end_time <= formulate.end_time + 10**7


def test_run_of_a_formulation_is_a_trace_too(traced: Traced) -> None:
    problem = traced.server.post("/problems")["id"]
    traced.server.post(f"/problems/{problem}/formulations", formulation=POTTERY)
    run = traced.server.ended(traced.server.post(f"/problems/{problem}/solve")["run"]["id"])
    root = traced.one("run formulation", fivefold__run__id=run["id"])
    assert root.context is not None
    steps = [span.name for span in traced.of("step ") if span.parent and span.parent.span_id == root.context.span_id]
    assert steps == ["step check", "step emit", "step run", "step audit"]


def test_requests_are_spans_by_route_and_go_on_with_the_callers_trace(traced: Traced) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    traced.server.http.get("/api/v1/problems/secret-name", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    span = traced.one("GET /api/v1/problems/{problem_id}", http__response__status_code=404)
    assert span.context and f"{span.context.trace_id:032x}" == trace
    assert span.attributes == {
        "http.request.method": "GET", "url.scheme": "http", "http.response.status_code": 404,
        "http.route": "/api/v1/problems/{problem_id}",
    }  # fmt: skip
    assert "secret-name" not in traced.text


def test_helper_question_is_a_call_within_its_request(traced: Traced) -> None:
    traced.llm.rule = lambda request: "A title"
    body = {"model": "fivefold", "max_tokens": 9, "messages": [{"role": "user", "content": "### Task:\nName it"}]}
    assert traced.server.http.post("/v1/chat/completions", json=body).status_code == 200
    request = traced.one("POST /v1/chat/completions")
    assert request.context
    (call,) = [one for one in traced.of("chat ") if one.parent and one.parent.span_id == request.context.span_id]
    assert call.attributes and call.attributes["gen_ai.output.type"] == "text"


def test_failed_run_tells_the_kind_of_fault_only(traced: Traced) -> None:
    def refusing(request: Json) -> Answer:
        return status(401, "the key of Mrs. Smith has ended")

    traced.llm.rule = refusing
    run = traced.server.ended(traced.server.post("/problems", text=TOYS + " Now.")["run"]["id"])
    assert run["status"] == "failed"
    root = traced.one("invoke_agent", fivefold__run__id=run["id"])
    assert root.attributes and root.attributes["error.type"] == "LLMError" and not root.status.is_ok
    assert root.status.description is None and not root.events
    assert "Smith" not in traced.text


def test_no_contents_and_no_secrets_go_out(traced: Traced) -> None:
    assert KEY not in traced.text
    for words in ("toy shop", "trains", "boards", "kiln", "bowls", "earnings"):
        assert words not in traced.text, words


def test_nothing_is_traced_or_imported_unless_asked_for(tmp_path: Path) -> None:
    assert telemetry_to(from_environment({}).otlp_endpoint).tracer is None
    code = (
        "import sys, asyncio\n"
        "from fivefold_server.app import create_app\n"
        "from fivefold_server.config import Config\n"
        f"app = create_app(Config(data_dir={str(tmp_path)!r} and __import__('pathlib').Path({str(tmp_path)!r})))\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry.sdk')])\n"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert found.stdout.strip() == "[]"


def test_collector_gets_the_spans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the endpoint in the environment, as people set it, over the wire to a collector of our own."""
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="the exporter is not installed")
    got: list[tuple[str, bytes]] = []

    async def collector(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        got.append((scope["path"], body))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    server = uvicorn.Server(uvicorn.Config(collector, port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}"}
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", environ["OTEL_EXPORTER_OTLP_ENDPOINT"])
        settings = from_environment({**environ, "FIVEFOLD_DATA_DIR": str(tmp_path)})
        assert settings.otlp_endpoint == environ["OTEL_EXPORTER_OTLP_ENDPOINT"]
        with serving(Config(settings=settings)) as traced:
            assert traced.http.get("/healthz").status_code == 200
    finally:
        server.should_exit = True
        thread.join(30)
    assert got and got[0][0] == "/v1/traces" and b"GET /healthz" in got[0][1] and b"fivefold" in got[0][1]
