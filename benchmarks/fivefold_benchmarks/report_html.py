"""A run as one HTML page that stands alone: charts, tables, and every attempt to look into.

Nothing is loaded from anywhere, and the page's own policy forbids it. All that comes from problems, LLMs and
programs is escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape

from fivefold_benchmarks.case import Case
from fivefold_benchmarks.record import EvalRecord
from fivefold_benchmarks.report import RunFacts
from fivefold_benchmarks.report_markdown import interval, percent, stamp_lines
from fivefold_benchmarks.report_style import SCRIPT, STYLE
from fivefold_benchmarks.report_svg import Bar, Dot, cost_chart, curve_chart, share_chart
from fivefold_benchmarks.report_trace import Step
from fivefold_benchmarks.rules.rule import Mark

POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
MARKS = {Mark.RIGHT: "✓", Mark.WRONG: "✗", Mark.NOT_APPLICABLE: "–"}

Steps = Callable[[EvalRecord], Sequence[Step]]
"""The steps of an attempt's trace."""


def to_html(facts: RunFacts, cases: dict[str, Case], records: Sequence[EvalRecord], steps_of: Steps) -> Iterable[str]:
    """Yield the page piece by piece; it can be large.

    Args:
        facts: what the run came to.
        cases: its problems by name.
        records: its records.
        steps_of: gives the steps of an attempt, read when they are written.
    """
    title = f"Run {escape(facts.info.run_id)}"
    yield (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>"
    )
    yield _stamps(facts)
    yield _charts(facts)
    yield _browser_head(facts)
    by_item: dict[str, list[EvalRecord]] = {name: [] for name in cases}
    for record in records:
        by_item[record.item].append(record)
    for name, case in cases.items():
        yield _problem(name, case, by_item[name], steps_of)
    yield f"</section><script>{SCRIPT}</script></body></html>\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return an HTML table of escaped cells."""
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(value))}</td>" for value in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _stamps(facts: RunFacts) -> str:
    lines = [*stamp_lines(facts), *(("event", event) for event in facts.events)]
    shown = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in lines)
    prompts = ", ".join(facts.info.prompts.values())
    missing = f"<p class=warn>{facts.missing} attempts have no record yet.</p>" if facts.missing else ""
    return f"{missing}<dl>{shown}</dl>{_folded('prompts', escape(prompts))}"


def _charts(facts: RunFacts) -> str:
    names = [pipeline.name for pipeline in facts.pipelines]
    rows = (
        (
            pipeline.name,
            f"{pipeline.right.count} of {pipeline.right.n}",
            percent(pipeline.right.share),
            interval(pipeline.right),
            "-" if pipeline.ratio is None else f"{pipeline.ratio:.2f}",
            f"{pipeline.ran.count} of {pipeline.ran.n}",
            f"{pipeline.tokens.mean:.0f}",
            f"{pipeline.llm_s.median:.1f}",
            f"{pipeline.run_s.median:.1f}",
        )
        for pipeline in facts.pipelines
    )
    head = ("pipeline", "right", "share", "95 %", "ratio", "ran", "tokens, mean", "LLM s, median", "programs s")
    total = [Bar("all", pipeline.name, pipeline.right) for pipeline in facts.pipelines]
    kinds = sorted({group.name for pipeline in facts.pipelines for group in pipeline.by_kind})
    by_kind = [
        Bar(kind, pipeline.name, group.right)
        for kind in kinds
        for pipeline in facts.pipelines
        for group in pipeline.by_kind
        if group.name == kind
    ]
    costs = {
        pipeline.name: Dot(
            pipeline.tokens.mean,
            pipeline.right.share,
            f"{pipeline.name}: {pipeline.tokens.mean:.0f} tokens, {percent(pipeline.right.share)}",
            pipeline.right.low,
            pipeline.right.high,
        )
        for pipeline in facts.pipelines
    }
    parts = [
        f"<h2>Pipelines</h2>{table(head, rows)}",
        f"<h2>Accuracy by kind of problem</h2>{share_chart([*total, *by_kind], names)}",
        f"<h2>Cost against accuracy</h2>{cost_chart(costs, x_name='tokens an attempt', y_name='right')}",
        _trust(facts),
    ]
    return "".join(parts)


def _trust(facts: RunFacts) -> str:
    graded = [pipeline for pipeline in facts.pipelines if pipeline.by_grade]
    if not graded:
        return ""
    names = [pipeline.name for pipeline in graded]
    grades = [
        Bar(f"{group.name} ({pipeline.name})", pipeline.name, group.right)
        for pipeline in graded
        for group in pipeline.by_grade
    ]
    curves = {
        pipeline.name: [
            Dot(point.coverage, point.risk, f"{pipeline.name}, down to {point.level}: {percent(point.risk)} wrong")
            for point in pipeline.risk_coverage
        ]
        for pipeline in graded
    }
    chart = curve_chart(curves, x_name="problems answered", y_name="wrong among them")
    return f"<h2>What verdicts are worth</h2>{share_chart(grades, names)}<h2>Risk and coverage</h2>{chart}"


def _browser_head(facts: RunFacts) -> str:
    options = "".join(f"<option>{escape(pipeline.name)}</option>" for pipeline in facts.pipelines)
    marks = "".join(f'<option value="{mark}">{mark}</option>' for mark in Mark)
    return (
        '<h2>Problems</h2><p class=filter><input id=q type=search placeholder="text, kind or id">'
        f"<select id=p><option value=''>any pipeline</option>{options}</select>"
        f"<select id=m><option value=''>any mark</option>{marks}"
        "<option value=differs>pipelines differ</option></select>"
        "<output id=n></output></p><section id=items>"
    )


def _problem(name: str, case: Case, records: Sequence[EvalRecord], steps_of: Steps) -> str:
    marks = " ".join(f"{record.pipeline}={record.mark}" for record in records)
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
        f"<p>Answer {escape(_value(case.answer))}, {escape(case.expected)}; label {escape(case.status)}.</p>"
        f"{inside}</details>"
    )


def _attempt(record: EvalRecord, steps: Sequence[Step]) -> str:
    sample = f", sample {record.sample}" if record.sample else ""
    verdict = f", verdict {record.verdict}" if record.verdict else ""
    if record.confidence is not None:
        verdict += f" ({record.confidence:.2f})"
    told = (
        f"{MARKS[record.mark]} {record.pipeline}{sample}: {_value(record.objective)}, {record.status}{verdict}; "
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


def _value(number: float | None) -> str:
    return "-" if number is None else f"{number:.10g}"
