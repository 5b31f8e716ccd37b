"""Variables without a lower bound, as texts speak of them: `free`, `unrestricted in sign`, `any real value`.

Without a word of it a variable is never negative. Where a text says that its variables are free, a missing lower
bound means that there is none, and a lower bound of 0 is one that nobody stated.
"""

from __future__ import annotations

import re
from typing import cast

from fivefold.state import Json
from fivefold_solvers.formulation.elements import Formulation, Variable

_FREE = re.compile(
    r"\bfree (?:decision )?variables?\b|\bvariables?\b[^.;]{0,200}\bare (?:all )?free\b(?! of| from| for)|"
    r"\bfree to take\b|"
    r"\bunrestricted in sign\b|\bunrestricted variables?\b|\bof (?:any|either) sign\b|"
    r"\b(?:any|all) real (?:values?|numbers?)\b|\bmay (?:also )?be negative\b|\bno bounds restrict",
    re.IGNORECASE,
)


def says_free(text: str) -> bool:
    """Whether a text says of variables that they may be negative."""
    return _FREE.search(text) is not None


def with_free_variables(written: Json, text: str) -> Json:
    """Return what an LLM wrote without the lower bounds that it wrote null for, where the text has free variables."""
    blocks = written.get("variables")
    if not isinstance(blocks, list) or not says_free(text):
        return written
    return {**written, "variables": [_freed(block) for block in cast(list[object], blocks)]}


def _freed(block: object) -> object:
    if not isinstance(block, dict):
        return block
    given = cast(dict[str, object], block)
    free = "lower" in given and given["lower"] is None and given.get("domain", "continuous") == "continuous"
    return {**given, "lower": "-inf"} if free else given


def held_above_zero(formulation: Formulation, text: str) -> list[Variable]:
    """Return the continuous variables with a lower bound of 0 in a formulation of a text that speaks of free ones."""
    if not says_free(text):
        return []
    return [v for v in formulation.variables if v.domain == "continuous" and v.lower == 0 and v.upper is None]
