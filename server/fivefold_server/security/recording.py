"""What is noted of requests that were done: which routes, and under which words; one table says it."""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fivefold_server.context import Context
from fivefold_server.security.gate import client_of
from fivefold_server.store import audit

RECORDED = {
    ("POST", "/api/v1/auth/login"): "login",
    ("POST", "/api/v1/auth/logout"): "logout",
    ("PUT", "/api/v1/me/password"): "password-set",
    ("POST", "/api/v1/tokens"): "token-made",
    ("DELETE", "/api/v1/tokens/{token_id}"): "token-revoked",
    ("POST", "/api/v1/users"): "user-added",
    ("DELETE", "/api/v1/users/{name}"): "user-removed",
    ("PATCH", "/api/v1/settings"): "settings-changed",
    ("POST", "/api/v1/problems/{problem_id}/shares"): "share-made",
    ("DELETE", "/api/v1/shares/{share_id}"): "share-revoked",
    ("GET", "/api/v1/problems/{problem_id}/formulations/{version}/export.{ending}"): "export",
    ("GET", "/api/v1/runs/{run_id}/export.{ending}"): "export",
    ("DELETE", "/api/v1/problems/{problem_id}"): "problem-deleted",
    ("DELETE", "/api/v1/files/{file_id}"): "file-deleted",
}
"""By method and route: what it is called."""
REFUSED_LOGIN = "login-refused"


class Recorder:
    """The middleware: an entry is kept before the answer goes out, so that nobody sees the one without the other."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, and note it where it was done."""

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start" and (what := _kind(scope, message["status"])):
                await _note(scope, what)
            await send(message)

        await self._app(scope, receive, noted if scope["type"] == "http" else send)


def note_caller(scope: Scope, name: str) -> None:
    """Say who a request is from, for the record."""
    scope.setdefault("state", {})["caller"] = name


def _kind(scope: Scope, status: int) -> str:
    what = RECORDED.get((scope["method"], getattr(scope.get("route"), "path", "")), "")
    if status == 401 and what == "login":
        return REFUSED_LOGIN
    return what if status < 400 else ""


async def _note(scope: Scope, what: str) -> None:
    context: Context = scope["app"].state.context
    about: dict[str, Any] = {name: str(value)[:64] for name, value in scope.get("path_params", {}).items()}
    who: str = scope.get("state", {}).get("caller", "")
    await context.database.write(partial(audit.add, who=who, what=what, about=about, address=client_of(scope)))
