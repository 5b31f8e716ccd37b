"""Rows and objectives that mix columns of a table: the cutting hours of chairs with the finishing hours of tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fivefold.checks.battery.lines import lines_of
from fivefold.checks.bindings import same_number
from fivefold.reading.entities import Entry
from fivefold.reading.slots import Slot, TextReading, read_text
from fivefold.reading.tables import TableColumn, table_columns
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, warning
from fivefold_solvers.formulation.identity import spell_key
from fivefold_solvers.formulation.polynomial import Polynomial

_BARS = 8
"""A table has at least so many."""
_MOST_ROWS = 200


def check_table_rows(formulation: Formulation, text: str) -> list[Finding]:
    """Return a warning for every row, and the objective, whose coefficients are cells of two columns of one table."""
    if text.count("|") < _BARS:
        return []
    checked = check(formulation)
    if checked.grounded is None or len(checked.rows.rows) > _MOST_ROWS:
        return []
    reading = read_text(text, checked.grounded)
    columns = list(table_columns(reading.text, reading.entities))
    if len(columns) < 2:
        return []
    sums = [(f"constraint '{line.name}'", f"row {line.label}", line.weights) for line in lines_of(checked.rows.rows)]
    goal = checked.rows.objective
    if isinstance(goal, Polynomial) and goal.degree == 1:
        sums.append(("the objective", "the objective", goal.linear))
    elsewhere = {slot.quantity.value for slot in _sentences(reading)}
    findings: list[Finding] = []
    for where, what, weights in sums:
        mixed = _mixed(weights, columns, elsewhere)
        if mixed is not None:
            parts = ", ".join(f"{weights[at]:g} of {spell_key(*at)} from “{column}”" for at, column in mixed.items())
            message = f"{what} mixes columns of the table: {parts}"
            findings.append(warning("table-mixed", where, message, "take all numbers from one column"))
    return findings


def _sentences(reading: TextReading) -> Iterator[Slot]:
    """Yield the numbers that stand in no table."""
    for slot in reading.slots:
        if "|" not in reading.sentences.words(slot.sentence):
            yield slot


def _mixed(
    weights: Mapping[Entry, float], columns: list[TableColumn], elsewhere: set[float]
) -> dict[Entry, str] | None:
    """Return which column each coefficient is from, where each is from one only and they are not from the same."""
    if set(weights) != set(columns[0].values) or any(weight <= 0 for weight in weights.values()):
        return None
    found: dict[Entry, str] = {}
    for entry, weight in weights.items():
        own = [column.heading for column in columns if same_number(column.values[entry], weight)]
        # A number of two columns, of a sentence, or of nowhere says nothing.
        if len(own) != 1 or any(same_number(weight, value) for value in elsewhere) or same_number(weight, 1.0):
            return None
        found[entry] = own[0]
    return found if len(set(found.values())) > 1 else None
