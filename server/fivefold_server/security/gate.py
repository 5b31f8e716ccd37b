"""The gate before all routes, as plain ASGI so that streams pass: origin, rate, headers, counting.

The headers let a page run nothing that the server did not send itself: no inline script, no eval, nothing from
other hosts.
"""

from __future__ import annotations

import json
import math
import time
from typing import Any

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fivefold_server.config import Config
from fivefold_server.errors import MEDIA_TYPE, Refusal
from fivefold_server.metrics import Metrics
from fivefold_server.rates import Rates
from fivefold_server.security.origin import check_origin

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
JSON_BYTES = 4 * 2**20
"""Largest body but for data files."""


class Gate:
    """The middleware."""

    def __init__(self, app: ASGIApp, config: Config, metrics: Metrics, rates: Rates) -> None:
        self._app = app
        self._config = config
        self._metrics = metrics
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status, streams = 0, False

        async def with_headers(message: Message) -> None:
            nonlocal status, streams
            if message["type"] == "http.response.start":
                status = message["status"]
                own = {name for name, _ in message["headers"]}
                streams = any(value.startswith(b"text/event-stream") for _, value in message["headers"])
                added = [header for header in HEADERS if header[0] not in own]
                if b"cache-control" not in own and not scope["path"].startswith("/static/"):
                    added.append((b"cache-control", b"no-store"))
                message["headers"] = [*message["headers"], *added]
            await send(message)

        try:
            self._check(scope)
        except Refusal as refusal:
            await respond(refusal, scope["path"], with_headers)
        else:
            await self._app(scope, bounded(receive, self._most(scope)), with_headers)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self._metrics.requests.labels(scope["method"], route, str(status)).inc()
            if not streams:
                self._metrics.request_s.observe(time.perf_counter() - started)

    def _most(self, scope: Scope) -> int:
        """Return how many bytes a request may have; only data files are large."""
        most = self._config.limits.body_bytes
        return most if scope["path"].endswith("/files") else min(most, JSON_BYTES)

    def _check(self, scope: Scope) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        told = headers.get("content-length", "")
        if told.isdecimal() and int(told) > self._most(scope):
            raise Refusal(413, "too-large", _too_large(self._most(scope)), "send less, or split it")
        check_origin(self._config, scope["method"], headers)
        # A page asks for dozens of small files, which cost the server next to nothing.
        counted = not scope["path"].startswith("/static/")
        wait = self._rates.wait_s(client_of(scope)) if counted else 0.0
        if wait:
            raise too_often(wait, "there were too many requests")


def bounded(receive: Receive, most: int) -> Receive:
    """Return what receives a body of so many bytes at most, whatever length was told."""
    count = 0

    async def counted() -> Message:
        nonlocal count
        message = await receive()
        count += len(message.get("body", b""))
        if count > most:
            raise HTTPException(413, _too_large(most))
        return message

    return counted


def _too_large(most: int) -> str:
    return f"the request has more than {most:,} bytes"


def too_often(wait_s: float, detail: str) -> Refusal:
    """Return the refusal of what was done too often."""
    seconds = str(math.ceil(wait_s))
    return Refusal(429, "too-many", detail, f"try again in {seconds} s", headers={"Retry-After": seconds})


def client_of(scope: Scope) -> str:
    """Return who calls, as far as it is known before anybody has logged in."""
    client: Any = scope.get("client")
    return str(client[0]) if client else ""


async def respond(refusal: Refusal, path: str, send: Send) -> None:
    """Send a refusal."""
    body = json.dumps(refusal.document(path)).encode()
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    headers += [(name.lower().encode(), value.encode()) for name, value in refusal.headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
