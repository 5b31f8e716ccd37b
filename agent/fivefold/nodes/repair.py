"""Step `repair`: the LLM is told what the checks found in the best candidate, and writes it again or adds to it."""

from __future__ import annotations

import re
from typing import TypedDict, cast

from fivefold.checks.curves import beyond_sums
from fivefold.data.attached import told as told_of
from fivefold.llm import Reply as Answer
from fivefold.nodes.formulate import INDEXED_TOKENS, ROWS_TOKENS, as_object, conversation_of, whole
from fivefold.nodes.writing import added_rows_schema, data_schema, declared_names, indexed_schema, rows_schema
from fivefold.options import Options
from fivefold.problem import Problem
from fivefold.state import Json, Reply, State
from fivefold.tools import WARM, Tools, as_text
from fivefold.verdict import penalty_of
from fivefold_prompts.version import Message
from fivefold_solvers.formulation.finding import Finding, Severity

MAX_TOLD = 6
ADDED_TOKENS = 400
_MISSING = frozenset({"number-unused", "trivial-optimum", "unbounded", "free-of-rows", "unused-variable"})
"""Findings that one more constraint may mend; a formulation with no others is added to, not written again."""


class RepairSets(TypedDict):
    """What this step sets."""

    declared: Json
    written: Json
    round: int
    told: list[str]


async def repair(state: State, tools: Tools) -> RepairSets:
    """Return a new formulation, written in the knowledge of what was wrong with the best one."""
    problem = Problem.model_validate(state["problem"])
    options = Options.model_validate(state["options"])
    best = state.get("best") or state["candidate"]
    faults = [Finding.model_validate(finding) for finding in best["findings"]]
    faults = [finding for finding in faults if finding.severity is not Severity.NOTE]
    faults.sort(key=lambda finding: -penalty_of([finding]))
    told = [str(finding) for finding in faults[:MAX_TOLD]]
    before, findings = best["reply"], "\n".join(f"- {line}" for line in told)
    turn = state["round"] + 1
    # The same question at 0 would bring the same answer from the second repair on.
    sampling = _Sampling(temperature=0.0 if turn == 1 else WARM, seed=options.seed + turn)
    if state["form"] != "scalar":
        written = await _again_whole(problem, before, findings, tools, sampling)
    elif turn == 1 and faults and all(finding.code in _MISSING for finding in faults):
        written = await _added(problem, before, findings, tools, sampling)
    else:
        written = await _again(problem, before, findings, tools, sampling)
    return {"declared": before["declared"], "written": written, "round": turn, "told": told}


class _Sampling(TypedDict):
    temperature: float
    seed: int


async def _again(problem: Problem, before: Reply, findings: str, tools: Tools, sampling: _Sampling) -> Json:
    """Return objective and constraints asked for anew.

    The faulty answer itself is not shown: small LLMs copy what they see, fault and all.
    """
    messages = [
        *conversation_of(tools, problem, before["declared"]),
        *tools.render("constrain_again", findings=findings),
    ]
    names = declared_names(before["declared"]) or ["x"]
    schema = rows_schema(names, functions=beyond_sums(problem.text))
    return as_object((await tools.ask(messages, schema=schema, max_tokens=ROWS_TOKENS, **sampling)).parsed)


async def _added(problem: Problem, before: Reply, findings: str, tools: Tools, sampling: _Sampling) -> Json:
    """Return what was written, with the constraints that the LLM adds to it."""
    messages = [
        *conversation_of(tools, problem, before["declared"]),
        *tools.render("constrain"),
        {"role": "assistant", "content": as_text(before["written"])},
        *tools.render("constrain_missing", findings=findings),
    ]
    names = declared_names(before["declared"]) or ["x"]
    schema = added_rows_schema(names, functions=beyond_sums(problem.text))
    reply: Answer = await tools.ask(messages, schema=schema, max_tokens=ADDED_TOKENS, **sampling)
    rows, more = before["written"].get("constraints"), as_object(reply.parsed).get("constraints")
    known = cast(list[object], rows) if isinstance(rows, list) else []
    new = cast(list[object], more) if isinstance(more, list) else []
    return {**before["written"], "constraints": merged(known, new)}


def merged(known: list[object], new: list[object]) -> list[object]:
    """Return the rows with new ones added; one with the very numbers and variables of an old one takes its place.

    So does one of the same meaning that differs in its numbers alone: it says the row anew.

    Where no schema is enforced, a row may come as its bare expression, or as anything.
    """
    shapes = [_shape(row) for row in new]
    before = {_expression(row) for row in known}
    meant = {_meant(row) for row in new if _meant(row)[0] and _expression(row) not in before}
    kept = [row for row in known if (not _shape(row)[0] or _shape(row) not in shapes) and _meant(row) not in meant]
    texts = {_expression(row) for row in kept}
    return [*kept, *(row for row in new if _expression(row) not in texts)]


def _expression(row: object) -> str:
    return str(cast(Json, row).get("expression") if isinstance(row, dict) else row)


def _meant(row: object) -> tuple[str, str]:
    """Return what a row is said to mean, and its expression with its numbers left open."""
    expression = _expression(row)
    meaning = cast(Json, row).get("meaning") if isinstance(row, dict) else None
    return str(meaning or "").strip().casefold(), re.sub(r"(?<![\w.])\d+(?:\.\d+)?|\s", "#", expression)


def _shape(row: object) -> tuple[frozenset[float], frozenset[str]]:
    """Return the numbers in a row, but for 0 and 1, and its names."""
    found = {float(text) for text in re.findall(r"(?<![\w.])\d+(?:\.\d+)?", _expression(row))}
    return frozenset(found - {0.0, 1.0}), frozenset(re.findall(r"[A-Za-z_]\w*", _expression(row)))


async def _again_whole(problem: Problem, before: Reply, findings: str, tools: Tools, sampling: _Sampling) -> Json:
    """Return all five elements asked for anew, the faulty ones in sight."""
    if tools.tables:
        asked, schema = (
            tools.render("formulate_data", problem=problem.words, tables=told_of(tools.tables)),
            data_schema(),
        )
    else:
        asked, schema = tools.render("formulate_indexed", problem=problem.text), indexed_schema()
    messages: list[Message | dict[str, str]] = [
        *asked,
        {"role": "assistant", "content": as_text(whole(before))},
        *tools.render("repair", findings=findings),
    ]
    return as_object((await tools.ask(messages, schema=schema, max_tokens=INDEXED_TOKENS, **sampling)).parsed)
