"""`Each song goes on exactly one side`: decisions between yes and no over two sets, of which no row lets each have one.

Read only where the words name both sets of one family of yes-or-no decisions; whether the row says exactly or at most
one is for other checks. Silent as soon as any row adds up the decisions of a single element.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fivefold.checks.wording import stem, stems
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation, Variable
from fivefold_solvers.formulation.expression import Name
from fivefold_solvers.formulation.finding import Finding, warning
from fivefold_solvers.formulation.identity import Key
from fivefold_solvers.formulation.parse import ExpressionError, parse_ranges
from fivefold_solvers.formulation.polynomial import Polynomial
from fivefold_solvers.formulation.rows import Rows

_ONE = (
    r"(?:(?:exactly|only|just|precisely|at most|no more than) (?:one|1|a single)|"
    r"(?:by|to|on|in|into|at) (?:one|a single))"
)
_EACH = re.compile(
    rf"\b(?:each|every)(?: of the)?(?: \d+)? (?P<who>[a-z]+(?: [a-z]+)?)\b(?P<between>[^.;:\d]{{0,80}}?)\b{_ONE} "
    r"(?P<what>[a-z]+(?: [a-z]+)?)",
    re.IGNORECASE,
)
_ONE_FIRST = re.compile(
    rf"\b{_ONE} (?P<what>[a-z]+(?: [a-z]+)?)(?P<between>[^.;:\d]{{0,60}}?)\b(?:to|by|for|in|on|at|per|serves?|visits?"
    r"|covers?|handles?) (?:each|every)(?: of the)?(?: \d+)? (?P<who>[a-z]+(?: [a-z]+)?)",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:if|unless|when|whenever|and|or|but|while|each|every)\b", re.IGNORECASE)
"""Between the two they start another clause."""


@dataclass(frozen=True, slots=True)
class Claim:
    """That each of some things has one of others."""

    who: frozenset[str]
    """Stems of the words for the things."""
    what: frozenset[str]
    """Stems of the words for the others."""
    quote: str


def claims(text: str) -> Iterator[Claim]:
    """Yield what a text says each of something has one of."""
    for pattern in (_EACH, _ONE_FIRST):
        for match in pattern.finditer(text):
            if not _NOT.search(match["between"]):
                yield Claim(_named(match["who"]), _named(match["what"]), match.group())


def _named(words: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words.lower().split())


def check_each_one(formulation: Formulation, text: str) -> Iterator[Finding]:
    """Yield a warning for each thing that the text gives one of others and no row does."""
    said = list(claims(text))
    named = {block.name: stems(f"{block.name.replace('_', ' ')} {block.description}") for block in formulation.sets}
    asked = [(claim, variable, at) for variable in formulation.variables if variable.domain == "binary"
             for claim in said for at in _place(variable, claim, named)]  # fmt: skip
    checked = check(formulation) if asked else None
    if checked is None or checked.grounded is None or checked.rows.logic:
        return
    told: set[str] = set()
    for claim, variable, at in asked:
        if variable.name in told or _adds_up(checked.rows, variable.name, at):
            continue
        told.add(variable.name)
        index = variable.index[at].split(" in ")[0]
        message = f"no row says “{claim.quote}”: nothing adds up {variable.name} for one {index} alone"
        mend = f"add a row for each `{variable.index[at]}` that adds up its own {variable.name}"
        yield warning("each-one", f"variable '{variable.name}'", message, mend)


def _place(variable: Variable, claim: Claim, named: dict[str, frozenset[str]]) -> Iterator[int]:
    """Yield the place of a decision's two at which those stand that have one each, if both are named."""
    try:
        clauses = parse_ranges(variable.index)
    except ExpressionError:
        return
    sources = [clause.source.name for clause in clauses if isinstance(clause.source, Name) and not clause.conditions]
    if len(sources) != 2 or len(clauses) != 2 or sources[0] == sources[1]:
        return
    words = [named.get(source, frozenset[str]()) for source in sources]
    for at in (0, 1):
        who, other = words[at], words[1 - at]
        if claim.who & who and claim.what & other and not claim.who & other and not claim.what & who:
            yield at


def _adds_up(rows: Rows, name: str, at: int) -> bool:
    """Whether a row adds up decisions of one element alone at a place, or cannot be read as a sum."""
    for row in rows.rows:
        if not isinstance(row.body, Polynomial):
            return True
        factors = {key: factor for (other, key), factor in row.body.linear.items() if other == name}
        if row.body.degree > 1 or _of_one(factors, at):
            return True
    return False


def _of_one(factors: dict[Key, float], at: int) -> bool:
    return len(factors) > 1 and len({key[at] for key in factors}) == 1 and len(set(factors.values())) == 1
