"""The facts of a run as Markdown tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fivefold_benchmarks.report import PipelineFacts, RunFacts, Share


def to_markdown(facts: RunFacts) -> str:
    """Return the report of a run."""
    parts = [
        f"# Run {facts.info.run_id}",
        _head(facts),
        "## Pipelines\n\n" + _pipelines(facts.pipelines),
        "## Accuracy by kind of problem\n\n" + _by_kind(facts.pipelines),
    ]
    graded = [pipeline for pipeline in facts.pipelines if pipeline.by_grade]
    if graded:
        parts.append("## What verdicts are worth\n\n" + _by_grade(graded))
        parts.append("## Risk and coverage\n\n" + _risk_coverage(graded))
    parts.append("## Tokens and seconds of an attempt\n\n" + _costs(facts.pipelines))
    failing = [pipeline for pipeline in facts.pipelines if pipeline.endings]
    if failing:
        parts.append("## How attempts without a value ended\n\n" + _endings(failing))
    return "\n\n".join(parts)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; what would break it in a cell is taken out."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def percent(share: float) -> str:
    """Return a share as people read it."""
    return f"{100 * share:.0f} %"


def interval(share: Share) -> str:
    """Return the interval of a share; a dash without any."""
    return f"{100 * share.low:.0f}-{100 * share.high:.0f} %" if share.n else "-"


def stamp_lines(facts: RunFacts) -> list[tuple[str, str]]:
    """Return configuration and stamps as names and texts."""
    info, config = facts.info, facts.info.config
    commit = f", commit {info.commit[:12]}{' with changes' if info.dirty else ''}" if info.commit else ""
    return [
        ("LLM", f"{info.llm} at {info.endpoint}"),
        ("problems", f"{facts.problems}, {facts.groups} when near-duplicates count once"),
        ("right", f"rule `{info.rule}`"),
        ("samples", f"{config.samples}, seed {config.seed}, temperature {config.temperature:g}"),
        ("bounds", f"{config.max_tokens} tokens and {config.max_seconds:g} s an attempt"),
        ("Fivefold", f"{info.version}{commit}"),
        ("packages", ", ".join(f"{name} {version}" for name, version in info.packages.items())),
        ("data", ", ".join(f"{name} {sha256[:12]}" for name, sha256 in info.data.items()) or "from the cache"),
    ]


def _head(facts: RunFacts) -> str:
    lines = [f"- {name}: {text}" for name, text in stamp_lines(facts)]
    if facts.missing:
        lines.append(f"- **not complete**: {facts.missing} attempts have no record yet")
    return "\n".join(lines)


def _pipelines(pipelines: Sequence[PipelineFacts]) -> str:
    head = ("pipeline", "problems", "right", "share", "95 %", "ratio", "ran", "any of the samples", "not applicable")
    return table(
        head,
        (
            (
                facts.name,
                facts.right.n,
                facts.right.count,
                percent(facts.right.share),
                interval(facts.right),
                "-" if facts.ratio is None else f"{facts.ratio:.2f}",
                f"{facts.ran.count} of {facts.ran.n}",
                "-" if facts.any_right is None else percent(facts.any_right),
                facts.not_applicable or "",
            )
            for facts in pipelines
        ),
    )


def _by_kind(pipelines: Sequence[PipelineFacts]) -> str:
    kinds = sorted({group.name for facts in pipelines for group in facts.by_kind})
    known = {(facts.name, group.name): group.right for facts in pipelines for group in facts.by_kind}
    rows = ([kind, *(_right(known.get((facts.name, kind))) for facts in pipelines)] for kind in kinds)
    return table(["kind", *(facts.name for facts in pipelines)], rows)


def _right(share: Share | None) -> str:
    return "-" if share is None else f"{share.count} of {share.n} ({interval(share)})"


def _by_grade(pipelines: Sequence[PipelineFacts]) -> str:
    rows = (
        (facts.name, group.name, group.right.n, group.right.count, percent(group.right.share), interval(group.right))
        for facts in pipelines
        for group in facts.by_grade
    )
    return table(("pipeline", "verdict", "problems", "right", "share", "95 %"), rows)


def _risk_coverage(pipelines: Sequence[PipelineFacts]) -> str:
    rows = (
        (facts.name, point.level, point.taken, percent(point.coverage), percent(point.risk))
        for facts in pipelines
        for point in facts.risk_coverage
    )
    return table(("pipeline", "answers taken down to", "answers", "coverage", "wrong among them"), rows)


def _costs(pipelines: Sequence[PipelineFacts]) -> str:
    head = ("pipeline", "LLM answers", "tokens read", "tokens written", "tokens: median", "90 %", "tokens for a right",
            "LLM s: median", "90 %", "LLM s", "programs s")  # fmt: skip
    return table(
        head,
        (
            (
                facts.name,
                f"{facts.calls} ({facts.cached_calls} cached)",
                f"{facts.prompt_tokens.total:.0f}",
                f"{facts.completion_tokens.total:.0f}",
                f"{facts.tokens.median:.0f}",
                f"{facts.tokens.p90:.0f}",
                f"{facts.tokens.total / facts.right.count:.0f}" if facts.right.count else "-",
                f"{facts.llm_s.median:.1f}",
                f"{facts.llm_s.p90:.1f}",
                f"{facts.llm_s.total:.0f}",
                f"{facts.run_s.total:.0f}",
            )
            for facts in pipelines
        ),
    )


def _endings(pipelines: Sequence[PipelineFacts]) -> str:
    rows = ((facts.name, status, count) for facts in pipelines for status, count in facts.endings.items())
    return table(("pipeline", "status", "attempts"), rows)


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")
