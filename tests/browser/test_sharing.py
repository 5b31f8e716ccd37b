"""Links and the record of who did what, as people use them: made on the page, opened elsewhere, revoked."""

from importlib.util import find_spec
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install 'fivefold[dev]'")

from playwright.sync_api import Browser, Page, expect

from tests.browser.browsing import page_of
from tests.browser.test_access import RULES, violations
from tests.server.serving import POTTERY, Running

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def axe() -> str:
    spec = find_spec("axe_playwright_python")
    if spec is None or spec.origin is None:
        pytest.skip("axe is not installed: pip install 'fivefold[dev]'")
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pottery(server: Running) -> str:
    """A formulation that was solved."""
    problem = str(server.post("/problems", title="Pottery")["id"])
    server.post(f"/problems/{problem}/formulations", formulation=POTTERY)
    assert server.ended(server.post(f"/problems/{problem}/solve")["run"]["id"])["status"] == "succeeded"
    return problem


def test_link_is_made_opened_and_revoked(page: Page, browser: Browser, server: Running, pottery: str, axe: str) -> None:
    page.goto(f"/p/{pottery}/solution")
    page.get_by_role("button", name="Share").click()
    sheet = page.get_by_role("dialog", name="Share version 1")
    expect(sheet).to_be_visible()
    sheet.get_by_label("Who it is for").fill("Ann")
    sheet.get_by_role("button", name="Make a link").click()
    address = sheet.locator("code")
    expect(address).to_contain_text("/s/ffs_")
    expect(sheet.get_by_role("cell", name="Ann", exact=True)).to_be_visible()
    assert violations(page, axe, {"type": "tag", "values": RULES}) == []
    link = address.inner_text().removeprefix(server.url)
    with page_of(browser, server.url, color_scheme="dark", viewport={"width": 390, "height": 800}) as guest:
        guest.goto(link)
        expect(guest.get_by_role("heading", name="Pottery", level=1)).to_be_visible()
        expect(guest.get_by_role("note")).to_contain_text("shared to be read only")
        expect(guest.get_by_text("480").first).to_be_visible()
        assert guest.evaluate("document.fonts.check('16px system-ui')"), "the style of the page was let in"
        assert guest.evaluate("getComputedStyle(document.body).maxWidth") != "none"
        assert violations(guest, axe, {"type": "tag", "values": RULES}) == []
        sheet.get_by_role("button", name="Revoke the link Ann").click()
        expect(sheet.get_by_role("cell", name="revoked")).to_be_visible()
        guest.reload()
        expect(guest.get_by_role("heading", name="This link has ended")).to_be_visible()
        assert violations(guest, axe, {"type": "tag", "values": RULES}) == []
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(page.get_by_role("button", name="Share")).to_be_focused()


def test_settings_tell_who_did_what(page: Page, server: Running, pottery: str) -> None:
    server.post(f"/problems/{pottery}/shares", label="for the record")
    for _ in range(25):
        server.http.patch("/api/v1/settings", json={"rounds": 2})
    page.goto("/settings")
    doings = page.get_by_role("region", name="Who did what")
    expect(doings.get_by_role("cell", name="changed settings").first).to_be_visible()
    rows = doings.locator("tbody tr")
    expect(rows).to_have_count(20)
    page.get_by_role("button", name="Show more").click()
    expect(doings.get_by_role("cell", name="made a link").first).to_be_visible()
    agents = page.get_by_role("region", name="Configuration of an agent")
    expect(agents).to_contain_text("/mcp")
