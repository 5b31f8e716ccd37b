"""What a text leaves open, and the one question that is worth asking a person.

A question is asked only where another answer to it would change the optimum. Where nobody is there to ask, both
readings are solved and told side by side.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

MissingKind = Literal["gap", "amount", "sibling", "goal", "constant", "unbounded"]
"""How it shows that something is missing: a hole in a sentence, a table or a list; a use of something whose amount is
never given; one of several like things without its number; a goal without any number; a number of the formulation
that the text does not explain; an objective without end."""
ReadingKind = Literal["domain", "relation", "strict", "constant"]
"""What is read in two ways: whole or in parts; exactly or at least; more or not less; a number of unknown origin."""
HIGH_IMPACT = 1e-6
"""Relative difference of two optima from which on a reading counts."""
MOST_WORDS = 4
"""Words of a short answer; a longer one is a sentence of its own."""
_NUMBER = re.compile(r"[-+]?[$€£]?\d(?:[\d,.]*\d)?(?: ?%)?")
_HOLE = r"some|_{2,}|\?{2,}"
_HOLE_BEFORE = re.compile(rf"(?:\b|(?<=\s))(?:{_HOLE})$")
_HOLE_AFTER = re.compile(rf"^\s?(?:{_HOLE})(?!\w)")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MissingFact(_Frozen):
    """Something that has to be known to solve a problem and that its text does not say."""

    kind: MissingKind
    """How it shows."""
    words: str
    """The sentence that shows it, or the part of the formulation."""
    question: str
    """What to ask a person, in one plain sentence."""
    element: str = ""
    """Name of the element of the formulation that it touches; empty where that is not known."""
    place: int = -1
    """Where in the text it is missing; -1 where no place can be told."""
    value: float | None = None
    """The number that the formulation has for it; None where it has none."""
    changes: bool = True
    """Whether the answer depends on it; where it was not tried, it is taken to."""
    impact: float = 0.0
    """Relative change of the optimum where it is half or twice what was assumed; 0 where it was not tried."""
    sentence: str = ""
    """How a number that answers the question is said in a sentence: `There are {} hours in all.`; empty where no form
    fits every answer."""


class Reading(_Frozen):
    """One thing that a text can be read in two ways, with the optimum of both."""

    kind: ReadingKind
    """What is read in two ways."""
    element: str
    """Name of the element of the formulation."""
    assumed: str
    """How the formulation reads it, in words."""
    instead: str
    """The other way, in words."""
    objective: float
    """The optimum as it is."""
    other_objective: float
    """The optimum of the other reading; one that has none is no reading that can be meant."""
    usual: bool = True
    """Whether the words go with the formulation's reading; False where they go as well with the other."""
    question: str = ""
    """What to ask a person."""

    @property
    def impact(self) -> float:
        """Relative difference of the optima."""
        return abs(self.other_objective - self.objective) / max(1.0, abs(self.objective), abs(self.other_objective))

    @property
    def changes(self) -> bool:
        """Whether the two readings have different optima."""
        return self.impact > HIGH_IMPACT


class Question(_Frozen):
    """The one thing to ask a person."""

    text: str
    """The question."""
    about: str
    """Name of the element, or the words of the text, that it is about."""
    impact: float
    """Relative change of the optimum, as far as it was tried."""
    why: str = ""
    """Why it is asked."""
    choices: tuple[str, ...] = ()
    """Answers to choose from, what is assumed first."""
    default: str = ""
    """What is taken where nobody answers."""
    sentence: str = ""
    """As in `MissingFact`."""
    gap: int = -1
    """Where in the text the answer belongs; -1 where it is added at the end."""
    reading: Reading | None = None
    """The reading that it asks about."""


_WHY = {
    "gap": "A number is missing in “{words}”.",
    "amount": "The text says how much is used up, “{words}”, and not how much there is.",
    "sibling": "The text gives this number for the others, and not for this one: “{words}”.",
    "goal": "There is nothing to compute the goal from: “{words}”.",
    "constant": "The formulation holds this number, the text does not, and the answer depends on it.",
    "unbounded": "As the text stands, nothing keeps the result from growing without end.",
}
"""Why a person is asked, by how it shows that something is missing."""
_FIRST = ("unbounded", "amount", "gap", "sibling", "goal", "constant")


def question_for(facts: Sequence[MissingFact], readings: Sequence[Reading]) -> Question | None:
    """Return the question whose answer matters most; None where no answer would change anything.

    What is missing goes before what can be read in two ways, of both what changes the optimum most. Readings that the
    words go with as they are, are told but not asked about.
    """
    open_facts = [fact for fact in facts if fact.changes]
    if open_facts:
        return _about_fact(min(open_facts, key=lambda one: (-one.impact, _FIRST.index(one.kind))))
    doubtful = [reading for reading in readings if reading.changes and not reading.usual and reading.question]
    if not doubtful:
        return None
    return _about_reading(max(doubtful, key=lambda one: one.impact))


def _about_fact(fact: MissingFact) -> Question:
    assumed = "" if fact.value is None else f"{fact.value:g}"
    return Question(
        text=fact.question,
        about=fact.element or fact.words,
        impact=fact.impact,
        why=_WHY[fact.kind].format(words=fact.words),
        choices=(assumed,) if assumed else (),
        default=assumed or "whatever the formulation assumes",
        sentence=fact.sentence,
        gap=fact.place if fact.kind == "gap" else -1,
    )


def _about_reading(reading: Reading) -> Question:
    choices = (f"{reading.element} {reading.assumed}", f"{reading.element} {reading.instead}")
    return Question(
        text=reading.question,
        about=reading.element,
        impact=reading.impact,
        why=f"The text can be read both ways: the best value is {reading.objective:.6g} if {choices[0]}, and "
        f"{reading.other_objective:.6g} if {choices[1]}.",
        choices=choices,
        default=choices[0],
        reading=reading,
    )


def worded(question: Question, answer: str) -> str:
    """Return the answer to a question as a sentence that can stand in the problem's text."""
    said = " ".join(answer.split()).rstrip(".")
    number = _NUMBER.match(said)
    if question.sentence and number is not None and len(said.split()) <= MOST_WORDS:
        return question.sentence.replace("{}", number.group().strip(), 1)
    if len(said.split()) > MOST_WORDS:
        return f"{said}."
    asked = question.text.replace("___", "…")
    return f"{asked} {said}."


def amended(text: str, question: Question, answer: str) -> str:
    """Return a problem's text with the answer to a question in it: in its gap, else as a sentence at the end."""
    said = " ".join(answer.split()).rstrip(".")
    if 0 <= question.gap <= len(text) and len(said.split()) <= MOST_WORDS:
        before = _HOLE_BEFORE.sub("", text[: question.gap].rstrip()).rstrip()
        after = _HOLE_AFTER.sub("", text[question.gap :]).lstrip()
        return f"{before} {said} {after}".strip()
    return f"{text}\n\n{worded(question, answer)}"


def spread(readings: Sequence[Reading]) -> tuple[float, float] | None:
    """Return the least and the greatest optimum of all readings; None where they do not differ."""
    values = [value for one in readings if one.changes for value in (one.objective, one.other_objective)]
    return (min(values), max(values)) if values and min(values) < max(values) else None
