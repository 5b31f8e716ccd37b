"""Relations of sentences: the answer obeys them, and the formulation enforces them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

from fivefold.checks.battery.lab import Lab, Relation, clearly_above, value_of
from fivefold.checks.battery.report import RelationResult, Witness
from fivefold.reading.claim import Claim
from fivefold_solvers.formulation.finding import Severity

OBEYED = Relation(
    "sentence-obeyed",
    "The problem states the condition, so the plan that is called best has to meet it.",
    "add or correct the constraint that this sentence states",
)
ENFORCED = Relation(
    "sentence-enforced",
    "The problem states the condition, so no plan that a right formulation allows can break it.",
    "add or correct the constraint that this sentence states",
)


def check_sentences(lab: Lab, claims: tuple[Claim, ...], *, planned: bool = True) -> Iterator[RelationResult]:
    """Yield for every stated condition whether the answer obeys it, and whether any allowed plan can break it.

    Args:
        lab: the formulation and its solver.
        claims: the conditions.
        planned: whether the lab's plan is the best one, so that it is the answer.
    """
    if not claims:
        yield OBEYED.abstained("no sentence states a condition in words that can be read for certain")
    for claim in claims:
        reached = lab.at_optimum(claim.weights) if planned else None
        if reached is not None and _breaks(claim, reached):
            yield _disobeyed(lab, claim, reached)
            continue
        yield _enforced(lab, claim)


def _breaks(claim: Claim, value: float) -> bool:
    short, over = clearly_above(claim.limit, value), clearly_above(value, claim.limit)
    return (short and claim.relation != "<=") or (over and claim.relation != ">=" and not claim.or_more)


def _disobeyed(lab: Lab, claim: Claim, reached: float) -> RelationResult:
    again = lab.solve(lab.arrays, anew=True)
    where = f"“{claim.quote}”"
    if not again.optimal or again.values is None:
        return OBEYED.abstained("the optimum was not found again", where)
    values = again.values
    reached = sum(weight * float(values[lab.column(entry)]) for entry, weight in claim.weights.items())
    if not _breaks(claim, reached):
        return OBEYED.abstained("another solve found another plan, which obeys it", where)
    side = claim.limit
    words = f"the text says {claim.said}, but in the best plan the left side is {reached - side:+g} off its limit"
    words = words if claim.form == "share" else f"the text says {claim.said}, but the best plan has {reached:g}"
    witness = Witness(change="none: the plan as it is", before=claim.limit, after=reached, words=words)
    return OBEYED.violated(witness, claim.said, where, Severity.ERROR)


def _enforced(lab: Lab, claim: Claim) -> RelationResult:
    least = _enforced_towards(lab, claim, "minimize") if claim.relation != "<=" else None
    if claim.relation == ">=" or claim.or_more or (least is not None and least.outcome != "held"):
        assert least is not None
        return least
    return _enforced_towards(lab, claim, "maximize")


def _enforced_towards(lab: Lab, claim: Claim, sense: Literal["minimize", "maximize"]) -> RelationResult:
    program = lab.farthest(claim.weights, sense)
    where = f"“{claim.quote}”"
    farthest = value_of(lab.solve(program), sense)
    if farthest is None:
        return ENFORCED.abstained("the farthest plan was not found in time", where)
    if not _breaks(claim, farthest):
        return ENFORCED.held(claim.said, where)
    again = value_of(lab.solve(program, anew=True), sense)
    if again is None or not _breaks(claim, again):
        return ENFORCED.abstained("a second solve did not agree", where)
    far = "without end" if math.isinf(farthest) else f"{farthest:g}"
    words = f"the text says {claim.said}, but the formulation allows plans that reach {far} there"
    witness = Witness(
        change=f"{sense} the left side of {claim.said} instead of the objective",
        before=claim.limit,
        after=farthest,
        words=words,
    )
    return ENFORCED.violated(witness, claim.said, where)
