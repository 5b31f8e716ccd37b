"""Who did what when: one's own doings, and for administrators everybody's."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query

from fivefold_server.schemas.common import REFUSALS
from fivefold_server.schemas.shares import AuditEntry
from fivefold_server.security.callers import Caller, Ctx
from fivefold_server.store import audit

router = APIRouter(prefix="/api/v1", tags=["audit"], responses=REFUSALS)


@router.get("/audit", summary="Who did what, the latest first")
async def every(
    ctx: Ctx,
    caller: Caller,
    who: Annotated[str | None, Query(max_length=64, description="Only of this user (administrators)")] = None,
    what: Annotated[str | None, Query(max_length=40, description="Only of this kind")] = None,
    before: Annotated[float | None, Query(ge=0, le=1e11, description="Only before, in seconds since 1970")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> list[AuditEntry]:
    """Return logins, links, exports, deletions and changes of settings; of others only to administrators."""
    whose = who if caller.is_admin else caller.name
    found = await ctx.database.read(partial(audit.page, who=whose, what=what, before=before, limit=limit))
    return [AuditEntry.model_validate(entry._asdict()) for entry in found]
