"""Formulations and expressions as LaTeX: one `align*` fragment that both KaTeX and amsmath set."""

import re
from collections.abc import Iterator
from typing import Any

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Parameter, Set, Variable
from fivefold_solvers.formulation.latex_expression import clause_to_latex, expression_to_latex
from fivefold_solvers.formulation.latex_text import name_to_latex, text_to_latex
from fivefold_solvers.formulation.parse import ExpressionError, parse, parse_ranges
from fivefold_solvers.formulation.values import is_list, is_number, is_object

MOST_ENTRIES = 12
"""Longer sets and tables are shortened; a formula is no place for data."""


def to_latex(formulation: Formulation) -> str:
    """Return the five elements as one fragment for display mode; texts that are no expression stand as written."""
    rows: list[str] = []
    if formulation.title:
        rows.append(rf"& \textbf{{{text_to_latex(formulation.title)}}}")
    declared = {element.name for element in formulation.elements()}
    parts: tuple[tuple[str, list[str]], ...] = (
        ("Sets", [_set(block, declared) for block in formulation.sets]),
        ("Parameters", [_parameter(parameter, declared) for parameter in formulation.parameters]),
        ("Variables", [_variable(variable, declared) for variable in formulation.variables]),
        ("Objective", [_objective(formulation.objective)]),
        ("Constraints", [_constraint(constraint, declared) for constraint in formulation.constraints]),
    )
    for heading, lines in parts:
        rows.append(rf"& \textbf{{{heading}}}")
        rows += lines or [r"& \quad \text{none}"]
    if formulation.assumptions:
        rows.append(r"& \textbf{Assumptions}")
        rows += [rf"& \quad \text{{{text_to_latex(assumption.text)}}}" for assumption in formulation.assumptions]
    body = " \\\\\n".join(rows)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


def text_expression_to_latex(text: str) -> str:
    """Return expression text as LaTeX, or as quoted words where it is no expression."""
    try:
        return expression_to_latex(parse(text).tree)
    except ExpressionError:
        return rf"\text{{{text_to_latex(text)}}}"


def _row(formula: str, beside: str = "", words: str = "") -> str:
    row = rf"& \quad {formula}"
    if beside or words:
        row += f" && {beside}"
    return f"{row} && {words}" if words else row


def _note(element: Set | Parameter | Variable | Constraint | Objective) -> str:
    words = element.description
    unit = getattr(element, "unit", "")
    if unit:
        words = f"{words} [{unit}]" if words else f"[{unit}]"
    return rf"\text{{{text_to_latex(words)}}}" if words else ""


def _ranges(texts: tuple[str, ...], declared: set[str]) -> tuple[e.Clause, ...] | None:
    """Return index ranges; bare set names get an index letter that is not in use."""
    try:
        clauses = parse_ranges(texts)
    except ExpressionError:
        return None
    taken = declared | {target for clause in clauses for target in clause.targets}
    shown: list[e.Clause] = []
    for place, clause in enumerate(clauses):
        if clause.targets == (f"_{place + 1}",):
            letter = clause.source.name[0].lower() if isinstance(clause.source, e.Name) else "i"
            free = next((other for other in (letter, *"ijklmn") if other not in taken), f"i_{place + 1}")
            taken.add(free)
            clause = e.Clause((free,), clause.source, clause.conditions)
        shown.append(clause)
    return tuple(shown)


def _forall(texts: tuple[str, ...], clauses: tuple[e.Clause, ...] | None) -> str:
    if not texts:
        return ""
    if clauses is None:
        return rf"\forall\, \text{{{text_to_latex(', '.join(texts))}}}"
    return r"\forall\, " + r",\; ".join(clause_to_latex(clause) for clause in clauses)


def _head(name: str, clauses: tuple[e.Clause, ...] | None) -> str:
    targets = [e.Name(target) for clause in clauses or () for target in clause.targets]
    return expression_to_latex(e.Item(name, tuple(targets)) if targets else e.Name(name))


def _set(block: Set, declared: set[str]) -> str:
    clauses = _ranges(block.index, declared)
    formula = _head(block.name, clauses)
    beside = _forall(block.index, clauses)
    if block.expression is not None:
        formula += f" = {text_expression_to_latex(block.expression)}"
    elif isinstance(block.elements, tuple):
        formula += f" = {_collection(block.elements)}"
    elif block.elements is not None:
        base = name_to_latex(block.name)
        formula = r",\; ".join(
            rf"{base}_{{{_atom(key)}}} = {_collection(members)}" for key, members in list(block.elements.items())
        )
        beside = ""
    return _row(formula, beside, _note(block))


