"""Which charts a solution gets: each variable the kind that its structure asks for, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from fivefold.deliverables.charts.bar import bar
from fivefold.deliverables.charts.chart import Chart, Kind, Subject
from fivefold.deliverables.charts.gantt import gantt
from fivefold.deliverables.charts.heat import heat
from fivefold.deliverables.charts.line import line
from fivefold.deliverables.charts.network import network
from fivefold.deliverables.charts.starts import Starts, Values, starts_of
from fivefold.deliverables.charts.structure import Structure, structure_of
from fivefold.deliverables.tables import index_names
from fivefold_solvers.formulation.check import Checked, check
from fivefold_solvers.formulation.elements import Formulation, Variable
from fivefold_solvers.formulation.ground import Grounded

SCALARS = "decisions"
"""Name of the chart of variables without index."""
MOST = 30
"""Charts of one solution."""
Way = tuple[Kind, Callable[[], Chart | None]]


def charts_of(
    formulation: Formulation | None, values: Values, name: str | None = None, kind: Kind | None = None
) -> list[Chart]:
    """Return the charts of a solution, each of the kind that fits best.

    Args:
        formulation: what was solved; None for a program that an LLM wrote by itself, of which only the shape of its
            values is known.
        values: the solution.
        name: only the chart of this variable.
        kind: draw it as this kind, where that fits.
    """
    checked = None if formulation is None else check(formulation)
    known = {} if formulation is None else {variable.name: variable for variable in formulation.variables}
    shown: Values = {one: table for one, table in values.items() if not known or one in known}
    structure = Structure() if checked is None or checked.grounded is None else structure_of(checked.grounded)
    schedules = [] if checked is None else starts_of(checked, shown)
    found: list[Chart] = []
    for subject, variables in _subjects(shown, known):
        if name is not None and subject.name != name:
            continue
        ways = [*_scheduled(variables, schedules, shown, checked), *_ways(subject, structure)]
        chart = _first(ways, kind)
        if chart is not None:
            found.append(chart)
        if len(found) == MOST:
            break
    return found


def _first(ways: list[Way], kind: Kind | None) -> Chart | None:
    """Return the wanted chart, or the first that can be drawn, with the kinds of all that can."""
    drawn = {one: chart for one, draw in ways if (chart := draw()) is not None}
    if not drawn:
        return None
    chart = drawn[kind] if kind in drawn else next(iter(drawn.values()))
    return replace(chart, kinds=tuple(drawn))


def _subjects(values: Values, known: dict[str, Variable]) -> Iterator[tuple[Subject, tuple[str, ...]]]:
    """Yield what charts are drawn of: variables without index together where their units agree, then each other one."""
    single = [one for one, table in values.items() if list(table) == [()]]
    units = {known[one].unit for one in single if one in known}
    if len(single) > 1 and len(units) <= 1:
        entries = tuple(((one,), values[one][()]) for one in single)
        unit = next(iter(units), "")
        subject = Subject(name=SCALARS, title="the decisions", unit=unit, columns=("decision",), entries=entries)
        yield subject, tuple(single)
    for one, table in values.items():
        if one in single or not table:
            continue
        variable = known.get(one)
        arity = max(len(key) for key in table)
        yield Subject(
            name=one, title=(variable and variable.description) or one, unit=variable.unit if variable else "",
            domain=variable.domain if variable else "continuous", columns=tuple(index_names(variable, arity)),
            entries=tuple(table.items()),
        ), (one,)  # fmt: skip


def _scheduled(
    variables: tuple[str, ...], schedules: list[Starts], values: Values, checked: Checked | None
) -> Iterator[Way]:
    """Yield the Gantt charts whose starts are these variables."""
    grounded = None if checked is None else checked.grounded
    if grounded is None:
        return
    for one in schedules:
        if set(one.variables) <= set(variables):
            name = variables[0] if len(variables) == 1 else SCALARS
            yield "gantt", partial(_schedule, one, values, grounded, name)


def _schedule(starts: Starts, values: Values, grounded: Grounded, name: str) -> Chart | None:
    chart = gantt(starts, values, grounded)
    return None if chart is None else replace(chart, name=name)


def _ways(subject: Subject, structure: Structure) -> Iterator[Way]:
    """Yield every kind that fits, the best first."""
    axes = structure.axes.get(subject.name, ())
    times = [(place, structure.times[axis.source]) for place, axis in enumerate(axes) if axis.source in structure.times]
    arity = len(subject.columns)
    if subject.name in structure.flows:
        yield "network", lambda: network(subject, structure.flows[subject.name])
    if times and subject.domain != "binary":
        place, why = times[-1]
        yield "line", lambda: line(subject, place, f"{subject.columns[place]} runs in time: {why}")
    if arity in (2, 3):
        words = {
            2: "it has two indices: rows and columns",
            3: "it has three indices: one map for each element of the shortest",
        }
        yield "heat", lambda: heat(subject, words[arity])
    yield "bar", lambda: bar(subject, _why_bars(subject, arity))
    if arity == 2 and subject.name not in structure.flows and _goes_from_one_set_to_another(subject, structure):
        yield "network", lambda: network(subject, "its entries go from one set to another", apart=True)
    if times and subject.domain == "binary":
        place, why = times[-1]
        yield "line", lambda: line(subject, place, f"{subject.columns[place]} runs in time: {why}")


def _why_bars(subject: Subject, arity: int) -> str:
    if subject.name == SCALARS:
        return "they are decisions without index, side by side"
    return "it has one index" if arity == 1 else f"it has {arity} indices: one bar for each entry"


def _goes_from_one_set_to_another(subject: Subject, structure: Structure) -> bool:
    axes = structure.axes.get(subject.name, ())
    return len(axes) == 2 and (axes[0].source != axes[1].source or axes[0].paired)
