"""Every way in which the field says that an answer is right, side by side."""

from __future__ import annotations

from fivefold.errors import CallerError
from fivefold_benchmarks.rules import published
from fivefold_benchmarks.rules.optibench import ALL_BY_LLM, ALL_BY_NAME
from fivefold_benchmarks.rules.primary import PRIMARY, PRIMARY_PUBLISHED
from fivefold_benchmarks.rules.rule import Mark, Prediction, Rule

__all__ = ["PRIMARY", "RULES", "Mark", "Prediction", "Rule", "rule"]

RULES: dict[str, Rule] = {
    entry.name: entry
    for entry in (
        PRIMARY,
        PRIMARY_PUBLISHED,
        published.ORLM,
        published.OPTMATH,
        published.OPTMATH_CONVERSION,
        published.SIRL,
        published.SIRL_NO_OPTIMUM,
        published.SIRL_FLIP,
        ALL_BY_NAME,
        ALL_BY_LLM,
        published.OPTIMIND,
        published.OR_LLM_AGENT,
        published.MAMO,
        published.ORTHOUGHT,
        published.EXACT,
    )
}


def rule(name: str) -> Rule:
    """Return the rule of a name.

    Raises:
        CallerError: there is none; says which there are.
    """
    try:
        return RULES[name]
    except KeyError:
        raise CallerError(f"there is no scoring rule `{name}`; there are {', '.join(RULES)}") from None
