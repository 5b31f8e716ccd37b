"""Why no values satisfy all constraints: which of them cannot hold together, in a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from fivefold_solvers.analyze.instance import instance
from fivefold_solvers.backends.registry import UnusableError
from fivefold_solvers.build.errors import BuildError
from fivefold_solvers.diagnose.conflict import find_conflict
from fivefold_solvers.diagnose.words import Clause
from fivefold_solvers.formulation.elements import Formulation

CONFLICT_S = 4.0
"""Seconds for the search."""
_EACH_S = 1.0
_MOST_SPELLED = 2
_MOST_CHARACTERS = 100
_LIMIT = re.compile(r" [<>=]= \S+$")
_KINDS = {"row": "constraint", "lower": "the lower bound of", "upper": "the upper bound of", "whole": "the domain of"}


def conflict(formulation: Formulation) -> str:
    """Return what of an infeasible formulation cannot hold together; empty where that could not be found in time."""
    try:
        arrays = instance(formulation).arrays
        found = find_conflict(arrays, limit_s=CONFLICT_S, each_s=_EACH_S)
    except (BuildError, UnusableError):
        return ""
    if not found.infeasible or not found.clauses:
        return ""
    # Bounds at zero are in nearly every conflict, and nobody has them wrong.
    telling = [clause for clause in found.clauses if clause.member.kind != "lower" or not clause.text.endswith(">= 0")]
    clauses = sorted(telling or found.clauses, key=_block)
    blocks = [list(block) for _, block in groupby(clauses, key=_block)]
    return f"these cannot all hold: {'; '.join(map(_said, blocks))}"


def _block(clause: Clause) -> tuple[bool, str, str]:
    """Order by constraints before bounds, and by element."""
    return clause.member.kind != "row", clause.element, clause.member.kind


def _said(block: Sequence[Clause]) -> str:
    spelled = ", ".join(f"{_short(clause.text)}" for clause in block[:_MOST_SPELLED])
    more = len(block) - _MOST_SPELLED
    rest = f" and {more} more" if more > 0 else ""
    return f"{_KINDS[block[0].member.kind]} '{block[0].element}' ({spelled}{rest})"


def _short(text: str) -> str:
    """Return a row without the end of its sum where that is long."""
    if len(text) <= _MOST_CHARACTERS:
        return text
    found = _LIMIT.search(text)
    limit = found.group() if found else ""
    return f"{text[: _MOST_CHARACTERS - len(limit)].rsplit(' ', 1)[0]} ...{limit}"
