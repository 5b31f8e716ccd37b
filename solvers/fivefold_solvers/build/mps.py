"""Arrays to free MPS text and back: the format that every solver reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from fivefold_solvers.build.arrays import Array, Arrays, Block, Floats, Integers, ListedKeys, Quadratic
from fivefold_solvers.build.file_names import file_names

_OBJECTIVE = "OBJ"
FILE_INFINITY = 1e20
"""Limits from here on are written for none."""


class MpsError(ValueError):
    """A text is no MPS file; says in which line."""


def to_mps(arrays: Arrays, *, readable: bool = True, title: str = "fivefold") -> str:
    """Return a program as free MPS text.

    Args:
        arrays: the program.
        readable: whether names hold element and index, `x_a_2`; otherwise columns are C0, C1, ... and rows R0, R1, ...
        title: name of the program.
    """
    columns = file_names(arrays.variables, "C", readable=readable)
    rows = file_names(arrays.constraints, "R", readable=readable, taken=(_OBJECTIVE,))
    lines = [f"NAME {title.replace(' ', '_') or 'fivefold'}"]
    if arrays.sense == "maximize":
        lines += ["OBJSENSE", "    MAX"]
    lines += ["ROWS", f" N {_OBJECTIVE}"]
    kinds, right, spans = _kinds(arrays)
    lines += [f" {kind} {name}" for kind, name in zip(kinds, rows, strict=True)]
    lines.append("COLUMNS")
    lines += _entries(arrays, columns, rows)
    lines.append("RHS")
    if arrays.offset:
        # A right side of the objective is subtracted from it.
        lines.append(f"    RHS {_OBJECTIVE} {-arrays.offset!r}")
    lines += [f"    RHS {rows[i]} {right[i]!r}" for i in np.flatnonzero(np.array(right)).tolist()]
    if spans:
        lines += ["RANGES", *(f"    RNG {rows[i]} {span!r}" for i, span in spans)]
    lines += ["BOUNDS", *_bounds(arrays, columns)]
    if arrays.quadratic is not None:
        lines.append("QUADOBJ")
        first, second, values = arrays.quadratic
        # The section holds half of the matrix of second derivatives: squares count twice.
        doubled = np.where(first == second, 2 * values, values)
        triples = zip(first.tolist(), second.tolist(), doubled.tolist(), strict=True)
        lines += [f"    {columns[i]} {columns[j]} {value!r}" for i, j, value in triples]
    lines += ["ENDATA", ""]
    return "\n".join(lines)


def _kinds(arrays: Arrays) -> tuple[list[str], list[float], list[tuple[int, float]]]:
    """Return the kind and right side of every row, and the width of those with two different limits."""
    low, high = arrays.row_lower, arrays.row_upper
    below, above = np.isfinite(low), np.isfinite(high)
    kinds = np.where(below & above & (low == high), "E", np.where(below, "G", np.where(above, "L", "N")))
    right = np.where(below, low, np.where(above, high, 0.0))
    wide = np.flatnonzero(below & above & (low != high))
    spans = list(zip(wide.tolist(), (high - low)[wide].tolist(), strict=True))
    return kinds.tolist(), right.tolist(), spans


def by_column(arrays: Arrays) -> tuple[Integers, Array, Floats]:
    """Return start of each column, row and value of each non-zero, by columns and within these by rows."""
    rows = np.repeat(np.arange(arrays.row_count), np.diff(arrays.starts))
    order = np.argsort(arrays.columns, kind="stable")
    starts = np.zeros(arrays.column_count + 1, np.int64)
    np.cumsum(np.bincount(arrays.columns, minlength=arrays.column_count), out=starts[1:])
    return starts, rows[order], arrays.coefficients[order]


def _entries(arrays: Arrays, columns: list[str], rows: list[str]) -> Iterator[str]:
    """Yield the lines of the columns' entries, whole-numbered columns between markers."""
    starts, row_of, values = by_column(arrays)
    begins, places, numbers, costs = starts.tolist(), row_of.tolist(), values.tolist(), arrays.cost.tolist()
    whole = False
    for j, (name, integer) in enumerate(zip(columns, arrays.integer.tolist(), strict=True)):
        if integer != whole:
            yield f"    MARKER 'MARKER' '{'INTORG' if integer else 'INTEND'}'"
            whole = integer
        begin, end = begins[j], begins[j + 1]
        # A column without entries must still be mentioned.
        if costs[j] or begin == end:
            yield f"    {name} {_OBJECTIVE} {costs[j]!r}"
        for k in range(begin, end):
            yield f"    {name} {rows[places[k]]} {numbers[k]!r}"
    if whole:
        yield "    MARKER 'MARKER' 'INTEND'"


