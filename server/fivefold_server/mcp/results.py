"""What came of a run, as the facts that a tool gives and as words for people."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from fivefold.commands.dialogue import LETTERS
from fivefold.deliverables.tables import solution_tables
from fivefold.plain import plain
from fivefold.waiting import Pause
from fivefold_server.context import Context
from fivefold_server.mcp.calling import Told
from fivefold_server.mcp.shapes import Doubt, Fault, Solved
from fivefold_server.runs.ended import Ended, Left, left_by, pause_of, solution_facts
from fivefold_server.store import formulations
from fivefold_server.store.runs import RunRow
from fivefold_server.workspace.checking import formulation_of
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.markdown import to_markdown

MOST_ENTRIES = 200
"""Values of a variable that a result has."""
MOST_CHARACTERS = 20_000
"""Characters of a formulation that a result has."""


def said_to_ask(pause: Pause) -> str:
    """Return what a run waits for, as one text for a person."""
    parts = [pause.text, pause.why]
    parts += [f"{letter}) {choice}" for letter, choice in zip(LETTERS, pause.choices, strict=False)]
    if pause.kind == "question":
        parts.append(f"Without an answer: {pause.default}." if pause.default else "")
    else:
        parts = [] if pause.formulation is None else [to_markdown(pause.formulation)]
        parts += [pause.text, *pause.changes, *pause.doubts, "Say `yes` to have it solved, or what to change."]
    return "\n".join(part for part in parts if part)


async def result_of(ctx: Context, owner: str, run: RunRow) -> Told:
    """Return what came of a run, as far as it is."""
    found = partial(formulations.one, owner=owner, problem=run.problem, version=run.formulation)
    row = None if run.formulation is None else await ctx.database.read(found)
    facts = await ctx.work.do(_facts, run, None if row is None else row.text)
    return Told(_words(facts), facts)


def _facts(run: RunRow, text: str | None) -> Solved:
    pause = pause_of(run)
    left = left_by(run)
    formulation = None if text is None else formulation_of(text)
    told: dict[str, Any] = {"problem": run.problem, "run": run.id, "version": run.formulation, "status": run.status}
    told |= {"fault": _fault(run), "question": "", "grade": None, "doubts": [], "holds": None, "variables": []}
    told["formulation"] = "" if formulation is None else to_markdown(formulation)[:MOST_CHARACTERS]
    told["assumptions"] = [] if formulation is None else [one.text for one in formulation.assumptions]
    ended = Ended(status=run.status)
    if run.kind == "question" and run.found is not None:
        ended = Ended(status=run.status, text=str(json.loads(run.found)["text"]))
    elif left is not None:
        ended = Ended(status=run.status, text=left.text, result=left.result)
        told |= _left(run, left, formulation)
    if pause is not None:
        told["question"] = said_to_ask(pause)
    facts = solution_facts(ended, formulation)
    told |= {name: facts[name] for name in ("objective", "sense", "objective_name", "unit", "bound")}
    return Solved.model_validate(plain({**told, "answer": ended.text}))


def _left(run: RunRow, left: Left, formulation: Formulation | None) -> dict[str, Any]:
    verdict = left.verdict or {}
    doubts = [one for one in verdict.get("checks", ()) if not one["passed"]]
    asked = json.loads(run.found or "{}").get("question") if run.kind == "words" else ""
    tables: list[dict[str, Any]] = []
    if left.result is not None:
        tables = solution_tables(formulation, left.result, nonzero=True, offset=0, limit=MOST_ENTRIES)
    return {
        "variables": tables,
        "grade": verdict.get("grade"),
        "doubts": [Doubt(check=one["check"], severity=one["severity"], message=one["message"]) for one in doubts],
        "holds": None if left.audit is None else left.audit["holds"],
        "question": asked or "",
    }


def _fault(run: RunRow) -> Fault | None:
    if run.error is None:
        return None
    error: dict[str, Any] = json.loads(run.error)
    return Fault(code=str(error["code"]), detail=str(error["detail"]), mend=str(error.get("mend", "")))


def _words(found: Solved) -> str:
    parts = [found.answer or f"The run is {found.status}."]
    if found.fault is not None:
        parts.append(f"{found.fault.detail}; {found.fault.mend}".rstrip("; "))
    if found.question:
        how = "answer with `answer_question`" if found.status == "waiting" else "say it with `solve_problem`"
        parts.append(f"To ask: {found.question}\n({how})")
    if found.assumptions:
        parts.append("Assumptions:\n" + "\n".join(f"- {one}" for one in found.assumptions))
    if found.doubts:
        parts.append("Doubts:\n" + "\n".join(f"- {one.message}" for one in found.doubts))
    if found.formulation:
        parts.append(found.formulation)
    version = f", version {found.version}" if found.version else ""
    parts.append(f"Status {found.status}; problem {found.problem}{version}, run {found.run}.")
    return "\n\n".join(parts)
