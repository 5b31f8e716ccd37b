"""A report as one HTML file that needs nothing else: no script, no font, no request."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from fivefold.deliverables.charts.choose import charts_of
from fivefold.deliverables.drawing import drawings
from fivefold.deliverables.material import Material, entries, facts
from fivefold.deliverables.tables import ZERO
from fivefold_solvers.formulation.elements import Constraint, Formulation, Parameter, Set, Variable

MOST_ROWS = 500
"""Rows of a table; more are counted."""
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1f24;
  background: #fff; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #d0d7de; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre { white-space: pre-wrap; background: #f6f8fa; padding: .8rem; }
q { color: #57606a; }
figure { margin: 1rem 0; }
svg { width: 100%; height: auto; display: block; }
figcaption { font-size: .9em; color: #57606a; }
@media (prefers-color-scheme: dark) { body { color: #e6edf3; background: #0d1117; } pre { background: #161b22; }
  th, td { border-color: #30363d; } q, figcaption { color: #8b949e; } }
"""


def to_html(material: Material) -> str:
    """Return the report."""
    title = material.title or "A decision problem"
    parts = [f"<h1>{escape(title)}</h1>", _table(("", ""), [(word, said) for word, said in facts(material)])]
    if material.problem:
        parts += ["<h2>The problem</h2>", f"<pre>{escape(material.problem)}</pre>"]
    if material.text:
        parts += ["<h2>The answer</h2>", f"<pre>{escape(material.text)}</pre>"]
    if material.result is not None and material.result.values:
        parts += ["<h2>The solution</h2>", *_charts(material), _solution(material)]
    if material.formulation is not None:
        parts += _formulation(material.formulation)
    if material.program is not None:
        parts += ["<h2>The program</h2>", f"<pre>{escape(material.program.source)}</pre>"]
    parts.append(f"<p>Made {escape(material.made)}.</p>")
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n' + "\n".join(parts) + "\n</body></html>\n"


def _charts(material: Material) -> list[str]:
    if material.result is None:
        return []
    return drawings(charts_of(material.formulation, material.result.values))


def _solution(material: Material) -> str:
    rows = [
        (name, ", ".join(map(str, key)), f"{value:.10g}", unit)
        for name, key, value, unit in entries(material)
        if abs(value) > ZERO or not key
    ]
    more = f"<p>and {len(rows) - MOST_ROWS} more</p>" if len(rows) > MOST_ROWS else ""
    return _table(("variable", "index", "value", "unit"), rows[:MOST_ROWS], numbers=(2,)) + more


def _formulation(formulation: Formulation) -> list[str]:
    parts = ["<h2>The formulation</h2>"]
    goal = formulation.objective
    elements: dict[str, list[Any]] = {
        "Sets": [*formulation.sets], "Parameters": [*formulation.parameters], "Variables": [*formulation.variables],
    }  # fmt: skip
    for heading, found in elements.items():
        parts.append(_elements(heading, found))
    row = (goal.name, goal.description, f"{goal.sense} {goal.expression}", _quote(goal.source))
    parts += ["<h3>Objective</h3>", _table(("name", "meaning", "definition", "from"), [row])]
    parts.append(_elements("Constraints", [*formulation.constraints]))
    if formulation.assumptions:
        said = "".join(f"<li>{escape(one.text)}</li>" for one in formulation.assumptions)
        parts.append(f"<h3>Assumptions</h3><ul>{said}</ul>")
    return parts


def _elements(heading: str, elements: list[Any]) -> str:
    if not elements:
        return ""
    rows = [(one.name, one.description, _definition(one), _quote(one.source)) for one in elements]
    return f"<h3>{heading}</h3>" + _table(("name", "meaning", "definition", "from"), rows[:MOST_ROWS])


def _definition(element: Set | Parameter | Variable | Constraint) -> str:
    match element:
        case Set():
            text = element.expression or _short(element.elements)
        case Parameter():
            text = element.expression or _short(element.values)
        case Variable():
            bounds = [f">= {element.lower}" if element.lower is not None else ""]
            bounds.append(f"<= {element.upper}" if element.upper is not None else "")
            text = " ".join([element.domain, *(bound for bound in bounds if bound)])
        case Constraint():
            text = element.expression
    ranges = element.forall if isinstance(element, Constraint) else element.index
    return f"{text} for {', '.join(ranges)}" if ranges else text


def _short(values: Any) -> str:
    text = "from data" if values is None else str(values)
    return text if len(text) <= 400 else f"{text[:400]} …"


def _quote(source: Any) -> str:
    if source is None:
        return ""
    return f"“{source.quote}”" if source.quote else f"{source.kind}: {source.reason}".rstrip(": ")


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], numbers: tuple[int, ...] = ()) -> str:
    titles = "".join(f'<th scope="col">{escape(one)}</th>' for one in head) if any(head) else ""
    lines = [f"<thead><tr>{titles}</tr></thead>"] if titles else []
    for row in rows:
        cells = "".join(
            f"<td{' class=number' if place in numbers else ''}>{escape(str(one))}</td>" for place, one in enumerate(row)
        )
        lines.append(f"<tr>{cells}</tr>")
    return f"<table>{''.join(lines)}</table>"
