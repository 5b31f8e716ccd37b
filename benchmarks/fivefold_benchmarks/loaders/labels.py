"""The best-known answer from several published ones: independent labellers vote, copies do not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fivefold_benchmarks.case import Expected, Label, Status

_RELATIVE = 1e-4
_ROUNDING = 0.00501
"""Half of the second decimal, and a little: values published with two decimals."""
_DECIMALS = 2


def same(one: float, other: float) -> bool:
    """Whether two labels say the same, rounding of published values considered."""
    return abs(one - other) <= max(_RELATIVE * max(1.0, abs(one), abs(other)), _ROUNDING)


def vote(labels: Sequence[Label], families: Mapping[str, str]) -> tuple[float | None, Expected, Status]:
    """Return the answer, how the problem ends and how well that is confirmed.

    Args:
        labels: In the order of their publication; of two answers with equal votes the later one is the correction.
        families: Version to the people behind it; a version that is missing copies others and has no vote.
    """
    votes: dict[str, Label] = {}
    for label in labels:
        family = families.get(label.version)
        if family and not label.revised and (label.value is not None or label.says):
            votes[family] = label  # the last word of a family counts
    camps: list[list[Label]] = []
    for label in votes.values():
        camp = next((camp for camp in camps if _agree(camp[0], label)), None)
        if camp is None:
            camps.append([label])
        else:
            camp.append(label)
    if not camps:
        return None, "unknown", "single"
    order = {label.version: place for place, label in enumerate(labels)}
    best = max(camps, key=lambda camp: (len(camp), max(order[label.version] for label in camp)))
    status: Status = "disputed" if len(camps) > 1 else "agreed" if len(best) > 1 else "single"
    finest = max(best, key=lambda label: decimals(label.value))
    if finest.value is None:
        return None, ending(label.says for label in best), "no_solution" if len(camps) == 1 else status
    return finest.value, "optimal", status


def ending(words: Iterable[str]) -> Expected:
    """Return how a problem without an optimum ends, from what its labels say."""
    said = set(words) & {"infeasible", "unbounded"}
    return "infeasible" if said == {"infeasible"} else "unbounded" if said == {"unbounded"} else "no_optimum"


def is_rounded(answer: float | None, labels: Iterable[Label], rounding: Iterable[str]) -> bool:
    """Whether an answer is known to two decimals only: every version that has it rounds what it publishes."""
    if answer is None or decimals(answer) > _DECIMALS:
        return False
    rounding = tuple(rounding)
    holders = [label.version for label in labels if label.value == answer and not label.revised]
    return bool(holders) and all(version in rounding for version in holders)


def decimals(value: float | None) -> int:
    """Return how many decimals a number is written with; 0 without one."""
    if value is None:
        return 0
    digits, _, exponent = repr(float(value)).partition("e")
    behind = digits.partition(".")[2]
    return max(0, (0 if behind == "0" else len(behind)) - int(exponent or 0))


def _agree(one: Label, other: Label) -> bool:
    if one.value is None or other.value is None:
        return one.value is other.value
    return same(one.value, other.value)
