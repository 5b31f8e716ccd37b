"""Formulations as Markdown under LLMOPT's five headings, for people to read and edit; `markdown_read` takes it back."""

import re
from typing import Any

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import (
    Assumption,
    Constraint,
    Formulation,
    Objective,
    Parameter,
    Set,
    Source,
    Variable,
)
from fivefold_solvers.formulation.markdown_item import bound_value, parameter_value, section_of, set_value
from fivefold_solvers.formulation.markdown_read import from_markdown
from fivefold_solvers.formulation.markdown_table import IN_ORDER, read_rows
from fivefold_solvers.formulation.markdown_text import cell, code, escape, is_plain_code, row, write_literal
from fivefold_solvers.formulation.parse import ExpressionError, parse_ranges
from fivefold_solvers.formulation.values import is_list, is_number, is_object

__all__ = ["from_markdown", "to_markdown"]

MOST_ROWS, MOST_COLUMNS = 30, 12
"""Larger tables are written as one value."""


def to_markdown(formulation: Formulation) -> str:
    """Return the formulation as Markdown, from which `from_markdown` reads the same formulation."""
    lines: list[str] = []
    if formulation.title:
        plain = section_of(formulation.title) is None
        lines += [f"# {escape(formulation.title)}" if plain else f"Title: {escape(formulation.title)}", ""]
    if formulation.version != 1:
        lines += [f"Version: {formulation.version}", ""]
    order = _Order(formulation)
    parts: list[tuple[str, list[list[str]]]] = [
        ("Sets", [_set(block) for block in formulation.sets]),
        ("Parameters", [_parameter(parameter, order) for parameter in formulation.parameters]),
        ("Variables", [_variable(variable) for variable in formulation.variables]),
        ("Objective", [_objective(formulation.objective)]),
        ("Constraints", [_constraint(constraint) for constraint in formulation.constraints]),
    ]
    if formulation.assumptions:
        parts.append(("Assumptions", [_assumption(assumption) for assumption in formulation.assumptions]))
    for heading, items in parts:
        lines += [f"## {heading}", ""]
        lines += [line for item in items for line in item]
        lines += [""] if items else []
    return "\n".join(lines).rstrip("\n") + "\n"


class _Order:
    """Labels of the elements of index sets, in order, where they are written out."""

    def __init__(self, formulation: Formulation) -> None:
        self._elements = {block.name: block.elements for block in formulation.sets if not block.index}

    def labels(self, index: tuple[str, ...]) -> list[list[str]] | None:
        """Return the labels of each index, None where some are not known."""
        try:
            clauses = parse_ranges(index)
        except ExpressionError:
            return None
        found: list[list[str]] = []
        for clause in clauses:
            elements = self._elements.get(clause.source.name) if isinstance(clause.source, e.Name) else None
            if not isinstance(elements, tuple) or clause.conditions:
                return None
            found.append([str(value) for value in elements])
        return found


def _head(name: str, ranges: tuple[str, ...], word: str) -> tuple[str, list[str]]:
    """Return the start of an element's line, and lines for ranges that do not fit there."""
    # In a name, `[` would begin indices, and `:` or `$` would be taken for decoration.
    bold = re.sub(r"[\[:$]", r"\\\g<0>", escape(name))
    head = f"- **{bold}**"
    if ranges and all(map(is_plain_code, ranges)):
        return f"{head} {word} {', '.join(map(code, ranges))}", []
    return head, [_field(word, code(text)) for text in ranges]


def _field(key: str, value: str) -> str:
    return f"  - {key}: {value}".rstrip()


def _item(head: str, description: str, fields: list[str]) -> list[str]:
    return [f"{head}: {escape(description)}" if description else head, *fields]


def _origin(source: Source | None) -> list[str]:
    if source is None:
        return []
    quote = f'"{escape(source.quote)}"' if source.quote else ""
    if source.kind == "stated":
        fields = [_field("stated", quote)]
        return [*fields, _field("reason", escape(source.reason))] if source.reason else fields
    fields = [_field(source.kind, escape(source.reason))]
    return [*fields, _field("quote", quote)] if quote else fields


def _set(block: Set) -> list[str]:
    head, fields = _head(block.name, block.index, "over")
    if block.elements is not None:
        text = write_literal(list(block.elements) if isinstance(block.elements, tuple) else block.elements)
        if is_plain_code(text):
            head += f" = {code(text)}"
        else:
            fields.append(_field("elements", code(text)))
    if block.expression is not None:
        given = ("expression", block.expression)
        if block.elements is None and is_plain_code(block.expression) and set_value(block.expression) == given:
            head += f" = {code(block.expression)}"
        else:
            fields.append(_field("expression", code(block.expression)))
    elif block.elements is None:
        fields.append(_field("elements", "none"))
    return _item(head, block.description, fields + _origin(block.source))


