"""Which words of a text stand for which decision: the `chairs` of `at least 50 chairs` for the variable `n_chairs`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fivefold_solvers.formulation.elements import Variable
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.identity import Key, spell_key

Entry = tuple[str, Key]
MAX_ENTITIES = 40
_TOKEN = re.compile(r"[A-Za-z]+|\d+")
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[A-Za-z]+")
_IDLE = frozenset(
    re.findall(
        r"\w+",
        "a an the of and or to for in on at by is are be as it its that which with from per each every number amount "
        "quantity total count how many much var variable num nb no qty units unit type types used made make "
        "produced produce whether if will be decision value",
    )
)
_MISSED = re.compile(
    r"\b(?:short of|below|above|over|under|beyond|from|exceeding|missing) (?:the |its |their |this )?"
    r"(?:goals?|targets?|aims?|aspiration)\b|\b(?:deviation|shortfall|under-?achiev\w*|over-?achiev\w*)\b",
    re.IGNORECASE,
)
_NO_WORD = frozenset({" "})
_BEHIND = re.compile(r"[ \n-]([A-Za-z]{3,})\b")
_NO_HEADS = _IDLE | frozenset(
    re.findall(
        r"\w+",
        "and must should can cannot may will has have had are was were need require take use cost earn sell yield give "
        "contain provide hold carry generate consume get pay bring than but while where when then not only who that "
        "there requires needs takes uses costs this these those also both all any into over under out off per sold",
    )
)
"""Stems that may stand behind every name without being what the names are names of."""
_JOINERS = frozenset({"and", "of", "the", "in", "for", "by", "on", "with"})


@dataclass(frozen=True, slots=True)
class Entity:
    """One entry of a variable, and the words by which a text can mean it."""

    entry: Entry
    """The variable's name and the index of the entry."""
    own: frozenset[str]
    """Stems that no other entry has; a letter or digit that tells one from the other counts."""
    label: frozenset[str]
    """All stems of its name and description."""
    variable: Variable
    """The variable that it is an entry of."""

    @property
    def name(self) -> str:
        """How a formulation writes it."""
        return spell_key(*self.entry)


@dataclass(frozen=True, slots=True)
class Mention:
    """A place of the text where an entity is named."""

    entity: int
    """Its place in the list of entities."""
    start: int
    end: int


def stem(word: str) -> str:
    """Return a word in lower case without the ending of a plural."""
    word = word.lower()
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("elves", "alves", "olves", "oaves", "arves")):
        return word[:-3] + "f"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes", "oes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def stems(text: str) -> frozenset[str]:
    """Return the stems of all telling words of a text or name; `n_soyBeans` has `soy` and `bean`."""
    parts = [part for part in _PART.findall(text) if part.lower() not in _IDLE and stem(part) not in _IDLE]
    # The `a` of `machine A` or `machine_a` is a name, that of `a machine` is not.
    letters = re.findall(r"(?:_|\b[a-z]+ )([A-Z])\b|_([a-z])\b", text)
    return frozenset(map(stem, parts)) | {(upper or lower).lower() for upper, lower in letters}


def entities(grounded: Grounded, text: str) -> tuple[Entity, ...]:
    """Return the entries of all variables with the words for them; empty where some entry has no word of its own."""
    entries = [
        (block.element, key, stems(f"{name} {' '.join(map(str, key))}"), stems(block.element.description))
        for name, block in grounded.variables.items()
        for key in block.bounds
    ]
    if not entries or len(entries) > MAX_ENTITIES:
        return ()
    said = frozenset(stem(token) for token in _TOKEN.findall(text))
    named = [name for _, _, name, _ in entries]
    described = [name | words for _, _, name, words in entries]
    for labels in (named, described):
        own = _unsaid(grounded, _own(labels, said))
        if labels is named and _are_symbols(own):
            # `retail (x4)`: what the text calls by a symbol it calls by words too.
            told = _unsaid(grounded, _own(described, said))
            own = told if all(any(len(word) > 2 for word in words) for words in told) else own
        if all(own):
            return tuple(
                Entity((variable.name, key), words, name | description, variable)
                for (variable, key, name, description), words in zip(entries, own, strict=True)
            )
    return ()


