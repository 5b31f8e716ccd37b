"""Expression trees made into functions that compute exactly, with data and values put in.

It stands beside `formulation.evaluate`, which computes with floats, and shares no arithmetic with it. A tree is gone
through once; what comes of it is called once per row and looks indices and values up where they stand by then.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any, cast

from fivefold_solvers.audit import functions
from fivefold_solvers.audit.affine import Affine, NotLinearError
from fivefold_solvers.audit.exact import Number, ordering, written
from fivefold_solvers.audit.functions import Thunk, comparable, related
from fivefold_solvers.audit.interval import pi
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.identity import Atom, Key, Member, as_key, atom, spell, spell_key
from fivefold_solvers.formulation.scope import EvaluationError, Members
from fivefold_solvers.formulation.show import show

_NEAR = 1e-12
"""Relative difference up to which a computed number is the set element beside it."""
_CONSTANTS: dict[str, Any] = {**e.CONSTANTS, "pi": pi}


_ELEMENTS = frozenset({"first", "last", "prev", "next"})


class Parameters:
    """The exact numbers of one parameter."""

    __slots__ = ("default", "keys", "name", "table")

    def __init__(self, name: str, table: dict[Key, Number], keys: frozenset[Key], default: Number | None) -> None:
        """Keep a table; entries that it leaves out and `keys` has are the default."""
        self.name, self.table, self.keys, self.default = name, table, keys, default

    def at(self, key: Key) -> Number:
        """Return the number at a key."""
        found = self.table.get(key)
        if found is not None:
            return found
        if self.default is not None and key in self.keys:
            return self.default
        raise EvaluationError(f"parameter {spell_key(self.name, key)} does not exist")


class Evaluator:
    """Compiles trees over some data; `entries` says what the variables are worth just now."""

    def __init__(self, sets: Mapping[str, Mapping[Key, Members]], variables: frozenset[str]) -> None:
        """Start with evaluated sets; parameters are put into `parameters` one after the other."""
        self.sets = sets
        self.variables = variables
        self.parameters: dict[str, Parameters] = {}
        self.entries: Mapping[str, Mapping[Key, Any]] = {}
        self.indices: dict[str, Member] = {}
        elements = {part for table in sets.values() for own in table.values() for m in own.order for part in as_key(m)}
        self.decimals = sorted(part for part in elements if isinstance(part, float))

    def place(self) -> str:
        """Return where in the ranges it stands: ` at i='a', t=2`."""
        shown = [f"{name}={spell(own)}" for name, own in self.indices.items() if not name.startswith("_")]
        return f" at {', '.join(shown)}" if shown else ""

    # --- numbers and truth -----------------------------------------------------------------------------------

    def number(self, node: e.Expression) -> Thunk:
        """Return the function that gives the number (or `Affine`) of a tree."""
        own = self.value(node)
        if isinstance(node, e.Number | e.Binary | e.Negative) or self._declared_number(node):
            return own

        def numeric() -> Any:
            value = own()
            if isinstance(value, bool):
                return int(value)
            if isinstance(value, str | tuple | Members):
                raise EvaluationError(f"`{show(node)}` is not a number")
            return value

        return numeric

    def truth(self, node: e.Expression) -> Thunk:
        """Return the function that says whether a condition holds."""
        own = self.value(node)

        def test() -> bool:
            value = own()
            if isinstance(value, Affine):
                raise NotLinearError
            if isinstance(value, str | tuple | Members):
                raise EvaluationError(f"`{show(node)}` is neither true nor false")
            return value if isinstance(value, bool) else ordering(value, 0) != 0

        return test

    def value(self, node: e.Expression) -> Thunk:
        """Return the function that gives the value of a tree."""
        match node:
            case e.Number(number):
                return _always(written(number))
            case e.Text(text):
                return _always(_read(atom(text)))
            case e.Name(name):
                return self._name(name)
            case e.Item(name, index):
                return self._item(name, self.key(index))
            case e.Negative(operand):
                inner = self.number(operand)
                return lambda: -inner()
            case e.Binary():
                return self._binary(node)
            case e.Compare():
                return self._compare(node)
            case e.Logic(operator, items):
                tests, until = [self.truth(item) for item in items], operator == "or"
                return lambda: next((until for test in tests if test() is until), not until)
            case e.Not(operand):
                test = self.truth(operand)
                return lambda: not test()
            case e.Choice(condition, then, otherwise):
                return self._choice(self.truth(condition), self.value(then), self.value(otherwise))
            case e.Call():
                called = functions.call(node, self._arguments(node))
                # Elements that are decimals are kept as floats in sets; outside they are numbers.
                return _reading(called) if node.function in _ELEMENTS else called
            case e.Aggregate(function, body, clauses):
                inner = self.truth(body) if function in {"all", "any"} else self.number(body)
                return functions.aggregate(function, self.over(clauses), inner)
            case e.Group(items):
                return self._group(items)
            case e.Builder():
                return self.members(node)

    def _arguments(self, node: e.Call) -> list[Thunk]:
        if functions.numeric_arguments(node.function):
            return [self.number(argument) for argument in node.arguments]
        found = [self.value(argument) for argument in node.arguments]
        if node.function in {"prev", "next", "ord"}:
            element = found[0]
            found[0] = lambda: self.member(element())
        return found

    def _choice(self, test: Thunk, then: Thunk, otherwise: Thunk) -> Thunk:
        return lambda: then() if test() else otherwise()

    def _group(self, items: tuple[e.Expression, ...]) -> Thunk:
        parts = [self.value(item) for item in items]
        return lambda: tuple([self.atom(part()) for part in parts])

    def _declared_number(self, node: e.Expression) -> bool:
        return isinstance(node, e.Name | e.Item) and (node.name in self.parameters or node.name in self.variables)

    def _name(self, name: str) -> Thunk:
        if name in self.parameters or name in self.variables or name in self.sets:
            return self._item(name, _always(()))
        indices, constant = self.indices, _CONSTANTS.get(name)

        def index() -> Any:
            if name in indices:
                return _read(indices[name])
            if constant is None:
                raise EvaluationError(f"'{name}' is not declared")
            return constant() if callable(constant) else constant

        return index

    def _item(self, name: str, key: Thunk) -> Thunk:
        if name in self.parameters:
            at = self.parameters[name].at
            return lambda: at(key())
        if name in self.sets:
            return lambda: _at(self.sets[name], name, key())
        return lambda: _at(self.entries[name], name, key())

    def _binary(self, node: e.Binary) -> Thunk:
        left, right, operator = self.number(node.left), self.number(node.right), node.operator
        if operator == "+":
            return lambda: left() + right()
        if operator == "-":
            return lambda: left() - right()
        if operator == "*":
            return lambda: left() * right()

        def guarded() -> Any:
            try:
                return functions.operated(operator, left(), right())
            except ZeroDivisionError:
                raise EvaluationError(f"`{show(node)}` divides by zero") from None
            except OverflowError:
                raise EvaluationError(f"`{show(node)}` is too large for a number") from None
            except ValueError:
                raise EvaluationError(f"`{show(node)}` has no real value") from None

        return guarded

    def _compare(self, node: e.Compare) -> Thunk:
        left, relation = self.value(node.left), node.relation
        if relation in {"in", "not in"}:
            home, wanted = self.members(node.right), relation == "in"
            return lambda: (self.member(left()) in home().position) is wanted
        right = self.value(node.right)
        return lambda: related(relation, comparable(node, left(), right()))

    # --- sets, keys and ranges -------------------------------------------------------------------------------

    def members(self, node: e.Expression) -> Thunk:
        """Return the function that gives the elements of a set expression."""
        if isinstance(node, e.Builder):
            return self._built(node)
        own = self.value(node)

        def found() -> Members:
            value = own()
            if not isinstance(value, Members):
                raise EvaluationError(f"`{show(node)}` is not a set")
            return value

        return found

    def _built(self, node: e.Builder) -> Thunk:
        over, items = self.over(node.clauses), [self.value(item) for item in node.items]

        def found() -> Members:
            built: dict[Member, None] = {}
            for _ in over():
                for item in items:
                    built[self.member(item())] = None
            return Members.of("", tuple(built))

        return found

    def key(self, index: tuple[e.Expression, ...]) -> Thunk:
        """Return the function that gives the key that some indices make."""
        indices = self.indices
        names = [part.name for part in index if isinstance(part, e.Name) and part.name not in _CONSTANTS]
        declared = self.parameters.keys() | self.variables | self.sets.keys()
        if len(names) < len(index) or not declared.isdisjoint(names):
            parts = [self.value(part) for part in index]
            return lambda: tuple(own for part in parts for own in as_key(self.member(part())))

        def of_indices() -> Key:
            try:
                found = tuple([indices[name] for name in names])
            except KeyError as fault:
                raise EvaluationError(f"'{fault.args[0]}' is not declared") from None
            if tuple in map(type, found):
                return tuple(own for member in found for own in as_key(member))
            return found  # type: ignore[return-value]  # no tuple is among them

        return of_indices

    def over(self, clauses: tuple[e.Clause, ...]) -> Callable[[], Iterator[Key]]:
        """Return the function that binds index ranges in every way their conditions allow, yielding the keys."""
        levels = [
            (clause, self.members(clause.source), [self.truth(own) for own in clause.conditions]) for clause in clauses
        ]
        indices = self.indices

        def go(level: int, key: Key) -> Iterator[Key]:
            if level == len(levels):
                yield key
                return
            clause, source, conditions = levels[level]
            targets, home = clause.targets, source()
            assert isinstance(home, Members)
            for value in home.order:
                parts = as_key(value)
                if len(targets) == 1:
                    indices[targets[0]] = value
                elif len(targets) == len(parts):
                    indices.update(zip(targets, parts, strict=True))
                else:
                    raise EvaluationError(f"`{show(clause)}` cannot unpack {spell(value)}")
                if not conditions or all(test() for test in conditions):
                    yield from go(level + 1, key + parts)
            for name in targets:
                indices.pop(name, None)

        return lambda: go(0, ())

    def atom(self, value: Any) -> Atom:
        """Return the set element that a value is; a fraction is the float element next to it."""
        if isinstance(value, bool) or not isinstance(value, int | Fraction | str):
            raise EvaluationError("an index is not a set element that is known exactly")
        if not isinstance(value, Fraction):
            return value
        if value.denominator == 1:
            return value.numerator
        near = float(value)
        place = bisect_left(self.decimals, near)
        for own in self.decimals[max(place - 1, 0) : place + 1]:
            if abs(own - near) <= _NEAR * abs(near):
                return own
        return near

    def member(self, value: Any) -> Member:
        """Return the set member that a value is."""
        return cast(Key, value) if isinstance(value, tuple) else self.atom(value)


def _always(value: Any) -> Thunk:
    return lambda: value


def _reading(thunk: Thunk) -> Thunk:
    return lambda: _read(thunk())


def _read(value: Member) -> Any:
    """Return an element as a value to compute with."""
    return written(value) if isinstance(value, float) else value


def _at(table: Mapping[Key, Any], name: str, key: Key) -> Any:
    try:
        return table[key]
    except KeyError:
        raise EvaluationError(f"{spell_key(name, key)} does not exist") from None
