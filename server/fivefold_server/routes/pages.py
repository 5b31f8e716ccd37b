"""The pages for people: the same HTML for all of them, and the files that it needs, all from the package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

from fivefold_server.errors import not_found

UI = Path(str(files("fivefold_server"))) / "ui"
"""Folder of the pages' files."""
PAGES = ("/", "/new", "/problems", "/settings", "/login", "/p/{problem_id}", "/p/{problem_id}/{tab}")
"""Paths that the page itself tells apart; any other is not found."""
router = APIRouter(include_in_schema=False)


async def page() -> FileResponse:
    """Return the page."""
    return FileResponse(UI / "index.html", media_type="text/html; charset=utf-8")


for path in PAGES:
    router.add_api_route(path, page, methods=["GET"])


@router.get("/static/{name:path}")
def static(name: str) -> FileResponse:
    """Return a file of the page."""
    if not name.isprintable():
        raise not_found("such file")
    found = (UI / name).resolve()
    if not found.is_relative_to(UI.resolve()) or not found.is_file():
        raise not_found("such file")
    return FileResponse(found, headers={"Cache-Control": "no-cache"})
