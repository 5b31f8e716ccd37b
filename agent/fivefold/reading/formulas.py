"""Conditions and goals that a text writes as formulas: `2x_1 + 3x_2 <= 12`, `maximize 3x + 2y`.

A formula is read only where each of its names stands for one decision, and where it is a sum with numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from fivefold.reading.claim import Claim, Relation
from fivefold.reading.entities import Entry
from fivefold.reading.formula_words import Token, bare, linear, names, plainly, tokens, whole
from fivefold.reading.slots import TextReading, conditional
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.identity import spell_key

_LEFT_ALONE = re.compile(
    r"\b(?:for example|for instance|e\.g\.|suppose|assume|currently|current|initial|would|solution|optimal|gives|"
    r"such as|check|violates?|violated|feasible|say|for (?:all|each|every)|or)\b|"
    r"\\forall|∀|\\sum|∑|Σ|\\prod|\\int|\\frac",
    re.IGNORECASE,
)
"""Sentences that try values out, or that hold for each of several."""
_UNCLEAR = frozenset(
    re.findall(
        r"\w+",
        "times plus minus twice half double triple of sum product over per percent not no than if when unless except "
        "either or",
    )
)
_COUNTED = frozenset({"constraint", "row", "equation", "condition", "step", "line", "limit", "option", "rule", "item"})
_GOAL_WORD = re.compile(r"\b(?P<how>maximi[sz]e|minimi[sz]e|max|min)\b", re.IGNORECASE)
_GOAL = re.compile(rf"{_GOAL_WORD.pattern}(?P<what>.*)", re.IGNORECASE | re.DOTALL)
_NO_GOAL = frozenset({"subject", "st", "such", "where", "number", "with", "under", "and"})
_GOAL_WORDS = 8
_WORTH_IT = re.compile(r"[<>=≤≥]|\\[lg]e|\b(?:max|min)", re.IGNORECASE)


def formula_claims(reading: TextReading) -> Iterator[Claim]:
    """Yield the conditions that a text writes as formulas."""
    known = names(reading, reading.grounded)
    for quote, found in _sentences(reading):
        if _GOAL.search(quote) and not re.search(r"\b(?:subject|s\.\s?t\.|st|such that)\b|;|\n|\\\\", quote):
            continue  # a goal, of which a relation is a part
        for at, token in enumerate(found):
            if token.kind == "relation" and token.text != "!=":
                claim = _claim(reading.grounded, found, at, known, quote)
                if claim is not None:
                    yield claim


def formula_goal(reading: TextReading) -> tuple[bool, dict[Entry, float], str] | None:
    """Return whether a formula is to be made large, its weights and its words; None where there is not one goal."""
    hows = {match["how"][:3].lower() for match in _GOAL_WORD.finditer(plainly(reading.text))}
    if len(hows) != 1:
        return None
    known = names(reading, reading.grounded)
    goals: list[tuple[bool, dict[Entry, float], str]] = []
    for quote, _ in _sentences(reading):
        match = _GOAL.search(plainly(quote))
        weights = _goal_weights(tokens(match["what"]), known) if match else None
        if match and weights is not None:
            goals.append((match["how"].lower().startswith("max"), weights, " ".join(match["what"].split())[:80]))
    return goals[0] if len(goals) == 1 and all(goals[0][1].values()) else None


def _sentences(reading: TextReading) -> Iterator[tuple[str, list[Token]]]:
    for number in range(len(reading.sentences.ends)):
        quote = reading.sentences.words(number)
        if _WORTH_IT.search(quote) and not _LEFT_ALONE.search(quote) and not conditional(quote):
            yield quote, tokens(quote)


def _side(found: Sequence[Token], at: int, step: int, known: Mapping[str, Entry]) -> list[Token] | None:
    """Return the pieces of a formula on one side of a relation; None where it may go on in a way that is not read."""
    side: list[Token] = []
    at += step
    while 0 <= at < len(found) and (found[at].kind in {"number", "sign"} or _is_name(found[at], known)):
        side.insert(0, found[at]) if step < 0 else side.append(found[at])
        at += step
    ends = found[at] if 0 <= at < len(found) else Token("stop", "")
    word = ends.kind == "name"
    if ends.kind == "bad" or (word and (len(ends.text) == 1 or ends.text.lower() in _UNCLEAR)):
        return None
    if step < 0 and side and side[0].kind == "number" and word and ends.text.lower() in _COUNTED:
        return None  # `row 2 x <= 4`
    if step < 0 and side and side[0].kind == "sign" and ends.kind == "stop":
        return side[1:] if side[0].text == "*" else None  # a bullet, or a minus?
    return side


def _is_name(token: Token, known: Mapping[str, Entry]) -> bool:
    return token.kind == "name" and bare(token.text) in known


def _claim(grounded: Grounded, found: Sequence[Token], at: int, known: Mapping[str, Entry], quote: str) -> Claim | None:
    sides = _side(found, at, -1, known), _side(found, at, 1, known)
    read = [None if side is None else linear(side, known) for side in sides]
    left, right = read
    if left is None or right is None or not sides[0] or not sides[1]:
        return None
    weights = dict(left[0])
    for entry, weight in right[0].items():
        weights[entry] = weights.get(entry, 0.0) - weight
    weights = {entry: weight for entry, weight in weights.items() if weight}
    limit, written = right[1] - left[1], found[at].text
    if not weights or (len(weights) == 1 and (written in {"=", "=="} or limit == 0)):
        return None  # a value that somebody tries, or what every decision is by itself
    relation = cast(Relation, "==" if written in {"=", "=="} else f"{written[0]}=")
    if written in {"<", ">"} and whole(grounded, weights):
        limit += -1 if written == "<" else 1
    if limit < 0:
        weights, limit = {entry: -weight for entry, weight in weights.items()}, -limit
        relation = cast(Relation, e.FLIPPED[relation])
    said = f"{_spelt(weights)} {relation} {limit:g}"
    return Claim("sum", weights, relation, limit, quote[:200], said)


def _spelt(weights: Mapping[Entry, float]) -> str:
    parts = (f"{'' if weight == 1 else f'{weight:g}*'}{spell_key(*entry)}" for entry, weight in weights.items())
    return " + ".join(parts).replace("+ -1*", "- ").replace("+ -", "- ")


def _goal_weights(found: Sequence[Token], known: Mapping[str, Entry]) -> dict[Entry, float] | None:
    """Return the weights of the first sum behind `maximize`, over at most a few words and `Z =`."""
    equals = next((at for at, token in enumerate(found[:_GOAL_WORDS]) if token.text == "="), -1)
    start = equals + 1
    at = start
    while at < len(found) and found[at].kind in {"name", "stop"} and not _is_name(found[at], known):
        if found[at].text.lower() in _NO_GOAL | _UNCLEAR or (len(found[at].text) == 1 and found[at].text != ":"):
            return None
        at += 1
    first = at
    while at < len(found) and (found[at].kind in {"number", "sign"} or _is_name(found[at], known)):
        at += 1
    ends = found[at] if at < len(found) else Token("stop", "")
    if ends.kind in {"bad", "relation"} or (ends.kind == "name" and (len(ends.text) == 1 or ends.text in _UNCLEAR)):
        return None
    run = found[first:at]
    # A sum of words such as `9 boxes` needs a sign to be a formula.
    spelt = all(len(bare(token.text).rstrip("0123456789")) == 1 for token in run if token.kind == "name")
    read = linear(run, known)
    if read is None or not read[0] or first > start + _GOAL_WORDS or len(run) < 2:
        return None
    return read[0] if spelt or any(token.kind == "sign" for token in run) else None
