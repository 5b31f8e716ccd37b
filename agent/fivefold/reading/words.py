"""The words around the numbers of a text: sentences, nouns, and the phrases that make a number a limit or a gain."""

from __future__ import annotations

import re
from bisect import bisect_right

from fivefold.number_words import Spelled, spelled
from fivefold.problem import Quantity, quantities, word_values
from fivefold.reading.entities import stem
from fivefold.reading.labels import labels

_GAP = r"(?:\s+(?:a|an|the|of|total|about|around|weekly|daily|monthly|sum|to|only|be|is))*[\s\\$€£]*"
LEAST = re.compile(
    r"(?:at least|at a minimum|(?:a |the )?minimum(?: amount| number| total)?(?: of| is)?|no less than|no fewer than|"
    r"not less than|not be less than|no lower than|not be lower than|not be fewer than|(?:be|is|are) over)"
    + _GAP
    + r"$",
    re.IGNORECASE,
)
LEAST_OF = re.compile(r"\bminimum(?: [a-z]+){1,3} (?:of|is)" + _GAP + r"$", re.IGNORECASE)
"""A minimum budget of 300 is no limit."""
NEEDS = re.compile(
    r"\b(?:needs|must|has to)(?: to)?(?: (?:transport|deliver|produce|make|ship|send|carry|move|serve|complete|provide|"
    r"process|fill|bake|pack))?" + _GAP + r"$",
    re.IGNORECASE,
)
"""What somebody needs who is no decision."""
MOST = re.compile(
    r"(?:at most|(?:a |the )?maximum(?: amount| number| total)?(?: of| is)?|no more than|not more than|"
    r"(?<!add )(?<!adds )up to|"
    r"(?:not|cannot|can't|never) (?:to )?(?:exceed|be (?:more|greater|larger|higher) than|go over)|no greater than|"
    r"no larger than|limited to|limit of|budget of|capacity of|only has|only have|only)" + _GAP + r"$",
    re.IGNORECASE,
)
AT_LEAST = (
    r"no (?:less|fewer|lower|smaller) than|not (?:be )?(?:less|lower|fewer|smaller) than|a minimum of|"
    r"(?:not|cannot|can't|never) (?:to )?(?:(?:fall|drop|go|sink|be) (?:below|under))|a (?:floor|lower limit) of|"
    r"greater than or equal to"
)
"""Ways to say at least, for patterns over whole sentences; `at least` itself goes on in more than one way."""
AT_MOST = (
    r"at most|no (?:more|greater|higher|larger) than|not more than|a maximum of|less than or equal to|"
    r"(?:not|cannot|can't|never) (?:to )?(?:(?:exceed|surpass|go (?:beyond|over|above)|be (?:over|above))"
    r"(?: an? (?:maximum|upper)?(?: limit| total)?(?: of| set at)?)?|be (?:more|greater|larger|higher) than)|"
    r"capped at|a (?:cap|ceiling) of|an upper limit of"
)
SIGN = r"[\\$€£]*"
"""What may stand before an amount of money."""
EXACT = re.compile(r"(?:exactly|precisely|equal to)" + _GAP + r"$", re.IGNORECASE)
AVAILABLE = re.compile(r"^[^.;,\d]{0,40}?\b(?:available|or less|or fewer)\b", re.IGNORECASE)
HAS = re.compile(
    r"\b(?:(?:has|have) (?:available|access to|a supply of|a total of|a budget of)|available is)" + _GAP + r"$",
    re.IGNORECASE,
)
OR_MORE = re.compile(
    r"^[^.;,]{0,12}?\b(?:or more|"
    r"at least(?!\s+(?:[^\w\s]?\d|(?:an?|one|two|three|four|five|six|seven|eight|nine|ten)\b)))\b",
    re.IGNORECASE,
)
"""`5 chairs at least`; in `5 chairs and at least 3 tables` it is said of the next number."""
EACH = re.compile(
    r"\b(?:each|every|per|apiece|an? (?:single )?\w+ (?:requires?|needs?|takes?|uses?|costs?))\b", re.IGNORECASE
)
GAIN = re.compile(r"\b(?:profits?|revenues?|earns?|earned|sells?|sold|returns?|incomes?|gains?)\b", re.IGNORECASE)
COST = re.compile(
    r"\b(?:costs?|price[ds]?|pa(?:y|ys|id)|wages?|salar(?:y|ies)|expenses?|spends?|rent(?:s|al)?|fees?)\b",
    re.IGNORECASE,
)
USE = re.compile(r"\b(?:require[sd]?|use[sd]?|need(?:s|ed)?|takes?|consumes?|using|requiring)\b", re.IGNORECASE)
YIELD = re.compile(
    r"\b(?:contain(?:s|ing)?|provid(?:es?|ing)|produc(?:es?|ing)|giv(?:es?|ing)|yield(?:s|ing)?|suppl(?:y|ies)|"
    r"mak(?:es?|ing)|generat(?:es?|ing)|deliver[s]?|offers?|hold[s]?|carr(?:y|ies)|transports?|extracts?|has|have)\b",
    re.IGNORECASE,
)
_IDLE = frozenset(
    re.findall(
        r"\w+",
        "a an the of and or to in on at by is are be can each every that which it its as than more less total "
        "available unit units least most their they one this these will must much many of worth amount",
    )
)
_END = re.compile(
    r"[.,;:()\d]| an? (?:second|minute|hour|day|night|shift|week|month|season|year)\b|"
    r" (?:and|or|while|but|for|per|to|with|is|are|can|must|should|each|if|when|as|from|at|on|by|every|"
    r"available|in|will|whereas|than|so|times|as|due|respectively|minus|plus|cannot|exceed|exceeds|shall|may|has|have|needs?|which|that|there|together|combined|altogether|required|used|made|produced)\b"
)
RATIO = re.compile(r"^\s*times\b|^\s+as (?:many|much)\b", re.IGNORECASE)
JOINING = re.compile(r"^[^.;:]*?(?:,|\band\b|\bor\b)\s*\\?[$€£]?\s*$", re.IGNORECASE)
_NEAR = 60
"""Characters in which the words next to a number stand."""
_WORD_NUMBERS: list[str] = re.findall(
    r"\w+",
    "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty half third "
    "thirds quarter fifth tenth twice double triple thrice dozen",
)
_WORD = re.compile(rf"\b(?:(?P<top>one|two|three)[ -])?(?P<word>{'|'.join(_WORD_NUMBERS)})\b(?!-)", re.IGNORECASE)
_KINDS = re.compile(r"^\s+(?:different |main |available )?(?:types?|kinds?|sorts?|varieties|options|ways|different)\b")
_SLASHED = re.compile(r"(?<![\w.,/])(\d{1,3})/(\d{1,3})(?![\w/]|\.\d)")
_BREAK = re.compile(r"[.!?;](?=\s|$|\\n)|[.:;](?=-\s)|(?<=[:|])\n|\n(?=\s*(?:[-*•|\n]|\d+[.)]\s|$))|\\n")
"""Ends of sentences; a line that only goes on does not end one, a row of a list or table does."""
_COUNTED = re.compile(r"\b(?:all|these|those|the|its|their|across|between|among|into|from|other)\s+$", re.IGNORECASE)
_ONE = re.compile(
    r"\bone(?=\s+(?:units?|hours?|minutes?|kg|grams?|pounds?|ounces?|lit(?:er|re)s?|gallons?|workers?)\b)", re.I
)


