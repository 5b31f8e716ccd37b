"""Which standard models a text may tell of, and of nothing beside them."""

from __future__ import annotations

import re
from functools import reduce

from fivefold.problem import quantities
from fivefold.reading.labels import labels
from fivefold.standard.model import StandardModel, library

_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_OBLIGES = re.compile(
    r"\b(?:must|ha(?:s|ve) to|should(?![^.!]*\?)|shall|cannot|can't|(?:can|may) (?:only|not|at most)|at (?:least|most)|"
    r"(?:no|not) (?:more|less|fewer) than|only(?! [$€£\d])|exactly|requir\w+|limit\w*|never|always|unless|"
    r"(?:need|allow)(?:s|ed)? to)\b",
    re.IGNORECASE,
)
"""Words by which a rule is told."""
_FURTHER = re.compile(
    r"\bunless\b|\bnot both\b|(?<!represent )\beither\b|\bbefore (?!you\b|return|com|go|head)|\bexactly (?!once)|"
    r"\bonly (?:one|two|three|if|when|after)\b|\bat (?:least|most) (?:one|two|three|half)\b|\bmay not\b|"
    r"\bno more than (?:one|two|three)\b|\bmust(?:n't| not)(?! exceed)\b|\bnever\b|\bexcept\b|\btwice\b|"
    r"\bprohibit|\bforbid|\bnot allowed\b|\bdirectly after\b|\bif\b[^.]*\b(?:then|must)\b",
    re.IGNORECASE,
)
"""Words of rules that no standard model says."""
_REPLY = re.compile(
    r"\b(?:response|your answer|the answer|respond|optimal value|note that)\b[^.]*\b(?:only|single|should|must)\b|"
    r"\b(?:only|single)\b[^.]*\b(?:response|answer|optimal value)\b",
    re.IGNORECASE,
)
"""What is said about the reply alone."""


def recognized(text: str) -> list[StandardModel]:
    """Return the standard models that a text may tell of, none where it is short or tells of more.

    Args:
        text: the problem's words.
    """
    told = amounts(text)
    sentences = [one for one in _SENTENCE.split(text) if not _REPLY.search(one)]
    sentences = [one for one in sentences if _OBLIGES.search(one) or _FURTHER.search(one)]
    fitting = (kind for kind in library() if told >= kind.fewest and _fits(kind, text))
    return [kind for kind in fitting if all(_said(kind, one) for one in sentences)]


def amounts(text: str) -> int:
    """Return how many numbers a text tells that are no names."""
    named = labels(text)
    return sum(quantity.start not in named for quantity in quantities(text))


def _fits(kind: StandardModel, text: str) -> bool:
    return all(one.search(text) for one in kind.needs) and not any(one.search(text) for one in kind.never)


def _said(kind: StandardModel, sentence: str) -> bool:
    """Whether a rule of the text is one that the model says."""
    beside = reduce(lambda left, own: own.sub(" ", left), kind.own, sentence)
    return not _FURTHER.search(beside) and any(rule.search(sentence) for rule in kind.rules)
