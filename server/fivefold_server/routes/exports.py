"""Files to take away, of a version and of a run."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Path, Response

from fivefold.deliverables.forms import FORMS
from fivefold.deliverables.found import checks_of
from fivefold.deliverables.made import made_now
from fivefold.deliverables.material import Material
from fivefold_server.errors import Refusal
from fivefold_server.routes.changing import wishes_for
from fivefold_server.routes.own import Held, OwnProblem, OwnRun, OwnVersion
from fivefold_server.routes.runs import left_of
from fivefold_server.runs.solving import audited
from fivefold_server.schemas.common import REFUSALS
from fivefold_server.security.callers import Caller, Ctx
from fivefold_server.store import problems
from fivefold_server.store.runs import RunRow

router = APIRouter(prefix="/api/v1", tags=["exports"], responses=REFUSALS)
Ending = Annotated[str, Path(max_length=20, description=f"One of {', '.join(FORMS)}")]
_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"application/octet-stream": {}}, "description": "The file"}}


@router.get(
    "/problems/{problem_id}/formulations/{version}/export.{ending}",
    response_class=Response,
    responses=_FILE,
    summary="A version as a file",
)
async def of_version(problem: OwnProblem, found: OwnVersion, ending: Ending, ctx: Ctx, caller: Caller) -> Response:
    """Return program, notebook, LP, MPS, LaTeX, Markdown, JSON, model card or report of a version."""
    return await _sent(ctx, await material_of_version(ctx, caller.name, found), ending)


@router.get(
    "/runs/{run_id}/export.{ending}", response_class=Response, responses=_FILE, summary="What came of a run as a file"
)
async def of_run(run: OwnRun, ending: Ending, ctx: Ctx, caller: Caller) -> Response:
    """Return the same forms as of a version, and its solution: CSV, spreadsheet, JSON."""
    return await _sent(ctx, await material_of_run(ctx, caller.name, run), ending)


async def material_of_version(ctx: Ctx, owner: str, found: Held, said_until: float | None = None) -> Material:
    """Return what the files of a version tell of; of the conversation only what was said until then."""
    row = found.row
    problem = await ctx.database.read(partial(problems.one, owner=owner, name=row.problem))
    return Material(
        title="" if problem is None else problem.title,
        problem=await _said(ctx, owner, row.problem, row.version, said_until),
        version=row.version,
        formulation=found.formulation,
        checks=json.loads(row.checks),
        made=made_now(),
    )


async def material_of_run(ctx: Ctx, owner: str, run: RunRow, said_until: float | None = None) -> Material:
    """Return what the files of a run tell of; of the conversation only what was said until then.

    Raises:
        Refusal: it left nothing, or is not over.
    """
    left, formulation = await left_of(ctx, owner, run)
    problem = await ctx.database.read(partial(problems.one, owner=owner, name=run.problem))
    checks: dict[str, Any] = {} if formulation is None else await ctx.work.do(checks_of, formulation)
    audit = left.audit
    if audit is None and formulation is not None and left.result is not None and left.result.values and checks["ok"]:
        audit = await ctx.work.do(audited, formulation, left.result)
    return Material(
        title="" if problem is None else problem.title,
        problem=await _said(ctx, owner, run.problem, run.formulation, said_until),
        version=run.formulation,
        formulation=formulation,
        checks=checks,
        program=left.program,
        result=left.result,
        text=left.text,
        verdict=left.verdict,
        audit=audit,
        made=made_now(),
    )


class File(NamedTuple):
    """A file to take away."""

    name: str
    media_type: str
    content: str | bytes


async def file_of(ctx: Ctx, material: Material, ending: str) -> File:
    """Return a file.

    Raises:
        Refusal: there is no such form, or it needs a run.
    """
    form = FORMS.get(ending)
    if form is None:
        raise Refusal(404, "no-form", f"there is no form '{ending}'", f"there are {', '.join(FORMS)}")
    if form.needs_run and material.result is None:
        raise Refusal(422, "needs-run", f".{ending} tells of a solution", "run the version and export the run")
    content = await ctx.work.do(form.make, material)
    stem = re.sub(r"[^A-Za-z0-9]+", "-", material.title).strip("-").lower()[:40].rstrip("-") or "fivefold"
    stem += "" if material.version is None else f"-v{material.version}"
    stem += "" if material.result is None else "-solved"
    return File(f"{stem}.{ending}", form.media_type, content)


async def _sent(ctx: Ctx, material: Material, ending: str) -> Response:
    file = await file_of(ctx, material, ending)
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
    return Response(file.content, media_type=file.media_type, headers=headers)


async def _said(ctx: Ctx, owner: str, problem: str, version: int | None, until: float | None) -> str:
    rows = await ctx.database.read(partial(wishes_for, owner=owner, problem=problem, version=version))
    return "\n\n".join(row.text for row in rows if until is None or row.created <= until)
