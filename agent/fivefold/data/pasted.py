"""Tables pasted into a problem's text: large ones are bound as data files are, and no LLM has to copy their numbers."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache

from fivefold.problem import Problem
from fivefold_solvers.data.margins import with_margins
from fivefold_solvers.data.numerals import read_number
from fivefold_solvers.data.table import DataTable, Kind
from fivefold_solvers.data.text_tables import TextTable, tables_in

LEAST_CELLS = 40
"""Numbers that the tables must hold together; fewer are for the LLM to write, which sees them in their place."""
LEAST_ROWS = 6
"""A table of fewer rows may well have one row for each kind of number, which no column can be named for."""
_LONGEST_NAME = 40


def with_pasted(problem: Problem, taken: Collection[str] = (), *, changing: bool = False) -> Problem:
    """Return the problem with its large tables named as data; the checks then go by the words around them.

    Args:
        problem: as it was stated.
        taken: names of tables that come from elsewhere.
        changing: a formulation stands that holds the data already, so that the checks need the tables' numbers.
    """
    found = _large(problem.text)
    names: list[str] = []
    for one in found:
        names.append(_name(one.table, len(found), {*taken, *names}))
    if not names:
        return problem
    named = problem.model_copy(update={"pasted": tuple(names)})
    words = words_around(named)
    kept = "" if problem.standing == words else problem.standing
    return named.model_copy(update={"standing": kept if changing else words})


def words_around(problem: Problem) -> str:
    """Return a problem's text with a name in place of each table that is bound as data."""
    words, end = "", 0
    for one, name in zip(_large(problem.text), problem.pasted, strict=False):
        words += f"{problem.text[end : one.start]}(table {name})"
        end = one.end
    return words + problem.text[end:]


def pasted_tables(problem: Problem) -> tuple[DataTable, ...]:
    """Return the tables in a problem's text that are bound as data."""
    large = zip(_large(problem.text), problem.pasted, strict=False) if problem.pasted else ()
    return with_margins(replace(one.table, name=name) for one, name in large)


def _name(table: DataTable, count: int, taken: Collection[str]) -> str:
    """Return the words above a table as a name, else a number."""
    short = re.sub(r"\W+", "_", table.name).strip("_")
    numbered = (f"table_{number}" for number in range(1, count + len(taken) + 2))
    usable = short.isidentifier() and len(short) <= _LONGEST_NAME and short not in taken
    return short if usable else next(name for name in numbered if name not in taken)


@lru_cache(maxsize=4)
def _large(text: str) -> tuple[TextTable, ...]:
    """Return the tables to be taken out of a text; none where they hold few numbers."""
    found = tuple(one for one in tables_in(text) if len(one.table) >= LEAST_ROWS and _has_header(one.table))
    return found if sum(_numbers(one.table) for one in found) >= LEAST_CELLS else ()


def _numbers(table: DataTable) -> int:
    return sum(len(column.values) for column in table.columns if column.kind.numeric or column.kind is Kind.MIXED)


def _has_header(table: DataTable) -> bool:
    """Whether the first row names the columns: lines such as `Oven 1: 3, 4` have none."""
    headers = [column.header for column in table.columns]
    if table.header_row is None or any(
        ":" in header or column.kind is Kind.EMPTY for header, column in zip(headers, table.columns, strict=True)
    ):
        return False
    numbers = [read_number(header) is not None for header in headers]
    return not any(numbers) or (not numbers[0] and all(numbers[1:]))
