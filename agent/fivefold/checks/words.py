"""The sense of the objective against the words of the problem."""

from __future__ import annotations

import re

from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, warning

_UP = re.compile(r"\bmaximi[sz]\w*", re.IGNORECASE)
_DOWN = re.compile(r"\bminimi[sz]\w*", re.IGNORECASE)


def stated_sense(text: str) -> str | None:
    """Return the sense that a problem states in so many words; None where it uses both words or neither."""
    up, down = _UP.search(text) is not None, _DOWN.search(text) is not None
    if up == down:
        return None
    return "maximize" if up else "minimize"


def check_sense(formulation: Formulation, text: str) -> list[Finding]:
    """Return a warning where the problem says maximize and the formulation minimizes, or the other way round."""
    sense = stated_sense(text)
    objective = formulation.objective
    if sense is None or objective.sense in {sense, "satisfy"}:
        return []
    message = f"the problem says {sense}, the formulation says {objective.sense}"
    return [warning("sense", "the objective", message, f"{sense} what the problem asks for")]
