"""Does a run keep the LLM server busy, and what does it add to each attempt?

    python benchmarks/runner/bench.py --in-flight 8 64 256
    python benchmarks/runner/bench.py --base-url http://localhost:8000/v1 --in-flight 8 --questions 40 --max-tokens 64

Without `--base-url` a server answers after 0.2 to 20 s, times `--scale`. The same questions are put to it by the
simplest load generator there can be (connections that ask one after the other, nothing recorded) and by a run of the
product: reply cache, budget, gate, trace, record with a commit for each attempt. One question an attempt, no programs.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Coroutine, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fivefold.llm import LLM
from fivefold.settings import Settings, from_environment
from fivefold_benchmarks.baselines import Attempt
from fivefold_benchmarks.baselines.attempt import ask
from fivefold_benchmarks.case import Case
from fivefold_benchmarks.engines import Here
from fivefold_benchmarks.pipelines import recorded
from fivefold_benchmarks.record import RunConfig, RunInfo, now
from fivefold_benchmarks.record_book import RecordBook
from fivefold_benchmarks.rules import rule
from fivefold_benchmarks.runner import open_gate, run
from fivefold_prompts.store import load
from fivefold_prompts.version import render

HERE = Path(__file__).parent
LOW_S, HIGH_S = 0.2, 20.0
PROMPT = "free_program"


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom to ask, and how much."""

    base_url: str
    llm: str
    api_key: str | None
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One way of asking all questions."""

    wall_s: float
    cpu_s: float
    tokens: int
    """Written by the LLM."""
    busy: float
    """Mean number of questions under way until the last one came; 0 where the server does not tell."""
    most: int


@contextmanager
def served(scale: float) -> Generator[str]:
    """Run the server in a process of its own; yields its base URL."""
    command = [sys.executable, str(HERE / "server.py"), "--low", str(LOW_S * scale), "--high", str(HIGH_S * scale)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        finally:
            process.kill()


class Connection:
    """One kept connection that asks one request after the other."""

    def __init__(self, asked: Asked) -> None:
        self._url = urlsplit(asked.base_url)
        key = f"Authorization: Bearer {asked.api_key}\r\n" if asked.api_key else ""
        self._head = f"Host: {self._url.netloc}\r\n{key}"
        self._stream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def request(self, method: str, path: str, body: bytes = b"") -> dict[str, Any]:
        """Return what the server answers."""
        if self._stream is None:
            secure = self._url.scheme == "https"
            port = self._url.port or (443 if secure else 80)
            self._stream = await asyncio.open_connection(self._url.hostname, port, ssl=secure or None)
        reader, writer = self._stream
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        writer.write(f"{method} {path} HTTP/1.1\r\n{self._head}{kind}\r\n".encode() + body)
        told: dict[str, Any] = json.loads(await _reply(reader))
        return told

    def close(self) -> None:
        """End the connection."""
        if self._stream is not None:
            self._stream[1].close()


async def _reply(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if b"content-length: " in head:
        return await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
    parts: list[bytes] = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        parts.append((await reader.readexactly(size + 2))[:-2])
    await reader.readexactly(2)
    return b"".join(parts)


async def told_by(asked: Asked, path: str) -> dict[str, Any]:
    """Return what the scripted server says of itself."""
    connection = Connection(asked)
    try:
        return await connection.request("GET", path)
    finally:
        connection.close()


async def ideal(asked: Asked, questions: Sequence[str], in_flight: int) -> int:
    """Ask all questions over so many connections, each at once when the one before is answered; the tokens."""
    left = iter(questions)
    path = f"{urlsplit(asked.base_url).path}/chat/completions"
    prompt, tokens = load(PROMPT), 0

    async def one() -> None:
        nonlocal tokens
        connection = Connection(asked)
        for question in left:
            body = {"model": asked.llm, "messages": render(prompt, problem=question), "max_tokens": asked.max_tokens}
            told = await connection.request("POST", path, json.dumps({**body, "temperature": 0, "seed": 0}).encode())
            tokens += told["usage"]["completion_tokens"]
        connection.close()

    await asyncio.gather(*(one() for _ in range(in_flight)))
    return tokens


async def product(asked: Asked, questions: Sequence[str], in_flight: int, folder: Path) -> int:
    """Ask all questions as a run does; the tokens."""

    async def asking(llm: LLM, question: str) -> Attempt:
        reply = await ask(llm, PROMPT, {"problem": question}, max_tokens=asked.max_tokens)
        return Attempt(float(len(reply.text)), ran=True, status="asked")

    info = RunInfo(
        run_id="bench",
        started=now(),
        config=RunConfig(pipelines=("asking",)),
        rule="primary",
        llm=asked.llm,
        endpoint=asked.base_url,
        version="",
    )
    cases = [Case(id=str(n), benchmark="bench", question=text, answer=1.0) for n, text in enumerate(questions)]
    gate, heard = open_gate(in_flight)
    settings = Settings(
        base_url=asked.base_url,
        llm=asked.llm,
        api_key=asked.api_key,
        cache_dir=folder / "cache",
        data_dir=folder / "data",
    )
    with RecordBook.open(folder / "runs.sqlite") as book:
        book.begin(info, cases)
        async with LLM.connect(settings, concurrency=in_flight, on_retry=heard) as llm:
            await run(book, info, Here(llm, gate, {"asking": recorded(asking)}), rule=rule("primary"))
        return sum(record.completion_tokens for record in book.records("bench"))


async def measured(asked: Asked, work: Coroutine[Any, Any, int], *, scripted: bool) -> Measured:
    """Return what came of some work, and what this process spent on it."""
    if scripted:
        await told_by(asked, "/reset")
    begun, cpu = time.monotonic(), _cpu_s()
    tokens = await work
    wall, spent = time.monotonic() - begun, _cpu_s() - cpu
    told = await told_by(asked, "/stats") if scripted else {"busy": 0.0, "most": 0}
    return Measured(wall, spent, tokens, told["busy"], int(told["most"]))


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


HEAD = ("in flight", "scale", "questions", "load", "ideal s", "run s", "ideal tokens/s", "run tokens/s", "ideal / run",
        "ideal busy", "run busy", "most", "CPU ms more")  # fmt: skip


async def row(asked: Asked, in_flight: int, count: int, scale: float | None) -> str:
    """Return one line of the table; a `scale` means the scripted server."""
    scripted = scale is not None
    # Other questions for each of the two: a real server remembers what it was asked.
    other = "question" if scripted else "a question of the run"
    with tempfile.TemporaryDirectory() as folder:
        warm = [f"warm {n}" for n in range(in_flight)]
        await product(asked, warm, in_flight, Path(folder) / "warm")
        questions = [f"question {n}" for n in range(count)]
        best = await measured(asked, ideal(asked, questions, in_flight), scripted=scripted)
        again = [f"{other} {n}" for n in range(count)]
        ours = await measured(asked, product(asked, again, in_flight, Path(folder) / "run"), scripted=scripted)
    share = ours.tokens / ours.wall_s * best.wall_s / best.tokens
    busy = [f"{100 * one.busy / in_flight:.1f} %" if scripted else "-" for one in (best, ours)]
    cells = (
        in_flight,
        f"{scale:g}" if scripted else "-",
        count,
        f"{os.getloadavg()[0]:.1f}",
        f"{best.wall_s:.1f}",
        f"{ours.wall_s:.1f}",
        f"{best.tokens / best.wall_s:.1f}",
        f"{ours.tokens / ours.wall_s:.1f}",
        f"{100 * share:.1f} %",
        *busy,
        ours.most or "-",
        f"{1000 * (ours.cpu_s - best.cpu_s) / count:.1f}",
    )
    return f"| {' | '.join(map(str, cells))} |"


async def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in-flight", type=int, nargs="+", default=[8, 64, 256])
    parser.add_argument("--rounds", type=int, default=20, help="questions for each one in flight")
    parser.add_argument("--questions", type=int, help="questions in all, instead")
    parser.add_argument("--scale", type=float, default=1.0, help="of the scripted server's times")
    parser.add_argument("--base-url", help="a real server instead of the scripted one")
    parser.add_argument("--llm", help="name of the LLM there")
    parser.add_argument("--max-tokens", type=int, default=64, help="of an answer of a real server")
    args = parser.parse_args()
    print(f"| {' | '.join(HEAD)} |\n{'|---' * len(HEAD)}|")
    scale = None if args.base_url else args.scale
    for in_flight in args.in_flight:
        with contextlib.nullcontext(args.base_url) if args.base_url else served(args.scale) as url:
            asked = await endpoint(url, args.llm if args.base_url else "scripted", args.max_tokens)
            print(await row(asked, in_flight, args.questions or in_flight * args.rounds, scale), flush=True)


async def endpoint(url: str, llm: str | None, max_tokens: int) -> Asked:
    """Return whom to ask, with the key of the environment."""
    key = from_environment().api_key
    async with LLM.connect(Settings(base_url=url, api_key=key, llm=llm)) as connected:
        return Asked(url, await connected.name(), key, max_tokens)


if __name__ == "__main__":
    asyncio.run(main())
