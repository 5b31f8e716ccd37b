"""OptiBench's own rule: every named quantity to 1e-4, the objective among them.

The authors have an LLM read each number off what the program printed. `optibench-all` reads them by name instead;
`optibench-all-llm` takes what an LLM read (`fivefold bench reread`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from fivefold_benchmarks.case import Case
from fivefold_benchmarks.rules import agreement
from fivefold_benchmarks.rules.rule import Mark, Prediction, Rule, mark

Reading = Callable[[Prediction, str, Case], float | None]
"""From a prediction, the name of a wanted quantity and the case to its value; must not look at the case's answers."""
Readable = Callable[[Prediction, Case], bool]
"""Whether a prediction has what such a reading needs."""

_IDLE = frozenset(("a", "an", "and", "for", "from", "in", "number", "of", "on", "per", "the", "to", "total", "value"))


def read_by_name(prediction: Prediction, wanted: str, case: Case) -> float | None:
    """Return the quantity whose name shares most words with the wanted one; the last wanted is the objective.

    None where no name shares a word, or two share as many.
    """
    if wanted == list(case.quantities)[-1]:
        return prediction.value
    words = _words(wanted)
    shares = {
        name: len(words & own) / len(words | own)
        for name in prediction.quantities or {}
        if (own := _words(name)) & words
    }
    best = [name for name, share in shares.items() if share == max(shares.values())]
    return (prediction.quantities or {})[best[0]] if len(best) == 1 else None


def _words(name: str) -> set[str]:
    """Return the words of a name such as `trucks_good_x` or `Number of trucks for GoodX`, without plural."""
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+|\d+", name)
    return {part.lower().rstrip("s") for part in parts} - _IDLE or {name.lower()}


def has_names(prediction: Prediction, case: Case) -> bool:
    """Whether quantities can be read by name, or need not be."""
    return prediction.quantities is not None or prediction.value is None or len(case.quantities) == 1


def was_read(prediction: Prediction, case: Case) -> bool:
    """Whether an LLM was asked to read the quantities."""
    return prediction.read is not None


def read_by_llm(prediction: Prediction, wanted: str, case: Case) -> float | None:
    """Return what an LLM read under that name."""
    return (prediction.read or {}).get(wanted)


@dataclass(frozen=True, slots=True)
class Reader:
    """A way of reading quantities, and what it needs."""

    read: Reading
    how: str = "read by a function"
    """In words."""
    can: Readable = has_names
    wants: str = "published quantities, and values of variables by name"
    """What a prediction must have for it, in words."""


BY_NAME = Reader(read_by_name, "read by name")
BY_LLM = Reader(
    read_by_llm,
    "read by an LLM off the output",
    can=was_read,
    wants="published quantities, and what an LLM read (`fivefold bench reread`)",
)


def all_quantities(reader: Reader, *, name: str) -> Rule:
    """Return OptiBench's rule with a way of reading the quantities."""

    def judge(rule: Rule, prediction: Prediction, case: Case) -> Mark:
        if not case.quantities or not reader.can(prediction, case):
            return Mark.NOT_APPLICABLE
        if prediction.value is None:
            return Mark.WRONG
        read = {wanted: reader.read(prediction, wanted, case) for wanted in case.quantities}
        return mark(all(rule.agrees(value, case.quantities[wanted]) for wanted, value in read.items()))

    return Rule(
        name=name,
        source="yangzhch6/ReSocratic gpt_baseline.py; arXiv 2407.09887",
        says=f"every published quantity, {reader.how}, below 1e-4 absolute; another optimum with the same objective "
        "is wrong",
        agree=agreement.absolute,
        tolerance=1e-4,
        judge=judge,
        peeks="the names of the wanted quantities",
        wants=reader.wants,
    )


ALL_BY_NAME = all_quantities(BY_NAME, name="optibench-all")
ALL_BY_LLM = all_quantities(BY_LLM, name="optibench-all-llm")