def _collection(members: tuple[Any, ...]) -> str:
    shown = [_atom(value) for value in members[:MOST_ENTRIES]]
    if len(members) > MOST_ENTRIES:
        shown = [*shown[:-2], r"\ldots", _atom(members[-1])]
    return rf"\left\{{{', '.join(shown)}\right\}}"


def _atom(value: Any) -> str:
    if is_list(value):
        return rf"\left({', '.join(_atom(part) for part in value)}\right)"
    if is_number(value):
        return _number(value)
    return rf"\text{{{text_to_latex(str(value))}}}"


def _number(value: int | float) -> str:
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return r"\text{undefined}" if value != value else r"\infty" if value > 0 else r"-\infty"
    number = expression_to_latex(e.Number(abs(value)))
    return f"-{number}" if value < 0 else number


def _parameter(parameter: Parameter, declared: set[str]) -> str:
    clauses = _ranges(parameter.index, declared)
    formula = _head(parameter.name, clauses)
    beside = _forall(parameter.index, clauses)
    if parameter.expression is not None:
        formula += f" = {text_expression_to_latex(parameter.expression)}"
    elif isinstance(parameter.values, int | float | str):
        formula += f" = {_atom(parameter.values)}"
    elif is_object(parameter.values):
        entries = list(_entries(parameter.values, ()))
        if 0 < len(entries) <= MOST_ENTRIES:
            base = name_to_latex(parameter.name)
            formula = r",\; ".join(
                rf"{base}_{{{','.join(map(_atom, key))}}} = {_atom(value)}" for key, value in entries
            )
    elif is_list(parameter.values) and 0 < len(parameter.values) <= MOST_ENTRIES:
        formula += f" = {_atom(parameter.values)}"
    return _row(formula, beside, _note(parameter))


def _entries(values: dict[Any, Any], key: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    for part, value in values.items():
        if is_object(value):
            yield from _entries(value, (*key, part))
        else:
            yield (*key, part), value


def _variable(variable: Variable, declared: set[str]) -> str:
    clauses = _ranges(variable.index, declared)
    formula = _head(variable.name, clauses)
    lower = _bound(variable.lower, r"-\infty")
    upper = _bound(variable.upper, r"\infty")
    if variable.domain == "binary" and lower in {"0", r"-\infty"} and upper in {"1", r"\infty"}:
        formula += r" \in \{0, 1\}"
    else:
        low = f"{lower} \\le " if lower != r"-\infty" else ""
        high = f" \\le {upper}" if upper != r"\infty" else ""
        if low == "0 \\le " and not high:
            low, high = "", r" \ge 0"
        field = {"continuous": r"\mathbb{R}", "integer": r"\mathbb{Z}", "binary": r"\{0, 1\}"}[variable.domain]
        formula = f"{low}{formula}{high}"
        if variable.domain != "continuous" or not (low or high):
            formula += rf" \in {field}" if not (low or high) else rf",\; {_head(variable.name, clauses)} \in {field}"
    return _row(formula, _forall(variable.index, clauses), _note(variable))


def _bound(bound: float | str | None, absent: str) -> str:
    if bound is None:
        return absent
    if isinstance(bound, str):
        return text_expression_to_latex(bound)
    return _number(bound)


def _objective(objective: Objective) -> str:
    words = _note(objective)
    if objective.sense == "satisfy":
        return _row(r"\text{find any feasible point}", "", words)
    operator = r"\min" if objective.sense == "minimize" else r"\max"
    return _row(rf"{operator}\; {text_expression_to_latex(objective.expression)}", "", words)


def _constraint(constraint: Constraint, declared: set[str]) -> str:
    clauses = _ranges(constraint.forall, declared)
    name = re.sub(r"_+", " ", constraint.name).strip()
    words = f"{name}: {constraint.description}" if constraint.description else name
    formula = text_expression_to_latex(constraint.expression)
    return _row(formula, _forall(constraint.forall, clauses), rf"\text{{{text_to_latex(words)}}}" if words else "")
