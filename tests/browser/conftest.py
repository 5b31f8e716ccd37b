"""One browser and one server for the tests of a file.

Not for all of them: as long as playwright is open, an event loop counts as running, in which no other test can start
its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from fivefold_server.config import Config
from tests.agent.solving import settings_for
from tests.example_replies import answer
from tests.scripted_llm import ScriptedLLM
from tests.server.serving import Running, serving

# Where there is no playwright, the files of the pages are tested all the same.
if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from tests.browser.browsing import chromium

    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def script() -> Iterator[ScriptedLLM]:
    with ScriptedLLM(answer) as running:
        yield running


@pytest.fixture(scope="module")
def server(script: ScriptedLLM, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("browser")
    with serving(Config(settings=settings_for(script.base_url, folder))) as running:
        yield running


@pytest.fixture
def llm(script: ScriptedLLM) -> Iterator[ScriptedLLM]:
    script.rule = answer
    yield script
    script.rule = answer


@pytest.fixture
def page(browser: Browser, server: Running, llm: ScriptedLLM) -> Iterator[Page]:
    from tests.browser.browsing import page_of

    with page_of(browser, server.url) as opened:
        yield opened
