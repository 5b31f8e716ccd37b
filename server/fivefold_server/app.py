"""The application: the parts of a server put together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Route

from fivefold.version import own_version
from fivefold_server.config import Config, check_config
from fivefold_server.context import Context
from fivefold_server.errors import EXPECTED, MEDIA_TYPE, Refusal, refusal_of
from fivefold_server.lock import locked
from fivefold_server.mcp import http as mcp
from fivefold_server.metrics import Metrics
from fivefold_server.rates import Rates
from fivefold_server.routes import (
    accounts,
    audit,
    benchmarks,
    charts,
    chat,
    events,
    exports,
    files,
    formulations,
    health,
    interrupts,
    pages,
    problems,
    questions,
    runs,
    settings,
    shares,
)
from fivefold_server.running import running
from fivefold_server.security.gate import Gate
from fivefold_server.security.recording import Recorder
from fivefold_server.security.stopping import Stoppable
from fivefold_server.telemetry import Telemetry, Traced, telemetry_to

DESCRIPTION = """From a decision problem in words to a checked formulation, a solver program and a solution.

Put in a problem with `POST /api/v1/problems`, follow its events, look at the formulation that comes of it, edit it,
run it again, and ask what the solution means. Errors are `application/problem+json` (RFC 9457) with a `mend`.
"""
ROUTERS = (
    health, accounts, audit, settings, problems, events, formulations, runs, interrupts, charts, questions, files,
    exports, benchmarks, shares, chat, pages,
)  # fmt: skip
_log = logging.getLogger("fivefold.server")


def create_app(config: Config | None = None, telemetry: Telemetry | None = None) -> FastAPI:
    """Return the application of one server; its database opens when it starts and closes when it stops.

    Args:
        config: how it is set up.
        telemetry: where its traces go; where the settings say without it.

    Raises:
        CallerError: the configuration would let anybody on the network in.
    """
    config = check_config(config or Config())
    metrics = Metrics()
    per_minute = config.limits.requests_per_minute
    requests = Rates(per_minute, burst=max(1, per_minute // 4))
    traces = telemetry or telemetry_to(config.settings.otlp_endpoint)

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncGenerator[None]:
        with locked(config.place):
            async with running(config, metrics, traces, requests) as context, mcp.sessions(app.state, context):
                app.state.context = context
                yield
        await asyncio.to_thread(traces.close)

    app = FastAPI(
        title="Fivefold", description=DESCRIPTION, version=own_version(), lifespan=life, docs_url=None, redoc_url=None,
        strict_content_type=True,
    )  # fmt: skip
    app.state.config = config
    for module in ROUTERS:
        app.include_router(module.router)
    app.include_router(shares.page_router)
    app.router.routes.append(Route(mcp.PATH, mcp.Endpoint(), include_in_schema=False))
    app.add_exception_handler(Exception, _failed)
    for kind in (HTTPException, RequestValidationError, *EXPECTED):
        app.add_exception_handler(kind, _refused)
    app.add_middleware(Recorder)
    app.add_middleware(Traced, telemetry=traces)
    app.add_middleware(Gate, config=config, metrics=metrics, rates=requests)
    app.add_middleware(Stoppable)
    return app


def stop_streams(app: FastAPI) -> None:
    """End all live streams, so that a server that was told to stop need not wait for them."""
    context: Context | None = getattr(app.state, "context", None)
    if context is not None:
        context.hub.close()


async def _refused(request: Request, fault: Exception) -> Response:
    """Answer an expected error with its problem document."""
    return problem(_refusal(fault), request)


async def _failed(request: Request, fault: Exception) -> Response:
    """Answer a bug; what it was stays in the server's own log."""
    _log.error("%s %s failed", request.method, request.url.path, exc_info=fault)
    return problem(Refusal(500, "bug", "the server failed", "try again; its own log says more"), request)


def problem(refusal: Refusal, request: Request) -> Response:
    """Return a problem document, or OpenAI's form of an error for clients that know only that."""
    if request.url.path.startswith("/v1/"):
        return chat.openai_error(refusal)
    return JSONResponse(
        refusal.document(request.url.path), refusal.status, headers=refusal.headers, media_type=MEDIA_TYPE
    )


def _refusal(fault: Exception) -> Refusal:
    if isinstance(fault, RequestValidationError):
        faults = [
            {"place": ".".join(map(str, error["loc"])), "message": str(error["msg"])} for error in fault.errors()[:50]
        ]
        detail = f"{faults[0]['place']}: {faults[0]['message']}" if faults else "the request cannot be read"
        return Refusal(422, "bad-request", detail, "see /openapi.json for what is taken", errors=faults)
    if isinstance(fault, HTTPException):
        code = {404: "not-found", 405: "not-allowed", 413: "too-large"}.get(fault.status_code, "refused")
        mend = {413: "send less, or split it"}.get(fault.status_code, "see /openapi.json for what there is")
        return Refusal(fault.status_code, code, str(fault.detail), mend, headers=dict(fault.headers or {}))
    found = refusal_of(fault)
    assert found is not None, "only expected errors come here"
    return found
