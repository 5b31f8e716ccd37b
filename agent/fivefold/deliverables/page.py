"""A report as one HTML file that needs nothing else: no script, no font, no request."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape
from typing import Any

from fivefold.answer import is_equation, spell_number
from fivefold.deliverables.charts.choose import charts_of
from fivefold.deliverables.drawing import drawings
from fivefold.deliverables.material import Material, assumption_lines, checked_lines, entries, facts
from fivefold.deliverables.tables import ZERO
from fivefold.verdict.told import GRADES
from fivefold_solvers.formulation.elements import Constraint, Parameter, Set, Variable

_TIGHT = "at its limit"
MOST_ROWS = 500
"""Rows of a table; more are counted."""
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1f24;
  background: #fff; }
h1 { margin-bottom: .5rem; } h2 { margin-top: 2.2rem; border-bottom: 1px solid #d0d7de; }
.lead { font-size: 1.35em; margin: .5rem 0; }
.verdict { border-left: .4rem solid #9a6700; padding: .4rem 1rem; background: #fff8e5; }
.verdict.good { border-color: #1a7f37; background: #eaf7ee; }
.verdict.bad { border-color: #cf222e; background: #ffebe9; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #d0d7de; }
th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; }
tr.tight td { font-weight: 600; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f6f8fa; padding: .8rem; }
pre.words { font: inherit; }
summary { cursor: pointer; margin: 1.5rem 0 .5rem; font-weight: 600; }
figure { margin: 1rem 0; }
svg { width: 100%; height: auto; display: block; }
figcaption, footer { font-size: .9em; color: #57606a; }
@media (prefers-color-scheme: dark) { body { color: #e6edf3; background: #0d1117; } pre { background: #161b22; }
  h2, th, td { border-color: #30363d; } figcaption, footer { color: #8b949e; } .verdict { background: #2b2414; }
  .verdict.good { background: #12261a; } .verdict.bad { background: #2d1517; } }
@media print { body { margin: 0; max-width: none; } h2, h3, figure { break-after: avoid; } tr { break-inside: avoid; } }
"""
_TONES = {"confirmed": "good", "consistent": "good", "refuted": "bad"}


def to_html(material: Material) -> str:
    """Return the report: what came of it first, then how far it was checked, then what it rests on."""
    title = material.title or "A decision problem"
    parts = [f"<h1>{escape(title)}</h1>", *_answer(material), _verdict(material)]
    if material.result is not None and material.result.values:
        parts += ["<h2>The plan</h2>", *_charts(material), _solution(material)]
    parts += _limits(material)
    if material.problem:
        parts += ["<h2>The problem</h2>", f'<pre class="words">{escape(material.problem)}</pre>']
    if material.formulation is not None:
        parts += _formulation(material)
    parts += _details("How it was computed", _table(("", ""), facts(material)))
    if material.program is not None:
        parts += _details("The program", f"<pre>{escape(material.program.source)}</pre>")
    parts.append(f"<footer>Made {escape(material.made)}.</footer>")
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    head += f"<style>{_STYLE}</style>"
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n' + "\n".join(parts) + "\n</body></html>\n"


def _answer(material: Material) -> list[str]:
    """Return the answer: its first sentence, and the rest as it is told."""
    if not material.text:
        return []
    first, _, rest = material.text.partition("\n")
    lead = f'<p class="lead">{escape(first)}</p>'
    return [lead, *_details("The whole answer in words", f'<pre class="words">{escape(rest)}</pre>' if rest else "")]


def _verdict(material: Material) -> str:
    """Return how far the answer was checked."""
    lines = "".join(f"<li>{escape(line)}</li>" for line in checked_lines(material))
    if material.verdict is None:
        return f"<h2>How far it was checked</h2><ul>{lines}</ul>"
    grade = material.verdict["grade"]
    tone, (heading, said) = _TONES.get(grade, ""), GRADES[grade]
    return f'<div class="verdict {tone}"><p><strong>{heading}.</strong> {said}</p><ul>{lines}</ul></div>'


def _limits(material: Material) -> list[str]:
    """Return how every constraint stands, those that decide the result marked."""
    if material.audit is None or material.formulation is None:
        return []
    known = {row.name: row for row in material.formulation.constraints}
    met = {name for name, row in known.items() if is_equation(row)}
    found = [row for row in material.audit["rows"] if row["constraint"] in known and isinstance(row["slack"], float)]
    found.sort(key=lambda row: (not row["binding"] or row["constraint"] in met, not row["binding"]))
    rows = [
        (f"{row['constraint']}{row['place']}", known[row["constraint"]].description, _stands(row, met)) for row in found
    ]
    marked = frozenset(place for place, row in enumerate(rows) if row[2] == _TIGHT)
    return ["<h2>What limits it</h2>", _rows(("constraint", "meaning", "stands"), rows, marked=marked)] if rows else []


def _stands(row: dict[str, Any], met: Collection[str]) -> str:
    if not row["binding"]:
        return f"{spell_number(row['slack'])} left"
    return "met exactly" if row["constraint"] in met else _TIGHT


def _details(heading: str, inner: str) -> list[str]:
    return [f"<details><summary>{escape(heading)}</summary>{inner}</details>"] if inner else []


def _charts(material: Material) -> list[str]:
    if material.result is None:
        return []
    return drawings(charts_of(material.formulation, material.result.values))


def _solution(material: Material) -> str:
    known = () if material.formulation is None else material.formulation.variables
    meanings = {variable.name: variable.description for variable in known}
    rows = [
        (name, ", ".join(map(str, key)), meanings.get(name, ""), spell_number(value), unit)
        for name, key, value, unit in entries(material)
        if abs(value) > ZERO or not key
    ]
    return _rows(("variable", "index", "meaning", "value", "unit"), rows, numbers=(3,))


def _formulation(material: Material) -> list[str]:
    formulation = material.formulation
    assert formulation is not None
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
    said = "".join(f"<li>{escape(line)}</li>" for line in assumption_lines(material))
    return [*parts, f"<h3>What it rests on</h3><ul>{said}</ul>"]


def _elements(heading: str, elements: list[Any]) -> str:
    if not elements:
        return ""
    rows = [(one.name, one.description, _definition(one), _quote(one.source)) for one in elements]
    return f"<h3>{heading}</h3>" + _rows(("name", "meaning", "definition", "from"), rows)


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


def _rows(
    head: tuple[str, ...],
    rows: Sequence[tuple[str, ...]],
    numbers: Collection[int] = (),
    marked: Collection[int] = (),
) -> str:
    """Return the first rows as a table, and how many there are besides."""
    more = f"<p>and {len(rows) - MOST_ROWS:,} more</p>" if len(rows) > MOST_ROWS else ""
    return _table(head, rows[:MOST_ROWS], numbers, marked) + more


def _table(
    head: tuple[str, ...],
    rows: Sequence[tuple[str, ...]],
    numbers: Collection[int] = (),
    marked: Collection[int] = (),
) -> str:
    """Return a table without the columns that say nothing."""
    kept = [place for place in range(len(head)) if any(row[place] for row in rows)]
    kind = {place: " class=number" if place in numbers else "" for place in kept}
    titles = "".join(f'<th scope="col"{kind[place]}>{escape(head[place])}</th>' for place in kept) if any(head) else ""
    lines = [f"<thead><tr>{titles}</tr></thead>"] if titles else []
    for number, row in enumerate(rows):
        cells = "".join(f"<td{kind[place]}>{escape(row[place])}</td>" for place in kept)
        lines.append(f"<tr{' class=tight' if number in marked else ''}>{cells}</tr>")
    return f"<table>{''.join(lines)}</table>"
