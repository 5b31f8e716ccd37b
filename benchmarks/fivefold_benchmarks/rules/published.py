"""The published scoring rules that compare objectives, as their code does it; what crashes there is wrong here.

None of the code is copied. Values are compared in full precision, as a program printed them; what the original
scorers lose on the way (exponents cut off by a regular expression, a variable that must have a certain name) is not
re-created, except where said.
"""

from __future__ import annotations

from collections.abc import Callable

from fivefold_benchmarks.case import Case, as_number, says_no_optimum
from fivefold_benchmarks.rules import agreement
from fivefold_benchmarks.rules.alterations import FLIP, OPTMATH_ALTERATIONS
from fivefold_benchmarks.rules.rule import Judge, Mark, Prediction, Rule, mark


def published_number(case: Case) -> float | None:
    """Return the published answer as these scorers read it: a sentinel such as -99999 is a number to them."""
    return as_number(case.answer_published)


def has_no_optimum(case: Case) -> bool:
    """Whether the published answer says, in words, by a sentinel or by its absence, that there is no optimum."""
    key = case.answer_published
    return says_no_optimum(key) if key is not None else case.expected not in ("optimal", "unknown")


def _unknown(case: Case) -> bool:
    """Whether there is no published answer at all, so that nothing can be scored against it."""
    return published_number(case) is None and not has_no_optimum(case)


def against_number(met_by: Callable[[Prediction, Case], bool | None]) -> Judge:
    """Return the judgement that most of them make: numbers are compared.

    Args:
        met_by: whether a prediction meets a key without an optimum; None: that key is compared as a number too.
    """

    def judge(rule: Rule, prediction: Prediction, case: Case) -> Mark:
        if _unknown(case):
            return Mark.NOT_APPLICABLE
        met = met_by(prediction, case) if has_no_optimum(case) else None
        return mark(rule.agrees(prediction.value, published_number(case)) if met is None else met)

    return judge


def _never(prediction: Prediction, case: Case) -> bool:
    return False


def _said_in_words(prediction: Prediction, case: Case) -> bool | None:
    """The words "No Best Solution" are met by a program that ends without optimum; -99999 by nothing but itself."""
    return None if published_number(case) is not None else prediction.says_no_optimum


def _no_value(prediction: Prediction, case: Case) -> bool:
    """Met by every program that leaves no value, one stopped by the clock included."""
    return prediction.value is None and prediction.ended != "failed"


def _ended_without_value(prediction: Prediction, case: Case) -> bool:
    """No value meets no key."""
    return prediction.value is None and prediction.ended == "ok"


def _ended_without_key(prediction: Prediction, case: Case) -> bool:
    """Only an absent key is met by no value."""
    return case.answer_published is None and _ended_without_value(prediction, case)


judge_number = against_number(_never)
judge_orlm = against_number(_said_in_words)
judge_sirl = against_number(_no_value)
judge_orthought = against_number(_ended_without_value)
_judge_agent = against_number(_ended_without_key)


def judge_optmath(rule: Rule, prediction: Prediction, case: Case) -> Mark:
    """A key of 0 counts as none and a key in words stops the scoring of its problem: neither can be met."""
    return Mark.WRONG if published_number(case) == 0 else judge_number(rule, prediction, case)


def judge_or_llm_agent(rule: Rule, prediction: Prediction, case: Case) -> Mark:
    """A value that Python prints with an exponent is no number to it."""
    if prediction.value is not None and "e" in repr(prediction.value) and not _unknown(case):
        return Mark.WRONG
    return _judge_agent(rule, prediction, case)


def judge_optmath_conversion(rule: Rule, prediction: Prediction, case: Case) -> Mark:
    """Where the program misses the key, any of five altered programs may meet it."""
    return _with_altered(judge_optmath, OPTMATH_ALTERATIONS, rule, prediction, case)


def judge_sirl_flip(rule: Rule, prediction: Prediction, case: Case) -> Mark:
    """Where the program misses the key, the one with integer and continuous exchanged may meet it."""
    return _with_altered(judge_sirl, (FLIP,), rule, prediction, case)


def _with_altered(
    judge: Judge,
    names: tuple[str, ...],
    rule: Rule,
    prediction: Prediction,
    case: Case,
) -> Mark:
    """Judge the program, and where it is wrong the altered ones: the key decides which of them counts.

    Without a record of what altered programs give, not even what the program itself gets right is scored: a rate
    among those alone would say nothing.
    """
    if prediction.altered is None:
        return Mark.NOT_APPLICABLE
    first = judge(rule, prediction, case)
    if first is not Mark.WRONG:
        return first
    values = [prediction.altered[name] for name in names if name in prediction.altered]
    return mark(any(judge(rule, Prediction.of(value), case) is Mark.RIGHT for value in values if value is not None))


