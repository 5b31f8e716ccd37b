"""Tree to expression text; `parse(show(tree)).tree == tree` for every tree."""

from collections.abc import Callable
from dataclasses import dataclass, field

from fivefold_solvers.formulation import expression as e

_PRECEDENCE = {"+": 6, "-": 6, "*": 7, "/": 7, "//": 7, "%": 7, "**": 9}
_CHOICE, _OR, _AND, _NOT, _COMPARE, _NEGATIVE, _ATOM = 1, 2, 3, 4, 5, 8, 10


def _same(name: str) -> str:
    return name


@dataclass(frozen=True)
class Style:
    """How names, entries and calls are written; the default is the formulation language itself."""

    name: Callable[[str], str] = _same
    """Spelling of a declared name or index."""
    item: Callable[[str, list[str]], str] | None = None
    """Spelling of `name[index]`, given the indices as text."""
    text: Callable[[str], str] = repr
    """Spelling of a quoted set element."""
    number: Callable[[int | float], str] = repr
    """Spelling of a number."""
    call: dict[str, Callable[[list[str]], str]] = field(default_factory=dict[str, Callable[[list[str]], str]])
    """Spelling of functions that are called otherwise."""
    set_open: str = "{"
    set_close: str = "}"


PLAIN = Style()


def show(tree: e.Expression | e.Clause, style: Style = PLAIN) -> str:
    """Return the text of a tree, with no more brackets than are needed."""
    if isinstance(tree, e.Clause):
        return _clause(tree, style)
    return _show(tree, style)[0]


def show_range(clauses: tuple[e.Clause, ...], style: Style = PLAIN) -> str:
    """Return clauses as they stand behind `for`: `i in I for j in J if i != j`."""
    return " for ".join(_clause(clause, style) for clause in clauses)


def _within(node: e.Expression, least: int, style: Style) -> str:
    text, level = _show(node, style)
    return text if level >= least else f"({text})"


def _list(items: tuple[e.Expression, ...], style: Style) -> list[str]:
    return [_within(item, _CHOICE, style) for item in items]


def _show(node: e.Expression, style: Style) -> tuple[str, int]:
    match node:
        case e.Number(value):
            text = style.number(value)
            return text, _NEGATIVE if text.startswith("-") else _ATOM
        case e.Text(value):
            return style.text(value), _ATOM
        case e.Name(name):
            return (name if name in e.CONSTANTS else style.name(name)), _ATOM
        case e.Item(name, index):
            entries = _list(index, style)
            if style.item is not None:
                return style.item(name, entries), _ATOM
            # One tuple as the only index needs a comma, or it would be read as several indices.
            end = "," if len(index) == 1 and isinstance(index[0], e.Group) else ""
            return f"{style.name(name)}[{', '.join(entries)}{end}]", _ATOM
        case e.Group(items):
            inner = ", ".join(_list(items, style))
            return f"({inner},)" if len(items) == 1 else f"({inner})", _ATOM
        case e.Negative(operand):
            return f"-{_within(operand, _NEGATIVE, style)}", _NEGATIVE
        case e.Binary():
            return _binary(node, style)
        case e.Compare(relation, left, right):
            return f"{_within(left, _COMPARE + 1, style)} {relation} {_within(right, _COMPARE + 1, style)}", _COMPARE
        case e.Logic(operator, items):
            level = _AND if operator == "and" else _OR
            return f" {operator} ".join(_within(item, level + 1, style) for item in items), level
        case e.Not(operand):
            return f"not {_within(operand, _NOT, style)}", _NOT
        case e.Choice(test, then, otherwise):
            parts = (_within(then, _OR, style), _within(test, _OR, style), _within(otherwise, _CHOICE, style))
            return f"{parts[0]} if {parts[1]} else {parts[2]}", _CHOICE
        case e.Call(function, arguments):
            return _call(function, _list(arguments, style), style), _ATOM
        case e.Aggregate(function, body, clauses):
            inside = f"{_within(body, _CHOICE, style)} for {show_range(clauses, style)}"
            return _call(function, [inside], style), _ATOM
        case e.Builder(items, clauses):
            inside = ", ".join(_list(items, style))
            inside += f" for {show_range(clauses, style)}" if clauses else ""
            opening, closing = (style.set_open, style.set_close) if items else ("[", "]")
            return f"{opening}{inside}{closing}", _ATOM


def _binary(node: e.Binary, style: Style) -> tuple[str, int]:
    level = _PRECEDENCE[node.operator]
    if node.operator == "**":
        # A negative base needs brackets; a negative exponent does not.
        return f"{_within(node.left, level + 1, style)}**{_within(node.right, _NEGATIVE, style)}", level
    left, right = _within(node.left, level, style), _within(node.right, level + 1, style)
    if node.operator == "%" and right.startswith("-"):
        # `20 % -x` looks like a percentage and is refused by `parse`.
        right = f"({right})"
    gap = "" if node.operator in {"*", "/"} else " "
    return f"{left}{gap}{node.operator}{gap}{right}", level


def _call(function: str, arguments: list[str], style: Style) -> str:
    spelled = style.call.get(function)
    return spelled(arguments) if spelled is not None else f"{function}({', '.join(arguments)})"


def _clause(clause: e.Clause, style: Style) -> str:
    names = [style.name(target) for target in clause.targets]
    target = names[0] if len(names) == 1 else f"({', '.join(names)})"
    text = f"{target} in {_within(clause.source, _OR, style)}"
    return "".join([text, *(f" if {_within(condition, _OR, style)}" for condition in clause.conditions)])
