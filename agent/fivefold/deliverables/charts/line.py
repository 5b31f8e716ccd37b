"""Lines: an index whose elements follow each other in time, one line for each element of the others."""

from __future__ import annotations

from fivefold.deliverables.charts.chart import (
    COLOURS,
    Chart,
    Subject,
    angle,
    counted,
    element,
    elements,
    largest,
    spec_of,
)
from fivefold.deliverables.charts.chart import written as written_number

MOST_LINES = len(COLOURS)
MOST_POINTS = 2000
_HEIGHT = 260
_DOTS = 60
"""Elements up to which every point gets a dot."""


def line(subject: Subject, place: int, reason: str) -> Chart | None:
    """Return lines along the index at a place; None where there are too many, or too few points."""
    times = elements((key for key, _ in subject.entries), place)
    if len(times) < 2 or len(subject.entries) > MOST_POINTS:
        return None
    rows = [
        (element(key[place]), ", ".join(element(part) for at, part in enumerate(key) if at != place), value)
        for key, value in subject.entries
    ]
    series = list(dict.fromkeys(name for _, name, _ in rows))
    if len(series) > MOST_LINES:
        return None
    several = len(series) > 1
    others = ", ".join(name for at, name in enumerate(subject.columns) if at != place)
    dots = len(times) <= _DOTS
    encoding = {
        "x": {
            "field": "time", "type": "ordinal", "sort": None, "title": subject.columns[place],
            "axis": {"labelAngle": angle(times), "labelOverlap": True},
        },
        "y": subject.amount,
    }  # fmt: skip
    if several:
        scale = {"domain": series}
        encoding["color"] = {
            "field": "series", "type": "nominal", "title": others, "scale": scale,
            "legend": {"orient": "bottom", "columns": 4, "labelLimit": 140},
        }  # fmt: skip
        encoding["strokeDash"] = {"field": "series", "type": "nominal", "legend": None, "sort": series}
    data = [{"time": time, "series": name, "value": value} for time, name, value in rows]
    spec = spec_of(
        subject.title, data, height=_HEIGHT, encoding=encoding,
        mark={"type": "line", "point": {"tooltip": True} if dots else False, "tooltip": True},
    )  # fmt: skip
    top = largest(subject.entries)
    summary = (
        f"Line chart of {subject.title} over {subject.columns[place]}: {counted(len(series), 'line')} of "
        f"{counted(len(times), 'point')}; the largest value is {written_number(top[1])} at "
        f"{', '.join(map(element, top[0]))}."
    )
    columns = (subject.columns[place], others, subject.measured)
    kept = tuple(rows) if several else tuple((time, value) for time, _, value in rows)
    return Chart(
        name=subject.name, kind="line", title=subject.title, reason=reason, summary=summary,
        columns=columns if several else (columns[0], columns[2]), rows=kept, spec=spec,
    )  # fmt: skip
