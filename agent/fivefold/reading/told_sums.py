"""Sums of decisions told in words: `twice the hours of team A plus the hours of team B cannot exceed 20`.

A sentence is read up to its limit: terms, each a number, some idle words and a decision, joined by `plus`, `minus`,
`and`. Where any word could mean something else, nothing is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fivefold.reading.claim import Relation
from fivefold.reading.entities import stem
from fivefold.reading.words import AT_LEAST, AT_MOST, SIGN

_LEAST = (
    rf"(?:at least(?: equal to)?(?: or more than)?|{AT_LEAST}|more than or equal to|"
    r"equal or exceed|meet or exceed)"
)
_MOST = (
    rf"(?:{AT_MOST}|limited to|"
    r"(?:not|cannot|never) (?:get|receive|have|take|work|use|hold|carry|be (?:given|allocated|assigned)) more than)"
)
_EXACT = r"(?:(?:be )?exactly|exactly equal(?: to)?|equal exactly|equal|equal to)"
_MODAL = r"(?:must|should|has to|have to|needs? to|can|shall|will|may|is|are)\b"
_DOES = r"(?: (?:be|also|still|always|total|reach|yield|meet|equal|set to)){0,2}"
_LIMIT = re.compile(
    rf"(?: {_MODAL}{_DOES})? (?:(?P<least>{_LEAST})|(?P<exact>{_EXACT})|{_MOST}) "
    rf"(?:the |a |an )?(?:total |limit |value )?(?:of )?(?:{SIGN}#(?P<number>\d+)|zero\b)"
)
_POSITIVE = re.compile(rf" {_MODAL}(?: \w+)? be (?P<least>non-?negative)\b(?P<exact>)(?P<number>)")
_BEHIND = re.compile(
    r"^ ?(?:%|times|percent|plus|minus|or more|as|for (?:each|every)|per|each|(?:units? )?(?:more|less|fewer)|⟨|#|"
    r"of (?:the|that|those|all|⟨))"
)
_BARRED = re.compile(
    r"\b(?:if|unless|when|whenever|once|otherwise|either|except|without|per|each|every|average|mean|ratio|product|"
    r"squared?|multiplied|weighted|weights?|costs?|profits?|revenue|percent|not|no|never|nor|neither|only|any|than|"
    r"respective(?:ly)?|surplus|remaining|rest|other|or|divided|factor|maximum|minimum|least|most|double[ds]?|triple[ds]?)\b"
)
IDLE = frozenset(
    re.findall(
        r"\w+",
        "the a an of for to in into on at from by with that those these this it all both total combined overall "
        "sum number numbers count amount amounts quantity allocation allocations allotment resource resources "
        "unit units hours hour time effort efforts effectiveness score strength investment investments invested "
        "budget budgets money funds spent put placed worked allocated assigned dedicated devoted given made "
        "produced planted grown built used bought sold hired offered taken project projects team teams department "
        "departments task tasks process processes product products crop crops region regions route routes "
        "warehouse warehouses facility facilities channel channels campaign campaigns activity activities "
        "exercise exercises service services option options type types group groups area areas acres acre acreage "
        "land location locations division divisions level levels asset assets portfolio portfolios initiative "
        "initiatives sector sectors category categories item items vehicle vehicles worker workers employee "
        "employees staff people packages package tours tour shifts shift output production yield usage "
        "utilization consumption value weight weekly daily monthly calculated as is are one measured represented "
        "defined single similarly additionally moreover furthermore however also there times many much difference "
        "between doing going spending running",
    )
)
_MEASURED = frozenset(
    re.findall(
        r"\w+",
        "hour time effort effectiveness score strength budget money fund output production yield usage utilization "
        "consumption value weight acre acreage land invested investment spent calculated measured difference between",
    )
)
"""Stems of idle words by which the limit on one decision may be on another thing than how many there are."""
_APART = re.compile(r"\bdifference\b")
# the difference between A and the sum of B and C
_FROM_SUM = re.compile(r"\bdifference\b[^⟨]*⟨\d+⟩,? and (?:the )?(?:sum|total|combined)\b")
_TOKEN = re.compile(r"⟨\d+⟩|#\d+|[a-z][a-z'’-]*|[^\sa-z]")


_LINKS = frozenset({"plus", "minus", "and", ","})
_MARKS = frozenset("-:();.*•'")


@dataclass(frozen=True, slots=True)
class Term:
    """One decision of a sum."""

    entity: str
    """Its place among the decisions."""
    sign: float
    times: str | None
    """The place of the number that it is taken times; None for once."""

    @property
    def plain(self) -> bool:
        """Whether it is added once."""
        return self.times is None and self.sign > 0


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum with its limit, by the places of decisions and numbers in a sentence."""

    terms: tuple[Term, ...]
    relation: Relation
    limit: str | None
    """The number; None for 0."""
    apart: bool = False
    """Whether it is the difference between two, which has no sign where nothing else says one."""


