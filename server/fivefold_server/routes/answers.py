"""The answer or the question of a run as Markdown with formulas, for chat programs."""

from __future__ import annotations

import json
from typing import Any

from fivefold.commands.dialogue import LETTERS
from fivefold.outcome import Outcome
from fivefold.waiting import Pause
from fivefold_solvers.formulation.latex import to_latex
from fivefold_solvers.formulation.markdown import to_markdown


def answer_of(found: str) -> tuple[str, tuple[int, int]]:
    """Return the answer of a run from words and its LLM tokens, given its outcome as JSON."""
    data: dict[str, Any] = json.loads(found)
    if "run_id" not in data:
        return str(data["text"]), (0, 0)  # of a version that was taken up again, or of a question about one
    outcome = Outcome.model_validate(data)
    parts = [outcome.explanation or "There is no answer."]
    if outcome.formulation is not None:
        latex = to_latex(outcome.formulation).replace("{align*}", "{aligned}")
        parts.append(f"### Formulation\n\n$$\n{latex}\n$$")
    if outcome.assumptions:
        parts.append("### Assumptions\n\n" + "\n".join(f"- {one.text}" for one in outcome.assumptions))
    faults = [check.message for check in outcome.verdict.checks if not check.passed]
    if faults:
        parts.append("### Doubts\n\n" + "\n".join(f"- {fault}" for fault in faults))
    return "\n\n".join(parts), (outcome.usage.prompt_tokens, outcome.usage.completion_tokens)


def question_of(pause: Pause) -> str:
    """Return what a run waits for; the next message of the conversation is the reply."""
    parts = [f"**{pause.text}**", pause.why]
    if pause.choices:
        parts.append("\n".join(f"- {letter}) {choice}" for letter, choice in zip(LETTERS, pause.choices, strict=False)))
    if pause.kind == "question":
        parts.append(f"Answer in your own words, or say “skip”: then {pause.default} is taken.")
    else:
        assert pause.formulation is not None, "what is to be approved is shown"
        parts.insert(0, to_markdown(pause.formulation))
        parts.append("Say “yes” to have it solved, or what to change.")
    return "\n\n".join(parts)