def judge_optimind(rule: Rule, prediction: Prediction, case: Case) -> Mark:
    """Any of the answers that OptiMind accepts for this text, else the published one; nothing meets no key."""
    own = next((label for label in case.labels if label.version == "OptiMind" and not label.revised), None)
    keys = own.values or (() if own.value is None else (own.value,)) if own is not None else ()
    if not keys:
        if _unknown(case):
            return Mark.NOT_APPLICABLE
        if has_no_optimum(case):
            return mark(prediction.value is None)
        keys = (key,) if (key := published_number(case)) is not None else ()
    return mark(any(rule.agrees(prediction.value, key) for key in keys))


ORLM = Rule(
    name="orlm",
    source="Cardinal-Operations/ORLM eval/execute.py; arXiv 2405.17743",
    says="both rounded to whole numbers, then 5 % relative; 'No Best Solution' must be printed, -99999 is never met",
    agree=agreement.rounded_relative,
    tolerance=0.05,
    judge=judge_orlm,
)
OPTMATH = Rule(
    name="optmath",
    source="optsuite/OptMATH eval/executor.py with --disable-conversion; arXiv 2502.11102",
    says="both rounded to whole numbers, then 5 % relative; a key of 0 or in words is never met",
    agree=agreement.rounded_relative,
    tolerance=0.05,
    judge=judge_optmath,
)
OPTMATH_CONVERSION = Rule(
    name="optmath-conversion",
    source="re-creation of optsuite/OptMATH eval/executor.py as it comes",
    says="as optmath, and where the program misses the key, five altered programs are tried until one meets it",
    agree=agreement.rounded_relative,
    tolerance=0.05,
    judge=judge_optmath_conversion,
    peeks="the key decides whether programs are altered and which one counts",
    wants="objectives of altered programs",
)
SIRL = Rule(
    name="sirl-1e-6",
    source="Cardinal-Operations/SIRL check_result.py, its comparison alone; arXiv 2505.11792",
    says="1e-6 relative to the key's size plus one; no flip, and keys without an optimum are never met",
    agree=agreement.relative_to_key_and_one,
    tolerance=1e-6,
    judge=judge_number,
)
SIRL_NO_OPTIMUM = Rule(
    name="sirl-1e-6-no-optimum",
    source="Cardinal-Operations/SIRL check_result.py without its flip",
    says="as sirl-1e-6, and a key without an optimum is met by every program that leaves no value, or runs too long",
    agree=agreement.relative_to_key_and_one,
    tolerance=1e-6,
    judge=judge_sirl,
)
SIRL_FLIP = Rule(
    name="sirl-1e-6-flip",
    source="re-creation of Cardinal-Operations/SIRL check_result.py as it comes",
    says="as sirl-1e-6-no-optimum, and where the program misses the key, integer and continuous are exchanged",
    agree=agreement.relative_to_key_and_one,
    tolerance=1e-6,
    judge=judge_sirl_flip,
    peeks="the key decides whether the program is altered and which one counts",
    wants="objectives of altered programs",
)
OPTIMIND = Rule(
    name="optimind",
    source="microsoft/OptiGuide optimind/rewards/utils.py",
    says="below 1e-6 relative to the key's size plus one, any of the accepted answers",
    agree=agreement.below_relative_to_key_and_one,
    tolerance=1e-6,
    judge=judge_optimind,
    peeks="several answers may be accepted",
)
OR_LLM_AGENT = Rule(
    name="or-llm-agent",
    source="bwz96sco/or_llm_agent utils.py",
    says="below 0.1 absolute",
    agree=agreement.absolute,
    tolerance=0.1,
    judge=judge_or_llm_agent,
)
MAMO = Rule(
    name="mamo",
    source="FreedomIntelligence/Mamo scripts/scripts_optimization/mamo_script_optimization/3.run_code_comp_*.py",
    says="the decimals of the key, at least two, or 1e-4 relative; a difference of 1 where the key is 0",
    agree=agreement.decimals_or_relative,
    tolerance=1e-4,
    judge=judge_number,
)
ORTHOUGHT = Rule(
    name="orthought",
    source="ZJU-TSELab/ORThought analyze.py",
    says="below 0.01 absolute; no value meets no key",
    agree=agreement.absolute,
    tolerance=0.01,
    judge=judge_orthought,
)
EXACT = Rule(
    name="exact",
    source="xzymustbexzy/Chain-of-Experts test_generated_code.py",
    says="the same number",
    agree=agreement.equal,
    tolerance=0.0,
    judge=judge_number,
)
