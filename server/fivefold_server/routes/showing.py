"""Rows of the database as what goes over the wire."""

from __future__ import annotations

import json
from typing import Any

from fivefold.plain import plain
from fivefold_server.context import Context
from fivefold_server.routes.own import Held
from fivefold_server.runs.ended import pause_of
from fivefold_server.schemas.formulations import Checks, Version, VersionHead
from fivefold_server.schemas.problems import Message, Problem, Run
from fivefold_server.store import replies
from fivefold_server.store.formulations import VersionRow
from fivefold_server.store.problems import MessageRow, ProblemRow
from fivefold_server.store.runs import RunRow
from fivefold_server.workspace.checking import plain_formulation

_RESUMABLE = ("interrupted_by_restart", "cancelled", "stopped")


def run_shown(ctx: Context, row: RunRow, latest: int | None) -> Run:
    """Return a run; `latest` is the number of its problem's latest version."""
    error: dict[str, Any] | None = None if row.error is None else json.loads(row.error)
    return Run.model_validate({
        "id": row.id, "problem": row.problem, "kind": row.kind, "status": row.status,
        "position": ctx.runner.position(row), "formulation": row.formulation,
        "stale": row.formulation is not None and row.formulation != latest,
        "can_resume": can_resume(row), "attempts": row.attempts, "asked": _asked(row),
        "waiting": _waiting(row), "error": error, "created": row.created, "started": row.started, "ended": row.ended,
    })  # fmt: skip


def _asked(row: RunRow) -> Any:
    asked: dict[str, Any] = json.loads(row.asked)
    if change := asked.get("change"):
        asked["change"] = {"version": change["version"], "request": change["request"]}
    return plain({name: part for name, part in asked.items() if name != replies.SLOT})


def can_resume(row: RunRow) -> bool:
    """Return whether a run stopped halfway and can go on."""
    if row.status in _RESUMABLE:
        return True
    return not row.is_open and row.error is not None and bool(json.loads(row.error).get("can_resume"))


def _waiting(row: RunRow) -> dict[str, Any] | None:
    pause = pause_of(row)
    if pause is None:
        return None
    return {
        "id": pause.id, "kind": pause.kind, "text": pause.text, "why": pause.why, "options": list(pause.choices),
        "default": pause.default, "doubts": list(pause.doubts), "changes": list(pause.changes),
        "version": row.formulation if pause.kind == "approval" else None,
    }  # fmt: skip


def problem_shown(row: ProblemRow) -> Problem:
    """Return a problem."""
    return Problem.model_validate(row._asdict())


def message_shown(row: MessageRow) -> Message:
    """Return a message."""
    return Message.model_validate(row._asdict())


def head_shown(row: VersionRow, *, latest: bool) -> VersionHead:
    """Return a version without its elements."""
    return VersionHead.model_validate(_head(row, latest))


def version_shown(found: Held) -> Version:
    """Return a version with its elements."""
    checks = json.loads(found.row.checks)
    return Version.model_validate({
        **_head(found.row, found.latest), "checks": checks, "formulation": plain_formulation(found.row.text),
    })  # fmt: skip


def checks_shown(checks: dict[str, Any]) -> Checks:
    """Return what checking found."""
    return Checks.model_validate(checks)


def _head(row: VersionRow, latest: bool) -> dict[str, Any]:
    checks = json.loads(row.checks)
    own = {name: value for name, value in row._asdict().items() if name not in ("text", "checks")}
    return {**own, "ok": checks["ok"], "class": checks["class"], "latest": latest}
