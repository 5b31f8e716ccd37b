"""Runs of `fivefold bench` in the folder that the server was told of, for administrators; read-only."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import FileResponse

from fivefold_server.errors import not_found
from fivefold_server.schemas.benchmarks import Benchmarks
from fivefold_server.schemas.common import REFUSALS
from fivefold_server.security.callers import Ctx, admin_of
from fivefold_server.workspace.benchmarks import report_at, runs_in

router = APIRouter(
    prefix="/api/v1/benchmarks", tags=["benchmarks"], responses=REFUSALS, dependencies=[Depends(admin_of)]
)
# A report brings its own styles and scripts; it may run them in a box of its own, and reach nothing.
_BOX = (
    "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


@router.get("", summary="Runs and reports of benchmarks")
async def every(ctx: Ctx) -> Benchmarks:
    """Return what is in the folder now."""
    folder = ctx.config.benchmarks
    if folder is None:
        return Benchmarks(folder=None, runs=[], reports=[], faults=[])
    return Benchmarks.model_validate({"folder": str(folder), **await ctx.work.do(runs_in, folder)})


@router.get("/report", response_class=FileResponse, summary="A report of a run, as it was written")
async def report(ctx: Ctx, name: Annotated[str, Query(max_length=1000, description="Its path")]) -> FileResponse:
    """Return the page; it may run its own scripts only, in a box of its own."""
    folder = ctx.config.benchmarks
    path = None if folder is None or not name else await ctx.work.do(report_at, folder, name)
    if path is None:
        raise not_found("such report")
    return FileResponse(path, media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": _BOX})
