"""What is done with what is counted: 20 cakes that must be iced are not all the cakes that are baked."""

from __future__ import annotations

import re

from fivefold.reading.slots import TextReading

_ALL = frozenset(
    re.findall(
        r"\w+",
        "make made produce produced manufacture manufactured build built buy bought purchase purchased order ordered "
        "hire hired employ employed rent rented lease leased use used sell sold plant planted grow grown cultivate "
        "cultivated run offer offered provide provided supply supplied choose chosen select selected "
        "take taken get have had had schedule scheduled create created deliver delivered ship shipped transport "
        "transported send sent serve served allocate allocated assign assigned invest invested spend spent acquire "
        "acquired install installed include included complete completed carry carried open opened held hold "
        "stock stocked obtain obtained need needed require required fulfill fulfilled meet exceed involve dedicate "
        "dedicated devote devoted output procure procured publish published contain consume consumed book booked",
    )
)
"""Verbs for all of something; others tell of a step that some pieces go through."""
_MODAL = r"(?:must|should|has to|have to|needs? to|can|cannot|may|will|shall|could|is to|are to|wants? to)"
_BEHIND = re.compile(
    rf"^,? (?:that |which )?(?:(?:{_MODAL}|are|is)(?: \w+ly| also| not| now)? be |(?:are|is) )?([a-z]+)"
)
_DONE = re.compile(rf"^,? (?:that |which )?(?:(?:{_MODAL})(?: \w+ly| also| not| now)? be|are|is) [a-z]+")
_BEFORE = re.compile(rf"\b{_MODAL} (?:also |only |still )?([a-z]+)(?: out| up)? $")
_PARTICIPLE = re.compile(r"(?:ed|wn|ought|uilt|ade|old|orn|oven|ung|cut)$")
_NO_PARTICIPLE = frozenset({"combined", "limited", "available", "total", "estimated", "possible", "necessary"})
_TO_SOME = re.compile(
    r"^(?: [a-z]+ly)? (?P<way>to|for|at|through|via|by|in|on|from|of|with) "
    r"(?:the |a |an |its |this |these |that )?(?P<whom>[a-z]+)"
)
_ALL_OF_IT = frozenset(
    re.findall(
        r"\w+",
        "total all week day month year season period quarter time store stock market most least order sale profit "
        "production reason safety capacity law demand storage space budget them these those moment plan schedule",
    )
)
_ENDING = re.compile(r"(?:ing|ed|es|e|s|n)$")


def only_a_step(reading: TextReading, before: str, after: str) -> bool:
    """Whether a limit is on what goes through one step: at least 20 cakes must be iced, where cakes are baked.

    Args:
        reading: the text with its decisions.
        before: what stands in the sentence before the limit, in lower case.
        after: what stands behind the name of the decision.
    """
    verb = _verb(before, after)
    if not verb or verb in _ALL:
        return False
    stem = _stem(verb)
    labels = frozenset[str]().union(*(entity.label for entity in reading.entities))
    if any(_stem(word) == stem for word in labels):
        return False
    return not any(stem in map(_stem, words) for words in _of_all(reading))


def to_some(reading: TextReading, after: str) -> bool:
    """Whether an upper limit is only on what goes somewhere: at most 40 cakes can be sold to hotels.

    Args:
        reading: the text with its decisions.
        after: what stands behind the name of the decision, in lower case.
    """
    done = _DONE.match(after)
    match = _TO_SOME.match(after[done.end() :] if done else after)
    if match is None or match["whom"].rstrip("s") in _ALL_OF_IT or match["whom"] in _ALL_OF_IT:
        return False
    # A shop, with which the text sets out, sells all that is sold.
    return match["way"] in {"to", "for"} or match["whom"] not in reading.sentences.words(0).lower()


def _verb(before: str, after: str) -> str:
    behind = _BEHIND.match(after)
    if behind and (_DONE.match(after) or _PARTICIPLE.search(behind[1])):
        return "" if behind[1] in _NO_PARTICIPLE else behind[1]
    active = _BEFORE.search(before)
    return active[1] if active and active[1] != "be" else ""


def _of_all(reading: TextReading) -> list[list[str]]:
    """Return the words of the sentences that speak of all decisions: a bakery bakes cakes and pies."""
    found: list[list[str]] = []
    for number in range(len(reading.sentences.ends)):
        named = {m.entity for m in reading.mentions if reading.sentences.number(m.start) == number}
        if len(named) == len(reading.entities):
            found.append(re.findall(r"[a-z]+", reading.sentences.words(number).lower()))
    return found


def _stem(verb: str) -> str:
    """Return what baked, bakes, bake and baking share."""
    short = _ENDING.sub("", verb) if len(verb) > 3 else verb
    return short[:-1] if len(short) > 3 and short[-1:] == short[-2:-1] else short
