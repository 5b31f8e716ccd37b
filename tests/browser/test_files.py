"""The pages' files, without a browser: what is shipped is what was looked at, and keeps to the rules of the house."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from fivefold_server.routes.pages import MEDIA, UI
from tests.server.serving import Running

OWN = sorted((UI / "app").rglob("*.js"))
REPOSITORY = Path(__file__).parents[2]
MOST_LINES = 300
MOST_BYTES = 5 * 2**19


def test_code_of_others_is_what_was_taken_with_its_licence() -> None:
    told = json.loads((UI / "vendor" / "vendor.json").read_text(encoding="utf-8"))
    hashes = {file["path"]: file["sha256"] for package in told["packages"] for file in package["files"]}
    there = {
        path.relative_to(UI / "vendor").as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (UI / "vendor").rglob("*")
        if path.is_file() and path.name not in ("vendor.json", "README.md")
    }
    assert there == hashes
    for package in told["packages"]:
        assert package["licence"] in ("MIT", "Apache-2.0", "BSD-3-Clause", "ISC")
        assert package["licence_file"] in there and package["version"] in package["tarball"]


def test_all_files_together_stay_small_and_have_a_known_type() -> None:
    files = [path for path in UI.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < MOST_BYTES
    assert {path.suffix for path in files} - {".html", ".md", ""} <= set(MEDIA)


def test_examples_are_those_of_the_repository() -> None:
    for name in ("bakery", "staffing", "transport"):
        example = (REPOSITORY / "examples" / f"{name}.txt").read_bytes()
        assert (UI / "examples" / f"{name}.txt").read_bytes() == example


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.relative_to(UI).as_posix())
def test_own_module_is_small_says_what_it_is_for_and_makes_no_html_from_text(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("// ") and len(text.splitlines()) <= MOST_LINES
    banned = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|https?://|style=\""
    assert not re.search(banned, text), re.search(banned, text)
    for wanted in re.findall(r'(?:from|import\() ?"([^"]+)"', text):
        assert (path.parent / wanted).resolve().is_file(), wanted


def test_page_holds_no_script_or_style_of_its_own() -> None:
    text = (UI / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|style=|https?://", text)
    for wanted in re.findall(r'(?:src|href)="/static/([^"]+)"', text):
        assert (UI / wanted).is_file(), wanted


def test_file_is_sent_once_under_its_own_type(server: Running) -> None:
    sent = server.http.get("/static/app/main.js")
    assert sent.status_code == 200 and sent.headers["content-type"] == "text/javascript; charset=utf-8"
    again = server.http.get("/static/app/main.js", headers={"If-None-Match": sent.headers["etag"]})
    assert again.status_code == 304 and again.content == b""
    assert "script-src 'self';" in again.headers["content-security-policy"]
    for path in ("/static/vendor", "/static/nothing.js", "/static/..%2fapp.py"):
        assert server.http.get(path).status_code == 404
