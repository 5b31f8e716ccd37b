"""Totals that cannot balance: less supply than demand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fivefold_solvers.data.columns import Columns
from fivefold_solvers.data.finding import DataFinding, shown
from fivefold_solvers.data.mapping import Binding
from fivefold_solvers.data.needs import Needs
from fivefold_solvers.data.table import DataTable
from fivefold_solvers.data.units import compare
from fivefold_solvers.data.wording import words
from fivefold_solvers.formulation.finding import Severity

_SUPPLY = frozenset({"supply", "availability", "available", "stock", "capacity", "production"})
_DEMAND = frozenset({"demand", "requirement", "required", "order", "need"})

_AT_MOST = frozenset({"max", "maximum", "maximal", "most", "upper", "potential"})
"""Words of a demand that can be met and need not be."""


def declared_pairs(wanted: Needs) -> list[tuple[str, str]]:
    """Return the one pair of parameters over a set each whose names say supply and demand; none if there are more."""
    single = [one for one in wanted.parameters.values() if len(one.axes) == 1]
    supply = [one for one in single if set(words(one.name)) & _SUPPLY]
    demand = [one for one in single if set(words(one.name)) & _DEMAND]
    if len(supply) != 1 or len(demand) != 1 or supply[0].axes[0].set == demand[0].axes[0].set:
        return []
    if set(words(demand[0].name)) & _AT_MOST:
        return []
    if compare(supply[0].unit, demand[0].unit).same is False:
        return []
    return [(supply[0].name, demand[0].name)]


def check_balance(
    pairs: Iterable[tuple[str, str]],
    columns: Columns,
    bindings: Mapping[str, Binding],
    tables: Mapping[str, DataTable],
) -> list[DataFinding]:
    """Return a warning for every pair whose first parameter is in total less than its second."""
    findings: list[DataFinding] = []
    for first, second in pairs:
        if first not in columns.parameters or second not in columns.parameters:
            continue
        if compare(_unit(bindings[first], tables), _unit(bindings[second], tables)).same is False:
            continue
        supply, demand = (float(columns.parameters[name].values.sum()) for name in (first, second))
        if supply >= demand - 1e-9 * max(1.0, abs(demand)):
            continue
        binding = bindings[second]
        table = tables[binding.table]
        message = f"{first} is {supply:g} in total, {second} {demand:g}: {demand - supply:g} too little"
        mend = f"correct one of them, or let the formulation leave some {second} open"
        header = shown(table.column(binding.value).header) if binding.value else ""
        findings.append(
            table.finding("no-balance", Severity.WARNING, message, mend, place=len(table) - 1, column=header)
        )
    return findings


def _unit(binding: Binding, tables: Mapping[str, DataTable]) -> str:
    """Return the unit of the column of a parameter, empty where none is written."""
    return tables[binding.table].column(binding.value).unit if binding.value else ""
