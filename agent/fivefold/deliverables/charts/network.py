"""Networks: flows over arcs, or a tour, with places for the nodes that are worked out here."""

from __future__ import annotations

from collections.abc import Sequence

from fivefold.deliverables.charts.chart import ZERO, Chart, Subject, counted, element, largest, spec_of, written
from fivefold.deliverables.charts.layout import placed

MOST_ARCS = 80
MOST_NODES = 60
_FAINT = 60
"""Arcs up to which those without flow are drawn too, faintly."""
_WIDEST = 7
_LABEL = 0.36
"""Where on an arc its label stands, from its beginning, so that two ways between the same nodes do not collide."""
_HEAD = 0.62
Arc = tuple[str, str, float]


def network(subject: Subject, reason: str, *, apart: bool = False) -> Chart | None:
    """Return a network of the arcs that carry something; None where it would be too large.

    Args:
        subject: entries of two indices, from and to.
        reason: why it is a network.
        apart: whether the same name at both ends means two nodes, because the ends are of different sets.
    """
    used = [_arc(key, value, apart=apart) for key, value in subject.nonzero()]
    drawn = [_arc(key, value, apart=apart) for key, value in subject.entries]
    if len(drawn) > _FAINT:
        drawn = used
    names = list(dict.fromkeys(name for tail, head, _ in drawn for name in (tail, head)))
    if not used or len(used) > MOST_ARCS or len(names) > MOST_NODES:
        return None
    nodes = placed(names, [(tail, head) for tail, head, _ in used], [(tail, head) for tail, head, _ in drawn])
    at = {node.name: (node.x, node.y) for node in nodes}
    most = max(abs(value) for _, _, value in used)
    widths = {id(arc): 1 + (_WIDEST - 1) * abs(arc[2]) / most for arc in drawn}
    arcs = [_line(arc, at, widths[id(arc)], words=subject.domain != "binary") for arc in drawn]
    points: list[dict[str, object]] = [{"name": _shown(node.name), "x": node.x, "y": node.y} for node in nodes]
    spec = spec_of(
        subject.title, [], height=_height(len({node.y for node in nodes})),
        layer=[*_arc_layers(arcs, subject), *_node_layers(points)],
    )  # fmt: skip
    del spec["data"]
    top = largest(subject.nonzero())
    summary = (
        f"Network of {subject.title}: {counted(len(names), 'node')}, {counted(len(used), 'arc')} that "
        f"{'is' if len(used) == 1 else 'are'} used; the most is {written(top[1])} from {element(top[0][0])} to "
        f"{element(top[0][1])}."
    )
    return Chart(
        name=subject.name, kind="network", title=subject.title, reason=reason, summary=summary,
        columns=("from", "to", subject.measured), nodes=tuple(nodes), spec=spec,
        rows=tuple((_shown(tail), _shown(head), value) for tail, head, value in drawn),
        left_out=len(subject.entries) - len(drawn),
    )  # fmt: skip


def _arc(key: Sequence[str | float], value: float, *, apart: bool) -> Arc:
    tail, head = element(key[0]), element(key[1])
    return (f"{tail}\0from", f"{head}\0to", value) if apart else (tail, head, value)


def _shown(name: str) -> str:
    return name.partition("\0")[0]


def _line(arc: Arc, at: dict[str, tuple[float, float]], width: float, *, words: bool) -> dict[str, str | float | bool]:
    tail, head, value = arc
    (x, y), (x2, y2) = at[tail], at[head]
    used = abs(value) > ZERO
    return {
        "from": _shown(tail), "to": _shown(head), "value": value, "used": used, "width": width if used else 1.0,
        "x": x, "y": y, "x2": x2, "y2": y2, "text": written(value) if used and words else "",
        "label_x": x + _LABEL * (x2 - x), "label_y": y + _LABEL * (y2 - y),
        "head_x": x + _HEAD * (x2 - x), "head_y": y + _HEAD * (y2 - y),
    }  # fmt: skip


def _height(levels: int) -> int:
    return min(520, max(180, 62 * levels + 40))


def _scale(field: str, axis: str) -> dict[str, object]:
    # Nodes at the border keep room for their names.
    domain = [-0.09, 1.09] if axis == "x" else [1.1, -0.1]
    return {"field": field, "type": "quantitative", "axis": None, "scale": {"domain": domain, "nice": False}}


def _arc_layers(arcs: list[dict[str, str | float | bool]], subject: Subject) -> list[dict[str, object]]:
    told = [{"field": "from"}, {"field": "to"}, {"field": "value", "title": subject.measured, "format": ",.6~g"}]
    turn = (
        "atan2(scale('y', datum.y2) - scale('y', datum.y), scale('x', datum.x2) - scale('x', datum.x)) * 180 / PI + 90"
    )
    faint = {"condition": {"test": "datum.used", "value": 0.75}, "value": 0.18}
    return [
        {
            "data": {"values": arcs},
            "mark": {"type": "rule", "strokeCap": "round"},
            "encoding": {
                "x": _scale("x", "x"), "y": _scale("y", "y"), "x2": {"field": "x2"}, "y2": {"field": "y2"},
                "size": {"field": "width", "type": "quantitative", "scale": None, "legend": None},
                "opacity": faint, "tooltip": told,
            },
        },
        {
            "data": {"values": [arc for arc in arcs if arc["used"]]},
            "mark": {"type": "point", "shape": "triangle-up", "filled": True, "size": 110, "opacity": 1,
                     "angle": {"expr": turn}, "color": {"expr": "ink"}},
            "encoding": {"x": _scale("head_x", "x"), "y": _scale("head_y", "y"), "tooltip": told},
        },
        {
            "data": {"values": [arc for arc in arcs if arc["text"]]},
            "mark": {"type": "text", "dy": -8, "fontWeight": "bold", "color": {"expr": "ink"}},
            "encoding": {"x": _scale("label_x", "x"), "y": _scale("label_y", "y"), "text": {"field": "text"}},
        },
    ]  # fmt: skip


def _node_layers(points: list[dict[str, object]]) -> list[dict[str, object]]:
    place = {"x": _scale("x", "x"), "y": _scale("y", "y")}
    return [
        {
            "data": {"values": points},
            "mark": {"type": "circle", "size": 260, "opacity": 1},
            "encoding": {**place, "tooltip": {"field": "name"}},
        },
        {
            "data": {"values": points},
            "mark": {"type": "text", "dy": 21, "color": {"expr": "ink"}, "limit": 110},
            "encoding": {**place, "text": {"field": "name"}},
        },
    ]
