"""vLLM's CPU build behind our launcher: started, asked, measured, crashed, ended; run by `make test-vllm`.

One server is started for all tests of this file, which run in the order in which they stand. The LLM is the
smallest there is: what it writes is of no use, how it is held to what it may write is what counts.
"""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fivefold.llm import LLM
from fivefold.llm.local import status, stop
from fivefold.llm.local.endpoint import get
from fivefold.llm.local.metrics import measure
from fivefold.llm.local.state import ServerState, read_state, state_path
from fivefold.llm.local.unpacked import unpack
from fivefold.llm.local.vllm import find_vllm
from fivefold.nodes.writing import rows_schema, variables_schema
from fivefold.settings import Settings
from tests.vllm.small_llm import small_llm

# Read before the tests' clean environment takes them away.
PYTHON = os.environ.get("FIVEFOLD_TEST_VLLM_PYTHON")
GIVEN = os.environ.get("FIVEFOLD_TEST_VLLM_LLM")
KEPT = os.environ.get("FIVEFOLD_TEST_VLLM_DATA")
EXAMPLE = Path(__file__).parents[2] / "examples" / "bakery.txt"
LONG_S = 1500.0
"""A start takes a minute and a half on two quiet cores, and many times that on busy ones."""

pytestmark = [
    pytest.mark.llm,
    pytest.mark.skipif(PYTHON is None, reason="no environment with vLLM: run `make test-vllm`"),
]


@dataclass(frozen=True)
class Started:
    """The server under test, as the command line told it."""

    data_dir: Path
    base_url: str
    key: str

    @property
    def state(self) -> ServerState:
        state = read_state(state_path(self.data_dir))
        assert state is not None
        return state

    def llm(self, cache: Path) -> LLM:
        settings = Settings(base_url=self.base_url, api_key=self.key, cache_dir=cache)
        return LLM.connect(settings, timeout_s=LONG_S, concurrency=8)


