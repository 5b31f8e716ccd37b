"""What the structure of a formulation says about its variables: which index is time, which pairs are arcs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.ground import Grounded, VariableBlock
from fivefold_solvers.formulation.identity import as_key
from fivefold_solvers.formulation.scope import Members
from fivefold_solvers.formulation.show import show

_TIME_WORDS = re.compile(
    r"\b(time|times|day|days|week|weeks|month|months|quarter|quarters|year|years|hour|hours|minute|minutes|period|"
    r"periods|shift|shifts|slot|slots|season|seasons|stage|stages)\b",
    re.IGNORECASE,
)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LIKE_TIMES = re.compile(
    r"(?:(?:day|week|month|quarter|year|period|hour|shift|slot)[ _-]?\d{1,4}|[tq]\d{1,4}|\d{4}-\d\d(?:-\d\d)?"
    r"|\d{1,2}:\d\d|(?:spring|summer|autumn|fall|winter|morning|afternoon|evening|night))",
    re.IGNORECASE,
)
_LEAST = 3
"""Elements from which names tell something."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One index of a variable."""

    source: str
    """The set that it runs over, as it is written."""
    paired: bool = False
    """Whether it is one part of pairs that are the elements of a set."""


@dataclass(slots=True)
class Structure:
    """What charts are chosen by."""

    axes: dict[str, tuple[Axis, ...]] = field(default_factory=dict[str, tuple[Axis, ...]])
    """By variable, its indices."""
    times: dict[str, str] = field(default_factory=dict[str, str])
    """By set, why its elements follow each other in time."""
    flows: dict[str, str] = field(default_factory=dict[str, str])
    """By variable of two indices, why its entries are arcs."""


def structure_of(grounded: Grounded) -> Structure:
    """Return what a formulation that can be built says."""
    found = Structure()
    for name, block in grounded.variables.items():
        found.axes[name] = tuple(_axes(block, grounded))
    found.times = {**_named_times(grounded), **_followed(grounded)}
    found.flows = _flows(grounded, found.axes)
    return found


def _axes(block: VariableBlock, grounded: Grounded) -> Iterator[Axis]:
    for clause in block.clauses:
        source = show(clause.source)
        width = max(_width(clause.source, grounded), len(clause.targets))
        yield from [Axis(source, paired=width > 1)] * width


def _width(source: e.Expression, grounded: Grounded) -> int:
    """Return how many parts an element of a set has."""
    if not isinstance(source, e.Name) or source.name not in grounded.sets:
        return 1
    members: Members = next(iter(grounded.sets[source.name].table.values()))
    return len(as_key(members.order[0])) if members.order else 1


def _named_times(grounded: Grounded) -> dict[str, str]:
    """Return the sets whose elements are times by their own names, or numbers that are said to be times."""
    found: dict[str, str] = {}
    for name, block in grounded.sets.items():
        for members in block.table.values():
            words = [element for element in members.order if isinstance(element, str)]
            numbers = [element for element in members.order if isinstance(element, int)]
            said = f"{name.replace('_', ' ')} {block.element.description}"
            if _are_times(words) and len(words) == len(members.order):
                found[name] = f"the elements of {name} are named like times: {words[0]}, {words[1]}"
            elif len(numbers) == len(members.order) >= 2 and _in_a_row(numbers) and _TIME_WORDS.search(said):
                word = _TIME_WORDS.search(said)
                assert word is not None
                found[name] = f"{name} counts {word.group().lower()}" + ("" if word.group().endswith("s") else "s")
    return found


def _are_times(words: list[str]) -> bool:
    if len(words) < _LEAST:
        return False
    short = [word[:3].lower() for word in words]
    calendar = any(all(word in names for word in short) for names in (_DAYS, _MONTHS))
    return calendar or all(_LIKE_TIMES.fullmatch(word) for word in words)


def _in_a_row(numbers: list[int]) -> bool:
    return all(after - before == numbers[1] - numbers[0] > 0 for before, after in pairwise(numbers))


