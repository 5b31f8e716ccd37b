"""A search for better prompts as one HTML page that stands alone, made from its ledger and from nothing else.

The page loads nothing, runs no script, and all that came from LLMs, problems and programs is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from fivefold_prompts.optimizer.attempt import Result
from fivefold_prompts.optimizer.candidate import candidate_id
from fivefold_prompts.optimizer.gate import Admission
from fivefold_prompts.optimizer.report_diff import candidate_diff, shown
from fivefold_prompts.optimizer.report_facts import Facts, Proposal, Scored, read_facts
from fivefold_prompts.optimizer.report_style import STYLE
from fivefold_prompts.optimizer.report_svg import curve, tree
from fivefold_prompts.optimizer.rollout import Cost

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_TITLE = "Search for better prompts"


def write_report(ledger: Path, out: Path) -> Path:
    """Write the page of a search, finished or not, and return where it is.

    Raises:
        LedgerError: the file is missing, is no ledger, is being written to, or holds no search.
    """
    facts = read_facts(ledger)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("".join(_page(facts)), encoding="utf-8")
    return out


def _page(facts: Facts) -> Iterable[str]:
    yield (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_TITLE}</title><style>{STYLE}</style></head><body><h1>{_TITLE}</h1>"
    )
    yield _verdict(facts)
    yield _stamps(facts)
    yield _changed(facts)
    yield _curves(facts)
    promoted = facts.admission is not None and facts.admission.promoted
    yield f"<h2>Candidates</h2>{_KEY}{tree(facts.scored, facts.proposals, facts.best, promoted)}"
    yield _gate(facts)
    yield _spend(facts)
    yield _alarms(facts)
    yield _proposals(facts)
    yield "</body></html>\n"


_KEY = (
    "<p class=quiet>Filled: ran on all search cases. Ringed: the best. Small and hollow: refused before that, by its"
    " parent.</p>"
)


def _verdict(facts: Facts) -> str:
    if facts.best is None:
        return "<p class=verdict>The search has not ended; this is how far it came.</p>"
    if facts.admission is None:
        return '<p class="verdict bad">Nothing was better than what is in use; it stays.</p>'
    gain = _points(facts.admission.gain)
    if facts.admission.promoted:
        told = f"Promoted: {gain} on {facts.admission.cases} fresh cases, p = {facts.admission.p:.3g}."
        told += "".join(f" Allowed all the same: {worse}." for worse in facts.admission.traded)
        return f'<p class="verdict good">{told}</p>'
    return (
        f'<p class="verdict bad">Not promoted, what is in use stays: {shown("; ".join(facts.admission.reasons))}.</p>'
    )


def _stamps(facts: Facts) -> str:
    parts = ", ".join(f"{count} {part}" for part, count in facts.sizes.items())
    noise = "not yet known" if facts.noise is None else f"{100 * facts.noise:.1f} % of cases"
    lines = [
        ("proposals by", facts.proposer),
        ("cases", parts),
        ("seed", str(facts.settings.seed)),
        ("in use", candidate_id(facts.start)),
        ("best found", facts.best or "-"),
        ("stopped by", facts.stopped or "-"),
        ("equal runs differ on", noise),
    ]
    return "<dl>" + "".join(f"<dt>{shown(name)}</dt><dd>{shown(text)}</dd>" for name, text in lines) + "</dl>"


def _changed(facts: Facts) -> str:
    if facts.best is None or facts.best == candidate_id(facts.start):
        return ""
    return f"<h2>What the best one changes</h2>{candidate_diff(facts.start, facts.texts(facts.best))}"


def _curves(facts: Facts) -> str:
    told = (
        "<p class=quiet>On the search cases, which the search itself looked at: scores here are too high. Line: mean"
        " rung of the best so far; dashed: its share of right answers.</p>"
    )
    rollouts = curve(facts.scored, lambda one: one.spent.rollouts, "rollouts", facts.best)
    tokens = curve(facts.scored, lambda one: one.spent.tokens, "tokens", facts.best)
    return f"<h2>Score against what was spent</h2>{told}{rollouts}{tokens}"


def _gate(facts: Facts) -> str:
    said = facts.admission
    if said is None:
        return "<h2>Gate</h2><p>Nobody came to the gate; its cases are still fresh.</p>"
    before, after = (sum(count) for count in zip(*((row.before, row.after) for row in facts.gate_types), strict=True))
    rows = [
        ("right, in use", f"{before} of {said.cases}"),
        ("right, candidate", f"{after} of {said.cases}"),
        ("won and lost", f"{said.won} and {said.lost}"),
        ("p, McNemar, exact, one-sided", f"{said.p:.4g}"),
        ("gain", f"{_points(said.gain)}, 95 %: {_points(said.interval[0])} to {_points(said.interval[1])}"),
        ("tokens", f"{facts.gate_tokens[1]:,} where {facts.gate_tokens[0]:,} were taken"),
        *_optimism(facts, said),
        ("decision", "promoted" if said.promoted else "not promoted: " + "; ".join(said.reasons)),
    ]
    types = _table(
        ("problem type", "cases", "right, in use", "right, candidate", "won", "lost"),
        ((row.kind or "-", row.cases, row.before, row.after, row.won, row.lost) for row in facts.gate_types),
    )
    return f"<h2>Gate</h2>{_table(('', 'on fresh cases'), rows)}{types}"


def _optimism(facts: Facts, said: Admission) -> list[tuple[str, str]]:
    """How much higher the gain looked on the search cases."""
    shares = {one.id: one.right / one.cases for one in facts.scored}
    if facts.best not in shares:
        return []
    seen = shares[facts.best] - shares[candidate_id(facts.start)]
    return [("gain as the search saw it", f"{_points(seen)}, {_points(seen - said.gain)} too high")]


def _spend(facts: Facts) -> str:
    rows = [(name, *_cost(cost)) for name, cost in facts.spent.items()]
    rows.append(("in all", *_cost(facts.total)))
    head = ("spent on", "rollouts", "tokens", "money", "seconds of work")
    meters = "".join(
        f"<tr><td>{meter}</td><td>{getattr(facts.total, meter):,.6g} of {cap:,.6g}</td><td>"
        f'<span class=meter><i style="width:{100 * min(1.0, getattr(facts.total, meter) / cap if cap else 1):.1f}%">'
        "</i></span></td></tr>"
        for meter, cap in facts.settings.caps.model_dump().items()
        if cap is not None
    )
    against = f"<table><tbody>{meters}</tbody></table>" if meters else "<p>No cap was set.</p>"
    return f"<h2>Spent</h2>{_table(head, rows)}<h3>Against the budget</h3>{against}"


def _alarms(facts: Facts) -> str:
    leaks = [one for one in facts.proposals if one.result == Result.LEAK]
    if not leaks:
        return (
            "<h2>Leak alarms</h2><p>None: no proposal was refused for copying a problem or giving an answer away.</p>"
        )
    rows = ((f"{one.step + 1}.{one.number + 1}", one.parent[:8], one.reason) for one in leaks)
    return f"<h2>Leak alarms</h2>{_table(('proposal', 'from', 'what the guard said'), rows)}"


def _proposals(facts: Facts) -> str:
    counts: dict[tuple[str, str], int] = {}
    known = {one.id: one for one in facts.scored}
    for one in facts.proposals:
        outcome = one.outcome if one.candidate is not None else "-"
        counts[one.result, outcome] = counts.get((one.result, outcome), 0) + 1
    summary = _table(("reply", "decision", "proposals"), ((*names, count) for names, count in sorted(counts.items())))
    each = "".join(_proposal(facts, one, known.get(one.id or "")) for one in facts.proposals)
    return f"<h2>Proposals</h2>{summary}{each}"


def _proposal(facts: Facts, one: Proposal, scored: Scored | None) -> str:
    tone = "good" if one.outcome.startswith("kept") else "doubt" if scored else "bad"
    rise = "" if one.rise is None else f", {_points(one.rise)}"
    name = f"{one.step + 1}.{one.number + 1}"
    said = one.outcome if one.candidate is not None else f"{one.result}: {one.reason}"
    score = f" Score on the search cases {scored.score:.3f}, {scored.right} of {scored.cases} right." if scored else ""
    mended = f" Mended after: {shown(one.reason)}." if one.candidate is not None and one.reason else ""
    diff = candidate_diff(facts.texts(one.parent), one.candidate) if one.candidate is not None else ""
    replies = "".join(
        f"<details class=inner><summary>reply {number}</summary><pre>{shown(reply)}</pre></details>"
        for number, reply in enumerate(one.replies, 1)
    )
    own = f" is {one.id[:8]}" if one.id else ""
    return (
        f'<details><summary>{name} <b class="{tone}">{shown(said)}</b>{rise}</summary>'
        f"<p>From {one.parent[:8]}{own}; reply {shown(one.result)}.{score}{mended}</p>{diff}{replies}</details>"
    )


def _cost(cost: Cost) -> tuple[str, str, str, str]:
    return f"{cost.rollouts:,}", f"{cost.tokens:,}", f"{cost.money:,.4g}", f"{cost.seconds:,.1f}"


def _points(share: float) -> str:
    return f"{100 * share:+.1f} points"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    top = "".join(f"<th>{shown(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{shown(str(value))}</td>" for value in row) + "</tr>" for row in rows)
    return f"<div class=wide><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
