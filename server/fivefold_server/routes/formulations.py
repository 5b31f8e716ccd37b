"""Versions of a problem's formulation: put in, edit, compare, restore, approve; as text, formulas and programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query

from fivefold.deliverables.found import checks_of
from fivefold.editing import edited
from fivefold.editing.differences import difference
from fivefold.errors import CallerError
from fivefold.formulations import loads
from fivefold_server.errors import Refusal
from fivefold_server.routes.own import OwnProblem, OwnVersion, held
from fivefold_server.routes.showing import checks_shown, head_shown, version_shown
from fivefold_server.runs.finishing import version_news
from fivefold_server.schemas.common import REFUSALS
from fivefold_server.schemas.edits import Edits
from fivefold_server.schemas.formulations import (
    Checks,
    Code,
    Diff,
    NewFormulation,
    Preview,
    Rendered,
    Restored,
    Version,
    VersionHead,
)
from fivefold_server.schemas.texts import Marked, TextAsked
from fivefold_server.security.callers import Caller, Ctx
from fivefold_server.store import formulations
from fivefold_server.store.connection import Db
from fivefold_server.store.events import News
from fivefold_server.store.formulations import NewVersion, VersionRow
from fivefold_server.workspace.checking import formulation_of, plain_formulation, text_of
from fivefold_server.workspace.marking import marked
from fivefold_server.workspace.rendering import program_of, programs_of, rendered
from fivefold_solvers.formulation.elements import Formulation

router = APIRouter(prefix="/api/v1/problems/{problem_id}/formulations", tags=["formulations"], responses=REFUSALS)


@router.get("", summary="All versions, the first first")
async def every(problem: OwnProblem, ctx: Ctx, caller: Caller) -> list[VersionHead]:
    """Return the versions without their elements."""
    rows = await ctx.database.read(partial(formulations.every, owner=caller.name, problem=problem.id))
    return [head_shown(row, latest=row is rows[-1]) for row in rows]


@router.post("", status_code=201, summary="Put in a whole formulation as a new version")
async def put_in(problem: OwnProblem, new: NewFormulation, ctx: Ctx, caller: Caller) -> Version | Preview:
    """Read JSON or Markdown, check it and keep it; with `preview` only say what would come of it."""
    made = await ctx.work.do(_read, new)
    checks = await ctx.work.do(checks_of, made)
    last = await ctx.database.read(partial(formulations.one, owner=caller.name, problem=problem.id, version=None))
    if new.preview:
        before = Formulation() if last is None else (await held(ctx, caller.name, problem.id, None)).formulation
        return await _preview(ctx, before, made, checks)
    parent = None if last is None else last.version
    kept = NewVersion(text_of(made), checks, parent, "user", new.note)
    return await keep(ctx, caller.name, problem.id, kept)


@router.post("/read", summary="Look at a formulation as text, and keep nothing")
async def read(problem: OwnProblem, asked: TextAsked, ctx: Ctx, caller: Caller) -> Marked:
    """Say what is wrong in which line, and what would differ from the latest version."""
    last = await ctx.database.read(partial(formulations.one, owner=caller.name, problem=problem.id, version=None))
    before = Formulation() if last is None else formulation_of(last.text)
    return Marked.model_validate(await ctx.work.do(marked, asked.text, before))


@router.get("/latest", summary="The latest version")
async def latest(problem: OwnProblem, ctx: Ctx, caller: Caller) -> Version:
    """Return it with its elements and what checking found."""
    return version_shown(await held(ctx, caller.name, problem.id, None))


@router.get("/diff", summary="What differs between two versions")
async def diff(
    problem: OwnProblem,
    ctx: Ctx,
    caller: Caller,
    a: Annotated[int, Query(ge=1, le=1_000_000, description="Before")],
    b: Annotated[int, Query(ge=1, le=1_000_000, description="After")],
) -> Diff:
    """Return the elements that were added, dropped and changed, and a unified diff."""
    first, second = await held(ctx, caller.name, problem.id, a), await held(ctx, caller.name, problem.id, b)
    return Diff.model_validate(await ctx.work.do(difference, first.formulation, second.formulation))


@router.get("/{version}", summary="One version")
async def one(found: OwnVersion) -> Version:
    """Return it with its elements and what checking found."""
    return version_shown(found)


@router.post("/{version}/edits", status_code=201, summary="Edit elements: a new version")
async def edit(found: OwnVersion, edits: Edits, ctx: Ctx, caller: Caller) -> Version | Preview:
    """Make the operations in turn on the latest version; elements that they do not name stay, byte for byte."""
    before = found.formulation
    after = await ctx.work.do(edited, before, edits.operations)
    checks = await ctx.work.do(checks_of, after)
    if edits.preview:
        return await _preview(ctx, before, after, checks)
    new = NewVersion(text_of(after), checks, found.row.version, "user", edits.note)
    return await keep(ctx, caller.name, found.row.problem, new, on=found.row.version)


@router.post("/{version}/restore", status_code=201, summary="Make a version the latest again")
async def restore(found: OwnVersion, asked: Restored, ctx: Ctx, caller: Caller) -> Version:
    """Keep the same bytes as a new version."""
    note = asked.note or f"version {found.row.version} again"
    new = formulations.copied(found.row, note, found.row.version)
    return await keep(ctx, caller.name, found.row.problem, new)


@router.post("/{version}/approve", summary="Note that a version is what was meant")
async def approve(found: OwnVersion, ctx: Ctx, caller: Caller) -> VersionHead:
    """Return the version, approved; doing it again changes nothing."""
    row = found.row

    def work(db: Db) -> tuple[VersionRow, Sequence[News]]:
        formulations.approve(db, row.problem, row.version)
        after = formulations.one(db, caller.name, row.problem, row.version) or row
        told = News(row.problem, caller.name, None, "formulation.approved", {"version": row.version, "by": caller.name})
        return after, () if row.approved else (told,)

    return head_shown(await ctx.log.told(work), latest=found.latest)


@router.post("/{version}/validate", summary="Check a version again")
async def validate(found: OwnVersion, ctx: Ctx) -> Checks:
    """Return what checking finds now, e.g. after the server was brought up to date."""
    return checks_shown(await ctx.work.do(checks_of, found.formulation))


@router.get("/{version}/render", summary="A version as Markdown and LaTeX, whole and by element")
async def render(found: OwnVersion, ctx: Ctx) -> Rendered:
    """Return what a page shows."""
    return Rendered.model_validate(await ctx.work.do(rendered, found.formulation))


@router.get("/{version}/code", summary="The program of a version, in each library")
async def code(
    found: OwnVersion,
    ctx: Ctx,
    library: Annotated[str | None, Query(max_length=20, description="One of them; all without it")] = None,
    solver: Annotated[str | None, Query(max_length=40, description="The solver that it calls")] = None,
) -> list[Code]:
    """Return stand-alone Python programs."""
    if library is None:
        programs = await ctx.work.do(programs_of, found.formulation)
    else:
        programs = [await ctx.work.do(program_of, found.formulation, library, solver, None)]
    return [Code.model_validate(program) for program in programs]


def _read(new: NewFormulation) -> Formulation:
    if (new.text is None) == (new.formulation is None):
        raise CallerError("give either `text` or `formulation`")
    if new.text is not None:
        return loads(new.text)
    try:
        return loads(json.dumps(new.formulation))
    except RecursionError:
        raise CallerError("the formulation is too deep; a formulation has a few levels only") from None


async def _preview(ctx: Ctx, before: Formulation, after: Formulation, checks: dict[str, Any]) -> Preview:
    diff = await ctx.work.do(difference, before, after)
    changed = {(one["section"], one["name"]) for one in diff["elements"]}
    formulas: list[dict[str, str]] = (await ctx.work.do(rendered, after))["elements"]
    shown = [one for one in formulas if (one["section"], one["name"]) in changed]
    found = {"checks": checks, "formulation": plain_formulation(text_of(after)), "elements": shown}
    return Preview.model_validate({**found, "diff": diff})


async def keep(ctx: Ctx, owner: str, problem: str, new: NewVersion, on: int | None = None) -> Version:
    """Keep a new version and tell of it.

    Args:
        ctx: the server.
        owner: whose problem it is.
        problem: the problem.
        new: the version.
        on: the version that must be the latest; None for whichever is.

    Raises:
        Refusal: another version came first.
    """

    def work(db: Db) -> tuple[VersionRow, Sequence[News]]:
        last = formulations.latest_number(db, problem)
        if on is not None and last != on:
            raise Refusal(409, "stale-version", f"version {on} is not the latest, {last} is",
                          "look at what changed, and edit the latest; or restore yours first", latest=last)  # fmt: skip
        row = formulations.add(db, owner, problem, new)
        return row, (version_news(owner, row),)

    await ctx.log.told(work)
    return version_shown(await held(ctx, owner, problem, None))
