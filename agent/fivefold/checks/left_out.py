"""One element that a family of rows or a sum leaves out, although nothing sets it apart from the others.

`sum(x[i] for i in I if i != first(I))` is right for a depot or a first month, and wrong for the first of some shops.
Silent where the element is named on its own anywhere: in the text more often than its like, elsewhere in the
formulation, or where the rows speak of neighbours, as balances over time do.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

from fivefold.checks.sums import tree_of
from fivefold.checks.wording import stem, stems
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, warning
from fivefold_solvers.formulation.parse import ExpressionError, parse_ranges
from fivefold_solvers.formulation.show import show

_SET_APART = re.compile(
    r"\b(?:except|other than|apart from|excluding|exclude[ds]?|besides|does not (?:include|count)|not including)\b",
    re.IGNORECASE,
)
_ENDS = {
    "first": re.compile(r"\b(?:first|initial|earliest|begins? (?:at|in|from)|starts? (?:at|in|from))\b", re.IGNORECASE),
    "last": re.compile(r"\b(?:last|final|latest|ends? (?:at|in))\b", re.IGNORECASE),
}
_ROLES = re.compile(
    r"(?:^|_)(?:depot|origin|source|sink|start|end|dest\w*|target|goal|home|base|hub|root|dummy|none|s|t)\d*$",
    re.IGNORECASE,
)
_PLACES = re.compile(r"\b(?:depot|home|base|hub|headquarters|returns?|round trip|tour)\b", re.IGNORECASE)
"""Words of problems in which one place is other than the rest."""
_NEIGHBOURS = frozenset({"prev", "next"})
_ORDERS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip
_FEWEST = 3
"""In smaller sets one element is half of all."""
Node = e.Expression | e.Clause
Member = int | float | str


@dataclass(frozen=True, slots=True)
class _Gap:
    """An element that a clause leaves out."""

    where: str
    clause: e.Clause
    family: str
    """The set."""
    member: Member | None
    """The element; None where only `end` is known."""
    end: str
    """`first` or `last` where it is one of them."""
    body: list[Node]
    """All nodes that the clause goes over."""
    ends_matter: bool
    """Whether the body speaks of neighbours, so that the ends are others than the rest."""


def check_left_out(formulation: Formulation, text: str) -> list[Finding]:
    """Return a warning for every clause that leaves out one element that nothing sets apart."""
    members = {block.name: _members(block.elements, block.expression) for block in formulation.sets}
    parts = list(_parts(formulation))
    gaps = [gap for where, own, below in parts for gap in _gaps(where, own, below, members)]
    if not gaps or _SET_APART.search(text):
        return []
    nodes = [node for _, _, below in parts for node in below]
    findings: dict[str, Finding] = {}
    for gap in gaps:
        unused = _unused(gap, nodes, formulation, members)
        few = 0 < len(members[gap.family]) < _FEWEST
        if not unused and (few or gap.ends_matter or _set_apart(gap, gaps, nodes, members, text)):
            continue
        left = gap.member if gap.member is not None else f"the {gap.end} element"
        why = f"so its {unused} is used nowhere" if unused else "which nothing in the text sets apart"
        message = f"`{show(gap.clause)}` leaves out {left} of {gap.family}, {why}"
        mend = f"let it go over all of {gap.family}, or state why not"
        findings.setdefault(gap.where, warning("left-out", gap.where, message, mend))
    return list(findings.values())


def _parts(formulation: Formulation) -> Iterator[tuple[str, tuple[e.Clause, ...], list[Node]]]:
    """Yield the objective and every constraint: where, its own ranges, and every node of it."""
    objective = tree_of(formulation.objective.expression)
    if objective is not None:
        yield "the objective", (), list(e.walk(objective))
    for row in formulation.constraints:
        tree = tree_of(row.expression)
        if tree is None:
            continue
        try:
            clauses = parse_ranges(row.forall)
        except ExpressionError:
            clauses = ()
        nodes = [*e.walk(tree), *(node for clause in clauses for node in e.walk(clause))]
        yield f"constraint '{row.name}'", clauses, nodes


def _gaps(
    where: str, own: tuple[e.Clause, ...], below: list[Node], members: dict[str, tuple[Member, ...]]
) -> Iterator[_Gap]:
    sums = [node for node in below if isinstance(node, e.Aggregate) and node.function == "sum"]
    for body, clauses in [(below, own), *((list(e.walk(node)), node.clauses) for node in sums)]:
        for clause in clauses:
            if len(clause.targets) != 1 or not isinstance(clause.source, e.Name) or clause.source.name not in members:
                continue
            for condition in clause.conditions:
                found = _excluded(clause, condition, members[clause.source.name])
                if found is not None:
                    around = _looks_around(clause.targets[0], body, condition)
                    yield _Gap(where, clause, clause.source.name, *found, body, around)


def _excluded(
    clause: e.Clause, condition: e.Expression, listed: tuple[Member, ...]
) -> tuple[Member | None, str] | None:
    """Return the one element that a condition on an index leaves out, and which end it is; None of other conditions."""
    if not isinstance(condition, e.Compare) or not isinstance(clause.source, e.Name):
        return None
    index, other, relation = condition.left, condition.right, condition.relation
    if not (isinstance(index, e.Name) and index.name == clause.targets[0]):
        return None
    ends = {"!=": ("first", "last"), ">": ("first",), "<": ("last",)}.get(relation, ())
    match other:
        case e.Call(("first" | "last") as end, (e.Name(family),)) if family == clause.source.name and end in ends:
            member = None if not listed else listed[0] if end == "first" else listed[-1]
            return member, end
        case e.Number(value) | e.Text(value) if listed:
            found = _beyond(value, relation, listed)
            at_end = "first" if found == listed[0] else "last" if found == listed[-1] else ""
            return None if found is None else (found, at_end)
        case _:
            return None


def _beyond(value: Member, relation: str, listed: tuple[Member, ...]) -> Member | None:
    """Return the only element for which `element <relation> value` is false."""
    if relation == "!=":
        return value if value in listed else None
    numbers = [member for member in listed if not isinstance(member, str)]
    if isinstance(value, str) or len(numbers) < len(listed) or relation not in _ORDERS:
        return None
    out = [member for member in numbers if not _ORDERS[relation](member, value)]
    return out[0] if len(out) == 1 else None


def _looks_around(index: str, body: list[Node], condition: e.Expression) -> bool:
    """Whether neighbours of an index are spoken of or it is tested, so that some elements are others than the rest."""
    own = set(map(id, e.walk(condition)))
    for node in body:
        if id(node) in own:
            continue
        match node:
            case e.Call(function) if function in _NEIGHBOURS and index in e.names_used(node):
                return True
            case e.Item(_, at) if any(isinstance(part, e.Binary) and index in e.names_used(part) for part in at):
                return True
            case e.Choice() if index in e.names_used(node):
                return True
            case e.Compare(_, left, right) if e.Name(index) in (left, right):
                return True
            case _:
                pass
    return False


def _unused(
    gap: _Gap, nodes: list[Node], formulation: Formulation, members: dict[str, tuple[Member, ...]]
) -> str | None:
    """Return a parameter whose amount for the element is used nowhere, since it stands only where that is left out."""
    inside = set(map(id, gap.body))
    bounds = {str(bound) for variable in formulation.variables for bound in (variable.lower, variable.upper)}
    computed = " ".join([*bounds, *(parameter.expression or "" for parameter in formulation.parameters)])
    for parameter in formulation.parameters:
        uses = [node for node in nodes if isinstance(node, e.Item) and node.name == parameter.name]
        if not uses or any(id(use) not in inside for use in uses) or parameter.name in computed:
            continue
        if _ROLES.search(str(gap.member)) or "-" in str(parameter.values):
            continue  # what flows into a network must flow out, so one of its balances follows from the others
        places = {at for use in uses for at, index in enumerate(use.index) if index == e.Name(gap.clause.targets[0])}
        if len(places) != 1 or any(use.index[min(places)] != e.Name(gap.clause.targets[0]) for use in uses):
            continue
        if _amounts(parameter.values, min(places), gap, members):
            return parameter.name
    return None


def _amounts(values: object, place: int, gap: _Gap, members: dict[str, tuple[Member, ...]]) -> bool:
    """Whether a table holds an amount other than 0 for the element that a clause leaves out."""
    listed = members[gap.family]
    if isinstance(values, dict):
        table = cast(dict[str, object], values)
        if any("," in key for key in table):
            split = {key: [part.strip() for part in key.split(",")] for key in table}
            return any(
                bool(table[key]) for key, at in split.items() if place < len(at) and at[place] == str(gap.member)
            )
        parts = [table[str(gap.member)]] if place == 0 and str(gap.member) in table else []
        parts = list(table.values()) if place else parts
    elif isinstance(values, list | tuple):
        rows = cast(list[object], values)
        at = listed.index(gap.member) if gap.member in listed else -1 if gap.end == "last" else 0
        parts = rows if place else rows[at:][:1]
    else:
        return False
    if place:
        return any(_amounts(part, place - 1, gap, members) for part in parts)
    return any(_nonzero(part) for part in parts)


def _nonzero(part: object) -> bool:
    if isinstance(part, dict):
        return any(map(_nonzero, cast(dict[str, object], part).values()))
    if isinstance(part, list | tuple):
        return any(map(_nonzero, cast(list[object], part)))
    return isinstance(part, int | float) and bool(part)


def _set_apart(
    gap: _Gap,
    gaps: list[_Gap],
    nodes: list[Node],
    members: dict[str, tuple[Member, ...]],
    text: str,
) -> bool:
    """Whether the element is something else than its like: in the formulation or in the text."""
    if _ROLES.search(str(gap.member)) or _PLACES.search(text):
        return True
    same = [other for other in gaps if (other.family, other.member, other.end) == (gap.family, gap.member, gap.end)]
    if len({other.where for other in same}) > 1:
        return True
    own = set(map(id, e.walk(gap.clause)))
    for node in nodes:
        if id(node) in own or not isinstance(node, e.Item | e.Compare | e.Call):
            continue
        for part in e.children(node):
            if isinstance(part, e.Number | e.Text) and part.value == gap.member and not _is_limit(node, part):
                return True
            if isinstance(part, e.Call) and part.function == gap.end and gap.family in e.names_used(part):
                return True
    if gap.end and not isinstance(gap.member, str) and _ENDS[gap.end].search(text):
        return True
    return isinstance(gap.member, str) and _named_otherwise(gap.member, members[gap.family], text)


def _is_limit(node: e.Item | e.Compare | e.Call, part: Node) -> bool:
    """Whether a number is the limit of a row and no element of a set: the 1 of `sum(...) == 1`."""
    return isinstance(node, e.Compare) and part is node.right and not isinstance(node.left, e.Name)


def _named_otherwise(member: str, listed: tuple[Member, ...], text: str) -> bool:
    """Whether a text names an element more often than every other of its set."""
    words = [word if len(word) == 1 else stem(word.lower()) for word in re.findall(r"[^\W\d_]+", text)]
    single = {str(other): (stems(str(other)) or frozenset({str(other)})) for other in listed}
    counts = {name: sum(word in own for word in words) for name, own in single.items()}
    rest = [count for name, count in counts.items() if name != member]
    return not rest or counts[member] > max(rest)


def _members(elements: object, expression: str | None) -> tuple[Member, ...]:
    """Return the elements of a set that is written out; none where they have to be worked out."""
    if isinstance(elements, tuple | list):
        found = [member for member in elements if isinstance(member, int | float | str)]  # pyright: ignore[reportUnknownVariableType]  # plain data
        return tuple(found) if len(found) == len(elements) else ()  # pyright: ignore[reportUnknownArgumentType]  # plain data
    match tree_of(expression or ""):
        case e.Call("range", (e.Number(start), e.Number(end))) if end - start < 1000:
            return tuple(range(int(start), int(end)))
        case _:
            return ()
