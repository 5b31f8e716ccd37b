"""Goods that come from nowhere: more leaves a place of a network than comes to it, and no row ties the two.

A balance missing at one depot, or turned round (`in <= out`), still solves: its customers are served by nobody. Places
are read from pairs of indices, from families that meet in a set (`to[mill, depot]`, `on[depot, shop]`), and from what
plain variables say they are: `sacks from Upton to East`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation, Variable
from fivefold_solvers.formulation.finding import Finding, warning
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.identity import Key, spell_key
from fivefold_solvers.formulation.polynomial import Place, Polynomial
from fivefold_solvers.formulation.rows import Row

_GOES = re.compile(
    r"\bfrom (?:the )?(?P<start>[\w' -]+?) (?:in)?to (?:the )?(?P<end>[\w' -]+?)(?= (?:in|during|per|each|is|are|"
    r"if|that|when|on|by|via|over|with|using|through|"
    r"at|of)\b|[,;:.()]|$)|\b(?P<first>\w+)(?: to |->| -> |→| → )(?P<second>\w+)",
    re.IGNORECASE,
)
_MOVES = re.compile(
    r"\b(?:flow\w*|ship\w*|sent|send|transport\w*|mov(?:e[ds]?|ing)|carr(?:y|ied)|pump\w*|through|along|from|over|"
    r"taken)\b",
    re.IGNORECASE,
)
_NETWORK = re.compile(
    r"\b(?:pipe(?:s|lines?)?|networks?|depots?|hubs?|warehouses?|transship\w*|trans-ship\w*|cent(?:er|re)s|junctions?|"
    r"crossings?|nodes?|stations?|transfer\w*|yards?|terminals?|flows?|channels?|canals?|mains)\b|"
    r"\bnothing (?:is|stays|remains|may)\b",
    re.IGNORECASE,
)
_PAIRS_SOLD = re.compile(
    r"\b(?:tickets?|seats?|passengers?|fares?|flights?|currenc\w+|exchange rates?)\b", re.IGNORECASE
)
"""What goes from one place to another and is not what goes on from there."""
_TIMES = re.compile(r"\d ?[ap]\.?m\b|o'clock|\d:\d\d|\bshifts?\b|\bnoon\b|\bmidnight\b", re.IGNORECASE)
"""Guards from 8 to 12 and from 12 to 16 go nowhere."""
_MANY = 20_000
_SHOWN = 8
Values = Mapping[str, Mapping[Key, float]]


@dataclass(slots=True)
class _Node:
    """A place with what comes to it and what leaves it."""

    name: str
    entering: list[Place] = field(default_factory=list[Place])
    leaving: list[Place] = field(default_factory=list[Place])
    elsewhere: frozenset[Place] = frozenset()
    """What goes between other places."""
    tied: bool = False
    """Whether a row keeps what leaves from being more than what comes."""


def check_flows(formulation: Formulation, text: str, values: Values) -> list[Finding]:
    """Return a warning for a place that more leaves than comes to, or that alone has no balance.

    Args:
        formulation: the formulation.
        text: the problem in words.
        values: the best solution.
    """
    if len(formulation.variables) < 2 and not any(len(one.index) >= 1 for one in formulation.variables):
        return []
    if _PAIRS_SOLD.search(text) or _TIMES.search(text):
        return []
    checked = check(formulation)
    grounded, rows = checked.grounded, checked.rows.rows
    if grounded is None or checked.rows.logic or len(rows) > _MANY:
        return []
    all_nodes = [node for graph in _graphs(grounded) for node in _nodes(graph)]
    nodes = [node for node in all_nodes if node.entering and node.leaving]
    linear = [row for row in rows if isinstance(row.body, Polynomial)]
    if not nodes or any(isinstance(row.body, Polynomial) and row.body.degree > 1 for row in linear):
        return []
    choices = {name for name, block in grounded.variables.items() if block.element.domain == "binary"}
    for node in nodes:
        node.tied = _is_tied(node, linear, choices)
    loose = [node for node in nodes if not node.tied and not _asked_alone(node, linear)]
    # Where nothing comes from outside, the balance of one place follows from those of the others.
    alone = len(loose) == 1 and 1 < len(nodes) < len(all_nodes)
    if not _NETWORK.search(text) and not (alone and len(nodes) > 2):
        return []
    found = (_told(node, values, alone) for node in loose)
    return [one for one in found if one is not None][:1]


def _graphs(grounded: Grounded) -> Iterator[dict[Place, tuple[str, str]]]:
    """Yield the arcs of a formulation: plain variables, pairs of one set, and families that meet in a set."""
    plain: dict[Place, tuple[str, str]] = {}
    families: dict[str, dict[Place, tuple[str, str]]] = {}
    for name, block in grounded.variables.items():
        ends = _ends(block.element) if not block.clauses else None
        if ends is not None:
            plain[name, ()] = ends
        said = f"{name.replace('_', ' ')} {block.element.description}"
        if not block.bounds or len(next(iter(block.bounds))) != 2 or not _MOVES.search(said):
            continue
        sources = [clause.source.name if isinstance(clause.source, e.Name) else "" for clause in block.clauses]
        if len(sources) == 1:
            yield {(name, key): (str(key[0]), str(key[1])) for key in block.bounds}
        elif block.element.domain != "binary" or sources[0] == sources[1]:
            first, second = (f"{source}:" if sources[0] != sources[1] else "" for source in sources)
            families[name] = {(name, key): (f"{first}{key[0]}", f"{second}{key[1]}") for key in block.bounds}
    if plain:
        yield plain
    same = [name for name, arcs in families.items() if ":" not in next(iter(arcs.values()))[0]]
    for name in same:
        yield families.pop(name)
    yield {place: ends for arcs in families.values() for place, ends in arcs.items()}


def _ends(variable: Variable) -> tuple[str, str] | None:
    """Return where what a plain variable moves comes from and goes to, as it says itself."""
    match = _GOES.search(variable.description)
    if match is None:
        return None
    start, end = match["start"] or match["first"], match["end"] or match["second"]
    return start.strip(), end.strip()


def _nodes(arcs: Mapping[Place, tuple[str, str]]) -> list[_Node]:
    found: dict[str, _Node] = {}
    for place, (start, end) in arcs.items():
        if start != end:
            found.setdefault(start.lower(), _Node(start)).leaving.append(place)
            found.setdefault(end.lower(), _Node(end)).entering.append(place)
    for node in found.values():
        node.elsewhere = frozenset(arcs) - {*node.entering, *node.leaving}
    return list(found.values())


def _is_tied(node: _Node, rows: list[Row], choices: set[str]) -> bool:
    """Whether a row lets no more leave than comes, or both are fixed, or both are counted by one other variable."""
    entering, leaving = frozenset(node.entering), frozenset(node.leaving)
    beside: list[set[Place]] = [set(), set()]
    fixed = [False, False]
    for row in rows:
        terms = row.body.linear if isinstance(row.body, Polynomial) else {}
        come = [factor for place, factor in terms.items() if place in entering]
        go = [factor for place, factor in terms.items() if place in leaving]
        if come and go:
            # A sum over all places lets one of them give what another gets.
            apart = not terms.keys() & node.elsewhere and all(first * second < 0 for first in come for second in go)
            if apart and (row.relation == "==" or (row.relation == "<=") == (go[0] > 0)):
                return True
            continue
        others = {place for place in terms if place not in entering | leaving}
        for at, own in enumerate((come, go)):
            if own:
                beside[at] |= {place for place in others - node.elsewhere if place[0] not in choices}
                fixed[at] = fixed[at] or (row.relation == "==" and not others)
    return all(fixed) or bool(beside[0] & beside[1])


def _asked_alone(node: _Node, rows: list[Row]) -> bool:
    """Whether what leaves by one arc is asked for on its own, as on a line that is driven for its own sake."""
    for row in rows:
        terms = row.body.linear if isinstance(row.body, Polynomial) else {}
        if len(terms) == 1 and row.relation != "<=" and (place := next(iter(terms))) in node.leaving:
            constant = row.body.constant if isinstance(row.body, Polynomial) else 0.0
            if terms[place] > 0 > constant:
                return True
    return False


def _told(node: _Node, values: Values, alone: bool) -> Finding | None:
    come, go = (sum(values.get(name, {}).get(key, 0.0) for name, key in own) for own in (node.entering, node.leaving))
    name = node.name.rpartition(":")[2]
    if go > come + 1e-6 * max(1.0, go):
        message = f"in the best plan {go:g} leave {name} and {come:g} come to it, and no row ties the two"
    elif alone:
        message = f"no row says that no more leaves {name} than comes to it, as rows do for every other place"
    else:
        return None
    if len(node.entering) + len(node.leaving) <= _SHOWN:
        sums = [" + ".join(spell_key(*place) for place in own) for own in (node.entering, node.leaving)]
        mend = f"write {sums[0]} == {sums[1]}, with what {name} itself gives or needs"
    else:
        mend = f"write that what comes to {name} is what leaves it, with what it gives or needs itself"
    return warning("flow", f"variable '{node.leaving[0][0]}'", message, mend)
