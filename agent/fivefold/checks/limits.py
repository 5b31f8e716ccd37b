"""Limits against the words behind their numbers: one limit written as two rows, a limit on the wrong variables."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping

from fivefold.checks.sums import Limit, limits
from fivefold.checks.wording import stems
from fivefold.problem import Quantity, quantities, sentence_at, words_for
from fivefold.reading.labels import labels
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, warning

_MAX_QUOTE = 140
_MANY = 200
"""More variables than this are not named one by one in a text."""
_FOR_SEVERAL = re.compile(
    r"\b(?:each|every|both|either|neither|any|all|per|respective(?:ly)?|same|equal(?:ly)?|also|likewise|another|daily|"
    r"weekly|monthly|yearly|hourly|other|between|unless|whichever|these|those|they|them|no)\b",
    re.IGNORECASE,
)
"""Words by which a number that is written once limits several things."""
_REASON = r"\b(?:because|since|due to|so that|in order|as long as|although|if)\b"
_END = re.compile(rf"[.;:!?](?=\s|$)|\n|{_REASON}")
_COMMA = re.compile(r",(?=\s)")
_OTHER_MEANING = re.compile(
    r"^\s*(?:times\b|more\b|fewer\b|less\b|as\b|additional\b|(?:-|–|to )\s*\d|%|percent|/)", re.IGNORECASE
)
"""Behind a number: it multiplies or compares, so it limits no single thing."""
_IDLE = frozenset(
    re.findall(
        r"\w+",
        "number total amount quantity count units unit produced made used bought sold hired taken built planted "
        "chosen assigned per day week month year hour hours the and for with from that which how many much each "
        "type kind available needed required delivered scheduled of in to at by an is on or as it be no so do if",
    )
)


Amounts = Mapping[float, list[Quantity]]
"""Numbers and where a text writes them."""


def check_limits(formulation: Formulation, text: str) -> list[Finding]:
    """Return a warning for every limit that is written twice, or on other variables than its words name."""
    stated = amounts(text)
    rows = list(limits(formulation))
    return [*_repeated(rows, stated, text), *_subjects(formulation, rows, stated, text)]


def amounts(text: str) -> dict[float, list[Quantity]]:
    """Return the places of every number of a text that is an amount and no name."""
    naming = labels(text)
    found: dict[float, list[Quantity]] = defaultdict(list)
    for quantity in quantities(text):
        if quantity.start not in naming:
            found[quantity.value].append(quantity)
    return dict(found)


def once(stated: Amounts, value: float, text: str) -> Quantity | None:
    """Return the only place where a text writes a number; None where it writes it several times or nowhere."""
    found = stated.get(value, [])
    if len(found) != 1 or found[0].percent:
        return None
    in_words = any(re.search(rf"\b{word}\b", text, re.IGNORECASE) for word in words_for(value))
    return None if in_words else found[0]


def _repeated(rows: list[Limit], stated: Amounts, text: str) -> list[Finding]:
    """One stated limit in two rows over different variables: what is shared was limited one by one."""
    by_number: dict[float, list[Limit]] = defaultdict(list)
    for row in rows:
        by_number[row.number].append(row)
    findings: list[Finding] = []
    for number, same in by_number.items():
        quantity = once(stated, number, text)
        if quantity is None or number in {0, 1} or len({row.terms for row in same}) < 2:
            continue
        sentence = " ".join(sentence_at(text, quantity.start).split())
        # Rows that add nothing but their variables limit a total and its parts, which may well be the same number.
        worded = _FOR_SEVERAL.search(clause_at(text, quantity)) is not None
        sums = sum(any(factor != 1 for factor, _ in row.terms) for row in same)
        if worded or not sums or len({row.relation for row in same}) > 1 or _both_ways(same):
            continue
        names = ", ".join(f"`{row.row.expression}`" for row in same[:3])
        findings.append(
            warning(
                "limit-twice",
                same[1].where,
                f"{quantity.written} is stated once but limits {len(same)} rows, {names}: “{sentence[:_MAX_QUOTE]}”",
                "write one row that holds all that the limit is shared by",
            )
        )
    return findings


def _both_ways(same: list[Limit]) -> bool:
    """Whether rows limit one difference in both directions: how far two things may be apart."""
    weights = [{name: factor for factor, name in row.terms} for row in same]
    return any(other == {name: -factor for name, factor in weights[0].items()} for other in weights[1:])


def _subjects(formulation: Formulation, rows: list[Limit], stated: Amounts, text: str) -> list[Finding]:
    """A limit whose words name one variable and whose row holds others: `8 truck trips` on trucks and boats."""
    words = own_words(formulation)
    findings: list[Finding] = []
    for row in rows:
        quantity = once(stated, row.number, text)
        if quantity is None or any(factor != 1 for factor, _ in row.terms):
            continue
        named = named_at(text, quantity, words)
        if len(named) == 1 and not named >= row.names:
            (name,) = named
            sentence = sentence_at(text, quantity.start)[:_MAX_QUOTE]
            message = f"`{row.row.expression}` limits more or other than {name}, which the words name: “{sentence}”"
            findings.append(warning("limit-subject", row.where, message, f"write the limit on {name} alone"))
    return findings


def own_words(formulation: Formulation) -> dict[str, frozenset[str]]:
    """Return for every plain variable the words that only its own name and description hold; none of indexed ones."""
    variables = formulation.variables
    if len(variables) > _MANY or any(variable.index for variable in variables):
        return {}
    held = {v.name: own_stems(f"{v.name.replace('_', ' ')} {v.description}") for v in variables}
    times = Counter(word for words in held.values() for word in words)
    return {name: frozenset(word for word in words if times[word] == 1) for name, words in held.items()}


def named_at(text: str, quantity: Quantity, words: dict[str, frozenset[str]]) -> set[str]:
    """Return the variables that the phrase behind a number names; none where other words are near."""
    after = text[quantity.start + len(quantity.written) :]
    if _OTHER_MEANING.match(after) and not quantity.percent:
        return set()
    end = _END.search(after)
    phrase = after[: end.start() if end else len(after)]
    # What is named anywhere behind the number up to the end of the sentence may share the limit.
    behind = own_stems(phrase)
    before = own_stems(clause_at(text, quantity).split(quantity.written)[0])
    named = {name for name, own in words.items() if own & (behind | before)}
    first = own_stems(" ".join(re.findall(r"[\w-]+", re.split(r"[,(]", phrase, maxsplit=1)[0])[:3]))
    return named if len(named) == 1 and any(words[name] & first for name in named) else set()


def clause_at(text: str, quantity: Quantity) -> str:
    """Return what stands around a number between commas and full stops."""
    sentence_end = _END.search(text, quantity.start)
    ends = [m.start() for m in _COMMA.finditer(text, quantity.start + len(quantity.written))]
    end = min([*ends[:1], sentence_end.start() if sentence_end else len(text)])
    starts = [m.end() for pattern in (_COMMA, _END) for m in pattern.finditer(text, 0, quantity.start)]
    return text[max(starts, default=0) : end]


def own_stems(text: str) -> frozenset[str]:
    """Return the stems of those words of a text that can tell variables apart."""
    return stems(text) - _IDLE
