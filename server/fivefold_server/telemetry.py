"""Traces for OpenTelemetry: spans of requests, runs, steps and LLM calls, with figures and names but no contents.

Off unless an endpoint is set, and then the library is not even imported. The server's provider is its own, so that
nothing that other libraries trace goes out with it. LLM calls follow the semantic conventions for generative AI.
"""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fivefold.llm.calls import Call, hearing
from fivefold.version import own_version
from fivefold_server.store.runs import RunRow

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span, Tracer

NANO = 1_000_000_000
_log = logging.getLogger("fivefold.server")


class Telemetry:
    """The traces of one server; does nothing without an exporter."""

    def __init__(self, exporter: SpanExporter | None = None, *, at_once: bool = False) -> None:
        """Begin.

        Args:
            exporter: where spans go; None for nowhere.
            at_once: send each span when it ends instead of many together.
        """
        self._provider: Any = None
        self._tracer: Tracer | None = None
        if exporter is None:
            return
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor

        resource = Resource.create({"service.name": "fivefold", "service.version": own_version()})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor((SimpleSpanProcessor if at_once else BatchSpanProcessor)(exporter))
        self._tracer = self._provider.get_tracer("fivefold", own_version())

    @property
    def tracer(self) -> Tracer | None:
        """What makes spans; None where nobody wants any."""
        return self._tracer

    @contextmanager
    def of_run(self, run: RunRow) -> Generator[RunSpans]:
        """Give the spans of a run: a trace of its own, since it outlives the request that began it."""
        if self._tracer is None:
            yield RunSpans(None, None)
            return
        from opentelemetry.context import Context
        from opentelemetry.trace import use_span

        words = run.kind == "words"
        root = self._tracer.start_span(
            "invoke_agent fivefold" if words else "run formulation",
            context=Context(),
            attributes={
                "gen_ai.operation.name": "invoke_agent" if words else "execute_tool",
                "gen_ai.agent.name": "fivefold",
                "gen_ai.conversation.id": run.problem,
                "fivefold.run.id": run.id,
                "fivefold.run.kind": run.kind,
                "fivefold.run.attempt": run.attempts,
            },
        )
        spans = RunSpans(self._tracer, root)
        with use_span(root, record_exception=False, set_status_on_exception=False), hearing(spans.asked):
            try:
                yield spans
            except BaseException as fault:
                spans.failed(type(fault).__name__)
                raise
            finally:
                spans.close()

    def close(self) -> None:
        """Send what was not sent yet."""
        if self._provider is not None:
            self._provider.shutdown()


class RunSpans:
    """The spans of one run: its steps one after the other, in each the calls of the LLM."""

    def __init__(self, tracer: Tracer | None, root: Span | None) -> None:
        self._tracer = tracer
        self._root = root
        self._step: Span | None = None

    def begin(self, step: str, visit: int) -> None:
        """Begin a step; one that is still open ended without saying so."""
        if self._tracer is None or self._root is None:
            return
        self.end()
        self._step = self._tracer.start_span(
            f"step {step}",
            context=_inside(self._root),
            attributes={"fivefold.step": step, "fivefold.step.visit": visit},
        )

    def end(self) -> None:
        """End the step that is open."""
        if self._step is not None:
            self._step.end()
            self._step = None

    def asked(self, call: Call) -> None:
        """Make a span of a call of the LLM."""
        parent = self._step or self._root
        if self._tracer is not None and parent is not None:
            span_of_call(self._tracer, call, _inside(parent))

    def came_to(self, status: str) -> None:
        """Note how the run ended."""
        if self._root is not None:
            self._root.set_attribute("fivefold.run.status", status)
            if status == "failed":
                self.failed(status)

    def failed(self, kind: str) -> None:
        """Note that the run failed; of the reason only its kind is told."""
        if self._root is None:
            return
        from opentelemetry.trace import StatusCode

        self._root.set_attribute("error.type", kind)
        self._root.set_status(StatusCode.ERROR)

    def close(self) -> None:
        """End all that is open."""
        self.end()
        if self._root is not None:
            self._root.end()


def span_of_call(tracer: Tracer, call: Call, context: Any) -> None:
    """Make the span of a call that is over."""
    from opentelemetry.trace import SpanKind, StatusCode

    place = urlsplit(call.base_url)
    attributes: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": call.llm,
        "gen_ai.request.max_tokens": call.max_tokens,
        "gen_ai.request.temperature": call.temperature,
        "gen_ai.output.type": "json" if call.structured else "text",
        "server.address": place.hostname or "",
        "fivefold.llm.cached": call.cached,
    }
    attributes |= {} if call.seed is None else {"gen_ai.request.seed": call.seed}
    attributes |= {} if place.port is None else {"server.port": place.port}
    if call.fault:
        attributes["error.type"] = call.fault
    else:
        attributes["gen_ai.usage.input_tokens"] = call.input_tokens
        attributes["gen_ai.usage.output_tokens"] = call.output_tokens
        attributes["gen_ai.response.finish_reasons"] = [call.finish_reason]
    span = tracer.start_span(
        f"chat {call.llm}", context, kind=SpanKind.CLIENT, attributes=attributes, start_time=int(call.t0 * NANO)
    )
    if call.fault:
        span.set_status(StatusCode.ERROR)
    span.end(int(call.t1 * NANO))


class Traced:
    """The middleware: one span a request, named by its route; calls of the LLM within it are its children."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app = app
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, in a span."""
        tracer = self._telemetry.tracer
        if tracer is None or scope["type"] != "http" or scope["path"].startswith("/static/"):
            await self._app(scope, receive, send)
            return
        from opentelemetry.trace import SpanKind, StatusCode, get_current_span, use_span
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        method: str = scope["method"]
        span = tracer.start_span(
            method,
            TraceContextTextMapPropagator().extract(headers),
            kind=SpanKind.SERVER,
            attributes={"http.request.method": method, "url.scheme": scope["scheme"]},
        )

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                span.set_attribute("http.response.status_code", message["status"])
                if message["status"] >= 500:
                    span.set_status(StatusCode.ERROR)
            await send(message)

        def heard(call: Call) -> None:
            span_of_call(tracer, call, _inside(get_current_span()))

        try:
            with use_span(span, record_exception=False, set_status_on_exception=False), hearing(heard):
                await self._app(scope, receive, told)
        finally:
            route = getattr(scope.get("route"), "path", "")
            if route:
                span.update_name(f"{method} {route}")
                span.set_attribute("http.route", route)
            span.end()


def telemetry_to(endpoint: str | None) -> Telemetry:
    """Return the traces that go to an endpoint, which the exporter finds in the environment with its headers."""
    if endpoint is None:
        return Telemetry()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ModuleNotFoundError:
        _log.warning("traces are asked for, but OpenTelemetry is not installed; pip install 'fivefold[otel]'")
        return Telemetry()
    return Telemetry(OTLPSpanExporter())


def _inside(span: Span) -> Any:
    from opentelemetry.trace import set_span_in_context

    return set_span_in_context(span)
