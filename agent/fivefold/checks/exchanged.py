"""Numbers of a formulation that the text states of other things: two amounts that changed places, one that is another.

What a column of the text means is not read. A parameter or row that holds the same numbers in another order, or all
but one of them, and no other column of the text as it is, mixes up whose they are.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from fivefold.checks.columns import Column, Name, columns, lists
from fivefold.checks.limits import own_words
from fivefold.checks.sums import terms, tree_of
from fivefold.reading.entities import stems
from fivefold.reading.words import stated
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, warning

_SCALES = (1.0, 0.01, 100.0, 1000.0, 0.001, 60.0, 1 / 60)
_SURE = 3
"""So many numbers in their places tell that a column is meant."""
_MOST = 60
"""Of longer tables nobody writes the numbers into a text."""
_QUOTE = 120
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class _Vector:
    """Numbers of a formulation, one for each of several things."""

    where: str
    what: str
    values: Mapping[Name, float]
    words: Mapping[str, frozenset[str]]
    """By which words the text means each atom of the names; empty where it does not."""
    group: tuple[str, str] = ("", "")
    """The table that it is a line of, and in which direction."""


def check_exchanged(formulation: Formulation, text: str) -> list[Finding]:
    """Return a warning for every parameter, row and objective whose numbers the text states of other things."""
    known: dict[tuple[Name, ...], list[Column]] = {}
    lines: list[tuple[_Vector, list[Column]]] = []
    for vector in [*_of_tables(formulation), *_of_rows(formulation)]:
        names = tuple(vector.values)
        if not 1 < len(names) <= _MOST:
            continue
        if names not in known:
            keys = [tuple(str(name).split(",")) for name in names]
            known[names] = columns(text, vector.words, keys) if vector.words else []
        lines.append((vector, [*known[names], *_listed(vector, text)]))
    many = Counter(vector.group for vector, _ in lines)
    # Of a table with several lines the text shows the direction: another line is a column as it is.
    told = Counter(vector.group for vector, found in lines if _stated(vector, found))
    right = {where for (where, way), count in told.items() if count == many[where, way]}
    findings: dict[str, Finding] = {}
    for vector, found in lines:
        usable = many[vector.group] == 1 or vector.group in told
        if usable and vector.group[0] not in right and vector.where not in findings and not _stated(vector, found):
            fault = _fault(vector, found, text)
            if fault is not None:
                findings[vector.where] = fault
    return list(findings.values())


def _stated(vector: _Vector, found: Sequence[Column]) -> bool:
    return any(_same(vector.values, column.values) for column in found)


def _listed(vector: _Vector, text: str) -> list[Column]:
    """Return the plain lists of as many numbers as columns in the order of the formulation."""
    return [Column(dict(zip(vector.values, row, strict=True)), quote) for row, quote in lists(text, len(vector.values))]


def _fault(vector: _Vector, found: Sequence[Column], text: str) -> Finding | None:
    if len(vector.values) > 2 and len(set(vector.values.values())) < _SURE:
        return None
    for column in found:
        odd = _exchanged(vector.values, column.values)
        if _misread(vector, column, odd):
            continue
        if odd and (len(vector.values) > 2 or _once(text, [column.values[name] for name in odd])):
            said = ", ".join(f"{column.values[name]:g} of {name}" for name in odd)
            held = ", ".join(f"{vector.values[name]:g}" for name in odd)
            message = f"{vector.what} has {held} where the text states {said}: “{_short(column.quote)}”"
            return warning("exchanged", vector.where, message, "give each the number that the text states of it")
    for column in found:
        odd = _other(vector.values, column.values)
        if odd and not _misread(vector, column, odd):
            here, there = vector.values[odd[0]], column.values[odd[0]]
            message = (
                f"{vector.what} has {here:g} where the text states {there:g} of {odd[0]}: “{_short(column.quote)}”"
            )
            return warning("other-value", vector.where, message, f"write {there:g}")
    return None


def _misread(vector: _Vector, column: Column, odd: Sequence[Name]) -> bool:
    """Whether the column may have missed a step: what is held stands beside the name too, or its number lies apart."""
    if any(name in column.astray for name in odd):
        return True
    return any(vector.values[name] in column.near.get(name, ()) for name in odd)


def _same(values: Mapping[Name, float], column: Mapping[Name, float]) -> bool:
    """Whether a column is what is held, at any scale."""
    ratios = [values[name] / number for name, number in column.items() if number]
    zeros = all(values[name] == 0 for name, number in column.items() if not number)
    return bool(ratios) and zeros and all(math.isclose(ratio, ratios[0], rel_tol=_CLOSE) for ratio in ratios)


def _exchanged(values: Mapping[Name, float], column: Mapping[Name, float]) -> list[Name]:
    """Return the two names whose numbers changed places; none where it is not these two."""
    for scale in _SCALES:
        odd = [name for name, number in column.items() if not _close(values[name], scale * number)]
        if len(odd) == 2 and _close(values[odd[0]], scale * column[odd[1]]):
            return odd if _close(values[odd[1]], scale * column[odd[0]]) else []
    return []


def _other(values: Mapping[Name, float], column: Mapping[Name, float]) -> list[Name]:
    """Return the only name whose number is another, where enough others are in their places; none otherwise."""
    for scale in _SCALES:
        odd = [name for name, number in column.items() if not _close(values[name], scale * number)]
        right = {column[name] for name in column if name not in odd}
        if len(odd) == 1 and len(right) >= _SURE:
            return odd
    return []


def _close(value: float, other: float) -> bool:
    return math.isclose(value, other, rel_tol=1e-6, abs_tol=1e-9)


def _once(text: str, values: Sequence[float]) -> bool:
    """Whether the text states each of some numbers only once, so that nothing else can be meant."""
    numbers = [quantity.value for quantity in stated(text)]
    return all(numbers.count(value) == 1 for value in values)


def _short(quote: str) -> str:
    return " ".join(quote.split())[:_QUOTE]


def _of_rows(formulation: Formulation) -> Iterator[_Vector]:
    """Yield the coefficients of plain variables in rows and objective."""
    words = {name: own for name, own in own_words(formulation).items() if own}
    parts = [("the objective", "the objective", formulation.objective.expression)]
    parts += [(f"constraint '{row.name}'", f"`{row.expression}`", row.expression) for row in formulation.constraints]
    for where, what, expression in parts:
        tree = tree_of(expression)
        for side in (tree.left, tree.right) if isinstance(tree, e.Compare) else (tree,):
            found = (None if side is None else terms(side)) or []
            names = [name for _, name in found]
            if len(names) > 1 and len(set(names)) == len(names) and all(name in words for name in names):
                factors: dict[Name, float] = {name: factor for factor, name in found}
                yield _Vector(where, what, factors, {name: words[name] for name in names}, (what, str(len(names))))


def _of_tables(formulation: Formulation) -> Iterator[_Vector]:
    """Yield the tables over one set, and each line of those over two."""
    members = {block.name: block.elements for block in formulation.sets if isinstance(block.elements, tuple)}
    for parameter in formulation.parameters:
        where, what = f"parameter '{parameter.name}'", f"parameter {parameter.name}"
        families = [_family(index, members) for index in parameter.index]
        for way, names, line in _lines(parameter.values, families):
            if not all(isinstance(value, int | float) for value in line):
                continue
            labels: list[Name] = list(range(len(line))) if names is None or len(names) != len(line) else [*names]
            values = dict(zip(labels, (float(cast(float, value)) for value in line), strict=True))
            atoms = {atom for name in labels for atom in str(name).split(",")}
            spelt = {atom: _words(atom) for atom in atoms} if names is not None else {}
            known = spelt if all(spelt.values()) else {}
            yield _Vector(where, what, values, known, (where, way))


def _words(name: str) -> frozenset[str]:
    return frozenset({name}) if len(name) == 1 or name.isdigit() else stems(name)


def _family(index: str, members: Mapping[str, tuple[object, ...]]) -> list[str] | None:
    """Return the elements of the set that an index runs over; None where they are not written out as plain names."""
    listed = members.get(index.split(" in ")[-1].split(" if ")[0].strip())
    if listed is None:
        return None
    return [",".join(map(str, cast(Sequence[object], name))) if isinstance(name, list | tuple) else str(name)
            for name in listed]  # fmt: skip


def _lines(
    values: object, families: Sequence[list[str] | None], way: str = ""
) -> Iterator[tuple[str, list[str] | None, list[object]]]:
    """Yield the lines of a table in every direction: which one, the elements that they go over, the numbers."""
    if isinstance(values, dict):
        table = cast(dict[str, object], values)
        if table and not any(isinstance(part, dict | list | tuple) for part in table.values()):
            yield way, list(table), list(table.values())
        for part in table.values():
            yield from _lines(part, families[1:], f"{way}>")
    elif isinstance(values, list | tuple):
        rows = cast(Sequence[object], values)
        if not any(isinstance(part, dict | list | tuple) for part in rows):
            yield way, families[0] if families else None, list(rows)
            return
        for part in rows:
            yield from _lines(part, families[1:], f"{way}>")
        if all(isinstance(part, list | tuple) for part in rows):
            for line in zip(*cast(Sequence[Sequence[object]], rows), strict=False):
                yield from _lines(list(line), families[:1], f"{way}v")
