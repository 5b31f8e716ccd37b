"""The tables of a report in the order of a reader's questions, for Markdown and for the page alike.

How good is it, on what, under which rule, compared with what, at what cost, what is a verdict worth, where does it
fail, and with what was all this made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from fivefold_benchmarks.comparison import Comparison
from fivefold_benchmarks.contamination import RUN
from fivefold_benchmarks.pipelines import ABOUT
from fivefold_benchmarks.record import RunInfo
from fivefold_benchmarks.report import PipelineFacts, Point, RunFacts
from fivefold_benchmarks.report_kinds import FEW, by_kind
from fivefold_benchmarks.report_sets import ALL_KINDS, Scored, SetFacts
from fivefold_benchmarks.rules import RULES
from fivefold_benchmarks.tables import NOTHING, Table, interval, joined, of, of_with_interval, percent

WORST = 3
"""Kinds of problems that are named as the worst."""
NAMED = 12
"""Problems that are named; all are in the page and in `report.json`."""


class Section(NamedTuple):
    """One question of a reader and what answers it."""

    key: str
    """Names it for charts and links."""
    title: str
    lines: Sequence[str]
    """Sentences, each a paragraph."""
    tables: Sequence[Table]


def sections(facts: RunFacts) -> Iterator[Section]:
    """Yield the sections of a report; the ones without content are left out."""
    yield Section("how-good", "How good is it", _how_good(facts), [_pipelines(facts)])
    yield Section("on-what", "On what", _on_what(facts), [*_by_set(facts), _sets(facts)])
    yield Section("rules", "Under which rule", _rules_said(facts), list(_rules(facts)))
    yield Section("compared", "Compared with what", _compared_said(facts), list(_compared(facts)))
    yield Section("cost", "At what cost", _cost_said(facts), [_costs(facts.pipelines)])
    graded = [pipeline for pipeline in facts.pipelines if pipeline.by_grade]
    if graded:
        yield Section("verdicts", "What a verdict is worth", _GRADED, [_by_grade(graded), _risk_coverage(graded)])
    yield Section("failures", "Where it fails", _failing_said(facts), list(_failing(facts)))
    yield Section("made", "How it was made", [], [_stamps(facts), _events(facts)])


_GRADED = (
    "A verdict is given without knowing the answer. Coverage is the share of problems that are answered when only "
    "answers of that confidence or better are given; risk is the share of wrong ones among these.",
    "Grades: `confirmed`, an independent derivation comes to the same; `consistent`, nothing was found against it; "
    "`suspicious`, a check warns; `refuted`, falsified; `unsolved`, no optimum to judge.",
)


def _best(facts: RunFacts) -> PipelineFacts:
    return max(facts.pipelines, key=lambda pipeline: pipeline.right.share)


def _name_of_llm(name: str) -> str:
    """Return an LLM's name; servers that load a file name it by its path."""
    return name.rpartition("/")[2] if name.startswith("/") else name


def _how_good(facts: RunFacts) -> list[str]:
    best, first = _best(facts), facts.pipelines[0]
    share = f"{percent(best.right.share)}, 95 % interval {interval(best.right)}"
    said = f"{best.name} is right on {of(best.right)} problems ({share})"
    if not best.right.n:
        said = f"The rule `{facts.rule}` can judge none of the answers: it wants {RULES[facts.rule].wants or 'answers'}"
    elif best is not first:
        said += f"; {first.name}, which all are set against, on {of(first.right)} ({percent(first.right.share)})"
    llms = ", ".join(dict.fromkeys(_name_of_llm(info.llm) for info in facts.infos))
    lines = [f"{said}. LLM: {llms}. Right is what the rule `{facts.rule}` accepts: {facts.rule_says}."]
    if facts.groups < facts.problems:
        lines.append(
            f"The {facts.problems} problems are {facts.groups} when near-duplicates count once; intervals that treat "
            "all as independent are too narrow, so both counts are given."
        )
    if facts.missing:
        lines.append(f"**not complete**: {facts.missing} attempts have no record yet.")
    lines += [f"Not made alike, {line}." for line in facts.unlike]
    return lines