def _followed(grounded: Grounded) -> dict[str, str]:
    """Return the sets of which an expression takes the element before or behind another, as in `stock[t-1]`."""
    found: dict[str, str] = {}
    for tree, bound in _trees(grounded):
        for item, inner in _items(tree, bound):
            if item.name not in grounded.variables:
                continue
            for part in item.index:
                index = _neighbour(part)
                if index in inner:
                    found.setdefault(inner[index], f"{show(item)} stands beside the entry of {index} itself")
    return {name: why for name, why in found.items() if name}


def _neighbour(part: e.Expression) -> str:
    """Return the index of which an index expression takes a neighbour; nothing where it takes none."""
    match part:
        case e.Binary("+" | "-", e.Name(name), e.Number()):
            return name
        case e.Call("prev" | "next", (e.Name(name), *_)):
            return name
        case _:
            return ""


def _trees(grounded: Grounded) -> Iterator[tuple[e.Expression, dict[str, str]]]:
    """Yield the objective and every constraint with the sets that their indices run over."""
    yield grounded.objective, {}
    for block in grounded.constraints:
        yield block.tree, _bound(block.clauses, {})


def _bound(clauses: tuple[e.Clause, ...], outer: Mapping[str, str]) -> dict[str, str]:
    found = dict(outer)
    for clause in clauses:
        found.update(dict.fromkeys(clause.targets, show(clause.source)))
    return found


def _items(node: e.Expression | e.Clause, bound: Mapping[str, str]) -> Iterator[tuple[e.Item, Mapping[str, str]]]:
    """Yield every entry of an indexed element below a node, with the sets that the indices there run over."""
    if isinstance(node, e.Aggregate | e.Builder):
        bound = _bound(node.clauses, bound)
    if isinstance(node, e.Item):
        yield node, bound
    for child in e.children(node):
        yield from _items(child, bound)


def _flows(grounded: Grounded, axes: Mapping[str, tuple[Axis, ...]]) -> dict[str, str]:
    found: dict[str, str] = {}
    added: set[str] = set()
    summed: dict[str, dict[int, str]] = {}
    for block in grounded.constraints:
        for node in e.walk(block.tree):
            match node:
                case e.Call("circuit"):
                    for item, _ in _items(node, {}):
                        found[item.name] = f"{block.element.name} makes a tour of its arcs"
                case e.Aggregate("sum", body, clauses):
                    inner = {target for clause in clauses for target in clause.targets}
                    for item, _ in _items(body, {}):
                        added.add(item.name)
                    for name, place in _summed(body, inner):
                        summed.setdefault(name, {}).setdefault(place, block.element.name)
                case _:
                    pass
    for name, ranges in axes.items():
        if len(ranges) != 2 or name in found:
            continue
        both = summed.get(name, {})
        ends = _ends(grounded.variables[name])
        if ranges[0].paired and ranges[1].paired and ends[0] & ends[1] and name in added:
            found[name] = f"its entries are the pairs of {ranges[0].source}, which share their nodes"
        elif ranges[0].source == ranges[1].source and len(both) == 2:
            rows = " and ".join(dict.fromkeys(both.values()))
            found[name] = (
                f"both indices run over {ranges[0].source}, and {rows} adds up what comes in and what goes out"
            )
    return {name: why for name, why in found.items() if len(axes.get(name, ())) == 2}


def _ends(block: VariableBlock) -> tuple[set[object], set[object]]:
    return {key[0] for key in block.bounds if key}, {key[-1] for key in block.bounds if key}


def _summed(body: e.Expression, inner: set[str]) -> Iterator[tuple[str, int]]:
    """Yield entries of two indices of which exactly one is added up, with its place."""
    for node in e.walk(body):
        match node:
            case e.Item(name, (first, second)):
                over = [isinstance(part, e.Name) and part.name in inner for part in (first, second)]
                if over[0] != over[1]:
                    yield name, 0 if over[0] else 1
            case _:
                pass
