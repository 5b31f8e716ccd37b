"""Putting runs into the queue, within the limits, each request at most once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from fivefold.errors import CallerError
from fivefold.options import Options
from fivefold.problem import MAX_CHARACTERS, Problem
from fivefold_server.config import Limits
from fivefold_server.context import Context
from fivefold_server.errors import Refusal
from fivefold_server.routes.changing import change_of, said_before
from fivefold_server.store import files as kept_files
from fivefold_server.store import problems, runs
from fivefold_server.store.connection import Db
from fivefold_server.store.events import News
from fivefold_server.store.runs import RunRow

Told = tuple[RunRow, Sequence[News]]


async def start(ctx: Context, owner: str, key: str | None, work: Callable[[Db], Told]) -> RunRow:
    """Queue the run that `work` adds and begin it where there is room; a repeated key gives the run of the first time.

    Raises:
        Refusal: too many runs wait.
    """

    def once(db: Db) -> Told:
        before = None if key is None else runs.repeated(db, owner, key)
        if before is not None:
            return before, ()
        check_room(db, owner, ctx.config.limits)
        row, news = work(db)
        if key is not None:
            runs.remember(db, owner, key, row.id)
        return row, news

    row = await ctx.log.told(once)
    await ctx.runner.fill()
    return await ctx.database.read(partial(runs.one, owner=owner, name=row.id)) or row


def check_room(db: Db, owner: str, limits: Limits) -> None:
    """Refuse a run where too many wait.

    Raises:
        Refusal: too many do, of all users or of this one.
    """
    waiting, mine = runs.waiting(db, owner)
    if waiting >= limits.waiting or mine >= limits.waiting_each:
        whose = f"{mine} of your runs wait" if mine >= limits.waiting_each else f"{waiting} runs wait"
        raise Refusal(429, "queue-full", whose, "wait until some have ended, or cancel some",
                      headers={"Retry-After": "30"})  # fmt: skip


def from_words(
    db: Db,
    *,
    owner: str,
    problem: str,
    text: str,
    options: Options,
    llm: str | None,
    limits: Limits,
    files: Sequence[str] = (),
    anew: bool = False,
) -> Told:
    """Keep what the user says and queue a run of all that they said so far, or of a change to what stands.

    Args:
        db: the database.
        owner: whose problem it is.
        problem: the problem.
        text: what they say.
        options: bounds and choices of the run.
        llm: name of the LLM; None for the configured one.
        limits: what the server allows.
        files: data files of the problem whose numbers the LLM is to bind instead of reading them in the text; without
            them all that the problem has, or those of what stands where that is only changed.
        anew: write the formulation anew though there is one that can be changed.

    Raises:
        CallerError: it is no problem.
        Refusal: a run of the problem is not over.
    """
    refuse_second(db, problem)
    before = "\n\n".join(said_before(db, owner, problem))
    whole = f"{before}\n\n{text}" if before else text
    if len(whole) > MAX_CHARACTERS:
        raise CallerError(
            f"the conversation has {len(whole):,} characters; begin a new problem and say it in one piece"
        )
    stated = Problem.from_text(whole)
    bounded = options.model_copy(update={"time_limit_s": min(options.time_limit_s, limits.solve_s)})
    asked: dict[str, Any] = {"text": stated.text, "options": bounded.model_dump(mode="json"), "llm": llm}
    change = None if anew or files or not before else change_of(db, owner, problem, text, options)
    if change is not None:
        asked |= {"files": change.pop("files"), "change": {**change, "before": before}}
    else:
        asked["files"] = list(files) or [file.id for file in kept_files.every(db, owner, problem)]
    row = runs.add(db, owner, problem, "words", asked)
    message = problems.say(db, owner, problem, "user", text, row.id)
    news = News(problem, owner, row.id, "message.final", {"id": message.id, "role": "user", "text": text})
    return row, (news, queued(row))


def of_version(db: Db, *, owner: str, problem: str, version: int, asked: dict[str, Any]) -> Told:
    """Queue a run of a version.

    Raises:
        Refusal: a run of the problem is not over.
    """
    refuse_second(db, problem)
    row = runs.add(db, owner, problem, "formulation", asked, version)
    return row, (queued(row),)


def refuse_second(db: Db, problem: str) -> None:
    """Refuse a run beside one that is not over.

    Raises:
        Refusal: there is one.
    """
    there = runs.open_in(db, problem)
    if there is not None:
        mend = "wait for its end, or cancel it" if there.status != "waiting" else "reply to what it asks, or cancel it"
        raise Refusal(409, "run-open", "a run of this problem is not over, perhaps begun in another window", mend,
                      run=there.id)  # fmt: skip


def queued(row: RunRow) -> News:
    """Return the news of a run that waits."""
    return News(row.problem, row.owner, row.id, "run.status", {"status": "queued", "run_kind": row.kind, "attempt": 0})
