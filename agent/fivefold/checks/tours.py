"""A tour that the text asks for and the plan does not make: its arcs close in several circles that do not meet.

That is what is left where every place is entered and left once and nothing forbids smaller tours (Dantzig, Fulkerson
and Johnson, Operations Research 2(4), 1954).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from fivefold_solvers.formulation.elements import Formulation, Variable
from fivefold_solvers.formulation.finding import Finding, error
from fivefold_solvers.formulation.identity import Key

Part = int | float | str
Arc = tuple[Part, Part]
_TOUR = re.compile(
    r"\b(?:(?<!guided )tours?\b(?! (?:compan|operator|group|guide|bus))|round[- ]?trips?|travell?ing sales)", re.I
)
_VISITS = re.compile(r"\bvisit(?:s|ed|ing)?\b|\bcalls? (?:(?:just |exactly )?once )?at\b", re.I)
_BACK = re.compile(
    r"\b(?:returns?|(?:com|go|gets?)(?:s|es|ing)? (?:back|home)|back (?:at|to|in|home)|"
    r"where (?:he|she|it|they) (?:start|beg[ai]n|set out))\b",
    re.I,
)
_SEVERAL = re.compile(r"\b(?:depots|garages|home bases|terminals|hubs)\b", re.I)
MOST_SHOWN = 6


def check_tours(formulation: Formulation, text: str, values: Mapping[str, Mapping[Key, float]]) -> list[Finding]:
    """Return an error where arcs that are chosen fall apart in circles, though the text asks for one tour.

    Args:
        formulation: the formulation.
        text: the problem in words.
        values: the best solution.
    """
    asked = _TOUR.search(text) or (_VISITS.search(text) and _BACK.search(text))
    if not asked or _SEVERAL.search(text):
        return []
    found: list[Finding] = []
    for variable in formulation.variables:
        for arcs in _chosen(variable, values.get(variable.name, {})):
            if told := _apart(variable, arcs):
                found.append(told)
                break
    named = (_apart(variable, arcs) for variable, arcs in _named(formulation, values))
    return [*found, *filter(None, named)]


def _apart(variable: Variable, arcs: Sequence[Arc]) -> Finding | None:
    circles = _circles(arcs)
    if len(circles) < 2:
        return None
    shown = "; ".join(map(_told, sorted(circles, key=len)[:3]))
    message = f"the text asks for one tour, but the plan goes in {len(circles)} circles that do not meet: {shown}"
    return error("falsified-tour", f"variable '{variable.name}'", message, _mend(variable))


def tour_row(variable: Variable) -> str | None:
    """Return the constraint that forbids smaller tours of a variable's arcs; None where it has no two indices."""
    if len(variable.index) != 2:
        return None
    names = [one.split(" in ", 1)[0].strip() for one in variable.index]
    return f"circuit({variable.name}[{', '.join(names)}] for {' for '.join(variable.index)})"


def _mend(variable: Variable) -> str:
    return f"forbid smaller tours: {tour_row(variable) or 'number the places in the order in which they are visited'}"


def _chosen(variable: Variable, values: Mapping[Key, float]) -> Iterator[list[Arc]]:
    """Yield the arcs that are taken, for each vehicle or day that further indices tell apart."""
    keys = [key for key in values if len(key) > 1]
    if variable.domain == "continuous" or not keys or {key[0] for key in keys} != {key[1] for key in keys}:
        return
    groups: dict[Key, list[Arc]] = {}
    for key in keys:
        if values[key] > 0.5:
            groups.setdefault(key[2:], []).append((key[0], key[1]))
    yield from groups.values()


def _named(formulation: Formulation, values: Mapping[str, Mapping[Key, float]]) -> Iterator[tuple[Variable, list[Arc]]]:
    """Yield the arcs that plain variables are named after, `go_mill_harbour`, with the first of the variables."""
    groups: dict[str, dict[Arc, Variable]] = {}
    for variable in formulation.variables:
        parts = variable.name.rsplit("_", 2)
        if variable.domain != "continuous" and not variable.index and len(parts) == 3:
            groups.setdefault(parts[0], {})[parts[1], parts[2]] = variable
    for arcs in groups.values():
        if {start for start, _ in arcs} == {end for _, end in arcs}:
            taken = [arc for arc, one in arcs.items() if values.get(one.name, {}).get((), 0.0) > 0.5]
            yield next(iter(arcs.values())), taken


def _circles(arcs: Sequence[Arc]) -> list[list[Part]]:
    """Return the places of each circle; none where some place is not left as often as it is entered."""
    left, entered = Counter(start for start, _ in arcs), Counter(end for _, end in arcs)
    places = list(dict.fromkeys(place for arc in arcs for place in arc))
    # Written with one direction only, each place has two arcs, whichever way they point.
    if left != entered and any(left[place] + entered[place] != 2 for place in places):
        return []
    beside: dict[Part, list[Part]] = {place: [] for place in places}
    for start, end in arcs:
        beside[start].append(end)
        beside[end].append(start)
    found: list[list[Part]] = []
    seen: set[Part] = set()
    for first in places:
        if first in seen:
            continue
        circle, ahead = list[Part](), [first]
        while ahead:
            place = ahead.pop()
            if place not in seen:
                seen.add(place)
                circle.append(place)
                ahead += reversed(beside[place])
        found.append(circle)
    return found


def _told(circle: Sequence[Part]) -> str:
    more = [f"… {len(circle) - MOST_SHOWN} more"] if len(circle) > MOST_SHOWN else []
    return " – ".join([*map(str, circle[:MOST_SHOWN]), *more, str(circle[0])])
