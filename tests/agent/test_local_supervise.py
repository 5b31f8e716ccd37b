"""A program under supervision: started, watched, started again after a crash, ended with all that it started."""

import dataclasses
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fivefold.errors import LLMError
from fivefold.llm.local import start, status, stop
from fivefold.llm.local.commands import ensure
from fivefold.llm.local.endpoint import get
from fivefold.llm.local.engine import LlamaCpp, Served
from fivefold.llm.local.server import join, serving
from fivefold.llm.local.state import log_path, read_state, state_path
from fivefold.llm.local.supervise import Patience
from fivefold.settings import Settings

# Answers `/props` to those who know the key of its environment, and starts a process of its own.
PROGRAM = """
import http.server, os, subprocess, sys
below = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
with open(sys.argv[1], "a") as file:
    file.write(f"{os.getpid()} {below.pid}\\n")

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        known = self.headers.get("Authorization") == "Bearer " + os.environ["SMALL_KEY"]
        self.send_response(200 if known else 401)
        self.end_headers()
        self.wfile.write(os.environ["COLOUR"].encode())

    def log_message(self, *args):
        pass

http.server.HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Handler).serve_forever()
"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Supervised(LlamaCpp):
    """A small program behind the supervisor."""

    pids: Path
    program: str = PROGRAM

    @property
    def name(self) -> str:
        return "small"

    def missing(self) -> str | None:
        return None

    def locate(self, data_dir: Path, weights: Path | str | None) -> Served:
        return Served("small", "small")

    def command(self, served: Served, *, port: int, state_file: Path) -> list[str]:
        return [
            *(sys.executable, "-m", "fivefold.llm.local.supervise", "--state", str(state_file)),
            *("--key-variable", "SMALL_KEY", "--set", "COLOUR=teal", "--restarts", "2", "--grace", "2"),
            *("--", sys.executable, "-c", self.program, str(self.pids)),
        ]


@pytest.fixture
def engine(tmp_path: Path) -> Supervised:
    return Supervised(pids=tmp_path / "pids")


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data"
    yield folder
    stop(folder)


def wait_for(what: Callable[[], Any], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


def started(tmp_path: Path) -> list[int]:
    """Return the processes of the last start: the program and what it started."""
    return [int(pid) for pid in (tmp_path / "pids").read_text().splitlines()[-1].split()]


def is_there(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_it_answers_with_its_key_and_its_variables(data_dir: Path, engine: Supervised, tmp_path: Path) -> None:
    running = start(data_dir, engine=engine)
    state = read_state(state_path(data_dir))
    assert state is not None and state.pid == running.pid and state.token == running.api_key
    assert get(state, "/props") == "teal"
    assert get(dataclasses.replace(state, token="guess"), "/props") is None
    for pid in (running.pid, *started(tmp_path)):
        assert running.api_key not in Path(f"/proc/{pid}/cmdline").read_text()
    assert start(data_dir, engine=engine) == running


def test_a_run_without_an_endpoint_asks_the_server_that_is_there(data_dir: Path, engine: Supervised) -> None:
    running = start(data_dir, engine=engine)
    found = ensure(Settings(data_dir=data_dir), yes=False, ask=lambda _: False, say=lambda _: None)
    assert found == (running.base_url, running.api_key, running.llm)
    assert serving(data_dir) is not None
    stop(data_dir)
    assert serving(data_dir) is None
    with pytest.raises(LLMError, match="ended before it answered"):
        join(data_dir)


def test_after_a_crash_it_is_there_again_at_the_same_address(
    data_dir: Path, engine: Supervised, tmp_path: Path
) -> None:
    running = start(data_dir, engine=engine)
    program, below = started(tmp_path)
    os.kill(program, signal.SIGKILL)
    wait_for(lambda: started(tmp_path) != [program, below])
    assert start(data_dir, engine=engine) == running
    now = status(data_dir)
    assert (now.phase, now.restarts, now.pid) == ("ready", 1, running.pid)
    assert not is_there(below), "what the crashed program had started is ended"


def test_what_crashes_again_and_again_is_given_up(data_dir: Path, engine: Supervised, tmp_path: Path) -> None:
    running = start(data_dir, engine=engine)
    for _ in range(3):
        wait_for(lambda: status(data_dir).phase == "ready")
        before = started(tmp_path)
        os.kill(before[0], signal.SIGKILL)
        wait_for(lambda: started(tmp_path) != before or status(data_dir).phase == "stopped")  # noqa: B023
    wait_for(lambda: not is_there(running.pid))
    assert status(data_dir).phase == "stopped"
    assert "giving up" in log_path(data_dir).read_text()


def test_stop_leaves_nothing(data_dir: Path, engine: Supervised, tmp_path: Path) -> None:
    running = start(data_dir, engine=engine)
    everything = [running.pid, *started(tmp_path)]
    assert all(map(is_there, everything))
    assert stop(data_dir)
    assert not any(map(is_there, everything))


def test_a_program_that_does_not_listen_to_requests_to_end_is_killed(
    data_dir: Path, engine: Supervised, tmp_path: Path
) -> None:
    deaf = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{PROGRAM}"
    quick = dataclasses.replace(engine, program=deaf)
    running = start(data_dir, engine=quick)
    everything = [running.pid, *started(tmp_path)]
    assert stop(data_dir)
    wait_for(lambda: not any(map(is_there, everything)))  # what is killed may take a moment to be gone


def test_a_supervisor_that_is_asked_to_end_while_it_ends_the_program_does_end_it(
    data_dir: Path, engine: Supervised, tmp_path: Path
) -> None:
    """`stop` takes the state file away and then asks, and the supervisor may see the first before the second."""
    deaf = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{PROGRAM}"
    running = start(data_dir, engine=dataclasses.replace(engine, program=deaf))
    everything = [running.pid, *started(tmp_path)]
    state_path(data_dir).unlink()
    wait_for(lambda: "the server ended" in log_path(data_dir).read_text())
    os.kill(running.pid, signal.SIGTERM)
    try:
        wait_for(lambda: not any(map(is_there, everything)), 20)
    finally:
        for pid in filter(is_there, everything):
            os.kill(pid, signal.SIGKILL)


def test_a_killed_supervisor_takes_the_program_with_it(data_dir: Path, engine: Supervised, tmp_path: Path) -> None:
    running = start(data_dir, engine=engine)
    program = started(tmp_path)[0]
    os.kill(running.pid, signal.SIGKILL)
    wait_for(lambda: not is_there(program))
    os.kill(started(tmp_path)[1], signal.SIGKILL)
    assert status(data_dir).phase == "dead"


def test_a_program_that_never_answers_is_not_tried_again(data_dir: Path, engine: Supervised, tmp_path: Path) -> None:
    faulty = dataclasses.replace(engine, program="raise SystemExit('no such tensor')")
    with pytest.raises(LLMError, match="ended while starting") as caught:
        start(data_dir, engine=faulty)
    assert "no such tensor" in str(caught.value)
    assert "starting again" not in log_path(data_dir).read_text()
    assert status(data_dir).phase == "stopped"


def test_waits_grow_and_end() -> None:
    patience = Patience()
    assert [patience.wait_s(restart) for restart in (1, 2, 3, 4, 5)] == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert patience.wait_s(20) == patience.longest_wait_s
