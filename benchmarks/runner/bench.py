"""Does a run keep the LLM server busy, and what does it add to each attempt?

    python benchmarks/runner/bench.py --in-flight 8 64 256

A server answers after 0.2 to 20 s, times `--scale`. The same questions are put to it by the simplest load generator
there can be (connections that ask one after the other, nothing recorded) and by a run of the product: reply cache,
budget, gate, trace, record with a commit for each attempt. Numbers are for one question an attempt and no programs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fivefold.llm import LLM
from fivefold.settings import Settings
from fivefold_benchmarks.baselines import Attempt
from fivefold_benchmarks.baselines.attempt import ask
from fivefold_benchmarks.case import Case
from fivefold_benchmarks.pipelines import recorded
from fivefold_benchmarks.record import RunConfig, RunInfo, now
from fivefold_benchmarks.record_book import RecordBook
from fivefold_benchmarks.rules import rule
from fivefold_benchmarks.runner import open_gate, run

HERE = Path(__file__).parent
LOW_S, HIGH_S = 0.2, 20.0


@dataclass(frozen=True, slots=True)
class Measured:
    """One way of asking all questions."""

    wall_s: float
    cpu_s: float
    busy: float
    """Mean number of questions under way until the last one came."""
    most: int


@contextmanager
def served(scale: float) -> Generator[int]:
    """Run the server in a process of its own; yields its port."""
    command = [sys.executable, str(HERE / "server.py"), "--low", str(LOW_S * scale), "--high", str(HIGH_S * scale)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


async def fetched(port: int, path: str) -> dict[str, float]:
    """Return what the server says under a path."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    told: dict[str, float] = json.loads(await _reply(reader))
    writer.close()
    return told


async def _reply(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    return await reader.readexactly(int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0]))


async def ideal(port: int, questions: list[str], in_flight: int) -> None:
    """Ask all questions over so many connections, each at once when the one before is answered."""
    left = iter(questions)

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for question in left:
            body = json.dumps({"model": "scripted", "messages": [{"role": "user", "content": question}]}).encode()
            writer.write(
                b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
            )
            await _reply(reader)
        writer.close()

    await asyncio.gather(*(one() for _ in range(in_flight)))


async def _asking(llm: LLM, question: str) -> Attempt:
    """A pipeline of one question."""
    reply = await ask(llm, "free_program", {"problem": question}, max_tokens=1024)
    return Attempt(float(len(reply.text)), ran=True, status="asked")


async def product(port: int, questions: list[str], in_flight: int, folder: Path) -> None:
    """Ask all questions as a run does."""
    url = f"http://127.0.0.1:{port}/v1"
    info = RunInfo(
        run_id="bench",
        started=now(),
        config=RunConfig(pipelines=("asking",)),
        rule="primary",
        llm="scripted",
        endpoint=url,
        version="",
    )
    cases = [Case(id=str(n), benchmark="bench", question=text, answer=1.0) for n, text in enumerate(questions)]
    gate, heard = open_gate(in_flight)
    with RecordBook.open(folder / "runs.sqlite") as book:
        book.begin(info, cases)
        settings = Settings(base_url=url, llm="scripted", cache_dir=folder / "cache", data_dir=folder / "data")
        async with LLM.connect(settings, concurrency=in_flight, on_retry=heard) as llm:
            await run(book, info, llm, gate, pipelines={"asking": recorded(_asking)}, rule=rule("primary"))


async def measured(port: int, work: Coroutine[Any, Any, None]) -> Measured:
    """Return what the server saw of some work, and what this process spent on it."""
    await fetched(port, "/reset")
    begun, cpu = time.monotonic(), _cpu_s()
    await work
    wall, spent = time.monotonic() - begun, _cpu_s() - cpu
    told = await fetched(port, "/stats")
    return Measured(wall, spent, told["busy"], int(told["most"]))


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def row(in_flight: int, rounds: int, scale: float) -> str:
    """Return one line of the table."""
    questions = [f"question {n}" for n in range(in_flight * rounds)]
    with served(scale) as port, tempfile.TemporaryDirectory() as folder:
        await fetched(port, "/stats")
        await product(port, questions[:in_flight], in_flight, Path(folder) / "warm")
        best = await measured(port, ideal(port, questions, in_flight))
        ours = await measured(port, product(port, questions, in_flight, Path(folder) / "run"))
    each = 1000 / len(questions)
    return (
        f"| {in_flight} | {scale:g} | {len(questions)} | {len(questions) / best.wall_s:.1f} | {best.wall_s:.1f} | "
        f"{ours.wall_s:.1f} | {100 * best.wall_s / ours.wall_s:.1f} % | {100 * best.busy / in_flight:.1f} % | "
        f"{100 * ours.busy / in_flight:.1f} % | {ours.most} | {(ours.cpu_s - best.cpu_s) * each:.1f} |"
    )


async def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in-flight", type=int, nargs="+", default=[8, 64, 256])
    parser.add_argument("--rounds", type=int, default=20, help="questions for each one in flight")
    parser.add_argument("--scale", type=float, default=1.0, help="of the server's times")
    args = parser.parse_args()
    print(
        "| in flight | scale | questions | a second | ideal s | run s | ideal / run | ideal busy | run busy | most | "
        "CPU ms more |\n" + "|---" * 11 + "|"
    )
    for in_flight in args.in_flight:
        print(await row(in_flight, args.rounds, args.scale), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
