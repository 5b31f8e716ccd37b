"""Links for people without an account: made, listed and revoked by the owner, and the one version that each shows."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime
from functools import partial
from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse

from fivefold.deliverables.material import Material
from fivefold.deliverables.page import to_html
from fivefold.deliverables.tables import solution_tables
from fivefold_server.errors import Refusal, not_found
from fivefold_server.routes.exports import material_of_run, material_of_version
from fivefold_server.routes.own import Held, OwnProblem, held
from fivefold_server.schemas.common import REFUSALS, ErrorDocument
from fivefold_server.schemas.shares import MadeShare, NewShare, Share, Shared
from fivefold_server.security.callers import Caller, Ctx
from fivefold_server.store import runs, shares
from fivefold_server.store.runs import RunRow
from fivefold_server.store.shares import ShareRow
from fivefold_server.workspace.checking import plain_formulation
from fivefold_solvers.formulation.markdown import to_markdown

router = APIRouter(prefix="/api/v1", tags=["shares"], responses=REFUSALS)
page_router = APIRouter(include_in_schema=False)
Secret = Annotated[str, Path(max_length=100, description="The secret part of the link")]
MOST_ENTRIES = 1000
_GONE: dict[int | str, dict[str, Any]] = {410: {"model": ErrorDocument, "description": "The link has ended"}}
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_ENDED = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>This link has ended</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem; }</style>
</head><body><h1>This link has ended</h1><p>%s</p><p>Ask whoever sent it for a new one.</p></body></html>
"""


@router.post("/problems/{problem_id}/shares", status_code=201, summary="Make a link to one version")
async def make(problem: OwnProblem, asked: NewShare, ctx: Ctx, caller: Caller) -> MadeShare:
    """Return the link, this once: whoever has it sees this version until it ends, and nothing else."""
    version = (await held(ctx, caller.name, problem.id, asked.version)).row.version
    run = await _solved(ctx, caller.name, problem.id, version) if asked.with_solution else None
    add = partial(
        shares.add, owner=caller.name, problem=problem.id, version=version, run=run, days=asked.days, label=asked.label
    )
    row, secret = await ctx.database.write(add)
    return MadeShare.model_validate({**_shown(row), "path": f"/s/{secret}"})


@router.get("/problems/{problem_id}/shares", summary="A problem's links, the latest first")
async def every(problem: OwnProblem, ctx: Ctx, caller: Caller) -> list[Share]:
    """Return them without their secrets, those that have ended too."""
    rows = await ctx.database.read(partial(shares.every, owner=caller.name, problem=problem.id))
    return [Share.model_validate(_shown(row)) for row in rows]


@router.delete("/shares/{share_id}", status_code=204, summary="Revoke a link")
async def revoke(share_id: Annotated[str, Path(max_length=64)], ctx: Ctx, caller: Caller) -> None:
    """From now on it shows nothing."""
    if await ctx.database.read(partial(shares.one, owner=caller.name, name=share_id)) is None:
        raise not_found("such link")
    await ctx.database.write(partial(shares.revoke, owner=caller.name, name=share_id))


@router.get("/shared/{secret}", responses=_GONE, summary="What a link shows, without any login")
async def shared(secret: Secret, ctx: Ctx) -> Shared:
    """Return one version and its solution; nothing else can be reached by a link."""
    row = await _opened(ctx, secret)
    found, material = await _material(ctx, row)
    result, formulation = material.result, found.formulation
    tables: list[Any] = []
    if result is not None:
        tables = solution_tables(formulation, result, nonzero=False, offset=0, limit=MOST_ENTRIES)
    return Shared.model_validate({
        "title": material.title, "text": material.problem, "version": row.version, "expires": row.expires,
        "formulation": plain_formulation(found.row.text), "markdown": to_markdown(formulation),
        "answer": material.text, "objective": None if result is None else result.objective,
        "unit": formulation.objective.unit, "variables": tables, "verdict": material.verdict,
    })  # fmt: skip


@page_router.get("/s/{secret}")
async def page(secret: Secret, ctx: Ctx) -> HTMLResponse:
    """Return the same as a page, without any script."""
    try:
        row = await _opened(ctx, secret)
    except Refusal as refusal:
        return _sent(_ENDED % escape(refusal.detail), refusal.status)
    _, material = await _material(ctx, row)
    report = await ctx.work.do(to_html, material)
    notice = f"Version {row.version}, shared to be read only; this link ends on {_day(row.expires)}."
    return _sent(report.replace("<body>", f'<body>\n<p role="note"><strong>{notice}</strong></p>', 1))


def _sent(text: str, status: int = 200) -> HTMLResponse:
    """Return a page that may run nothing and ask for nothing; its own style is told by hash."""
    styles = [base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in _STYLE.findall(text)]
    allowed = " ".join(f"'sha256-{one}'" for one in styles)
    policy = f"default-src 'none'; style-src {allowed}; img-src data:; base-uri 'none'; form-action 'none'"
    headers = {
        "Content-Security-Policy": f"{policy}; frame-ancestors 'none'", "X-Robots-Tag": "noindex, nofollow",
    }  # fmt: skip
    return HTMLResponse(text, status, headers)


async def _opened(ctx: Ctx, secret: str) -> ShareRow:
    row = await ctx.database.read(partial(shares.with_secret, secret=secret))
    if row is None:
        raise not_found("such link")
    if not row.holds:
        how = "was revoked" if row.revoked is not None else f"ended on {_day(row.expires)}"
        raise Refusal(410, "share-ended", f"this link {how}", "ask whoever sent it for a new one")
    await ctx.database.write(partial(shares.count, name=row.id))
    return row


async def _material(ctx: Ctx, row: ShareRow) -> tuple[Held, Material]:
    """Return the version of a link, and what its page tells of."""
    found = await held(ctx, row.owner, row.problem, row.version)
    run: RunRow | None = None
    if row.run is not None:
        run = await ctx.database.read(partial(runs.one, owner=row.owner, name=row.run))
    known = found.row.created
    if run is None or run.found is None:
        return found, await material_of_version(ctx, row.owner, found, said_until=known)
    return found, await material_of_run(ctx, row.owner, run, said_until=known)


async def _solved(ctx: Ctx, owner: str, problem: str, version: int) -> str | None:
    """Return the latest run of a version that left something to show."""
    find = partial(runs.every, owner=owner, problem=problem, status=None, offset=0, limit=200)
    rows = await ctx.database.read(find)
    return next((row.id for row in rows if row.formulation == version and row.found is not None), None)


def _shown(row: ShareRow) -> dict[str, Any]:
    told = {name: value for name, value in row._asdict().items() if name != "owner"}
    return {**told, "holds": row.holds}


def _day(ts: float) -> str:
    return f"{datetime.fromtimestamp(ts, UTC):%Y-%m-%d %H:%M} UTC"
