"""What a prompt's writer is told about runs: where they failed and how, and never the answer.

The text depends on a reference only through one of three words (better, worse, magnitude) and the stage. Whatever
comes from a run, messages, code, verdicts, has all its numbers covered: a run that was right would give the answer
away, and numbers left out only where they are the answer would as well.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fivefold_prompts.optimizer.numerals import masked
from fivefold_prompts.optimizer.rollout import Comparison, Rollout, Stage

_SAID: Mapping[Stage, str] = {
    Stage.NO_REPLY: "The LLM did not reply.",
    Stage.UNREADABLE: "The reply could not be read.",
    Stage.ERRORS: "The formulation has errors and was not solved.",
    Stage.CRASHED: "The program failed.",
    Stage.NO_OPTIMUM: "The solver found no optimal solution.",
    Stage.REFUTED: "A check falsified the answer.",
    Stage.SUSPICIOUS: "The answer is wrong, and a check was in doubt about it.",
    Stage.CONSISTENT: "The answer is wrong, and no check noticed.",
    Stage.RIGHT: "The answer is right.",
}
_JUDGED: Mapping[Stage, str] = {
    **_SAID,
    Stage.SUSPICIOUS: "A check was in doubt about the answer.",
    Stage.CONSISTENT: "No check found fault with the answer, and nothing confirmed it.",
    Stage.RIGHT: "No check found fault with the answer.",
}
"""The same where only checks say whether an answer is right."""
_COMPARED: Mapping[Comparison, str] = {
    "better": "Its objective is better than is possible: something is missing or too loose.",
    "worse": "Its objective is worse than is possible: something is too strict or a coefficient is wrong.",
    "magnitude": "Its objective is of the wrong order of magnitude: look at units and at what is summed.",
}
_MESSAGE = 400
_EXCERPT_LINES = 5


def feedback(rollout: Rollout) -> str:
    """Return what is said about one run: the stage, the failing step, the solver, the checks, the comparison."""
    lines = [(_JUDGED if rollout.judged == "verdict" else _SAID)[rollout.stage]]
    if (failing := failing_span(rollout)) is not None:
        lines += _failure(failing)
    if rollout.status:
        lines.append(f"The solver said: {_told(rollout.status)}.")
    if rollout.conflict:
        lines.append("These constraints cannot hold together: " + _told(", ".join(rollout.conflict)) + ".")
    lines += _verdicts(rollout)
    wrong = rollout.stage in (Stage.REFUTED, Stage.SUSPICIOUS, Stage.CONSISTENT)
    if wrong and rollout.comparison is not None:
        lines.append(_COMPARED[rollout.comparison])
    if not rollout.right:
        lines += [_told(remark) for remark in rollout.remarks]
    return "\n".join(lines)


def signature(rollout: Rollout) -> str:
    """Return the kind of a run's failure, the same for failures that are alike."""
    failing = failing_span(rollout)
    error: Mapping[str, Any] = failing["error"] if failing else {}
    checks = sorted({verdict["check"] for span in rollout.spans for verdict in _failed(span)})
    where = [str(failing["node"]), str(error.get("family", ""))] if failing else []
    said = masked(str(error.get("message", "")))[:80]
    return " | ".join([rollout.stage, *where, said, masked(rollout.status), *checks, rollout.comparison or ""])


def failing_span(rollout: Rollout) -> Mapping[str, Any] | None:
    """Return the first span that failed and whose step was never done well afterwards."""
    last = {span["node"]: _has_failed(span) for span in rollout.spans}
    return next((span for span in rollout.spans if _has_failed(span) and last[span["node"]]), None)


def _has_failed(span: Mapping[str, Any]) -> bool:
    error: Mapping[str, Any] = span.get("error") or {}
    return bool(error) and error.get("family") != "interrupted"


def _failure(span: Mapping[str, Any]) -> list[str]:
    error: Mapping[str, Any] = span["error"]
    kind = " ".join(str(error[key]) for key in ("family", "type") if error.get(key))
    lines = [f"The step `{span['node']}` failed ({_told(kind)}): {_told(str(error.get('message', '')))}"]
    if excerpt := str(error.get("excerpt", "")):
        lines += ["  | " + _told(line) for line in excerpt.splitlines()[:_EXCERPT_LINES]]
    return lines


def _verdicts(rollout: Rollout) -> list[str]:
    told = [
        f"The check `{verdict['check']}` says: {_told(str(verdict.get('message', '')))}"
        for span in rollout.spans
        for verdict in _failed(span)
    ]
    return list(dict.fromkeys(told))


def _failed(span: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return [verdict for verdict in span.get("verdicts", ()) if not verdict.get("passed", True)]


def _told(text: str) -> str:
    """Return a text out of a run as it may be told: no numbers, head and tail of what is long."""
    covered = masked(text)
    if len(covered) <= _MESSAGE:
        return covered
    return f"{covered[: _MESSAGE // 2]} [...] {covered[-_MESSAGE // 2 :]}"
