"""Stages in OptiMUS' shape: extract, formulate sentence by sentence, write the program, debug it.

After A. AhmadiTeshnizi, W. Gao and M. Udell, OptiMUS: Scalable Optimization Modeling with (MI)LP Solvers and Large
Language Models (arXiv 2402.10172): parameters, objective and constraints are extracted first, each is formulated by
itself in sight of the variables so far, and a program that fails is shown its error. Prompts are our own; the
connection graph, the choice of agents by a manager and the retrieval of the paper are not part of this baseline.
"""

from __future__ import annotations

import json
from typing import Any

from fivefold.llm import LLM, Reply, Schema
from fivefold.nodes.write_program import code_of
from fivefold_benchmarks.baselines.attempt import RULES, Attempt, ask, attempt_with
from fivefold_benchmarks.baselines.debug import debugged

MAX_CLAUSES = 20
"""More sentences than this are formulated together with the last one."""


def _object(**properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_TEXT: Schema = {"type": "string"}
_PARAMETERS: Schema = {"type": "array", "items": _object(name=_TEXT, value=_TEXT, meaning=_TEXT)}
_EXTRACT = _object(parameters=_PARAMETERS, objective=_TEXT, constraints={"type": "array", "items": _TEXT})
_VARIABLES: Schema = {"type": "array", "items": _object(name=_TEXT, domain=_TEXT, meaning=_TEXT)}
_CLAUSE = _object(formula=_TEXT, new_variables=_VARIABLES)


async def staged(llm: LLM, question: str) -> Attempt:
    """Return what comes of extraction, formulation sentence by sentence, a program and its debugging."""
    first = await ask(llm, "baseline_staged_extract", {"problem": question}, max_tokens=1024, schema=_EXTRACT)
    taken = _fields(first)
    parameters = "\n".join(_line(entry) for entry in _list(taken, "parameters")) or "as the problem says"
    clauses = [f"Objective: {taken.get('objective', '')}", *(str(text) for text in _list(taken, "constraints"))]
    clauses = [*clauses[: MAX_CLAUSES - 1], *filter(None, [" ".join(clauses[MAX_CLAUSES - 1 :])])]
    variables: list[str] = []
    formulas: list[str] = []
    for clause in clauses if taken else []:
        known = {
            "problem": question,
            "parameters": parameters,
            "variables": "\n".join(variables) or "none yet",
            "clause": clause,
        }
        reply = await ask(llm, "baseline_staged_clause", known, max_tokens=384, schema=_CLAUSE)
        written = _fields(reply)
        variables += [_line(entry) for entry in _list(written, "new_variables")]
        formulas.append(f"{clause}\n  {written.get('formula', '')}")
    formulated = {
        "parameters": parameters,
        "variables": "\n".join(variables) or "as the problem says",
        "formulas": "\n".join(formulas) or "as the problem says",
    }
    told = {"problem": question, "rules": RULES, **formulated}
    code = await ask(llm, "baseline_staged_program", told, max_tokens=1024)
    formulation = "\n\n".join(f"## {name}\n{text}" for name, text in formulated.items())
    attempt = await attempt_with(code_of(code.text), formulation=formulation)
    return await debugged(llm, question, attempt)


def _fields(reply: Reply) -> dict[str, Any]:
    """Return the object that a reply holds; empty for anything else, which the next stage then does without."""
    return reply.parsed if isinstance(reply.parsed, dict) else {}


def _list(fields: dict[str, Any], name: str) -> list[Any]:
    found = fields.get(name)
    return found if isinstance(found, list) else []  # pyright: ignore[reportUnknownVariableType]  # JSON of an LLM


def _line(entry: object) -> str:
    return json.dumps(entry, ensure_ascii=False)
