"""Does a proposed text copy a problem or give an answer away?

The guard keeps salted hashes only: of word groups, of words that few problems have, of numbers, of the answers in
every form of `numerals`. So it may be given problems that the proposer must never see. It does not find a problem
told in other words.
"""

import base64
import difflib
import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from fivefold_prompts.optimizer.numerals import Key, canonical, forms_of, said_in
from fivefold_prompts.optimizer.written_names import GENERAL, folded, name_groups, pairs

_GRAM = 6
WORDS_REFUSED = 9
"""A row of so many words out of one problem is refused; from six on it is doubted."""
RARE_WORDS_REFUSED = 4
NAMES_REFUSED = 2
"""So many rare words, or pairs of words, of one problem in a name or a row are refused, since rows are short."""
NUMBERS_REFUSED = 4
_RARE_IN = 3
_RARE_SHARE = 0.1
_INSTRUCTED = re.compile(
    r"\b(?:if|when|whenever|in case)\b[^.\n]{0,120}?\b(?:answer|answers|return|output|reply|print|respond|objective)\b"
    r"[^.\n]{0,40}?#",
    re.IGNORECASE,
)


class Leak(NamedTuple):
    """Something that a text should not hold."""

    rule: str
    """`answer`, `words`, `rare words`, `names`, `numbers` or `instruction`."""
    message: str
    """What to leave out, for whoever wrote the text; it names neither the problem nor the answer."""
    certain: bool
    """False where it is only doubted."""


class Guard:
    """Knows problems and answers by salted hashes."""

    def __init__(
        self,
        problems: Mapping[str, str],
        answers: Mapping[str, float] | None = None,
        *,
        known: Iterable[str] = (),
        salt: str = "fivefold",
    ) -> None:
        """Learn problems by id, answers by id, and texts that may be repeated: the prompts as they are."""
        self._salt = salt.encode()
        known_words = [_words(text) for text in known]
        free = {self._hash(gram) for words in known_words for gram in _grams(words)}
        usual = {word for words in known_words for word in words}
        texts = {case: _words(text) for case, text in problems.items()}
        rare = _rare(texts.values()) - usual
        self._grams: dict[bytes, set[str]] = {}
        self._rare: dict[bytes, set[str]] = {}
        self._names: dict[bytes, set[str]] = {}
        self._numbers: dict[bytes, set[str]] = {}
        for case, words in texts.items():
            self._learn(self._grams, (gram for gram in _grams(words)), case)
            self._learn(self._rare, (word for word in set(words) & rare if not word.isdigit()), case)
            self._learn(self._numbers, (word for word in set(words) if word.isdigit() and len(word) > 1), case)
        for gram in free:
            self._grams.pop(gram, None)
        self._learn_names(texts, known_words)
        self._answers = {
            self._hash(f"{form.digits}e{form.exponent}")
            for answer in (answers or {}).values()
            for form in forms_of(answer)
        }

    def _learn_names(self, texts: Mapping[str, Sequence[str]], known: Iterable[Sequence[str]]) -> None:
        """Learn which words and which pairs of words few problems have, and no text that may be repeated."""
        stems = {case: [folded(word) for word in words if not word.isdigit()] for case, words in texts.items()}
        both = {case: list(pairs(words)) for case, words in stems.items()}
        usual = [[folded(word) for word in words] for words in known]
        rare = _rare(stems.values()) - {word for words in usual for word in words} - GENERAL
        rare_pairs = _rare(both.values()) - {pair for words in usual for pair in pairs(words)}
        for case in texts:
            self._learn(self._names, set(stems[case]) & rare | set(both[case]) & rare_pairs, case)

    def leaks(self, text: str, before: str = "") -> list[Leak]:
        """Return what is wrong with what a text says beyond the text that it replaces."""
        added = _decoded(_added(before, text))
        words = _words(added)
        longest = self._longest(words)
        found: list[Leak] = []
        if self._gives_answer(added, before):
            found.append(Leak("answer", "it gives a number that is the answer of a problem; leave numbers out", True))
        if longest >= _GRAM:
            message = f"{longest} words in a row are those of a problem; say it in general terms"
            found.append(Leak("words", message, longest >= WORDS_REFUSED))
        if self._most(self._rare, words) >= RARE_WORDS_REFUSED:
            found.append(Leak("rare words", "it names particulars of one problem; say it in general terms", True))
        if any(self._most(self._names, names) >= NAMES_REFUSED for names in name_groups(canonical(added))):
            message = "it writes rows or names out of one problem; say it in general terms"
            found.append(Leak("names", message, True))
        if self._most(self._numbers, words) >= NUMBERS_REFUSED:
            found.append(Leak("numbers", "it repeats numbers of one problem; leave numbers out", True))
        if _INSTRUCTED.search(re.sub(r"\d[\d.,]*", "#", canonical(added))):
            found.append(Leak("instruction", "it tells what to answer in one case; say how to find it in any", True))
        return found

    def _gives_answer(self, added: str, before: str) -> bool:
        said: set[Key] = said_in(added) - said_in(before) if before else said_in(added)
        return any(self._hash(f"{key.digits}e{key.exponent}") in self._answers for key in said)

    def _longest(self, words: Sequence[str]) -> int:
        """Return how many words in a row are of one problem, 0 below the length of a group."""
        running: dict[str, int] = {}
        longest = 0
        for gram in _grams(words):
            cases = self._grams.get(self._hash(gram), set())
            running = {case: running.get(case, _GRAM - 1) + 1 for case in cases}
            longest = max(longest, max(running.values(), default=0))
        return longest

    def _most(self, index: Mapping[bytes, set[str]], words: Iterable[str]) -> int:
        counts = Counter(case for word in set(words) for case in index.get(self._hash(word), ()))
        return max(counts.values(), default=0)

    def _learn(self, index: dict[bytes, set[str]], items: Iterable[str], case: str) -> None:
        for item in items:
            index.setdefault(self._hash(item), set()).add(case)

    def _hash(self, item: str) -> bytes:
        return hashlib.blake2b(item.encode(), key=self._salt[:64], digest_size=10).digest()


def _decoded(text: str) -> str:
    """Return a text with what is written in it as base64 behind it."""
    found: list[str] = []
    for row in re.findall(r"[A-Za-z0-9+/]{24,}={0,2}", text):
        try:
            found.append(base64.b64decode(row[: len(row) // 4 * 4]).decode("utf-8", "ignore"))
        except ValueError:
            continue
    return "\n".join([text, *found])


def _words(text: str) -> list[str]:
    """Return the words of a text in lower case; numbers lose their separators."""
    plain = re.sub(r"(?<=\d)[,'’_](?=\d)", "", canonical(text).lower())
    return re.findall(r"\d+|[^\W\d_]+", plain)


def _rare(texts: Collection[Sequence[str]]) -> set[str]:
    """Return the words that few of the texts have."""
    counts = Counter(word for words in texts for word in set(words))
    return {word for word, count in counts.items() if count <= min(_RARE_IN, _RARE_SHARE * len(texts))}


def _grams(words: Sequence[str]) -> list[str]:
    return [" ".join(words[i : i + _GRAM]) for i in range(len(words) - _GRAM + 1)]


def _added(before: str, after: str) -> str:
    """Return what the new text has and the old has not, line by line: a line is taken whole."""
    if not before:
        return after
    compared = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    lines = after.splitlines()
    return "\n".join(
        line for tag, _, _, first, last in compared.get_opcodes() if tag != "equal" for line in lines[first:last]
    )
