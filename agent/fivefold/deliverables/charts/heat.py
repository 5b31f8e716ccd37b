"""Heat maps: two indices as rows and columns, a third one as small maps side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fivefold.deliverables.charts.chart import (
    ZERO,
    Chart,
    Spec,
    Subject,
    angle,
    counted,
    element,
    elements,
    largest,
    spec_of,
    written,
)
from fivefold_solvers.result import Index

MOST_CELLS = 2500
MOST_SIDE = 60
MOST_MAPS = 12
_STEP = 28
_WRITTEN = 240
"""Cells up to which each has its number written in it."""
_STRONG = 0.62
"""Share of the largest value from which a cell is so strong that its number has to be light."""


def heat(subject: Subject, reason: str) -> Chart | None:
    """Return a heat map; None where it would be too large, or has one row only."""
    arity = len(subject.columns)
    entries = list(subject.entries)
    if len(entries) > MOST_CELLS:
        entries = subject.nonzero()
    if arity not in (2, 3) or not entries or len(entries) > MOST_CELLS:
        return None
    across, down, apart = places([key for key, _ in entries], arity)
    sides = [len(elements((key for key, _ in entries), place)) for place in (across, down)]
    maps = 1 if apart is None else len(elements((key for key, _ in entries), apart))
    if max(sides) > MOST_SIDE or min(sides) < 2 or maps > MOST_MAPS:
        return None
    most = max((abs(value) for _, value in entries), default=0.0)
    data = [_cell(key, value, (across, down, apart), most) for key, value in entries]
    layers = _layers(subject, across, down, words=len(entries) <= _WRITTEN)
    height: dict[str, Any] = {"step": _STEP}
    if apart is None:
        spec = spec_of(subject.title, data, height=height, **layers)
    else:
        spec = _small_maps(spec_of(subject.title, data), layers, subject.columns[apart])
    top = largest(entries)
    shown = [subject.columns[down], subject.columns[across]]
    summary = (
        f"Heat map of {subject.title}: {counted(sides[1], 'row')} of {shown[0]}, {counted(sides[0], 'column')} of "
        f"{shown[1]}; {len([1 for _, value in entries if abs(value) > ZERO])} of {len(entries)} cells are not 0, the "
        f"largest is {written(top[1])} at {', '.join(map(element, top[0]))}."
    )
    return Chart(
        name=subject.name, kind="heat", title=subject.title, reason=reason, summary=summary,
        columns=(*subject.columns, subject.measured),
        rows=tuple((*map(element, key), value) for key, value in entries), spec=spec,
        left_out=len(subject.entries) - len(entries),
    )  # fmt: skip


def places(keys: Sequence[Index], arity: int) -> tuple[int, int, int | None]:
    """Return which index runs across, which down, and which parts the maps: the one with the fewest elements."""
    counts = [len(elements(keys, place)) for place in range(arity)]
    apart = min(range(arity), key=lambda place: counts[place]) if arity == 3 else None
    down, across = (place for place in range(arity) if place != apart)
    return across, down, apart


def _cell(key: Index, value: float, places: tuple[int, int, int | None], most: float) -> dict[str, Any]:
    across, down, apart = places
    told = {"across": element(key[across]), "down": element(key[down]), "value": value}
    told["text"] = written(value) if abs(value) > ZERO else ""
    told["strong"] = abs(value) > _STRONG * most
    return told if apart is None else {**told, "apart": element(key[apart])}


def _layers(subject: Subject, across: int, down: int, *, words: bool) -> Spec:
    slant = angle(elements((key for key, _ in subject.entries), across))
    axis = {"labelLimit": 140, "grid": False, "domain": False, "ticks": False}
    encoding = {
        "x": {
            "field": "across", "type": "ordinal", "sort": None, "title": subject.columns[across],
            "axis": {**axis, "orient": "top", "labelOverlap": True, "labelAngle": slant},
        },
        "y": {"field": "down", "type": "ordinal", "sort": None, "title": subject.columns[down], "axis": axis},
    }  # fmt: skip
    yes_or_no = subject.domain == "binary"
    colour: dict[str, Any] = {"field": "value", "type": "quantitative", "title": subject.measured}
    colour["legend"] = None if yes_or_no else {"orient": "bottom", "gradientLength": 180}
    if yes_or_no:
        colour["scale"] = {"domain": [0, 1]}
    layer: list[Spec] = [
        {
            "mark": {"type": "rect", "tooltip": True, "stroke": {"expr": "over"}, "strokeWidth": 1},
            "encoding": {"color": colour},
        }
    ]
    if words:
        text = {"condition": {"test": "datum.strong", "value": {"expr": "over"}}, "value": {"expr": "ink"}}
        layer.append({"mark": {"type": "text"}, "encoding": {"text": {"field": "text"}, "color": text}})
    return {"encoding": encoding, "layer": layer}


def _small_maps(base: Spec, layers: Spec, title: str) -> Spec:
    """Return one map for each element of the third index, under each other where there is no room."""
    spec = {name: part for name, part in base.items() if name not in ("width", "autosize")}
    facet = {"field": "apart", "type": "ordinal", "sort": None, "title": title, "header": {"orient": "top"}}
    return {
        **spec,
        "facet": facet,
        "columns": 2,
        "spec": {"width": {"step": _STEP}, "height": {"step": _STEP}, **layers},
    }