def _bounds(arrays: Arrays, columns: list[str]) -> Iterator[str]:
    """Yield the lines of all bounds; those of whole-numbered columns in full, as readers differ in what they assume."""
    low, high = arrays.lower, arrays.upper
    plain = (low == 0) & (high == np.inf) & ~arrays.integer
    lowers, uppers = low.tolist(), high.tolist()
    for j in np.flatnonzero(~plain).tolist():
        name, lower, upper = columns[j], lowers[j], uppers[j]
        if lower == upper:
            yield f" FX BND {name} {lower!r}"
        elif lower == -np.inf and upper == np.inf:
            yield f" FR BND {name}"
        else:
            yield f" MI BND {name}" if lower == -np.inf else f" LO BND {name} {lower!r}"
            yield f" PL BND {name}" if upper == np.inf else f" UP BND {name} {upper!r}"


# --- reading ---------------------------------------------------------------------------------------------------


class _Reader:
    """Collects what the lines of an MPS text say."""

    def __init__(self) -> None:
        self.sense: Literal["minimize", "maximize"] = "minimize"
        self.objective: str | None = None
        self.idle: set[str] = set()
        """Further rows without limits, which are left out."""
        self.rows: dict[str, tuple[int, str]] = {}
        self.columns: dict[str, int] = {}
        self.integer: list[bool] = []
        self.whole = False
        self.cost: dict[int, float] = {}
        self.offset = 0.0
        self.entries: tuple[list[int], list[int], list[float]] = ([], [], [])
        self.right: dict[int, float] = {}
        self.spans: dict[int, float] = {}
        self.lower: dict[int, float] = {}
        self.upper: dict[int, float] = {}
        self.quadratic: dict[tuple[int, int], float] = {}
        self.seen: set[tuple[int, str]] = set()
        self.assumed: list[str] = []

    def line(self, section: str, words: list[str]) -> None:
        match section:
            case "OBJSENSE":
                self.sense = "maximize" if words[0].upper().startswith("MAX") else "minimize"
            case "ROWS":
                self.row(words[0].upper(), words[1])
            case "COLUMNS" if len(words) >= 3 and words[1].strip("'") == "MARKER":
                self.whole = words[2].strip("'") == "INTORG"
            case "COLUMNS":
                self.entry(words)
            case "RHS" | "RANGES":
                target = self.right if section == "RHS" else self.spans
                for name, value in self.pairs(words[len(words) % 2 :]):
                    if name == self.objective:
                        self.offset = -value
                    elif name not in self.idle:
                        target[self.rows[name][0]] = value
            case "BOUNDS":
                self.bound(words)
            case "QUADOBJ" | "QMATRIX":
                first, second = sorted((self.columns[words[0]], self.columns[words[1]]))
                # QMATRIX states both halves.
                share = 0.5 if first == second or section == "QMATRIX" else 1.0
                place = (first, second)
                self.quadratic[place] = self.quadratic.get(place, 0.0) + share * float(words[2])
            case _:
                raise MpsError(f"section {section} is not known")

    def row(self, kind: str, name: str) -> None:
        if kind == "N":
            if self.objective is None:
                self.objective = name
            else:
                self.idle.add(name)
        elif kind in {"L", "G", "E"}:
            self.rows[name] = (len(self.rows), kind)
        else:
            raise MpsError(f"row kind {kind} is not known")

    def pairs(self, words: list[str]) -> Iterator[tuple[str, float]]:
        for name, value in zip(words[::2], words[1::2], strict=True):
            yield name, float(value)

    def entry(self, words: list[str]) -> None:
        column = self.columns.setdefault(words[0], len(self.columns))
        if column == len(self.integer):
            self.integer.append(self.whole)
        for name, value in self.pairs(words[1:]):
            if (column, name) in self.seen:
                raise MpsError(f"column {words[0]} stands in row {name} twice")
            self.seen.add((column, name))
            if name == self.objective:
                self.cost[column] = value
            elif name not in self.idle and value:
                self.entries[0].append(self.rows[name][0])
                self.entries[1].append(column)
                self.entries[2].append(value)

    def bound(self, words: list[str]) -> None:
        kind = words[0].upper()
        needed = kind not in {"FR", "MI", "PL", "BV"}
        # The name of the bounds may be left out.
        name, value = (words[-2], float(words[-1])) if needed else (words[-1], 0.0)
        if not needed and name not in self.columns:
            name = words[-2]
        column = self.columns[name]
        match kind:
            case "UP" | "UI":
                self.upper[column] = value
                if value < 0 and column not in self.lower:
                    self.lower[column] = -np.inf
                    self.assumed.append(f"{name} has an upper bound below 0 and no lower one: without end downwards")
            case "LO" | "LI":
                self.lower[column] = value
            case "FX":
                self.lower[column] = self.upper[column] = value
            case "FR":
                self.lower[column], self.upper[column] = -np.inf, np.inf
            case "MI":
                self.lower[column] = -np.inf
            case "PL":
                self.upper[column] = np.inf
            case "BV":
                self.integer[column] = True
                self.lower[column], self.upper[column] = 0.0, 1.0
            case _:
                raise MpsError(f"bound {kind} is not known")
        if kind in {"UI", "LI"}:
            self.integer[column] = True

    def settle(self) -> None:
        """Bound whole-numbered columns without bounds as other readers do: 0 to 1."""
        names = [name for name, place in self.columns.items() if self.integer[place]]
        bare = [name for name in names if self.columns[name] not in self.lower | self.upper]
        self.upper.update((self.columns[name], 1.0) for name in bare)
        if bare:
            more = f" and {len(bare) - 5} more" if len(bare) > 5 else ""
            said = f"{', '.join(bare[:5])}{more}: whole numbers for which the file has no bounds are 0 or 1"
            self.assumed.append(f"{said}; write `PL` bounds where there is no limit")

    def arrays(self) -> Arrays:
        n, m = len(self.columns), len(self.rows)
        rows, columns, values = (np.array(own) for own in self.entries)
        order = np.argsort(rows, kind="stable") if len(rows) else np.empty(0, np.int64)
        starts = np.zeros(m + 1, np.int64)
        if len(rows):
            np.cumsum(np.bincount(rows, minlength=m), out=starts[1:])
        row_lower, row_upper = np.zeros(m), np.zeros(m)
        for place, kind in self.rows.values():
            row_lower[place], row_upper[place] = self.limits(place, kind)
        quadratic = sorted((pair, value) for pair, value in self.quadratic.items() if value)
        pairs = np.array([pair for pair, _ in quadratic], np.int32).reshape(-1, 2)
        return Arrays(
            sense=self.sense,
            offset=self.offset,
            cost=_filled(n, self.cost, 0.0),
            lower=unlimited(_filled(n, self.lower, 0.0)),
            upper=unlimited(_filled(n, self.upper, np.inf)),
            integer=np.array(self.integer, np.bool_),
            starts=starts,
            columns=columns[order].astype(np.int32),
            coefficients=values[order].astype(np.float64),
            row_lower=unlimited(row_lower),
            row_upper=unlimited(row_upper),
            quadratic=Quadratic(pairs[:, 0], pairs[:, 1], np.array([v for _, v in quadratic])) if quadratic else None,
            variables=(Block("column", 0, n, ListedKeys([(name,) for name in self.columns])),),
            constraints=(Block("row", 0, m, ListedKeys([(name,) for name in self.rows])),),
            objective_name=self.objective or "",
        )

    def limits(self, place: int, kind: str) -> tuple[float, float]:
        right, span = self.right.get(place, 0.0), self.spans.get(place)
        if span is None:
            return (right if kind != "L" else -np.inf), (right if kind != "G" else np.inf)
        if kind == "E":
            return min(right, right + span), max(right, right + span)
        return (right - abs(span), right) if kind == "L" else (right, right + abs(span))


