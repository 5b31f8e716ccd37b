"""Chats as a browser has them: say something, listen to the events, come back where the line is cut."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any

from fleet import now
from llm import OPTIMUM, TEXT

Json = dict[str, Any]
ENDED = {"succeeded", "infeasible", "unbounded", "time_limit", "failed", "cancelled", "interrupted_by_restart"}
LONGEST = 2**24
"""Bytes of the longest line."""
PATIENCE_S = 60.0


@dataclass(slots=True)
class Chat:
    """What one chat saw."""

    number: int
    problem: str = ""
    run: str = ""
    status: str = ""
    begun: float = 0.0
    answered_s: float = 0.0
    """Seconds until the problem was accepted."""
    first_s: float = 0.0
    """Seconds until the first event."""
    step_s: float = 0.0
    """Seconds until the first step of the run began: the wait in the queue is in it."""
    end_s: float = 0.0
    events: list[Json] = field(default_factory=list[Json])
    cuts: int = 0
    """How often the line was cut."""


async def chat(number: int, urls: Sequence[str]) -> Chat:
    """Say a problem and listen until its run has ended, at another server where one does not answer."""
    seen = Chat(number, begun=now())
    attempt = number
    while not seen.run:
        try:
            await _begin(seen, urls[attempt % len(urls)])
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            seen.cuts += 1
            attempt += 1
            await asyncio.sleep(0.2)
    seen.answered_s = now() - seen.begun
    while seen.status not in ENDED:
        try:
            await _listen(seen, urls[attempt % len(urls)])
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            await asyncio.sleep(0.2)
        if seen.status not in ENDED:
            seen.cuts += 1
            attempt += 1
    seen.end_s = now() - seen.begun
    return seen


async def _begin(seen: Chat, url: str) -> None:
    body = json.dumps({"text": TEXT.format(number=seen.number)}).encode()
    # The same key each time: a request whose answer was lost begins no second run.
    status, found = await request(url, "POST", "/api/v1/problems", body, {"Idempotency-Key": f"chat-{seen.number}"})
    if status not in (200, 201):
        raise OSError(f"{status}: {found}")
    seen.problem, seen.run = found["problem"], found["run"]["id"]


async def _listen(seen: Chat, url: str) -> None:
    after = seen.events[-1]["seq"] if seen.events else 0
    async for event in stream(url, f"/api/v1/problems/{seen.problem}/events?after={after}"):
        if not seen.events:
            seen.first_s = now() - seen.begun
        if not seen.step_s and event["kind"] == "step.started":
            seen.step_s = now() - seen.begun
        seen.events.append(event)
        if event["kind"] == "run.status":
            seen.status = event["data"]["status"]
            if seen.status in ENDED:
                return


async def request(
    url: str, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    """Send a request and return status and JSON."""
    async with asyncio.timeout(PATIENCE_S):
        reader, writer = await _open(url, method, path, body, {"Connection": "close", **(headers or {})})
        try:
            status, told = await _head(reader)
            length = int(told.get("content-length", "0"))
            return status, json.loads(await reader.readexactly(length)) if length else None
        finally:
            writer.close()


async def stream(url: str, path: str) -> AsyncGenerator[Json]:
    """Yield events until the line is cut."""
    reader, writer = await _open(url, "GET", path, b"", {})
    try:
        async with asyncio.timeout(PATIENCE_S):
            status, _ = await _head(reader)
        if status != 200:
            raise OSError(f"{path}: {status}")
        while True:
            async with asyncio.timeout(PATIENCE_S):  # a comment comes every 15 s
                line = await reader.readline()
            if not line:
                return
            if line.startswith(b"data: "):
                yield json.loads(line[6:])
    finally:
        writer.close()


async def _open(
    url: str, method: str, path: str, body: bytes, headers: dict[str, str]
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = url.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=LONGEST)
    told = {"Host": f"{host}:{port}", "Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    return reader, writer


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    raw = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = [line.partition(": ") for line in raw[1:] if line]
    return int(raw[0].split(" ")[1]), {name.lower(): value for name, _, value in headers}


def kept_events(url: str, problem: str) -> list[Json]:
    """Return what the server has of a problem, by another way than streams."""
    found: list[Json] = []
    while True:
        after = found[-1]["seq"] if found else 0
        with urllib.request.urlopen(f"{url}/api/v1/problems/{problem}/events.json?after={after}") as answer:
            page = json.load(answer)["events"]
        if not page:
            return found
        found += page


def faults_of(seen: Chat, url: str) -> list[str]:
    """Return what was lost, doubled or wrong in a chat, as far as its run has ended."""
    kept, found = kept_events(url, seen.problem), list[str]()
    numbers = [event["seq"] for event in seen.events]
    lost, doubled = len({event["seq"] for event in kept} - set(numbers)), len(numbers) - len(set(numbers))
    if lost or doubled or seen.events != kept:
        found.append(f"chat {seen.number}: {lost} events lost, {doubled} doubled")
    for kind in ("solution", "formulation.version"):
        if sum(event["kind"] == kind for event in kept) != 1:
            found.append(f"chat {seen.number}: not one {kind}")
    if [event["data"]["objective"] for event in kept if event["kind"] == "solution"] != [OPTIMUM]:
        found.append(f"chat {seen.number}: not the optimum")
    steps = [event["data"]["id"] for event in kept if event["kind"] == "step.started"]
    if len(steps) != len(set(steps)):
        found.append(f"chat {seen.number}: a step was begun twice under one name")
    if seen.status != "succeeded":
        said = [event["data"] for event in kept if event["kind"] in {"run.status", "error", "warning"}]
        found.append(f"chat {seen.number}: {seen.status}; the last that was said: {said[-3:]}")
    return found
