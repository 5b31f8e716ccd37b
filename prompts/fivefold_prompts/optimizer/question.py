"""The question to a prompt's writer, after OptoPrime: what ran, on what, with which prompts, and what came of it.

Every section has its share of the whole; what does not fit is cut in the middle and counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fivefold_prompts.optimizer.candidate import Candidate, Parameter
from fivefold_prompts.optimizer.feedback import feedback
from fivefold_prompts.optimizer.graph import RunGraph, Visit, merged, minimal, run_graph
from fivefold_prompts.optimizer.numerals import masked
from fivefold_prompts.optimizer.reply import FORMAT
from fivefold_prompts.optimizer.rollout import Rollout, Turn

OBJECTIVE = (
    "You improve the prompts of a system that reads an optimization problem in words, formulates it and solves it."
    " Change the variables so that the outputs become right in accordance with the feedback. The prompts must serve"
    " every problem: name no problem, no number and no answer of the ones you see."
)
_SHARES: Mapping[str, float] = {
    "Code": 0.05,
    "Documentation": 0.03,
    "Variables": 0.30,
    "Constraints": 0.04,
    "Inputs": 0.09,
    "Others": 0.16,
    "Outputs": 0.08,
    "Feedback": 0.16,
    "Tried before": 0.05,
}
"""Share of each section; the rest is for the instruction, the headings and the form of the reply."""


@dataclass(frozen=True, slots=True)
class Example:
    """One run that is shown."""

    case: str
    kind: str
    """Type of the problem."""
    rollout: Rollout


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and what of it did not fit."""

    messages: list[Turn]
    parameters: dict[str, Parameter]
    """What may be changed: what these runs used."""
    cut: dict[str, int] = field(default_factory=dict[str, int])
    """Characters left out, by section."""


def question(
    candidate: Candidate,
    parameters: Sequence[Parameter],
    examples: Sequence[Example],
    *,
    tried: Sequence[str] = (),
    documentation: Mapping[str, str] | None = None,
    characters: int = 48_000,
) -> Question:
    """Return the question about some runs of a candidate, of at most so many characters."""
    graphs = [run_graph(example.rollout.spans) for example in examples]
    parts = [minimal(graph) for graph in graphs]
    # What lies on no way to an output cannot have caused it.
    used = {name for part in parts for name in part.parameters} or {name for one in graphs for name in one.parameters}
    shown = {p.name: p for p in parameters if p.name in used or not p.textual}
    nodes = {visit.node for part in parts for visit in part.visits}
    known = documentation or {}
    sections: dict[str, list[str]] = {
        "Code": _code(parts),
        "Documentation": [f"{node}: {known[node]}" for node in sorted(nodes & set(known))],
        "Variables": [_variable(parameter, candidate[name]) for name, parameter in shown.items()],
        "Constraints": [_constraint(parameter) for parameter in shown.values()],
        "Inputs": _inputs(parts, examples),
        "Others": _written(parts, examples, outputs=False),
        "Outputs": _written(parts, examples, outputs=True),
        "Feedback": [
            f"Run {number} ({example.kind}): {feedback(example.rollout)}" for number, example in enumerate(examples, 1)
        ],
        "Tried before": list(tried),
    }
    lines = [f"# Instruction\n{OBJECTIVE}"]
    cut: dict[str, int] = {}
    for name, items in sections.items():
        fitting, left_out = fitted(items, int(_SHARES[name] * characters) - len(name) - 4)
        if left_out:
            cut[name] = left_out
        if fitting:
            lines.append(f"# {name}\n" + "\n".join(fitting))
    named = ", ".join(f"`{name}`" for name in shown)
    lines.append(f"# Reply\n{FORMAT}\nThe variables are {named}; an anchor is a part of the text of one of them.")
    return Question([{"role": "user", "content": "\n\n".join(lines)}], shown, cut)


def fitted(items: Sequence[str], room: int) -> tuple[list[str], int]:
    """Return the items within so many characters, line breaks included, and how many characters are left out.

    Every item gets the same room, and what short ones leave goes to those behind; an item that is too long loses its
    middle, and items for which next to nothing is left go altogether.
    """
    kept: list[str] = []
    left_out = 0
    for index, item in enumerate(items):
        own = max(room // (len(items) - index), min(room, 160)) - 1
        if len(item) <= own:
            text = item
        elif own < 60:
            left_out += len(item)
            continue
        else:
            text = _middle_out(item, own)
            left_out += len(item) - len(text)
        kept.append(text)
        room -= len(text) + 1
    return kept, left_out


def _middle_out(text: str, room: int) -> str:
    mark = " [... cut ...] "
    half = (room - len(mark)) // 2
    return text[:half] + mark + text[-half:]


def _code(parts: Sequence[RunGraph]) -> list[str]:
    return [
        f"# in run {', '.join(str(run + 1) for run in shape.runs)}\n" + "\n".join(shape.code)
        for shape in merged(parts)
        if shape.code
    ]


def _variable(parameter: Parameter, value: str) -> str:
    return f'<variable name="{parameter.name}" kind="{parameter.kind}">\n{value.rstrip()}\n</variable>'


def _constraint(parameter: Parameter) -> str:
    told = [parameter.description] * bool(parameter.description)
    if parameter.placeholders:
        told.append("keeps " + ", ".join(f"{{{{{name}}}}}" for name in parameter.placeholders))
    if parameter.kind == "prompt":
        told.append("keeps its headings `## system` and `## user`")
    if parameter.kind in ("choice", "switch"):
        told.append("one of " + ", ".join(parameter.choices or ("on", "off")))
    if parameter.kind in ("integer", "number"):
        told.append(f"{parameter.kind} between {parameter.low} and {parameter.high}")
    return f"{parameter.name}: " + "; ".join(told)


def _inputs(parts: Sequence[RunGraph], examples: Sequence[Example]) -> list[str]:
    found: dict[tuple[str, str], list[int]] = {}
    for number, part in enumerate(parts, 1):
        for item in part.given:
            runs = found.setdefault((item.key, item.sha256), [])
            runs += [number] * (number not in runs)
    return _told(found, examples, covered=False)


def _written(parts: Sequence[RunGraph], examples: Sequence[Example], *, outputs: bool) -> list[str]:
    """Values that the output left, or all others did; their numbers are covered, as a right one is an answer."""
    found: dict[tuple[str, str], list[int]] = {}
    for number, part in enumerate(parts, 1):
        last: Visit | None = part.output()
        for visit in part.visits:
            if (last is not None and visit.id == last.id) == outputs:
                for item in visit.writes:
                    runs = found.setdefault(item, [])
                    runs += [number] * (number not in runs)
    return _told(found, examples, covered=True)


def _told(found: Mapping[tuple[str, str], Sequence[int]], examples: Sequence[Example], *, covered: bool) -> list[str]:
    told: list[str] = []
    for (key, sha256), runs in found.items():
        text = examples[runs[0] - 1].rollout.values.get(sha256)
        if text is not None:
            where = ", ".join(map(str, runs))
            told.append(f"{key} (run {where}): {masked(text) if covered else text}")
    return told
