"""What a text says that a decision does not use: `a rich cake takes 4 white eggs and no brown ones`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fivefold.reading.entities import stems
from fivefold.reading.sentence import Sentence
from fivefold.reading.slots import TextReading

_DENIED = re.compile(r"\b(?:no|not|zero|without|neither)\b", re.IGNORECASE)
_USES = r"(?:uses?|needs?|requires?|takes?|consumes?|contains?|has|have)"
_WHAT = r"(?P<what>[a-z-]+(?: (?:of )?[a-z-]+){0,2}?)(?= ?(?:[.,;:)]|$)| (?:and|or|but|at|while|in|on|to|is|are)\b)"
_NONE = re.compile(
    rf"(?:(?:\b{_USES}|\band|\bbut|,|\bwith) (?:no|zero)|\b(?:does|do) not (?:use|need|require|take|consume|contain)"
    rf"(?: any)?|\bwithout(?: any)?) {_WHAT}"
)
_NEITHER = re.compile(rf"\bneither (?:the |an? )?⟨(\d+)⟩ nor (?:the |an? )?⟨(\d+)⟩ {_USES} (?:any )?{_WHAT}")
_GOES_ON = re.compile(r"^\W*(?:but|and) (?:no|zero|without)\b")
"""A sentence that says this of what the one before it is about."""
_LIST = re.compile(r"⟨(\d+)⟩(?:,? (?:and|or)|,) (?:the |an? |both )?$")
_IDLE = frozenset({"one", "any", "more", "less", "fewer", "limit", "other", "longer", "matter", "such", "need", "only"})
_QUALIFIED = frozenset({"more", "less", "fewer", "limit", "other", "longer", "matter", "such", "need", "only", "extra"})


def unused(reading: TextReading) -> Iterator[tuple[int, frozenset[str]]]:
    """Yield which decision uses nothing of what, by the stems of its words."""
    for number in range(len(reading.sentences.ends)):
        if not _DENIED.search(reading.sentences.words(number)):
            continue
        sentence = Sentence(reading, number)
        for match in _NEITHER.finditer(sentence.text):
            for at in (match[1], match[2]):
                yield from _told(at, match["what"])
        for match in _NONE.finditer(sentence.text):
            owners = _owners(sentence.text[: match.start()])
            if not owners and number and _GOES_ON.match(sentence.text):
                owners = _owners(Sentence(reading, number - 1).text)
            for at in owners:
                yield from _told(at, match["what"])


def _told(at: str, what: str) -> Iterator[tuple[int, frozenset[str]]]:
    words = stems(what)
    if words and not words & _QUALIFIED and words - _IDLE:
        yield int(at), words - _IDLE


def _owners(before: str) -> list[str]:
    """Return the last decision named before, with those that are named in one breath with it."""
    marks = list(re.finditer(r"⟨(\d+)⟩", before))
    if not marks:
        return []
    found, at = [marks[-1][1]], marks[-1].start()
    while (joined := _LIST.search(before[:at])) is not None:
        found.append(joined[1])
        at = joined.start()
    return found
