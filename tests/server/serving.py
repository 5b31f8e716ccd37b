"""A real server on a free port, in a thread of this process or in a process of its own."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import uvicorn

from fivefold_server.app import create_app, stop_streams
from fivefold_server.config import Config
from fivefold_server.telemetry import Telemetry

Json = dict[str, Any]
ENDED = {"succeeded", "infeasible", "unbounded", "time_limit", "stopped", "failed", "cancelled",
         "interrupted_by_restart"}  # fmt: skip

POTTERY: Json = {
    "title": "Pottery",
    "variables": [{"name": "bowls"}, {"name": "vases"}],
    "objective": {"sense": "maximize", "expression": "20*bowls + 40*vases", "name": "profit", "unit": "EUR"},
    "constraints": [
        {"name": "kiln", "expression": "4*bowls + 10*vases <= 110"},
        {"name": "clay", "expression": "3*bowls + 2*vases <= 44"},
    ],
}
POTTERY_OPTIMUM = 480.0


class Running(NamedTuple):
    """A server that runs."""

    url: str
    http: httpx.Client
    config: Config

    def post(self, path: str, **body: Any) -> Json:
        """Post JSON to the API and return what comes, which must be well."""
        answer = self.http.post(f"/api/v1{path}", json=body)
        assert answer.status_code < 300, answer.text
        found: Json = answer.json()
        return found

    def get(self, path: str) -> Any:
        """Get JSON from the API, which must be well."""
        answer = self.http.get(f"/api/v1{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def events(self, problem: str, after: int = 0) -> list[Json]:
        """Return all events of a problem so far."""
        found: list[Json] = []
        while page := self.get(f"/problems/{problem}/events.json?after={after}")["events"]:
            found += page
            after = page[-1]["seq"]
        return found

    def ended(self, run: str, within_s: float = 120) -> Json:
        """Wait for the end of a run and return it."""
        return waited(lambda: self.get(f"/runs/{run}"), lambda found: found["status"] in ENDED, within_s)


def waited(look: Callable[[], Json], enough: Callable[[Json], bool], within_s: float = 120) -> Json:
    """Look until it is enough, and return what was seen."""
    end = time.monotonic() + within_s
    while not enough(found := look()):
        assert time.monotonic() < end, found
        time.sleep(0.05)
    return found


@contextmanager
def serving(
    config: Config, headers: dict[str, str] | None = None, *, telemetry: Telemetry | None = None
) -> Generator[Running]:
    """Run a server in a thread."""
    app = create_app(config, telemetry)
    settings = uvicorn.Config(app, port=0, log_level="warning", timeout_graceful_shutdown=2, lifespan="on")
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, name="server")
    thread.start()
    try:
        end = time.monotonic() + 120
        while not server.started:
            assert thread.is_alive() and time.monotonic() < end, "the server did not start"
            time.sleep(0.01)
        url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
            yield Running(url, client, config)
    finally:
        stop_streams(app)
        server.should_exit = True
        thread.join(120)
        assert not thread.is_alive(), "the server did not stop"


@contextmanager
def process(folder: Path, environ: dict[str, str], *options: str) -> Generator[tuple[subprocess.Popen[str], str, str]]:
    """Run `python -m fivefold_server` as a process of its own; gives it, its address and what it printed first."""
    command = [sys.executable, "-m", "fivefold_server", "--port", "0", "--data", str(folder), *options]
    child = subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True)
    assert child.stderr is not None
    try:
        url, printed = listening(child)
        said = printed + (child.stderr.readline() if "--auth" in options else "")
        yield child, url, said
    finally:
        child.kill()
        child.wait()
        child.stderr.close()


def listening(child: subprocess.Popen[str]) -> tuple[str, str]:
    """Wait until a server that was started answers; return its address, and what it printed first."""
    assert child.stderr is not None
    too_late = threading.Timer(120, child.kill)  # which ends the reading
    too_late.start()
    printed = child.stderr.readline()
    too_late.cancel()
    assert "listens on" in printed, printed + child.stderr.read()
    url = printed.split()[-1]
    end = time.monotonic() + 120
    while True:
        try:
            httpx.get(f"{url}/readyz", timeout=60)
            return url, printed
        except httpx.TransportError:
            assert time.monotonic() < end, "it does not answer"
            time.sleep(0.05)


def streamed(lines: Iterator[str], within_s: float = 120) -> Iterator[Json]:
    """Yield the events of a stream; each has to carry its number as `id`.

    A server shows every few seconds that the line is open, so that no time limit of the client's ends a stream in
    which what is waited for never comes.
    """
    number, end = "", time.monotonic() + within_s
    for line in lines:
        assert time.monotonic() < end, f"what is waited for did not come within {within_s:g} s"
        if line.startswith("id: "):
            number = line[4:]
        elif line.startswith("data: "):
            event: Json = json.loads(line[6:])
            assert str(event["seq"]) == number
            yield event
