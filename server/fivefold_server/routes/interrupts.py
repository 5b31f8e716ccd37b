"""Replies to runs that wait: answers to questions, approval of formulations."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path

from fivefold.waiting import Pause, PersonReply, as_reply
from fivefold_server.context import Context
from fivefold_server.errors import Refusal
from fivefold_server.routes.own import OwnProblem, held
from fivefold_server.routes.problems import Key, started
from fivefold_server.routes.starting import queued, start
from fivefold_server.runs.ended import pause_of
from fivefold_server.schemas.common import REFUSALS
from fivefold_server.schemas.problems import PersonReplied, Started
from fivefold_server.security.callers import Caller, Ctx
from fivefold_server.store import formulations, problems, replies, runs
from fivefold_server.store.connection import Db
from fivefold_server.store.events import News
from fivefold_server.store.runs import RunRow

router = APIRouter(prefix="/api/v1/problems/{problem_id}", tags=["runs"], responses=REFUSALS)
InterruptId = Annotated[str, Path(max_length=64, description="Id of what a run waits for")]


@router.post("/interrupts/{interrupt_id}", status_code=202, summary="Reply to what a run waits for")
async def reply(
    problem: OwnProblem, interrupt_id: InterruptId, said: PersonReplied, ctx: Ctx, caller: Caller, key: Key = None
) -> Started:
    """Answer a question, or approve, replace or have changed a formulation; the run goes on."""
    formulation = None
    if said.kind == "edit":
        formulation = (await held(ctx, caller.name, problem.id, said.version)).formulation
    given = PersonReply(kind=said.kind, text=said.text, formulation=formulation, to=interrupt_id)
    return await started(ctx, await go_on(ctx, caller.name, problem.id, given, key=key, version=said.version))


async def go_on(
    ctx: Context,
    owner: str,
    problem: str,
    given: PersonReply,
    *,
    key: str | None = None,
    version: int | None = None,
    spoken: str = "",
) -> RunRow:
    """Keep a reply and let the run of a problem go on that waits for it.

    Args:
        ctx: the server.
        owner: whose problem it is.
        problem: the problem.
        given: the reply.
        key: `Idempotency-Key` of the request.
        version: of an edit: the version that is meant.
        spoken: what the conversation keeps of it; the reply's own words without it.

    Raises:
        CallerError: it does not suit what the run waits for.
        Refusal: it was replied to before, or the run no longer waits.
    """
    row = await ctx.database.read(partial(runs.open_in, problem=problem))
    pause = None if row is None else await ctx.work.do(pause_of, row)
    if row is None or pause is None or (given.to and pause.id != given.to):
        raise _too_late()
    checked = await ctx.work.do(as_reply, pause, given)

    def work(db: Db) -> tuple[RunRow, Sequence[News]]:
        now = runs.one(db, owner, row.id)
        if now is None or now.status != "waiting" or now.found != row.found:
            raise _too_late()
        news = _told(db, now, pause, checked, version=version, spoken=(spoken or checked.text).strip())
        replies.keep(db, now, pause.id, checked.model_dump(mode="json"))
        return now, [*news, queued(now)]

    return await start(ctx, owner, key, work)


def _told(db: Db, run: RunRow, pause: Pause, reply: PersonReply, *, version: int | None, spoken: str) -> list[News]:
    """Return the news of a reply; what was said in words belongs to the conversation."""
    said = reply.text.strip()
    facts: dict[str, Any] = {"id": pause.id, "kind": reply.kind, "text": said, "question": pause.text}
    news: list[News] = []
    if spoken:
        message = problems.say(db, run.owner, run.problem, "user", spoken, run.id)
        facts["message"] = message.id
        data = {"id": message.id, "role": "user", "text": message.text, "replies_to": pause.id}
        news.append(News(run.problem, run.owner, run.id, "message.final", data))
    number = version or run.formulation
    if reply.kind in ("approve", "edit") and number is not None:
        formulations.approve(db, run.problem, number)
        approved = {"version": number, "by": run.owner}
        news.append(News(run.problem, run.owner, run.id, "formulation.approved", approved))
    return [News(run.problem, run.owner, run.id, "answered", facts), *news]


def _too_late() -> Refusal:
    return Refusal(409, "stale-reply", "this was replied to already, or the run no longer waits",
                   "look at the conversation: it shows what the run waits for now, if anything")  # fmt: skip