def _pipelines(facts: RunFacts) -> Table:
    against = {comparison.first: comparison for comparison in facts.comparisons}
    once, many = facts.groups < facts.problems, any(one.any_right is not None for one in facts.pipelines)
    open_ones = any(one.not_applicable for one in facts.pipelines)
    head: tuple[str, ...] = ("pipeline", "problems", "right", "share (SA)", "95 %")
    head += ("near-duplicates once",) if once else ()
    head += ("ratio", f"points more than {facts.pipelines[0].name}", "ran (ER)", "corrections (AST)")
    head += ("one of the samples (pass@k)", "majority", "best verdict") if many else ()
    head += ("not applicable",) if open_ones else ()
    rows = [
        (
            one.name,
            one.right.n,
            one.right.count,
            percent(one.right.share),
            interval(one.right),
            *([f"{of(one.once)} ({interval(one.once)})"] if once else []),
            "-" if one.ratio is None else f"{one.ratio:.2f}",
            _points(against.get(one.name)),
            of(one.ran),
            f"{one.corrections:.2f}",
            *([_or_dash(value) for value in (one.any_right, one.majority, one.most_trusted)] if many else []),
            *([one.not_applicable] if open_ones else []),
        )
        for one in facts.pipelines
    ]
    return Table(head, rows)


def _or_dash(share: float | None) -> str:
    return "-" if share is None else percent(share)


def _points(found: Comparison | None) -> str:
    if found is None:
        return "-"
    return f"{100 * found.difference:+.1f} ({100 * found.low:+.1f} to {100 * found.high:+.1f})"


def _on_what(facts: RunFacts) -> list[str]:
    counted = [f"{overlap}: never add them up as if independent." for overlap in facts.overlaps]
    lines = [f"{facts.problems} problems, {facts.groups} when near-duplicates count once.", *counted]
    if not facts.searched:
        return lines
    where = f"what the LLM was asked in {facts.searched} attempts (prompts, examples, memories)"
    if not facts.shown_elsewhere:
        return [*lines, f"Contamination: {where} held no {RUN} words in a row of another problem than the one at hand."]
    told = joined(facts.shown_elsewhere.items())
    return [*lines, f"**Contamination**: {where} held {RUN} words in a row of other problems, by attempts: {told}."]


def _by_set(facts: RunFacts) -> Iterator[Table]:
    """Yield how often each pipeline is right on each benchmark, where there are several."""
    names = tuple(one.name for one in facts.pipelines)
    own = [one for one in facts.scores if one.kind == ALL_KINDS and one.rule == facts.rule]
    rows = [
        (benchmark.name, *cells)
        for benchmark in facts.sets
        for _, _, *cells in _grid([one for one in own if one.benchmark == benchmark.name], names)
    ]
    if len(rows) > 1:
        yield Table(("benchmark", *names), rows, "Right by benchmark")


def _sets(facts: RunFacts) -> Table:
    head = ("benchmark", "problems", "groups", "clean labels", "labels", "kinds", "licence", "to know")
    return Table(head, [_set_row(one) for one in facts.sets])


def _set_row(one: SetFacts) -> Sequence[object]:
    kinds, labels = joined(one.kinds.items()), joined(one.labels.items())
    return one.name, one.problems, one.groups, one.clean, labels, kinds, one.licence or "-", one.remark or "-"


def _rules_said(facts: RunFacts) -> list[str]:
    own = "; ".join(f"{one.name}: `{one.own_rule}`" for one in facts.sets if one.own_rule)
    lines = [
        f"Right above and below is what `{facts.rule}` accepts: {facts.rule_says}. Here the same answers stand under "
        "the other rules of the field: what a number owes to its rule.",
    ]
    return [*lines, f"Rules of the authors: {own}."] if own else lines


def _rules(facts: RunFacts) -> Iterator[Table]:
    names = tuple(one.name for one in facts.pipelines)
    for benchmark in facts.sets:
        own = [one for one in facts.scores if one.benchmark == benchmark.name]
        whole = _grid([one for one in own if one.kind == ALL_KINDS], names)
        yield Table(("rule", *names), [row[1:] for row in _alike(whole)], f"{benchmark.name}: all rules")
        kinds = [one for one in own if one.kind != ALL_KINDS]
        if any(one.right.n >= FEW for one in kinds) or len(facts.sets) == 1:
            rows = sorted(_alike(_grid(kinds, names)), key=lambda row: row[0])
            yield Table(("kind", "rule", *names), rows, f"{benchmark.name}: by kind of problem")
    said = [RULES[name] for name in dict.fromkeys(one.rule for one in facts.scores)]
    rows = [(one.name, one.key, one.says, one.source) for one in said]
    yield Table(("rule", "against", "right is", "source"), rows, "What the rules say", folded=True)


