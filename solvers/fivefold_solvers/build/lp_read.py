"""LP text to arrays: objective with a quadratic part, rows, ranges, bounds, whole and binary columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from fivefold_solvers.build.arrays import Arrays, Block, ListedKeys, Quadratic
from fivefold_solvers.build.mps import unlimited
from fivefold_solvers.formulation.expression import FLIPPED

_TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<relation><=|>=|=<|=>|<|>|=)|(?P<mark>[-+*/^:\[\]])"
    # Names such as x[1,2] are common; products stand in brackets of their own.
    r"|(?P<name>[^\s\d<>=+*/^:\[\]-](?:[^\s<>=+*/^:\[\]-]|\[[^\s\[\]]*\])*)"
)
_HEADINGS: dict[str, str] = {
    **dict.fromkeys(("minimize", "minimise", "minimum", "min"), "minimize"),
    **dict.fromkeys(("maximize", "maximise", "maximum", "max"), "maximize"),
    **dict.fromkeys(("subject to", "such that", "st", "s.t.", "st."), "rows"),
    **dict.fromkeys(("bounds", "bound"), "bounds"),
    **dict.fromkeys(("general", "generals", "gen", "integer", "integers", "int"), "generals"),
    **dict.fromkeys(("binary", "binaries", "bin"), "binaries"),
    **dict.fromkeys(("semi-continuous", "semi", "semis"), "semi"),
    **dict.fromkeys(("sos", "sos1", "sos2"), "sos"),
    "end": "end",
}
_REFUSED = {
    "semi": "semi-continuous columns are not read; write `2 b <= x <= 5 b` as two rows, with a binary column b",
    "sos": "special ordered sets are not read; write them as rows, with a binary column for each member",
}
_RELATIONS = {"<": "<=", "=<": "<=", "<=": "<=", ">": ">=", "=>": ">=", ">=": ">=", "=": "=="}
_CONSTANT = "ONE_VAR_CONSTANT"
_LIMITLESS = {"inf", "infinity"}


class LpError(ValueError):
    """A text is no LP file; says in which line."""


@dataclass(slots=True)
class _Tokens:
    """The tokens of one section."""

    found: list[tuple[str, str, int]]
    place: int = 0

    def peek(self, ahead: int = 0) -> tuple[str, str]:
        there = self.place + ahead < len(self.found)
        return self.found[self.place + ahead][:2] if there else ("end", "")

    def next(self) -> tuple[str, str]:
        token = self.peek()
        self.place += 1
        return token

    def line(self) -> int | None:
        """Return the line of the next token."""
        return self.found[self.place][2] if self.place < len(self.found) else None

    def fault(self, message: str) -> LpError:
        line = self.found[min(self.place, len(self.found) - 1)][2] if self.found else 0
        return LpError(f"line {line}: {message}")


@dataclass(slots=True)
class _Sum:
    """A linear or quadratic expression."""

    constant: float = 0.0
    linear: dict[int, float] = field(default_factory=dict[int, float])
    quadratic: dict[tuple[int, int], float] = field(default_factory=dict[tuple[int, int], float])


class _Reader:
    def __init__(self) -> None:
        self.sense: Literal["minimize", "maximize"] = "minimize"
        self.columns: dict[str, int] = {}
        self.objective = _Sum()
        self.objective_name = ""
        self.rows: list[tuple[str, dict[int, float], float, float]] = []
        self.lower: dict[int, float] = {}
        self.upper: dict[int, float] = {}
        self.integer: set[int] = set()

    def column(self, name: str) -> int:
        return self.columns.setdefault(name, len(self.columns))

    def section(self, heading: str, tokens: _Tokens) -> None:
        match heading:
            case "minimize" | "maximize":
                self.sense = "maximize" if heading == "maximize" else "minimize"
                self.objective_name = self.label(tokens)
                self.objective = self.sum(tokens)
                if tokens.peek()[0] != "end":
                    raise tokens.fault(f"`{tokens.peek()[1]}` in the objective")
            case "rows":
                while tokens.peek()[0] != "end":
                    self.row(tokens)
            case "bounds":
                while tokens.peek()[0] != "end":
                    self.bound(tokens)
            case "generals" | "binaries":
                while tokens.peek()[0] != "end":
                    self.whole(tokens, binary=heading == "binaries")
            case _:
                raise tokens.fault(_REFUSED[heading])

    def label(self, tokens: _Tokens) -> str:
        if tokens.peek()[0] == "name" and tokens.peek(1) == ("mark", ":"):
            name = tokens.next()[1]
            tokens.next()
            return name
        return ""

    def right(self, tokens: _Tokens, left: _Sum) -> _Sum:
        """Read what stands behind a relation: one number, or the columns where the left side has none."""
        if left.linear or left.quadratic:
            sign = 1.0
            while tokens.peek() in {("mark", "+"), ("mark", "-")}:
                sign = -sign if tokens.next()[1] == "-" else sign
            value = self.number(tokens)
            if value is None:
                raise tokens.fault(f"a number is due, not `{tokens.peek()[1]}`; columns stand on one side only")
            return _Sum(sign * value)
        return self.sum(tokens, line=tokens.line())

    def sum(self, tokens: _Tokens, line: int | None = None) -> _Sum:
        """Read terms up to a relation, a label, the end, or the end of a line where one is given."""
        found = _Sum()
        while line is None or tokens.line() == line:
            begin = tokens.place
            sign = 1.0
            while tokens.peek() in {("mark", "+"), ("mark", "-")}:
                sign = -sign if tokens.next()[1] == "-" else sign
            kind, text = tokens.peek()
            if (kind, text) == ("mark", "["):
                self.products(tokens, sign, found)
                continue
            # Without a sign a new term may only begin a sum, so that one row ends where the next begins.
            if kind not in {"number", "name"} or (tokens.place == begin and (found.linear or found.constant)):
                tokens.place = begin
                return found
            factor = self.number(tokens)
            if tokens.peek()[0] == "name" and tokens.peek(1) != ("mark", ":"):
                column = self.column(tokens.next()[1])
                found.linear[column] = found.linear.get(column, 0.0) + sign * (1.0 if factor is None else factor)
            elif factor is not None:
                found.constant += sign * factor
            else:
                tokens.place = begin
                return found
        return found

    def number(self, tokens: _Tokens) -> float | None:
        kind, text = tokens.peek()
        if kind == "number" or (kind == "name" and text.lower() in _LIMITLESS):
            tokens.next()
            if tokens.peek() == ("mark", "*"):
                tokens.next()
            return float(text)
        return None

    def products(self, tokens: _Tokens, outer: float, found: _Sum) -> None:
        """Read `[ x ^2 + 2 x * y ] / 2`."""
        tokens.next()
        terms: list[tuple[tuple[int, int], float]] = []
        while tokens.peek() != ("mark", "]"):
            sign = 1.0
            while tokens.peek() in {("mark", "+"), ("mark", "-")}:
                sign = -sign if tokens.next()[1] == "-" else sign
            factor = self.number(tokens)
            kind, first = tokens.next()
            if kind != "name" or tokens.peek() not in {("mark", "^"), ("mark", "*")}:
                raise tokens.fault("a product of two columns is due in [ ]")
            square = tokens.next()[1] == "^"
            kind, second = tokens.next()
            if kind != ("number" if square else "name") or (square and float(second) != 2):
                raise tokens.fault("a product of two columns is due in [ ]")
            pair = sorted((self.column(first), self.column(first if square else second)))
            terms.append(((pair[0], pair[1]), sign * (1.0 if factor is None else factor)))
        tokens.next()
        halved = (tokens.peek(), tokens.peek(1)) == (("mark", "/"), ("number", "2"))
        tokens.place += 2 if halved else 0
        for pair_of, value in terms:
            share = outer * value * (0.5 if halved else 1.0)
            found.quadratic[pair_of] = found.quadratic.get(pair_of, 0.0) + share

    def row(self, tokens: _Tokens) -> None:
        name = self.label(tokens) or f"R{len(self.rows)}"
        low, high = -np.inf, np.inf
        body = self.sum(tokens)
        relation = self.relation(tokens)
        other = self.right(tokens, body)
        if other.linear and not body.linear:
            body, other, relation = other, body, FLIPPED[relation]
            low, high = _limits(relation, other.constant, low, high)
            if tokens.peek()[0] == "relation":
                low, high = _limits(self.relation(tokens), self.right(tokens, body).constant, low, high)
        else:
            low, high = _limits(relation, other.constant, low, high)
        if body.quadratic or other.quadratic:
            raise tokens.fault(f"row {name} has products of columns")
        self.rows.append((name, body.linear, low - body.constant, high - body.constant))

    def relation(self, tokens: _Tokens) -> str:
        kind, text = tokens.next()
        if kind != "relation":
            raise tokens.fault(f"a relation is due before `{text}`")
        return _RELATIONS[text]

    def bound(self, tokens: _Tokens) -> None:
        if tokens.peek()[0] == "name" and tokens.peek(1)[0] == "name" and tokens.peek(1)[1].lower() == "free":
            column = self.column(tokens.next()[1])
            tokens.next()
            self.lower[column] = -np.inf
            return
        first = self.sum(tokens)
        relation = self.relation(tokens)
        second = self.right(tokens, first)
        if second.linear and not first.linear:
            self.limit(tokens, second, FLIPPED[relation], first.constant)
            if tokens.peek()[0] == "relation":
                self.limit(tokens, second, self.relation(tokens), self.right(tokens, second).constant)
        else:
            self.limit(tokens, first, relation, second.constant)

    def limit(self, tokens: _Tokens, side: _Sum, relation: str, value: float) -> None:
        if len(side.linear) != 1 or next(iter(side.linear.values())) != 1.0:
            raise tokens.fault("a bound is due, `0 <= x <= 5`")
        column = next(iter(side.linear))
        if relation != "<=":
            self.lower[column] = value
        if relation != ">=":
            self.upper[column] = value

    def whole(self, tokens: _Tokens, *, binary: bool) -> None:
        kind, name = tokens.next()
        if kind != "name":
            raise tokens.fault(f"the name of a column is due, not `{name}`")
        column = self.column(name)
        self.integer.add(column)
        if binary:
            self.lower[column], self.upper[column] = 0.0, 1.0

    def fold(self) -> None:
        """Take the column that Pyomo writes for the objective's constant for what it is."""
        one = self.columns.get(_CONSTANT)
        if one is None or (self.lower.get(one), self.upper.get(one)) != (1.0, 1.0):
            return
        if any(one in own for own in (self.integer, *self.objective.quadratic, *(row for _, row, _, _ in self.rows))):
            return
        del self.columns[_CONSTANT], self.lower[one], self.upper[one]
        self.objective.constant += self.objective.linear.pop(one, 0.0)

        def place(column: int) -> int:
            return column - (column > one)

        self.columns = {name: place(column) for name, column in self.columns.items()}
        self.lower, self.upper, self.objective.linear = (
            {place(column): value for column, value in own.items()}
            for own in (self.lower, self.upper, self.objective.linear)
        )
        self.integer = {place(column) for column in self.integer}
        self.objective.quadratic = {(place(i), place(j)): v for (i, j), v in self.objective.quadratic.items()}
        self.rows = [(name, {place(j): v for j, v in row.items()}, low, high) for name, row, low, high in self.rows]

    def arrays(self) -> Arrays:
        n = len(self.columns)
        cost, lower, upper, integer = np.zeros(n), np.zeros(n), np.full(n, np.inf), np.zeros(n, np.bool_)
        for target, values in ((cost, self.objective.linear), (lower, self.lower), (upper, self.upper)):
            target[list(values)] = list(values.values())
        integer[list(self.integer)] = True
        entries = [{column: value for column, value in row.items() if value} for _, row, _, _ in self.rows]
        pairs = sorted((pair, value) for pair, value in self.objective.quadratic.items() if value)
        places = np.array([pair for pair, _ in pairs], np.int32).reshape(-1, 2)
        return Arrays(
            sense=self.sense,
            offset=self.objective.constant,
            cost=cost,
            lower=unlimited(lower),
            upper=unlimited(upper),
            integer=integer,
            starts=np.cumsum([0, *map(len, entries)]).astype(np.int64),
            columns=np.array([column for row in entries for column in row], np.int32),
            coefficients=np.array([value for row in entries for value in row.values()], np.float64),
            row_lower=unlimited(np.array([low for _, _, low, _ in self.rows], np.float64)),
            row_upper=unlimited(np.array([high for _, _, _, high in self.rows], np.float64)),
            quadratic=Quadratic(places[:, 0], places[:, 1], np.array([v for _, v in pairs])) if pairs else None,
            variables=(Block("column", 0, n, ListedKeys([(name,) for name in self.columns])),),
            constraints=(Block("row", 0, len(self.rows), ListedKeys([(name,) for name, *_ in self.rows])),),
            objective_name=self.objective_name,
        )


