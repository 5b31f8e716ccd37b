"""Charts of a solution over the wire."""

from __future__ import annotations

from typing import Any, Literal

from fivefold_server.schemas.common import Sent

ChartKind = Literal["bar", "line", "heat", "network", "gantt"]


class Chart(Sent):
    """A chart as a Vega-Lite specification with its data inside, and the table behind it."""

    name: str
    """The variable that it shows; `decisions` for those without index together."""
    kind: ChartKind
    """How it is drawn."""
    kinds: list[ChartKind]
    """Every kind that fits, the best first."""
    title: str
    """What it shows."""
    reason: str
    """What in the formulation asks for this kind."""
    summary: str
    """The chart in a sentence, for who cannot see it."""
    columns: list[str]
    """Columns of the table."""
    rows: list[list[str | float]]
    """The table: what is drawn, in order."""
    left_out: int
    """Entries that are not drawn."""
    spec: dict[str, Any]
    """Vega-Lite 6; it loads nothing, and the parameters `ink` and `over` are the colours of its text."""


class Charts(Sent):
    """The charts of a run's solution."""

    run: str
    """The run."""
    stale: bool
    """Whether there is a later version of the formulation."""
    charts: list[Chart]
    """One for each variable that has something to compare."""
