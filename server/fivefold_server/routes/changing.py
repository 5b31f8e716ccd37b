"""Whether something more that is said about a problem changes the formulation that stands, or has it written anew."""

from __future__ import annotations

import json
from typing import Any

from fivefold.options import Options
from fivefold_server.store import files, formulations, runs
from fivefold_server.store.connection import Db


def change_of(db: Db, owner: str, problem: str, request: str, options: Options) -> dict[str, Any] | None:
    """Return what a run needs to change the latest formulation as it is asked to; None where it has to be written anew.

    That is so where there is none, where it has errors, where the LLM writes programs, or where its data is of files
    and the problem has others by now.
    """
    latest = formulations.one(db, owner, problem, None)
    if latest is None or options.free_program or not json.loads(latest.checks).get("ok"):
        return None
    standing = ""
    best: float | None = None
    given: list[str] = []
    for row in runs.every(db, owner, problem=problem, status=None, offset=0, limit=20):
        found: dict[str, Any] = json.loads(row.found) if row.kind == "words" and row.found else {}
        if "problem" in found:
            given = json.loads(row.asked).get("files", [])
            standing = str(found["problem"].get("standing", ""))
            result: dict[str, Any] = found.get("result") or {}
            best = result.get("objective") if row.formulation == latest.version else None
            break
    if given and set(given) != {file.id for file in files.every(db, owner, problem)}:
        return None
    asked = {"version": latest.version, "formulation": latest.text, "request": request, "standing": standing}
    return asked | {"best": best, "files": given}
