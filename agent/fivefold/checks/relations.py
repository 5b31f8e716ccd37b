"""Rows against the words around their numbers: `at least 50` as an upper limit, tricks added up against treats."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fivefold.checks.cut_patterns import cut_patterns
from fivefold.problem import Quantity, quantities, sentence_at, words_for
from fivefold.reading.labels import labels
from fivefold.reading.words import AT_LEAST, AT_MOST
from fivefold.reading.words import stated as stated_in
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, warning
from fivefold_solvers.formulation.parse import ExpressionError, parse

_GAP = r"(?:\s+(?:a|an|the|of|total|about|around|weekly|daily|monthly|sum|to))*\s*[$€£]?\s*"
_LEAST = re.compile(
    rf"(?:at least|at a minimum|(?:a |the )?minimum(?: amount| number| total)?(?: of| is)?|{AT_LEAST})" + _GAP + r"$",
    re.IGNORECASE,
)
_MOST = re.compile(
    rf"(?:(?:a |the )?maximum(?: amount| number| total)?(?: of| is)?|(?<!add )(?<!adds )up to|{AT_MOST}|"
    r"limited to|only has|only have|only)" + _GAP + r"$",
    re.IGNORECASE,
)
_AVAILABLE = re.compile(r"^[^.;,\d]{0,40}?\b(?:available|in stock|on hand|or less|or fewer)\b", re.IGNORECASE)
_OR_MORE = re.compile(r"^[^.;,]{0,12}?\bor more\b", re.IGNORECASE)
_PERIODS = r"(?:second|minute|hour|day|night|shift|week|month|season|year)"
_TELLING = 10
"""Numbers in words below this may be said of anything: two times, one of them."""
_BEFORE = 60
_PAYS = re.compile(r"\b(?:pays?|paid|costs?|spends?|spent|buy(?:s|ing)?|purchas\w+|charges?|wages?|rents?)\b", re.I)
_MAX_QUOTE = 140
_SAID = {">=": "a least amount", "<=": "a limit"}
_IDLE = frozenset(
    re.findall(
        r"\w+",
        "a an the of and or to for in on at by is are be can per each every with from that which it its as than more "
        "less total available unit units least most their they one this these will must",
    )
)


@dataclass(frozen=True, slots=True)
class _Bound:
    """One row read as `quantity <relation> number`, or as `part <relation> share * whole`."""

    name: str
    expression: str
    relation: str
    number: float
    coefficients: tuple[float, ...]


def check_relations(formulation: Formulation, text: str) -> list[Finding]:
    """Return a warning for every row whose relation contradicts the words before its number."""
    findings: list[Finding] = []
    stated = [one for one in stated_in(text) if one.written[-1:].isdigit() or one.percent or one.value >= _TELLING]
    for bound in _bounds(formulation):
        said = [(quantity, _direction(text, quantity)) for quantity in stated if _is(bound.number, quantity)]
        words = {direction for _, direction in said}
        wanted = words.pop() if len(words) == 1 else None
        # A number that also stands where the words state no relation may be that other one.
        if wanted is None or bound.relation not in {"<=", ">="} or wanted == bound.relation:
            continue
        quantity = next(quantity for quantity, direction in said if direction == wanted)
        quote = sentence_at(text, quantity.start)[:_MAX_QUOTE]
        findings.append(
            warning(
                "relation",
                f"constraint '{bound.name}'",
                f"`{bound.expression}` has {bound.relation}, but {quantity.written} is {_SAID[wanted]}: “{quote}”",
                f"write {wanted}",
            )
        )
    return findings


def check_nouns(formulation: Formulation, text: str) -> list[Finding]:
    """Return a warning for every limit whose row adds up numbers of something else.

    `200 treats` limits treats; a row that adds `1` for a dolphin where the text only says `1 trick` adds tricks.
    """
    findings: list[Finding] = []
    naming = labels(text)
    stated = [quantity for quantity in quantities(text) if quantity.start not in naming]
    patterns = cut_patterns(formulation, text).rows
    for bound in _bounds(formulation):
        if bound.name in patterns:
            continue  # how many pieces a pattern gives is the text's to be worked out
        mentions = [quantity for quantity in stated if _is(bound.number, quantity) and not quantity.percent]
        if len(mentions) != 1 or len(bound.coefficients) < 2 or set(bound.coefficients) == {1.0}:
            continue
        limit = mentions[0]
        nouns = _nouns(text, limit)
        kin = [q for q in stated if q.start != limit.start and nouns & _nouns(text, q)]
        if not nouns or len(kin) < 2:
            continue
        if _per_basis(bound.coefficients, [quantity.value for quantity in kin]):
            continue
        for value in dict.fromkeys(bound.coefficients):
            told = [quantity for quantity in stated if _is(value, quantity)]
            if _is_paid(text, limit) and any(_is_paid(text, quantity) for quantity in told):
                continue
            same = [_nouns(text, quantity) for quantity in told]
            # A number without a noun, as in `3 hours for a desk and 2 for a chair`, may count what the limit counts.
            if same and all(said and not nouns & said for said in same) and not _in_words(text, value, nouns):
                noun = sorted(nouns)[0]
                other = ", ".join(f"{q.written} in “{sentence_at(text, q.start)[:_MAX_QUOTE]}”" for q in kin[:3])
                findings.append(
                    warning(
                        "nouns",
                        f"constraint '{bound.name}'",
                        f"`{bound.expression}` limits {noun} ({limit.written}), but {value:g} counts something else",
                        f"use the numbers of {noun}: {other}",
                    )
                )
                break
    return findings


def _per_basis(coefficients: Sequence[float], told: Sequence[float]) -> bool:
    """Whether numbers are those of 10, 100 or 1000 for one: 3.8 and 5 for 380 and 500 of each 100 g."""
    return any(
        all(any(math.isclose(basis * value, one) for one in told) for value in coefficients)
        for basis in (10.0, 100.0, 1000.0)
    )


def check_terms(formulation: Formulation) -> list[Finding]:
    """Return a warning for every sum that adds one variable twice while it leaves another out.

    `3*pies + 2*pies` is one term written for two variables: the second name was copied from the first.
    """
    findings: list[Finding] = []
    scalars = {variable.name for variable in formulation.variables if not variable.index}
    texts = [("the objective", formulation.objective.expression)]
    texts += [(f"constraint '{row.name}'", row.expression) for row in formulation.constraints]
    for where, text in texts:
        try:
            tree = parse(text).tree
        except ExpressionError:
            continue
        for side in (tree.left, tree.right) if isinstance(tree, e.Compare) else (tree,):
            terms = [term for term in _terms(side, "+") if term[1] in scalars]
            doubled = next((name for sign, name in terms if terms.count((sign, name)) > 1), None)
            absent = sorted(scalars - {name for _, name in terms})
            if doubled is not None and absent:
                message = f"`{text}` adds {doubled} twice and leaves out {', '.join(absent[:3])}"
                findings.append(warning("term-twice", where, message, "write each variable once"))
                break
    return findings


def _terms(node: e.Expression, sign: str) -> Iterator[tuple[str, str]]:
    """Yield sign and variable of every term `c*x` or `x` of a sum; what `50*x - 30*x` takes off is no doubled term."""
    match node:
        case e.Binary("+" | "-" as operator, left, right):
            yield from _terms(left, sign)
            yield from _terms(right, sign if operator == "+" else "-" if sign == "+" else "+")
        case e.Binary("*", e.Number(), e.Name(name)) | e.Binary("*", e.Name(name), e.Number()) | e.Name(name):
            yield sign, name
        case _:
            return


def _is(value: float, quantity: Quantity) -> bool:
    readings = (quantity.value, quantity.value / 100) if quantity.percent else (quantity.value,)
    return any(abs(value - reading) <= 1e-9 * max(1.0, abs(reading)) for reading in readings)


def _direction(text: str, quantity: Quantity) -> str | None:
    """Return the relation that the words around a number state, None where they state none."""
    before = text[max(0, quantity.start - _BEFORE) : quantity.start]
    after = text[quantity.start + len(quantity.written) :]
    if _LEAST.search(before) or _OR_MORE.match(after):
        return ">="
    if _MOST.search(before) or _AVAILABLE.match(after):
        return "<="
    return None


def _nouns(text: str, quantity: Quantity) -> set[str]:
    """Return the stems of the first words behind a number, up to the end of its phrase."""
    after = text[quantity.start + len(quantity.written) :][:60]
    phrase = re.split(
        rf"[.,;:()\d]| and | or | while | but | (?:an?|per|each|every) (?={_PERIODS})", after, maxsplit=1
    )[0]
    words = [word.lower() for word in re.findall(r"[A-Za-z]+", phrase)]
    words = [word for word in words if word not in _IDLE and len(word) > 2]
    # `300 cubic metres of gravel` counts gravel as `40 of gravel` does.
    return {_stem(word) for word in words[: 3 + (words[:1] in (["cubic"], ["square"]))]}


def _is_paid(text: str, quantity: Quantity) -> bool:
    """Whether a number is money that a sentence says is spent."""
    sign = re.search(r"[$€£]\s*$", text[: quantity.start][-3:])
    return sign is not None and _PAYS.search(sentence_at(text, quantity.start)) is not None


def _in_words(text: str, value: float, nouns: set[str]) -> bool:
    """Whether a text writes a number of these nouns in words: `an hour`, `two working hours`."""
    words = [*words_for(value), *(["an?", "each", "per"] if value == 1 else [])]
    if not words:
        return False
    pattern = rf"\b(?:{'|'.join(words)})\s+(?:[a-z]+\s+){{0,2}}?(?:{'|'.join(sorted(nouns))})"
    return re.search(pattern, text, re.IGNORECASE) is not None


def _stem(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _bounds(formulation: Formulation) -> Iterator[_Bound]:
    for row in formulation.constraints:
        try:
            tree = parse(row.expression).tree
        except ExpressionError:
            continue
        if not isinstance(tree, e.Compare):
            continue
        for side, other, relation in (
            (tree.right, tree.left, tree.relation),
            (tree.left, tree.right, e.FLIPPED.get(tree.relation, tree.relation)),
        ):
            number = _constant(side)
            if number is not None and _constant(other) is None:
                yield _Bound(row.name, row.expression, relation, number, tuple(_coefficients(other)))
            elif isinstance(other, e.Name | e.Item) and (share := _share(side)) is not None:
                yield _Bound(row.name, row.expression, relation, share, ())


def _constant(node: e.Expression) -> float | None:
    if isinstance(node, e.Number):
        return float(node.value)
    return None


def _share(node: e.Expression) -> float | None:
    """Return `0.3` of `0.3*(x + y)`."""
    if isinstance(node, e.Binary) and node.operator == "*":
        return _constant(node.left) if _constant(node.left) is not None else _constant(node.right)
    return None


def _coefficients(node: e.Expression) -> Iterator[float]:
    """Yield the coefficients of a sum of terms `c*x` and `x`; nothing where it is more than that."""
    match node:
        case e.Binary("+", left, right):
            yield from _coefficients(left)
            yield from _coefficients(right)
        case e.Binary("*", e.Number(value), e.Name() | e.Item()) | e.Binary("*", e.Name() | e.Item(), e.Number(value)):
            yield float(value)
        case e.Name() | e.Item():
            yield 1.0
        case _:
            return
