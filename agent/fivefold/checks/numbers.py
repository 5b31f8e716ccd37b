"""Numbers of the text that the formulation uses nowhere, and constants that the text does not explain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from fivefold.checks.cells import bases, numbering, per_cent, scales
from fivefold.checks.clock import durations
from fivefold.checks.constants import amounts_of, constants, numbers_of
from fivefold.checks.cut_patterns import cut_patterns
from fivefold.checks.discounts import discounted
from fivefold.checks.kinds import counts_of_crossed, counts_of_kinds
from fivefold.checks.needless import needless
from fivefold.checks.steps import stepped
from fivefold.checks.sums import tree_of
from fivefold.checks.switches import switches
from fivefold.number_words import spelled
from fivefold.problem import Quantity, quantities, sentence_at, word_values
from fivefold.reading.labels import labels
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, warning

_RELATIVE = 1e-6
_COMMON = {0.0, 1.0, 2.0, 100.0}
"""Constants that need no explanation: signs, squares, halves, per cent."""
MAX_QUOTE = 140
_ROUNDED = 5e-3
"""How far a fraction may be rounded: 0.67 for two thirds."""
_MANY = 60
"""Of more numbers than this no pairs are tried."""


def check_numbers(formulation: Formulation, text: str) -> list[Finding]:
    """Return a warning for every number of the text that is bound nowhere and every constant out of nowhere."""
    stated = _stated(text)
    amounts = amounts_of(formulation)
    beside = one_off(text) | _converted(stated, text) | _in_thousands(formulation, text)
    used = constants(formulation) | _parts_of(amounts, stated)
    used |= {number for value, number in beside.items() if value in amounts}
    used |= (
        _in_small_units(text, amounts)
        | _worked_out(amounts, stated)
        | _totals(formulation)
        | _margins(formulation, stated)
        | _named(formulation)
        | needless(formulation, text)
    )
    made = _topped(text, stated, amounts) | _discounted(text, amounts, used) | stepped(formulation, text, amounts)
    used |= {part for parts in made.values() for part in parts}
    findings: list[Finding] = []
    counted = [*counts_of_kinds(formulation, text), *counts_of_crossed(formulation, text)]
    kinds = {quantity.start for quantity in counted}
    for quantity in unused(text, used):
        if quantity.start in kinds:
            continue
        quote = sentence_at(text, quantity.start)[:MAX_QUOTE]
        findings.append(
            warning(
                "number-unused",
                "",
                f"the number {quantity.written} of the problem is used nowhere: “{quote}”",
                "write the constraint or coefficient that it belongs to",
            )
        )
    explained = _explained(stated) | beside.keys() | switches(formulation) | made.keys()
    explained |= cut_patterns(formulation, text).counts
    for value in sorted(amounts):
        if not any(_same(value, other) for other in explained):
            findings.append(
                warning(
                    "number-unexplained",
                    "",
                    f"the number {value:g} of the formulation is not in the problem",
                    "use the problem's own numbers",
                )
            )
    return findings


_STRICTLY = re.compile(
    r"(?<!no )(?<!not )(?<!not be )\b(?:(?P<up>more|greater|larger|higher)|fewer|less|smaller|lower) than[\s$]*$|"
    r"(?<!not )(?<!cannot )\b(?:(?P<above>over|above|exceeds?|exceeding)|under|below)[\s$]*$",
    re.IGNORECASE,
)


def one_off(text: str) -> dict[float, float]:
    """Return the whole numbers next to those that a text compares strictly, 21 for `more than 20`, with these."""
    found: dict[float, float] = {}
    for quantity in quantities(text):
        match = _STRICTLY.search(text, max(0, quantity.start - 30), quantity.start)
        if match and not quantity.percent and float(quantity.value).is_integer():
            step = 1 if match["up"] or match["above"] else -1
            found[quantity.value + step] = quantity.value
    return found


_CONVERTED = (
    (
        re.compile(r"\b(?:hours?|hrs?)\b|\(h\)", re.IGNORECASE),
        re.compile(r"\bmin(?:ute)?s?\b", re.IGNORECASE),
        60.0,
    ),
    (
        re.compile(r"\bhours?\b|\bhrs?\b|\(h\)", re.IGNORECASE),
        re.compile(r"\bseconds\b|\bsecs?\b", re.IGNORECASE),
        3600.0,
    ),
    (
        re.compile(r"\bmin(?:ute)?s?\b", re.IGNORECASE),
        re.compile(r"\bseconds\b|\bsecs?\b", re.IGNORECASE),
        60.0,
    ),
    (re.compile(r"\bkg\b|\bkilo", re.IGNORECASE), re.compile(r"\bg(?:rams?)?\b", re.IGNORECASE), 1000.0),
    (re.compile(r"\bkg\b|\bkilo", re.IGNORECASE), re.compile(r"\b100 ?g(?:rams?)?\b", re.IGNORECASE), 10.0),
    (re.compile(r"\btons?\b|\btonnes?\b", re.IGNORECASE), re.compile(r"\bkg\b", re.IGNORECASE), 1000.0),
    (re.compile(r"\blit(?:er|re)s?\b", re.IGNORECASE), re.compile(r"\bml\b", re.IGNORECASE), 1000.0),
    (
        re.compile(r"\blit(?:er|re)s?\b", re.IGNORECASE),
        re.compile(r"\bcm\b|\bcentimet(?:er|re)s?\b", re.IGNORECASE),
        1000.0,
    ),
    (
        re.compile(r"\bcubic met(?:er|re)s?\b|\bm3\b|m\u00b3", re.IGNORECASE),
        re.compile(r"\blit(?:er|re)s?\b", re.IGNORECASE),
        1000.0,
    ),
    (re.compile(r"[$\u20ac]|\b(?:dollars?|euros?)\b", re.IGNORECASE), re.compile(r"\bcents?\b", re.IGNORECASE), 100.0),
    (re.compile(r"\u00a3|\bpounds?\b", re.IGNORECASE), re.compile(r"\bpence\b", re.IGNORECASE), 100.0),
    (
        re.compile(r"\bkm\b|\bkilomet(?:er|re)s?\b", re.IGNORECASE),
        re.compile(r"(?:(?<=\d )|^)m\b|\bmet(?:er|re)s?\b", re.IGNORECASE),
        1000.0,
    ),
)
"""Two units of one kind, and how many of the second are one of the first."""


def _converted(stated: set[float], text: str) -> dict[float, float]:
    """Return the stated numbers in the other unit where a text has two of one kind, with what they are stated as."""
    found: dict[float, float] = {}
    for large, small, factor in _CONVERTED:
        if large.search(text) and small.search(text):
            found |= {value * factor: value for value in stated} | {value / factor: value for value in stated}
    return {value: number for value, number in found.items() if value not in stated}


_THOUSANDS = re.compile(r"\b(?:k ?(?:EUR|USD|GBP|CHF|[€$£])|[€$£]k|TEUR|thousands?|1[, ]?000s?)(?!\w)", re.IGNORECASE)


def _in_thousands(formulation: Formulation, text: str) -> dict[float, float]:
    """Return the thousands of `40 million` where a formulation says that it counts in thousands, with the number."""
    described = [one.description for one in (*formulation.parameters, *formulation.variables)]
    if not any(map(_THOUSANDS.search, [*described, formulation.objective.description])):
        return {}
    return {one.value / 1000: one.value for one in quantities(text) if one.scale}


def _in_small_units(text: str, amounts: set[float]) -> set[float]:
    """Return the numbers of grams, minutes or pence that the formulation has in the larger unit: 0.4 for 400 g."""
    return {
        quantity.value
        for large, small, factor in _CONVERTED
        if large.search(text)
        for quantity in quantities(text)
        if small.match(text[quantity.start + len(quantity.written) :].lstrip())
        and any(_same(quantity.value / factor, amount) for amount in amounts)
    }


def _margins(formulation: Formulation, stated: set[float]) -> set[float]:
    """Return the stated numbers behind margins of the objective: where one factor of it is a price less a cost only.

    Of `11*pandas + 14*tigers` 14 is 25 - 11, so that 11 may be 19 - 8 although the text has an 11 of its own.
    """
    factors = numbers_of(formulation.objective.expression) - _COMMON
    if len(stated) > _MANY or not any(all(not _same(factor, value) for value in stated) for factor in factors):
        return set()
    pairs = [(first, second) for first, second in combinations(sorted(stated), 2) if first not in _COMMON]
    found = {factor: [pair for pair in pairs if _same(pair[1] - pair[0], factor)] for factor in factors}
    return {part for own in found.values() for pair in own for part in pair} if all(found.values()) else set()


_IN_NAME = re.compile(r"[a-z]{2,}_?(\d+)(?![\d])", re.IGNORECASE)
_IN_TEXT = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")


def _named(formulation: Formulation) -> set[float]:
    """Return the numbers that name things: `start9` where there are fewer decisions, an element `2.5 m` of a set."""
    found = {float(digits) for variable in formulation.variables for digits in _IN_NAME.findall(variable.name)}
    found = {number for number in found if number > len(formulation.variables)}
    for block in formulation.sets:
        texts = [one for one in block.elements if isinstance(one, str)] if isinstance(block.elements, tuple) else []
        found |= {float(digits) for one in texts for digits in _IN_TEXT.findall(one)}
    return found


def _discounted(text: str, amounts: set[float], used: set[float]) -> dict[float, set[float]]:
    """Return the amounts that come of a number, a percentage used nowhere else and a third number, with these."""
    numbers = quantities(text)
    spare = {quantity.value for quantity in numbers if quantity.percent and not _is_used(quantity, used)}
    found: dict[float, set[float]] = {}
    if not spare or len(numbers) > _MANY:
        return found
    for made, parts in discounted({quantity.value for quantity in numbers if not quantity.percent}, spare):
        for amount in amounts:
            if _same(amount, made):
                found.setdefault(amount, set()).update(parts)
    return found


_FRACTION = re.compile(r"(?<![\w.,/])(\d{1,3})/(\d{1,3})(?![\w/]|\.\d)")


def unused(text: str, used: set[float]) -> Iterator[Quantity]:
    """Yield each number of a text that is not among those that are used, once; names and labels do not count."""
    seen: set[float] = set()
    naming = labels(text) | numbering(text) | bases(text) | scales(text)
    naming |= _fractions_in_use(text, used) | _sums_worked_out(text) | _supposed(text)
    shares = per_cent(text)
    for found in [*quantities(text), *_unused_parts(text, used)]:
        quantity = found._replace(percent=found.percent or found.start in shares)
        if quantity.value not in seen and quantity.start not in naming and not _is_used(quantity, used):
            seen.add(quantity.value)
            yield quantity


def _unused_parts(text: str, used: set[float]) -> Iterator[Quantity]:
    """Yield the fractions in words that are held in no form: six-tenths as 0.6, 0.4, 36 minutes or 54 of the 90."""
    parts = [one for one in spelled(text) if 0 < one.value < 1]
    wholes = {100.0, 60.0, 24.0, *(quantity.value for quantity in quantities(text) if parts)}
    for one in parts:
        share = one.value
        ways = {share, 1 - share, 1 + share, 1 / share, share / (1 - share), (1 - share) / share}
        ways |= {part * whole for whole in wholes for part in (share, 1 - share)}
        if not any(abs(way - value) <= _ROUNDED for way in ways for value in used):
            yield Quantity(share, False, one.written, one.start)


def _fractions(text: str) -> list[tuple[re.Match[str], float]]:
    """Return the fractions that a text writes with a slash, with their values."""
    found = ((match, int(match[2])) for match in _FRACTION.finditer(text))
    return [(match, int(match[1]) / below) for match, below in found if below]


def _fractions_in_use(text: str, used: set[float]) -> set[int]:
    """Return where fractions begin whose value the formulation holds."""
    return {match.start() for match, value in _fractions(text) if any(_same(value, other) for other in used)}


def _sums_worked_out(text: str) -> set[int]:
    """Return where the results of sums stand that a text works out: the 9 of `4 + 5 = 9` says nothing of its own."""
    found: set[int] = set()
    for match in _SUM.finditer(text):
        if _same(sum(part.value for part in quantities(match["parts"])), float(match["result"].replace(",", ""))):
            found.add(match.start("result"))
    return found


def _supposed(text: str) -> set[int]:
    """Return where the numbers of examples stand that begin with an if: they explain a rule."""
    return {
        match.start() + digits.start()
        for match in _SUPPOSED.finditer(text)
        for digits in re.finditer(r"\d[\d,]*(?:\.\d+)?", match.group())
    }


_SUPPOSED = re.compile(
    r"\b(?:for (?:example|instance)|e\.g\.),? (?:if|suppose|say)\b[^\n]*?(?:[.!?](?=\s|$)|$)", re.I | re.M
)
_SUM = re.compile(
    r"(?P<parts>\d[\d,]*(?:\.\d+)?(?: ?\+ ?\$?\d[\d,]*(?:\.\d+)?)+) ?= ?[*$]*(?P<result>\d[\d,]*(?:\.\d+)?)"
)


def _same(first: float, second: float) -> bool:
    return abs(first - second) <= _RELATIVE * max(1.0, abs(first), abs(second))


def _is_used(quantity: Quantity, used: set[float]) -> bool:
    if 1 in (quantity.value, quantity.digits) and (not quantity.percent or "point" in quantity.written):
        return True  # a coefficient of one is not written, nor one of 1 million where millions are counted
    readings = [quantity.value, quantity.digits]
    if quantity.percent:
        share = quantity.value / 100
        readings += [share, 1 - share, 1 + share, 100 - quantity.value]
    elif 0 < quantity.value < 1:
        readings += [1 - quantity.value, quantity.value * 100, 1 + quantity.value]
    return any(_same(reading, value) for reading in readings for value in used)


def _stated(text: str) -> set[float]:
    """Return the values that a text states, in digits, words or as fractions; of a percentage also the share."""
    found = {quantity.value for quantity in quantities(text)} | word_values(text) | durations(text)
    found |= {quantity.digits for quantity in quantities(text)}
    found |= {quantity.value / 100 for quantity in quantities(text) if quantity.percent}
    if re.search(r"\(%\)|\bin %", text):  # a column of percentages
        found |= {quantity.value / 100 for quantity in quantities(text)}
    shares = per_cent(text)
    found |= {quantity.value / 100 for quantity in quantities(text) if quantity.start in shares}
    if re.search(r"per ?cent\b", text, re.IGNORECASE):
        found |= {value / 100 for value in word_values(text)}
    for match, value in _fractions(text):
        found |= {float(match[1]), float(match[2]), value}
    return found


def _parts_of(amounts: set[float], stated: set[float]) -> set[float]:
    """Return the stated numbers that the formulation holds only worked out: of 50 - 30 = 20 the 50 and the 30."""
    found: set[float] = set()
    known = stated | _COMMON | {1 - value for value in stated} | {1 + value for value in stated}
    derived = [amount for amount in amounts if not any(_same(amount, value) for value in known)]
    if len(stated) > _MANY or len(derived) > _MANY:
        return found
    for first, second in combinations(sorted(stated), 2):
        results = _combined(first, second)
        if any(_same(amount, result) for amount in derived for result in results):
            found |= {first, second}
    return found


def _worked_out(amounts: set[float], stated: set[float]) -> set[float]:
    """Return the stated fractional numbers that the formulation works out itself: the 6.25 of `target + 0.25`."""
    if len(amounts) > _MANY:
        return set()
    fractional = [value for value in stated if value > 1 and value % 1]
    sums = {first + second for first in amounts for second in amounts if first > second}
    sums |= {first - second for first in amounts for second in amounts if first > second}
    return {value for value in fractional if any(_same(value, one) for one in sums)}


def _totals(formulation: Formulation) -> set[float]:
    """Return what the limits of single variables of one family add up to: of three steps of 400 the 1200 in all."""
    families: dict[str, list[float]] = {}
    for row in formulation.constraints:
        match tree_of(row.expression):
            case e.Compare("<=", e.Name(name), e.Number(limit) | e.Binary("*", e.Number(limit), e.Name())):
                families.setdefault(name.split("_")[0].rstrip("0123456789"), []).append(float(limit))
            case _:
                continue
    return {sum(own) for own in families.values() if len(own) > 1}


def _combined(first: float, second: float) -> set[float]:
    """Return what one step of arithmetic makes of two numbers."""
    quotients = {first / second if second else 0.0, second / first if first else 0.0}
    return {first + second, abs(first - second), first * second} | quotients


_EXTRA = re.compile(r"\b(?:extra|additional(?:ly)?|bonus|premium|surcharge|allowance|on top)\b", re.IGNORECASE)
_TIMES = range(2, 8)
"""How often something extra may be paid on top: at most for each day of a week."""


def _topped(text: str, base: set[float], amounts: set[float]) -> dict[float, set[float]]:
    """Return the amounts with something extra on top several times, as 900 and 40 on each of two days, by parts."""
    ends = [(quantity.start + len(quantity.written), quantity) for quantity in quantities(text)]
    extra = {quantity.value for end, quantity in ends if _EXTRA.search(text[max(0, quantity.start - 20) : end + 12])}
    made = {first + times * value: {first, value} for first in base for value in extra for times in _TIMES}
    return {value: parts for value, parts in made.items() if value in amounts and value not in base}


def _explained(base: set[float]) -> set[float]:
    """Return the values that the text's numbers explain, alone or in one step of arithmetic."""
    known = base | _COMMON | {1 - value for value in base} | {1 + value for value in base}
    if len(base) <= _MANY:
        for first, second in combinations(sorted(base), 2):
            known |= _combined(first, second)
    return known
