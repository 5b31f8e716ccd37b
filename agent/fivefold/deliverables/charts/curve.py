"""Curves of answers: a trade-off between two objectives, the best objective over a parameter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fivefold.deliverables.charts.chart import Chart, Spec, counted, spec_of, written

_HEIGHT = 260
Point = tuple[float, float]


def trade_off(names: Sequence[str], points: Sequence[Point]) -> Chart | None:
    """Return efficient solutions as points; None where there is one only."""
    if len(points) < 2:
        return None
    x, y = names
    summary = (
        f"{counted(len(points), 'point')} from {y} {written(points[0][1])} at {x} {written(points[0][0])} to {y} "
        f"{written(points[-1][1])} at {x} {written(points[-1][0])}; between them there may be more."
    )
    spec = _spec(f"{y} against {x}", (x, y), points, joined=False)
    return _chart("trade-off", f"{y} against {x}", "no point is beaten in both", summary, (x, y), points, spec)


def over(parameter: str, objective: str, grid: Sequence[tuple[float, float | None]], target: float) -> Chart | None:
    """Return the best objective over the values of a parameter, with the target; None where there is too little."""
    points = [(x, y) for x, y in grid if y is not None]
    if len(points) < 2:
        return None
    title = f"{objective} over {parameter}"
    spec = _spec(title, (parameter, objective), points, joined=True)
    line = {
        "data": {"values": [{"y": target}]},
        "mark": {"type": "rule", "strokeDash": [6, 4], "color": {"expr": "ink"}},
    }
    spec["layer"].append({**line, "encoding": {"y": {"field": "y", "type": "quantitative"}}})
    low, high = min(y for _, y in points), max(y for _, y in points)
    summary = (
        f"The best {objective} is between {written(low)} and {written(high)} for {parameter} from "
        f"{written(points[0][0])} to {written(points[-1][0])}; the target is {written(target)}."
    )
    return _chart("goal", title, "each point is solved anew", summary, (parameter, objective), points, spec)


def _chart(
    name: str, title: str, reason: str, summary: str, columns: tuple[str, str], points: Sequence[Point], spec: Spec
) -> Chart:
    return Chart(
        name=name, kind="line", title=title, reason=reason, summary=summary, columns=columns, rows=tuple(points),
        spec=spec, kinds=("line",),
    )  # fmt: skip


def _spec(title: str, names: tuple[str, str], points: Sequence[Point], *, joined: bool) -> Spec:
    scale = {"zero": False}
    encoding: dict[str, Any] = {
        "x": {"field": "x", "type": "quantitative", "title": names[0], "scale": scale},
        "y": {"field": "y", "type": "quantitative", "title": names[1], "scale": scale},
    }
    layer: list[Spec] = [
        {"mark": {"type": "line", "interpolate": "linear", "opacity": 1 if joined else 0.35}, "encoding": encoding},
        {"mark": {"type": "point", "tooltip": True, "opacity": 1}, "encoding": encoding},
    ]
    return spec_of(title, ({"x": x, "y": y} for x, y in points), height=_HEIGHT, layer=layer)
