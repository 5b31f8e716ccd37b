"""A made-up writer of prompts in place of an LLM: it reads the question that a tool renders and answers in its form.

It mends what the feedback names, as far as the question shows it; now and then it harms, drops a line, copies a
problem or writes nonsense. Where the question shows how a run went, it mostly knows which prompt is to blame. All is
drawn from the seed, the question and the sample, so that the same question gets the same answer.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from landscapes import CODE_TOPICS, FILLER, TOPICS, VOCABULARY, bad, bridge, good, weak

from fivefold_prompts.optimizer.ledger import draw
from fivefold_prompts.optimizer.reply import Edit
from tests.prompts.optimizer_landscape import tagged

_ALL = "|".join((*TOPICS, *CODE_TOPICS))
_SYMPTOM = re.compile(rf"\b(?:({_ALL}) are (missing|not handled)|({_ALL}) and ({_ALL}) are mixed up)")
_GRAPH = re.compile(r"=\s*formulate(?:#1|\d*)?\(")
_KEPT = ("## ", "{{", "You define", "Be careful", "It must run")


@dataclass(slots=True)
class Chances:
    """How often the writer does what."""

    malformed: float = 0.10
    paste: float = 0.05
    harm: float = 0.08
    drop: float = 0.07
    right_words: float = 0.60
    """Of mending: words that help; the next: words that do nothing; the rest harms."""
    weak_words: float = 0.25
    blame_seen: float = 0.95
    """The right prompt is changed where the question shows how the run went, and where it does not."""
    blame_guessed: float = 0.75
    several: float = 0.4
    """More than one thing is mended at once."""
    heeds: float = 0.7
    """What the question says was tried is left alone."""


@dataclass(slots=True)
class Draws:
    """Numbers drawn one after another, from a name."""

    name: str
    count: int = field(default=0)

    def next(self) -> float:
        """Return the next number in [0, 1)."""
        self.count += 1
        return draw(self.count, self.name)

    def pick(self, items: Sequence[Any]) -> Any:
        """Return one of some items."""
        return items[int(self.next() * len(items))]


def write(asked: str, seed: int, sample: int, chances: Chances | None = None) -> str:
    """Return the reply to a question."""
    draws = Draws(f"{seed}/{sample}/{hashlib.sha256(asked.encode()).hexdigest()[:16]}")
    chances = chances or Chances()
    if "Before any edit: name" in asked:
        return _directions(asked, draws)
    texts = current_texts(asked)
    if draws.next() < chances.malformed or not texts:
        whole = answer_in_form(asked, texts, texts) if texts else "Check everything."
        return draws.pick(["I would write: check everything.", whole[: len(whole) // 2]])
    return answer_in_form(asked, texts, changed(asked, texts, draws, chances))


def current_texts(asked: str) -> dict[str, str]:
    """Return the prompts that a question shows as they are, by the name that its tool gives them."""
    if found := re.findall(r'<variable name="(\w+)" kind="prompt">\n(.*?)\n</variable>', asked, re.DOTALL):
        return {name: text + "\n" for name, text in found}
    if "within ``` blocks" in asked:
        return {"instruction": asked.split("```")[1].strip("\n") + "\n"}
    if scored := re.findall(r"Score [\d.]+:\n(.*?)(?=\n\nScore |\n\nWrite one with)", asked, re.DOTALL):
        name = re.findall(r"texts of the prompt `(\w+)`", asked)[0]
        return {name: scored[-1].rstrip() + "\n"}
    if "#Variables" in asked.partition("Now you see problem instance")[2]:
        part = asked.rpartition("#Variables\n")[2].partition("#Constraints")[0]
        found = re.findall(r"^\(str\) (\w+)=(.*?)(?=^\(str\) |\Z)", part, re.DOTALL | re.MULTILINE)
        return {name: text.strip() + "\n" for name, text in found}
    return _best_of_blocks(asked)


def _best_of_blocks(asked: str) -> dict[str, str]:
    """Of many shown with their scores, the best."""
    blocks: list[dict[str, Any]] = []
    for place in re.finditer(r'\{\s*"variables"', asked):
        blocks.append(json.JSONDecoder().raw_decode(asked, place.start())[0])
    scored = [(float(re.findall(r"[\d.]+\d", block["feedback"])[0]), n) for n, block in enumerate(blocks)]
    return dict(blocks[max(scored)[1]]["variables"]) if scored else {}


def answer_in_form(asked: str, before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Return new texts in the form that the question wants."""
    if '"suggestion"' in asked:
        names = {name: text for name, text in after.items() if text != before[name]}
        return json.dumps({"reasoning": "It mends what the feedback names.", "answer": "", "suggestion": names})
    if "within ``` blocks" in asked:
        return f"Here it is:\n```\n{after['instruction']}```"
    edits = [edit for name in after for edit in _edits(name, before[name], after[name])]
    if not edits:
        return "<changes><no_change/></changes>"
    blocks = "".join(tagged(edit).removeprefix("<changes>").removesuffix("</changes>") for edit in edits)
    blocks = blocks.replace("<anchor></anchor>", "").replace("<text></text>", "")
    return f"<reasoning>It mends what the feedback names.</reasoning><changes>{blocks}</changes>"


