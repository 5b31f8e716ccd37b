"""Supplies and needs: `hours >= 90` where 90 hours are available, `loaves <= 30` where 30 are ordered.

A supply bounds what is used from above, a need what is made from below, and one supply of all is one row. Read where
a number is stated once and its sentence speaks of a supply or of a need, not of both, and from the names that a
formulation gives to its own tables.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from fivefold.checks.places import places
from fivefold.checks.sums import addends, tree_of
from fivefold.checks.wording import BODIES, stems
from fivefold.problem import Quantity
from fivefold.reading.words import EXACT, LEAST, LEAST_OF, MOST, Sentences, nouns, stated
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Constraint, Formulation
from fivefold_solvers.formulation.finding import Finding, warning

Kind = Literal["supply", "need"]
_SUPPLY = re.compile(
    r"\b(?:available|in (?:store|stock|the (?:store|cellar|warehouse))|(?:is|are) left|left over|on hand|budget|"
    r"capacity|room for|at (?:his|her|its|their) disposal|supply of)\b",
    re.IGNORECASE,
)
_HAS = re.compile(
    r"\b(?:has|have|owns?|there (?:is|are)|got)(?: only| just| about| exactly| got)? \W{0,2}$", re.IGNORECASE
)
_LISTED = re.compile(r"^[^.;:]*?(?:,|\band\b)[^.;:\d]{0,3}$", re.IGNORECASE)
_NEED = re.compile(
    r"\b(?:needs?|needed|requires?|required|requirements?|must|demands?|order(?:s|ed)?|expect(?:s|ed)|promised|"
    r"wants?|wish(?:es)?|would like|asks?|calls? for|goal|target|at least|no less|not less|no fewer|minimum|should|"
    r"to (?:be )?(?:deliver|feed|transport|serve|move|ship|handle|carr)\w*)\b",
    re.IGNORECASE,
)
_NEEDED = re.compile(
    r"\b(?:needs?|demands?(?: for| of| is)*|(?:has|have) ordered|orders (?:for|of|are)|expects?|promised|"
    r"must (?:get|have|deliver|ship|supply|provide|produce))\b[^.;:\d]*$",
    re.IGNORECASE,
)
_NEEDED_BEHIND = re.compile(
    r"^[^.;:\d]*?\b(?:(?:is|are|were) (?:ordered|expected|needed|required|promised|demanded)|"
    r"to (?:be )?(?:deliver|transport|ship|serv|feed|handl)\w*|must be (?:delivered|transported|shipped|served|met))\b",
    re.IGNORECASE,
)
_NOT_NEEDED = re.compile(
    r"\b(?:at most|no more|not more|(?<!add )(?<!adds )up to|exceed|maximum|limit\w*|only|capacity|available|sell|sold|"
    r"most|not)\b",
    re.I,
)
_EXACTLY = re.compile(
    r"\b(?:all|exactly|whole|entire\w*|use[ds]? up|fully|complete\w*|precisely|equal\w*|total|"
    r"invest\w*|land|acres?|hectares?|allocat\w*|divid\w*|split|distribut\w*|share)\b",
    re.I,
)
_EACH = re.compile(
    r"\b(?:each|every|both|either|any|per|same|one|single|neither|nor|respective\w*|also|apiece|individual\w*)\b",
    re.IGNORECASE,
)
_TIMES = re.compile(
    r"\b(?:each|every|per|any|one|single) (?:\w+ )?"
    r"(?:day|night|week|month|year|hour|shift|season|morning|evening|daily)\b",
    re.I,
)
_ELLIPSIS = re.compile(
    r"^[ -]?[a-z³²€$£]*,?(?: and)? (?:(?:for |in |at )?(?:the [\w-]+(?: [a-z]\w*)?|[A-Z][\w-]*(?: [A-Z][\w-]*)?)) ?$"
)
"""Between the numbers of `Ely needs 180 loaves, Ware 220 and the harbour 150`: a name, and no verb of its own."""
_ODD = re.compile(r"\b(?:if|unless|except|either|otherwise|when|whenever|than)\b", re.IGNORECASE)
_FORMAL: dict[Kind, frozenset[str]] = {
    "supply": frozenset({"supply", "capacity", "available", "availability", "budget", "max", "maximum", "upper"}),
    "need": frozenset({"min", "minimum", "requirement", "required"}),
}
_DEMANDS = frozenset({"demand", "need"})
_FALLS_SHORT = re.compile(
    r"\b(?:short\w*|unmet|unserved|lost|backlog\w*|back-?order\w*|penalt\w*|sell|sells|sold|sales|at most|up to|"
    r"no more than|maximum)\b",
    re.IGNORECASE,
)
"""Words by which a demand need not be met, or bounds what is sold."""
_CONVERSIONS = {0.0, 1.0, 7.0, 60.0, 100.0, 1000.0}


@dataclass(frozen=True, slots=True)
class _Bound:
    """A row as `body <relation> bound`, where the bound is data."""

    row: Constraint
    body: e.Expression
    relation: str
    bound: e.Expression

    @property
    def where(self) -> str:
        return f"constraint '{self.row.name}'"


def check_supplies(formulation: Formulation, text: str) -> list[Finding]:
    """Return a warning for every row that turns a supply or a need round, or takes one supply several times."""
    numbers = stated(text)
    places_of = _by_value(numbers)
    sentences = Sentences(text)
    findings: dict[str, Finding] = {}
    held: dict[int, list[_Bound]] = {}
    for bound in _bounds(formulation):
        quantity = _stated_once(bound.bound, places_of)
        if quantity is not None:
            held.setdefault(quantity.start, []).append(bound)
        told = [quantity] if quantity is not None else _of_table(bound.bound, formulation, places_of)
        kinds: set[Kind | None] = {_kind(text, sentences, one, numbers) for one in told}
        kind = kinds.pop() if len(kinds) == 1 else None
        quote = sentences.words(sentences.number(told[0].start))[:140] if told and kind else ""
        kind = kind or _named(bound.bound, formulation) or _asked_for(bound.bound, formulation, text)
        # What is asked for bounds what is sold from above where more would earn more.
        unclear = kind is None or (kind == "need" and formulation.objective.sense == "maximize")
        found = None if unclear or kind is None else _turned(bound, kind, quote)
        if found is not None and found.code == "supply-exact" and _used_up(bound, formulation):
            found = None
        if found is not None:
            findings.setdefault(bound.where, found)
    for quantity in numbers:
        for found in _shared_out(quantity, held.get(quantity.start, []), text, sentences, numbers):
            findings.setdefault(found.where, found)
    return list(findings.values())


def _bounds(formulation: Formulation) -> Iterator[_Bound]:
    """Yield the rows that bound a sum of variables, none of it taken off, by data alone."""
    variables = {variable.name for variable in formulation.variables}
    for row in formulation.constraints:
        tree = tree_of(row.expression)
        if not isinstance(tree, e.Compare) or tree.relation not in e.FLIPPED:
            continue
        for body, bound, relation in (
            (tree.left, tree.right, tree.relation),
            (tree.right, tree.left, e.FLIPPED[tree.relation]),
        ):
            parts = list(e.walk(body))
            taken_off = any(isinstance(part, e.Negative | e.Choice | e.Call) for part in parts) or any(
                isinstance(part, e.Binary) and part.operator not in {"+", "*"} for part in parts
            )
            if not taken_off and variables & e.names_used(body) and not variables & e.names_used(bound):
                yield _Bound(row, body, relation, bound)


def _by_value(numbers: list[Quantity]) -> Callable[[float], list[Quantity]]:
    """Return a function to the numbers of the text that a number of the formulation can be, as it is or as a share."""
    found: dict[float, list[Quantity]] = {}
    for quantity in numbers:
        for value in {quantity.value, quantity.value / 100} if quantity.percent else {quantity.value}:
            found.setdefault(_rounded(value), []).append(quantity)
    return lambda value: found.get(_rounded(value), [])


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")


def _stated_once(bound: e.Expression, places_of: Callable[[float], list[Quantity]]) -> Quantity | None:
    """Return the only number of the text that a bound holds; None where there are several places for it."""
    values = [float(part.value) for part in e.walk(bound) if isinstance(part, e.Number)]
    values = [value for value in values if value not in _CONVERSIONS] if len(values) > 1 else values
    found = places_of(values[0]) if len(values) == 1 else []
    return found[0] if len(found) == 1 else None


def _of_table(
    bound: e.Expression, formulation: Formulation, places_of: Callable[[float], list[Quantity]]
) -> list[Quantity]:
    """Return the numbers of the text that a table of bounds holds; none where one of them is not stated just once."""
    if not isinstance(bound, e.Name | e.Item):
        return []
    values = [place.value for place in places(formulation) if place.element == bound.name and place.slot == "values"]
    found = [places_of(value) for value in values]
    return [one[0] for one in found] if found and all(len(one) == 1 for one in found) else []


def _kind(text: str, sentences: Sentences, quantity: Quantity, numbers: list[Quantity]) -> Kind | None:
    """Return what the words around a number say that it is; None where they say both, or neither."""
    sentence = sentences.words(sentences.number(quantity.start))
    before = text[max(0, quantity.start - 80) : quantity.start]
    after = text[quantity.start + len(quantity.written) :][:40]
    if _ODD.search(sentence) or EXACT.search(before) or LEAST.search(before) or LEAST_OF.search(before):
        return None
    needed = _NEED.search(sentence) is not None
    if MOST.search(before):
        return None if re.search(r"\bminimum\b", before) else "supply"
    if _SUPPLY.search(sentence) or _has(text, quantity, numbers):
        return None if needed else "supply"
    before = text[max(0, (start := _first_of_list(text, quantity, numbers)) - 80) : start]
    asked = _NEEDED.search(before[-45:]) or _NEEDED_BEHIND.match(after)
    return "need" if asked and not _NOT_NEEDED.search(sentence) else None


def _first_of_list(text: str, quantity: Quantity, numbers: list[Quantity]) -> int:
    """Return where the first number stands of a list whose verb is said once: `Ely needs 180 loaves, Ware 220`."""
    earlier = numbers[: bisect_left(numbers, quantity.start, key=lambda other: other.start)]
    start = quantity.start
    while earlier and _ELLIPSIS.match(text[earlier[-1].start + len(earlier[-1].written) : start]):
        start = earlier.pop().start
    return start


def _has(text: str, quantity: Quantity, numbers: list[Quantity]) -> bool:
    """Whether a number is what somebody has, alone or in a list behind `they have 240 tins`; nobody has people."""
    if nouns(text, quantity) & (BODIES | {"guest", "pupil", "passenger", "customer", "patient", "child", "visitor"}):
        return False
    earlier = numbers[: bisect_left(numbers, quantity.start, key=lambda other: other.start)]
    start = quantity.start
    while not _HAS.search(text[max(0, start - 40) : start]):
        if not earlier or not _LISTED.match(text[earlier[-1].start + len(earlier[-1].written) : start]):
            return False
        start = earlier.pop().start
    return True


def _named(bound: e.Expression, formulation: Formulation) -> Kind | None:
    """Return what a formulation itself calls the table or number that bounds."""
    if not isinstance(bound, e.Name | e.Item):
        return None
    for parameter in formulation.parameters:
        if parameter.name == bound.name:
            words = stems(parameter.name.replace("_", " "))
            kinds: list[Kind] = [kind for kind, own in _FORMAL.items() if words & own]
            return kinds[0] if len(kinds) == 1 and not _NEED.search(parameter.description) else None
    return None


def _asked_for(bound: e.Expression, formulation: Formulation, text: str) -> Kind | None:
    """Return that a table named demand is a need, where no other row asks for it and no word lets it fall short."""
    name = bound.name if isinstance(bound, e.Name | e.Item) else ""
    if not _DEMANDS & stems(name.replace("_", " ")) or _FALLS_SHORT.search(text):
        return None
    texts = [row.expression for row in formulation.constraints] + [formulation.objective.expression]
    texts += [str(side) for variable in formulation.variables for side in (variable.lower, variable.upper)]
    used = sum(re.search(rf"\b{re.escape(name)}\b", one) is not None for one in texts)
    return "need" if used == 1 else None


def _turned(bound: _Bound, kind: Kind, quote: str) -> Finding | None:
    said = f": “{quote}”" if quote else ", by its own name"
    expression = f"`{bound.row.expression}`"
    if kind == "supply" and bound.relation == ">=":
        return warning("supply-turned", bound.where, f"{expression} asks for more than there is{said}", "write <=")
    if kind == "need" and bound.relation == "<=":
        return warning("need-turned", bound.where, f"{expression} allows no more than is needed{said}", "write >=")
    if kind == "supply" and bound.relation == "==" and quote and not _EXACTLY.search(quote):
        message = f"{expression} uses up what need not be used up{said}"
        return warning("supply-exact", bound.where, message, "write <=")
    return None


def _used_up(bound: _Bound, formulation: Formulation) -> bool:
    """Whether a supply is used up for good reason: what is left over costs something, or goes on to the next row."""
    variables = {variable.name for variable in formulation.variables}
    held = e.names_used(bound.body) & variables
    goal = tree_of(formulation.objective.expression)
    if goal is not None and len({negative for part, negative in _signed(goal) if part.name in held}) > 1:
        return True  # the objective adds some of it, and takes off another part
    own = {part for part in e.walk(bound.body) if isinstance(part, e.Name | e.Item)}
    return any(_goes_on(row.expression, own, held, variables) for row in formulation.constraints)


_OF_BALANCE = 3
"""Decisions of an equation that is no mere ratio of two of them."""


def _goes_on(expression: str, own: set[e.Name | e.Item], held: frozenset[str] | set[str], variables: set[str]) -> bool:
    """Whether a row takes something of another over, as the cash of one year into the next."""
    tree = tree_of(expression)
    if not isinstance(tree, e.Compare):
        return False
    parts = [*_signed(tree.left), *_signed(tree.right, negative=True)]
    parts = [(part, negative) for part, negative in parts if part.name in variables]
    named = {part for part, _ in parts}
    if tree.relation != "==":  # what is left over is more to spend: `later <= 250 + left`
        taken, added = ({part for part, minus in parts if minus == side} for side in (True, False))
        return not taken & added and bool(taken & own) and bool(added & own)
    both = len({negative for _, negative in parts}) > 1
    return both and len(named) >= _OF_BALANCE and bool(named - own) and any(part.name in held for part in named)


def _signed(node: e.Expression, *, negative: bool = False) -> Iterator[tuple[e.Name | e.Item, bool]]:
    """Yield the names and items of a sum with whether what they stand in is taken off."""
    match node:
        case e.Negative(operand):
            yield from _signed(operand, negative=not negative)
        case e.Binary("+" | "-" as operator, left, right):
            yield from _signed(left, negative=negative)
            yield from _signed(right, negative=negative != (operator == "-"))
        case _:
            yield from ((part, negative) for part in e.walk(node) if isinstance(part, e.Name | e.Item))


def _shared_out(
    quantity: Quantity, bounds: list[_Bound], text: str, sentences: Sentences, numbers: list[Quantity]
) -> Iterator[Finding]:
    """Yield where one amount for all is given to each of several rows that share no variable."""
    if not bounds or _kind(text, sentences, quantity, numbers) is None:
        return
    sentence = sentences.statement(sentences.number(quantity.start))
    if _weights_differ(bounds):
        sentence = _TIMES.sub("", sentence)  # each week: rows with one and the same number may be weeks
    if _EACH.search(sentence) or not _apart(bounds):
        return
    rows = ", ".join(f"`{bound.row.expression}`" for bound in bounds[:3])
    message = (
        f"{quantity.written} is stated once, but each of several rows has it to itself, {rows}: “{sentence[:140]}”"
    )
    yield warning("supply-each", bounds[0].where, message, "write one row that adds up all that share it")


def _apart(bounds: list[_Bound]) -> bool:
    """Whether rows that have one amount each share no variable, and weigh what they hold: no limit of one thing."""
    if len(bounds) == 1:
        ((body, forall),) = [(bound.body, bound.row.forall) for bound in bounds]
        indices = {part.name for part in e.walk(body) if isinstance(part, e.Name)}
        targets = {name for clause in forall for name in re.findall(r"\w+", clause.split(" in ")[0])}
        return bool(targets) and targets <= indices and _weighed(body) and not _sums(body)
    used = [e.names_used(bound.body) for bound in bounds]
    disjoint = len(frozenset[str]().union(*used)) == sum(map(len, used))
    plain = not any(bound.row.forall or _sums(bound.body) for bound in bounds)
    return disjoint and plain and any(_weighed(bound.body) for bound in bounds)


def _weights_differ(bounds: list[_Bound]) -> bool:
    weights = [sorted(part.value for part in e.walk(bound.body) if isinstance(part, e.Number)) for bound in bounds]
    return len(bounds) > 1 and all(weights.count(own) == 1 for own in weights)


def _sums(body: e.Expression) -> bool:
    return any(isinstance(part, e.Aggregate) for part in e.walk(body))


def _weighed(body: e.Expression) -> bool:
    """Whether what is bounded is an amount for each piece times the pieces: no bare variables."""
    return all(isinstance(part, e.Binary) and part.operator == "*" for part in addends(body))
