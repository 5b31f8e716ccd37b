"""The steps of an attempt, as its stored trace tells them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fivefold.errors import CallerError
from fivefold.trace import Span, Trace

MOST_TEXT = 4000
"""Characters of a question or reply that a page shows; the record has all."""


@dataclass(frozen=True, slots=True)
class Step:
    """One span, for people."""

    name: str
    seconds: float
    tokens: int
    note: str
    """What went wrong, or how a program ended."""
    asked: str
    """What the LLM was asked."""
    replied: str
    """What it replied."""


def steps(lines: str) -> Sequence[Step]:
    """Return the steps of a trace's lines in the order of their beginning; none of what is no trace."""
    trace = _read(lines)
    return [_step(span, trace) for span in sorted(trace.spans, key=lambda span: span.id)] if trace else ()


def asked(lines: str) -> str:
    """Return all messages to the LLM that a trace's lines hold."""
    trace = _read(lines)
    return "\n".join(_kept(trace, (span.llm or {}).get("messages", "")) for span in trace.spans) if trace else ""


def _read(lines: str) -> Trace | None:
    if not lines:
        return None
    with tempfile.TemporaryDirectory(prefix="fivefold-trace-") as folder:
        path = Path(folder) / "trace.jsonl"
        path.write_text(lines, "utf-8")
        try:
            return Trace.read(path)
        except CallerError:
            return None


def _step(span: Span, trace: Trace) -> Step:
    llm, solver, error = span.llm or {}, span.solver or {}, span.error or {}
    note = f"{error.get('type')}: {error.get('message')}" if error else ""
    if solver:
        note = f"{solver.get('exit', '')} {solver.get('termination', '')} {solver.get('objective')} {note}"
    return Step(
        name=span.node,
        seconds=span.t1 - span.t0,
        tokens=llm.get("input_tokens", 0) + llm.get("output_tokens", 0),
        note=" ".join(note.split())[:300],
        asked=_conversation(_kept(trace, llm.get("messages", ""))),
        replied=_cut(_kept(trace, llm.get("reply", ""))),
    )


def _kept(trace: Trace, sha256: str) -> str:
    return trace.blobs[sha256].text if sha256 in trace.blobs else ""


def _conversation(text: str) -> str:
    """Return stored messages as people read them; what is no list of messages stays as it is."""
    try:
        messages: Any = json.loads(text)
        return _cut("\n\n".join(f"[{message['role']}]\n{message['content']}" for message in messages))
    except (ValueError, TypeError, KeyError):
        return _cut(text)


def _cut(text: str) -> str:
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}\n… {len(text) - MOST_TEXT} more characters"
