"""Requests that a server cannot finish because it was told to stop: answered so, and not told as faults."""

from __future__ import annotations

import asyncio
import json

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fivefold_server.errors import MEDIA_TYPE, Refusal


class Stoppable:
    """The middleware around all others: what waits for an LLM that never answers must not keep a server from ending."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through; answer it where it is cut off before its answer began."""
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except asyncio.CancelledError:
            # Nothing else cancels a request than the end of the server.
            if scope["type"] != "http":
                raise
            if not begun:
                await _answer(send, str(scope["path"]))


async def _answer(send: Send, path: str) -> None:
    refusal = Refusal(503, "stopping", "the server stops", "try again when it is there again")
    body = json.dumps(refusal.document(path)).encode()
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
