"""A table of a report, and how numbers are written in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from fivefold_benchmarks.report_sets import Share

NOTHING = "-"
"""In place of a share of nothing."""


class Table(NamedTuple):
    """A table for people."""

    head: tuple[str, ...]
    rows: Sequence[Sequence[object]]
    caption: str = ""
    """What it shows, where its section does not say so already."""
    folded: bool = False
    """Whether a page shows only what it is until somebody opens it."""


def markdown(table: Table) -> str:
    """Return a table as Markdown; what would break it in a cell is taken out."""
    lines = [f"{table.caption}\n"] if table.caption else []
    lines += ["| " + " | ".join(table.head) + " |", "|" + "---|" * len(table.head)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in table.rows]
    return "\n".join(lines)


def percent(share: float) -> str:
    """Return a share as people read it."""
    return f"{100 * share:.0f} %"


def interval(share: Share) -> str:
    """Return the interval of a share; a dash without any."""
    return f"{100 * share.low:.0f}-{100 * share.high:.0f} %" if share.n else NOTHING


def of(share: Share) -> str:
    """Return how many of how many; a dash without any."""
    return f"{share.count} of {share.n}" if share.n else NOTHING


def of_with_interval(share: Share) -> str:
    """Return how many of how many with the interval."""
    return f"{of(share)} ({interval(share)})" if share.n else NOTHING


def number(value: float | None) -> str:
    """Return an objective value; a dash without one."""
    return "-" if value is None else f"{value:.10g}"


def joined(counts: Iterable[tuple[str, int]]) -> str:
    """Return how often each of several things is there."""
    return ", ".join(f"{name} {count}" for name, count in counts)


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")
