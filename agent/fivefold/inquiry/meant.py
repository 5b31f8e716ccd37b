"""What somebody asks about an answer that stands: told by rule from a wish to change it.

Only what is plainly a question about the answer is one; all else is left to whoever changes the formulation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fivefold.inquiry.named import decisions_named
from fivefold.problem import quantities
from fivefold.reading.entities import Entry
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.ground import Grounded

MAX_CHARS = 300
"""Longer messages say something, whatever they ask besides."""

Way = Literal["more", "fewer", "none", "exactly", "other"]
"""What is asked about instead of the plan: more of something, less, nothing, a number of it; `other` leaves open which
of more and fewer it is, which the plan tells."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """`Why no chairs?`: what another decision would come to."""

    entries: tuple[Entry, ...]
    """The decisions, all of one variable; what is asked about is their sum."""
    way: Way
    amount: float | None = None
    """The number of `exactly`."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A question about the whole answer."""

    about: Literal["reasons", "alternatives", "assumptions", "trust"]
    """What decides the plan; other plans; what was taken that the text does not say; how far to rely on it."""


@dataclass(frozen=True, slots=True)
class Back:
    """`Undo that`: an earlier version is to stand again."""

    version: int | None
    """The version; None for the one before the latest."""


Inquiry = Contrast | Plain | Back

_LEAD = r"^\W*(?:(?:but|and|so|then|ok(?:ay)?|well|hm+|please|sorry|no|yes|thanks|thank you)\b[\s,.!]*)*"
_ASK = (
    r"(?:(?:can|could|would|will) you )?(?:please )?"
    r"(?:(?:tell|show|give) (?:me|us) |explain (?:to (?:me|us) )?)?"
)
_END = r"\b[^.?!]*\?*\s*$"


def _asks(*ways: str, end: str = _END) -> re.Pattern[str]:
    """Return the pattern of a message that asks in one of some ways, and asks for nothing else."""
    return re.compile(rf"{_LEAD}{_ASK}(?:{'|'.join(ways)}){end}", re.IGNORECASE)


_WHY = _asks(
    "why", "how come", "for what reasons?", "what is the reason", "the reasons? (?:why|for)", end=r"\b(?P<rest>.*)"
)  # fmt: skip
_BACK = _asks(
    r"(?:undo|revert|roll back|take back|take (?:that|it|this) back|(?:let'?s )?go back|back|return|restore)"
    r"(?:\s+(?:that|this|it|the (?:last|latest) change|the change|what I (?:just )?said))?"
    r"(?:\s+(?:to )?(?:the )?(?:(?:version|v)\s*(?P<version>\d{1,4})"
    r"|(?:previous|last|earlier|old)(?: version| one| plan)?|(?:version|one|plan) before|how it was|before))?",
    end=r"(?:[, ]+please)?\W*$",
)
_QUESTIONS: dict[Literal["reasons", "alternatives", "assumptions", "trust"], re.Pattern[str]] = {
    "reasons": _asks(
        r"(?:what|which)\b(?!\s+(?:if|would|happens?)\b).{0,80}\b(?:limit(?:s|ed|ing)?|bottlenecks?|constrain\w*|restrict\w*"
        r"|hold(?:s|ing)? (?:us|it|this|the \w+) back|binding|scarce|tight(?:est)?|used up|decides?"
        r"|stands? in the way|matters? most)"
    ),
    "alternatives": _asks(
        r"(?:is|are|what|which|any|show|do (?:we|i) have)\b(?! if\b).{0,40}\b"
        r"(?:other|another|different|alternative|(?:second|next)[- ]best|only)\b.{0,30}\b"
        r"(?:plans?|solutions?|answers?|ways?|options?|optim\w+)",
        r"(?:is|are|what|which|any|show)\b(?! if\b).{0,40}\balternatives?",
    ),
    "assumptions": _asks(r"(?:what|which|list|any)\b.{0,40}\b(?:assum\w+|taken? for granted)"),
    "trust": _asks(
        "how (?:sure|certain|confident|reliable)", "can (?:i|we) (?:trust|rely on|believe)", "are you (?:sure|certain)",
        "(?:is|are) (?:this|that|it|these|the (?:answer|result|plan|numbers?)) (?:really )?"
        "(?:right|correct|true|reliable|ok(?:ay)?)",
    ),
}  # fmt: skip


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)


_RATHER = _words("instead of|rather than|and not|but not")
_MORE = _words("more|higher|larger|greater|increase")
_FEWER = _words("fewer|less|lower|smaller|reduce")
_NOT = _words(r"not|no|none|never|nobody|nothing|without|cannot|\w+n['’]t|dont|doesnt|isnt|arent|cant")
_FEW = _words("(?:so|that|too|as|such) (?:few|little|low|small)|only|just|merely")
_MANY = _words("(?:so|that|too|as|such) (?:many|much|high|large)")
_ANY = _words("at all|any")


def may_ask(words: str) -> bool:
    """Return whether a message reads like a question about an answer, whatever the formulation."""
    said = " ".join(words.split())
    return len(said) <= MAX_CHARS and any(one.match(said) for one in (_BACK, _WHY, *_QUESTIONS.values()))


def meant(words: str, formulation: Formulation, grounded: Grounded) -> Inquiry | None:
    """Return what a message asks about the answer to a formulation; None where it asks for nothing of that kind.

    Args:
        words: the message.
        formulation: what the answer is of.
        grounded: its sets and variables with their entries.
    """
    said = " ".join(words.split())
    if not said or len(said) > MAX_CHARS:
        return None
    if (back := _BACK.match(said)) is not None:
        return Back(int(back["version"]) if back["version"] else None)
    why = _WHY.match(said)
    if why is not None:
        return _why(why["rest"], formulation, grounded)
    return next((Plain(about) for about, pattern in _QUESTIONS.items() if pattern.match(said)), None)


def _why(rest: str, formulation: Formulation, grounded: Grounded) -> Inquiry | None:
    """Return what is behind a `why`."""
    sides = _RATHER.split(rest, maxsplit=1)
    if len(sides) == 2 and (other := decisions_named(sides[1], formulation, grounded)):
        return Contrast(other, "more")
    entries = decisions_named(rest, formulation, grounded)
    numbers = [quantity.value for quantity in quantities(rest)]
    if not entries:
        # `Why not hire 3 people?` speaks of what the formulation does not have: a wish.
        return None if numbers and _NOT.search(rest) else Plain("reasons")
    way = _way(rest)
    if way in ("more", "other") and not _FEW.search(rest) and not _MORE.search(rest) and _NOT.search(rest):
        numbers = _without_keys(numbers, entries)
        if len(numbers) == 1:
            return Contrast(entries, "exactly", numbers[0])
    return Contrast(entries, way)


def _way(rest: str) -> Way:
    denied = _NOT.search(rest) is not None
    if denied and _FEWER.search(rest):
        return "fewer"
    if denied or _FEW.search(rest) or _FEWER.search(rest):
        return "more"
    if _MANY.search(rest) or _MORE.search(rest):
        return "fewer"
    return "none" if _ANY.search(rest) else "other"


def _without_keys(numbers: Sequence[float], entries: Sequence[Entry]) -> list[float]:
    """Return numbers that are no index of the decisions: the 20 of `20 in month 3`."""
    keys = {float(part) for _, key in entries for part in key if isinstance(part, int | float)}
    return [number for number in numbers if number not in keys]
