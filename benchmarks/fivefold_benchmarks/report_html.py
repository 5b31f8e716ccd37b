"""A run as one HTML page that stands alone: charts, tables, and every attempt to look into.

Nothing is loaded from anywhere, and the page's own policy forbids it. All that comes from problems, LLMs and
programs is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from html import escape

from fivefold_benchmarks.case import Case
from fivefold_benchmarks.collected import Collected
from fivefold_benchmarks.record import EvalRecord
from fivefold_benchmarks.report import RunFacts
from fivefold_benchmarks.report_kinds import by_kind
from fivefold_benchmarks.report_sections import Section, sections
from fivefold_benchmarks.report_sets import ALL_KINDS
from fivefold_benchmarks.report_style import SCRIPT, STYLE
from fivefold_benchmarks.report_svg import Bar, Dot, cost_chart, curve_chart, share_chart
from fivefold_benchmarks.report_trace import Step
from fivefold_benchmarks.rules.rule import Mark
from fivefold_benchmarks.tables import Table, number, percent

POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
MARKS = {Mark.RIGHT: "✓", Mark.WRONG: "✗", Mark.NOT_APPLICABLE: "–"}

SHORT = 30
"""Characters of a cell that is not broken into lines."""
MANY = 40
"""Lines of a chart beyond which it is folded."""

Steps = Callable[[EvalRecord], Sequence[Step]]
"""The steps of an attempt's trace."""


def to_html(facts: RunFacts, runs: Collected, steps_of: Steps) -> Iterable[str]:
    """Yield the page piece by piece; it can be large.

    Args:
        facts: what the runs came to.
        runs: their problems and records.
        steps_of: gives the steps of an attempt, read when they are written.
    """
    title = f"Run {escape(runs.title)}"
    parts = list(sections(facts))
    yield (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style></head><body><main><h1>{title}</h1>{_contents(parts)}"
    )
    charts = _charts(facts)
    for part in parts:
        yield _section(part, charts.get(part.key, ""))
    yield _browser_head(facts)
    by_item: dict[str, list[EvalRecord]] = {name: [] for name in runs.cases}
    for record in runs.records:
        by_item[record.item].append(record)
    order = {name: place for place, name in enumerate(runs.pipelines)}
    for name, case in runs.cases.items():
        own = sorted(by_item[name], key=lambda record: (order[record.pipeline], record.sample))
        yield _problem(name, case, own, steps_of)
    yield f"</section></main><script>{SCRIPT}</script></body></html>\n"


def _contents(parts: Sequence[Section]) -> str:
    links = "".join(f'<a href="#{part.key}">{escape(part.title)}</a>' for part in parts)
    return f'<nav aria-label="Contents">{links}<a href="#problems">Every problem</a></nav>'


def _section(part: Section, chart: str) -> str:
    lines = "".join(f"<p{_lead(part, place)}>{_words(line)}</p>" for place, line in enumerate(part.lines))
    tables = "".join(_table(table, part.title) for table in part.tables if table.rows)
    inside = (
        f"{lines}{_movable(chart, f'{part.title}: chart')}{tables}"
        if part.key != "made"
        else _folded("configuration, stamps, events", tables)
    )
    named = f'id="{part.key}" aria-labelledby="{part.key}-h"'
    return f'<section {named}><h2 id="{part.key}-h">{part.title}</h2>{inside}</section>'


def _lead(part: Section, place: int) -> str:
    return ' class="lead"' if part.key == "how-good" and place == 0 else ""


def _words(line: str) -> str:
    """Return a sentence with what stands in backquotes as code and between two stars as strong."""
    coded = re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(line))
    return re.sub(r"\*\*([^*]*)\*\*", r"<strong>\1</strong>", coded)


