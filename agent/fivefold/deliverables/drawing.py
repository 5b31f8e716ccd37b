"""Charts as plain SVG for reports: the same numbers as the charts of the pages, drawn without a browser.

Vega-Lite needs a browser; these drawings need nothing. They take the colour of the text around them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from html import escape

from fivefold.deliverables.charts.chart import COLOURS, ZERO, Chart, Kind, Row, written
from fivefold.deliverables.charts.heat import places

WIDTH = 720
_LEFT, _RIGHT, _TOP = 150, 80, 8
_STEP = 26
_CELL = 46
_PLOT = 240


def to_svg(chart: Chart) -> str:
    """Return a chart as an SVG element with its summary as its name."""
    body, height = _DRAWN[chart.kind](chart)
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(chart.summary)}" '
        f'font-size="13" fill="currentColor">{"".join(body)}</svg>'
    )


def _bars(chart: Chart) -> tuple[list[str], float]:
    rows = [(str(name), _number(value)) for name, value in chart.rows]
    low, high = min(0.0, *(value for _, value in rows)), max(0.0, *(value for _, value in rows))
    at = _scale(low, high, _LEFT, WIDTH - _RIGHT)
    body: list[str] = []
    for place, (name, value) in enumerate(rows):
        y = _TOP + place * _STEP
        x, end = sorted((at(0), at(value)))
        body.append(_text(_LEFT - 8, y + 17, name, "end"))
        body.append(_rect(x, y + 3, max(end - x, 1), _STEP - 8, COLOURS[0], f"{name}: {written(value)}"))
        body.append(_text(end + 6, y + 17, written(value)))
    height = _TOP + len(rows) * _STEP + 8
    return [*body, _line(at(0), 0, at(0), height, "currentColor", 1)], height


def _lines(chart: Chart) -> tuple[list[str], float]:
    several = len(chart.columns) == 3
    points = [(str(row[0]), str(row[1]) if several else "", _number(row[-1])) for row in chart.rows]
    times = list(dict.fromkeys(time for time, _, _ in points))
    series = list(dict.fromkeys(name for _, name, _ in points))
    low, high = min(0.0, *(value for _, _, value in points)), max(0.0, *(value for _, _, value in points))
    across, up = _scale(0, max(1, len(times) - 1), 70, WIDTH - 30), _scale(low, high, _PLOT, _TOP + 12)
    body = _ticks(low, high, up)
    every = math.ceil(len(times) / 12)
    body += [_text(across(at), _PLOT + 20, time, "middle") for at, time in enumerate(times) if at % every == 0]
    for number, name in enumerate(series):
        colour = COLOURS[number % len(COLOURS)]
        own = [(across(times.index(time)), up(value)) for time, one, value in points if one == name]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in own)
        body.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        body += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in own]
        if several:
            body.append(_rect(70 + 160 * (number % 4), _PLOT + 32 + 20 * (number // 4), 12, 12, colour, name))
            body.append(_text(88 + 160 * (number % 4), _PLOT + 43 + 20 * (number // 4), name))
    return body, _PLOT + 34 + (20 * math.ceil(len(series) / 4) if several else 0)


def _cells(chart: Chart) -> tuple[list[str], float]:
    keys = [tuple(row[:-1]) for row in chart.rows]
    across, down, apart = places(keys, len(chart.columns) - 1)
    most = max((abs(_number(row[-1])) for row in chart.rows), default=0.0) or 1.0
    body: list[str] = []
    y = float(_TOP)
    for part in [""] if apart is None else dict.fromkeys(str(key[apart]) for key in keys):
        rows = [row for row in chart.rows if apart is None or str(row[apart]) == part]
        columns = list(dict.fromkeys(str(row[across]) for row in rows))
        lines = list(dict.fromkeys(str(row[down]) for row in rows))
        width = min(_CELL, (WIDTH - _LEFT) / len(columns))
        if apart is not None:
            body.append(_text(_LEFT, y + 14, f"{chart.columns[apart]} {part}"))
            y += 22
        body += [_text(_LEFT + (at + 0.5) * width, y + 14, name, "middle", width) for at, name in enumerate(columns)]
        y += 20
        body += [_text(_LEFT - 8, y + at * _STEP + 17, name, "end") for at, name in enumerate(lines)]
        for row in rows:
            place = (_LEFT + columns.index(str(row[across])) * width, y + lines.index(str(row[down])) * _STEP)
            body += _cell(row, place, width, most)
        y += len(lines) * _STEP + 12
    return body, y


def _cell(row: Row, place: tuple[float, float], width: float, most: float) -> list[str]:
    value = _number(row[-1])
    share = abs(value) / most
    said = f"{', '.join(map(str, row[:-1]))}: {written(value)}"
    body = [_rect(*place, width - 1, _STEP - 1, COLOURS[0], said, opacity=0.08 + 0.82 * share)]
    if abs(value) > ZERO and width > 24:
        colour = "#ffffff" if share > 0.5 else "currentColor"
        body.append(_text(place[0] + width / 2, place[1] + 17, written(value), "middle", width, colour))
    return body


def _tasks(chart: Chart) -> tuple[list[str], float]:
    apart = len(chart.columns) == 4
    tasks = [(str(row[0]), str(row[-3]), _number(row[-2]), _number(row[-1])) for row in chart.rows]
    rows = list(dict.fromkeys(row for row, _, _, _ in tasks))
    rows = sorted(rows) if apart else rows
    low, high = min(0.0, *(start for _, _, start, _ in tasks)), max(end for _, _, _, end in tasks)
    at = _scale(low, high, _LEFT, WIDTH - 30)
    names = list(dict.fromkeys(name for _, name, _, _ in tasks))
    body = [_text(_LEFT - 8, _TOP + place * _STEP + 17, row, "end") for place, row in enumerate(rows)]
    for row, name, start, end in tasks:
        y = _TOP + rows.index(row) * _STEP
        colour = COLOURS[names.index(name) % len(COLOURS)] if apart else COLOURS[0]
        said = f"{name}: {written(start)} to {written(end)}"
        body.append(_rect(at(start), y + 3, max(at(end) - at(start) - 1, 1), _STEP - 7, colour, said))
        if apart:
            body.append(_text((at(start) + at(end)) / 2, y + 17, name, "middle", at(end) - at(start), "#ffffff"))
    bottom = _TOP + len(rows) * _STEP + 18
    body += [_text(at(value), bottom, written(value), "middle") for value in _round_numbers(low, high)]
    return body, bottom + 8


def _network(chart: Chart) -> tuple[list[str], float]:
    height = max(180, 70 * len({node.y for node in chart.nodes}))
    at = {node.name: (70 + node.x * (WIDTH - 140), 30 + node.y * (height - 70)) for node in chart.nodes}
    most = max((abs(_number(row[2])) for row in chart.rows), default=0.0) or 1.0
    body: list[str] = []
    for tail, head, amount in chart.rows:
        value = _number(amount)
        start, end = _end(at, str(tail), "from"), _end(at, str(head), "to")
        used = abs(value) > ZERO
        width = 1 + 5 * abs(value) / most if used else 1
        body.append(_line(*start, *end, COLOURS[0], width, opacity=0.75 if used else 0.18))
        if used:
            body += [_head(start, end), _text(*_between(start, end, 0.36, -6), written(value), "middle")]
    for name, (x, y) in at.items():
        body.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="9" fill="{COLOURS[0]}"/>')
        body.append(_text(x, y + 25, name.partition("\0")[0], "middle"))
    return body, height + 10


def _end(at: dict[str, tuple[float, float]], name: str, side: str) -> tuple[float, float]:
    return at[name] if name in at else at[f"{name}\0{side}"]


def _between(
    start: tuple[float, float], end: tuple[float, float], share: float, lift: float = 0.0
) -> tuple[float, float]:
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]) + lift


def _head(start: tuple[float, float], end: tuple[float, float]) -> str:
    x, y = _between(start, end, 0.62)
    turn = math.degrees(math.atan2(end[1] - start[1], end[0] - start[0]))
    return f'<path d="M-5,-5 L6,0 L-5,5 Z" transform="translate({x:.1f},{y:.1f}) rotate({turn:.1f})"/>'


def _ticks(low: float, high: float, up: Callable[[float], float]) -> list[str]:
    found: list[str] = []
    for value in _round_numbers(low, high):
        found += [_text(62, up(value) + 4, written(value), "end")]
        found.append(_line(70, up(value), WIDTH - 30, up(value), "currentColor", 1, opacity=0.15))
    return found


def _round_numbers(low: float, high: float) -> Iterable[float]:
    """Return about five round numbers between two."""
    step = 10 ** math.floor(math.log10((high - low) or 1.0))
    step = next(part * step for part in (0.2, 0.5, 1, 2) if (high - low) <= 6 * part * step or part == 2)
    first = math.ceil(low / step - 1e-9)
    return (number * step for number in range(first, math.floor(high / step + 1e-9) + 1))


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    length = (high - low) or 1.0
    return lambda value: start + (value - low) / length * (end - start)


def _number(value: str | float) -> float:
    return float(value)


def _rect(x: float, y: float, width: float, height: float, colour: str, said: str, opacity: float = 1.0) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}" '
        f'opacity="{opacity:.2f}"><title>{escape(said)}</title></rect>'
    )


def _line(x: float, y: float, x2: float, y2: float, colour: str, width: float, opacity: float = 1.0) -> str:
    return (
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width:.1f}" opacity="{opacity:.2f}"/>'
    )


def _text(x: float, y: float, words: str, side: str = "start", room: float = 140.0, colour: str = "") -> str:
    """Return text, cut to the room that it has; the whole is in the table beside the drawing."""
    most = max(2, int(room / 7.2))
    shown = words if len(words) <= most else f"{words[: most - 1]}…"
    fill = f' fill="{colour}"' if colour else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{side}"{fill}>{escape(shown)}</text>'


_DRAWN: dict[Kind, Callable[[Chart], tuple[list[str], float]]] = {
    "bar": _bars, "line": _lines, "heat": _cells, "network": _network, "gantt": _tasks,
}  # fmt: skip


def drawings(charts: Sequence[Chart]) -> list[str]:
    """Return each chart as a figure: the drawing, what it shows, and why it is of this kind."""
    return [
        f"<figure>{to_svg(chart)}<figcaption>{escape(chart.title)} ({escape(chart.reason)})</figcaption></figure>"
        for chart in charts
    ]
