"""Sentences that leave no room: `a total of 40 cakes and pies must be made`, `more cakes than pies`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from fivefold.reading import guards
from fivefold.reading.claim import Claim, Form, Relation
from fivefold.reading.entities import Entry, stems
from fivefold.reading.processes import only_a_step
from fivefold.reading.sentence import Sentence
from fivefold.reading.totals import LABELS, shared_words

_MUST = r"(?:must|should|has to|have to|needs? to)"
_HOW = (
    r"(?:(?P<exactly>exactly|precisely)|"
    r"(?<!up to )(?<!most )(?<!least )(?<!than )(?<!over )(?<!under )a total of(?: exactly)?|in total,?)"
)
_WHAT = r"(?P<what>(?: ?(?:⟨\d+⟩|[a-z]+,?|,)){1,8}?)"
_PASSIVE = re.compile(rf"\b{_HOW} #(?P<number>\d+){_WHAT}(?P<rest> {_MUST} be [a-z]+)")
_ACTIVE = re.compile(
    rf"\b{_MUST} (?P<verb>[a-z]+) {_HOW} #(?P<number>\d+){_WHAT}(?=[.;!]|,? (?:in total|altogether)|$)"
)
_IS = re.compile(
    rf"\b(?:total )?number of{_WHAT} {_MUST} (?:always )?(?:be|equal)(?P<exactly> exactly)? #(?P<number>\d+)"
    r"(?= ?[.;]| ?$)"
)
_JOINED = frozenset({"and", "of", "both", "the", "in", "total", "units", "unit", "all"})
_NO_MORE = r"(?:more|greater|larger|higher)"
_FEWER = r"(?:fewer|less|smaller|lower)"
_COUNT = r"(?:(?:the )?(?:total )?number of )"
_ABOVE = re.compile(
    rf"\b{_MUST} (?:(?:also|always) )?[a-z]+ (?:(?P<more>more)|fewer|less) than #(?P<number>\d+) (?P<one>⟨\d+⟩)"
)
_WANTED = re.compile(
    rf"(?:^|, |: ) ?(?:(?P<more>more)|fewer) than #(?P<number>\d+) (?P<one>⟨\d+⟩)"
    rf"(?= (?:{_MUST}|can|may) be [a-z]+ ?(?:[.;]|$))"
)
_OVER = re.compile(
    rf"{_COUNT}(?P<one>⟨\d+⟩)(?: [a-z]+)? {_MUST} (?:always )?"
    rf"(?:be (?:strictly )?(?:(?P<more>{_NO_MORE})|{_FEWER}) than|(?P<exceed>exceed)) "
    rf"(?:#(?P<number>\d+)(?= ?(?:[.;,]|$))|{_COUNT}?(?P<other>⟨\d+⟩)(?= ?(?:[.;,]|$)))"
)
_THAN = re.compile(
    rf"{_MUST} (?:always )?(?:be|make|have|build|buy|hire|use|produce) (?:strictly )?(?:(?P<more>more)|fewer) "
    r"(?P<one>⟨\d+⟩) than (?P<other>⟨\d+⟩)(?= ?(?:[.;,]|$))"
)
_DENIED = re.compile(r"\b(?:not|no|never|cannot|neither|nor|or|by)\b|n't\b|n’t\b")


def exact_amounts(sentence: Sentence) -> Iterator[Claim]:
    """Yield what a sentence wants exactly so much of: of one decision, or of several together."""
    text = sentence.text
    if guards.EACH_PLACE.search(text) or guards.OF_ONE.search(text) or _DENIED.search(text):
        return
    for match in [one for pattern in (_PASSIVE, _ACTIVE, _IS) for one in pattern.finditer(text)]:
        named = _named(sentence, match["what"])
        after = match.groupdict().get("rest") or ""
        before = text[: match.start(match.re.groupindex.get("verb", 0))] + f"{match.groupdict().get('verb') or ''} "
        if not named or sentence.percent(match["number"]) or only_a_step(sentence.reading, before, after):
            continue
        if not guards.same_measure(sentence.reading, sentence.numbers[int(match["number"])]):
            continue
        limit = sentence.value(match["number"])
        said = f"{' + '.join(map(sentence.name, named))} == {limit:g}"
        weights: dict[Entry, float] = {sentence.entry(at): 1.0 for at in named}
        form: Form = "amount" if len(named) == 1 else "total"
        yield Claim(form, weights, "==", limit, sentence.quote, said, or_more=not match["exactly"])


def _named(sentence: Sentence, what: str) -> list[str]:
    """Return the decisions that words behind a number stand for; none where some word is not understood."""
    named = re.findall(r"⟨(\d+)⟩", what)
    words = re.sub(r"⟨\d+⟩", " ", what)
    shared = shared_words(sentence.reading)
    plain = frozenset(re.findall(r"[a-z]+", words))
    if not all(word in _JOINED or stems(word) <= shared for word in plain) or LABELS.search(words):
        return []
    if not all(sentence.counts(at) for at in named) or len(set(named)) != len(named):
        return []
    if len(named) > 1:
        return named if sentence.alike() else []
    if named:
        return named
    every = [str(at) for at in range(len(sentence.reading.entities))]
    # Of what all of them are called by, and where the sentence names none of them alone.
    together = len(every) > 1 and not sentence.named and sentence.alike() and bool(stems(words) & shared)
    return every if together and all(map(sentence.counts, every)) else []


def strict(sentence: Sentence) -> Iterator[Claim]:
    """Yield `more than 20 cakes` as at least 21 where cakes come whole, as at least 20 where they do not."""
    text = sentence.text
    if guards.EACH_PLACE.search(text) or guards.OF_ONE.search(text) or _DENIED.search(text):
        return
    for pattern in (_ABOVE, _WANTED, _OVER, _THAN):
        for match in pattern.finditer(text):
            groups = match.groupdict()
            relation: Relation = ">=" if groups.get("more") or groups.get("exceed") else "<="
            if relation == ">=" and re.match(r" (?:can|may)\b", text[match.end() :]):
                continue  # it may also be less
            claim = _compared(sentence, groups, relation)
            if claim is not None and not only_a_step(sentence.reading, "", text[match.end() :]):
                yield claim


def _compared(sentence: Sentence, groups: Mapping[str, str | None], relation: Relation) -> Claim | None:
    one, other, number = groups["one"] or "", groups.get("other"), groups.get("number")
    named = [mark.strip("⟨⟩") for mark in (one, other) if mark]
    if not all(map(sentence.counts, named)) or len(set(named)) != len(named):
        return None
    if number is not None and (sentence.percent(number) or sentence.value(number) % 1):
        return None
    domains = {sentence.reading.entities[int(at)].variable.domain for at in named}
    if number is not None and not guards.same_measure(sentence.reading, sentence.numbers[int(number)]):
        return None
    step = (1.0 if relation == ">=" else -1.0) if domains == {"integer"} else 0.0
    limit = (0.0 if number is None else sentence.value(number)) + step
    weights = {sentence.entry(at): sign for at, sign in zip(named, (1.0, -1.0), strict=False)}
    said = f"{' - '.join(map(sentence.name, named))} {relation} {limit:g}"
    if limit < 0:
        weights, limit = {entry: -weight for entry, weight in weights.items()}, -limit
        relation = ">=" if relation == "<=" else "<="
    return Claim("amount" if other is None else "comparison", weights, relation, limit, sentence.quote, said)
