"""The pages for people: the same HTML for all of them, and the files that it needs, all from the package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from fivefold_server.errors import not_found

UI = Path(str(files("fivefold_server"))) / "ui"
"""Folder of the pages' files."""
PAGES = ("/", "/new", "/problems", "/benchmarks", "/settings", "/login", "/p/{problem_id}", "/p/{problem_id}/{tab}")
"""Paths that the page itself tells apart; any other is not found."""
MEDIA = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
"""By ending: what a machine's own table says may be something else, and browsers run nothing under a wrong name."""
router = APIRouter(include_in_schema=False)


async def page() -> FileResponse:
    """Return the page."""
    return FileResponse(UI / "index.html", media_type="text/html; charset=utf-8")


for path in PAGES:
    router.add_api_route(path, page, methods=["GET"])


@router.get("/docs")
async def reference() -> FileResponse:
    """Return the page that shows `/openapi.json` to people who write programs; nothing for it comes from elsewhere."""
    return FileResponse(UI / "docs.html", media_type="text/html; charset=utf-8")


@router.get("/static/{name:path}")
def static(name: str, request: Request) -> Response:
    """Return a file of the page; nothing but its name where the browser has it already."""
    if not name.isprintable():
        raise not_found("such file")
    found = (UI / name).resolve()
    if not found.is_relative_to(UI.resolve()) or not found.is_file():
        raise not_found("such file")
    headers = {"Cache-Control": "no-cache"}
    answer = FileResponse(found, stat_result=found.stat(), headers=headers, media_type=MEDIA.get(found.suffix))
    tag = answer.headers["etag"]
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={**headers, "ETag": tag})
    return answer