def _unsaid(grounded: Grounded, own: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """Return the words of all entries, with none that a text has for those that say how far a goal is missed.

    `patients short of the goal` is of the formulation's own making: what a text says of patients is no word of it.
    """
    missed = [_MISSED.search(block.element.description) for block in grounded.variables.values() for _ in block.bounds]
    return [_NO_WORD if miss else words for words, miss in zip(own, missed, strict=True)]


def _are_symbols(own: Sequence[frozenset[str]]) -> bool:
    """Whether all that tells entries apart are letters and digits."""
    return all(len(word) < 3 for words in own for word in words)


def _own(labels: Sequence[frozenset[str]], said: frozenset[str]) -> list[frozenset[str]]:
    """Return for every label the stems that the text says and no other label has."""
    if len(labels) == 1:
        return [frozenset(word for word in labels[0] & said if len(word) > 2)]
    shared = Counter(word for label in labels for word in label)
    return [frozenset(word for word in label & said if shared[word] == 1) for label in labels]


_NO_CLASS = frozenset(
    re.findall(
        r"\w+",
        "time twice thrice double triple half third quarter exceed equal least most plus minus than over under between "
        "only both each every either neither more less fewer many much cost need require take use make give bring earn "
        "send ship from into with without after before while where when must should that this these those",
    )
)
"""Words before a letter that say how much of it, and no class: `1.5 times R`, `twice P`."""


def mentions(found: Sequence[Entity], text: str) -> tuple[Mention, ...]:
    """Return where a text names one of the entities, in order; a name of several words is one mention."""
    tokens = list(_TOKEN.finditer(text))
    words = [stem(token.group()) for token in tokens]
    owner = {word: at for at, entity in enumerate(found) for word in entity.own}
    runs = list(_runs(found, text, tokens, words, owner))
    return tuple(_with_heads(text, runs, len(found)))


def _with_heads(text: str, runs: Sequence[Mention], count: int) -> Iterator[Mention]:
    """Yield mentions with the word behind them where it follows every name: the boats of rowing and sailing boats."""
    behind = [_BEHIND.match(text, mention.end) for mention in runs]
    followers: dict[int, set[str]] = {}
    for mention, word in zip(runs, behind, strict=True):
        followers.setdefault(mention.entity, set()).update({stem(word[1])} if word else ())
    sets = list(followers.values())
    heads: set[str] = set()
    if len(sets) == count > 1:
        heads = {word for word in sets[0] - _NO_HEADS if all(word in own for own in sets)}
    for mention, word in zip(runs, behind, strict=True):
        yield replace(mention, end=word.end()) if word is not None and stem(word[1]) in heads else mention


def _runs(
    found: Sequence[Entity], text: str, tokens: Sequence[re.Match[str]], words: Sequence[str], owner: dict[str, int]
) -> Iterator[Mention]:
    at, free = 0, 0
    foreign = _foreign(found, text, tokens, words)
    while at < len(words):
        who = owner.get(words[at])
        if who is None or at in foreign or not _names(found[who], text, tokens, at):
            at += 1
            continue
        label = found[who].label
        first = last = at
        while first > free and words[first - 1] in label and _adjacent(text, tokens, first - 1):
            first -= 1
        if first == at and len(tokens[at].group()) == 1 and _classed(text, tokens, words, at, free):
            first -= 1
        while last + 1 < len(words) and (step := _next(text, tokens, words, last, label, owner, who)):
            last += step
        yield Mention(who, tokens[first].start(), tokens[last].end())
        at = free = last + 1


def _foreign(
    found: Sequence[Entity], text: str, tokens: Sequence[re.Match[str]], words: Sequence[str]
) -> frozenset[int]:
    """Return where single letters name something else: in `material A` where the decisions are about `warehouse A`."""
    letters = [at for at, token in enumerate(tokens) if len(token.group()) == 1 and token.group().isupper()]
    classed = {at: words[at - 1] for at in letters if _classed(text, tokens, words, at, 0)}
    known = {word for word in classed.values() if any(word in entity.label for entity in found)}
    return frozenset(at for at, word in classed.items() if known and word not in known)


def _classed(text: str, tokens: Sequence[re.Match[str]], words: Sequence[str], at: int, free: int) -> bool:
    """Whether the word before a letter or digit says what it is one of: the `product` of `product X`."""
    return (
        at > free
        and len(words[at - 1]) > 3
        and words[at - 1] not in _IDLE | _JOINERS | _NO_CLASS
        and tokens[at - 1].group().isalpha()
        and _adjacent(text, tokens, at - 1)
    )


def _next(
    text: str,
    tokens: Sequence[re.Match[str]],
    words: Sequence[str],
    last: int,
    label: frozenset[str],
    owner: dict[str, int],
    who: int,
) -> int:
    """Return how many words further the name goes: one, two over a joining word, or none."""
    if not _adjacent(text, tokens, last):
        return 0
    if words[last + 1] in label:
        return 1
    over = last + 2
    joined = words[last + 1] in _JOINERS and over < len(words) and _adjacent(text, tokens, last + 1)
    return 2 if joined and words[over] in label and owner.get(words[over]) == who else 0


def _adjacent(text: str, tokens: Sequence[re.Match[str]], at: int) -> bool:
    return at + 1 < len(tokens) and not re.search(r"[^\s\-$_{}\\'’]", text[tokens[at].end() : tokens[at + 1].start()])


def _names(entity: Entity, text: str, tokens: Sequence[re.Match[str]], at: int) -> bool:
    """Whether a token names an entity: a word does; a letter or digit only as in `process J`, `table 1`."""
    token = tokens[at].group()
    if len(token) > 1 and token.isalpha():
        return True
    before = stem(tokens[at - 1].group()) if at and _adjacent(text, tokens, at - 1) else ""
    if token.isdigit():
        joined = bool(at) and tokens[at - 1].end() == tokens[at].start()
        return before in entity.label and before.isalpha() and (len(before) > 1 or joined)
    if not token.isupper():
        return False
    # A capital `A` or `I` alone may be an article or a person.
    return token not in "AI" or before in entity.label or text[tokens[at].end() :][:1] in {",", ".", ":", ")", "$"}
