"""The primary rule: the objective to a relative 1e-4 against the best-known answer, and nothing that looks at it."""

from __future__ import annotations

from fivefold_benchmarks.case import Case, read_answer
from fivefold_benchmarks.items import SCORE_TOLERANCE
from fivefold_benchmarks.rules import agreement
from fivefold_benchmarks.rules.rule import Mark, Prediction, Rule, mark

TWO_DECIMALS = 0.00501
"""Half of the second decimal, and a little."""


def judge_best_known(rule: Rule, prediction: Prediction, case: Case) -> Mark:
    """Score against the best-known answer; without an optimum, only saying so explicitly is right."""
    if case.expected == "optimal" and case.answer is not None:
        value = None if prediction.says_no_optimum else prediction.value
        if case.answer_rounded and value is not None and abs(value - case.answer) <= TWO_DECIMALS:
            return Mark.RIGHT
        return mark(rule.agrees(value, case.answer))
    if case.expected in ("infeasible", "unbounded"):
        return mark(prediction.status == case.expected)
    if case.expected == "no_optimum":
        return mark(prediction.says_no_optimum)
    return Mark.NOT_APPLICABLE


def judge_published(rule: Rule, prediction: Prediction, case: Case) -> Mark:
    """The same against the published answer."""
    read = read_answer(case.answer_published)
    if read.value is None and case.expected in ("infeasible", "unbounded", "no_optimum"):
        return mark(prediction.says_no_optimum)
    changed = {"answer": read.value, "expected": read.expected, "answer_rounded": False}
    return judge_best_known(rule, prediction, case.model_copy(update=changed))


PRIMARY = Rule(
    name="primary",
    source="this house",
    says="objective to a relative 1e-4 (absolute below 1) of the best-known answer, 0.005 where that is known to two "
    "decimals only; infeasible and unbounded only where said explicitly",
    agree=agreement.relative,
    tolerance=SCORE_TOLERANCE,
    judge=judge_best_known,
    key="best-known",
    wants="best-known answers (`--data`)",
)
PRIMARY_PUBLISHED = Rule(
    name="primary-published",
    source="this house",
    says="the primary rule against the published answer, to be set beside papers",
    agree=agreement.relative,
    tolerance=SCORE_TOLERANCE,
    judge=judge_published,
)
