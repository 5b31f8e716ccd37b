"""What a run tells while it goes: one event for each step that begins or ends, and for text as it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened."""

    kind: Literal[
        "run", "begin", "text", "end", "formulation", "question", "approval", "answered", "retry", "warning", "done"
    ]
    """`run`: the run has a name; `begin`/`end`: of a step; `text`: a piece of the LLM's answer; `formulation`: one that
    was just written; `question`/`approval`: what the run waits for; `answered`: what a person replied; `retry`: the
    endpoint is asked again; `warning`: something is given up and the run goes on; `done`: the outcome."""
    step: str = ""
    """Name of the step."""
    message: str = ""
    """One line for people, or the piece of text."""
    data: dict[str, Any] = field(default_factory=dict[str, Any])
    """Facts behind the message; of `done` the key `outcome` holds the `Outcome`, of `question` and `approval` the key
    `pause` the `Pause`, of `formulation` the keys `formulation`, `findings`, `round` and `derivation` the candidate."""
    seconds: float = 0.0
    """Of an `end`: how long the step took."""
