"""The answer of a run as Markdown with formulas, for chat programs."""

from __future__ import annotations

from fivefold.outcome import Outcome
from fivefold_solvers.formulation.latex import to_latex


def answer_of(found: str) -> tuple[str, tuple[int, int]]:
    """Return the answer of a run from words and its LLM tokens, given its outcome as JSON."""
    outcome = Outcome.model_validate_json(found)
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
