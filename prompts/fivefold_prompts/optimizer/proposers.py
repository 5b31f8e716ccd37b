"""Who writes new candidates: OptoPrime, rewriting by score alone, and chance as the control."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from fivefold_prompts.optimizer.attempt import Attempt, Result, Rules, attempt
from fivefold_prompts.optimizer.candidate import Candidate, Parameter, candidate_id
from fivefold_prompts.optimizer.edits import EditFault, Limits, apply
from fivefold_prompts.optimizer.ledger import draw
from fivefold_prompts.optimizer.question import Example, Question, question
from fivefold_prompts.optimizer.reply import FORMAT, Edit
from fivefold_prompts.optimizer.rollout import Ask, Cost, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All that a proposer sees of a search: training cases only."""

    candidate: Candidate
    """What to start from."""
    parameters: Sequence[Parameter]
    examples: Sequence[Example]
    tried: Sequence[str]
    """What was tried from here, one line each."""
    scored: Sequence[tuple[Candidate, float]]
    """Candidates so far with their scores, the best last."""
    rules: Rules
    seed: int
    step: int
    directions: int = 3
    """How many candidates are wanted."""
    documentation: Mapping[str, str] | None = None
    """What each step of the system does."""
    characters: int = 48_000
    """Most characters of a question."""


Proposer = Callable[[View, Ask], list[Attempt]]
"""Writes candidates; with the same view and the same replies, the same ones."""


def question_on(view: View) -> Question:
    """Return the question that shows a writer what a proposer sees."""
    return question(
        view.candidate,
        view.parameters,
        view.examples,
        tried=view.tried,
        documentation=view.documentation,
        characters=view.characters,
    )


def optoprime(view: View, ask: Ask) -> list[Attempt]:
    """Ask for several directions first, then for the edits of each: one step of OptoPrime, scattered."""
    asked = question_on(view)
    if not asked.parameters:
        return []
    directions: list[str] = []
    cost = Cost()
    if view.directions > 1:
        answer = ask([*asked.messages, {"role": "user", "content": _directions(view.directions)}], _sample(view, 0))
        directions, cost = read_directions(answer.text, view.directions), answer.cost
    made: list[Attempt] = []
    rules = view.rules
    for number, direction in enumerate(directions or [""], 1):
        told: list[Turn] = [{"role": "user", "content": f"Go in this direction: {direction}"}] if direction else []
        done = attempt(ask, [*asked.messages, *told], view.candidate, asked.parameters, rules, _sample(view, number))
        made.append(replace(done, cost=done.cost + cost))
        cost = Cost()
        if done.candidate is not None:
            rules = replace(rules, tried=rules.tried | {candidate_id(done.candidate)})
    return made


def rewrite(view: View, ask: Ask) -> list[Attempt]:
    """Ask for a whole new text of one prompt from earlier ones and their scores, without runs or feedback (OPRO)."""
    textual = [parameter for parameter in view.parameters if parameter.textual]
    rules = replace(view.rules, limits=Limits(growth=2.0, mutation=1.0))
    made: list[Attempt] = []
    for number in range(view.directions if textual else 0):
        parameter = textual[(view.step * view.directions + number) % len(textual)]
        earlier = [(candidate[parameter.name], score) for candidate, score in view.scored[-5:]]
        told = "\n\n".join(f"Score {score:.3f}:\n{text}" for text, score in earlier)
        content = (
            f"Earlier texts of the prompt `{parameter.name}` with their scores, the best last:\n\n{told}\n\n"
            "Write one with a higher score: one edit with `replace_all`. Keep the headings and placeholders.\n\n"
            f"{FORMAT}"
        )
        messages: list[Turn] = [{"role": "user", "content": content[-view.characters :]}]
        done = attempt(ask, messages, view.candidate, {parameter.name: parameter}, rules, _sample(view, number))
        made.append(done)
        if done.candidate is not None:
            rules = replace(rules, tried=rules.tried | {candidate_id(done.candidate)})
    return made


def at_random(view: View, ask: Ask) -> list[Attempt]:
    """Take out, double or move a line without asking anyone: what a better proposer must beat."""
    del ask
    textual = [parameter for parameter in view.parameters if parameter.textual]
    made: list[Attempt] = []
    tried = set(view.rules.tried)
    for number in range(view.directions if textual else 0):
        where = (view.step, number)
        parameter = textual[int(draw(view.seed, "parameter", *where) * len(textual))]
        after = _line_changed(view.candidate[parameter.name], view.seed, *where)
        edit = Edit(parameter.name, "replace_all", text=after)
        try:
            candidate = apply([edit], view.candidate, {parameter.name: parameter}, limits=view.rules.limits)
        except EditFault as fault:
            made.append(Attempt(Result.INVALID, None, str(fault), (), Cost()))
            continue
        if candidate_id(candidate) in tried:
            made.append(Attempt(Result.DUPLICATE, None, "tried before", (), Cost()))
            continue
        tried.add(candidate_id(candidate))
        made.append(Attempt(Result.ACCEPTED, candidate, "", (), Cost()))
    return made


def read_directions(reply: str, most: int) -> list[str]:
    """Return the directions of a reply: its lines without numbering, each once, none that is part of an edit."""
    _, _, after = reply.rpartition("</think>")
    lines = (re.sub(r"^\s*(?:[-*•]|\(?\d+[.):])\s*", "", line).strip() for line in after.splitlines())
    wanted = [line[:300] for line in lines if len(line) > 8 and "<" not in line and not line.endswith(":")]
    return list(dict.fromkeys(wanted))[:most]


def _directions(count: int) -> str:
    return (
        f"Before any edit: name {count} different directions in which the variables could be improved, each in one"
        " line, the most promising first. Write only these lines."
    )


def _sample(view: View, number: int) -> int:
    return 100 * view.step + number


def _line_changed(text: str, seed: int, *where: int) -> str:
    lines = text.splitlines()
    free = [i for i, line in enumerate(lines) if line.strip() and "{{" not in line and not line.startswith("## ")]
    if not free:
        return text
    chosen = free[int(draw(seed, "line", *where) * len(free))]
    target = free[int(draw(seed, "target", *where) * len(free))]
    match int(draw(seed, "way", *where) * 3):
        case 0:
            del lines[chosen]
        case 1:
            lines.insert(target, lines[chosen])
        case _:
            lines[chosen], lines[target] = lines[target], lines[chosen]
    return "\n".join(lines) + "\n"
