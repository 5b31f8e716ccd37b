"""What the user states: a decision problem in words, and what can be read off its text without an LLM."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from functools import lru_cache
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from fivefold.errors import CallerError
from fivefold.number_words import spelled

MAX_CHARACTERS = 100_000
MIN_CHARACTERS = 12


class DataSource(BaseModel):
    """Where data of a problem came from, so that a stopped run can read it again and see that it is the same."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """Name of the file without its folder, or the kind of Python object."""
    path: str = ""
    """The file, `table=path` where its table was given a name; empty for frames and other objects."""
    sha256: str = ""
    """Hash of the file's content; empty for objects."""


class Problem(BaseModel):
    """A decision problem; `Problem.from_text` refuses what cannot be one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    """The problem in words, with its data."""
    id: str = ""
    """A name of the caller's, e.g. a benchmark item; only carried along."""
    data: tuple[DataSource, ...] = ()
    """Files and frames with its numbers, as far as they are not in the text."""
    standing: str = ""
    """What the checks go by: the text without its pasted tables, and without what a change took back; empty: all."""
    pasted: tuple[str, ...] = ()
    """Names of the tables in the text that are bound as data files are."""

    @classmethod
    def from_text(cls, text: str, id: str = "") -> Problem:
        """Return the problem that a text states.

        Raises:
            CallerError: the text is empty, too long, not text, or holds nothing to decide with.
        """
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
            raise CallerError(f"the problem is {type(text).__name__}, not text; give its words as one string")
        plain = _unescaped(text.replace("\r\n", "\n").strip("\ufeff \n\t"))
        if not plain:
            raise CallerError("the problem is empty; give its text, a file that holds it, or `-` for standard input")
        if len(plain) > MAX_CHARACTERS:
            raise CallerError(
                f"the problem has {len(plain):,} characters, more than {MAX_CHARACTERS:,}; "
                "state the decision in words and leave out what does not bear on it"
            )
        if len(plain.encode("utf-8", "ignore")) != len(plain.encode("utf-8", "surrogatepass")):
            raise CallerError("the problem is not text; give a UTF-8 text file")
        strange = sum(not (c.isprintable() or c in "\n\t") for c in plain)
        if "\0" in plain or strange > 0.02 * len(plain):
            raise CallerError("the problem is not text; give a UTF-8 text file")
        if len(plain) < MIN_CHARACTERS or len(plain.split()) < 4:
            raise CallerError(
                f"`{plain}` is too short for a decision problem; say what is to be decided, what limits it and "
                "what is best"
            )
        return cls(text=plain, id=id)

    @property
    def checked(self) -> str:
        """The words that a formulation is checked against."""
        return self.standing or self.text

    @property
    def words(self) -> str:
        """What an LLM reads beside the summaries of tables."""
        return self.standing if self.pasted else self.text

    @property
    def sha256(self) -> str:
        """Hash of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


_ESCAPED = re.compile(r"(?:\\r)?\\n(?![a-z])")
"""A line break as JSON and source code write it; before small letters it may be LaTeX (`\\neq`) or a path."""


def _unescaped(text: str) -> str:
    """Return a text that was copied out of JSON or source code, in one line, with its line breaks."""
    return text if "\n" in text else _ESCAPED.sub("\n", text).strip()


_SCALE = re.compile(r"\s*\b(?:thousand|million|billion)s?$|(?<=\d)k$", re.IGNORECASE)


class Quantity(NamedTuple):
    """A number that the text writes in digits."""

    value: float
    """Its value; of `20%` the 20."""
    percent: bool
    """Whether a percent sign, the word percent or percentage points follow it."""
    written: str
    """How it is written."""
    start: int
    """Where it stands in the text."""

    @property
    def scale(self) -> str:
        """What makes it thousands or millions, with the space before it: the ` million` of `30 million`; else empty."""
        found = _SCALE.search(self.written)
        return found.group() if found else ""

    @property
    def digits(self) -> float:
        """The 30 of `30 million`; of any other number its value."""
        found = re.match(r"[\d,]*\.?\d+", self.written) if self.scale else None
        return float(found.group().replace(",", "")) if found else self.value


_NUMBER = re.compile(
    r"(?:(?<![\w./])|(?<=\\leq)|(?<=\\geq)|(?<=\\le)|(?<=\\ge))"
    r"(?P<number>(?!(?<=\[)\d{1,3},\d{3}\])(?:\d{1,3}(?:,\d{3})+|\d{4}(?:,000)+)"
    r"(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?P<scale>\s*(?:thousand|million|billion)s?\b(?! of\b)|k\b)?"
    r"(?P<percent>\s*(?:%|\\%|percent\b|per cent\b|percentage points?\b))?"
    r"(?![\d]|\.\d)",
    re.IGNORECASE,
)
_SCALES = {"t": 1e3, "k": 1e3, "m": 1e6, "b": 1e9}
"""By first letter: the pattern lets through other spellings of the rest, such as a dotless i."""
_WORDS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "hundred": 100, "thousand": 1000, "half": 0.5, "third": 1 / 3, "thirds": 1 / 3, "quarter": 0.25,
    "quarters": 0.25, "fifth": 0.2, "tenth": 0.1, "twice": 2, "double": 2,
    "triple": 3, "thrice": 3, "dozen": 12, "once": 1, "single": 1, "both": 2, "pair": 2,
}  # fmt: skip
_TO = re.compile(r" ?[-\u2013] ?| to |(?<=between )\d+(?:\.\d+)? and ", re.IGNORECASE)
"""Between the two numbers of `30 to 60 %`, which are both per cent; with the first one in `between 30 and 60 %`."""
_LISTED = re.compile(
    r"\b(?:of|are|is|were|by|at|be)(?P<list> \d+(?:\.\d+)?(?:, \d+(?:\.\d+)?)*,? (?:and|or)) "
    r"\d+(?:\.\d+)? ?(?:\\?%|percent\b|per cent\b)",
    re.IGNORECASE,
)
"""`returns of 6, 9 and 12 percent`, which all are per cent."""
_DECISION = re.compile(
    r"maximi[sz]|minimi[sz]|optimi[sz]|\b(?:most|least|best|lowest|highest|cheapest|fewest|largest|smallest|shortest|"
    r"fastest|greatest|maximum|minimum|optimal|earliest|latest|what (?:is|are|should|mix|amount)|"
    r"how (?:many|much|should|can|long|far|soon|early|late|fast|quickly|few|little)|"
    r"which|decide|determine|find|plan|schedule|assign|allocate|choose|select|produce|as (?:much|many|little|few)|"
    r"as \w+ as possible|satisf|feasible|budget|limit|cost|profit|capacity|demand|require)",
    re.IGNORECASE,
)


def quantities(text: str) -> list[Quantity]:
    """Return every number that a text writes in digits, in order."""
    found: list[Quantity] = []
    for match in _NUMBER.finditer(text):
        value = float(match["number"].replace(",", ""))
        if match["scale"]:
            value *= _SCALES[match["scale"].strip()[0].lower()]
        found.append(Quantity(value, bool(match["percent"]), match.group().strip(), match.start()))
    for at, quantity in enumerate(found[1:]):
        ends = found[at].start + len(found[at].written), found[at].start
        if quantity.percent and any(_TO.fullmatch(text, end, quantity.start) for end in ends):
            found[at] = found[at]._replace(percent=True)
    for match in _LISTED.finditer(text):
        start, end = match.span("list")
        found = [one._replace(percent=True) if start <= one.start < end else one for one in found]
    return found


def word_values(text: str) -> set[float]:
    """Return the values of the number words in a text (`twice`, `half`, `three`, `two hundred`)."""
    single = {_WORDS[word] for word in re.findall(r"[a-z]+", text.lower()) if word in _WORDS}
    return single | {number.value for number in spelled(text)}


def words_for(value: float) -> list[str]:
    """Return the words that write a number: `two`, `twice`, `double`, `both` and `pair` for 2."""
    return [word for word, meant in _WORDS.items() if meant == value]


_END = re.compile(r"[.!?;](?=\s|$)|\n")


def sentence_at(text: str, place: int) -> str:
    """Return the sentence or line that a place of the text lies in."""
    seen, starts = _beginnings(text)
    before = bisect_right(seen, place)
    end = _END.search(text, place)
    return text[starts[before - 1] if before else 0 : end.end() if end else len(text)].strip()


@lru_cache(maxsize=8)
def _beginnings(text: str) -> tuple[list[int], list[int]]:
    """Return where sentences and lines begin, and from which place on each is seen to: a blank stands behind a stop.

    Every number of a long text asks for its sentence, so that they are found once.
    """
    found = list(re.finditer(r"[.!?;:](?=\s)|\n", text))
    return [one.end() + (one.group() != "\n") for one in found], [one.end() for one in found]


def looks_like_decision(text: str) -> bool:
    """Whether a text asks for a decision at all: a word of deciding, limiting or preferring is in it."""
    return _DECISION.search(text) is not None


def has_numbers(text: str) -> bool:
    """Whether a text holds any number, in digits or words."""
    return bool(quantities(text) or word_values(text) - {0.5, 1.0})
