"""What the checks find, as Markdown tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from verdict_trial import Trial, Wrong

GROUPS = ("static", "text", "values", "battery")
_SHORT = 160


def report(trials: list[Trial], missed: int = 0) -> str:
    """Return all tables; with `missed` so many mutants of each kind that no check finds."""
    wrong = [mutant for trial in trials for mutant in trial.wrong]
    checks = [name for name, _ in Counter(name for mutant in wrong for name in mutant.caught).most_common()]
    parts = [_sizes(trials, wrong), _by_kind(wrong), _by_check(trials, wrong, checks), _matrix(wrong, checks)]
    parts += [_alarms(trials), _times(trials)]
    if missed:
        parts.append(_missed(trials, missed))
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _sizes(trials: list[Trial], wrong: list[Wrong]) -> Iterator[str]:
    refused = sum(sum(trial.refused.values()) for trial in trials)
    left_out: Counter[str] = Counter()
    for trial in trials:
        left_out.update(trial.left_out)
    equal = [mutant for mutant in wrong if mutant.optimum_equal]
    yield f"{len(trials)} problems, {len(wrong)} mutants, {len(equal)} of them with the right optimum."
    yield f"Beside them {refused} that the static check refuses, {left_out['equivalent']} without any difference found,"
    yield f"{left_out['undecided']} that could not be decided."
    yield ""
    yield f"Caught by any check: {_share(wrong)} of all, {_share(equal)} of those with equal optimum."
    stopped = [mutant for mutant in wrong if mutant.status not in {"optimal", "other"}]
    solved = [mutant for mutant in wrong if mutant.caught or mutant.status not in {"optimal", "other"}]
    yield f"Without a solution (infeasible or unbounded): {_part(len(stopped), len(wrong))}; that or caught:"
    yield f"{_part(len(solved), len(wrong))}."
    clean = sum(not trial.false_alarms for trial in trials)
    yield f"Right formulations without any alarm: {clean} of {len(trials)}."


def _by_kind(wrong: list[Wrong]) -> Iterator[str]:
    yield "## Caught by kind of mistake"
    yield ""
    yield f"| mistake | mutants | caught | {' | '.join(GROUPS)} | with equal optimum | caught |"
    yield "|---|--:|--:|" + "--:|" * len(GROUPS) + "--:|--:|"
    for kind, group in [*_grouped(wrong).items(), ("**all**", wrong)]:
        equal = [mutant for mutant in group if mutant.optimum_equal]
        own = " | ".join(_part(sum(_by_group(mutant, name) for mutant in group), len(group)) for name in GROUPS)
        yield f"| {kind} | {len(group)} | {_share(group)} | {own} | {len(equal)} | {_share(equal)} |"


def _by_group(mutant: Wrong, group: str) -> bool:
    return any(name.startswith(f"{group}:") for name in mutant.caught)


def _by_check(trials: list[Trial], wrong: list[Wrong], checks: list[str]) -> Iterator[str]:
    yield "## Caught by check"
    yield ""
    yield "Alone: no other check catches it. Without: what all the others catch together."
    yield ""
    yield "| check | catches | of equal optimum | alone | all without it | problems with a false alarm |"
    yield "|---|--:|--:|--:|--:|--:|"
    alarmed = Counter(name for trial in trials for name in {name for name, _ in trial.false_alarms})
    equal = [mutant for mutant in wrong if mutant.optimum_equal]
    for name in [*checks, *(name for name in alarmed if name not in checks)]:
        own = _part(sum(name in mutant.caught for mutant in wrong), len(wrong))
        own_equal = _part(sum(name in mutant.caught for mutant in equal), len(equal))
        alone = sum(mutant.caught == [name] for mutant in wrong)
        without = _part(sum(bool(set(mutant.caught) - {name}) for mutant in wrong), len(wrong))
        yield f"| {name} | {own} | {own_equal} | {alone} | {without} | {alarmed[name]} |"


def _matrix(wrong: list[Wrong], checks: list[str]) -> Iterator[str]:
    yield "## Kind of mistake by check, in percent of the mutants of a kind"
    yield ""
    yield f"| mistake | {' | '.join(checks)} |"
    yield "|---|" + "--:|" * len(checks)
    for kind, group in _grouped(wrong).items():
        shares = (100 * sum(name in mutant.caught for mutant in group) / len(group) for name in checks)
        yield f"| {kind} | {' | '.join(f'{share:.0f}' if share else '' for share in shares)} |"


def _alarms(trials: list[Trial]) -> Iterator[str]:
    yield "## False alarms on right formulations"
    yield ""
    yield "| problem | check | message |"
    yield "|---|---|---|"
    for trial in trials:
        for name, message in trial.false_alarms:
            words = " ".join(message.split()).replace("|", "/")
            yield f"| {trial.name} | {name} | {words[:_SHORT]} |"


def _times(trials: list[Trial]) -> Iterator[str]:
    yield "## Milliseconds per formulation"
    yield ""
    yield "| checks | mean | slowest problem |"
    yield "|---|--:|---|"
    for group in dict.fromkeys(group for trial in trials for group in trial.ms):
        mean = sum(trial.ms[group] for trial in trials) / sum(trial.formulations for trial in trials)
        slowest = max(trials, key=lambda trial: trial.ms[group] / trial.formulations)
        yield f"| {group} | {mean:.1f} | {slowest.name}: {slowest.ms[group] / slowest.formulations:.0f} |"


def _missed(trials: list[Trial], count: int) -> Iterator[str]:
    yield "## Not caught"
    yield ""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for trial in trials:
        for mutant in trial.wrong:
            if not mutant.caught and len(found[mutant.kind]) < count:
                found[mutant.kind].append(f"- {mutant.kind}: {trial.name}: {mutant.what}")
    for kind in sorted(found):
        yield from found[kind]


def _grouped(wrong: list[Wrong]) -> dict[str, list[Wrong]]:
    groups: defaultdict[str, list[Wrong]] = defaultdict(list)
    for mutant in wrong:
        groups[mutant.kind].append(mutant)
    return {kind: groups[kind] for kind in sorted(groups)}


def _share(group: list[Wrong]) -> str:
    return _part(sum(bool(mutant.caught) for mutant in group), len(group))


def _part(count: int, whole: int) -> str:
    return f"{100 * count / whole:.1f} %" if whole else ""
