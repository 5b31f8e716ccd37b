"""The few charts of a report as inline SVG: shares with intervals, curves, points. No script, no foreign host.

Every mark has its name beside it or in the legend and in its title; colours are variables of the page's style, which
has others for dark screens.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import NamedTuple

from fivefold_benchmarks.report_sets import Share

COLOURS = ("#1f6fb2", "#c43c4f", "#1f7a4d", "#96690a", "#7b4fa3", "#1f7c8c", "#a0522d", "#5b6472", "#b0307a")
"""Of series, told apart by colour-blind readers in most pairs; more series begin anew."""
WIDTH = 760
MANY_DOTS = 12
"""Points of a curve beyond which they are drawn small."""
_LEFT, _RIGHT, _ROW = 220, 90, 22


class Bar(NamedTuple):
    """A share in a chart of shares."""

    group: str
    """Bars of one group stand together under its name."""
    name: str
    share: Share


class Dot(NamedTuple):
    """A point of a curve or a cloud."""

    x: float
    y: float
    title: str
    low: float | None = None
    high: float | None = None


def share_chart(bars: Sequence[Bar], name: str) -> str:
    """Return shares as dots with their intervals, one line each, from 0 to 100 %."""
    series = list(dict.fromkeys(bar.name for bar in bars))
    span = WIDTH - _LEFT - _RIGHT
    rows: list[str] = []
    y, group = 14, None
    for bar in bars:
        if bar.group != group:
            rows.append(f'<text x="0" y="{y + 4}" font-weight="600">{escape(_short(bar.group, 60))}</text>')
            y, group = y + _ROW, bar.group
        rows.append(_bar(bar, y, span, series.index(bar.name)))
        y += _ROW
    return _svg(y + 26, _grid_x(span, y + 26) + "".join(rows), name)


def _bar(bar: Bar, y: int, span: float, place: int) -> str:
    low, high, middle = (_LEFT + span * value for value in (bar.share.low, bar.share.high, bar.share.share))
    told = f"{bar.share.count} of {bar.share.n}"
    style = _style(place)
    return (
        f"<g><title>{escape(f'{bar.group}, {bar.name}: {told}')}</title>"
        f'<text x="{_LEFT - 10}" y="{y + 4}" text-anchor="end">{escape(_short(bar.name))}</text>'
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}" {style} stroke-width="3" opacity="0.5"/>'
        f'<circle cx="{middle:.1f}" cy="{y}" r="5" {style}/>'
        f'<text x="{WIDTH - _RIGHT + 8}" y="{y + 4}">{escape(told)}</text></g>'
    )


def curve_chart(curves: Mapping[str, Sequence[Dot]], *, x_name: str, y_name: str) -> str:
    """Return curves in the unit square, each through its points; one without points only keeps its colour."""
    height = 320
    parts = [_frame(height, x_name, y_name, "0", "100 %")]
    drawn = [(place, name, dots) for place, (name, dots) in enumerate(curves.items()) if dots]
    for place, _, dots in drawn:
        places = [(_x(dot.x), _y(dot.y, height)) for dot in dots]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{line}" {_style(place)} style="fill:none" stroke-width="2"/>')
        radius = 5.0 if len(dots) <= MANY_DOTS else 2.5
        parts += [_dot(x, y, place, dot.title, radius) for (x, y), dot in zip(places, dots, strict=True)]
    return _legend([(place, name) for place, name, _ in drawn]) + _svg(
        height, "".join(parts), f"{y_name} against {x_name}"
    )


def cost_chart(dots: Mapping[str, Dot], *, x_name: str, y_name: str) -> str:
    """Return one point a series with its interval and its name; x is logarithmic and fits the points."""
    height = 360
    known = [dot.x for dot in dots.values() if dot.x > 0] or [1.0]
    low, high = min(known) / 1.5, max(known) * 2.5
    parts = [_frame(height, x_name, y_name, f"{low:,.0f}", f"{high:,.0f}")]
    taken: list[tuple[float, float]] = []
    for place, (name, dot) in enumerate(dots.items()):
        x = _x(math.log(max(dot.x, low) / low) / math.log(high / low))
        if dot.low is not None and dot.high is not None:
            top, bottom = _y(dot.high, height), _y(dot.low, height)
            ends = f'x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{bottom:.1f}"'
            parts.append(f'<line {ends} {_style(place)} stroke-width="2" opacity="0.4"/>')
        parts.append(_dot(x, _y(dot.y, height), place, dot.title))
        y = _free(x, _y(dot.y, height) + 4, taken)
        parts.append(f'<text x="{x + 9:.1f}" y="{y:.1f}">{escape(_short(name))}</text>')
    return _svg(height, "".join(parts), f"{y_name} against {x_name}")


def _free(x: float, y: float, taken: list[tuple[float, float]]) -> float:
    """Return the nearest height where a name meets none of those that are there."""
    steps = (step * sign for step in range(40) for sign in (1, -1))
    best = next((y + 7 * step for step in steps if all(_apart(x, y + 7 * step, *other) for other in taken)), y)
    taken.append((x, best))
    return best


def _apart(x: float, y: float, other_x: float, other_y: float) -> bool:
    return abs(x - other_x) > 150 or abs(y - other_y) >= 13


def _svg(height: float, inside: str, name: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" role="img" aria-label="{escape(name)}" '
        f'font-size="12" fill="currentColor">{inside}</svg>'
    )


def _legend(series: Iterable[tuple[int, str]]) -> str:
    marks = "".join(f'<span><i class="s{place % len(COLOURS)}"></i>{escape(name)}</span>' for place, name in series)
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
    parts.append(
        f'<text x="12" y="{height / 2}" text-anchor="middle" transform="rotate(-90 12 {height / 2})">'
        f"{escape(y_name)}</text>"
    )
    return "".join(parts)


def _dot(x: float, y: float, place: int, title: str, radius: float = 5.0) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" {_style(place)}><title>{escape(title)}</title></circle>'


def _x(share: float) -> float:
    return 70 + (WIDTH - 90) * share


def _y(share: float, height: float) -> float:
    return height - 34 - (height - 50) * share


def _style(place: int) -> str:
    """Return the colour of a series: a page's own style may have another for its class."""
    colour = COLOURS[place % len(COLOURS)]
    return f'class="s{place % len(COLOURS)}" fill="{colour}" stroke="{colour}"'


def _short(text: str, most: int = 32) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
