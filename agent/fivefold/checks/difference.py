"""What sets two formulations apart, element by element, and one with a single element taken over from the other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fivefold.checks.canonical import (
    GOAL,
    Canonical,
    Line,
    RowKey,
    Term,
    canonical,
    figure,
    row_text,
    spelled,
    without_logic,
)
from fivefold.checks.matching import matched, renumbering
from fivefold_solvers.formulation.elements import Constraint, Formulation, Variable
from fivefold_solvers.formulation.identity import spell_key

Kind = Literal["variable", "sense", "objective", "domain", "bound", "relation", "number", "row"]
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Difference:
    """One element that is not the same in two formulations."""

    kind: Kind
    words: str
    """What is different, in plain words."""
    first: tuple[RowKey, ...] = ()
    """Rows of the first that the second does not have."""
    second: tuple[RowKey, ...] = ()
    """Rows of the second that the first does not have."""
    column: int | None = None
    """The variable whose bound or domain it is."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two formulations in one form, the columns of the second numbered like those of the first."""

    first: Canonical
    second: Canonical
    names: tuple[Mapping[int, str], Mapping[int, str]]
    """How each writes a column."""
    to: Mapping[int, int]
    """The number of every column of the second in its own order."""

    @property
    def shared(self) -> frozenset[int]:
        """Columns that both have."""
        return frozenset(self.names[0]) & frozenset(self.names[1])

    def open_rows(self) -> tuple[tuple[RowKey, ...], tuple[RowKey, ...]]:
        """Return the rows of each that the other does not have."""
        return _missing(self.first, self.second), _missing(self.second, self.first)

    def doubtful_rows(self) -> tuple[frozenset[RowKey], frozenset[RowKey]]:
        """Return the open rows of each, with those that are one side of an open equation of the other."""
        here, there = self.open_rows()
        return (
            frozenset(here) | _touching(self.first, self.second, there),
            frozenset(there) | _touching(self.second, self.first, here),
        )

    def open_goal(self) -> frozenset[Term]:
        """Return the terms of the objective that are not the same in both."""
        if GOAL in self.first.opaque or GOAL in self.second.opaque:
            same = self.first.opaque.get(GOAL) == self.second.opaque.get(GOAL)
            return frozenset() if same else frozenset({*self.first.goal, *self.second.goal, ()})
        terms = {*self.first.goal, *self.second.goal}
        return frozenset(t for t in terms if figure(self.first.goal.get(t, 0)) != figure(self.second.goal.get(t, 0)))

    def open_bounds(self) -> frozenset[int]:
        """Return the shared columns whose bounds are not the same in both."""
        return frozenset(at for at in self.shared if self.first.bounds[at] != self.second.bounds[at])


def paired(forms: tuple[Formulation, Formulation]) -> Pair | None:
    """Return two formulations in one form; None where one cannot be checked."""
    first, second = (canonical(formulation) for formulation in forms)
    if first is None or second is None:
        return None
    to = renumbering(first, second, matched(first, second, forms))
    names = {to[at]: name for at, name in second.names().items()}
    return Pair(first, second.renumbered(to), (first.names(), names), to)


def differences(pair: Pair) -> list[Difference]:
    """Return everything that is different, elements that weigh most first; empty where both are the same program."""
    found = list(_of_columns(pair))
    if pair.first.sense != pair.second.sense:
        found.append(Difference("sense", f"the first says {pair.first.sense}, the second {pair.second.sense}"))
    if pair.open_goal():
        found.append(Difference("objective", _goal_words(pair)))
    return found + list(_of_rows(pair))


def _missing(own: Canonical, other: Canonical) -> tuple[RowKey, ...]:
    there = {face for line in other.rows.values() for face in line.faces()}
    words = set(other.opaque.values())
    rows = [key for key, line in own.rows.items() if not line.faces() <= there]
    return (*rows, *(key for key, text in own.opaque.items() if text not in words and key != GOAL))


def _touching(own: Canonical, other: Canonical, open_rows: Sequence[RowKey]) -> frozenset[RowKey]:
    faces = {face for key in open_rows if key in other.rows for face in other.rows[key].faces()}
    return frozenset(key for key, line in own.rows.items() if line.faces() & faces)


