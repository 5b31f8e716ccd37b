"""Formulas in the text of a problem, plain or in LaTeX, cut into numbers, names and signs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fivefold.reading.entities import Entry, stems
from fivefold.reading.slots import TextReading
from fivefold_solvers.formulation.elements import Variable
from fivefold_solvers.formulation.ground import Grounded

_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SPELT: tuple[tuple[str, str], ...] = (
    (r"\\(?:begin|end) ?\{\w+\*?\}|\\\\|\\[()\[\]]|\n", " ; "),
    (r"\\(?:leqslant|leq|le)\b|≤|⩽", "<="),
    (r"\\(?:geqslant|geq|ge)\b|≥|⩾", ">="),
    (r"\\(?:cdot|times|ast)\b|[·×∗]", "*"),
    (r"−", "-"),
    (r"\\(?:left|right|quad|qquad|displaystyle|text|textrm|mathrm|mathbf|mathit)\b|\\[,;:! ]|[$&]", " "),
    (r"\\(max|min)\b", r" \1 "),
    (r"_\{(\w+)\}", r"_\1"),
    (r"[{}]", " "),
    (r"(?<![\w*)])\(\s*[\divx]+\s*\)", " ; "),
)
"""How LaTeX and other spellings are written plainly; `(1)` before a formula only counts it."""
_TOKEN = re.compile(
    r"(?P<number>\d{1,3}(?:,\d{3})+(?!\d)|\d+\.\d+|\d+|\.\d+)|(?P<name>[A-Za-z]+\d*(?:_[A-Za-z0-9]+)*)|"
    r"(?P<relation><=|>=|==|!=|=|<|>)|(?P<sign>[-+*])|(?P<space>\s+)|(?P<bad>[()^/\\\[\]|%≠'])|(?P<stop>.)"
)
_COUNTED = (
    r"(?:total )?(?:number|amount|quantity|count|units|hours|acres|litres|liters|tons|kg)\b(?: of)? "
    r"(?P<what>(?:(?!\band\b)[^.,;:=$()])+)"
)
_LET = re.compile(
    r"(?<![A-Za-z_])\$?(?P<name>[A-Za-z](?:_?\{?\d+\}?)?)\$? "
    rf"(?:be|is|are|denotes?|represents?|stands? for|=|:|to be|as) (?:the |a )?{_COUNTED}"
)
_AND = re.compile(rf"(?:\band|,) \$?(?P<name>[A-Za-z](?:_?\{{?\d+\}}?)?)\$? the {_COUNTED}")
_BEHIND = re.compile(r"^ ?\(\$?([A-Za-z](?:_?\{?\d+\}?)?)\$?\)")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a formula or of the words around it."""

    kind: str
    """`number`, `name`, `relation`, `sign`, `bad` or `stop`."""
    text: str


def plainly(sentence: str) -> str:
    """Return a sentence with its formulas written without LaTeX."""
    text = sentence.translate(_SUBSCRIPTS)
    for pattern, spelling in _SPELT:
        text = re.sub(pattern, spelling, text)
    return text


def tokens(sentence: str) -> list[Token]:
    """Return the pieces of a sentence."""
    found = ((match.lastgroup or "", match.group()) for match in _TOKEN.finditer(plainly(sentence)))
    return [Token(kind, text) for kind, text in found if kind != "space"]


def bare(name: str) -> str:
    """Return what `x_{1}`, `x1` and `x[1]` share."""
    return re.sub(r"[^A-Za-z0-9]", "", name)


def names(reading: TextReading, grounded: Grounded) -> dict[str, Entry]:
    """Return which decision each name of the text's formulas stands for: the same name, or one that the text gives."""
    found: dict[str, set[Entry]] = {}
    for variable, block in grounded.variables.items():
        for key in block.bounds:
            found.setdefault(bare(variable + "".join(map(str, key))), set()).add((variable, key))
    known = {name: next(iter(entries)) for name, entries in found.items() if len(entries) == 1}
    given: dict[str, set[Entry]] = {}
    for name, entry in _given(reading):
        given.setdefault(bare(name), set()).add(entry)
    for name, entries in given.items():
        if len(entries) > 1 or known.get(name, next(iter(entries))) not in entries:
            known.pop(name, None)  # two things have the name
        else:
            known[name] = next(iter(entries))
    return known


def _given(reading: TextReading) -> Iterator[tuple[str, Entry]]:
    """Yield the names that a text gives: `let x be the number of cakes`, `cakes (x)`."""
    for match in [*_LET.finditer(reading.text), *_AND.finditer(reading.text)]:
        said = stems(re.split(r"\b(?:per|for|let|where)\b", match["what"])[0])
        meant = [entity for entity in reading.entities if said & entity.own]
        if len(meant) == 1:
            yield match["name"], meant[0].entry
    for mention in reading.mentions:
        behind = _BEHIND.match(reading.text[mention.end :])
        if behind:
            yield behind[1], reading.entities[mention.entity].entry


def linear(found: Sequence[Token], known: Mapping[str, Entry]) -> tuple[dict[Entry, float], float] | None:
    """Return the weights and the constant of a sum such as `2x_1 + 3x_2 - 4`; None where it is another expression."""
    weights: dict[Entry, float] = {}
    constant, at = 0.0, 0
    while at < len(found):
        sign = 1.0
        if found[at].kind == "sign":
            if found[at].text == "*":
                return None
            sign, at = (-1.0 if found[at].text == "-" else 1.0), at + 1
        elif at:
            return None
        factor = name = None
        if at < len(found) and found[at].kind == "number":
            factor, at = float(found[at].text.replace(",", "")), at + 1
            if at + 1 < len(found) and found[at].text == "*" and found[at + 1].kind == "name":
                at += 1
        if at < len(found) and found[at].kind == "name":
            name, at = found[at].text, at + 1
        if factor is None and name is None:
            return None
        if name is None:
            constant += sign * (factor or 0.0)
            continue
        entry = known.get(bare(name))
        if entry is None or entry in weights:
            return None
        weights[entry] = sign * (1.0 if factor is None else factor)
    return weights, constant


def whole(grounded: Grounded, weights: Mapping[Entry, float]) -> bool:
    """Whether a sum takes whole numbers only."""
    variables: list[Variable] = [grounded.variables[name].element for name, _ in weights]
    return all(v.domain != "continuous" for v in variables) and all(float(w).is_integer() for w in weights.values())