def _table(table: Table, title: str) -> str:
    """Return an HTML table of escaped cells; a wide one can be moved with the keyboard."""
    top = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.head)
    body = "".join(
        f'<tr><th scope="row">{escape(str(row[0]))}</th>'
        + "".join(f"<td>{_cell(str(value))}</td>" for value in row[1:])
        + "</tr>"
        for row in table.rows
    )
    caption = f"<caption>{escape(table.caption)}</caption>" if table.caption and not table.folded else ""
    label = escape(table.caption or f"{title}: {', '.join(table.head[:2])}")
    shown = (
        f'<div class="wide" role="region" tabindex="0" aria-label="{label}"><table>{caption}'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    return _folded(table.caption, shown) if table.folded else shown


def _cell(text: str) -> str:
    """Return what a cell holds; a count with its interval is broken between the two and nowhere else."""
    count, bracket, rest = text.partition(" (")
    if not bracket or len(text) > SHORT:
        return f'<span class="n">{escape(text)}</span>' if len(text) <= SHORT else escape(text)
    return f'<span class="n">{escape(count)}</span> <span class="n">({escape(rest)}</span>'


def _movable(chart: str, name: str) -> str:
    """Return a chart that keeps its size on a narrow screen and can be moved with the keyboard."""
    return f'<div class="wide" role="region" tabindex="0" aria-label="{escape(name)}">{chart}</div>' if chart else ""


def _charts(facts: RunFacts) -> dict[str, str]:
    """Return the charts by the section that they belong to."""
    total = [Bar("all problems", one.name, one.right) for one in facts.pipelines]
    sets = [
        Bar(one.benchmark, one.pipeline, one.right)
        for one in facts.scores
        if one.kind == ALL_KINDS and one.rule == facts.rule and len(facts.sets) > 1
    ]
    kinds = [Bar(kind, name, share) for kind, own in by_kind(facts.pipelines).items() for name, share in own.items()]
    costs = {
        one.name: Dot(
            one.tokens.mean,
            one.right.share,
            f"{one.name}: {one.tokens.mean:.0f} tokens, {percent(one.right.share)}",
            one.right.low,
            one.right.high,
        )
        for one in facts.pipelines
    }
    kinds_chart = share_chart(kinds, "right by kind of problem, with 95 % intervals") if kinds else ""
    sets_chart = share_chart(sets, "right by benchmark, with 95 % intervals") if sets else ""
    return {
        "how-good": share_chart(total, "right, with 95 % intervals"),
        "on-what": sets_chart if len(sets) <= MANY else _folded("chart by benchmark", sets_chart),
        "cost": cost_chart(costs, x_name="tokens an attempt, mean", y_name="right"),
        "failures": kinds_chart if len(kinds) <= MANY else _folded("chart by kind of problem", kinds_chart),
        "verdicts": _trust(facts),
    }


def _trust(facts: RunFacts) -> str:
    graded = [one for one in facts.pipelines if one.by_grade]
    if not graded:
        return ""
    grades = [Bar(one.name, group.name, group.right) for one in graded for group in one.by_grade]
    curves = {
        one.name: [
            Dot(point.coverage, point.risk, f"{one.name}, down to {point.level}: {percent(point.risk)} wrong")
            for point in (one.risk_coverage if one.by_grade else ())
        ]
        for one in facts.pipelines
    }
    return share_chart(grades, "right by verdict, with 95 % intervals") + curve_chart(
        curves, x_name="problems answered", y_name="wrong among them"
    )


def _browser_head(facts: RunFacts) -> str:
    options = "".join(f"<option>{escape(one.name)}</option>" for one in facts.pipelines)
    marks = "".join(f'<option value="{mark}">{mark}</option>' for mark in Mark)
    return (
        '<section id="problems" aria-labelledby="problems-h"><h2 id="problems-h">Every problem</h2>'
        '<div class="filter"><label>Text, kind or id<input id="q" type="search"></label>'
        f'<label>Pipeline<select id="p"><option value="">any</option>{options}</select></label>'
        f'<label>Mark<select id="m"><option value="">any</option>{marks}'
        '<option value="none">right with none</option><option value="differs">pipelines differ</option>'
        '</select></label><output id="n"></output></div>'
    )


def _problem(name: str, case: Case, records: Sequence[EvalRecord], steps_of: Steps) -> str:
    marks = "|".join(["", *(f"{record.pipeline}={record.mark}" for record in records), ""])
    shown = " ".join(
        f'<b class="{_class(record)}" title="{escape(record.status)}">{MARKS[record.mark]} '
        f"{escape(record.pipeline)}</b>"
        for record in records
    )
    differs = len({record.mark for record in records}) > 1
    inside = "".join(_attempt(record, steps_of(record)) for record in records)
    return (
        f'<details class=item data-marks="{escape(marks)}" data-differs="{int(differs)}">'
        f"<summary><code>{escape(name)}</code> <i>{escape(case.kind)}</i> {shown}</summary>"
        f"<pre class=text>{escape(case.question)}</pre>"
        f"<p>{escape(_answers(case))}</p>"
        f"{inside}</details>"
    )


def _answers(case: Case) -> str:
    """Return what is known of a problem's answer, where labels differ too."""
    said = f"Answer {number(case.answer)}, {case.expected}; label {case.status}."
    others = [f"{label.version} {number(label.value)}" for label in case.labels if label.value != case.answer]
    return f"{said} Other labels: {', '.join(others)}." if others else said


def _attempt(record: EvalRecord, steps: Sequence[Step]) -> str:
    sample = f", sample {record.sample}" if record.sample else ""
    verdict = f", verdict {record.verdict}" if record.verdict else ""
    if record.confidence is not None:
        verdict += f" ({record.confidence:.2f})"
    told = (
        f"{MARKS[record.mark]} {record.pipeline}{sample}: {number(record.objective)}, {record.status}{verdict}; "
        f"{record.tokens} tokens in {record.calls} answers, LLM {record.llm_s:.1f} s, programs {record.run_s:.1f} s"
    )
    result = "\n".join(f"{key}: {value}" for key, value in record.result.items())
    parts = [
        _folded("formulation", _pre(record.formulation)),
        _folded("program", _pre(record.program)),
        _folded("result", _pre(result)),
        _folded("error", _pre(record.error)),
        _folded(f"trace, {len(steps)} steps", "".join(map(_step, steps))),
    ]
    return f'<div class="attempt {_class(record)}"><p>{escape(told)}</p>{"".join(parts)}</div>'


def _step(step: Step) -> str:
    told = f"{step.name}: {step.seconds:.2f} s{f', {step.tokens} tokens' if step.tokens else ''} {step.note}"
    if not step.asked and not step.replied:
        return f"<p class=step>{escape(told)}</p>"
    return (
        f"<details class=step><summary>{escape(told)}</summary>"
        f"{_pre(step.asked)}<p>Reply:</p>{_pre(step.replied)}</details>"
    )


def _folded(name: str, inside: str) -> str:
    return f"<details><summary>{escape(name)}</summary>{inside}</details>" if inside else ""


def _pre(text: str) -> str:
    return f"<pre>{escape(text)}</pre>" if text.strip() else ""


def _class(record: EvalRecord) -> str:
    return {Mark.RIGHT: "right", Mark.WRONG: "wrong", Mark.NOT_APPLICABLE: "none"}[record.mark]
