"""Whether the server is alive, ready, and what it counts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from fivefold_server.metrics import CONTENT_TYPE
from fivefold_server.schemas.common import ErrorDocument, Sent
from fivefold_server.security.callers import Ctx, admin_of, caller_of
from fivefold_server.store.connection import Db

router = APIRouter(tags=["operation"])


class Health(Sent):
    """How the server is."""

    status: str
    """`ok`."""


@router.get("/healthz", summary="Whether the process is alive")
async def healthz() -> Health:
    """Answer without looking at anything else."""
    return Health(status="ok")


@router.get("/readyz", responses={503: {"model": ErrorDocument}}, summary="Whether requests can be served")
async def readyz(ctx: Ctx) -> Health:
    """Look whether the database answers, as soon as everything that runs need is loaded."""

    def ask(db: Db) -> None:
        db.execute("SELECT 1")

    await ctx.runner.loaded()
    await ctx.database.read(ask)
    return Health(status="ok")


async def _may_count(request: Request, ctx: Ctx) -> None:
    """Let administrators in; a server without login counts for everybody."""
    await admin_of(await caller_of(request, ctx))


@router.get("/metrics", response_class=Response, summary="Counters as Prometheus text")
async def metrics(ctx: Ctx, may: Annotated[None, Depends(_may_count)]) -> Response:
    """Return runs, steps, LLM tokens, solver seconds, streams, requests."""
    return Response(ctx.metrics.text(), media_type=CONTENT_TYPE)
