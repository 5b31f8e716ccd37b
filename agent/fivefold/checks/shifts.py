"""Shifts that last longer than the period in which they start, and rows that count only those who start in theirs."""

from __future__ import annotations

import re
from collections import Counter

from fivefold.checks.battery.lines import lines_of
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, warning

_LENGTH = r"(?:hours?|days?|nights?|weeks?|months?|periods?|shifts?|blocks?|parts)"
_GOES_ON = re.compile(
    rf"\b(?:works?|working|on duty|serves?|stays?|remains?|lasts?)\b(?=[^.;]*\b{_LENGTH}\b)"
    r"[^.;]*\b(?:consecutive|successive|straight|in a row|on end|at a stretch|continuous(?:ly)?|uninterrupted(?:ly)?|"
    r"one after (?:the other|another)|without (?:a |any )?(?:break|interruption))\b",
    re.I,
)
_FEWEST = 3


def check_shifts(formulation: Formulation, text: str) -> list[Finding]:
    """Return a warning where each need of a row of periods is met by one decision that is used for no other period.

    Args:
        formulation: the formulation.
        text: the problem in words.
    """
    said = _GOES_ON.search(text)
    rows = check(formulation).rows if said else None
    if said is None or rows is None:
        return []
    lines = list(lines_of(rows.rows))
    used = Counter(entry for line in lines for entry in line.weights)
    alone = [
        next(iter(line.weights))
        for line in lines
        if line.relation == ">=" and line.limit > 0 and len(line.weights) == 1 and used[next(iter(line.weights))] == 1
    ]
    stems = Counter(re.split(r"[_\d]", name, maxsplit=1)[0] for name, _ in alone)
    if len(alone) < _FEWEST or (len(stems) > 1 and len(used) > len(alone)):
        return []
    message = (
        f"the text says “{' '.join(said.group().split())}”, but whoever starts in one period is counted in no other"
    )
    mend = "add up in each period all who started early enough to be there still, those of the day before too"
    return [warning("shift-alone", f"variable '{alone[0][0]}'", message, mend)]
