"""Which side and which sign: `twice as many cups as mugs` with the 2 on the cups, a stated limit as an equation.

Terms taken off where the text speaks of no difference are told too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from fivefold.checks.bindings import how_stated
from fivefold.checks.limits import amounts, clause_at, once, own_stems, own_words
from fivefold.checks.sums import addends, limits, share_of, terms, tree_of
from fivefold.problem import Quantity, quantities, sentence_at
from fivefold.reading.words import stated as stated_numbers
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Constraint, Formulation
from fivefold_solvers.formulation.finding import Finding, warning

_MAX_QUOTE = 140
_TIMES = re.compile(
    r"\b(?P<count>twice|double|thrice|triple|(?:\d+(?:\.\d+)?|two|three|four|five|six|seven|eight|nine|ten) times)\s+"
    r"(?:(?:as|more) (?:many|much)\s+|(?:more|the (?:number|amount|quantity)(?: of)?|that of)\s+|)"
    r"(?P<first>[^.;:,]{0,60}?)(?:\s+(?:as|than)\s+(?P<second>[^.;:,]{1,60})|(?=[.;:,]|$))",
    re.IGNORECASE,
)
_COUNTS = {"twice": 2.0, "double": 2.0, "thrice": 3.0, "triple": 3.0, "two": 2.0, "three": 3.0, "four": 4.0,
           "five": 5.0, "six": 6.0, "seven": 7.0, "eight": 8.0, "nine": 9.0, "ten": 10.0}  # fmt: skip
_LIMITS = re.compile(
    r"(?:at least|at most|no (?:more|less|fewer) than|not exceed|cannot exceed|up to|a minimum of|a maximum of|"
    r"not be (?:more|less) than)\s+(?:a total of\s+)?\$?$",
    re.IGNORECASE,
)
_CLOSE = 1e-9
_NEAR = 60
_TAKEN_OFF = re.compile(
    r"\b(?:more|less|fewer|greater|than|exceed\w*|differ\w*|minus|subtract\w*|net|remain\w*|left|deduct\w*|over|above|"
    r"below|loss\w*|lose\w*|reduc\w*|decreas\w*|return\w*|offset\w*|balance\w*|surplus|beyond|excess|penalt\w*|between|"
    r"ratio|twice|times|percent\w*|half|leave\w*|flow\w*|stock\w*|invent\w*|start\w*|within|at least|at most)\b|%|"
    r"[\d})$]\s*[-\u2212]\s*[\w\\(]|\\[lg]eq?\b",
    re.IGNORECASE,
)
_RATE = re.compile(
    r"\b(?:per|an?|every|each|in an?) (?:second|minute|hour|day|shift|week|month|year|batch|lot)s?\b", re.I
)
_RATE_BEHIND = 40
"""So many characters behind a number its rate may stand: 4 candles an hour."""
_EXACTLY = re.compile(r"\b(?:exactly|precisely)(?: a total of)?[\s\\$€£]*$", re.IGNORECASE)
_SPENT = re.compile(
    r"\b(?:cost\w*|expens\w*|pay\w*|paid|fee\w*|penalt\w*|loss\w*|lose\w*|minus|subtract\w*|less|net|wage\w*|salar\w*|"
    r"spen[dt]\w*|deduct\w*|price\w*|rent\w*|reduc\w*|decreas\w*|tax\w*|differ\w*|negative\w*|sav\w*|discount\w*|"
    r"refund\w*|recover\w*|sell\w*|sold|buy\w*|revenue\w*|income\w*|earn\w*|hire\w*|purchas\w*|charg\w*)|-\s*\d",
    re.IGNORECASE,
)


def check_sides(formulation: Formulation, text: str) -> list[Finding]:
    """Return a warning for every multiple on the wrong side, limit as an equation, and unexplained difference."""
    findings = [
        *_ratios(formulation, text),
        *_exact(formulation, text),
        *_exact_shares(formulation, text),
        *_loosened(formulation, text),
        *_shares(formulation, text),
        *_signs(formulation, text),
        *_divided(formulation, text),
    ]
    # One slip shows in several ways; the first thing said of a row is enough.
    return list({finding.where: finding for finding in reversed(findings)}.values())[::-1]


def _ratios(formulation: Formulation, text: str) -> Iterator[Finding]:
    """`2*cups >= mugs` where there are to be twice as many cups as mugs."""
    words = own_words(formulation)
    stated = [found for match in _TIMES.finditer(text) if (found := _ratio(match, text, words)) is not None]
    for row in formulation.constraints:
        tree = tree_of(row.expression)
        if not isinstance(tree, e.Compare):
            continue
        left, right = terms(tree.left), terms(tree.right)
        if left is None or right is None or len(left) != 1 or len(right) != 1:
            continue
        factor = {name: number for number, name in (*left, *right)}
        for count, more, fewer, quote in stated:
            both_ways = any((c, m) == (count, fewer) for c, m, _, _ in stated)
            if not both_ways and factor == {more: count, fewer: 1}:
                message = f"`{row.expression}` multiplies {more} by {count:g}, but of {more} there are to be more"
                mend = f"write {count:g}*{fewer} beside {more}"
                yield warning("ratio", f"constraint '{row.name}'", f"{message}: “{quote}”", mend)
                break


def _ratio(match: re.Match[str], text: str, words: dict[str, frozenset[str]]) -> tuple[float, str, str, str] | None:
    """Return of `k times as many A as B`, or `A is k times B`: k, A and B, with the sentence."""
    count = match["count"].split()[0].lower()
    value = _COUNTS[count] if count in _COUNTS else float(count)
    if match["second"]:
        more, fewer = match["first"], match["second"]
    else:
        start = max(text.rfind(mark, 0, match.start()) for mark in (".", ";", ":", ",", "\n"))
        more, fewer = text[start + 1 : match.start()], match["first"]
    names = [_only(own_stems(part), words) for part in (more, fewer)]
    if names[0] is None or names[1] is None or names[0] == names[1]:
        return None
    return value, names[0], names[1], sentence_at(text, match.start())[:_MAX_QUOTE]


def _only(said: frozenset[str], words: dict[str, frozenset[str]]) -> str | None:
    """Return the one variable that words name."""
    named = [name for name, own in words.items() if own & said]
    return named[0] if len(named) == 1 else None


def _shares(formulation: Formulation, text: str) -> Iterator[Finding]:
    """`cars <= 0.6*(cars + bikes)` where at most 40 % are to be cars."""
    words = own_words(formulation)
    percents = [quantity for quantity in quantities(text) if quantity.percent]
    for row in formulation.constraints:
        found = share_of(tree_of(row.expression))
        if found is None:
            continue
        part, share, others = found
        for percent in percents:
            wanted = percent.value / 100
            straight, turned = abs(share - wanted) < _CLOSE, abs(1 - share - wanted) < _CLOSE
            if straight == turned or sum(other.value in {percent.value, 100 - percent.value} for other in percents) > 1:
                continue  # one half, or a share that is stated of another part too
            named = _only(own_stems(clause_at(text, percent)), words)
            if (named == part and turned) or (named in others and straight and len(others) == 1):
                quote = sentence_at(text, percent.start)[:_MAX_QUOTE]
                message = f"`{row.expression}` does not limit the share that {percent.written} of {named} states"
                yield warning(
                    "share", f"constraint '{row.name}'", f"{message}: “{quote}”", f"write {wanted:g} for {named}"
                )


def _exact(formulation: Formulation, text: str) -> Iterator[Finding]:
    """`x + y == 40` where at most 40 are stated."""
    stated = amounts(text)
    for row in limits(formulation):
        quantity = once(stated, row.number, text)
        if (
            row.relation != "=="
            or quantity is None
            or not _LIMITS.search(text[max(0, quantity.start - _NEAR) : quantity.start].rstrip() + " ")
        ):
            continue
        clause = clause_at(text, quantity).strip()[:_MAX_QUOTE]
        message = f"`{row.row.expression}` asks for exactly {quantity.written}, but it is a limit: “{clause}”"
        yield warning("exact", row.where, message, "write <= or >= as the problem says")


def _exact_shares(formulation: Formulation, text: str) -> Iterator[Finding]:
    """`vans == 0.4*(vans + carts)` where at most 40 % are to be vans."""
    plain = {limit.row.name for limit in limits(formulation)}
    numbers = stated_numbers(text)
    for row in formulation.constraints:
        tree = tree_of(row.expression)
        if row.name in plain or not isinstance(tree, e.Compare) or tree.relation != "==":
            continue
        for value in _constants(tree):
            told = [quantity for quantity in numbers if how_stated(quantity, value) in {"same", "share"}]
            if len(told) == 1 and _LIMITS.search(text[max(0, told[0].start - _NEAR) : told[0].start].rstrip() + " "):
                clause = clause_at(text, told[0]).strip()[:_MAX_QUOTE]
                message = f"`{row.expression}` asks for exactly {told[0].written}, but it is a limit: “{clause}”"
                yield warning("exact", f"constraint '{row.name}'", message, "write <= or >= as the problem says")


def _loosened(formulation: Formulation, text: str) -> Iterator[Finding]:
    """`sum(litres[f] for f in F) <= batch` where exactly 100 litres are to be mixed."""
    numbers = [quantity for quantity in stated_numbers(text) if quantity.value not in {0, 1}]
    values = {
        block.name: float(block.values) for block in formulation.parameters if isinstance(block.values, int | float)
    }
    relations: dict[float, set[str]] = {}
    rows: dict[float, Constraint] = {}
    for row in formulation.constraints:
        tree = tree_of(row.expression)
        if isinstance(tree, e.Compare):
            for side in (tree.left, tree.right):
                value = float(side.value) if isinstance(side, e.Number) else values.get(getattr(side, "name", ""), 0.0)
                relations.setdefault(value, set()).add(tree.relation)
                rows.setdefault(value, row)
    for value, found in relations.items():
        told = [quantity for quantity in numbers if quantity.value == value and not quantity.percent]
        if len(told) == 1 and len(found) == 1 and found != {"=="} and _EXACTLY.search(text[: told[0].start][-_NEAR:]):
            clause = clause_at(text, told[0]).strip()[:_MAX_QUOTE]
            message = (
                f"`{rows[value].expression}` is a limit, but the problem says exactly {told[0].written}: “{clause}”"
            )
            yield warning("loosened", f"constraint '{rows[value].name}'", message, "write ==")


def _constants(tree: e.Expression) -> Iterator[float]:
    """Yield the numbers of an expression; of `2/3` the quotient."""
    match tree:
        case e.Binary("/", e.Number(above), e.Number(below)) if below:
            yield above / below
        case e.Number(value):
            yield float(value)
        case _:
            for part in e.children(tree):
                if not isinstance(part, e.Clause) and not isinstance(tree, e.Item):
                    yield from _constants(part)


def _signs(formulation: Formulation, text: str) -> Iterator[Finding]:
    """`4*kites - 3*flags <= 90` where 90 hours are shared, and income taken off where nothing is spent."""
    stated = amounts(text)
    passed_on = _passed_on(formulation)
    for row in limits(formulation):
        quantity = once(stated, row.number, text)
        signs = {factor > 0 for factor, _ in row.terms}
        # What falls short of a goal and what goes beyond it are taken off with a factor of 1.
        goal = row.relation == "==" and all(factor == -1 for factor, _ in row.terms if factor < 0)
        goal = goal or {name for factor, name in row.terms if factor < 0} <= passed_on
        if quantity is None or row.number in {0, 1} or len(signs) < 2 or goal:
            continue
        sentence = sentence_at(text, quantity.start)
        if not _TAKEN_OFF.search(sentence) and not (row.relation == ">=" and _taken_up(row.terms, stated, text)):
            message = f"`{row.row.expression}` takes one term off another, but the words add: “{sentence[:_MAX_QUOTE]}”"
            yield warning("sign", row.where, message, "write + where the problem shares one limit")
    expression = formulation.objective.expression
    found = terms(tree) if (tree := tree_of(expression)) is not None else None
    if found and any(factor < 0 for factor, _ in found) and not _SPENT.search(text):
        message = f"`{expression}` takes a term off, but the problem speaks of nothing spent or lost"
        yield warning("sign", "the objective", message, "write + where the problem adds")


_TAKES = re.compile(r"\b(?:takes?|taking|uses?|needs?|requires?|costs?|consumes?|occup\w+)\b[^.;:\d]*$", re.IGNORECASE)


def _taken_up(factors: Iterable[tuple[float, str]], stated: Mapping[float, Sequence[Quantity]], text: str) -> bool:
    """Whether what is taken off is what something takes: `training a newcomer takes 40 hours` of those worked."""
    found = [stated.get(-factor, ()) for factor, _ in factors if factor < 0]
    return all(len(own) == 1 and _TAKES.search(text[: own[0].start][-60:]) for own in found)


def _passed_on(formulation: Formulation) -> set[str]:
    """Return what one row takes off and another adds beside the same kind of limit: what is kept for next week."""
    rows = [row for row in limits(formulation) if len(row.terms) > 1]
    off = {(name, -factor, row.relation) for row in rows for factor, name in row.terms if factor < 0}
    added = {(name, factor, row.relation) for row in rows for factor, name in row.terms if factor > 0}
    return {name for name, _, _ in off & added}


def _divided(formulation: Formulation, text: str) -> Iterator[Finding]:
    """`candles/3 + 2*soaps` where a candle takes 3 and a soap takes 2: only what is stated as a rate divides."""
    names = {variable.name for variable in formulation.variables}
    rates = {quantity.value for quantity in quantities(text)
             if _RATE.search(text[quantity.start : quantity.start + _RATE_BEHIND])}  # fmt: skip
    stated = {quantity.value for quantity in quantities(text)}
    for row in formulation.constraints:
        tree = tree_of(row.expression)
        for side in (tree.left, tree.right) if isinstance(tree, e.Compare) else ():
            parts = list(addends(side, into_sums=False))
            below = [number for part in parts if (number := _divisor(part, names)) is not None]
            times = any(
                isinstance(part, e.Binary) and part.operator == "*" and names & e.names_used(part) for part in parts
            )
            if times and any(number in stated - rates for number in below):
                message = f"`{row.expression}` divides by {below[0]:g} where it multiplies by the other numbers"
                mend = f"multiply by {below[0]:g}, or divide by all of them"
                yield warning("divided", f"constraint '{row.name}'", message, mend)


def _divisor(part: e.Expression, names: set[str]) -> float | None:
    """Return the number by which a variable is divided."""
    match part:
        case e.Binary("/", e.Name(name) | e.Item(name), e.Number(value)) if name in names:
            return float(value)
        case _:
            return None
