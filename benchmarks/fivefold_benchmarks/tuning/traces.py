"""From the trace of a run of the agent to what the optimizer reads: spans, and short texts of the values passed on.

The same run gives the same texts: clocks become places in an order, and values are named by what is shown of them.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from fivefold.trace import Span, Trace

READS: Mapping[str, frozenset[str]] = {
    "read": frozenset({"problem"}),
    "formulate": frozenset({"problem", "form"}),
    "check": frozenset({"problem", "declared", "written"}),
    "emit": frozenset({"candidate"}),
    "run": frozenset({"candidate"}),
    "judge": frozenset({"problem", "candidate"}),
    "mend": frozenset({"problem", "candidate"}),
    "repair": frozenset({"problem", "form", "best"}),
    "write_program": frozenset({"problem", "candidate"}),
    "rederive": frozenset({"problem", "form"}),
    "explain": frozenset({"problem", "best"}),
}
"""What each step makes use of; a trace names all of the state that it could see."""
DOCUMENTATION: Mapping[str, str] = {
    "read": "looks at the text and chooses how to ask for a formulation.",
    "formulate": "asks the LLM for the variables (prompt declare), then for objective and constraints (constrain); "
    "for a large text for all at once with sets and indices (formulate_indexed).",
    "check": "reads what the LLM wrote and checks it against itself and against the words of the problem.",
    "emit": "compiles the formulation to a solver program.",
    "run": "runs the program.",
    "judge": "looks for faults in the result without knowing the answer.",
    "mend": "edits by rule what the text states in so many words and the formulation does not; asks no LLM.",
    "repair": "tells the LLM what was found and asks again (prompts constrain_again, constrain_missing, repair).",
    "write_program": "lets the LLM write a program itself where no formulation could be built (free_program).",
    "rederive": "lets the LLM derive the problem once more (derive_program).",
    "explain": "says the answer in words.",
}
_KEPT: frozenset[str] = frozenset(itertools.chain({"explanation"}, *READS.values()))
_GIVEN = frozenset({"problem", "form"})
"""What comes from the problem; anything else that no step wrote is not shown: its numbers would not be covered."""
_LONGEST = 2_000
_ERROR_LINES = 3


def spans_and_values(trace: Trace) -> tuple[tuple[dict[str, Any], ...], dict[str, str]]:
    """Return the spans of a run as plain data, and the texts of their values by hash."""
    values: dict[str, str] = {}
    order = _order(trace.spans)
    written = {item for span in trace.spans for item in span.state_writes.items()}

    def shown(key: str, sha256: str) -> str:
        text = readable(key, trace.value(sha256))
        name = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
        if key in _GIVEN or (key, sha256) in written:
            values[name] = text
        return name

    spans: list[dict[str, Any]] = []
    both: set[str] = set()
    for span in trace.spans:
        used = READS.get(span.node, _KEPT)
        reads = {key: shown(key, sha) for key, sha in sorted(span.state_reads.items()) if key in used}
        writes = {key: shown(key, sha) for key, sha in sorted(span.state_writes.items()) if key in _KEPT}
        # The best candidate is mostly the one at hand: it is passed on, and shown, under one name.
        if (best := reads.get("best")) in both:
            reads = {"candidate": str(best), **{key: sha for key, sha in reads.items() if key != "best"}}
        if "best" in writes and writes["best"] == writes.get("candidate", reads.get("candidate")):
            both.add(writes.pop("best"))
        spans.append(
            {
                "id": span.id,
                "parent_id": span.parent_id,
                "node": span.node,
                "visit": span.visit,
                "kind": span.kind,
                "param_reads": [dataclasses.asdict(read) for read in _each_once(span)],
                "state_reads": reads,
                "state_writes": writes,
                "error": _error(span),
                "verdicts": [dict(verdict) for verdict in span.verdicts],
                "t0": order[span.t0],
                "t1": order[span.t1],
            }
        )
    return tuple(spans), values


def readable(key: str, text: str) -> str:
    """Return the text of a value as a person would want to read it, not too long."""
    try:
        value: object = json.loads(text)
    except ValueError:
        return _cut(text)
    if not isinstance(value, dict):
        return _cut(text)
    data = cast("dict[str, Any]", value)
    match key:
        case "problem":
            return str(data.get("text", ""))[: 4 * _LONGEST]
        case "declared" | "written":
            return _cut("\n".join(_formulation(data)) or "nothing")
        case "candidate" | "best":
            return _cut("\n".join(_candidate(data)))
        case _:
            return _cut(text)


def _candidate(data: Mapping[str, Any]) -> list[str]:
    reply: Mapping[str, Any] = data.get("reply") or {}
    lines = _formulation({**(reply.get("declared") or {}), **(reply.get("written") or {})})
    if result := data.get("result"):
        lines.append(f"the program ended with {result.get('exit')}, the solver with {result.get('termination')}")
    return lines + [f"finding: {finding.get('message', '')}" for finding in data.get("findings", ())]


def _formulation(data: Mapping[str, Any]) -> list[str]:
    """Return what an LLM wrote, one line for each element; it may be of any form."""
    lines: list[str] = []
    for heading, items in data.items():
        for item in cast("list[object]", items) if isinstance(items, list) else [items]:
            lines.append(f"{heading}: {_item(item)}")
    return lines


def _item(item: object) -> str:
    if not isinstance(item, dict):
        return str(item)
    fields = cast("dict[str, object]", item).items()
    return "; ".join(f"{name} {value}" for name, value in fields if value not in (None, "", []))


def _error(span: Span) -> dict[str, Any] | None:
    """Return what went wrong in a step; a program that failed is its fault too."""
    if span.error is not None:
        said = {str(key): str(value) for key, value in span.error.items()}
        told: dict[str, Any] = {key: said[key] for key in ("family", "type", "excerpt") if key in said}
        told["message"] = "\n".join(said.get("message", "").splitlines()[-_ERROR_LINES:])
        return told
    ending = (span.solver or {}).get("exit", "ok")
    if ending in ("ok", "no_result"):
        return None
    return {"family": "runtime", "type": ending, "message": f"the program ended with {ending}"}


def _each_once(span: Span) -> Sequence[Any]:
    return list(dict.fromkeys(span.param_reads))


def _order(spans: Sequence[Span]) -> dict[float, float]:
    """Return the place of each moment of a run among all of them."""
    moments = sorted({moment for span in spans for moment in (span.t0, span.t1)})
    return {moment: float(place) for place, moment in enumerate(moments)}


def _cut(text: str) -> str:
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]} [...] {text[-half:]}"
