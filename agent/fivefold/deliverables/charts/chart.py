"""What a chart is: a Vega-Lite specification, the table behind it, and why it is this one and no other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fivefold_solvers.result import Index

Kind = Literal["bar", "line", "heat", "network", "gantt"]
Row = tuple[str | float, ...]
Spec = dict[str, Any]
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
ZERO = 1e-6
"""Values that are nearer to 0 count as 0."""
INK, OVER = "#191c22", "#ffffff"
"""Colours of text on the page and on strong colours; the page puts its own into the parameters `ink` and `over`."""
_LEVEL = 70
"""Letters that an axis has room for."""
COLOURS = (
    "#2450b8", "#b4540a", "#17693a", "#8a2f8a", "#a61b1b", "#0f6f7c", "#6b5d00", "#55607a", "#b03a6f", "#3f7a1f",
)  # fmt: skip
"""One after the other for series and groups."""


@dataclass(frozen=True, slots=True)
class Node:
    """A place of a network."""

    name: str
    x: float
    """From 0, left, to 1, right."""
    y: float
    """From 0, top, to 1, bottom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The values of one variable, or of several without index, as charts see them."""

    name: str
    title: str
    """What it means, in words; its name where nobody said."""
    unit: str = ""
    domain: str = "continuous"
    columns: tuple[str, ...]
    """One name for each index."""
    entries: tuple[tuple[Index, float], ...]

    @property
    def measured(self) -> str:
        """What the values are, with their unit."""
        return f"{self.name} in {self.unit}" if self.unit else self.name

    @property
    def amount(self) -> Spec:
        """How the values are put on an axis; whole numbers get no marks between them."""
        axis = {} if self.domain == "continuous" else {"axis": {"tickMinStep": 1, "format": "~g"}}
        return {"field": "value", "type": "quantitative", "title": self.measured, **axis}

    def nonzero(self) -> list[tuple[Index, float]]:
        """Return the entries that are not 0."""
        return [(key, value) for key, value in self.entries if abs(value) > ZERO]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart, ready to be drawn."""

    name: str
    """The variable that it shows, `decisions` for those without index."""
    kind: Kind
    title: str
    reason: str
    """Why it is of this kind."""
    summary: str
    """The chart in a sentence, for who cannot see it."""
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    """The table behind it: what is drawn, in order."""
    spec: Spec
    left_out: int = 0
    """Entries that are not drawn."""
    nodes: tuple[Node, ...] = ()
    """Of a network."""
    kinds: tuple[Kind, ...] = ()
    """Every kind that fits, the best first."""


def spec_of(title: str, rows: Iterable[dict[str, Any]], **more: Any) -> Spec:
    """Return a specification with its data inside, as wide as the place that it is put into."""
    return {
        "$schema": SCHEMA,
        "description": title,
        "width": "container",
        "autosize": {"type": "fit-x", "contains": "padding"},
        "params": [{"name": "ink", "value": INK}, {"name": "over", "value": OVER}],
        "data": {"values": list(rows)},
        **more,
    }


def label(key: Index) -> str:
    """Return how the place of an entry is written."""
    return ", ".join(written(part) for part in key)


def written(part: str | float) -> str:
    """Return an element or a number as people write it."""
    if isinstance(part, str):
        return part
    value = 0.0 if abs(part) < ZERO else float(part)
    return f"{value:,.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:,.6g}"


def element(part: str | float) -> str:
    """Return an element of a set as text; years get no comma."""
    return part if isinstance(part, str) else f"{part:.15g}"


def elements(keys: Iterable[Index], place: int) -> list[str]:
    """Return the different elements at a place of the keys, in their order."""
    return list(dict.fromkeys(element(key[place]) for key in keys))


def angle(names: Sequence[str]) -> int:
    """Return how the names of an axis are turned: level where there is room, else slanted."""
    return 0 if (max(map(len, names)) + 1) * len(names) < _LEVEL else -45


def largest(entries: Sequence[tuple[Index, float]]) -> tuple[Index, float]:
    """Return the entry with the largest amount."""
    return max(entries, key=lambda entry: abs(entry[1]))


def counted(number: int, one: str) -> str:
    """Return a number with its noun."""
    return f"{number} {one if number == 1 else one + 's'}"
