"""How long Fivefold takes to start, as ratios to an empty Python on the same machine in the same minute.

    python benchmarks/startup/startup.py            # a table
    python benchmarks/startup/startup.py --rounds 15

The LLM is a server inside this script that answers at once, so that what is timed is Fivefold and the solver.
See README.md beside this file.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

FIVEFOLD = str(Path(sys.executable).with_name("fivefold"))
LLM = "instant"
PROBLEM = (
    "A joiner makes stools and benches. A stool earns 20 euros and a bench 35 euros. A stool takes 2 hours and a "
    "bench 5 hours; there are 40 hours. At most 12 stools can be sold. How many of each earn the most?"
)
OPTIMUM = 345.0
DECLARED = {
    "variables": [
        {"name": "stools", "meaning": "stools made", "domain": "integer"},
        {"name": "benches", "meaning": "benches made", "domain": "integer"},
    ]
}
ROWS = {
    "objective": {"sense": "maximize", "meaning": "earnings", "expression": "20*stools + 35*benches"},
    "constraints": [
        {"meaning": "hours", "expression": "2*stools + 5*benches <= 40"},
        {"meaning": "stools that can be sold", "expression": "stools <= 12"},
    ],
}


class Instant(BaseHTTPRequestHandler):
    """Answers the two questions of a scalar formulation, streamed or whole, at once."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """List the one LLM."""
        self._send("application/json", json.dumps({"object": "list", "data": [{"id": LLM, "object": "model"}]}))

    def do_POST(self) -> None:
        """Answer by what the schema of the question asks for."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        wanted = asked["response_format"]["json_schema"]["schema"]["properties"]
        text = json.dumps(DECLARED if "variables" in wanted else ROWS)
        usage = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}
        base: dict[str, Any] = {"id": "0", "created": 0, "model": LLM}
        if asked.get("stream"):
            pieces: list[dict[str, Any]] = [
                {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]},
                {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
                {"choices": [], "usage": usage},
            ]
            lines = [
                f"data: {json.dumps({**base, 'object': 'chat.completion.chunk', **piece})}\n\n" for piece in pieces
            ]
            self._send("text/event-stream", "".join(lines) + "data: [DONE]\n\n")
            return
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        self._send(
            "application/json", json.dumps({**base, "object": "chat.completion", "choices": [choice], "usage": usage})
        )

    def _send(self, kind: str, text: str) -> None:
        raw = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)


@contextmanager
def endpoint() -> Generator[str]:
    """Serve `Instant` on a free port and give its base URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Instant)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def command(argv: list[str], environment: dict[str, str]) -> Callable[[int], None]:
    """Return what runs a command once and insists that it went well; `{round}` in it is the round's number."""

    def once(number: int) -> None:
        asked = [part.replace("{round}", str(number)) for part in argv]
        subprocess.run(asked, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)

    return once


def warm(runner: asyncio.Runner, base_url: str, folder: Path) -> Callable[[int], None]:
    """Return what solves once in this process, where everything was imported before."""
    import fivefold

    settings = fivefold.Settings(cache_dir=folder / "cache", data_dir=folder / "data")

    def once(number: int) -> None:
        asked = fivefold.asolve(f"{PROBLEM} (week {number})", base_url=base_url, llm=LLM, settings=settings)
        outcome = runner.run(asked)
        if outcome.objective != OPTIMUM:
            raise SystemExit(f"expected {OPTIMUM}, got {outcome.objective}: {outcome.explanation}")

    once(0)
    return once


def measure(rounds: int) -> dict[str, list[float]]:
    """Return seconds by what was timed; each round times everything once, one after the other."""
    with tempfile.TemporaryDirectory() as name, endpoint() as base_url, asyncio.Runner() as runner:
        folder = Path(name)
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("OPENAI_", "FIVEFOLD_"))}
        environment |= {"FIVEFOLD_CACHE_DIR": str(folder / "cache"), "FIVEFOLD_DATA_DIR": str(folder / "data")}
        solve = [FIVEFOLD, "solve", "--quiet", "--base-url", base_url, "--llm", LLM, f"{PROBLEM} (day {{round}})"]
        timed: dict[str, Callable[[int], None]] = {
            "python -c pass": command([sys.executable, "-c", "pass"], environment),
            "import fivefold": command([sys.executable, "-c", "import fivefold"], environment),
            "fivefold --help": command([FIVEFOLD, "--help"], environment),
            "fivefold solve --quiet": command(solve, environment),
            "asolve, same process, warm": warm(runner, base_url, folder),
        }
        seconds: dict[str, list[float]] = {label: [] for label in timed}
        for number in range(rounds + 1):
            for label, once in timed.items():
                began = time.perf_counter()
                once(number + 1)
                # The first round only warms the file cache and writes the .pyc files.
                if number:
                    seconds[label].append(time.perf_counter() - began)
    return seconds


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description="Time of starting Fivefold, as ratios to an empty Python.")
    parser.add_argument("--rounds", type=int, default=7, help="rounds that count (7)")
    rounds = max(1, parser.parse_args().rounds)
    load_before = os.getloadavg()[0]
    seconds = measure(rounds)
    base = seconds["python -c pass"]
    print("| what | median s | least s | times `python -c pass` |\n|---|---:|---:|---:|")
    for label, times in seconds.items():
        ratio = statistics.median(one / empty for one, empty in zip(times, base, strict=True))
        print(f"| `{label}` | {statistics.median(times):.3f} | {min(times):.3f} | {ratio:.1f} |")
    print(
        f"\n{rounds} rounds, interleaved; Python {platform.python_version()}, {platform.machine()}, "
        f"{os.cpu_count()} cores, load {load_before:.1f} before and {os.getloadavg()[0]:.1f} after"
    )


if __name__ == "__main__":
    main()
