"""Places and machines that are opened, rented or built, or not: a yes or no that no decision says.

Read where the text asks which of them to open. Where no variable is whole, the cost of opening was spread over what
passes through, or left out, and the program still runs and has an optimum.
"""

from __future__ import annotations

import re

from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, warning

_OPENED = (
    r"(?:open(?:ed)?|rent(?:ed)?|leas(?:e|ed)|buil[dt]|construct(?:ed)?|set up|establish(?:ed)?|hir(?:e|ed)|"
    r"clos(?:e|ed)|shut(?: down)?|switch(?:ed)? on|turn(?:ed)? on)"
)
_ASKED = re.compile(
    rf"\bwhich (?:of (?:the|its|these|their) )?(?:\w+ ){{1,3}}?(?:to|should|will|must|are to) (?:be )?{_OPENED}\b",
    re.IGNORECASE,
)


def check_openings(formulation: Formulation, text: str) -> list[Finding]:
    """Return a warning where the text asks what to open, rent or build, and no variable is a yes or no."""
    asked = _ASKED.search(text)
    if asked is None or any(variable.domain != "continuous" for variable in formulation.variables):
        return []
    message = f"the text asks “{asked.group()}”, but no decision is a yes or no"
    mend = "add a binary variable for each of them, with its fixed cost in the objective and a row that links it"
    return [warning("no-opening", "", message, mend)]
