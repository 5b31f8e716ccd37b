"""Where the nodes of a network stand: in layers along the flow, on a circle where the flow comes back."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fivefold.deliverables.charts.chart import Node

_SWEEPS = 8
Pair = tuple[str, str]


def placed(names: Sequence[str], used: Sequence[Pair], known: Sequence[Pair]) -> list[Node]:
    """Return a place for each node; the same network always gets the same places.

    Args:
        names: the nodes, in order.
        used: arcs that carry something; they say where the flow goes.
        known: all arcs that are drawn.
    """
    for pairs in (known, used):
        between = [pair for pair in pairs if pair[0] != pair[1]]
        layers = _layers(names, between)
        if layers is not None:
            full, ways = _with_ways(layers, between)
            return _in_layers(_untangled(full, ways), set(names))
    return _circle(_around(names, used))


def _layers(names: Sequence[str], pairs: Sequence[Pair]) -> list[list[str]] | None:
    """Return the nodes by their longest way from a source; None where the arcs go in circles."""
    level = dict.fromkeys(names, 0)
    waiting = dict.fromkeys(names, 0)
    heads: dict[str, list[str]] = {name: [] for name in names}
    for tail, head in pairs:
        waiting[head] += 1
        heads[tail].append(head)
    ready = [name for name in names if not waiting[name]]
    seen = 0
    while ready:
        name = ready.pop(0)
        seen += 1
        for head in heads[name]:
            level[head] = max(level[head], level[name] + 1)
            waiting[head] -= 1
            if not waiting[head]:
                ready.append(head)
    if seen < len(names):
        return None
    found: list[list[str]] = [[] for _ in range(max(level.values(), default=0) + 1)]
    for name in names:
        found[level[name]].append(name)
    return found


def _with_ways(layers: list[list[str]], pairs: Sequence[Pair]) -> tuple[list[list[str]], list[Pair]]:
    """Keep a place in every layer that an arc passes, so that it does not run through the nodes there."""
    level = {name: number for number, layer in enumerate(layers) for name in layer}
    full = [list(layer) for layer in layers]
    found: list[Pair] = []
    for tail, head in dict.fromkeys(pairs):
        before = tail
        for number in range(level[tail] + 1, level[head]):
            place = f"{tail}\0{head}\0{number}"
            full[number].append(place)
            found.append((before, place))
            before = place
        found.append((before, head))
    return full, found


def _untangled(layers: list[list[str]], pairs: Sequence[Pair]) -> list[list[str]]:
    """Order each layer by where its neighbours stand (barycentres), so that few arcs cross."""
    beside: dict[str, list[str]] = {name: [] for layer in layers for name in layer}
    for tail, head in pairs:
        beside[tail].append(head)
        beside[head].append(tail)
    for sweep in range(_SWEEPS):
        at = {name: place / max(1, len(layer) - 1) for layer in layers for place, name in enumerate(layer)}
        for layer in layers[:: 1 if sweep % 2 == 0 else -1]:
            mean = {name: _mean([at[other] for other in beside[name]], at[name]) for name in layer}
            layer.sort(key=lambda name: mean[name])
            at.update({name: place / max(1, len(layer) - 1) for place, name in enumerate(layer)})
    return layers


def _mean(values: list[float], other: float) -> float:
    return sum(values) / len(values) if values else other


def _in_layers(layers: list[list[str]], names: set[str]) -> list[Node]:
    found: list[Node] = []
    for number, layer in enumerate(layers):
        x = number / (len(layers) - 1) if len(layers) > 1 else 0.5
        places = ((place, name) for place, name in enumerate(layer) if name in names)
        found += [Node(name, round(x, 4), round((place + 0.5) / len(layer), 4)) for place, name in places]
    return found


def _around(names: Sequence[str], used: Sequence[Pair]) -> list[str]:
    """Return the nodes in the order of a tour, as far as the arcs make one."""
    following = dict(used)
    order: list[str] = []
    for begin in names:
        name: str | None = begin
        while name is not None and name not in order:
            order.append(name)
            name = following.get(name)
    return order


def _circle(order: Sequence[str]) -> list[Node]:
    found: list[Node] = []
    for place, name in enumerate(order):
        turn = 2 * math.pi * place / len(order) - math.pi / 2
        found.append(Node(name, round(0.5 + 0.5 * math.cos(turn), 4), round(0.5 + 0.5 * math.sin(turn), 4)))
    return found
