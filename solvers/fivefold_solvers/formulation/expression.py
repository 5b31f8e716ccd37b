"""The expression tree: what `x[i, t-1] + sum(c[j]*y[j] for j in J if j != i) <= cap` is made of.

The notation is a small algebra in Python's spelling. It is parsed by `parse` into these frozen nodes and is
never evaluated as Python. Two trees are equal when they mean the same text up to spaces and brackets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Literal

BinaryOperator = Literal["+", "-", "*", "/", "//", "%", "**"]
Relation = Literal["<=", ">=", "==", "<", ">", "!=", "in", "not in"]

NUMERIC_FUNCTIONS = frozenset({"abs", "min", "max", "sqrt", "exp", "log", "log10", "log2", "sin", "cos", "tan"})
"""Functions of numbers; over variables, `abs`, `min` and `max` are rewritten linearly where that is possible."""
DATA_FUNCTIONS = frozenset({"floor", "ceil", "round"})
"""Functions of data only."""
SET_FUNCTIONS = frozenset({"len", "first", "last", "prev", "next", "ord", "range"})
"""Functions of sets and their elements; `prev(t)` and `next(t)` look in the set that `t` runs over."""
LOGIC_FUNCTIONS = frozenset({"implies", "all_different", "circuit", "no_overlap"})
"""Constraints by name; `implies(y == 1, x <= 5)` holds its second part where the first is true."""
AGGREGATES = frozenset({"sum", "prod", "min", "max", "all", "any"})
"""Functions that take `body for i in I if condition`."""
FUNCTIONS = NUMERIC_FUNCTIONS | DATA_FUNCTIONS | SET_FUNCTIONS | LOGIC_FUNCTIONS | AGGREGATES
"""Every name that may be called; none may be declared as an element."""
CONSTANTS = {"inf": float("inf"), "pi": 3.141592653589793, "True": True, "False": False}
"""Names with a fixed meaning."""


@dataclass(frozen=True, slots=True)
class Number:
    """A literal number."""

    value: int | float


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted set element, e.g. `'cake'`."""

    value: str


@dataclass(frozen=True, slots=True)
class Name:
    """A declared name or an index."""

    name: str


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of an indexed set, parameter or variable, e.g. `x[i, t-1]`."""

    name: str
    index: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A tuple of set elements, e.g. `(i, j)` in `(i, j) in ARCS`."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Negative:
    """`-operand`."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    """Arithmetic of two operands."""

    operator: BinaryOperator
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Compare:
    """A relation; the top of most constraints."""

    relation: Relation
    left: Expression
    right: Expression


FLIPPED = {"<=": ">=", ">=": "<=", "==": "=="}
"""Each relation seen from the other side."""


@dataclass(frozen=True, slots=True)
class Logic:
    """`and` / `or` of at least two parts; a chained comparison is read as `and`."""

    operator: Literal["and", "or"]
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """`not operand`."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Choice:
    """`then if test else otherwise`; the test may use data only."""

    test: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class Call:
    """A function of its arguments, e.g. `abs(x - y)` or `first(T)`."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """`for targets in source if conditions`: one index range; also the form of declared indices."""

    targets: tuple[str, ...]
    """Index names; more than one unpacks tuple elements; a name that starts with `_` cannot be referred to."""
    source: Expression
    """A set, an entry of an indexed set, a range or a list of elements."""
    conditions: tuple[Expression, ...] = ()
    """Conditions on indices and data, all of which must hold."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`function(body for ... in ... if ...)`."""

    function: str
    body: Expression
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Builder:
    """A set written out or built: `{1, 2, 3}` or `{i for i in N if i != 0}`."""

    items: tuple[Expression, ...]
    clauses: tuple[Clause, ...] = ()


Expression = (
    Number
    | Text
    | Name
    | Item
    | Group
    | Negative
    | Binary
    | Compare
    | Logic
    | Not
    | Choice
    | Call
    | Aggregate
    | Builder
)


_FIELDS: dict[type, tuple[str, ...]] = {}
"""Names of the fields of each kind of node: asked for at every node of every walk."""


def children(node: Expression | Clause) -> Iterator[Expression | Clause]:
    """Yield the direct parts of a node."""
    names = _FIELDS.get(type(node)) or _FIELDS.setdefault(type(node), tuple(field.name for field in fields(node)))
    for name in names:
        value: Expression | Clause | str | float | tuple[Expression | Clause | str, ...] = getattr(node, name)
        for part in value if isinstance(value, tuple) else (value,):
            if not isinstance(part, str | int | float):
                yield part


def walk(node: Expression | Clause) -> Iterator[Expression | Clause]:
    """Yield a node and all nodes below it, outermost first."""
    stack: list[Expression | Clause] = [node]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(reversed(list(children(top))))


def transform(node: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """Return the tree with `change` applied to every node, innermost first."""

    def clause(part: Clause) -> Clause:
        return Clause(part.targets, go(part.source), tuple(map(go, part.conditions)))

    def go(part: Expression) -> Expression:
        return change(rebuilt(part))

    def rebuilt(part: Expression) -> Expression:
        match part:
            case Item(name, index):
                return Item(name, tuple(map(go, index)))
            case Group(items):
                return Group(tuple(map(go, items)))
            case Negative(operand):
                return Negative(go(operand))
            case Binary(operator, left, right):
                return Binary(operator, go(left), go(right))
            case Compare(relation, left, right):
                return Compare(relation, go(left), go(right))
            case Logic(operator, items):
                return Logic(operator, tuple(map(go, items)))
            case Not(operand):
                return Not(go(operand))
            case Choice(test, then, otherwise):
                return Choice(go(test), go(then), go(otherwise))
            case Call(function, arguments):
                return Call(function, tuple(map(go, arguments)))
            case Aggregate(function, body, clauses):
                return Aggregate(function, go(body), tuple(map(clause, clauses)))
            case Builder(items, clauses):
                return Builder(tuple(map(go, items)), tuple(map(clause, clauses)))
            case Number() | Text() | Name():
                return part

    return go(node)


def names_used(node: Expression | Clause) -> frozenset[str]:
    """Return every name that a tree refers to and does not itself bind as an index."""
    used: set[str] = set()

    def visit(part: Expression | Clause, bound: frozenset[str]) -> None:
        match part:
            case Name(name):
                if name not in bound and name not in CONSTANTS:
                    used.add(name)
            case Item(name, index):
                if name not in bound:
                    used.add(name)
                for entry in index:
                    visit(entry, bound)
            case Aggregate(_, body, clauses):
                visit(body, clauses_visited(clauses, bound))
            case Builder(items, clauses):
                inner = clauses_visited(clauses, bound)
                for entry in items:
                    visit(entry, inner)
            case _:
                for below in children(part):
                    visit(below, bound)

    def clauses_visited(clauses: tuple[Clause, ...], bound: frozenset[str]) -> frozenset[str]:
        for clause in clauses:
            visit(clause.source, bound)
            bound = bound | set(clause.targets)
            for condition in clause.conditions:
                visit(condition, bound)
        return bound

    if isinstance(node, Clause):
        clauses_visited((node,), frozenset())
    else:
        visit(node, frozenset())
    return frozenset(used)
