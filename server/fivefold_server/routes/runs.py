"""Runs: of a version, listed, cancelled, resumed; and what came of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query

from fivefold.deliverables.tables import solution_tables
from fivefold.plain import plain
from fivefold_server.errors import Refusal, not_found
from fivefold_server.routes.own import OwnProblem, OwnRun, held
from fivefold_server.routes.problems import Key, started
from fivefold_server.routes.showing import can_resume, run_shown
from fivefold_server.routes.starting import check_room, of_version, queued, refuse_second, start
from fivefold_server.runs.ended import Ended, Left, left_by, solution_facts
from fivefold_server.runs.solving import audited
from fivefold_server.schemas.common import REFUSALS
from fivefold_server.schemas.formulations import Code
from fivefold_server.schemas.problems import Event, Run, RunStatus, SolveAgain, Started
from fivefold_server.schemas.questions import AuditReply, Solution
from fivefold_server.security.callers import Caller, Ctx
from fivefold_server.store import events, formulations, runs
from fivefold_server.store.connection import Db
from fivefold_server.store.events import News
from fivefold_server.store.runs import RunRow
from fivefold_server.workspace.checking import formulation_of
from fivefold_solvers.formulation.elements import Formulation

router = APIRouter(prefix="/api/v1", tags=["runs"], responses=REFUSALS)


@router.post("/problems/{problem_id}/solve", status_code=202, summary="Run a version, without any LLM")
async def solve(problem: OwnProblem, asked: SolveAgain, ctx: Ctx, caller: Caller, key: Key = None) -> Started:
    """Queue a run that checks, compiles, solves and audits the version."""
    version = (await held(ctx, caller.name, problem.id, asked.version)).row.version
    limit_s = min(asked.time_limit_s, ctx.config.limits.solve_s)
    how: dict[str, Any] = {"library": asked.library, "solver": asked.solver, "time_limit_s": limit_s}
    work = partial(of_version, owner=caller.name, problem=problem.id, version=version, asked=how)
    return await started(ctx, await start(ctx, caller.name, key, work))


@router.get("/runs", summary="List one's runs, the latest first")
async def every(
    ctx: Ctx,
    caller: Caller,
    problem: Annotated[str | None, Query(max_length=64, description="Only of this problem")] = None,
    status: Annotated[RunStatus | None, Query(description="Only with this status")] = None,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[Run]:
    """Return a page of them."""

    def find(db: Db) -> list[tuple[RunRow, int | None]]:
        found = runs.every(db, caller.name, problem=problem, status=status, offset=offset, limit=limit)
        return [(row, formulations.latest_number(db, row.problem)) for row in found]

    return [run_shown(ctx, row, latest) for row, latest in await ctx.database.read(find)]


@router.get("/runs/{run_id}", summary="One run")
async def one(run: OwnRun, ctx: Ctx) -> Run:
    """Return its status, its place in the queue, and why it failed where it did."""
    return run_shown(ctx, run, await _latest(ctx, run))


@router.post("/runs/{run_id}/cancel", status_code=202, summary="End a run")
async def cancel(run: OwnRun, ctx: Ctx, caller: Caller) -> Run:
    """Take it out of the queue, or kill its program and stop asking the LLM; what it told so far stays."""
    return await _ended(run, ctx, caller, keep=False)


@router.post("/runs/{run_id}/stop", status_code=202, summary="Stop a run and keep the best so far")
async def stop(run: OwnRun, ctx: Ctx, caller: Caller) -> Run:
    """End it with the best solution that it has, else with the formulation; a run that has nothing is cancelled."""
    return await _ended(run, ctx, caller, keep=True)


async def _ended(run: RunRow, ctx: Ctx, caller: Caller, *, keep: bool) -> Run:
    if not run.is_open:
        raise Refusal(409, "run-over", f"the run is {run.status} already", "there is nothing to end")
    await ctx.runner.cancel(run, keep=keep)
    after = await ctx.database.read(partial(runs.one, owner=caller.name, name=run.id))
    return run_shown(ctx, after or run, await _latest(ctx, run))


@router.post("/runs/{run_id}/resume", status_code=202, summary="Go on with a run that stopped halfway")
async def resume(run: OwnRun, ctx: Ctx, caller: Caller) -> Started:
    """Queue it again; a run from words goes on at the step that it was in."""

    def work(db: Db) -> tuple[RunRow, Sequence[News]]:
        row = runs.one(db, caller.name, run.id) or run
        if not can_resume(row):
            raise Refusal(409, "not-resumable", f"the run is {row.status}", "start a new one")
        refuse_second(db, row.problem)
        check_room(db, caller.name, ctx.config.limits)
        # At least one attempt: what was kept of the run is gone on with.
        runs.requeue(db, row.id, attempts=min(1, row.attempts), falls=0)
        return row, (queued(row),)

    return await started(ctx, await start(ctx, caller.name, None, work))


@router.get("/runs/{run_id}/outcome", summary="Everything that came of a run")
async def outcome(run: OwnRun) -> dict[str, Any]:
    """Return it as the run left it: of words the whole `Outcome` of the Python interface, its verdict included."""
    if run.found is None:
        raise not_found("outcome of this run")
    found: dict[str, Any] = plain(json.loads(run.found))
    return found


@router.get("/runs/{run_id}/solution", summary="The solution as tables")
async def solution(
    run: OwnRun,
    ctx: Ctx,
    caller: Caller,
    nonzero: Annotated[bool, Query(description="Leave out entries that are 0")] = False,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000, description="Entries of each variable")] = 1000,
) -> Solution:
    """Return objective, status and the values of every variable."""
    left, formulation = await left_of(ctx, caller.name, run)
    ended = Ended(status=run.status, text=left.text, program=left.program, result=left.result, verdict=left.verdict)
    tables: list[Any] = []
    if left.result is not None:
        tables = solution_tables(formulation, left.result, nonzero=nonzero, offset=offset, limit=limit)
    brief = None if left.audit is None else {name: part for name, part in left.audit.items() if name != "rows"}
    facts = {**solution_facts(ended, formulation), "audit": brief, "variables": tables}
    stale = run.formulation is not None and run.formulation != await _latest(ctx, run)
    return Solution.model_validate(plain({"run": run.id, "stale": stale, **facts}))


@router.get("/runs/{run_id}/program", summary="The program that a run ran")
async def program(run: OwnRun, ctx: Ctx, caller: Caller) -> Code:
    """Return its source."""
    left, _ = await left_of(ctx, caller.name, run)
    if left.program is None:
        raise not_found("program of this run")
    return Code.model_validate(left.program.model_dump())


@router.get("/runs/{run_id}/audit", summary="Recompute the result of a run")
async def audit(run: OwnRun, ctx: Ctx, caller: Caller) -> AuditReply:
    """Recompute objective, rows, bounds and domains from the formulation and its data, without any solver."""
    left, formulation = await left_of(ctx, caller.name, run)
    if formulation is None or left.result is None or not left.result.values:
        raise Refusal(422, "nothing-to-audit", "the run left no solution of a formulation", "run it again")
    return AuditReply.model_validate(plain(await ctx.work.do(audited, formulation, left.result)))


@router.get("/runs/{run_id}/log", summary="What the solver printed")
async def log(run: OwnRun, ctx: Ctx) -> list[Event]:
    """Return the lines in order, as events."""
    found = await ctx.database.read(partial(events.of_run, run=run.id, kinds=["solver.log"]))
    return [Event.model_validate({**event._asdict(), "data": json.loads(event.data)}) for event in found]


async def left_of(ctx: Ctx, owner: str, run: RunRow) -> tuple[Left, Formulation | None]:
    """Return what a run left, and the formulation that it belongs to.

    Raises:
        Refusal: it left nothing, or is not over.
    """
    left = await ctx.work.do(left_by, run)
    if left is None:
        mend = "wait for its end" if run.is_open else "run it again"
        raise Refusal(404, "no-result", f"the run is {run.status} and left no result", mend)
    if left.formulation is not None or run.formulation is None:
        return left, left.formulation
    find = partial(formulations.one, owner=owner, problem=run.problem, version=run.formulation)
    row = await ctx.database.read(find)
    return left, None if row is None else formulation_of(row.text)


async def _latest(ctx: Ctx, run: RunRow) -> int | None:
    return await ctx.database.read(partial(formulations.latest_number, problem=run.problem))
