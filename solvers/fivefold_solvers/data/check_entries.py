"""Checks on the entries of one parameter: cells that are no numbers, units, doubles, gaps, signs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fivefold_solvers.data.columns import SetColumn
from fivefold_solvers.data.entries import Entries
from fivefold_solvers.data.finding import DataFinding, shown
from fivefold_solvers.data.keys import Array, first_seen
from fivefold_solvers.data.needs import ParameterNeed
from fivefold_solvers.data.numerals import mend_of
from fivefold_solvers.data.table import Kind
from fivefold_solvers.data.typed import SHARE
from fivefold_solvers.data.units import compare, scale_of
from fivefold_solvers.data.wording import words
from fivefold_solvers.formulation.finding import Severity
from fivefold_solvers.formulation.identity import Atom, as_key

Found = list[DataFinding]

EXACT = 2.0**53
"""Whole numbers from here on are not all exact in floating point."""
_NEVER_NEGATIVE = frozenset({
    "demand", "supply", "capacity", "weight", "distance", "duration", "time", "volume", "stock", "inventory",
    "availability", "requirement", "hour", "quantity", "population", "size", "length", "count", "area", "limit",
    "number", "width", "height", "speed", "mass",
})  # fmt: skip
_MAYBE_NEGATIVE = frozenset({"net", "balance", "change", "profit", "deviation", "gain", "flow", "difference", "shift",
                             "slack", "offset", "delta", "lower", "bound", "temperature"})  # fmt: skip


def _at(entries: Entries, code: str, severity: Severity, message: str, mend: str, places: Array) -> DataFinding:
    """Return a finding about the cells of some entries; the first of them is named."""
    entry = int(places[0])
    return entries.table.finding(
        code, severity, message, mend, place=int(entries.rows[entry]), column=shown(entries.header(entry)),
        count=len(places),
    )  # fmt: skip


def check_cells(need: ParameterNeed, entries: Entries, sparse: bool) -> tuple[Found, Array]:
    """Return findings about cells that hold no usable number, and which entries to keep.

    Args:
        need: the parameter.
        entries: its entries.
        sparse: whether a blank cell means that there is no entry.
    """
    findings: Found = []
    decimal = entries.table.reading.get("decimal", ".")
    gaps = entries.blank if need.default is None else entries.missing()
    odd = np.flatnonzero(entries.odd & ~gaps)
    if len(odd):
        text = entries.text(int(odd[0]))
        if len(odd) == len(entries.rows) > 1 and not text[:1].isdigit():
            message = f"the column holds text, '{shown(text)}' for one; {need.name} needs numbers"
            mend = "choose the column with the numbers"
        else:
            message, mend = f"'{shown(text)}' is not a number", mend_of(text, decimal)
        findings.append(_at(entries, "not-a-number", Severity.ERROR, message, mend, odd))
    blank = np.flatnonzero(gaps)
    if len(blank) and not sparse:
        mend = "write the number, or give the parameter a default"
        findings.append(_at(entries, "blank-cell", Severity.ERROR, f"{need.name} has a blank cell", mend, blank))
    elif len(blank) and need.default is not None:
        message = f"blank cells of {need.name} take its default {need.default:g}"
        findings.append(_at(entries, "default-used", Severity.NOTE, message, "", blank))
    huge = np.flatnonzero(np.abs(entries.values) >= EXACT)
    if len(huge):
        whole = [entry for entry in huge[:10_000].tolist() if _rounded(entries, entry)]
        if whole:
            message = f"{shown(entries.text(whole[0]))} has more digits than a number can hold exactly (2^53)"
            mend = "count in a larger unit, or use it as a name and not as a value"
            findings.append(_at(entries, "beyond-2^53", Severity.ERROR, message, mend, np.array(whole)))
    return findings[:1], ~(entries.odd | entries.blank)


def _rounded(entries: Entries, entry: int) -> bool:
    """Whether a large number was written with more digits than a float keeps."""
    column = entries.columns[int(entries.column_of[entry])]
    if column.kind is Kind.NUMBER:
        value = float(entries.values[entry])
        return float(format(value, ".15g")) != value
    return entries.text(entry).lstrip("+-").isdigit()


def check_unit(need: ParameterNeed, entries: Entries) -> Found:
    """Return what speaks against the unit in the header."""
    column = entries.columns[0] if entries.columns else None
    if column is None or len(entries.columns) > 1 or not column.unit:
        return []
    severity, unit = Severity.ERROR, shown(column.unit)
    scale, match = scale_of(column.unit), compare(column.unit, need.unit)
    if need.unit and match.same is not False:
        return []
    said = f"the column is in {unit}, parameter {need.name} in {shown(need.unit)}"
    if not need.unit:
        if scale == 1 or not len(entries.rows):
            return []
        severity = Severity.WARNING
        said = f"the column is in {unit} and {need.name} has no unit: {entries.values[0]:.15g} is taken as it is"
        mend = f"write the cells times {scale:g} and change the header if that is not meant, or give {need.name} a unit"
    elif column.unit == SHARE and match.factor is not None:
        said = f"percent signs in the cells are read (12% is 0.12), and parameter {need.name} is in {shown(need.unit)}"
        mend = "write the numbers without percent signs, or leave out the parameter's unit"
    elif match.factor is not None:
        mend = f"multiply the cells by {match.factor:.12g} and change the header, or change the parameter's unit"
    else:
        mend = "correct the header, or choose another column"
    table = entries.table
    row = int(entries.rows[0]) if len(entries.rows) else None
    found = table.finding("unit-differs", severity, said, mend, place=row, column=shown(column.header))
    return [found.model_copy(update={"row": table.header_row or found.row})]


def check_doubles(
    need: ParameterNeed, entries: Entries, flat: Array, axes: Sequence[SetColumn]
) -> tuple[Found, Array | slice]:
    """Return findings about entries that come twice, and the places of those to keep, in order."""
    first = first_seen(flat, math.prod(axis.size for axis in axes))
    new = first == np.arange(len(flat))
    if new.all():
        return [], slice(None)
    kept, again = np.flatnonzero(new), np.flatnonzero(~new)
    other = first[again]
    differ = entries.values[again] != entries.values[other]
    places = again[differ] if differ.any() else again
    origin = other[differ] if differ.any() else other
    entry, before = int(places[0]), int(origin[0])
    key = _key(int(flat[entry]), axes)
    row = int(entries.table.rows[entries.rows[before]])
    if differ.any():
        message = f"{need.name} for {key} is {entries.values[entry]:g} here and {entries.values[before]:g} in row {row}"
        return [_at(entries, "contradiction", Severity.ERROR, message, "keep one of the two rows", places)], kept
    message = f"{need.name} for {key} is there twice, the same as in row {row}"
    return [_at(entries, "duplicate", Severity.WARNING, message, "remove one of the two rows", places)], kept


def check_gaps(
    need: ParameterNeed, entries: Entries, flat: Array, axes: Sequence[SetColumn], expected: Array | int
) -> Found:
    """Return the finding for entries that are not there.

    Args:
        need: the parameter.
        entries: its entries.
        flat: the flat places that are there, each once.
        axes: its sets.
        expected: the flat places that must be there, or how many from 0 on.
    """
    count = expected if isinstance(expected, int) else len(expected)
    if len(flat) >= count:
        return []
    present = np.sort(flat)
    missing = _first_missing(present, expected)
    keys = ", ".join(_key(place, axes) for place in missing)
    lost = count - len(present)
    message = f"{need.name} has no value for {keys}" + (f" and {lost - len(missing)} more" if lost > 3 else "")
    last = int(entries.rows[-1]) if len(entries.rows) else None
    header = shown(entries.headers[-1] if entries.headers else "")
    if entries.columns and len(entries.columns) == 1:
        header = shown(entries.columns[0].header)
    mend = "add a row for each below the last one, or give the parameter a default"
    return [entries.table.finding("missing-key", Severity.ERROR, message, mend, place=last, column=header)]


def _first_missing(present: Array, expected: Array | int, most: int = 3) -> list[int]:
    """Return the first flat places that are not there, without writing out all that should be."""
    if not isinstance(expected, int):
        return [int(place) for place in np.setdiff1d(expected, present)[:most]]
    found: list[int] = []
    at = 0
    while len(found) < most and at < expected:
        # Behind `at`, the places that are there run on without a gap as long as their rank says so.
        rank = int(np.searchsorted(present, at))
        rest = present[rank:]
        run = int(np.argmax(np.append(rest != at + np.arange(len(rest)), True)))
        at += run
        if at < expected:
            found.append(at)
        at += 1
    return found


def _key(place: int, axes: Sequence[SetColumn]) -> str:
    """Return the key at a flat place in words."""
    parts: list[Atom] = []
    for axis in reversed(axes):
        place, own = divmod(place, axis.size)
        parts[:0] = as_key(axis.member(own))
    text = ", ".join(f"'{shown(one)}'" if isinstance(one, str) else str(one) for one in parts)
    return text if len(parts) == 1 else f"({text})"


def _is_balance(said: set[str], entries: Entries) -> bool:
    """Whether supplies that are negative are needs: both add up to nothing."""
    return bool(said & {"supply", "demand"}) and bool(np.isclose(entries.values.sum(), 0, atol=1e-6))


def check_signs(need: ParameterNeed, entries: Entries) -> Found:
    """Return the finding for a negative number where the parameter's name says that there is none."""
    said = set(words(need.name)) or {""}
    described = set(words(need.description))
    if not (said | described) & _NEVER_NEGATIVE or (said | described) & _MAYBE_NEGATIVE:
        return []
    negative = np.flatnonzero(entries.values < 0)
    if not len(negative) or _is_balance(said | described, entries):
        return []
    message = f"{need.name} is negative: {entries.values[negative[0]]:g}"
    return [_at(entries, "negative", Severity.WARNING, message, "correct the sign if it is a slip", negative)]
