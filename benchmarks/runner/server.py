"""A server like an LLM's with replies after times that each question decides, and a count of how busy it was.

    python benchmarks/runner/server.py --low 0.2 --high 20

Prints its port. `GET /stats` tells how busy it was since `GET /reset`.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import time
from dataclasses import dataclass, field
from typing import Any

REPLY_TOKENS = 200


@dataclass(slots=True)
class Book:
    """How busy the server was."""

    busy: int = 0
    most: int = 0
    questions: int = 0
    slot_s: float = 0.0
    """Sum over time of the questions under way."""
    slot_s_at_last: float = 0.0
    """The same when the last question came."""
    begun: float | None = None
    last: float = 0.0
    _since: float = field(default_factory=time.monotonic)

    def move(self, change: int) -> None:
        """Count a question that came or went."""
        moment = time.monotonic()
        self.slot_s += self.busy * (moment - self._since)
        self._since = moment
        if change > 0:
            self.begun = moment if self.begun is None else self.begun
            self.last, self.slot_s_at_last = moment, self.slot_s
            self.questions += 1
        self.busy += change
        self.most = max(self.most, self.busy)

    def told(self) -> dict[str, float]:
        """Return the numbers that a measurement needs."""
        filling = self.last - (self.begun or self.last)
        return {
            "questions": self.questions,
            "most": self.most,
            "filling_s": filling,
            "busy": self.slot_s_at_last / filling if filling else 0.0,
            "slot_s": self.slot_s,
        }


class Server:
    """The endpoint."""

    def __init__(self, low: float, high: float) -> None:
        self._low, self._high = low, high
        self._book = Book()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
                )
                body = await reader.readexactly(length) if length else b""
                answer = json.dumps(await self._answer(head.split(b" ", 2)[1], body)).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                    % (len(answer), answer)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, path: bytes, body: bytes) -> dict[str, Any]:
        if path == b"/reset":
            self._book = Book()
            return {}
        if path == b"/stats":
            return self._book.told()
        if not body:
            return {"object": "list", "data": [{"id": "scripted", "object": "model", "created": 0, "owned_by": "us"}]}
        book = self._book
        book.move(1)
        try:
            await asyncio.sleep(self.latency(json.loads(body)["messages"][-1]["content"]))
        finally:
            book.move(-1)
        return completion()

    def latency(self, question: str) -> float:
        """Return the seconds until a question's answer: even over orders of magnitude between the two ends."""
        part = int.from_bytes(hashlib.sha256(question.encode()).digest()[:4], "big") / 2**32
        return self._low * (self._high / self._low) ** part


def completion() -> dict[str, Any]:
    """Return the body of an answer."""
    return {
        "id": "0",
        "object": "chat.completion",
        "created": 0,
        "model": "scripted",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "1 2 " * 100}}],
        "usage": {"prompt_tokens": 100, "completion_tokens": REPLY_TOKENS, "total_tokens": 100 + REPLY_TOKENS},
    }


async def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--low", type=float, default=0.2)
    parser.add_argument("--high", type=float, default=20.0)
    args = parser.parse_args()
    server = await asyncio.start_server(Server(args.low, args.high).serve, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
