"""Expression trees to Python expressions: the formulation's own sums and conditions, spelled for one library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fivefold_solvers.emit import text
from fivefold_solvers.emit.names import Names
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation import identity
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.identity import as_key
from fivefold_solvers.formulation.show import Style, show

Widths = Mapping[str, int]
"""Per index in reach, the length of the tuples it stands for; 0 for single elements."""

_TRUTH = (e.Compare, e.Logic, e.Not)


@dataclass(slots=True)
class Speller:
    """Writes trees for one library."""

    grounded: Grounded
    names: Names
    variable: Callable[[str], str]
    """Spelling of a variable, given the program's name for it."""
    functions: Mapping[str, str] = field(default_factory=dict[str, str])
    """Spelling of functions of variables, e.g. `exp` as `pyo.exp`; functions of data come from `math`."""
    total: str = "sum"
    """The function that adds expressions of variables."""
    whole: bool = False
    """Whether bounds and constants have to be Python integers."""

    def data(self, tree: e.Expression, widths: Widths | None = None) -> str:
        """Return the Python expression of a tree without variables."""
        return show(self.prepared(tree, widths or {}), self._style())

    def row(self, tree: e.Expression, widths: Widths | None = None) -> str:
        """Return the Python expression of a tree over variables."""
        return self.data(tree, widths)

    def has_variables(self, tree: e.Expression) -> bool:
        """Whether a tree refers to a variable."""
        return bool(e.names_used(tree) & self.grounded.variables.keys())

    def clauses(self, clauses: tuple[e.Clause, ...]) -> str:
        """Return `for i in I for j in J if ...`."""
        prepared, _ = self.prepared_clauses(clauses, {})
        return " ".join(f"for {show(clause, self._style())}" for clause in prepared)

    def shown(self, prepared: e.Expression | e.Clause) -> str:
        """Return the Python text of a prepared tree or clause."""
        return show(prepared, self._style())

    def bracketed(self, prepared: e.Expression) -> str:
        """Return the Python text of a prepared condition, fit to be joined by `and`."""
        shown = self.shown(prepared)
        return f"({shown})" if isinstance(prepared, e.Logic | e.Choice) else shown

    def source(self, clause: e.Clause) -> str:
        """Return the set that a clause goes over."""
        return self.data(clause.source)

    def key(self, clauses: tuple[e.Clause, ...], widths: Widths) -> str:
        """Return the key that the indices of the clauses make, `i` or `(i, t)`."""
        targets = [target for clause in clauses for target in clause.targets]
        spelled = [self.names.of(target) for target in targets]
        if len(spelled) == 1:
            return spelled[0]
        starred = [f"*{name}" if widths.get(target, 0) else name for target, name in zip(targets, spelled, strict=True)]
        return f"({', '.join(starred)})"

    def widths(self, clauses: tuple[e.Clause, ...], outer: Widths | None = None) -> dict[str, int]:
        """Return the widths of the indices that are bound behind the clauses."""
        found = dict(outer or {})
        for clause in clauses:
            wide = self._width(clause.source, found, of_elements=True) if len(clause.targets) == 1 else 0
            found.update(dict.fromkeys(clause.targets, wide))
        return found

    def prepared_clauses(
        self, clauses: tuple[e.Clause, ...], widths: Widths
    ) -> tuple[tuple[e.Clause, ...], dict[str, int]]:
        """Return clauses ready for `show`, and the widths behind them."""
        inner, result = dict(widths), list[e.Clause]()
        for clause in clauses:
            source = self.prepared(clause.source, inner)
            inner = self.widths((clause,), inner)
            conditions = tuple(self.prepared(condition, inner) for condition in clause.conditions)
            result.append(e.Clause(clause.targets, source, conditions))
        return tuple(result), inner

    def prepared(self, node: e.Expression, widths: Widths) -> e.Expression:
        """Return a tree that Python reads as the formulation's language reads the original."""

        def go(part: e.Expression) -> e.Expression:
            return self.prepared(part, widths)

        match node:
            case e.Item(name, index):
                return e.Item(name, self._index(index, widths))
            case e.Group(items):
                return e.Group(tuple(map(go, items)))
            case e.Negative(operand):
                return e.Negative(_numeric(go(operand)))
            case e.Binary(operator, left, right):
                return e.Binary(operator, _numeric(go(left)), _numeric(go(right)))
            case e.Compare(relation, e.Call("ord", (left, home)), e.Call("ord", (right, other))) if home == other:
                return _by_order(relation, go(left), go(right), go(home))
            case e.Compare(relation, left, right) if relation not in {"in", "not in"}:
                return e.Compare(relation, _numeric(go(left)), _numeric(go(right)))
            case e.Compare(relation, left, right):
                return e.Compare(relation, go(left), go(right))
            case e.Logic(operator, items):
                return e.Logic(operator, tuple(map(go, items)))
            case e.Not(operand):
                return e.Not(go(operand))
            case e.Choice(test, then, otherwise):
                return e.Choice(go(test), go(then), go(otherwise))
            case e.Call():
                return self._call(node, tuple(map(go, node.arguments)))
            case e.Aggregate(function, body, clauses):
                inner, within = self.prepared_clauses(clauses, widths)
                spelled = self.prepared(body, within)
                if function in {"sum", "prod"}:
                    spelled = _numeric(spelled)
                chosen = f"{function} of variables" if self.has_variables(body) else function
                return e.Aggregate(chosen, spelled, inner)
            case e.Builder(items, clauses):
                inner, within = self.prepared_clauses(clauses, widths)
                built = e.Builder(tuple(self.prepared(item, within) for item in items), inner)
                return built if _distinct(node) else e.Call("distinct", (built,))
            case e.Name("inf" | "pi" as name):
                return e.Call(name, ())
            case _:
                return node

    def _call(self, node: e.Call, arguments: tuple[e.Expression, ...]) -> e.Expression:
        if not self.has_variables(node):
            return e.Call(node.function, arguments)
        if node.function == "log2":
            return e.Binary("/", e.Call("log of variables", arguments), e.Call("log", (e.Number(2),)))
        if node.function == "abs" and self.functions.get("abs") == "sqrt of square":
            return e.Call("sqrt of variables", (e.Binary("**", arguments[0], e.Number(2)),))
        return e.Call(f"{node.function} of variables", arguments)

    def _index(self, index: tuple[e.Expression, ...], widths: Widths) -> tuple[e.Expression, ...]:
        """Return the entries of an index with tuples taken apart, as keys of tables are."""
        if len(index) == 1 and not isinstance(index[0], e.Group):
            return (self.prepared(index[0], widths),)
        flat: list[e.Expression] = []
        for entry in index:
            if isinstance(entry, e.Group):
                flat += [self.prepared(part, widths) for part in entry.items]
            elif self._width(entry, widths):
                flat.append(e.Call("star", (self.prepared(entry, widths),)))
            else:
                flat.append(self.prepared(entry, widths))
        return tuple(flat)

    def _width(self, node: e.Expression, widths: Widths, *, of_elements: bool = False) -> int:
        """Return the length of the tuples that an element, or the elements of a set, are; 0 for no tuples."""
        match node:
            case e.Name(name) | e.Item(name, _) if name in self.grounded.sets:
                for members in self.grounded.sets[name].table.values():
                    for value in members.order[:1]:
                        return len(as_key(value)) if isinstance(value, tuple) else 0
                return 0
            case e.Name(name):
                return widths.get(name, 0)
            case e.Group(items):
                return len(items)
            case e.Call("first" | "last", (source,)):
                return self._width(source, widths, of_elements=True)
            case e.Call("prev" | "next", (_, source)):
                return self._width(source, widths, of_elements=True)
            case e.Builder(items, clauses) if items and of_elements:
                return self._width(items[0], self.widths(clauses, widths))
            case e.Choice(_, then, _):
                return self._width(then, widths)
            case _:
                return 0

    def _style(self) -> Style:
        return Style(
            name=self._name,
            item=self._item,
            text=lambda written: text.atom(identity.atom(written)),
            number=text.number,
            call=self._calls(),
            set_open="[",
            set_close="]",
        )

    def _name(self, name: str) -> str:
        spelled = self.names.of(name)
        return self.variable(spelled) if name in self.grounded.variables else spelled

    def _item(self, name: str, entries: list[str]) -> str:
        key = ", ".join(entries)
        default = self.grounded.parameters[name].element.default if name in self.grounded.parameters else None
        if default is None:
            return f"{self._name(name)}[{key}]"
        key = f"({key})" if len(entries) > 1 else key
        return f"{self._name(name)}.get({key}, {text.number(default)})"

    def _calls(self) -> dict[str, Callable[[list[str]], str]]:
        spelled: dict[str, Callable[[list[str]], str]] = {
            "first": lambda given: f"{given[0]}[0]",
            "last": lambda given: f"{given[0]}[-1]",
            "ord": lambda given: f"({given[1]}.index({given[0]}) + 1)",
            "place": lambda given: f"{given[1]}.index({given[0]})",
            "prev": lambda given: f"{given[1]}[{given[1]}.index({given[0]}) - 1]",
            "next": lambda given: f"{given[1]}[{given[1]}.index({given[0]}) + 1]",
            "star": lambda given: f"*{given[0]}",
            "distinct": lambda given: f"list(dict.fromkeys({given[0]}))",
            "truth": lambda given: f"int({given[0]})",
            "inf": lambda _: "math.inf",
            "pi": lambda _: "math.pi",
            "sum of variables": _called(self.total),
            "prod": _called("math.prod"),
            "prod of variables": _called("math.prod"),
        }
        for function in ("sqrt", "exp", "log", "log10", "log2", "sin", "cos", "tan", "floor", "ceil"):
            spelled[function] = _called(f"math.{function}")
        for function in e.NUMERIC_FUNCTIONS:
            spelled[f"{function} of variables"] = _called(self.functions.get(function, function))
        return spelled