def _of_columns(pair: Pair) -> Iterator[Difference]:
    for which, names, others in (("first", pair.names[0], pair.names[1]), ("second", pair.names[1], pair.names[0])):
        if alone := [f"`{names[at]}`" for at in names if at not in others]:
            more = f" and {len(alone) - 4} more" if len(alone) > 4 else ""
            yield Difference("variable", f"only the {which} has the variable {', '.join(alone[:4])}{more}")
    for at in sorted(pair.shared):
        name = f"`{pair.names[0][at]}`"
        if pair.first.integer[at] != pair.second.integer[at]:
            which = "first" if pair.first.integer[at] else "second"
            yield Difference("domain", f"{name} takes whole numbers only in the {which}", column=at)
        if at in pair.open_bounds():
            here, there = _range(pair.first.bounds[at]), _range(pair.second.bounds[at])
            yield Difference("bound", f"{name} is {here} in the first, {there} in the second", column=at)


def _range(pair: tuple[float, float]) -> str:
    low, high = pair
    if low == high:
        return f"{low:g}"
    parts = [f"at least {low:g}"] * math.isfinite(low) + [f"at most {high:g}"] * math.isfinite(high)
    return " and ".join(parts) or "free"


def _goal_words(pair: Pair) -> str:
    terms = sorted(pair.open_goal())
    names = {**pair.names[1], **pair.names[0]}
    told = [
        f"{pair.first.goal.get(t, 0):g} and {pair.second.goal.get(t, 0):g} "
        + (f"for `{'*'.join(names[at] for at in t)}`" if t else "as a constant")
        for t in terms[:4]
    ]
    more = f" and {len(terms) - 4} more" if len(terms) > 4 else ""
    return f"the objective has {', '.join(told)}{more} in the first and the second"


def _of_rows(pair: Pair) -> Iterator[Difference]:
    """Yield what is different in the rows: two that are nearly the same belong together, others stand alone."""
    here, there = (list(keys) for keys in pair.open_rows())
    ranked = sorted(
        ((_alike(pair, one, other), at, to) for at, one in enumerate(here) for to, other in enumerate(there)),
        key=lambda found: (-found[0], found[1], found[2]),
    )
    done: tuple[set[int], set[int]] = set(), set()
    for score, at, to in ranked:
        if score >= _HALF and at not in done[0] and to not in done[1]:
            done[0].add(at)
            done[1].add(to)
            yield _paired(pair, here[at], there[to])
    for at, key in enumerate(here):
        if at not in done[0]:
            yield Difference("row", f"only the first has {_row_words(pair, 0, key)}", first=(key,))
    for to, key in enumerate(there):
        if to not in done[1]:
            yield Difference("row", f"only the second has {_row_words(pair, 1, key)}", second=(key,))


def _alike(pair: Pair, one: RowKey, other: RowKey) -> float:
    first, second = pair.first.rows.get(one), pair.second.rows.get(other)
    if first is None or second is None:
        return float(one == other)
    both = set(first.terms) & set(second.terms)
    either = set(first.terms) | set(second.terms)
    equal = sum(first.terms[term] == second.terms[term] for term in both)
    return (len(both) + 0.5 * equal + 0.25 * (one[0] == other[0])) / len(either) if both else 0.0


def _row_words(pair: Pair, which: Literal[0, 1], key: RowKey) -> str:
    own = pair.second if which else pair.first
    label = spell_key(key[0], key[1])
    if key not in own.rows:
        return f"the row {label}"
    return f"`{row_text(own.rows[key], pair.names[which])}` ({label})"


def _paired(pair: Pair, one: RowKey, other: RowKey) -> Difference:
    label = spell_key(one[0], one[1])
    both = f"{_row_words(pair, 0, one)} in the first is {_row_words(pair, 1, other)} in the second"
    if one not in pair.first.rows or other not in pair.second.rows:
        return Difference("row", f"{label} is not the same in both", (one,), (other,))
    first, second = pair.first.rows[one], pair.second.rows[other]
    numbers = list(_numbers(pair, first, second))
    if first.relation != second.relation and not numbers:
        words = f"{label} says {first.relation} in the first, {second.relation} in the second: {both}"
        return Difference("relation", words, (one,), (other,))
    if len(numbers) == 1 and first.relation == second.relation:
        before, after, where = numbers[0]
        words = f"{label} has {before:g} in the first and {after:g} in the second, {where}"
        return Difference("number", words, (one,), (other,))
    return Difference("row", both, (one,), (other,))


