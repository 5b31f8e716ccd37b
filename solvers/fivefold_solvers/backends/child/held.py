"""A program as a solver process keeps it between solves: flat arrays, and the changes that come to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Fields = Mapping[str, NDArray[Any]]

ROW_FIELDS = ("row_lower", "row_upper")
_COLUMN_FIELDS = ("cost", "lower", "upper", "integer")
_NEAR = 1e-9
"""How far from a whole number a bound may be and still be meant as that."""
_PLACED = (*_COLUMN_FIELDS, *ROW_FIELDS, "coefficients")


@dataclass(slots=True)
class Held:
    """Columns, rows and non-zeros by name, as in `Arrays`; quadratic terms are `q_rows`, `q_columns`, `q_values`."""

    maximize: bool
    offset: float
    fields: dict[str, NDArray[Any]]

    @property
    def columns(self) -> int:
        """How many variables there are."""
        return int(self.fields["cost"].size)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self.fields["row_lower"].size)

    @property
    def quadratic(self) -> bool:
        """Whether the objective has quadratic terms."""
        return bool(self.fields["q_values"].size)

    @property
    def integers(self) -> bool:
        """Whether any variable must be whole."""
        return bool(self.fields["integer"].any())

    def bounds(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return least and greatest values, whole for integers: from `x <= 1.5`, HiGHS 1.15 draws false conclusions."""
        lower, upper, whole = self.fields["lower"], self.fields["upper"], self.fields["integer"].astype(bool)
        return np.where(whole, np.ceil(lower - _NEAR), lower), np.where(whole, np.floor(upper + _NEAR), upper)

    def apply(self, header: Mapping[str, Any], changes: Fields) -> None:
        """Take over a change: rows that go from the end, rows that come, and entries that get another value."""
        self.maximize, self.offset = bool(header["maximize"]), float(header["offset"])
        if "keep_rows" in header:
            self._shorten(int(header["keep_rows"]))
        if "new.starts" in changes:
            self._append(changes)
        for name in _PLACED:
            if f"{name}.at" in changes:
                self.fields[name][changes[f"{name}.at"]] = changes[name]

    def _shorten(self, rows: int) -> None:
        nonzeros = int(self.fields["starts"][rows])
        self.fields["starts"] = self.fields["starts"][: rows + 1].copy()
        for name in ROW_FIELDS:
            self.fields[name] = self.fields[name][:rows].copy()
        for name in ("columns", "coefficients"):
            self.fields[name] = self.fields[name][:nonzeros].copy()

    def _append(self, changes: Fields) -> None:
        starts = self.fields["starts"]
        self.fields["starts"] = np.concatenate([starts, changes["new.starts"][1:] + starts[-1]])
        for name in (*ROW_FIELDS, "columns", "coefficients"):
            self.fields[name] = np.concatenate([self.fields[name], changes[f"new.{name}"]])


def row_of_nonzero(starts: NDArray[Any]) -> NDArray[Any]:
    """Return the row of every non-zero."""
    return np.repeat(np.arange(starts.size - 1, dtype=np.int32), np.diff(starts))
