"""Is a candidate better than what is in use? One test on fresh cases, right or not right; when in doubt, no.

The test is McNemar's, exact and one-sided. It is the only thing that promotes: scores that the search has seen are
too high by the search itself.
"""

import math
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from fivefold_prompts.optimizer.rollout import Rollout

_TYPE_CASES = 15


class GateRules(BaseModel):
    """When a candidate is promoted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    alpha: float = 0.05
    """Chance of promoting what is no better, over all looks together."""
    looks: int = 1
    """How often the cases of the gate may be looked at in a search."""
    type_cases: int | None = _TYPE_CASES
    """Fewest cases of a problem type for its own guard; None: a type may get worse where all together get better."""
    cost_factor: float = 1.25
    """Most that a run may cost beside one of what is in use, in tokens."""


class Admission(BaseModel):
    """Why a candidate was promoted or not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    promoted: bool
    cases: int
    lost: int
    """Cases that only what is in use gets right."""
    won: int
    """Cases that only the candidate gets right."""
    p: float
    """Chance of so many more won if none were better."""
    gain: float
    """Difference of the shares of right answers."""
    interval: tuple[float, float]
    """95 % interval of the gain."""
    noise: float
    """Share of cases whose result differed between two runs of what is in use."""
    reasons: tuple[str, ...]
    """What speaks against it; empty where it was promoted."""
    traded: tuple[str, ...] = ()
    """Types that got worse for certain, and that the rules let go for the sake of the others."""


def mcnemar(won: int, lost: int) -> float:
    """Return the chance of at least `won` heads in `won + lost` throws of a fair coin."""
    both = won + lost
    # Whole numbers divided at the end: floats would overflow from a thousand throws on.
    return sum(math.comb(both, heads) for heads in range(won, both + 1)) / (1 << both)


def mcnemar_mid(won: int, lost: int) -> float:
    """Return the same with half the chance of exactly this many, for guards that should notice more."""
    return mcnemar(won, lost) - math.comb(won + lost, won) / (1 << won + lost + 1)


def admit(
    before: Mapping[str, Rollout],
    after: Mapping[str, Rollout],
    types: Mapping[str, str],
    rules: GateRules | None = None,
    noise: float = 0.0,
) -> Admission:
    """Compare what is in use and a candidate on the same cases."""
    rules = rules or GateRules()
    if set(before) != set(after):
        raise ValueError("both must have been run on the same cases")
    won, lost = _discordant(before, after, sorted(before))
    p = mcnemar(won, lost)
    gain, interval = _gain(won, lost, len(before))
    reasons: list[str] = []
    if p > rules.alpha / rules.looks:
        reasons.append(f"p = {p:.3g} is over {rules.alpha / rules.looks:.3g}")
    if 0 < gain <= noise / 2:
        reasons.append(f"the gain of {gain:.3f} is within half of what differs between equal runs ({noise:.3f})")
    worse = _worse_types(before, after, types, rules)
    reasons += worse if rules.type_cases is not None else []
    old, new = (sum(rollout.cost.tokens for rollout in runs.values()) for runs in (before, after))
    if new > rules.cost_factor * old:
        reasons.append(f"it takes {new} tokens where {old} were taken")
    return Admission(
        promoted=not reasons,
        cases=len(before),
        lost=lost,
        won=won,
        p=p,
        gain=gain,
        interval=interval,
        noise=noise,
        reasons=tuple(reasons),
        traded=tuple(worse) if rules.type_cases is None else (),
    )


def noise_floor(first: Mapping[str, Rollout], second: Mapping[str, Rollout]) -> float:
    """Return the share of cases on which two runs of the same candidate differ."""
    differ = sum(first[case].right != second[case].right for case in first)
    return differ / len(first) if first else 0.0


def _discordant(before: Mapping[str, Rollout], after: Mapping[str, Rollout], cases: Sequence[str]) -> tuple[int, int]:
    won = sum(after[case].right and not before[case].right for case in cases)
    lost = sum(before[case].right and not after[case].right for case in cases)
    return won, lost


def _gain(won: int, lost: int, cases: int) -> tuple[float, tuple[float, float]]:
    """Return gain and interval, after Agresti and Min: half a case is added to each of the four kinds."""
    if not cases:
        return 0.0, (-1.0, 1.0)
    n = cases + 2
    middle = (won - lost) / n
    width = 1.96 * math.sqrt(max(0.0, (won + lost + 1) / n - middle**2) / n)
    return (won - lost) / cases, (max(-1.0, middle - width), min(1.0, middle + width))


def _worse_types(
    before: Mapping[str, Rollout], after: Mapping[str, Rollout], types: Mapping[str, str], rules: GateRules
) -> list[str]:
    """Types that lost for certain, after Holm."""
    by_type: dict[str, list[str]] = {}
    for case in sorted(before):
        by_type.setdefault(types.get(case, ""), []).append(case)
    told: list[tuple[float, str]] = []
    fewest = _TYPE_CASES if rules.type_cases is None else rules.type_cases
    for kind, cases in by_type.items():
        if len(cases) >= fewest:
            won, lost = _discordant(before, after, cases)
            told.append((mcnemar_mid(lost, won), kind))
    worse: list[str] = []
    for rank, (p, kind) in enumerate(sorted(told)):
        if p > rules.alpha / (len(told) - rank):
            break
        worse.append(f"problems of type {kind!r} are worse (p = {p:.3g})")
    return worse
