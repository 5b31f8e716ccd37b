"""A solution as tables: one a variable, one row an entry, with names and units of the formulation."""

from __future__ import annotations

from typing import Any

from fivefold_solvers.formulation.elements import Formulation, Variable
from fivefold_solvers.formulation.parse import ExpressionError, parse_ranges
from fivefold_solvers.result import ExecutionResult

ZERO = 1e-6
"""Values that are nearer to 0 count as 0."""


def solution_tables(
    formulation: Formulation | None, result: ExecutionResult, *, nonzero: bool, offset: int, limit: int
) -> list[dict[str, Any]]:
    """Return a page of every variable's entries.

    Args:
        formulation: gives descriptions, units and index names; None for a program that an LLM wrote by itself.
        result: what the program left.
        nonzero: leave out entries that are 0, but for scalars.
        offset: entries that are passed over, per variable.
        limit: entries at most, per variable.
    """
    known = {} if formulation is None else {variable.name: variable for variable in formulation.variables}
    tables: list[dict[str, Any]] = []
    for name in known or result.values:
        entries = list(result.values.get(name, {}).items())
        shown = [(key, value) for key, value in entries if not nonzero or not key or abs(value) > ZERO]
        variable = known.get(name)
        arity = max((len(key) for key, _ in entries), default=0)
        tables.append({
            "name": name,
            "description": variable.description if variable else "",
            "unit": variable.unit if variable else "",
            "domain": variable.domain if variable else "",
            "columns": index_names(variable, arity),
            "entries": len(entries),
            "shown": len(shown),
            "rows": [{"key": list(key), "value": value} for key, value in shown[offset : offset + limit]],
        })  # fmt: skip
    return tables


def index_names(variable: Variable | None, arity: int) -> list[str]:
    """Return a name for each index of a variable: the sets they run over, or numbers."""
    numbered = [f"index {place + 1}" for place in range(arity)]
    if variable is None:
        return numbered
    try:
        clauses = parse_ranges(variable.index)
    except ExpressionError:
        return numbered
    names: list[str] = []
    for clause in clauses:
        source = getattr(clause.source, "name", "")
        names += [str(source) or target for target in clause.targets]
    return names if len(names) == arity else numbered