def _called(function: str) -> Callable[[list[str]], str]:
    return lambda given: f"{function}({', '.join(given)})"


def _numeric(node: e.Expression) -> e.Expression:
    """A truth value counts as 0 or 1, which libraries do not all accept from `True` and `False`."""
    is_truth = isinstance(node, _TRUTH) or (isinstance(node, e.Aggregate) and node.function in {"all", "any"})
    is_truth = is_truth or (isinstance(node, e.Name) and node.name in {"True", "False"})
    return e.Call("truth", (node,)) if is_truth else node


def _by_order(relation: e.Relation, left: e.Expression, right: e.Expression, home: e.Expression) -> e.Expression:
    """Return a comparison of places in a set; with its first or last element, whether it is that one."""
    ends: dict[tuple[str, str], e.Relation] = {
        ("first", ">"): "!=",
        ("first", "<="): "==",
        ("last", "<"): "!=",
        ("last", ">="): "==",
    }
    if isinstance(right, e.Call) and right.arguments == (home,) and (right.function, relation) in ends:
        return e.Compare(ends[right.function, relation], left, right)
    return e.Compare(relation, e.Call("place", (left, home)), e.Call("place", (right, home)))


def _distinct(node: e.Builder) -> bool:
    """Whether a written or built set can hold no element twice, so that a list says the same."""
    if not node.clauses:
        written = [identity.atom(item.value) for item in node.items if isinstance(item, e.Number | e.Text)]
        return len(written) == len(node.items) and len(set(written)) == len(written)
    targets = [target for clause in node.clauses for target in clause.targets]
    if len(node.items) != 1:
        return False
    item = node.items[0]
    parts = item.items if isinstance(item, e.Group) else (item,)
    return [part.name for part in parts if isinstance(part, e.Name)] == targets
