"""A program as arrays, read from a file, to a formulation: every column a variable, every row a constraint."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

from fivefold.errors import CallerError
from fivefold_solvers.build.arrays import Arrays
from fivefold_solvers.diagnose.words import linear_text, relation_text
from fivefold_solvers.formulation.elements import Assumption, Constraint, Formulation, Objective, Source, Variable
from fivefold_solvers.formulation.repair_names import identifier

_NAMELESS = {"", "obj", "objective"}
"""What writers of files call an objective that has no name."""
ENTRY_LIMIT = 100_000
"""Non-zeros and columns up to which a file is written out as a formulation."""


def formulation_of(arrays: Arrays, title: str, where: str, assumed: Sequence[str] = ()) -> Formulation:
    """Return a formulation with the names of the file, made into identifiers where they are none.

    Args:
        arrays: the program; the index of each column and row is its name in the file.
        title: what to call it.
        where: the file, for the sources of elements.
        assumed: what the file leaves open, as it was read.

    Raises:
        CallerError: it is too large to be written out.
    """
    size = arrays.column_count + len(arrays.columns)
    if size > ENTRY_LIMIT:
        raise CallerError(
            f"{where} has {arrays.column_count} columns and {len(arrays.columns)} non-zeros; together {ENTRY_LIMIT} "
            "are the most that is written out as a formulation"
        )
    named = list(_names(arrays))
    columns, rows = named[: arrays.column_count], named[arrays.column_count :]
    source = Source(kind="derived", reason=f"read from {where}")
    return Formulation(
        title=title,
        variables=tuple(_variable(arrays, place, name, source) for place, name in enumerate(columns)),
        objective=_objective(arrays, columns, set(named), source),
        constraints=tuple(
            Constraint(
                name=name, expression=_relation(arrays, row, columns), description=_called(was, name), source=source
            )
            for row, (name, was) in enumerate(zip(rows, _written(arrays, "row"), strict=True))
            if math.isfinite(arrays.row_lower[row]) or math.isfinite(arrays.row_upper[row])
        ),
        assumptions=tuple(Assumption(text=text, reason=f"{where} leaves it open") for text in assumed),
    )


def _written(arrays: Arrays, kind: str) -> list[str]:
    """Return the names of columns or rows as they are in the file."""
    blocks = arrays.variables if kind == "column" else arrays.constraints
    return [str(key[0]) for block in blocks for key in block.decoded()]


def _names(arrays: Arrays) -> Iterator[str]:
    """Yield an identifier for every column and then for every row, no two alike."""
    taken: set[str] = set()
    counts: dict[str, int] = {}
    for was in (*_written(arrays, "column"), *_written(arrays, "row")):
        plain = name = identifier(was)
        while name in taken:
            counts[plain] = counts.get(plain, 1) + 1
            name = f"{plain}_{counts[plain]}"
        taken.add(name)
        yield name


def _numbered(plain: str) -> Iterator[str]:
    yield plain
    yield from (f"{plain}_{number}" for number in itertools.count(2))


def _called(was: str, name: str) -> str:
    return "" if was == name else f"{was} in the file"


def _variable(arrays: Arrays, place: int, name: str, source: Source) -> Variable:
    low, high = float(arrays.lower[place]), float(arrays.upper[place])
    binary = bool(arrays.integer[place]) and (low, high) == (0.0, 1.0)
    was = str(arrays.column_block(place).keys.key(place - arrays.column_block(place).start)[0])
    return Variable(
        name=name,
        description=_called(was, name),
        domain="binary" if binary else "integer" if arrays.integer[place] else "continuous",
        lower="-inf" if math.isinf(low) else _short(low),
        upper=None if binary or math.isinf(high) else _short(high),
        source=source,
    )


def _objective(arrays: Arrays, columns: list[str], taken: set[str], source: Source) -> Objective:
    used: list[int] = arrays.cost.nonzero()[0].tolist()
    parts = [(columns[place], float(arrays.cost[place])) for place in used]
    if arrays.quadratic is not None:
        first, second, values = (part.tolist() for part in arrays.quadratic)
        parts += [(f"{columns[i]}*{columns[j]}", value) for i, j, value in zip(first, second, values, strict=True)]
    text = linear_text(parts, _digits)
    if arrays.offset:
        text += f" {'-' if arrays.offset < 0 else '+'} {_digits(abs(arrays.offset))}"
    was = arrays.objective_name
    if was.lower() in _NAMELESS:
        return Objective(sense=arrays.sense, expression=text, source=source)
    name = next(own for own in _numbered(identifier(was)) if own not in taken)
    return Objective(sense=arrays.sense, expression=text, name=name, description=_called(was, name), source=source)


def _relation(arrays: Arrays, row: int, columns: list[str]) -> str:
    places, values = arrays.row(row)
    terms = [(columns[int(place)], float(value)) for place, value in zip(places, values, strict=True)]
    low, high = float(arrays.row_lower[row]), float(arrays.row_upper[row])
    return relation_text(linear_text(terms, _digits), low, high, _digits)


def _digits(value: float) -> str:
    """Return every digit of a number, which a text for people would round."""
    return repr(_short(value))


def _short(value: float) -> int | float:
    """Return a whole number without its point."""
    return int(value) if value.is_integer() and abs(value) < 2**53 else value
