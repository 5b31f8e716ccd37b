"""A server like an LLM's for one small problem: a pause before the first token, then tokens one after the other.

    python benchmarks/server/llm.py --first 0.5 --per-second 60

Prints its port. `GET /stats` tells how many questions came and how many were asked more than once.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import random
import re
from collections import Counter
from typing import Any

Json = dict[str, Any]

TEXT = (
    "Chat {number}. A workshop makes lamps and clocks. A lamp takes 2 hours and 4 screws, a clock takes 3 hours and "
    "1 screw. There are 120 hours and 140 screws. A lamp earns 7 dollars and a clock 5 dollars. "
    "How many of each does it make to maximize the earnings?"
)
"""The problem; the number makes every chat another question, so that no reply cache answers it."""
OPTIMUM = 310.0
DECLARED = {
    "variables": [
        {"name": "lamps", "meaning": "lamps made", "domain": "integer"},
        {"name": "clocks", "meaning": "clocks made", "domain": "integer"},
    ]
}
ROWS = {
    "objective": {"sense": "maximize", "meaning": "earnings", "expression": "7*lamps + 5*clocks"},
    "constraints": [
        {"meaning": "the hours available", "expression": "2*lamps + 3*clocks <= 120"},
        {"meaning": "screws available", "expression": "4*lamps + clocks <= 140"},
    ],
}
NUMBERED = re.compile(r"Chat (\d+)\.")
GROUP = 4
"""Tokens that are sent together, as busy servers do."""


class Server:
    """The endpoint."""

    def __init__(self, first_s: float, per_second: float) -> None:
        self._first_s = first_s
        self._per_second = per_second
        self._asked: Counter[str] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
                )
                body = await reader.readexactly(length) if length else b""
                if body:
                    await self._answer(json.loads(body), writer)
                else:
                    self._whole(writer, self._told(head.split(b" ", 2)[1]))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _told(self, path: bytes) -> Json:
        if path == b"/stats":
            return {"questions": self._asked.total(), "again": self._asked.total() - len(self._asked)}
        return {"object": "list", "data": [{"id": "scripted", "object": "model", "created": 0, "owned_by": "us"}]}

    async def _answer(self, question: Json, writer: asyncio.StreamWriter) -> None:
        asked = json.dumps([question["messages"], question.get("response_format")])
        self._asked[hashlib.sha256(asked.encode()).hexdigest()] += 1
        schema = question.get("response_format", {}).get("json_schema", {}).get("schema", {})
        text = _own(json.dumps(DECLARED if "variables" in schema.get("properties", {}) else ROWS), asked)
        await asyncio.sleep(self._first_s * random.uniform(0.5, 1.5))
        pieces = [text[start : start + 4 * GROUP] for start in range(0, len(text), 4 * GROUP)]
        if not question.get("stream"):
            await asyncio.sleep(len(pieces) * GROUP / self._per_second)
            message = {"role": "assistant", "content": text}
            self._whole(
                writer, _body(choices=[{"index": 0, "finish_reason": "stop", "message": message}], usage=_usage())
            )
            return
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in pieces:
            self._piece(writer, _body(choices=[{"index": 0, "delta": {"content": piece}, "finish_reason": None}]))
            await writer.drain()
            await asyncio.sleep(GROUP / self._per_second)
        self._piece(writer, _body(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}]))
        self._piece(writer, _body(choices=[], usage=_usage()))
        done = b"data: [DONE]\n\n"
        writer.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(done), done))

    def _piece(self, writer: asyncio.StreamWriter, body: Json) -> None:
        raw = f"data: {json.dumps(body)}\n\n".encode()
        writer.write(b"%x\r\n%s\r\n" % (len(raw), raw))

    def _whole(self, writer: asyncio.StreamWriter, body: Json) -> None:
        raw = json.dumps(body).encode()
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(raw), raw)
        )


def _own(text: str, asked: str) -> str:
    """Return an answer in words of its own, so that nothing that was found out about one chat serves another."""
    numbered = NUMBERED.search(asked)
    letters = "" if numbered is None else "".join(chr(ord("a") + int(digit)) for digit in numbered[1])
    return text.replace(" made", f" made in room {letters}").replace("the hours", f"the hours of room {letters}")


def _body(**more: Any) -> Json:
    return {"id": "0", "object": "chat.completion.chunk", "created": 0, "model": "scripted", **more}


def _usage() -> Json:
    return {"prompt_tokens": 900, "completion_tokens": 100, "total_tokens": 1000}


async def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--first", type=float, default=0.5, help="seconds until the first token, half of it more or less"
    )
    parser.add_argument("--per-second", type=float, default=60.0, help="tokens a second of each answer")
    args = parser.parse_args()
    served = Server(args.first, args.per_second)
    server = await asyncio.start_server(served.serve, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
