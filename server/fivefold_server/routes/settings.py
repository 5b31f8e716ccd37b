"""How the server is set up, what this machine has, whether the LLM answers, what the caller has set."""

from __future__ import annotations

import time
from dataclasses import asdict
from functools import partial

from fastapi import APIRouter
from pydantic import ValidationError

from fivefold.commands import doctor
from fivefold.errors import FivefoldError
from fivefold.llm import LLM
from fivefold.version import own_version
from fivefold_server.config import Config
from fivefold_server.schemas.accounts import DoctorLine, LlmHealth, ServerSettings, UserSettings
from fivefold_server.schemas.common import REFUSALS
from fivefold_server.security.callers import Caller, Ctx
from fivefold_server.store import accounts

router = APIRouter(prefix="/api/v1", tags=["settings"], responses=REFUSALS)
EMBEDDED = "the embedded LLM"


@router.get("/settings", summary="The server's settings and one's own")
async def settings(ctx: Ctx, caller: Caller) -> ServerSettings:
    """Return limits, the LLM that is asked (never its key), and what the caller has set."""
    config = ctx.config
    return ServerSettings(
        user=await _own(ctx, caller.name),
        llm={"name": config.settings.llm, "endpoint": config.settings.base_url or EMBEDDED},
        limits={name: float(value) for name, value in asdict(config.limits).items()},
        version=own_version(),
        auth=config.auth,
    )


@router.patch("/settings", summary="Set one's own settings")
async def change(new: UserSettings, ctx: Ctx, caller: Caller) -> UserSettings:
    """Keep the fields that are given; the others stay."""
    before = await _own(ctx, caller.name)
    after = before.model_copy(update=new.model_dump(exclude_unset=True))
    kept = after.model_dump(mode="json")
    await ctx.database.write(partial(accounts.keep_settings, owner=caller.name, settings=kept))
    return after


async def _own(ctx: Ctx, owner: str) -> UserSettings:
    kept = await ctx.database.read(partial(accounts.settings_of, owner=owner))
    try:
        return UserSettings.model_validate(kept)
    except ValidationError:
        return UserSettings()  # kept by another version


@router.get("/doctor", summary="What this machine has, and how to mend what is missing")
async def look(ctx: Ctx, caller: Caller) -> list[DoctorLine]:
    """Return interpreter, solver libraries, isolation of programs, folders, the LLM."""
    lines = await ctx.work.do(doctor.look, ctx.config.settings)
    return [DoctorLine.model_validate(asdict(line)) for line in lines]


@router.get("/llm/health", summary="Whether the LLM can be reached")
async def llm_health(ctx: Ctx, caller: Caller) -> LlmHealth:
    """Ask the endpoint which LLM it has."""
    started = time.perf_counter()
    ok, name, detail = await _asked(ctx.config)
    endpoint = ctx.config.settings.base_url or EMBEDDED
    seconds = round(time.perf_counter() - started, 3)
    return LlmHealth(ok=ok, llm=name, endpoint=endpoint, detail=detail, seconds=seconds)


async def _asked(config: Config) -> tuple[bool, str | None, str]:
    if config.settings.base_url is None:
        from fivefold.llm.local import find

        there = find(config.settings.data_dir) is not None
        return (
            there,
            None,
            "its weights are here" if there else "no LLM yet; set OPENAI_BASE_URL or pull the embedded one",
        )
    try:
        async with LLM.connect(config.settings, timeout_s=10) as llm:
            name = await llm.name()
    except FivefoldError as fault:
        return False, None, str(fault)
    return True, name, "it answers"
