"""Questions that a text asks beside its own: `If lilies brought in 26 instead, how many should be planted?`.

Their numbers are tried out, not given: the formulation of the first question holds none of them.
"""

from __future__ import annotations

import re

from fivefold.problem import quantities
from fivefold.reading.words import Sentences

_TRIED = re.compile(
    r"\b(?:if|suppose|supposing|assuming|what if)\b[^?]*\b(?:were|was|had|instead|rose|fell|dropped|increased|"
    r"decreased|doubled|changed|became|would)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\?\s*$|^\W*(?:(?:please|then)\s+)?(?:determine|find|formulate|compute|calculate|decide|how (?:many|much))\b",
    re.IGNORECASE,
)
_SUPPOSED = re.compile(
    r"\b(?:what if|if|suppos(?:e|ing)|assuming)(?: that)?\s+(?P<clause>.+?)"
    r"(?=\?|\.(?!\d)|,\s*(?:then\b|(?:and )?(?:how|what|which|would|will|should|is|are|does|do|can)\b)|$)",
    re.IGNORECASE | re.DOTALL,
)
_TIMES = re.compile(r"\b(?:doubl|halv|tripl|twice|half as)\w*", re.IGNORECASE)
_ROW = re.compile(r"^[ \t]*\|.*\|[ \t]*$", re.MULTILINE)
_CELL = re.compile(r"(?<=\|)[^|\n]*(?=\|)")


def further_questions(text: str) -> tuple[str, ...]:
    """Return the questions that try other numbers out after the text has asked its own."""
    return tuple(text[start:end].strip() for start, end in _spans(text))


def supposed(question: str) -> str:
    """Return what a further question supposes, in its own words: `lilies brought in 26 instead`."""
    found = _SUPPOSED.search(question)
    return found["clause"].strip(" ,") if found else question


def without_further(text: str) -> str:
    """Return a text with spaces for its further questions and for the columns of tables that only they speak of."""
    spans = _spans(text)
    if not spans:
        return text
    tried = {quantity.value for start, end in spans for quantity in quantities(text[start:end])}
    for start, end in [*spans, *_columns(text, tried)]:
        text = text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]
    return text


def _spans(text: str) -> list[tuple[int, int]]:
    """Return where each further question stands."""
    sentences = Sentences(text)
    found: list[tuple[int, int]] = []
    asked = False
    for number in range(len(sentences.ends)):
        sentence = sentences.words(number)
        if asked and sentence.endswith("?") and _TRIED.search(sentence) and _gives(sentence):
            found.append(sentences.span(number))
        asked = asked or _ASKS.search(sentence) is not None
    return found


def _gives(sentence: str) -> bool:
    """Whether a sentence says another number, or how many times an old one."""
    return bool(quantities(sentence)) or _TIMES.search(sentence) is not None


def _columns(text: str, tried: set[float]) -> list[tuple[int, int]]:
    """Return the cells of every column of numbers that are all tried out: `Profit (changed)` beside `Profit (now)`."""
    tables: list[list[list[tuple[int, int]]]] = [[]]
    end = 0
    for row in _ROW.finditer(text):
        if row.start() > end + 1:
            tables.append([])
        end = row.end()
        tables[-1].append([(row.start() + cell.start(), row.start() + cell.end()) for cell in _CELL.finditer(row[0])])
    found: list[tuple[int, int]] = []
    for table in tables:
        for column in zip(*table, strict=False):
            numbers = [quantity.value for start, end in column[1:] for quantity in quantities(text[start:end])]
            if numbers and all(number in tried for number in numbers):
                found += column
    return found