def _filled(size: int, values: dict[int, float], default: float) -> Floats:
    filled = np.full(size, default)
    if values:
        filled[list(values)] = list(values.values())
    return filled


def unlimited(limits: Floats) -> Floats:
    """Return limits of a file with those that stand for none as infinite."""
    return np.where(np.abs(limits) >= FILE_INFINITY, np.copysign(np.inf, limits), limits)


def from_mps(text: str, assumed: list[str] | None = None) -> Arrays:
    """Return the program that a free MPS text states; names must not hold spaces.

    Columns become the entries of one variable `column`, rows those of one constraint `row`, each with its name as
    index. Whole-numbered columns without bounds are 0 or 1.

    Args:
        text: the content of the file.
        assumed: takes what the file leaves open and readers differ in.

    Raises:
        MpsError: names the line that cannot be read.
    """
    reader = _Reader()
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words or line.startswith("*"):
            continue
        if not line[0].isspace():
            section = words[0].upper()
            if section == "ENDATA":
                break
            if section == "OBJSENSE" and len(words) > 1:
                reader.line(section, words[1:])
            continue
        try:
            reader.line(section, words)
        except (KeyError, ValueError, IndexError) as error:
            raise MpsError(f"line {number} cannot be read: `{line.strip()}` ({error})") from None
    if section != "ENDATA":
        raise MpsError("the text ends without ENDATA")
    reader.settle()
    if assumed is not None:
        assumed += reader.assumed
    return reader.arrays()
