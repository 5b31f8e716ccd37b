"""The embedded LLM itself: real weights, real llama.cpp."""

import json
import os
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fivefold.errors import LLMError
from fivefold.llm.local import RunningServer, find, start, status, stop
from fivefold.llm.local.engine import LlamaCpp
from fivefold.settings import from_environment

# Read before the tests' clean environment takes it away.
GIVEN = os.environ.get("FIVEFOLD_TEST_WEIGHTS")

pytestmark = pytest.mark.llm


@pytest.fixture(scope="module")
def weights() -> Path:
    path = Path(GIVEN) if GIVEN else find(from_environment().data_dir)
    if path is None:
        pytest.skip("no weights: `fivefold model pull`, or set FIVEFOLD_TEST_WEIGHTS")
    return path


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("data")
    yield folder
    stop(folder)


@pytest.fixture(scope="module")
def running(data_dir: Path, weights: Path) -> RunningServer:
    return start(data_dir, weights=weights, engine=LlamaCpp(context=2048))


def ask(server: RunningServer, schema: dict[str, Any], *, key: str | None = None) -> dict[str, Any]:
    body = {
        "model": server.llm,
        "messages": [{"role": "user", "content": "Name one colour as JSON."}],
        "temperature": 0,
        "max_tokens": 40,
        "response_format": {"type": "json_schema", "json_schema": {"name": "c", "schema": schema}},
    }
    request = urllib.request.Request(
        f"{server.base_url}/chat/completions",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {key or server.api_key}"},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        reply: dict[str, Any] = json.loads(json.load(answer)["choices"][0]["message"]["content"])
    return reply


def of(field: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"colour": field},
        "required": ["colour"],
        "additionalProperties": False,
    }


def test_it_writes_by_the_schema(running: RunningServer) -> None:
    assert ask(running, of({"enum": ["teal", "ochre"]}))["colour"] in ("teal", "ochre")


def test_an_anchored_pattern_binds_it(running: RunningServer) -> None:
    assert ask(running, of({"type": "string", "pattern": "^(x|y)\\[[0-9]\\] <= 3$"}))["colour"][1:].endswith("] <= 3")


def test_without_the_key_it_refuses(running: RunningServer) -> None:
    with pytest.raises(urllib.error.HTTPError, match="401") as caught:
        ask(running, of({"type": "string"}), key="guess")
    caught.value.close()


def test_it_is_shared_and_seen(running: RunningServer, data_dir: Path, weights: Path) -> None:
    assert start(data_dir, weights=weights) == running
    assert status(data_dir).phase == "ready"


def test_it_ends_when_idle(tmp_path: Path, weights: Path) -> None:
    engine = LlamaCpp(slots=1, context=512, idle_exit_s=3.0)
    idle = start(tmp_path, weights=weights, engine=engine)
    ask(idle, of({"enum": ["teal"]}))
    end = time.monotonic() + 20
    while status(tmp_path).phase != "stopped" and time.monotonic() < end:
        time.sleep(0.1)
    assert status(tmp_path).phase == "stopped"


def test_it_ends_when_its_state_file_goes(tmp_path: Path, weights: Path) -> None:
    server = start(tmp_path, weights=weights, engine=LlamaCpp(slots=1, context=512))
    shutil.rmtree(tmp_path / "server")
    command_line = Path(f"/proc/{server.pid}/cmdline")
    end = time.monotonic() + 20
    while command_line.exists() and command_line.read_bytes() and time.monotonic() < end:
        time.sleep(0.1)
    assert not command_line.exists() or not command_line.read_bytes()


def test_a_file_that_is_no_weights_is_said(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(1000))
    with pytest.raises(LLMError, match="ended while starting"):
        start(tmp_path, weights=broken, engine=LlamaCpp(slots=1, context=512))
