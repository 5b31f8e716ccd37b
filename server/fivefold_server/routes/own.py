"""What a path names, found among what belongs to the caller; what is not theirs is not there."""

from __future__ import annotations

from functools import partial
from typing import Annotated, NamedTuple

from fastapi import Depends, Path

from fivefold_server.errors import not_found
from fivefold_server.security.callers import Caller, Ctx
from fivefold_server.store import files, formulations, problems, runs
from fivefold_server.store.files import FileRow
from fivefold_server.store.formulations import VersionRow
from fivefold_server.store.problems import ProblemRow
from fivefold_server.store.runs import RunRow
from fivefold_server.workspace.checking import formulation_of
from fivefold_solvers.formulation.elements import Formulation

ProblemId = Annotated[str, Path(max_length=64, description="Id of a problem")]
RunId = Annotated[str, Path(max_length=64, description="Id of a run")]
FileId = Annotated[str, Path(max_length=64, description="Id of a data file")]
Number = Annotated[int, Path(ge=1, le=1_000_000, description="Number of a version")]


async def _problem(problem_id: ProblemId, ctx: Ctx, caller: Caller) -> ProblemRow:
    found = await ctx.database.read(partial(problems.one, owner=caller.name, name=problem_id))
    if found is None:
        raise not_found("such problem")
    return found


async def _run(run_id: RunId, ctx: Ctx, caller: Caller) -> RunRow:
    found = await ctx.database.read(partial(runs.one, owner=caller.name, name=run_id))
    if found is None:
        raise not_found("such run")
    return found


async def _file(file_id: FileId, ctx: Ctx, caller: Caller) -> FileRow:
    found = await ctx.database.read(partial(files.one, owner=caller.name, name=file_id))
    if found is None:
        raise not_found("such file")
    return found


OwnProblem = Annotated[ProblemRow, Depends(_problem)]
"""The problem that the path names."""
OwnRun = Annotated[RunRow, Depends(_run)]
"""The run that the path names."""
OwnFile = Annotated[FileRow, Depends(_file)]
"""The data file that the path names."""


class Held(NamedTuple):
    """A version, and whether it is the latest."""

    row: VersionRow
    latest: bool

    @property
    def formulation(self) -> Formulation:
        """The formulation itself."""
        return formulation_of(self.row.text)


async def held(ctx: Ctx, owner: str, problem: str, version: int | None) -> Held:
    """Return a version of a problem, the latest where none is named.

    Raises:
        Refusal: there is no such version, or none at all.
    """
    last = await ctx.database.read(partial(formulations.latest_number, problem=problem))
    row = await ctx.database.read(partial(formulations.one, owner=owner, problem=problem, version=version))
    if row is None:
        raise not_found("formulation yet" if last is None else f"version {version}; the latest is {last}")
    return Held(row, row.version == last)


async def _version(problem: OwnProblem, version: Number, ctx: Ctx, caller: Caller) -> Held:
    return await held(ctx, caller.name, problem.id, version)


OwnVersion = Annotated[Held, Depends(_version)]
"""The version that the path names."""