def stated(text: str) -> list[Quantity]:
    """Return every number of a text in order: in digits, as a fraction, in words; without names and counts of kinds."""
    naming = labels(text)
    found = [quantity for quantity in quantities(text) if quantity.start not in naming]
    for match in _SLASHED.finditer(text):
        if int(match[2]):
            found.append(Quantity(int(match[1]) / int(match[2]), False, match.group(), match.start()))
    found += (Quantity(1.0, False, match.group(), match.start()) for match in _ONE.finditer(text))
    runs = spelled(text)
    found += (_with_percent(text, run) for run in runs)
    inside = {place for run in runs for place in range(run.start, run.start + len(run.written))}
    for match in (match for match in _WORD.finditer(text) if match.start() not in inside):
        (value,) = word_values(match["word"])
        if value > 1 and (
            _KINDS.match(text[match.end() : match.end() + _NEAR])
            or _COUNTED.search(text[max(0, match.start() - _NEAR) : match.start()])
        ):
            continue
        if match["top"]:
            if value >= 1:
                continue
            value *= {"one": 1, "two": 2, "three": 3}[match["top"].lower()]
            if match["word"].lower() == "thirds" and match["top"].lower() == "one":
                continue
        found.append(_with_percent(text, Spelled(float(value), match.group(), match.start())))
    return sorted(found, key=lambda quantity: quantity.start)


