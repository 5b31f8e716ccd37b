"""The names in what a text writes as code: in rows such as `2*chairs <= tables`, and in names of several words."""

import itertools
import re
from collections.abc import Iterator, Sequence

_TOKEN = re.compile(r"[^\W\d]\w*|\d[\d.,]*|[<>=!]=|[-<>=+*/≤≥≠×·]|\S")
_SIGN = re.compile(r"[<>=!]=|[<>=+*/≤≥≠×·]|-")
_WORD = re.compile(r"[^\W\d]\w*")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BESIDE = 2
"""Words on either side of a sign that count as its operands: rows are also written as `glass jars <= 20`."""

_GENERAL = """
    amount area available balance begin begun bought budget buy capacity charge cost date day demand distance due
    duration end extra finish first fixed flow hour income inflow inventory item job kind labor labour last left
    length less level limit load loss machine made make margin material max maximum min minimum minute money month
    more most need node number open order outflow overtime part penalty people period person plan plant price
    produce product production profit quantity rate regular release resource return revenue sale sell share shift
    ship sold source space speed staff start stock storage store supply task time total transport unit use used
    value volume wage wait week weight work worker year
"""


def name_groups(text: str) -> Iterator[set[str]]:
    """Yield the words of each name of several words, those of all rows in a line together, and their pairs."""
    for line in text.splitlines():
        tokens = _TOKEN.findall(line)
        names = [token for token in tokens if _WORD.fullmatch(token)]
        yield from (set(words) for words in map(_words_of, names) if len(words) > 1)
        signs = [place for place, token in enumerate(tokens) if _SIGN.fullmatch(token)]
        operands = [_words_of(name) for place in signs for name in _operands(tokens, place)]
        yield {word for words in operands for word in words}
        yield {pair for words in operands for pair in pairs(words)}


def pairs(words: Sequence[str]) -> Iterator[str]:
    """Yield each word with the next."""
    yield from map(" ".join, itertools.pairwise(words))


def folded(word: str) -> str:
    """Return a word in small letters without the ending of its plural."""
    plain = word.lower()
    if len(plain) > 3 and plain.endswith("s") and not plain.endswith("ss"):
        plain = plain[:-1].removesuffix("e")
    return plain.removesuffix("e") if not plain.endswith(("y", "i")) else plain[:-1] + "i"


GENERAL = frozenset(map(folded, _GENERAL.split()))
"""Words of rows in problems of any kind; where problems are few, these are rare too, and tell nothing of one."""


def _words_of(name: str) -> list[str]:
    parts = itertools.chain.from_iterable(_CAMEL.split(part) for part in re.split(r"[_\d]+", name))
    return [folded(part) for part in parts if len(part) > 1]


def _operands(tokens: Sequence[str], place: int) -> list[str]:
    """Return the names beside a sign; none where one side holds nothing, as in a list or at the end of a sentence."""
    before, after = _names(reversed(tokens[:place])), _names(iter(tokens[place + 1 :]))
    return [] if before is None or after is None else before + after


def _names(tokens: Iterator[str]) -> list[str] | None:
    """Return the first names in a row, past numbers and brackets; None where there is no operand."""
    names: list[str] = []
    something = False
    for token in tokens:
        if _WORD.fullmatch(token):
            names.append(token)
        elif token[0].isdigit() or token in "()[]":
            something = True
        elif token != "*" or names:
            break
        if len(names) == _BESIDE:
            break
    return names if names or something else None
