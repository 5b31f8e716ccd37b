"""A real browser on a real server: headless Chromium that reaches this machine only and forgives nothing."""

import shutil
import string
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install 'fivefold[dev]'")

from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from fivefold_server.routes.pages import UI
from tests.server.serving import Running

EXAMPLE = (UI / "examples" / "bakery.txt").read_text(encoding="utf-8")
_VILLAGES = iter(string.ascii_uppercase)
QUICK = {"checks": "text", "rounds": 0}
"""Options of runs of which the checks do not matter."""
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
WITHIN_MS = 20_000
expect.set_options(timeout=WITHIN_MS)


@contextmanager
def chromium() -> Generator[Browser]:
    """Start the machine's own Chromium, or the one that playwright has; skip where there is none."""
    path = next((found for found in map(shutil.which, NAMES) if found), None)
    with sync_playwright() as driver:
        if path is None and not driver.chromium.executable_path:
            pytest.skip("there is no Chromium: apt install chromium")
        try:
            browser = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        except Exception as fault:
            if path is None:
                pytest.skip(f"there is no Chromium: apt install chromium ({str(fault).splitlines()[0]})")
            raise
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def page_of(browser: Browser, url: str, **options: Any) -> Generator[Page]:
    """Open a page of its own; afterwards nothing foreign was asked for, and nothing went wrong in it."""
    wrong: list[str] = []

    def asked(request: Request) -> None:
        if not request.url.startswith((f"{url}/", "data:", "blob:")):
            wrong.append(f"foreign request: {request.url}")

    context = browser.new_context(base_url=url, **{"viewport": {"width": 1360, "height": 850}, **options})
    context.set_default_timeout(WITHIN_MS)
    page = context.new_page()
    page.on("request", asked)
    page.on("pageerror", lambda fault: wrong.append(f"page error: {fault}"))
    page.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}") or dialog.dismiss())
    page.on("console", lambda line: wrong.append(f"console: {line.text}") if is_fault(line.type, line.text) else None)
    page.add_init_script(
        "addEventListener('securitypolicyviolation', (event) => console.error('CSP ' + event.violatedDirective));"
    )
    try:
        yield page
    finally:
        context.close()
    assert not wrong, wrong


def is_fault(kind: str, text: str) -> bool:
    """Whether a line of the console is a fault; refusals that the page shows itself and cut lines are none."""
    known = (
        "Failed to load resource: the server responded", "net::ERR_INTERNET_DISCONNECTED", "ERR_CONNECTION",
        "ERR_INCOMPLETE_CHUNKED", "ERR_EMPTY_RESPONSE", "ERR_CONTENT_LENGTH_MISMATCH",
    )  # fmt: skip
    return kind == "error" and not any(words in text for words in known)


def fresh() -> str:
    """Return the example in words that no LLM was asked before, so that no kept reply answers at once."""
    return f"{EXAMPLE.strip()} The village is called {next(_VILLAGES)}ford."


def solved(server: Running, held: threading.Event | None = None) -> str:
    """Return the example, solved."""
    if held is not None:
        held.set()
    started = server.post("/problems", text=fresh(), title="Bakery", options=QUICK)
    assert server.ended(started["run"]["id"])["status"] == "succeeded"
    return str(started["problem"])