def _with_percent(text: str, number: Spelled) -> Quantity:
    behind = text[number.start + len(number.written) :][:_NEAR]
    percent = re.match(r"\s*(?:percent|per cent)\b", behind, re.IGNORECASE) is not None
    return Quantity(number.value, percent, number.written, number.start)


_ASKED = re.compile(
    r"^\W*how (?:many|much)\b.*?(?=\b(?:if|given)\b)|"
    r",\s*(?:then\s+)?(?:how|what|which|find|determine|formulate)\b.*",
    re.IGNORECASE | re.DOTALL,
)


def without_question(sentence: str) -> str:
    """Return what a sentence states: `if 30 hours are there` of `if 30 hours are there, how many of each ...?`."""
    return _ASKED.sub(" ", sentence)


class Sentences:
    """The sentences and lines of a text, found again by place."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.ends = [match.end() for match in _BREAK.finditer(text)]
        if not self.ends or self.ends[-1] < len(text):
            self.ends.append(len(text))

    def number(self, place: int) -> int:
        """Return which sentence a place lies in."""
        return min(bisect_right(self.ends, place), len(self.ends) - 1)

    def span(self, number: int) -> tuple[int, int]:
        """Return where a sentence begins and ends."""
        return (self.ends[number - 1] if number else 0), self.ends[number]

    def words(self, number: int) -> str:
        """Return a sentence, without the space around it."""
        start, end = self.span(number)
        return self.text[start:end].strip()

    def statement(self, number: int) -> str:
        """Return a sentence without what it asks."""
        return without_question(self.words(number))


def nouns(text: str, quantity: Quantity) -> frozenset[str]:
    """Return the stems of the first words behind a number, up to the end of its phrase; `money` behind a sign."""
    if re.search(r"[$€£]\s*$", text[max(0, quantity.start - _NEAR) : quantity.start]):
        return frozenset({"money"})
    begin = quantity.start + len(quantity.written)
    after = text[begin : begin + 70]
    if re.match(r"\s*(?:dollars?|euros?|cents)\b", after, re.IGNORECASE):
        return frozenset({"money"})
    phrase = _END.split(" " + re.sub(r"\bof\b", " ", after), maxsplit=1)[0]
    words = re.findall(r"[A-Za-z]+", phrase)[:4]
    found = frozenset(stem(word) for word in words if word.lower() not in _IDLE and len(word) > 2)
    return found or frozenset({"unit"} & {stem(word) for word in words})


def ones(text: str, counted: frozenset[str], before: Quantity) -> frozenset[str]:
    """Return what a number counts, `brown eggs` for the `brown ones` of `4 white eggs and 2 brown ones`."""
    if "one" not in counted or counted == frozenset({"one"}):
        return counted
    words = re.findall(r"[A-Za-z]+", text[before.start + len(before.written) : phrase_end(text, before)])
    return (counted - {"one"}) | frozenset(map(stem, words[1:] or words))


def phrase_end(text: str, quantity: Quantity) -> int:
    """Return where the words that say what a number counts end: behind `units of coffee powder`."""
    begin = quantity.start + len(quantity.written)
    found = _END.search(re.sub(r"\bof\b", "  ", text[begin : begin + 70]))
    return begin + (found.start() if found else 70)