def _numbers(pair: Pair, first: Line, second: Line) -> Iterator[tuple[float, float, str]]:
    """Yield the numbers in which two rows differ, as they are written."""
    names = {**pair.names[1], **pair.names[0]}
    for term in sorted({*first.terms, *second.terms}):
        before, after = first.terms.get(term, 0.0), second.terms.get(term, 0.0)
        if figure(before) != figure(after):
            yield before, after, f"with `{'*'.join(names[at] for at in term)}`"
    if figure(first.limit) != figure(second.limit):
        yield first.limit, second.limit, "on the constant side"


def exchanged(formulation: Formulation, pair: Pair, difference: Difference) -> Formulation | None:
    """Return the first formulation with one element of the second; None where that cannot be written."""
    names = pair.names[0]
    lowered = without_logic(formulation)
    if lowered is None:
        return None
    formulation = lowered.formulation
    objective = formulation.objective
    match difference.kind:
        case "variable":
            return None
        case "sense":
            changed = objective.model_copy(update={"sense": pair.second.sense})
            return formulation.model_copy(update={"objective": changed})
        case "objective":
            if GOAL in pair.second.opaque or not all(at in names for term in pair.second.goal for at in term):
                return None
            changed = objective.model_copy(update={"expression": spelled(pair.second.goal, names)})
            return formulation.model_copy(update={"objective": changed})
        case "domain":
            return _with_domain(formulation, pair, difference)
        case "bound":
            return _with_bounds(formulation, pair, difference)
        case _:
            return _with_rows(formulation, pair, difference)


def _with_domain(formulation: Formulation, pair: Pair, difference: Difference) -> Formulation:
    assert difference.column is not None
    name = pair.first.columns[difference.column][0]
    wanted = "integer" if pair.second.integer[difference.column] else "continuous"
    variables = tuple(
        _unbinary(variable).model_copy(update={"domain": wanted}) if variable.name == name else variable
        for variable in formulation.variables
    )
    return formulation.model_copy(update={"variables": variables})


def _unbinary(variable: Variable) -> Variable:
    if variable.domain != "binary":
        return variable
    return variable.model_copy(update={"domain": "integer", "lower": 0, "upper": 1})


def _with_bounds(formulation: Formulation, pair: Pair, difference: Difference) -> Formulation | None:
    """Return it with all bounds of a variable written as rows, those of one entry taken from the second."""
    assert difference.column is not None
    name = pair.first.columns[difference.column][0]
    own = {at for at, entry in enumerate(pair.first.columns) if entry[0] == name}
    rows: list[str] = []
    for at in sorted(own):
        low, high = (pair.second if at == difference.column else pair.first).bounds[at]
        rows += [f"{pair.names[0][at]} >= {low!r}"] * math.isfinite(low)
        rows += [f"{pair.names[0][at]} <= {high!r}"] * math.isfinite(high)
    dropped = {key for key, line in pair.first.singles.items() if own & {at for term in line.terms for at in term}}
    free: dict[str, Any] = {"lower": "-inf", "upper": None}
    variables = tuple(
        _unbinary(variable).model_copy(update=free) if variable.name == name else variable
        for variable in formulation.variables
    )
    return _rewritten(formulation.model_copy(update={"variables": variables}), pair, dropped, rows)


def _with_rows(formulation: Formulation, pair: Pair, difference: Difference) -> Formulation | None:
    rows: list[str] = []
    for key in difference.second:
        line = pair.second.rows.get(key)
        if line is None or not all(at in pair.names[0] for term in line.terms for at in term):
            return None
        rows.append(row_text(line, pair.names[0]))
    return _rewritten(formulation, pair, set(difference.first), rows)


def _rewritten(formulation: Formulation, pair: Pair, dropped: set[RowKey], added: Sequence[str]) -> Formulation | None:
    """Return a formulation without some rows and with others; what is left of a broken element is written out."""
    broken = {key[0] for key in dropped}
    if any(key[0] in broken for key in pair.first.opaque):
        return None
    lines = {**pair.first.rows, **pair.first.singles}
    rest = [row_text(line, pair.names[0]) for key, line in lines.items() if key[0] in broken and key not in dropped]
    kept = [row for row in formulation.constraints if row.name not in broken]
    used = {element.name for element in formulation.elements()}
    free = (name for at in range(10**6) if (name := f"exchanged_{at}") not in used)
    new = [Constraint(name=name, expression=text) for name, text in zip(free, [*rest, *added], strict=False)]
    return formulation.model_copy(update={"constraints": (*kept, *new)})
