"""Sentences that state a condition on the decisions, read word by word into a linear relation.

`at least 50 chairs`, `the number of vans must not exceed the number of trucks`, `at least 20% of the shirts must be
red`, `8 hours per chair ... 400 hours available`. A sentence that fits none of the patterns below is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from fivefold.reading import guards
from fivefold.reading.budgets import budgets
from fivefold.reading.choice_claims import choice_claims
from fivefold.reading.claim import Claim, Relation, opposite
from fivefold.reading.each import each
from fivefold.reading.entities import stems
from fivefold.reading.exact import exact_amounts, strict
from fivefold.reading.formulas import formula_claims
from fivefold.reading.periods import of_one_period
from fivefold.reading.processes import only_a_step, to_some
from fivefold.reading.sentence import Sentence
from fivefold.reading.slots import TextReading, conditional
from fivefold.reading.table_claims import table_claims
from fivefold.reading.told_differences import differences
from fivefold.reading.told_sums import Sum, sums
from fivefold.reading.totals import LABELS, all_together, resources, shared_words, totals
from fivefold.reading.words import AT_LEAST, AT_MOST, SIGN

_E = r"⟨(\d+)⟩"
_N = r"#(\d+)"
_LEAST = rf"(?:at least|{AT_LEAST})"
_MOST = rf"(?:up to|{AT_MOST})"
_SIDE = rf"(?:(?P<least>{_LEAST})|(?P<most>{_MOST}))"
_THE = r"(?:the |a |an |total |all |of )*"
_COUNT = r"(?:(?:the )?(?:number|amount|quantity)(?: of)? )"
_BE = (
    r"(?:(?:that \w+ \w+ |made |produced |used |hired |sold |bought )?"
    r"(?:must|should|can|cannot|has to|have to|needs? to|is|are|may|will)(?: always)?(?: be)? )"
)
_TIMES = r"(?:times|times the|of the|of) "
_UNITS = r"(?:units? of )?"
_AMOUNT = re.compile(rf"{_SIDE} {SIGN}{_N} {_UNITS}{_E}(?! (?:time|hour|minute|day|cost|profit))")
_AND_AMOUNT = re.compile(rf"(?:,| and|, and) {SIGN}{_N} {_UNITS}{_E}(?! (?:time|hour|minute|day|cost|profit))")
_NUMBER_OF = re.compile(rf"number of {_E} {_BE}?{_SIDE} {_N}(?! ?(?:%|times|percent|more|fewer|less|of|the|as|⟨))")
_DONE = r"(?:(?:must|should|has to|have to|needs? to|are|is) (?:be )?\w+ )?"
_AS_MANY = re.compile(rf"{_SIDE} {_N} (?:times )?as (?:many|much) {_UNITS}{_E} {_DONE}(?:as|than) {_COUNT}?{_E}")
_EVEN = re.compile(rf"{_SIDE} as (?:many|much) {_E} {_DONE}as {_E}")
_COMPARED = re.compile(rf"{_COUNT}{_E} {_BE}?{_SIDE} (?:{_N} (?:{_TIMES})?)?{_COUNT}{_E}")
_MORE = re.compile(rf"{_SIDE} {_N} more {_UNITS}{_E} than {_E}")
_SHARE_OF = re.compile(
    rf"{_SIDE} {_N} ?of {_THE}(?:[a-z]+ ){{0,3}}?(?:must |should |has to |have to |need to |needs to |to )?be "
    rf"(?:(?:by|in|with|on|from|of|for|via) (?:the )?)?{_E}"
)
_SHARE = re.compile(
    rf"{_COUNT}?{_E} (?:must|should|can|cannot|has to|have to|needs? to|may|will)(?: not)? ?"
    rf"(?:be|make up|comprise|account for|constitute|form|exceed|represent|)? ?(?:{_SIDE})? ?"
    rf"{_N} ?of (?:the |all |our |its |their )*(?:total|all|whole|entire|overall|combined)"
)
_SUM = re.compile(
    rf"(?:combined|sum of|together|total)\b(?P<terms>[^#]*?)\b{_BE}?(?:is )?"
    rf"(?P<side>{_LEAST}|{_MOST}|limited to|constrained to {_MOST}) {SIGN}{_N}(?! ?(?:%|times|percent|of the))"
)
_APART = re.compile(rf"difference (?:between|in)[^#⟨]*{_E}[^#⟨.]*{_E}[^#⟨]*?{_MOST} {SIGN}{_N}")
_DIFFER = re.compile(
    rf"{_COUNT}?(?:the )?{_E} and {_COUNT}?(?:the )?{_E} {_BE}?(?:not )?differ by (?:more than|{_MOST}) {SIGN}{_N}"
    r"(?! ?(?:%|times|percent|of the))"
)
_BARRED = re.compile(
    r"\b(?:if|unless|when|whenever|once|otherwise|either|except|per|each|every|times|twice|thrice|factor|multiplied|"
    r"weighted|doubled?|tripled?|squared?|cost|costs|profit|revenue|hours?|minutes?|half|third|difference|minus|plus|ratio|score|index)\b"
)
_MODALS = r"\b(?:must|should|can|cannot|has|have|needs?|is|are|may|will|be|not|that|which|always)\b"
_THEREFORE = re.compile(r"\b(?:therefore|hence|thus)\b")
_PER = re.compile(r"(?:each|every|per) ⟨")
_NEEDS = re.compile(
    rf"(?<!each )(?<!every )(?<!an )(?<!a ){_E} (?:requires|needs|must have|must get|must receive|has) (?:a |an )?"
    rf"(?:(?P<least>minimum|at least)|(?P<most>maximum|at most)) (?P<what>(?:[a-z]+ ){{0,3}}?)(?:of )?{SIGN}{_N}"
    r"(?! ?(?:[a-z]+ )?(?:more|fewer|less)\b)"
)
_RANGE = re.compile(
    rf"{_E} (?P<how>(?:[a-z-]+ ){{0,5}}?)(?P<first>between|from|at least|no less than|a minimum of|minimum of) "
    rf"{SIGN}{_N}(?:,? (?P<then>(?:(?:units?|hours?|days?|acres?|and|but|to|up|a|an|the|no|not|more|than|cannot|must|"
    rf"should|exceed|at|most|be|also|maximum|upper|limit|of|its?) )+)| ?[-–] ?){SIGN}{_N}"
    r"(?! ?(?:%|times|percent|of the|more))"
)
_DIVIDED = re.compile(r"^ ?(?:⟨\d+⟩ )?(?:or|together|in total|combined|altogether)\b|^(?:,| and|, and) (?:the )?⟨")
_NEGATED = re.compile(r"\b(?:not|never|n't|cannot)(?: \w+)? $")
_UP_TO = re.compile(r"\b(?:no more than|not more than|not exceed|cannot exceed|at most|up to|maximum|limit)\b")
_HOW = re.compile(
    r"\b(?:per|each|every|costs?|price|if|or|and|for|by|than|plus|minus|weighs?|lasts?|earns?|sells?|loads?|carry|"
    r"carries|contains?|serves?|transports?|seats?)\b"
)
_PART_OF = re.compile(r"(?:times|plus|minus|and|or|twice|thrice|half|sum of|difference between|#\d+|with) (?:the )?$")
_NEXT = re.compile(r"#\d+(?: [a-z]+)?,? and (?:the )?$")
_HALF_OF = re.compile(r"⟨\d+⟩[^#⟨.;:,]*\b(?:plus|minus|less|than|over) (?:the )?$|\bdifference\b[^#.;:]*$")
_GOES_ON = re.compile(r"^ (?:by|plus|minus|times|and|or|combined|together)\b")
_ALLOTTED = re.compile(r"\b(?:allocation|investment|allotment|production|order|limit)\b")


def claims(reading: TextReading) -> tuple[Claim, ...]:
    """Return the conditions that a text states in so many words."""
    found = list(formula_claims(reading))
    for number in range(len(reading.sentences.ends)) if reading.entities else ():
        sentence = Sentence(reading, number)
        if (sentence.numbers or sentence.named) and not of_one_period(reading, number):
            found += guards.consistent(list(_read(sentence)))
    if reading.entities:
        found += (*totals(reading), *resources(reading), *budgets(reading), *table_claims(reading), *each(reading))
    distinct = {(tuple(sorted(claim.weights.items())), claim.relation, claim.limit): claim for claim in found}
    return tuple(distinct.values())


def _read(sentence: Sentence) -> Iterator[Claim]:
    yield from choice_claims(sentence)
    if conditional(sentence.quote):
        # What holds only when ... is the reason for what follows: `when ..., therefore at least 20 vans`.
        sentence.text = _THEREFORE.split(sentence.text)[-1] if _THEREFORE.search(sentence.text) else ""
    if conditional(sentence.text) or _PER.search(sentence.text):
        return
    alike = sentence.alike()
    if alike:
        yield from _sums(sentence, differences(sentence.text))
    rules: Sequence[tuple[re.Pattern[str], Callable[[Sentence, re.Match[str]], Claim | None]]] = (
        (_AMOUNT, _amount), (_NUMBER_OF, _number_of), (_AS_MANY, _as_many), (_EVEN, _even), (_COMPARED, _compared),
        (_MORE, _more), (_SHARE_OF, _share_of), (_SHARE, _share), (_SUM, _sum), (_APART, _apart), (_DIFFER, _differ),
        (_NEEDS, _needs),
    )  # fmt: skip
    for pattern, rule in rules:
        for match in pattern.finditer(sentence.text):
            claim = rule(sentence, match)
            if claim is not None:
                yield claim
                yield from _further(sentence, match) if pattern is _AMOUNT else ()
                if claim.either_way and (pattern is _DIFFER or "absolute" in sentence.text):
                    yield opposite(claim)
    yield from (*exact_amounts(sentence), *strict(sentence))
    for match in _RANGE.finditer(sentence.text):
        yield from _between(sentence, match)
    if alike:
        known = frozenset[str]().union(*(entity.label for entity in sentence.reading.entities))
        yield from _sums(sentence, sums(sentence.text, known))


def _sums(sentence: Sentence, found: Iterable[Sum]) -> Iterator[Claim]:
    """Yield the sums that are told in words: `twice the oak plus the ash cannot exceed 20`."""
    if guards.EACH_PLACE.search(sentence.text):
        return
    for told in found:
        if not _same_things(sentence, told.limit, [term.entity for term in told.terms]):
            continue
        limit = 0.0 if told.limit is None else sentence.value(told.limit)
        if told.limit is not None and sentence.percent(told.limit) and limit < 1:
            continue
        weights = {
            sentence.entry(term.entity): term.sign * (1.0 if term.times is None else sentence.value(term.times))
            for term in told.terms
        }
        names = {sentence.entry(term.entity): sentence.name(term.entity) for term in told.terms}
        parts = (name if weights[at] == 1 else f"{weights[at]:g}*{name}" for at, name in names.items())
        said = f"{' + '.join(parts)} {told.relation} {limit:g}".replace("+ -1*", "- ").replace("+ -", "- ")
        yield Claim("sum", weights, told.relation, limit, sentence.quote, said, told.apart and limit > 0)


def _same_things(sentence: Sentence, limit: str | None, named: Sequence[str]) -> bool:
    """Whether a limit on a sum is measured as its decisions are: the pieces made in some hours are no hours."""
    slot = None if limit is None else sentence.numbers[int(limit)]
    invested = slot is not None and "money" in slot.nouns and guards.INVESTED.search(sentence.text)
    if slot is not None and not invested and not guards.same_measure(sentence.reading, slot):
        return False
    measured = [at for at in named if not sentence.counts(at)]
    numbered = any(re.search(rf"number of (?:the )?⟨{at}⟩", sentence.text) for at in measured)
    timed = any(sentence.reading.entities[int(at)].label & {"hour", "minute", "day", "time"} for at in named)
    paid = any(sentence.reading.entities[int(at)].label & {"money", "dollar", "invested"} for at in named)
    made = (timed and guards.MADE.search(sentence.text)) or (paid and guards.EARNED.search(sentence.text))
    return not numbered and not made


def _relation(match: re.Match[str]) -> Relation:
    return ">=" if match["least"] else "<="


def _amount(sentence: Sentence, match: re.Match[str]) -> Claim | None:
    number, entity = match[3], match[4]
    if sentence.percent(number) or not sentence.counts(entity) or _negated(sentence, match):
        return None
    rest = sentence.text[match.end() :]
    if _DIVIDED.match(rest) or guards.EACH_PLACE.search(sentence.text) or guards.OF_ONE.search(sentence.text):
        return None  # so many of two kinds, or so many in each place
    if (more := _AND_AMOUNT.match(rest)) and _DIVIDED.match(rest[more.end() :]):
        return None
    if only_a_step(sentence.reading, sentence.text[: match.start()], rest):
        return None
    if match["most"] and to_some(sentence.reading, rest):
        return None
    return _single(sentence, entity, _relation(match), sentence.value(number))


def _negated(sentence: Sentence, match: re.Match[str]) -> bool:
    """Whether a word before a condition takes it back: `must not be at least as many`."""
    return _NEGATED.search(sentence.text[: match.start()]) is not None


def _further(sentence: Sentence, match: re.Match[str]) -> Iterator[Claim]:
    """Yield what goes on behind an amount: `at most 70 small and 50 large suitcases`."""
    end = match.end()
    while more := _AND_AMOUNT.match(sentence.text, end):
        number, entity, end = more[1], more[2], more.end()
        if not sentence.percent(number) and sentence.counts(entity):
            yield _single(sentence, entity, _relation(match), sentence.value(number))


def _between(sentence: Sentence, match: re.Match[str]) -> Iterator[Claim]:
    """Yield both ends of `the depot can take from 20 up to 70 units`."""
    entity, low, high = match[1], match[4], match[6]
    before = sentence.text[: match.start()]
    joined = re.search(r"⟨\d+⟩[^#]{0,20}\b(?:and|or|plus|with) [^#⟨]{0,20}$", before) or _PART_OF.search(before)
    if joined and not _NEXT.search(before):
        return  # the range of both together
    then = match["then"] or "to"
    spoken = match["first"] in {"between", "from"} and re.search(r"\b(?:and|to)\b", then)
    if not (spoken or _UP_TO.search(then)) or _HOW.search(match["how"]):
        return
    label = sentence.reading.entities[int(entity)].label | {"unit"}
    ends: tuple[tuple[str, Relation], ...] = ((low, ">="), (high, "<="))
    if any(sentence.percent(number) or not sentence.numbers[int(number)].nouns <= label for number, _ in ends):
        return
    if not all(guards.same_measure(sentence.reading, sentence.numbers[int(number)]) for number, _ in ends):
        return
    for number, relation in ends:
        if sentence.value(number):
            yield _single(sentence, entity, relation, sentence.value(number))


def _number_of(sentence: Sentence, match: re.Match[str]) -> Claim | None:
    entity, number = match[1], match[4]
    if _PART_OF.search(sentence.text[: match.start()]) or guards.EACH_PLACE.search(sentence.text[match.end() :]):
        return None
    if sentence.percent(number) or not sentence.counts(entity):
        return None
    return _single(sentence, entity, _relation(match), sentence.value(number))


def _single(sentence: Sentence, entity: str, relation: Relation, limit: float) -> Claim:
    said = f"{sentence.name(entity)} {relation} {limit:g}"
    return Claim("amount", {sentence.entry(entity): 1.0}, relation, limit, sentence.quote, said)


def _pair(
    sentence: Sentence, first: str, second: str, factor: float, relation: Relation, more: float = 0
) -> Claim | None:
    if first == second or not (sentence.counts(first) and sentence.counts(second)):
        return None
    weights = {sentence.entry(first): 1.0, sentence.entry(second): -factor}
    times = "" if factor == 1 else f"{factor:g}*"
    rest = f" + {more:g}" if more else ""
    said = f"{sentence.name(first)} {relation} {times}{sentence.name(second)}{rest}"
    return Claim("comparison", weights, relation, more, sentence.quote, said)


def _as_many(sentence: Sentence, match: re.Match[str]) -> Claim | None:
    if _goes_on(sentence, match):
        return None
    return _pair(sentence, match[4], match[5], sentence.value(match[3]), _relation(match))


def _goes_on(sentence: Sentence, match: re.Match[str]) -> bool:
    """Whether a comparison is taken back before it, or goes on behind it: `as many vans as cars plus two`."""
    return _negated(sentence, match) or _GOES_ON.match(sentence.text[match.end() :]) is not None


def _even(sentence: Sentence, match: re.Match[str]) -> Claim | None:
    if _goes_on(sentence, match):
        return None
    return _pair(sentence, match[3], match[4], 1.0, _relation(match))


def _compared(sentence: Sentence, match: re.Match[str]) -> Claim | None:
    if _PART_OF.search(sentence.text[: match.start()]) or _GOES_ON.match(sentence.text[match.end() :]):
        return None
    factor = sentence.value(match[4]) if match[4] else 1.0
    return _pair(sentence, match[1], match[5], factor, _relation(match))


def _more(sentence: Sentence, match: re.Match[str]) -> Claim | None:
    if _goes_on(sentence, match):
        return None
    return _pair(sentence, match[4], match[5], 1.0, _relation(match), sentence.value(match[3]))


def _share_of(sentence: Sentence, match: re.Match[str]) -> Claim | None:
    between = re.sub(
        r"#\d+|⟨\d+⟩", "", re.split(r"\b(?:must|should|has to|have to|needs? to|to|be)\b", match.group())[0]
    )
    whole = re.split(r"\bof\b", between, maxsplit=1)[-1]
    if re.search(r"\bnot\b", match.group()) or not all_together(sentence.reading, whole):
        return None
    return _part(sentence, match[4], match[3], _relation(match))


def _share(sentence: Sentence, match: re.Match[str]) -> Claim | None:
    negated = re.search(r"cannot|not", match.group()) is not None
    if not (match["least"] or match["most"]) and not negated:
        return None
    behind = re.match(r"(?: (?!must|should|can|is|are|has|have|of|in|per|to)[a-z]+)?", sentence.text[match.end() :])
    if behind is not None and not all_together(sentence.reading, behind.group()):
        return None
    return _part(sentence, match[1], match[4], ">=" if match["least"] else "<=")


def _part(sentence: Sentence, entity: str, number: str, relation: Relation) -> Claim | None:
    if not sentence.percent(number) or not sentence.alike() or len(sentence.reading.entities) < 2:
        return None
    share = sentence.value(number)
    weights = {other.entry: -share for other in sentence.reading.entities}
    weights[sentence.entry(entity)] += 1.0
    said = f"{sentence.name(entity)} {relation} {share:g} of the total"
    return Claim("share", weights, relation, 0.0, sentence.quote, said)


def _sum(sentence: Sentence, match: re.Match[str]) -> Claim | None:
    terms = match["terms"]
    named = re.findall(_E, terms)
    number = match[match.re.groups]
    if not sentence.alike() or sentence.percent(number) or _BARRED.search(terms):
        return None
    if _HALF_OF.search(sentence.text[: match.start()]):
        return None  # the difference between A and the sum of B and C
    shared = shared_words(sentence.reading)
    if not named and not re.search(r"\b(?:all|both)\b", terms) and not stems(terms) & shared:
        return None
    if not named and re.search(rf"{LABELS.pattern}|\b[b-hj-rt-z]\b", terms):
        return None
    if (
        guards.EACH_PLACE.search(sentence.text)
        or not _same_things(sentence, number, named)
        or not guards.understood(sentence.reading, re.sub(rf"{_E}|{_MODALS}", " ", terms))
    ):
        return None
    chosen = list(dict.fromkeys(named)) or [str(at) for at in range(len(sentence.reading.entities))]
    if len(chosen) < 2:
        return None
    relation: Relation = ">=" if re.fullmatch(_LEAST, match["side"]) else "<="
    limit = sentence.value(number)
    said = f"{' + '.join(map(sentence.name, chosen))} {relation} {limit:g}"
    return Claim("total", dict.fromkeys(map(sentence.entry, chosen), 1.0), relation, limit, sentence.quote, said)


def _apart(sentence: Sentence, match: re.Match[str]) -> Claim | None:
    if re.search(r"\b(?:times|twice|thrice|half|plus|combined|sum)\b", match.group()) or len(sentence.numbers) != 1:
        return None
    told = re.split(rf"{_MODALS}|{_MOST}", re.sub(r"difference (?:between|in)", "", match.group()))[0]
    if not _same_things(sentence, match[3], [match[1], match[2]]) or not guards.understood(
        sentence.reading, re.sub(rf"{_E}|{_MODALS}", " ", told)
    ):
        return None
    if sentence.percent(match[3]):
        return None
    apart = _pair(sentence, match[1], match[2], 1.0, "<=", sentence.value(match[3]))
    return apart and replace(apart, either_way=True)


def _differ(sentence: Sentence, match: re.Match[str]) -> Claim | None:
    if sentence.percent(match[3]) or not sentence.alike() or _PART_OF.search(sentence.text[: match.start()]):
        return None
    if guards.EACH_PLACE.search(sentence.text) or not _same_things(sentence, match[3], [match[1], match[2]]):
        return None
    apart = _pair(sentence, match[1], match[2], 1.0, "<=", sentence.value(match[3]))
    return apart and replace(apart, either_way=True)


def _needs(sentence: Sentence, match: re.Match[str]) -> Claim | None:
    entity, number = match[1], match[5]
    counted = sentence.numbers[int(number)].nouns
    label = sentence.reading.entities[int(entity)].label | {"unit"}
    if sentence.percent(number) or re.match(r" (?:units? )?more\b", sentence.text[match.end() :]):
        return None
    if not ((counted and counted <= label) or _ALLOTTED.search(match["what"])):
        return None
    if "production" in match["what"] and not sentence.counts(entity):
        return None  # what a machine makes in its hours
    return _single(sentence, entity, ">=" if match["least"] else "<=", sentence.value(number))
