"""A formulation with its data: written into it where it is small, beside it in columns where it is large."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fivefold_solvers.data.bind import Bound, bind
from fivefold_solvers.data.columns import Columns
from fivefold_solvers.data.finding import DataError, DataFinding
from fivefold_solvers.data.inline import INLINE_LIMIT, inline
from fivefold_solvers.data.mapping import DataMapping
from fivefold_solvers.data.table import DataTable
from fivefold_solvers.formulation.elements import Formulation


@dataclass(frozen=True, slots=True)
class Filled:
    """What came of putting data into a formulation."""

    formulation: Formulation
    """With the data in it; as it was where the data is too large for that, or at fault."""
    columns: Columns | None
    """The data that is too large to be written into the formulation; None where all is in it."""
    findings: tuple[DataFinding, ...]
    """What binding found, errors first."""
    ok: bool
    """Whether all data was found and fits."""


def fill(formulation: Formulation, mapping: DataMapping, tables: Sequence[DataTable]) -> Filled:
    """Return a formulation with the data that a mapping names.

    Args:
        formulation: sets without elements and parameters without values get theirs.
        mapping: where each is.
        tables: what was read.
    """
    bound: Bound | None = None
    try:
        bound = bind(formulation, mapping, tables)
        if not bound.ok:
            return Filled(formulation, None, bound.findings, ok=False)
        return Filled(inline(formulation, bound.columns, INLINE_LIMIT), None, bound.findings, ok=True)
    except DataError as fault:
        if bound is None or fault.finding.code != "too-large":
            return Filled(formulation, None, (fault.finding,), ok=False)
        return Filled(formulation, bound.columns, bound.findings, ok=True)
