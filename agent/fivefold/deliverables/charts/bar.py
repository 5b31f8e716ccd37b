"""Bars: one index, or decisions without index side by side."""

from __future__ import annotations

from fivefold.deliverables.charts.chart import Chart, Subject, counted, element, largest, spec_of, written

MOST = 40
"""Bars; where there are more, those that are not 0 come first."""
_STEP = 26


def bar(subject: Subject, reason: str) -> Chart | None:
    """Return bars with their values beside them; None where there is nothing to compare."""
    entries = list(subject.entries)
    if len(entries) > MOST:
        entries = (subject.nonzero() or entries)[:MOST]
    if len(entries) < 2:
        return None
    rows = [(", ".join(map(element, key)) or subject.name, value) for key, value in entries]
    data = [{"label": name, "value": value, "text": written(value)} for name, value in rows]
    place = {"field": "label", "type": "nominal", "sort": None, "title": None}
    top = largest(entries)
    low, high = min(0.0, *(value for _, value in rows)), max(0.0, *(value for _, value in rows))
    # Room for the words at the end of the longest bar.
    room = 0.16 * (high - low or 1.0)
    scale = {"domain": [low - room if low < 0 else low, high + room if high > 0 else high], "nice": False}
    length = {**subject.amount, "scale": scale}
    side = {"condition": {"test": "datum.value < 0", "value": -6}, "value": 6}
    align = {"expr": "datum.value < 0 ? 'right' : 'left'"}
    spec = spec_of(
        subject.title, data, height={"step": _STEP}, encoding={"y": {**place, "axis": {"labelLimit": 180}}},
        layer=[
            {"mark": {"type": "bar", "tooltip": True}, "encoding": {"x": length}},
            {
                "mark": {"type": "text", "align": align, "color": {"expr": "ink"}},
                "encoding": {"x": length, "xOffset": side, "text": {"field": "text"}},
            },
        ],
    )  # fmt: skip
    summary = (
        f"Bar chart of {subject.title}: {counted(len(rows), 'bar')}, the largest is "
        f"{', '.join(map(element, top[0])) or subject.name} with {written(top[1])}{_unit(subject)}."
    )
    return Chart(
        name=subject.name, kind="bar", title=subject.title, reason=reason, summary=summary,
        columns=(", ".join(subject.columns) or "decision", subject.measured), rows=tuple(rows), spec=spec,
        left_out=len(subject.entries) - len(rows),
    )  # fmt: skip


def _unit(subject: Subject) -> str:
    return f" {subject.unit}" if subject.unit else ""
