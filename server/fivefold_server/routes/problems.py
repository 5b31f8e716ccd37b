"""Problems and their conversations: put in, list, rename, copy, delete, go on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Header, Query

from fivefold_server.routes.asking import about_the_answer
from fivefold_server.routes.changing import wishes_for
from fivefold_server.routes.own import OwnProblem
from fivefold_server.routes.showing import message_shown, problem_shown, run_shown
from fivefold_server.routes.starting import from_words, start
from fivefold_server.schemas.common import REFUSALS
from fivefold_server.schemas.problems import (
    Message,
    NewMessage,
    NewProblem,
    Problem,
    ProblemPage,
    Retitled,
    Run,
    Started,
    WholeProblem,
)
from fivefold_server.security.callers import Caller, Ctx
from fivefold_server.store import events, formulations, problems, runs
from fivefold_server.store.connection import Db
from fivefold_server.store.events import News
from fivefold_server.store.runs import RunRow

router = APIRouter(prefix="/api/v1", tags=["problems"], responses=REFUSALS)
Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=200, description="The same key starts one run, however often it comes"),
]


@router.post("/problems", status_code=201, summary="Put in a problem; with a text, a run begins")
async def create(new: NewProblem, ctx: Ctx, caller: Caller, key: Key = None) -> Started | Problem:
    """Return 201 with the run that began, or with the problem where no text was given."""
    owner, title = caller.name, new.title or title_of(new.text)
    if not new.text.strip():
        made = await ctx.database.write(partial(problems.add, owner=owner, title=title))
        return problem_shown(await _row(ctx, owner, made))

    def work(db: Db) -> tuple[RunRow, Sequence[News]]:
        name = problems.add(db, owner, title)
        limits = ctx.config.limits
        return from_words(
            db, owner=owner, problem=name, text=new.text, options=new.options, llm=new.llm, limits=limits
        )  # fmt: skip

    return await started(ctx, await start(ctx, owner, key, work))


@router.get("/problems", summary="List one's problems, the last changed first")
async def every(
    ctx: Ctx,
    caller: Caller,
    search: Annotated[str, Query(max_length=200, description="Words in the title or the conversation")] = "",
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ProblemPage:
    """Return a page of them."""
    find = partial(problems.every, owner=caller.name, search=search, offset=offset, limit=limit)
    rows, total = await ctx.database.read(find)
    return ProblemPage(problems=[problem_shown(row) for row in rows], total=total)


@router.get("/problems/{problem_id}", summary="One problem with its conversation and runs")
async def one(problem: OwnProblem, ctx: Ctx, caller: Caller) -> WholeProblem:
    """Return all that a page needs to begin with; live events go on from `last_seq`."""

    def find(db: Db) -> WholeProblem:
        owner = caller.name
        seq = events.last_seq(db, owner)
        latest = formulations.latest_number(db, problem.id)
        found = runs.every(db, owner, problem=problem.id, status=None, offset=0, limit=20)
        return WholeProblem(
            **problem._asdict(),
            messages=[message_shown(row) for row in problems.messages(db, owner, problem.id)],
            runs=[run_shown(ctx, row, latest) for row in found],
            last_seq=seq,
        )

    return await ctx.database.read(find)


@router.patch("/problems/{problem_id}", summary="Give a problem another title")
async def rename(problem: OwnProblem, new: Retitled, ctx: Ctx, caller: Caller) -> Problem:
    """Return the problem under its new title."""

    def work(db: Db) -> tuple[None, Sequence[News]]:
        problems.rename(db, problem.id, new.title)
        return None, (News(problem.id, caller.name, None, "problem.changed", {"title": new.title}),)

    await ctx.log.told(work)
    return problem_shown(await _row(ctx, caller.name, problem.id))


@router.delete("/problems/{problem_id}", status_code=204, summary="Delete a problem with all that belongs to it")
async def remove(problem: OwnProblem, ctx: Ctx, caller: Caller) -> None:
    """Cancel its run and delete conversation, versions, runs, events and files."""
    row = await ctx.database.read(partial(runs.open_in, problem=problem.id))
    if row is not None:
        await ctx.runner.cancel(row)
    await ctx.database.write(partial(problems.remove, owner=caller.name, name=problem.id))


@router.post("/problems/{problem_id}/copy", status_code=201, summary="Copy a problem with its latest formulation")
async def copy(problem: OwnProblem, ctx: Ctx, caller: Caller) -> Problem:
    """Return the copy: what the user said, and the latest version as its first."""
    owner = caller.name

    def work(db: Db) -> str:
        name = problems.add(db, owner, f"{problem.title} (copy)")
        for message in wishes_for(db, owner, problem.id):
            problems.say(db, owner, name, "user", message.text)
        row = formulations.one(db, owner, problem.id, None)
        if row is not None:
            note = f"copied from version {row.version} of {problem.id}"
            formulations.add(db, owner, name, formulations.copied(row, note))
        return name

    return problem_shown(await _row(ctx, owner, await ctx.database.write(work)))


@router.get("/problems/{problem_id}/messages", summary="What was said")
async def messages(problem: OwnProblem, ctx: Ctx, caller: Caller) -> list[Message]:
    """Return the conversation, in order."""
    rows = await ctx.database.read(partial(problems.messages, owner=caller.name, problem=problem.id))
    return [message_shown(row) for row in rows]


@router.post("/problems/{problem_id}/messages", status_code=202, summary="Say something; a run begins")
async def say(problem: OwnProblem, new: NewMessage, ctx: Ctx, caller: Caller, key: Key = None) -> Started:
    """Queue a run that changes the latest formulation as is said, or else one of all that was said so far.

    Its formulation is the next version. What is not named stays as it is, byte for byte. A question about the answer
    (`why no chairs?`) and `undo that` are understood by rule: their runs need no LLM.
    """
    about = None if new.anew else await about_the_answer(ctx, caller.name, problem.id, new.text)
    work = about or partial(
        from_words, owner=caller.name, problem=problem.id, text=new.text, options=new.options, llm=new.llm,
        limits=ctx.config.limits, anew=new.anew,
    )  # fmt: skip
    return await started(ctx, await start(ctx, caller.name, key, work))


async def started(ctx: Ctx, row: RunRow) -> Started:
    """Return the answer to whoever started a run."""
    shown: Run = run_shown(ctx, row, row.formulation)
    return Started(problem=row.problem, run=shown, events=f"/api/v1/problems/{row.problem}/events")


async def _row(ctx: Ctx, owner: str, name: str) -> problems.ProblemRow:
    found = await ctx.database.read(partial(problems.one, owner=owner, name=name))
    assert found is not None, "it was just written"
    return found


def title_of(text: str) -> str:
    """Return the first words of a text, to name a problem by."""
    words = " ".join(text.split())
    return words if len(words) <= 60 else f"{words[:60].rsplit(' ', 1)[0]} …"
