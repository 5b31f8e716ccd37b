"""A server that is killed with a page open: the page says so, comes back by itself, and goes on where it was."""

import os
import signal
import socket
import subprocess
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install 'fivefold[dev]'")

from playwright.sync_api import Browser, Page, expect

from tests.agent.solving import toys
from tests.agent.test_waiting import HOLED, HOURS_ASKED
from tests.browser.browsing import page_of
from tests.scripted_llm import ScriptedLLM
from tests.server.serving import POTTERY, process
from tests.server.test_stopped import hard

pytestmark = pytest.mark.browser
SLOW_MS = 120_000
LOST = "The connection is lost"


class Server:
    """A process that can be killed, and started again at the same address."""

    def __init__(self, folder: Path, llm: ScriptedLLM, *options: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._options = ("--port", str(self.port), *options)
        self._environ = {
            **os.environ, "OPENAI_BASE_URL": llm.base_url, "OPENAI_API_KEY": "any",
            "FIVEFOLD_DATA_DIR": str(folder / "data"), "FIVEFOLD_CACHE_DIR": str(folder / "cache"),
        }  # fmt: skip
        self._stack = ExitStack()
        self._child: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        opened = process(self._folder / "server", self._environ, *self._options)
        self._child, url, _ = self._stack.enter_context(opened)
        assert url == self.url

    def kill(self) -> None:
        """Kill it as a power cut would."""
        assert self._child is not None
        self._child.send_signal(signal.SIGKILL)
        self._child.wait()

    def close(self) -> None:
        """End what is left."""
        self._stack.close()


@contextmanager
def served(folder: Path, *options: str) -> Generator[Server]:
    with ScriptedLLM(toys()) as llm:
        server = Server(folder, llm, *options)
        server.start()
        try:
            yield server
        finally:
            server.close()


def killed_and_back(page: Page, server: Server) -> None:
    server.kill()
    expect(page.get_by_text(LOST)).to_be_visible(timeout=SLOW_MS)
    server.start()
    expect(page.get_by_text(LOST)).to_have_count(0, timeout=SLOW_MS)


def test_question_can_be_answered_after_the_server_was_killed(browser: Browser, tmp_path: Path) -> None:
    with served(tmp_path) as server, page_of(browser, server.url) as page:
        page.goto("/new")
        page.get_by_label("Questions").select_option("ask")
        page.get_by_label("Your problem").fill(HOLED)
        page.get_by_role("button", name="Formulate and solve").click()
        question = page.get_by_role("article", name="Question")
        expect(question).to_contain_text(HOURS_ASKED, timeout=SLOW_MS)
        killed_and_back(page, server)
        expect(question).to_have_count(1)
        question.get_by_label("Your answer").fill("120 hours")
        question.get_by_role("button", name="Answer", exact=True).click()
        expect(question).to_contain_text("answered", timeout=SLOW_MS)
        expect(page.locator(".objective strong")).to_have_text("310", timeout=SLOW_MS)


def test_solve_goes_on_after_the_server_was_killed(browser: Browser, tmp_path: Path) -> None:
    # One fall is enough to leave the run to a person, who resumes it.
    with served(tmp_path, "--limit", "attempts=1") as server, page_of(browser, server.url) as page:
        api = f"{server.url}/api/v1"
        problem = httpx.post(f"{api}/problems", json={"title": "Hard"}, timeout=60).json()["id"]
        httpx.post(f"{api}/problems/{problem}/formulations", json={"formulation": hard()}, timeout=60)
        httpx.post(f"{api}/problems/{problem}/solve", json={"time_limit_s": 12}, timeout=60)
        page.goto(f"/p/{problem}")
        run = page.get_by_role("article", name="Run: Solve version 1")
        expect(run).to_contain_text("Run the solver", timeout=SLOW_MS)
        killed_and_back(page, server)
        expect(run).to_contain_text("interrupted", timeout=SLOW_MS)
        httpx.post(f"{api}/problems/{problem}/formulations", json={"formulation": POTTERY}, timeout=60)
        run.get_by_role("button", name="Go on with this run").click()
        expect(run).to_contain_text("stopped at the time limit", timeout=SLOW_MS)
        expect(page.get_by_role("article", name="Run: Solve version 1")).to_have_count(1)
        expect(page.get_by_role("tabpanel")).to_contain_text("It may still be improved by")