def _parameter(parameter: Parameter, order: _Order) -> list[str]:
    head, fields = _head(parameter.name, parameter.index, "over")
    values, text = parameter.values, parameter.expression
    table: list[str] = []
    if values is not None:
        table = _table(parameter, order)
        literal = write_literal(values)
        if table:
            pass
        elif len(literal) <= 60 and is_plain_code(literal) and parameter_value(literal)[0] == "values":
            head += f" = {code(literal)}"
        else:
            fields.append(_field("values", code(literal)))
    if text is not None:
        if values is None and is_plain_code(text) and parameter_value(text) == ("expression", text):
            head += f" = {code(text)}"
        else:
            fields.append(_field("expression", code(text)))
    elif values is None:
        fields.append(_field("values", "none"))
    if parameter.default is not None:
        fields.append(_field("default", f"`{parameter.default!r}`"))
    if parameter.unit:
        fields.append(_field("unit", escape(parameter.unit)))
    return _item(head, parameter.description, fields + _origin(parameter.source) + table)


def _table(parameter: Parameter, order: _Order) -> list[str]:
    """Return a table of one or two indices, empty where the values do not fit into one."""
    values = parameter.values
    if is_object(values):
        rows = _object_table(values)
    elif is_list(values):
        rows = _list_table(values, order.labels(parameter.index))
    else:
        return []
    if not rows or len(rows) > MOST_ROWS + 1 or len(rows[0]) > MOST_COLUMNS + 1:
        return []
    lines = [row(rows[0]), row(["---", *["---:"] * (len(rows[0]) - 1)]), *map(row, rows[1:])]
    read, findings = read_rows(list(enumerate(lines)), len(parameter.index))
    # Keys such as `value` could be taken for headings; then the values are written in one line.
    if findings or not _same(read, values):
        return []
    return ["", *(f"  {line}" for line in lines), ""]


def _same(one: Any, other: Any) -> bool:
    """Whether values are equal in kind too, so that a list is no tuple and 1 is not True."""
    return bool(one == other) and write_literal(one) == write_literal(other)


def _object_table(values: dict[Any, Any]) -> list[list[str]]:
    if not all(isinstance(key, str) for key in values):
        return []
    if all(map(is_number, values.values())):
        return [["element", "value"], *([cell(key), repr(value)] for key, value in values.items())]
    if not all(is_object(inner) and all(map(is_number, inner.values())) for inner in values.values()):
        return []
    columns = list(dict.fromkeys(key for inner in values.values() for key in inner))
    if not all(isinstance(column, str) for column in columns):
        return []
    rows = [[""] + [cell(column) for column in columns]]
    for key, inner in values.items():
        rows.append([cell(key), *(repr(inner[column]) if column in inner else "" for column in columns)])
    return rows


def _list_table(values: list[Any] | tuple[Any, ...], labels: list[list[str]] | None) -> list[list[str]]:
    if not values or isinstance(values, tuple):
        return []
    if all(map(is_number, values)):
        if labels is None or len(labels) != 1 or len(labels[0]) != len(values):
            return []
        return [[IN_ORDER, "value"], *([cell(name), repr(v)] for name, v in zip(labels[0], values, strict=True))]
    widths = {len(inner) if is_list(inner) and not isinstance(inner, tuple) else -1 for inner in values}
    if len(widths) != 1 or widths & {-1, 0} or not all(is_number(value) for inner in values for value in inner):
        return []
    sizes = [len(values), widths.pop()]
    if labels is None or [len(names) for names in labels] != sizes:
        labels = [[str(place + 1) for place in range(size)] for size in sizes]
    rows = [[IN_ORDER, *map(cell, labels[1])]]
    return rows + [[cell(name), *map(repr, inner)] for name, inner in zip(labels[0], values, strict=True)]


def _variable(variable: Variable) -> list[str]:
    head, fields = _head(variable.name, variable.index, "over")
    head += f", {variable.domain}"
    sides = (("at least", "lower", variable.lower), ("at most", "upper", variable.upper))
    for words, side, bound in sides:
        absent = bound is None if side == "upper" else bound == 0 and variable.domain == "binary"
        if absent:
            continue
        text = bound if isinstance(bound, str) else repr(bound)
        if is_plain_code(text) and bound_value(text) == bound:
            head += f", {words} {code(text)}"
        else:
            fields.append(_field(side, code(write_literal(bound))))
    if variable.unit:
        fields.append(_field("unit", escape(variable.unit)))
    return _item(head, variable.description, fields + _origin(variable.source))


def _objective(objective: Objective) -> list[str]:
    head, fields = f"- **{objective.sense.capitalize()}**", list[str]()
    if is_plain_code(objective.expression):
        if objective.sense != "satisfy" or objective.expression != "0":
            head += f" {code(objective.expression)}"
    else:
        fields.append(_field("expression", code(objective.expression)))
    if objective.name != "objective":
        fields.append(_field("name", escape(objective.name)))
    if objective.unit:
        fields.append(_field("unit", escape(objective.unit)))
    return _item(head, objective.description, fields + _origin(objective.source))


def _constraint(constraint: Constraint) -> list[str]:
    head, fields = _head(constraint.name, constraint.forall, "for")
    plain = is_plain_code(constraint.expression)
    fields.append(f"  - {code(constraint.expression)}" if plain else _field("expression", code(constraint.expression)))
    return _item(head, constraint.description, fields + _origin(constraint.source))


def _assumption(assumption: Assumption) -> list[str]:
    lines = [f"- {escape(assumption.text)}".rstrip()]
    if assumption.reason:
        lines.append(_field("because", escape(assumption.reason)))
    if assumption.element:
        lines.append(_field("about", escape(assumption.element)))
    return lines