def _edits(name: str, before: str, after: str) -> list[Edit]:
    """Return the edits that turn one text into another: lines are only put behind others or taken out."""
    old, new = before.splitlines(), after.splitlines()
    edits = [Edit(name, "delete", line) for line in old if line not in new]
    added = [line for line in new if line not in old]
    if added:
        anchor = [line for line in old if line in new and "{{" not in line and before.count(line) == 1][-1]
        edits.append(Edit(name, "insert_after", anchor, "\n".join(added)))
    return edits


def changed(asked: str, texts: Mapping[str, str], draws: Draws, chances: Chances) -> dict[str, str]:
    """Return the texts after what the writer does this time."""
    new = dict(texts)
    way = draws.next()
    lines = [(name, line) for name, text in texts.items() for line in text.splitlines() if _free(line)]
    if way < chances.paste and (problems := re.findall(r"A plant called .*?\?", asked)):
        _put(new, draws.pick(sorted(new)), f"For instance: {draws.pick(problems)}")
    elif way < chances.paste + chances.harm:
        _put(new, draws.pick(sorted(new)), bad(draws.pick(TOPICS)))
    elif way < chances.paste + chances.harm + chances.drop and lines:
        _take(new, *draws.pick(lines))
    elif symptoms := _symptoms(asked):
        _mend(asked, new, symptoms, draws, chances)
    else:
        _guess(asked, new, lines, draws)
    return new


def _mend(asked: str, new: dict[str, str], symptoms: list[tuple[str, ...]], draws: Draws, chances: Chances) -> None:
    """Put in clauses for what the feedback names; more at once costs a line now and then."""
    direction = re.findall(r"Go in this direction: mend (\w+)", asked)
    wanted = [one for one in symptoms if one[0] in direction] or symptoms
    count = 1
    while not direction and count < len(wanted) and draws.next() < chances.several:
        count += 1
    for _ in range(count):
        symptom = draws.pick(wanted)
        wanted = [one for one in wanted if one != symptom] or wanted
        name = _to_blame(asked, new, symptom, draws, chances)
        clause = _clause(symptom, draws, chances)
        tried = asked.count(clause) > sum(text.count(clause) for text in new.values())
        if name is not None and not (tried and draws.next() < chances.heeds):
            _put(new, name, clause)
    lines = [(name, line) for name, text in new.items() for line in text.splitlines() if _free(line)]
    if count > 1 and lines and draws.next() < 0.1 * count:
        _take(new, *draws.pick(lines))


def _clause(symptom: tuple[str, ...], draws: Draws, chances: Chances) -> str:
    words = draws.next()
    if words < chances.right_words:
        return bridge(*symptom) if len(symptom) == 2 else good(symptom[0])
    return weak(symptom[0]) if words < chances.right_words + chances.weak_words else bad(symptom[0])


def _to_blame(
    asked: str, texts: Mapping[str, str], symptom: tuple[str, ...], draws: Draws, chances: Chances
) -> str | None:
    """Return which of the shown prompts is changed; None where it seems to be one that is not shown."""
    wanted = "code" if symptom[0] in CODE_TOPICS else "formulation"
    sure = draws.next() < (chances.blame_seen if _GRAPH.search(asked) else chances.blame_guessed)
    if not sure:
        wanted = "formulation" if wanted == "code" else "code"
    fitting = [name for name, text in sorted(texts.items()) if f"define the {wanted}." in text]
    return fitting[0] if fitting else None


def _guess(asked: str, new: dict[str, str], lines: list[tuple[str, str]], draws: Draws) -> None:
    """Nothing is named: take out a line that may be to blame, name something that may be missing, or talk."""
    way = draws.next()
    if lines and way < 0.4:
        _take(new, *draws.pick(lines))
    elif way < 0.8:
        topic = draws.pick(VOCABULARY)
        _put(new, draws.pick(sorted(new)), draws.pick([good(topic), good(topic), weak(topic)]))
    else:
        _put(new, draws.pick(sorted(new)), FILLER)


def _symptoms(asked: str) -> list[tuple[str, ...]]:
    found = [(one,) if one else (two, three) for one, _, two, three in _SYMPTOM.findall(asked)]
    return list(dict.fromkeys(found))


def _directions(asked: str, draws: Draws) -> str:
    named = [f"mend {' and '.join(symptom)}" for symptom in _symptoms(asked)]
    return "\n".join(f"{n}. {line}" for n, line in enumerate([*named, "say it in other words", "say less"], 1))


def _free(line: str) -> bool:
    return bool(line.strip()) and not line.startswith(_KEPT)


def _put(texts: dict[str, str], name: str, clause: str) -> None:
    if clause not in texts[name]:
        lines = texts[name].splitlines()
        # In front of the line with the placeholder, which is the last.
        texts[name] = "\n".join([*lines[:-1], clause, lines[-1]]) + "\n"


def _take(texts: dict[str, str], name: str, line: str) -> None:
    texts[name] = "\n".join(one for one in texts[name].splitlines() if one != line) + "\n"
