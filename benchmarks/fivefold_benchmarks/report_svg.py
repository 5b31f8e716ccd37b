"""The few charts of a report as inline SVG: shares with intervals, curves, points. No script, no foreign host."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

from fivefold_benchmarks.report import Share

COLOURS = ("#1f6fb2", "#d1495b", "#2e8b57", "#b8860b", "#7b4fa3", "#3a8f9e", "#a0522d", "#6b7280", "#c2408f")
"""Told apart by colour-blind readers in most pairs; every mark has its name beside it or in its title."""
WIDTH = 760
_LEFT, _RIGHT, _ROW = 220, 20, 22


class Bar(NamedTuple):
    """A share in a chart of shares."""

    label: str
    series: str
    share: Share


class Dot(NamedTuple):
    """A point of a curve or a cloud."""

    x: float
    y: float
    title: str
    low: float | None = None
    high: float | None = None


def share_chart(bars: Sequence[Bar], series: Sequence[str]) -> str:
    """Return shares as dots with their intervals, one line each, from 0 to 100 %."""
    height = _ROW * len(bars) + 40
    span = WIDTH - _LEFT - _RIGHT
    parts = [_grid_x(span, height)]
    for place, bar in enumerate(bars):
        y = _ROW * place + 14
        colour = _colour(bar.series, series)
        low, high, middle = (_LEFT + span * value for value in (bar.share.low, bar.share.high, bar.share.share))
        title = f"{bar.series} {bar.label}: {bar.share.count} of {bar.share.n}"
        if place == 0 or bars[place - 1].label != bar.label:
            parts.append(f'<text x="{_LEFT - 10}" y="{y + 4}" text-anchor="end">{escape(_short(bar.label))}</text>')
        parts.append(
            f'<g><title>{escape(title)}</title><line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}" '
            f'stroke="{colour}" stroke-width="3" opacity="0.45"/>'
            f'<circle cx="{middle:.1f}" cy="{y}" r="5" fill="{colour}"/></g>'
        )
    return _legend(series) + _svg(height, "".join(parts), "shares with 95 % intervals")


def curve_chart(curves: Mapping[str, Sequence[Dot]], *, x_name: str, y_name: str) -> str:
    """Return curves in the unit square, each through its points."""
    height, series = 320, list(curves)
    parts = [_frame(height, x_name, y_name, "0", "100 %")]
    for name, dots in curves.items():
        colour = _colour(name, series)
        places = [(_x(dot.x), _y(dot.y, height)) for dot in dots]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [_dot(x, y, colour, dot.title) for (x, y), dot in zip(places, dots, strict=True)]
    return _legend(series) + _svg(height, "".join(parts), f"{y_name} against {x_name}")


def cost_chart(dots: Mapping[str, Dot], *, x_name: str, y_name: str) -> str:
    """Return one point a series with its interval; x is logarithmic and fits the points."""
    height, series = 320, list(dots)
    known = [dot.x for dot in dots.values() if dot.x > 0] or [1.0]
    low, high = min(known) / 1.5, max(known) * 1.5
    parts = [_frame(height, x_name, y_name, f"{low:.3g}", f"{high:.3g}")]
    for name, dot in dots.items():
        colour = _colour(name, series)
        x = _x(math.log(max(dot.x, low) / low) / math.log(high / low))
        if dot.low is not None and dot.high is not None:
            top, bottom = _y(dot.high, height), _y(dot.low, height)
            parts.append(
                f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{bottom:.1f}" stroke="{colour}" '
                'stroke-width="2" opacity="0.45"/>'
            )
        parts.append(_dot(x, _y(dot.y, height), colour, dot.title))
    return _legend(series) + _svg(height, "".join(parts), f"{y_name} against {x_name}")


def _svg(height: float, inside: str, name: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" role="img" aria-label="{escape(name)}" '
        f'font-size="12" fill="currentColor">{inside}</svg>'
    )


def _legend(series: Sequence[str]) -> str:
    marks = "".join(f'<span><i style="background:{_colour(name, series)}"></i>{escape(name)}</span>' for name in series)
    return f'<p class="legend">{marks}</p>'


def _grid_x(span: float, height: float) -> str:
    parts: list[str] = []
    for tenth in range(0, 11, 2):
        x = _LEFT + span * tenth / 10
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height - 24}" stroke="currentColor" opacity="0.15"/>'
            f'<text x="{x:.1f}" y="{height - 8}" text-anchor="middle">{10 * tenth} %</text>'
        )
    return "".join(parts)


def _frame(height: float, x_name: str, y_name: str, left: str, right: str) -> str:
    parts: list[str] = []
    for tenth in range(0, 11, 2):
        y = _y(tenth / 10, height)
        parts.append(
            f'<line x1="{_x(0):.1f}" x2="{_x(1):.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="currentColor" '
            f'opacity="0.15"/><text x="{_x(0) - 8:.1f}" y="{y + 4:.1f}" text-anchor="end">{10 * tenth} %</text>'
        )
    parts.append(f'<text x="{_x(0):.1f}" y="{height - 8}">{escape(left)}</text>')
    parts.append(f'<text x="{_x(1):.1f}" y="{height - 8}" text-anchor="end">{escape(right)}</text>')
    parts.append(f'<text x="{_x(0.5):.1f}" y="{height - 8}" text-anchor="middle">{escape(x_name)}</text>')
    parts.append(f'<text x="12" y="{height / 2}" transform="rotate(-90 12 {height / 2})">{escape(y_name)}</text>')
    return "".join(parts)


def _dot(x: float, y: float, colour: str, title: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"><title>{escape(title)}</title></circle>'


def _x(share: float) -> float:
    return 70 + (WIDTH - 90) * share


def _y(share: float, height: float) -> float:
    return height - 34 - (height - 50) * share


def _colour(name: str, series: Sequence[str]) -> str:
    return COLOURS[series.index(name) % len(COLOURS)]


def _short(text: str, most: int = 30) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