def sums(sentence: str, known: frozenset[str] = frozenset()) -> Iterator[Sum]:
    """Yield every limit on a sum in a sentence whose decisions are written `⟨0⟩` and whose numbers `#0`.

    Args:
        sentence: in lower case.
        known: stems of words that may stand beside a decision, such as what all decisions are called by.
    """
    start = 0
    for match in sorted([*_LIMIT.finditer(sentence), *_POSITIVE.finditer(sentence)], key=lambda found: found.start()):
        body, start = sentence[start : match.start()], match.end()
        if _BEHIND.match(sentence[match.end() :]):
            continue
        terms = _terms(body, known)
        if terms is not None and _told(body, terms, known):
            relation: Relation = ">=" if match["least"] else "==" if match["exact"] else "<="
            apart = _APART.search(body) is not None and [(t.sign, t.times) for t in terms] == [
                (1.0, None),
                (-1.0, None),
            ]
            if not (apart and match["number"] and relation != "<="):  # a gap of 5 may be on either side
                yield Sum(terms, relation, match["number"] or None, apart)


def _told(body: str, terms: Sequence[Term], known: frozenset[str]) -> bool:
    """Whether words say that a sum is meant, or one decision itself: the weight of it is another thing."""
    if any(term.times is not None or term.sign < 0 for term in terms):
        return True
    if len(terms) == 1:
        return not _MEASURED.intersection(map(stem, re.findall(r"[a-z]+", _clause(body)))) - known
    return len(terms) > 1 and re.search(r"\b(?:combined|sum|total|plus)\b", body) is not None


def _terms(body: str, known: frozenset[str]) -> tuple[Term, ...] | None:
    """Return the terms at the end of a piece of a sentence; None where some word is not understood."""
    clause = _clause(body)
    if _BARRED.search(clause):
        return None
    found: list[Term] = []
    link, times, own_words = "", None, False
    for token in _TOKEN.findall(clause):
        if token.startswith("⟨"):
            if found and not link:
                return None
            if found and link in {"and", ","} and not own_words and times is None and not found[-1].plain:
                return None  # twice A and B: is B taken twice?
            found.append(Term(token[1:-1], -1.0 if link == "minus" else 1.0, times))
            link, times, own_words = "", None, False
        elif token.startswith("#"):
            if times is not None or (found and not link):
                return None
            times = token[1:]
        elif token in _LINKS:
            if times is not None or (link and (link != "," or token != "and")):
                return None
            link = token if found else link
        elif token in IDLE or token in _MARKS or stem(token) in known:
            own_words = own_words or token in {"the", "that", "those"}
        else:
            return None
    complete = bool(found) and times is None and not link and len({term.entity for term in found}) == len(found)
    return _joined(found, clause) if complete else None


def _joined(found: Sequence[Term], clause: str) -> tuple[Term, ...] | None:
    if "difference" not in clause or any(term.sign < 0 for term in found):
        return tuple(found)
    if len(found) != 2 and not _FROM_SUM.search(clause):
        return None
    return found[0], *(replace(term, sign=-1.0) for term in found[1:])


def _clause(body: str) -> str:
    """Return the part of a sentence that tells its sum: what stands before a comma or colon says why."""
    before = re.match(r"[^⟨#]*[,:](?= )", body)
    return re.sub(r"^\W*(?:and|while|whereas|but|that|also)\b", "", body[before.end() :] if before else body)
