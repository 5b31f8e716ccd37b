"""The end of a run: its result, the version that it made, the agent's message and the events, in one transaction."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from fivefold.deliverables.found import checks_of
from fivefold.waiting import Pause
from fivefold_server.log import Log
from fivefold_server.runs.ended import Ended, solution_facts
from fivefold_server.runs.turns import Turns
from fivefold_server.store import formulations, problems, replies, runs
from fivefold_server.store.connection import Db
from fivefold_server.store.events import News
from fivefold_server.store.formulations import NewVersion, VersionRow
from fivefold_server.store.runs import RunRow
from fivefold_server.workspace.checking import formulation_of, text_of
from fivefold_solvers.formulation.elements import Formulation


async def finish(log: Log, run: RunRow, ended: Ended, turns: Turns) -> None:
    """Keep how a run ended and tell of it."""
    made: tuple[Formulation, NewVersion] | None = None
    if ended.formulation is not None:
        checks = await asyncio.to_thread(_checks, ended.formulation, turns)
        new = NewVersion(text_of(ended.formulation), checks, None, "agent", run=run.id)
        made = ended.formulation, new
    await log.told(partial(_kept, run=run, ended=ended, made=made))


def _checks(formulation: Formulation, turns: Turns) -> dict[str, Any]:
    with turns:
        return checks_of(formulation)


def _kept(
    db: Db, run: RunRow, ended: Ended, made: tuple[Formulation, NewVersion] | None
) -> tuple[None, Sequence[News]]:
    news: list[News] = []

    def tell(kind: str, **data: Any) -> None:
        news.append(News(run.problem, run.owner, run.id, kind, data))

    if not runs.is_held(db, run):
        return None, ()  # deleted, or another server's, meanwhile
    number, formulation = run.formulation if ended.stands is None else ended.stands, None
    if made is not None:
        formulation, new = made
        last = formulations.one(db, run.owner, run.problem, None)
        # What a person has approved is a version already; a run that comes to the same by itself makes one more.
        if last is None or last.text != new.text or not replies.given(run):
            parent = None if last is None else last.version
            last = formulations.add(db, run.owner, run.problem, new._replace(parent=parent))
            news.append(version_news(run.owner, last))
        number = last.version
    elif number is not None:
        kept = formulations.one(db, run.owner, run.problem, number)
        formulation = None if kept is None else formulation_of(kept.text)
    found = None if ended.found is None else json.dumps(ended.found)
    if ended.pause is not None:
        replies.wait(db, run.id, found=found, formulation=number)
        tell(ended.pause.kind, **asked_facts(ended.pause, number))
        tell("run.status", status="waiting", run_kind=run.kind, attempt=run.attempts, formulation=number)
        return None, news
    grade = None if ended.verdict is None else ended.verdict["grade"]
    runs.finish(
        db, run.id, ended.status, found=found, error=ended.error or ended.undone, formulation=number, grade=grade
    )
    if made is not None and ended.program is not None:
        tell("code.version", formulation=number, library=ended.program.library, solver=ended.program.solver)
    if ended.error is not None:
        tell("error", **ended.error)
    if ended.found is not None and run.kind != "question":
        tell("solution", formulation=number, **solution_facts(ended, formulation))
    if ended.text:
        said = problems.say(db, run.owner, run.problem, "agent", ended.text, run.id)
        tell("message.final", id=said.id, role="agent", text=said.text)
    tell("run.status", status=ended.status, run_kind=run.kind, attempt=run.attempts, formulation=number)
    return None, news


def asked_facts(pause: Pause, version: int | None) -> dict[str, Any]:
    """Return what the events `question` and `approval` tell."""
    told = pause.model_dump(mode="json", exclude={"formulation", "kind", "choices"})
    if pause.kind == "approval":
        return {**{name: told[name] for name in ("id", "text", "why", "doubts", "changes")}, "version": version}
    return {**{name: told[name] for name in ("id", "text", "why", "default")}, "options": list(pause.choices),
            "free_text": True}  # fmt: skip


def version_news(owner: str, row: VersionRow) -> News:
    """Return the news of a version."""
    checks: dict[str, Any] = json.loads(row.checks)
    facts = {"version": row.version, "parent": row.parent, "author": row.author, "note": row.note}
    told = {**facts, "ok": checks["ok"], "class": checks["class"]}
    return News(row.problem, owner, row.run, "formulation.version", told)
