"""Finds benchmark problems inside texts that a pipeline may learn from: prompts, examples, memories.

A long run of equal words is the usual sign (13 words: Brown et al., arXiv 2005.14165, appendix C).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fivefold_benchmarks.case import Case

RUN = 13
"""Words in a row that are not shared by chance."""
_SHORTEST = 6
"""Problems of fewer words are no sign of anything."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A problem that a text repeats."""

    case: str
    """Id of the problem."""
    benchmark: str
    where: str
    """Name of the text."""
    share: float
    """Share of the problem's runs of words that the text has."""
    words: str
    """The first of them."""


def words_of(text: str) -> list[str]:
    """Return the words and numbers of a text as they are compared: no case, no punctuation, no accents of form."""
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold())


def leaks(cases: Iterable[Case], texts: Mapping[str, str], *, run: int = RUN) -> list[Leak]:
    """Return which problems share a run of words with which text, by name; shorter problems count as a whole.

    Args:
        cases: The problems to keep out.
        texts: What is searched, by name.
        run: Words in a row.
    """
    lengths: dict[int, dict[str, frozenset[tuple[str, ...]]]] = {}
    split = {name: words_of(text) for name, text in texts.items()}
    found: list[Leak] = []
    for case in cases:
        words = words_of(case.question)
        length = min(run, len(words))
        if length < min(run, _SHORTEST):
            continue
        if length not in lengths:
            lengths[length] = {name: frozenset(_runs(own, length)) for name, own in split.items()}
        own = _runs(words, length)
        for name, there in lengths[length].items():
            shared = [one for one in own if one in there]
            if shared:
                found.append(Leak(case.id, case.benchmark, name, len(shared) / len(own), " ".join(shared[0])))
    return found


def _runs(words: Sequence[str], length: int) -> list[tuple[str, ...]]:
    return [tuple(words[start : start + length]) for start in range(len(words) - length + 1)]


def shown_elsewhere(cases: Mapping[str, Case], asked: Iterable[tuple[str, str]], *, run: int = RUN) -> dict[str, int]:
    """Return in how many of the texts that an LLM was shown for one problem a run of words of another one stood.

    Args:
        cases: The problems by name.
        asked: All that an LLM was shown for a problem, with the problem's name. What stands in the problem itself
            is no sign: problems come in several wordings.
        run: Words in a row; shorter problems are left out.
    """
    owners: dict[tuple[str, ...], list[str]] = {}
    own: dict[str, frozenset[tuple[str, ...]]] = {}
    for name, case in cases.items():
        own[name] = frozenset(_runs(words_of(case.question), run))
        for one in own[name]:
            owners.setdefault(one, []).append(name)
    found: Counter[str] = Counter()
    for name, text in asked:
        met = (one for one in frozenset(_runs(words_of(text), run)) - own[name] if one in owners)
        found.update({other for one in met for other in owners[one]})
    return dict(found)
