"""What the server itself connects to: the LLM that it was told, and nothing else; and how it ends with open streams."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from tests.agent.solving import TOYS, toys
from tests.scripted_llm import ScriptedLLM
from tests.server.serving import ENDED, POTTERY, listening, waited

WATCHED = """
import os, sys
from pathlib import Path

def hear(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        address = args[1] if event in ("socket.connect", "socket.sendto") else args[0]
        if not isinstance(address, (str, bytes)) or event == "socket.getaddrinfo":
            os.write(found, f"{event} {address}\\n".encode())

found = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
sys.addaudithook(hear)
from fivefold.commands.cli import main
sys.exit(main(["serve", "--port", "0", "--data", sys.argv[2]]))
"""
"""Notes every look-up and connection of its own process; sockets of the machine itself, which have paths, are none."""


@contextmanager
def watched(folder: Path, environ: dict[str, str]) -> Generator[tuple[subprocess.Popen[str], str, Path]]:
    """Run a server that notes where it connects."""
    found = folder / "connections"
    command = [sys.executable, "-c", WATCHED, str(found), str(folder / "server")]
    child = subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True)
    assert child.stderr is not None
    try:
        yield child, listening(child)[0], found
    finally:
        child.kill()
        child.wait()
        child.stderr.close()


def test_server_connects_to_nothing_but_its_llm_and_ends_with_open_streams(tmp_path: Path) -> None:
    with ScriptedLLM(toys()) as llm, ExitStack() as open_streams:
        environ = {**os.environ, "OPENAI_BASE_URL": llm.base_url, "OPENAI_API_KEY": "any"}
        environ |= {"FIVEFOLD_DATA_DIR": str(tmp_path / "data"), "FIVEFOLD_CACHE_DIR": str(tmp_path / "cache")}
        with watched(tmp_path, environ) as (child, url, found), httpx.Client(base_url=url, timeout=60) as http:
            started = http.post("/api/v1/problems", json={"text": TOYS}).json()
            run = f"/api/v1/runs/{started['run']['id']}"
            over = waited(lambda: http.get(run).json(), lambda seen: seen["status"] in ENDED, 120)
            assert over["status"] == "succeeded"
            for ending in ("html", "ipynb", "xlsx", "card.md"):
                assert http.get(f"{run}/export.{ending}").status_code == 200
            version = f"/api/v1/problems/{started['problem']}/formulations/1"
            assert http.post(f"{version}/ranges", json={}).status_code == 200
            share = http.post(f"/api/v1/problems/{started['problem']}/shares", json={}).json()["path"]
            for path in ("/", "/settings", "/openapi.json", "/metrics", "/api/v1/doctor", "/api/v1/llm/health", share):
                assert http.get(path).status_code == 200, path
            http.post(f"/api/v1/problems/{started['problem']}/formulations", json={"formulation": POTTERY})
            for _ in range(20):
                stream = httpx.stream("GET", f"{url}/api/v1/stream", timeout=60)
                assert open_streams.enter_context(stream).status_code == 200
            stopping = time.monotonic()
            child.send_signal(signal.SIGTERM)
            assert child.wait(60) in (0, -signal.SIGTERM)
            assert time.monotonic() - stopping < 30, "on a machine with nothing else to do it takes less than a second"
            place = httpx.URL(llm.base_url)
            connections = {line for line in found.read_text("utf-8").splitlines() if line}
    foreign = [line for line in connections if f"'{place.host}', {place.port}" not in line]
    lookups = [line for line in foreign if line.endswith(f"getaddrinfo {place.host}")]
    assert connections and sorted(set(foreign) - set(lookups)) == [], "it went somewhere else"
