"""One server a data folder: started once, shared, replaced when dead, ended; a small real HTTP process stands in."""

import argparse
import dataclasses
import http.server
import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fivefold.errors import CallerError, LLMError, WeightsError
from fivefold.llm.local import RunningServer, start, status, stop
from fivefold.llm.local.commands import add_parser, ensure, run
from fivefold.llm.local.engine import LlamaCpp, Served
from fivefold.llm.local.state import log_path, read_state, state_path
from fivefold.settings import Settings


def serve_small(state_file: Path) -> None:
    """Answer `/props` to those who know the token, as llama.cpp does; run in a process of its own."""
    from fivefold.llm.local.state import write_state

    state = read_state(state_file)
    assert state is not None
    token = state.token

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.headers.get("Authorization") == f"Bearer {token}"
            self.send_response(200 if known else 401)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    write_state(state_file, dataclasses.replace(state, pid=os.getpid()))
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    write_state(state_file, dataclasses.replace(state, phase="ready", pid=os.getpid(), port=server.server_port))
    server.serve_forever()


@dataclasses.dataclass(frozen=True)
class Small(LlamaCpp):
    """Another program behind the same seam."""

    fault: str = ""

    @property
    def name(self) -> str:
        return "small"

    def missing(self) -> str | None:
        return None

    def command(self, served: Served, *, port: int, state_file: Path) -> list[str]:
        program = self.fault or (
            f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); from pathlib import Path; "
            f"from test_local_server import serve_small; serve_small(Path({str(state_file)!r}))"
        )
        return [sys.executable, "-c", program]


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "own.gguf"
    path.write_bytes(b"GGUF")
    return path


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data"
    yield folder
    stop(folder)


def test_a_server_is_started_once_and_kept(data_dir: Path, weights: Path) -> None:
    waited: list[float] = []
    first = start(data_dir, weights=weights, engine=Small(), progress=waited.append)
    assert start(data_dir, weights=weights, engine=Small()) == first
    assert waited and first.base_url.endswith("/v1") and first.llm == "own"
    now = status(data_dir)
    assert (now.phase, now.pid, now.base_url, now.weights) == ("ready", first.pid, first.base_url, weights)
    assert stop(data_dir)
    assert not stop(data_dir)
    assert status(data_dir).phase == "stopped"


def test_the_key_is_private_and_on_no_command_line(data_dir: Path, weights: Path) -> None:
    running = start(data_dir, weights=weights, engine=Small())
    assert stat.S_IMODE(state_path(data_dir).stat().st_mode) == 0o600
    assert len(running.api_key) >= 32
    assert running.api_key not in repr(running)
    assert running.api_key not in Path(f"/proc/{running.pid}/cmdline").read_text()
    command = LlamaCpp().command(Served("own", str(weights)), port=0, state_file=state_path(data_dir))
    assert running.api_key not in " ".join(command)


def test_a_dead_server_is_replaced(data_dir: Path, weights: Path) -> None:
    first = start(data_dir, weights=weights, engine=Small())
    os.kill(first.pid, signal.SIGKILL)
    end = time.monotonic() + 10
    while status(data_dir).phase != "dead" and time.monotonic() < end:
        time.sleep(0.02)
    assert status(data_dir).phase == "dead"
    second = start(data_dir, weights=weights, engine=Small())
    assert second.pid != first.pid
    assert second.api_key != first.api_key


def test_other_weights_get_another_server(data_dir: Path, weights: Path, tmp_path: Path) -> None:
    first = start(data_dir, weights=weights, engine=Small())
    other = tmp_path / "other.gguf"
    other.write_bytes(b"GGUF")
    second = start(data_dir, weights=other, engine=Small())
    assert second.llm == "other" and second.pid != first.pid


def test_somebody_elses_process_is_never_ended(data_dir: Path, weights: Path) -> None:
    running = start(data_dir, weights=weights, engine=Small())
    state = json.loads(state_path(data_dir).read_text())
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        state_path(data_dir).write_text(json.dumps(state | {"pid": other.pid}))
        assert not stop(data_dir)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
        state_path(data_dir).write_text(json.dumps(state))
    assert start(data_dir, weights=weights, engine=Small()) == running


def test_two_starts_at_once_give_one_server(data_dir: Path, weights: Path) -> None:
    found: list[RunningServer] = []
    threads = [
        threading.Thread(target=lambda: found.append(start(data_dir, weights=weights, engine=Small())))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert len({running.pid for running in found}) == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("raise SystemExit('no such tensor')", "no such tensor"),
        ("print('std::bad_alloc'); raise SystemExit(1)", "not enough memory"),
        ("import os; os.kill(os.getpid(), 9)", "not enough memory"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGILL)", "processor lacks instructions"),
        ("raise ImportError('libgomp.so.1: cannot open shared object file')", "apt-get install libgomp1"),
    ],
)
def test_a_failed_start_shows_why(data_dir: Path, weights: Path, fault: str, words: str) -> None:
    with pytest.raises(LLMError, match="ended while starting") as caught:
        start(data_dir, weights=weights, engine=Small(fault=fault))
    assert words in str(caught.value)
    assert status(data_dir).phase == "stopped"
    assert log_path(data_dir).is_file()


def test_a_start_that_takes_too_long_leaves_nothing(data_dir: Path, weights: Path) -> None:
    with pytest.raises(LLMError, match="did not answer in time") as caught:
        start(data_dir, weights=weights, engine=Small(fault="import time; time.sleep(60)"), timeout_s=0.3)
    assert caught.value.kind == "timeout"
    assert not state_path(data_dir).exists()


def test_a_missing_engine_says_how_to_install_it(
    data_dir: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(LLMError, match=r"pip install 'fivefold\[local\]'"):
        start(data_dir, weights=weights)


def test_without_weights_nothing_is_started(data_dir: Path) -> None:
    with pytest.raises(WeightsError, match="fivefold model pull"):
        start(data_dir)


def test_ensure_asks_before_it_fetches(data_dir: Path) -> None:
    said: list[str] = []
    asked: list[str] = []

    def no(question: str) -> bool:
        asked.append(question)
        return False

    with pytest.raises(CallerError, match="OPENAI_BASE_URL"):
        ensure(Settings(data_dir=data_dir), yes=False, ask=no, say=said.append)
    assert len(asked) == 1
    assert "1.1 GB" in said[0] and "Apache-2.0" in said[0] and str(data_dir) in said[0]


def test_nothing_is_fetched_that_could_not_be_served(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LlamaCpp, "missing", lambda _: "the embedded LLM needs llama.cpp")
    with pytest.raises(CallerError, match="needs llama"):
        ensure(Settings(data_dir=data_dir), yes=True, ask=lambda _: True, say=lambda _: None)


def test_the_command_line_says_what_is_there(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers(required=True))
    settings = Settings(data_dir=data_dir)
    assert run(parser.parse_args(["model", "status"]), settings) == 0
    assert "not here" in capsys.readouterr().out
    assert run(parser.parse_args(["model", "stop"]), settings) == 0
    assert "not running" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        parser.parse_args(["model", "pull", "--source", "elsewhere"])
