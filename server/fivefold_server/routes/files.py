"""Data files: upload, what is in them, which column is which, and their numbers put into a formulation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body, Query

from fivefold.deliverables.found import checks_of
from fivefold_server.config import Config
from fivefold_server.errors import Refusal, not_found
from fivefold_server.routes.formulations import keep
from fivefold_server.routes.own import OwnFile, OwnProblem, held
from fivefold_server.schemas.common import REFUSALS
from fivefold_server.schemas.files import (
    BindAsked,
    Bound,
    CellsAsked,
    DataFile,
    FileSummary,
    Proposal,
    ProposeAsked,
    TablePage,
)
from fivefold_server.security.callers import Caller, Ctx
from fivefold_server.store import files
from fivefold_server.store.connection import Db
from fivefold_server.store.events import News
from fivefold_server.store.files import FileRow
from fivefold_server.store.formulations import NewVersion
from fivefold_server.workspace import binding
from fivefold_server.workspace.binding import Given
from fivefold_server.workspace.cells import edited
from fivefold_server.workspace.checking import text_of
from fivefold_solvers.data.read import named_apart
from fivefold_solvers.data.table import DataTable

router = APIRouter(prefix="/api/v1", tags=["data"], responses=REFUSALS)
_NAME = re.compile(r"[^\\/:*?\"<>|\x00-\x1f\x7f]{1,120}")
_NAME_HELP = "The file's name with its ending: .csv, .tsv, .txt, .md, .xlsx, .json, .jsonl or .pdf"


@router.post("/problems/{problem_id}/files", status_code=201, summary="Upload a data file")
async def upload(
    problem: OwnProblem,
    ctx: Ctx,
    caller: Caller,
    name: Annotated[str, Query(min_length=1, max_length=120, description=_NAME_HELP)],
    content: Annotated[bytes, Body(media_type="application/octet-stream", description="The file as it is")] = b"",
) -> FileSummary:
    """Keep the file and say what is in it; one that holds no table is refused with the reason."""
    check_name(name)
    tables = await ctx.work.do(binding.tables_of, [Given(name, content)], binding.limits_of(ctx.config))

    most = ctx.config.limits.files
    add = partial(added, owner=caller.name, problem=problem.id, file=Given(name, content), most=most)
    row = await ctx.log.told(add)
    return FileSummary(file=_shown(row), tables=await ctx.work.do(binding.table_facts, tables))


@router.get("/problems/{problem_id}/files", summary="A problem's data files")
async def every(problem: OwnProblem, ctx: Ctx, caller: Caller) -> list[DataFile]:
    """Return them without their content."""
    rows = await ctx.database.read(partial(files.every, owner=caller.name, problem=problem.id))
    return [_shown(row) for row in rows]


@router.get("/files/{file_id}", summary="What is in a data file")
async def one(file: OwnFile, ctx: Ctx) -> FileSummary:
    """Return its tables: columns with type, unit and range, first rows, how it was read, findings."""
    tables = await _tables(ctx, [file])
    return FileSummary(file=_shown(file), tables=await ctx.work.do(binding.table_facts, tables))


@router.get("/files/{file_id}/preview", summary="Rows of a table in a data file")
async def preview(
    file: OwnFile,
    ctx: Ctx,
    table: Annotated[str | None, Query(max_length=200, description="Name of the table; the first without it")] = None,
    offset: Annotated[int, Query(ge=0, le=100_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> TablePage:
    """Return a page of them as text."""
    tables = await _tables(ctx, [file])
    found = binding.named(tables, table)
    if found is None:
        raise not_found(f"table '{table}'; there are {', '.join(one.name for one in tables)}")
    return TablePage(
        table=found.name,
        columns=[column.header for column in found.columns],
        total=len(found),
        offset=offset,
        rows=binding.rows_of(found, offset, limit),
        numbers=found.rows[offset : offset + limit].tolist(),
    )


@router.patch("/files/{file_id}/cells", summary="Change cells of a data file")
async def cells(file: OwnFile, asked: CellsAsked, ctx: Ctx, caller: Caller) -> FileSummary:
    """Put a file with other cells in its place, under another id; versions that took data from it keep that."""
    given = Given(file.name, await ctx.database.read(partial(files.content, name=file.id)))
    after, tables = await ctx.work.do(edited, given, asked, binding.limits_of(ctx.config))

    def work(db: Db) -> tuple[FileRow, Sequence[News]]:
        files.remove(db, caller.name, file.id)
        row, news = added(db, owner=caller.name, problem=file.problem, file=after, most=ctx.config.limits.files)
        return row, (_removed(file, caller.name), *news)

    return FileSummary(file=_shown(await ctx.log.told(work)), tables=await ctx.work.do(binding.table_facts, tables))


@router.delete("/files/{file_id}", status_code=204, summary="Remove a data file")
async def remove(file: OwnFile, ctx: Ctx, caller: Caller) -> None:
    """Remove it; versions that took data from it keep that."""

    def work(db: Db) -> tuple[None, Sequence[News]]:
        files.remove(db, caller.name, file.id)
        return None, (_removed(file, caller.name),)

    await ctx.log.told(work)


@router.post("/problems/{problem_id}/data/propose", summary="Which column is which?")
async def propose(problem: OwnProblem, asked: ProposeAsked, ctx: Ctx, caller: Caller) -> Proposal:
    """Say where each open set and parameter seems to be, and what is not clear."""
    found = await held(ctx, caller.name, problem.id, asked.version)
    tables = await _tables(ctx, await _chosen(ctx, caller.name, problem.id, asked.files))
    told = await ctx.work.do(binding.proposal, found.formulation, tables, asked.replace)
    return Proposal.model_validate(told)


@router.post("/problems/{problem_id}/data/bind", status_code=201, summary="Put files' data into the formulation")
async def bind(problem: OwnProblem, asked: BindAsked, ctx: Ctx, caller: Caller) -> Bound:
    """Return the new version; data that does not fit is refused with file, row, column and mend."""
    found = await held(ctx, caller.name, problem.id, asked.version)
    rows = await _chosen(ctx, caller.name, problem.id, asked.files)
    tables = await _tables(ctx, rows)
    made = await ctx.work.do(binding.bound, found.formulation, tables, asked.replace, asked.bindings)
    formulation, mapping, noted = made
    formulation = formulation.model_copy(update={"version": formulation.version + 1})
    note = asked.note or f"data from {', '.join(row.name for row in rows)}"
    new = NewVersion(text_of(formulation), await ctx.work.do(checks_of, formulation), found.row.version, "user", note)
    version = await keep(ctx, caller.name, problem.id, new, on=found.row.version)
    return Bound.model_validate({"version": version, "mapping": mapping, "findings": noted})


def added(db: Db, *, owner: str, problem: str, file: Given, most: int) -> tuple[FileRow, Sequence[News]]:
    """Keep a data file; return it with the news of it.

    Raises:
        Refusal: the problem has too many, or one of this name.
    """
    there = files.every(db, owner, problem)
    if len(there) >= most:
        raise Refusal(409, "too-many-files", f"the problem has {len(there)} files", "remove one first")
    if any(row.name == file.name for row in there):
        raise Refusal(409, "name-taken", f"there is a file '{file.name}'", "remove it first, or rename the new one")
    row = files.add(db, owner, problem, file.name, file.content)
    facts = {"id": row.id, "name": row.name, "size": row.size}
    return row, (News(problem, owner, None, "file.added", facts),)


def _removed(file: FileRow, owner: str) -> News:
    return News(file.problem, owner, None, "file.removed", {"id": file.id, "name": file.name})


def check_name(name: str) -> None:
    """Refuse what is no name of a file.

    Raises:
        Refusal: it has a folder in it, or nothing.
    """
    if _NAME.fullmatch(name) is None or name.strip(". ") == "":
        raise Refusal(422, "bad-name", "this is no name of a file", "give its name without a folder")


async def _chosen(ctx: Ctx, owner: str, problem: str, wanted: Sequence[str]) -> list[FileRow]:
    rows = await ctx.database.read(partial(files.every, owner=owner, problem=problem))
    for name in wanted:
        if name not in {row.id for row in rows}:
            raise not_found(f"data file {name} of this problem")
    chosen = [row for row in rows if not wanted or row.id in wanted]
    if not chosen:
        raise Refusal(422, "no-files", "the problem has no data files", "upload one first")
    return chosen


async def _tables(ctx: Ctx, rows: Sequence[FileRow]) -> tuple[DataTable, ...]:
    config: Config = ctx.config
    found: list[DataTable] = []
    for row in rows:
        tables = binding.kept(row.name, row.sha256, config.limits.file_rows)
        if tables is None:
            given = Given(row.name, await ctx.database.read(partial(files.content, name=row.id)))
            tables = await ctx.work.do(binding.tables_of, [given], binding.limits_of(config))
        found += tables
    return named_apart(found)


def _shown(row: FileRow) -> DataFile:
    return DataFile.model_validate(row._asdict())