def _grid(scores: Iterable[Scored], names: Sequence[str]) -> list[tuple[str, ...]]:
    """Return a row for each kind and rule: these two, and a cell for each pipeline."""
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for one in scores:
        cells.setdefault((one.kind, one.rule), {})[one.pipeline] = of_with_interval(one.right)
    return [(*key, *(row.get(name, NOTHING) for name in names)) for key, row in cells.items()]


def _alike(grid: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the rows of a grid with rules put together that come to the same everywhere; none without a number."""
    tables: dict[str, list[tuple[str, ...]]] = {}
    for kind, rule, *cells in grid:
        tables.setdefault(rule, []).append((kind, *cells))
    together: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for rule, rows in tables.items():
        together.setdefault(tuple(rows), []).append(rule)
    told = ((kind, ", ".join(rules), *cells) for rows, rules in together.items() for kind, *cells in rows)
    return [row for row in told if set(row[2:]) != {NOTHING}]


def _compared_said(facts: RunFacts) -> list[str]:
    if not facts.comparisons:
        alone = len(facts.pipelines) == 1
        return ["Nothing: there is one pipeline." if alone else "No problem that they have in common is scored."]
    return [
        f"Each pipeline in pairs with {facts.pipelines[0].name}, on the attempts that both have: the difference with "
        "a bootstrap interval that draws near-duplicates together, and the exact McNemar test that both are equally "
        "often right. All asked the same LLM under the same bounds.",
    ]


def _compared(facts: RunFacts) -> Iterator[Table]:
    rows = [
        (one.name, ABOUT.get(one.name.partition(" (")[0], "a pipeline of the caller's own")) for one in facts.pipelines
    ]
    yield Table(("pipeline", "what it does"), rows)
    if facts.comparisons:
        first = facts.pipelines[0].name
        head = ("pipeline", "both right", f"only it, not {first}", f"only {first}", "neither", "points", "95 %", "p")
        yield Table(head, [_pair_row(one) for one in facts.comparisons])


def _pair_row(one: Comparison) -> Sequence[object]:
    between = f"{100 * one.low:+.1f} to {100 * one.high:+.1f}"
    counts = (one.both_right, one.only_first, one.only_second, one.both_wrong)
    return (one.first, *counts, f"{100 * one.difference:+.1f}", between, f"{one.p:.2g}")


def _cost_said(facts: RunFacts) -> list[str]:
    best, first = _best(facts), facts.pipelines[0]
    lines = [f"{'; '.join(_cost_of(one) for one in ([best] if best is first else [best, first]))}."]
    lines.append("Tokens are those of questions and answers; seconds are of this endpoint under this load.")
    if any(one.cached_calls for one in facts.pipelines):
        lines.append("A reply from the cache counts with what it first took.")
    return lines


def _cost_of(one: PipelineFacts) -> str:
    told = f"{one.name} takes {one.tokens.mean:,.0f} tokens and {one.llm_s.mean:,.1f} s of the LLM for a problem"
    return f"{told}, {one.tokens.total / one.right.count:,.0f} tokens for a right answer" if one.right.count else told


def _costs(pipelines: Sequence[PipelineFacts]) -> Table:
    priced = any(one.usd is not None for one in pipelines)
    head: tuple[str, ...]
    head = ("pipeline", "LLM answers", "tokens read", "tokens written", "tokens an attempt: median",
            "90 % take at most", "tokens for a right answer", "LLM seconds an attempt: median", "90 % take at most",
            "LLM seconds in all", "program seconds in all")  # fmt: skip
    head += ("US$", "US$ for a right") if priced else ()
    return Table(head, [_cost_row(one) for one in pipelines])


def _cost_row(one: PipelineFacts) -> Sequence[object]:
    right = one.right.count
    priced = () if one.usd is None else (f"{one.usd:.4g}", f"{one.usd / right:.4g}" if right else "-")
    return (
        one.name,
        f"{one.calls:,} ({one.cached_calls:,} cached)" if one.cached_calls else f"{one.calls:,}",
        f"{one.prompt_tokens.total:,.0f}",
        f"{one.completion_tokens.total:,.0f}",
        f"{one.tokens.median:,.0f}",
        f"{one.tokens.p90:,.0f}",
        f"{one.tokens.total / right:,.0f}" if right else "-",
        f"{one.llm_s.median:,.1f}",
        f"{one.llm_s.p90:,.1f}",
        f"{one.llm_s.total:,.0f}",
        f"{one.run_s.total:,.0f}",
        *priced,
    )


def _by_grade(pipelines: Sequence[PipelineFacts]) -> Table:
    rows = [
        (facts.name, group.name, group.right.n, group.right.count, percent(group.right.share), interval(group.right))
        for facts in pipelines
        for group in facts.by_grade
    ]
    return Table(("pipeline", "verdict", "problems", "right", "share", "95 %"), rows)


def _risk_coverage(pipelines: Sequence[PipelineFacts]) -> Table:
    rows = [
        (facts.name, point.level, point.taken, percent(point.coverage), percent(point.risk))
        for facts in pipelines
        for point in tenths(facts.risk_coverage)
    ]
    return Table(("pipeline", "answers taken down to", "answers", "coverage", "wrong among them"), rows)


def tenths(points: Sequence[Point]) -> Sequence[Point]:
    """Return for each further tenth of the problems the first point that answers so many, and the last one."""
    kept: list[Point] = []
    for point in points:
        if not kept or point is points[-1] or int(10 * point.coverage) > int(10 * kept[-1].coverage):
            kept.append(point)
    return kept


def _failing_said(facts: RunFacts) -> list[str]:
    best, kinds = _best(facts), by_kind(facts.pipelines)
    lines: list[str] = []
    if best.failures:
        ways = joined(best.failures.items())
        lines.append(f"{best.name} is not right on {best.right.n - best.right.count} of {best.right.n}: {ways}.")
    told = {kind: shares[best.name] for kind, shares in kinds.items() if best.name in shares}
    if len(told) > 1:
        # By the upper end of the interval: a kind of two problems is not called the worst by chance.
        worst = sorted(told, key=lambda kind: told[kind].high)[:WORST]
        lines.append(f"It is right least often on {', '.join(f'{kind} ({of(told[kind])})' for kind in worst)}.")
    none = facts.solved_by_none
    said = f"{len(none)} of {facts.problems} problems are right with none of the pipelines"
    more = f", and {len(none) - NAMED} more" if len(none) > NAMED else ""
    return [*lines, f"{said}: {', '.join(none[:NAMED])}{more}." if none else f"{said}."]


def _failing(facts: RunFacts) -> Iterator[Table]:
    names = tuple(one.name for one in facts.pipelines)
    cells = [
        (kind, *(of_with_interval(shares[name]) if name in shares else "-" for name in names))
        for kind, shares in by_kind(facts.pipelines).items()
    ]
    if cells:
        yield Table(("kind", *names), cells, "Right by kind of problem")
    ways = list(dict.fromkeys(way for one in facts.pipelines for way in one.failures))
    if ways:
        counts = [(way, *(one.failures.get(way, 0) for one in facts.pipelines)) for way in ways]
        yield Table(("what went wrong", *names), counts, "Attempts that are not right")


def _stamps(facts: RunFacts) -> Table:
    rows = [row for info in facts.infos for row in stamp_lines(info)]
    return Table(("stamp", "value"), rows)


def _events(facts: RunFacts) -> Table:
    return Table(("what happened",), [(event,) for event in facts.events])


def stamp_lines(info: RunInfo) -> list[tuple[str, str]]:
    """Return configuration and stamps of a run as names and texts."""
    config = info.config
    commit = f", commit {info.commit[:12]}{' with changes' if info.dirty else ''}" if info.commit else ""
    return [
        ("run", f"{info.run_id}, {info.started[:19]}"),
        ("LLM", f"{info.llm} at {info.endpoint}"),
        ("samples", f"{config.samples}, seed {config.seed}, temperature {config.temperature:g}"),
        ("bounds", f"{config.max_tokens} tokens and {config.max_seconds:g} s an attempt"),
        ("Fivefold", f"{info.version}{commit}"),
        ("packages", ", ".join(f"{name} {version}" for name, version in info.packages.items())),
        ("data", ", ".join(f"{name} {sha256[:12]}" for name, sha256 in info.data.items()) or "from the cache"),
        ("prompts", ", ".join(info.prompts.values()) or "-"),
    ]