def _limits(relation: str, value: float, low: float, high: float) -> tuple[float, float]:
    return (value if relation != "<=" else low), (value if relation != ">=" else high)


def from_lp(text: str) -> Arrays:
    """Return the program that an LP text states.

    Columns become the entries of one variable `column`, rows those of one constraint `row`, each with its name as
    index.

    Raises:
        LpError: names the line that cannot be read.
    """
    reader = _Reader()
    last = ""
    for heading, tokens in _sections(text):
        reader.section(heading, tokens)
        last = heading
    if not last:
        raise LpError("there is no objective; begin with Minimize or Maximize")
    reader.fold()
    return reader.arrays()


def _sections(text: str) -> Iterator[tuple[str, _Tokens]]:
    heading, tokens = "", _Tokens([])
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.partition("\\")[0].strip()
        found = _HEADINGS.get(" ".join(line.lower().split()))
        if found is not None:
            if heading:
                yield heading, tokens
            heading, tokens = found, _Tokens([])
            if found == "end":
                return
            continue
        if line and not heading:
            raise LpError(f"line {number}: `{line}` stands before Minimize or Maximize")
        place = 0
        while place < len(line):
            match = _TOKEN.match(line, place)
            if match is None:
                raise LpError(f"line {number}: `{line[place:]}` cannot be read")
            tokens.found.append((match.lastgroup or "", match.group(), number))
            place = match.end()
            while place < len(line) and line[place].isspace():
                place += 1
    raise LpError("the text ends without End")
