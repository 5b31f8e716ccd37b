"""What a problem has come to: what was said that still counts, and what a change of its formulation starts from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from fivefold.options import Options
from fivefold_server.store import files, formulations, problems, runs
from fivefold_server.store.connection import Db
from fivefold_server.store.formulations import VersionRow
from fivefold_server.store.problems import MessageRow
from fivefold_server.store.runs import RunRow

MOST_RUNS = 20
"""Runs that are looked through, the latest first."""


def said_before(db: Db, owner: str, problem: str) -> list[str]:
    """Return what the user said so far; where questions were answered, as the run had it that ended last.

    Wishes that were taken back since, with the version that they made, and questions about an answer are left out.
    """
    said = wishes_for(db, owner, problem)
    for row, found in _of_words(db, owner, problem):
        if not found.get("answers"):
            continue
        known = {row.id, *(message.run for message in said if message.created < row.created)}
        return [str(found["problem"]["text"]), *(message.text for message in said if message.run not in known)]
    return [message.text for message in said]


def wishes_for(db: Db, owner: str, problem: str, version: int | None = None) -> list[MessageRow]:
    """Return what the user said that a version comes from, the latest where none is named.

    Questions about answers are left out, and wishes that were taken back or came to other versions.
    """
    gone = _taken_back(db, problem, version)
    return [message for message in problems.wishes(db, owner, problem) if message.run not in gone]


def change_of(db: Db, owner: str, problem: str, request: str, options: Options) -> dict[str, Any] | None:
    """Return what a run needs to change the latest formulation as it is asked to; None where it has to be written anew.

    That is so where there is none, where it has errors, where the LLM writes programs, or where its data is of files
    and the problem has others by now.
    """
    latest = formulations.one(db, owner, problem, None)
    if latest is None or options.free_program or not json.loads(latest.checks).get("ok"):
        return None
    row, found = next(_of_words(db, owner, problem), (None, dict[str, Any]()))
    given: list[str] = [] if row is None else json.loads(row.asked).get("files", [])
    if given and set(given) != {file.id for file in files.every(db, owner, problem)}:
        return None
    own = found if row is not None and _is_of(db, row, latest) else dict[str, Any]()
    result: dict[str, Any] = own.get("result") or {}
    answer = {name: own[name] for name in ("verdict", "findings", "explanation") if name in own}
    standing = str(found["problem"].get("standing", "")) if found else ""
    asked = {"version": latest.version, "formulation": latest.text, "request": request, "standing": standing}
    return asked | {"best": result.get("objective"), "answer": answer, "files": given}


def verdict_on(db: Db, owner: str, latest: VersionRow) -> dict[str, Any] | None:
    """Return the verdict on the latest version, where a run from words came to it."""
    row, found = next(_of_words(db, owner, latest.problem), (None, dict[str, Any]()))
    return found.get("verdict") if row is not None and _is_of(db, row, latest) else None


def _of_words(db: Db, owner: str, problem: str) -> Iterator[tuple[RunRow, dict[str, Any]]]:
    """Yield the runs from words that left something that was not taken back, the latest first."""
    gone = _taken_back(db, problem)
    for row in runs.of_words(db, owner, problem, MOST_RUNS):
        if row.id in gone:
            continue
        found: dict[str, Any] = json.loads(row.found or "{}")
        if "problem" in found:
            yield row, found


def _taken_back(db: Db, problem: str, version: int | None = None) -> frozenset[str]:
    """Return the runs that a version does not come from, the latest where none is named: they made others, or none."""
    kept = formulations.lineage(db, problem, version)
    others = {run for run, versions in formulations.made_by(db, problem).items() if not versions & kept}
    return runs.without_effect(db, problem) | others


def _is_of(db: Db, run: RunRow, latest: VersionRow) -> bool:
    """Whether a run's version says the same as the latest, which may have been taken up again."""
    if run.formulation is None:
        return False
    own = formulations.one(db, run.owner, run.problem, run.formulation)
    return own is not None and own.sha256 == latest.sha256
