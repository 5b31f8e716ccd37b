"""How far decisions are apart, told in words: `at least 5 more hours of team A than of team B`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fivefold.reading.claim import Relation
from fivefold.reading.told_sums import IDLE, Sum, Term
from fivefold.reading.words import AT_LEAST, AT_MOST, SIGN

_WORDS = "|".join(sorted(IDLE - {"times", "many", "much", "difference", "between"}))
_IDLY = rf"(?:(?:{_WORDS}|(?<=⟩ )[a-z]+ed) ){{0,6}}?"
_MODAL = (
    r"(?:must|should|has to|have to|needs? to)(?: (?:be|always|also|work|run|have|receive|get|operate|last|take|"
    r"produce|make|spend|carry|hold|plant|own))*"
)
_SIDE = rf"(?:(?P<least>at least|{AT_LEAST})|(?P<most>up to|{AT_MOST}))"
_WAY = r"(?:more|greater|higher|larger|longer|(?P<fewer>fewer|less|lower|smaller|shorter))"
_FIRST, _SECOND, _LIMIT = r"⟨(?P<first>\d+)⟩", r"⟨(?P<second>\d+)⟩", rf"{SIGN}#(?P<limit>\d+)"
_END = r"(?! ?(?:by|plus|minus|times|and|or|combined|together|,? (?:plus|minus))\b)(?! ?,? ?(?:and |or )?⟨)"
_PATTERNS = (
    # the hours of team A must be at least 5 more than those of team B
    re.compile(rf"{_FIRST} {_IDLY}{_MODAL} {_SIDE} {_LIMIT} {_IDLY}{_WAY} {_IDLY}than {_IDLY}{_SECOND}{_END}"),
    # at least 5 more hours of team A than of team B
    re.compile(rf"{_SIDE} {_LIMIT} {_IDLY}{_WAY} {_IDLY}{_FIRST} {_IDLY}than {_IDLY}{_SECOND}{_END}"),
    # team A should exceed twice team B by at least 5
    re.compile(
        rf"{_FIRST} {_IDLY}(?:must|should|has to|have to|needs? to) exceed (?:#(?P<times>\d+) (?:times )?)?{_IDLY}"
        rf"{_SECOND} by {_SIDE} {_LIMIT}{_END}"
    ),
)
_PART = re.compile(
    r"(?:times|plus|minus|and|or|,|twice|thrice|half|sum of|difference between|#\d+|with)(?: the| of)* $"
)
_BEHIND = re.compile(r"^ ?(?:%|times|percent)")


def differences(sentence: str) -> Iterator[Sum]:
    """Yield every limit on the difference of two decisions in a sentence with `⟨0⟩` for decisions, `#0` for numbers.

    Args:
        sentence: in lower case.
    """
    for pattern in _PATTERNS:
        for match in pattern.finditer(sentence):
            if pattern is not _PATTERNS[1] and _PART.search(sentence[: match.start()]):
                continue  # it is part of a sum
            if _BEHIND.match(sentence[match.end("limit") :]) or match["first"] == match["second"]:
                continue
            relation: Relation = ">=" if match["least"] else "<="
            said = match.groupdict()
            more, less = (said["second"], said["first"]) if said.get("fewer") else (said["first"], said["second"])
            yield Sum((Term(more, 1.0, None), Term(less, -1.0, said.get("times"))), relation, said["limit"])
