"""The protocol over HTTP: one address of the server, with the same logins and the same owners."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from fivefold_server.context import Context
from fivefold_server.errors import not_found
from fivefold_server.security.callers import caller_of

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

PATH = "/mcp"
MOST_SESSIONS = 1000
"""Sessions at once of clients that keep one, as those of older protocols do."""
IDLE_S = 1800.0
"""Seconds after which a session that nobody uses is forgotten."""
_OWNER = "fivefold.owner"
_SESSIONS = "mcp_sessions"


class Endpoint:
    """The address, as an application of its own."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find out who calls, and let the protocol answer."""
        request = Request(scope, receive)
        sessions: StreamableHTTPSessionManager | None = getattr(request.app.state, _SESSIONS, None)
        if sessions is None:
            raise not_found("Model Context Protocol here; pip install 'fivefold[mcp]'")
        user = await caller_of(request, request.app.state.context)
        scope[_OWNER] = user.name
        scope["user"] = _principal(user.name)
        await sessions.handle_request(scope, receive, send)


def _principal(name: str) -> Any:
    """Return a user as the protocol's library knows one: a session answers nobody but whoever began it."""
    from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
    from mcp.server.auth.provider import AccessToken

    return AuthenticatedUser(AccessToken(token="", client_id=name, scopes=[]))


@asynccontextmanager
async def sessions(state: Any, context: Context) -> AsyncGenerator[None]:
    """Answer at the address for as long as the server runs; nobody answers where the library is not installed."""
    try:
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
    except ModuleNotFoundError:
        yield
        return
    from fivefold_server.mcp.speaking import speaker

    manager = StreamableHTTPSessionManager(
        speaker(lambda: context, partial(_owner)), max_sessions=MOST_SESSIONS, session_idle_timeout=IDLE_S
    )
    async with manager.run():
        setattr(state, _SESSIONS, manager)
        try:
            yield
        finally:
            setattr(state, _SESSIONS, None)


def _owner(request: Any) -> str:
    owner: str = request.request.scope[_OWNER]
    return owner
