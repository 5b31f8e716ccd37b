"""Frames of pandas and polars as tables, without importing either."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fivefold_solvers.data.finding import refusal, shown
from fivefold_solvers.data.headers import find_head
from fivefold_solvers.data.limits import Limits
from fivefold_solvers.data.table import DataTable, Kind
from fivefold_solvers.data.tabular import Built, checked, column_of
from fivefold_solvers.data.typed import Typed, from_codes
from fivefold_solvers.data.values import cell_text
from fivefold_solvers.formulation.values import is_list

Array = NDArray[Any]


def is_frame(value: object) -> bool:
    """Whether a value is a frame or series of pandas or polars."""
    kind = type(value)
    return kind.__module__.partition(".")[0] in {"pandas", "polars"} and kind.__name__ in {
        "DataFrame", "Series", "LazyFrame",
    }  # fmt: skip


def read_frame(frame: Any, name: str, limits: Limits) -> DataTable:
    """Return a frame as a table; an index of pandas that has a meaning becomes columns.

    Raises:
        DataError: it has no rows, no columns or too many of them.
    """
    pandas = type(frame).__module__.startswith("pandas")
    if type(frame).__name__ == "LazyFrame":
        frame = frame.collect()
    if type(frame).__name__ == "Series":
        frame = frame.to_frame()
    if pandas and (frame.index.name is not None or frame.index.nlevels > 1 or frame.index.dtype.kind not in "iu"):
        frame = frame.reset_index()
    headers = [_header(header).strip() or f"column_{at}" for at, header in enumerate(frame.columns, 1)]
    size = len(frame)
    limits.check_size(size, len(headers), name)
    head = find_head([(1, headers)], header=1)
    if head is None or not size:
        raise refusal("no-rows", "the frame has no rows", "give one row per entry", file=name)
    built: list[Built] = []
    for place in range(len(headers)):
        series = frame.iloc[:, place] if pandas else frame.to_series(place)
        built.append(column_of(head, place, _pandas(series) if pandas else _polars(series)))
    findings = tuple(found.model_copy(update={"file": name, "row": None}) for found in head.findings)
    table = DataTable(name, name, "", (), np.arange(1, size + 1), findings, {"rows": "counted from 1"})
    return checked(table, built)


def _header(header: object) -> str:
    if is_list(header):
        return " ".join(str(part) for part in header if str(part))
    return str(header)


def _pandas(series: Any) -> Typed:
    kind: str = series.dtype.kind
    blank: Array = series.isna().to_numpy(dtype=bool)
    if kind in "iuf" and not hasattr(series.dtype, "categories"):
        return _plain(series.fillna(0).to_numpy(), blank, kind)
    codes, uniques = series.factorize()
    return _texts(np.asarray(codes, np.int64), list(uniques))


def _polars(series: Any) -> Typed:
    blank: Array = series.is_null().to_numpy()
    if series.dtype.is_integer() or series.dtype.is_float():
        filled: Array = series.fill_null(0).to_numpy()
        if series.dtype.is_float():
            blank = blank | np.isnan(filled)
            filled = np.where(blank, 0.0, filled)
        return _plain(filled, blank, filled.dtype.kind)
    uniques: list[object] = [value for value in series.unique(maintain_order=True).to_list() if value is not None]
    table = {value: place for place, value in enumerate(uniques)}
    codes = np.array([-1 if value is None else table[value] for value in series.to_list()], np.int64)
    return _texts(codes, uniques)


def _plain(values: Array, blank: Array, kind: str) -> Typed:
    """Return a column of numbers; unsigned ones beyond int64 stay exact as text."""
    if kind == "u" and len(values) and int(values.max()) >= 2**63:
        texts, codes = np.unique(values, return_inverse=True)
        return _texts(np.where(blank, -1, codes), texts.tolist())
    whole = kind in "iu"
    if blank.all():
        return Typed(Kind.EMPTY, np.full(len(blank), -1, np.int64), ())
    typed = np.asarray(values, np.int64 if whole else np.float64)
    return Typed(Kind.INTEGER if whole else Kind.NUMBER, typed, None, blank if blank.any() else None)


def _texts(codes: Array, uniques: list[object]) -> Typed:
    texts = [shown(value) if isinstance(value, bytes) else cell_text(value) for value in uniques]
    table: dict[str, int] = {}
    places = np.array([table.setdefault(text, len(table)) if text else -1 for text in texts] + [-1], np.int64)
    return from_codes(places[codes], list(table))
