"""What people write below the rows of a table and is no entry: a total, a note."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fivefold_solvers.data.finding import DataFinding, shown
from fivefold_solvers.data.table import Column, DataTable, Kind
from fivefold_solvers.data.wording import words
from fivefold_solvers.formulation.finding import Severity
from fivefold_solvers.formulation.identity import Atom

MOST = 6
"""Rows at the end that are looked at."""
OUTDATED = "outdated-formula"
"""Code of the finding that formulas of a spreadsheet may have older values than their cells ask for."""
NO_VALUE = "no-stored-value"
"""Code of the finding that a formula of a spreadsheet has no value."""
_TOTALS = frozenset({
    "total", "totals", "sum", "gesamt", "gesamtsumme", "gesamtergebnis", "insgesamt", "summe", "grand total",
    "subtotal", "somme", "totale", "all",
    "\u03c3", "\u2211", "average", "avg", "mean", "durchschnitt", "mittelwert", "moyenne",
})  # fmt: skip
_FEW = 3
"""Rows from which on their sum in the row below them is no accident, whatever that is called."""
DASHES = frozenset({"", "-", "–", "—"})


def is_total(one: Atom) -> bool:
    """Whether a member's name says that its row is a total."""
    if not isinstance(one, str):
        return False
    name = one.strip(" :").casefold()
    said = set(words(name))
    return name in _TOTALS or (bool(said) and said <= {"total", "sum"})


def sounds_like_total(one: Atom) -> bool:
    """Whether a member's name begins or ends with a word for a total, as `Total demand` does; so do names of firms."""
    said = [word.casefold() for word in words(one)] if isinstance(one, str) else []
    return bool(said) and bool(_TOTALS.intersection((said[0], said[-1])) - {"all", "mean"})


def rows_that_count(table: DataTable, columns: Sequence[Column]) -> tuple[int, list[DataFinding]]:
    """Return how many rows of a table are entries, and what is told of those below that are left out.

    A total is left out only where its numbers are the sums of those above it, a note only where it stands apart and
    nothing but words stands in its row; whatever else is doubtful stays, and is told where it is used.
    """
    count, findings = len(table.rows), list[DataFinding]()
    if len(columns) < 2 or columns[0].categories is None:
        return count, findings
    outdated = any(found.code == OUTDATED for found in table.findings)
    while count > 1 and len(table.rows) - count < MOST:
        name, last = columns[0].text(count - 1), count - 1
        if (is_total(name) or (sounds_like_total(name) and not outdated)) and _adds_up(columns[1:], last, outdated):
            blank = all(column.blanks[last] for column in columns[1:])
            what = "adds up the rows above it" if not blank else "is a total without numbers"
            what = "is a total that waits to be calculated" if outdated else what
            told = f"'{shown(name)}' {what} and was left out"
            findings.append(_left_out(table, "total-left-out", Severity.NOTE, told, last, columns[0]))
        elif _is_note(table, columns, name, last):
            told = f"'{shown(name)}' is a note below the table and was left out"
            findings.append(_left_out(table, "note-left-out", Severity.WARNING, told, last, columns[0]))
        else:
            break
        count -= 1
    last = count - 1
    if last < _FEW:
        return count, findings[::-1]
    numbers = any(column.kind.numeric and column.values[last] for column in columns[1:])
    name = columns[0].text(last)
    if numbers and not is_total(name) and _adds_up(columns[1:], last, outdated=False):
        told, mend = f"'{shown(name)}' adds up all rows above it", "remove the row if it is a total"
        header = shown(columns[0].header)
        findings.append(table.finding("maybe-total", Severity.WARNING, told, mend, place=last, column=header))
    return count, findings[::-1]


def cut(column: Column, count: int) -> Column:
    """Return a column with its first rows only."""
    values: NDArray[Any] = column.values[:count]
    blank = None if column.blank is None else column.blank[:count]
    if column.categories is None:
        return replace(column, values=values, blank=blank if blank is not None and blank.any() else None)
    used = int(values.max(initial=-1)) + 1
    kind = column.kind if used else Kind.EMPTY
    return replace(column, values=values, blank=blank, categories=column.categories[:used], kind=kind)


def _adds_up(columns: Sequence[Column], last: int, outdated: bool) -> bool:
    """Whether the cells of a row are blank or sums; where formulas are outdated, any number may be one."""
    return all(
        outdated or _is_sum(column, last) if column.kind.numeric else column.text(last).strip() in DASHES
        for column in columns
    )


def _is_sum(column: Column, last: int) -> bool:
    """Whether a cell is blank or the sum of those above it."""
    blanks = column.blanks
    if blanks[last]:
        return True
    above = column.values[:last][~blanks[:last]]
    # Whole numbers could pass int64, and numbers what a float holds.
    with np.errstate(over="ignore"):
        total = float(above.sum(dtype=np.float64))
    return len(above) > 0 and bool(np.isclose(total, float(column.values[last]), rtol=1e-9, atol=1e-6))


def _is_note(table: DataTable, columns: Sequence[Column], name: str, last: int) -> bool:
    apart = int(table.rows[last]) > int(table.rows[last - 1]) + 1
    wordy = len(name.split()) > 2 or ":" in name or name.startswith("*")
    return apart and wordy and len(columns) > 2 and all(column.blanks[last] for column in columns[1:])


def _left_out(table: DataTable, code: str, severity: Severity, told: str, place: int, column: Column) -> DataFinding:
    return table.finding(code, severity, told, "", place=place, column=shown(column.header))
