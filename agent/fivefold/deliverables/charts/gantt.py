"""Gantt charts: tasks from their start to their end, one row for each machine or task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fivefold.deliverables.charts.chart import COLOURS, Chart, counted, element, label, spec_of, written
from fivefold.deliverables.charts.starts import Starts, Values
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.identity import Key

MOST_TASKS = 200
_STEP = 30
Task = tuple[str, str, float, float]
"""Row, name, start, end."""


def gantt(starts: Starts, values: Values, grounded: Grounded) -> Chart | None:
    """Return the schedule; None where it is empty or too large."""
    tasks = sorted(_tasks(starts, values, _machines(grounded, starts, values)), key=lambda task: (task[2], task[1]))
    if len(tasks) < 2 or len(tasks) > MOST_TASKS:
        return None
    first = grounded.variables[starts.variables[0]].element
    rows = _rows(tasks)
    apart = any(row != name for row, name, _, _ in tasks)
    unit = next((grounded.variables[name].element.unit for name in starts.variables), "")
    title = first.description or first.name if len(starts.variables) == 1 else "the schedule"
    spec = _spec(title, tasks, rows, unit, apart=apart)
    end = max(task[3] for task in tasks)
    summary = (
        f"Gantt chart of {title}: {counted(len(tasks), 'task')} in {counted(len(rows), 'row')}, from "
        f"{written(min(task[2] for task in tasks))} to {written(end)}{f' {unit}' if unit else ''}; the first is "
        f"{tasks[0][1]}, the last to end is {max(tasks, key=lambda task: task[3])[1]}."
    )
    columns = ("row", "task", "start", "end") if apart else ("task", "start", "end")
    return Chart(
        name=starts.variables[0] if len(starts.variables) == 1 else "schedule", kind="gantt", title=title,
        reason=starts.reason, summary=summary, columns=columns, spec=spec,
        rows=tuple(task if apart else task[1:] for task in tasks),
    )  # fmt: skip


def _tasks(starts: Starts, values: Values, machines: Mapping[Key, str]) -> list[Task]:
    found: list[Task] = []
    for name in starts.variables:
        for key, value in values.get(name, {}).items():
            took = starts.durations.get((name, key))
            if took is None and key == ():
                continue  # what only others wait for, such as the end of all
            start = value - (took or 0.0) if starts.ends else value
            task = label_of(name, key)
            # In a job shop the last index is the machine.
            row = element(key[-1]) if len(key) > 1 else machines.get(key, task)
            shown = label(key[:-1]) if len(key) > 1 else task
            found.append((row, shown, start, start + (took or 0.0)))
    return found


def label_of(name: str, key: Key) -> str:
    """Return what a task is called."""
    return ", ".join(map(element, key)) or name


def _machines(grounded: Grounded, starts: Starts, values: Values) -> dict[Key, str]:
    """Return the machine of each task, where a binary variable gives every task exactly one."""
    tasks = {key for name in starts.variables for key in values.get(name, {})}
    for name, block in grounded.variables.items():
        table = values.get(name, {})
        if block.element.domain != "binary" or not table or any(len(key) != 2 for key in table):
            continue
        if {key[1] for key in table} <= {key[0] for key in tasks if key}:
            continue  # which of two tasks comes first is no machine
        chosen = [key for key, value in table.items() if value > 0.5]
        if sorted((key[:1] for key in chosen), key=repr) == sorted(tasks, key=repr):
            return {key[:1]: element(key[1]) for key in chosen}
    return {}


def _rows(tasks: list[Task]) -> list[str]:
    """Return the rows: machines by their names, tasks by their starts."""
    names = list(dict.fromkeys(row for row, _, _, _ in tasks))
    return names if all(row == name for row, name, _, _ in tasks) else sorted(names)


def _spec(title: str, tasks: list[Task], rows: list[str], unit: str, *, apart: bool) -> dict[str, Any]:
    data = [
        {"row": row, "task": name, "start": start, "end": end, "middle": (start + end) / 2, "took": end - start}
        for row, name, start, end in tasks
    ]
    low, high = min(0.0, *(task[2] for task in tasks)), max(task[3] for task in tasks)
    scale = {"domain": [low, high if high > low else low + 1], "nice": True}
    across = {"type": "quantitative", "scale": scale, "title": f"time in {unit}" if unit else "time"}
    told = [
        {"field": "task"}, {"field": "start", "format": ",.6~g"}, {"field": "end", "format": ",.6~g"},
        {"field": "took", "title": "duration", "format": ",.6~g"},
    ]  # fmt: skip
    names = list(dict.fromkeys(name for _, name, _, _ in tasks))
    bars: dict[str, Any] = {"x": {"field": "start", **across}, "x2": {"field": "end"}, "tooltip": told}
    if apart and len(names) <= len(COLOURS):
        bars["color"] = {"field": "task", "type": "nominal", "scale": {"domain": names}, "legend": None}
    words = {"x": {"field": "middle", **across}, "text": {"field": "task"}, "tooltip": told}
    layer: list[dict[str, Any]] = [
        {"mark": {"type": "bar", "cornerRadius": 2, "stroke": {"expr": "over"}, "strokeWidth": 1}, "encoding": bars}
    ]
    if apart:
        layer.append({"mark": {"type": "text", "color": {"expr": "over"}, "limit": 90}, "encoding": words})
    return spec_of(
        title, data, height={"step": _STEP}, layer=layer,
        encoding={"y": {"field": "row", "type": "nominal", "sort": rows, "title": None, "axis": {"labelLimit": 150}}},
    )  # fmt: skip
