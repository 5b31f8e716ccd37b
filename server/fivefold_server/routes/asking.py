"""What is said about an answer that stands: a question about it, or that it be taken back. Neither needs an LLM."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from fivefold.inquiry.ask import inquiry
from fivefold.inquiry.meant import Back, Inquiry, may_ask
from fivefold_server.context import Context
from fivefold_server.errors import Refusal
from fivefold_server.routes.changing import verdict_on
from fivefold_server.routes.starting import Told, queued, refuse_second
from fivefold_server.runs.finishing import version_news
from fivefold_server.store import formulations, problems, runs
from fivefold_server.store.connection import Db
from fivefold_server.store.events import News
from fivefold_server.store.formulations import VersionRow
from fivefold_server.store.runs import RunRow
from fivefold_server.workspace.checking import formulation_of

PROGRAM = {"library": "pyomo", "solver": None}
"""How a version that is taken up again is run."""


async def about_the_answer(ctx: Context, owner: str, problem: str, text: str) -> Callable[[Db], Told] | None:
    """Return what queues the run that a message about the latest version needs; None for any other message."""
    if not may_ask(text):
        return None
    latest = await ctx.database.read(partial(formulations.one, owner=owner, problem=problem, version=None))
    if latest is None or not json.loads(latest.checks).get("ok"):
        return None
    asked = await ctx.work.do(_asked, latest, text)
    if asked is None:
        return None
    limits = ctx.config.limits
    if isinstance(asked, Back):
        return partial(_taken_back, latest=latest, owner=owner, asked=asked, text=text, limit_s=limits.solve_s)
    return partial(_questioned, latest=latest, owner=owner, text=text, limit_s=limits.question_s)


def _asked(latest: VersionRow, text: str) -> Inquiry | None:
    return inquiry(formulation_of(latest.text), text)


def _questioned(db: Db, *, latest: VersionRow, owner: str, text: str, limit_s: float) -> Told:
    refuse_second(db, latest.problem)
    asked = {"text": text, "verdict": verdict_on(db, owner, latest), "time_limit_s": limit_s}
    row = runs.add(db, owner, latest.problem, "question", asked, latest.version)
    return row, (_said(db, row, text), queued(row))


def _taken_back(db: Db, *, latest: VersionRow, owner: str, asked: Back, text: str, limit_s: float) -> Told:
    """Keep an earlier version as the latest again, and queue a run of it.

    Raises:
        Refusal: there is no such version, or none before the latest.
    """
    refuse_second(db, latest.problem)
    wanted = _wanted(db, owner, latest, asked)
    note = f"version {wanted.version} again"
    kept = formulations.add(db, owner, latest.problem, formulations.copied(wanted, note, wanted.version))
    how: dict[str, Any] = {**PROGRAM, "time_limit_s": limit_s, "back": wanted.version}
    row = runs.add(db, owner, latest.problem, "formulation", how, kept.version)
    return row, (_said(db, row, text), version_news(owner, kept), queued(row))


def _wanted(db: Db, owner: str, latest: VersionRow, asked: Back) -> VersionRow:
    versions = formulations.every(db, owner, latest.problem)
    number = asked.version
    if number is None:
        # What stands may itself be an earlier version that was taken up again: what was before that one is meant.
        first = next(one for one in versions if one.sha256 == latest.sha256)
        number = first.parent
    found = next((one for one in versions if one.version == number), None)
    if found is None:
        what = f"there is no version {number}" if number is not None else "there is nothing before the first version"
        raise Refusal(409, "nothing-before", what, "say what is to be different instead")
    return found


def _said(db: Db, row: RunRow, text: str) -> News:
    message = problems.say(db, row.owner, row.problem, "user", text, row.id)
    return News(row.problem, row.owner, row.id, "message.final", {"id": message.id, "role": "user", "text": text})