def fivefold(data_dir: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "fivefold.commands.cli", *words],
        env=os.environ | {"FIVEFOLD_DATA_DIR": str(data_dir)} | more,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LONG_S,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the LLM as a folder of safetensors, kept between runs."""
    kept = Path(KEPT) if KEPT else tmp_path_factory.mktemp("kept")
    given = Path(GIVEN) if GIVEN else small_llm(kept / "weights")
    if given.is_dir():
        return given
    installed = find_vllm(Path(str(PYTHON)))
    assert installed is not None
    return unpack(kept, given, installed, print)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[Started]:
    data_dir = tmp_path_factory.mktemp("data")
    done = fivefold(
        data_dir,
        *("model", "start", "--engine", "vllm", "--model", str(folder), "--vllm-python", str(PYTHON)),
        *("--slots", "8", "--show-key"),
    )
    assert done.returncode == 0, done.stderr
    assert "starting vLLM: " in done.stderr
    address = re.search(r"OPENAI_BASE_URL=(\S+)\nOPENAI_API_KEY=(\S+)", done.stdout)
    assert address is not None, done.stdout
    yield Started(data_dir, address.group(1), address.group(2))
    stop(data_dir)


def tree(pid: int) -> list[int]:
    """Return a process and all below it."""
    found = [pid]
    for parent in found:
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent and fields[0] != "Z":
                found.append(int(stat.parent.name))
    return found


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def wait_for(what: Callable[[], Any]) -> None:
    end = time.monotonic() + LONG_S
    while not what():
        assert time.monotonic() < end
        time.sleep(0.5)


def test_it_answers_those_who_know_the_key(server: Started) -> None:
    assert get(server.state, "/health") is not None
    assert get(server.state, "/v1/models") is not None
    request = f"GET /v1/models HTTP/1.0\r\nAuthorization: Bearer {server.key[:-1]}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.state.port), timeout=60) as wire:
        wire.sendall(request.encode())
        assert b" 401 " in wire.recv(200)
    assert not any(server.key in command_line(pid) for pid in tree(server.state.pid))


def test_it_listens_on_this_machine_only(server: Started) -> None:
    port = f":{server.state.port:04X}"
    listening = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines() if " 0A " in line]
    assert [address for address in listening if address.endswith(port)] == [f"0100007F{port}"]


async def test_text_comes_in_pieces(server: Started, tmp_path: Path) -> None:
    pieces: list[str] = []
    async with server.llm(tmp_path) as llm:
        reply = await llm.ask(
            [{"role": "user", "content": "Count from one to ten."}], max_tokens=24, on_text=pieces.append
        )
        assert await llm.name() == server.state.llm
    assert len(pieces) > 3
    assert "".join(pieces) == reply.text
    assert reply.usage.completion_tokens > 3


async def test_variables_come_by_the_agents_schema(server: Started, tmp_path: Path) -> None:
    async with server.llm(tmp_path) as llm:
        reply = await llm.ask(
            [{"role": "user", "content": "Declare two decision variables of a bakery as JSON."}],
            schema=variables_schema(),
            max_tokens=200,
        )
    assert reply.rung == "json_schema", reply.notes
    found = re.findall(r'"name"\s*:\s*"([^"]*)"', reply.text)
    assert found and all(re.fullmatch(r"[a-z][a-z_0-9]*", name) for name in found)


async def test_expressions_hold_only_declared_names(server: Started, tmp_path: Path) -> None:
    schema = rows_schema(["cakes", "tarts"])
    objective = schema["properties"]["objective"]["properties"]["expression"]
    expression = {
        "type": "object",
        "properties": {"expression": objective},
        "required": ["expression"],
        "additionalProperties": False,
    }
    async with server.llm(tmp_path) as llm:
        reply = await llm.ask(
            [{"role": "user", "content": "Write the profit of rolls at 3 and muffins at 4 as JSON."}],
            schema=expression,
            max_tokens=60,
        )
    assert reply.rung == "json_schema", reply.notes
    written = re.search(r'"expression"\s*:\s*"([^"]*)', reply.text)
    assert written is not None
    assert set(re.findall(r"[a-z_]{5,}", written.group(1))) <= {"cakes", "tarts"}


async def test_a_regular_expression_binds_it(server: Started, tmp_path: Path) -> None:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {"row": {"type": "string", "pattern": "^(x|y)\\[[0-9]\\] <= 3$"}},
        "required": ["row"],
        "additionalProperties": False,
    }
    async with server.llm(tmp_path) as llm:
        reply = await llm.ask([{"role": "user", "content": "A row as JSON."}], schema=schema, max_tokens=60)
    assert reply.problem is None and isinstance(reply.parsed, dict)
    assert re.fullmatch(r"[xy]\[[0-9]\] <= 3", reply.parsed["row"])


async def test_what_questions_share_is_read_once(server: Started, tmp_path: Path) -> None:
    # Whole blocks of 128 tokens are kept.
    shared = "You write linear programs. Say which quantities are decided, what is wanted and what limits it. " * 20
    async with server.llm(tmp_path) as llm:

        async def ask(number: int) -> int:
            messages: list[Any] = [
                {"role": "system", "content": shared},
                {"role": "user", "content": f"Name {number} kinds of bread."},
            ]
            return (await llm.ask(messages, max_tokens=32)).usage.completion_tokens

        first = await ask(1)
        begun = time.monotonic()
        together = sum(await asyncio.gather(*map(ask, range(2, 10))))
        took_s = time.monotonic() - begun
    figures = await asyncio.to_thread(measure, server.state, seconds=0.5)
    assert figures is not None
    assert figures.written_tokens >= first + together > 8
    assert figures.requests >= 9
    assert figures.prefix_rate is not None and figures.prefix_rate > 0.2
    assert figures.stream_per_s is not None and figures.first_token_s is not None
    print(f"\n8 at once: {together / took_s:.1f} tokens/s in all; {'; '.join(figures.lines())}")


def test_the_command_line_tells_speed_and_hits(server: Started) -> None:
    told = fivefold(server.data_dir, "model", "status").stdout
    assert re.search(r"^server   ready: .* on vLLM", told, re.MULTILINE), told
    assert re.search(r"^speed .* tokens/s per request on average", told, re.MULTILINE), told
    assert re.search(r"^prefixes [1-9]\d*% hits", told, re.MULTILINE), told


def test_a_problem_in_words_goes_all_the_way(server: Started, tmp_path: Path) -> None:
    """So small an LLM finds no optimum, but each step is taken and the outcome says what came of it."""
    done = fivefold(
        server.data_dir,
        *("solve", str(EXAMPLE), "--rounds", "1", "--max-tokens", "2000", "--llm-timeout", str(LONG_S)),
        *("--out", str(tmp_path / "out")),
        OPENAI_BASE_URL=server.base_url,
        OPENAI_API_KEY=server.key,
        FIVEFOLD_CACHE_DIR=str(tmp_path / "cache"),
    )
    assert done.returncode in (0, 1), done.stderr
    trace = (tmp_path / "out" / "trace.jsonl").read_text()
    for step in ("read", "formulate", "check", "explain"):
        assert f'"{step}"' in trace
    assert server.state.llm in trace


def test_after_a_crash_it_is_there_again(server: Started, tmp_path: Path) -> None:
    state = server.state
    *_, program = tree(state.pid)[:2]
    deepest = next(pid for pid in tree(program) if "EngineCore" in command_line(pid))
    os.kill(deepest, signal.SIGKILL)
    wait_for(lambda: server.state.restarts == 1)
    wait_for(lambda: status(server.data_dir).phase == "ready")
    after = server.state
    assert (after.pid, after.port, after.token) == (state.pid, state.port, state.token)
    assert not any("vllm" in command_line(pid).lower() for pid in (program, deepest))

    async def ask() -> str:
        async with server.llm(tmp_path) as llm:
            return (await llm.ask([{"role": "user", "content": "Say a word."}], max_tokens=4)).text

    assert asyncio.run(ask())


def test_stop_leaves_no_process(server: Started) -> None:
    everything = tree(server.state.pid)
    port = server.state.port
    assert len(everything) >= 3
    done = fivefold(server.data_dir, "model", "stop")
    assert done.stdout.strip() == "stopped"
    assert [pid for pid in everything if command_line(pid)] == []
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    assert status(server.data_dir).phase == "stopped"
