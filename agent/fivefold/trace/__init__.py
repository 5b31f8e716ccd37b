"""The record of one run: spans, what they read and wrote, and where each value came from.

A step opens a span and says what it reads and writes; nesting follows the context, so it holds under asyncio::

    with record(problem=text, path=folder / "run.jsonl") as trace:
        with span("formulate", kind="llm") as s:
            s.reads(problem=text)
            s.writes(formulation=formulation)

Values are kept once, by the SHA-256 of their text, with secrets taken out before anything is hashed or kept.
Without `record` around it a span costs next to nothing and is forgotten.

In the file each line is a JSON object with a `type`: `run` (the header, first), `blob` (before the span that
needs it) or `span` (when it ends). A run that was killed leaves all spans that had ended; recording the same
run into the same file goes on behind them.
"""

from fivefold.trace.recording import OpenSpan, record, span
from fivefold.trace.spans import (
    Blob,
    DataGraph,
    Edge,
    ErrorFacts,
    ErrorFamily,
    Input,
    Kind,
    LLMFacts,
    PromptRead,
    RunHeader,
    SolverFacts,
    Span,
    VerdictFacts,
)
from fivefold.trace.store import Trace

__all__ = [
    "Blob",
    "DataGraph",
    "Edge",
    "ErrorFacts",
    "ErrorFamily",
    "Input",
    "Kind",
    "LLMFacts",
    "OpenSpan",
    "PromptRead",
    "RunHeader",
    "SolverFacts",
    "Span",
    "Trace",
    "VerdictFacts",
    "record",
    "span",
]
