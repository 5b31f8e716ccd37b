"""What is opened, rented or set up, or not: a yes or no that no decision says.

Read where the text asks which of them to open, or says that a cost comes with any amount at all. Where no variable can
be a yes or no, that cost was spread over the amounts, or left out, and the program still runs and has an optimum.
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
_ANY = r"\b(?:if|when|whenever|once|as soon as) (?:any|some|at least one|even one|a single)\b"
SET_UP = r"\b(?:set-?up|fixed|start-?up|one-?time|opening|activation)\b"
"""What a cost is called that comes with any amount at all."""
_COST = rf"{SET_UP}[^.;?!]{{0,20}}?\b(?:costs?|charges?|fees?)\b"
_ANY_AT_ALL = re.compile(rf"{_ANY}[^.;?!]{{0,140}}?{_COST}|{_COST}[^.;?!]{{0,60}}?{_ANY}", re.IGNORECASE)
"""`a set-up cost of 40 is incurred if any lamps are made`."""
_MEND = "add a binary variable for each of them, with its fixed cost in the objective and a row that links it"


def check_openings(formulation: Formulation, text: str) -> list[Finding]:
    """Return a warning where something is opened or set up or not, and no variable can be a yes or no."""
    asked = _ASKED.search(text)
    if asked is not None and all(variable.domain == "continuous" for variable in formulation.variables):
        message = f"the text asks “{asked.group()}”, but no decision is a yes or no"
        return [warning("no-opening", "", message, _MEND)]
    said = _ANY_AT_ALL.search(text)
    if said is not None and not _can_switch(formulation):
        message = f"the text says “{said.group()}”, but no decision is a yes or no"
        return [warning("no-opening", "", message, _MEND)]
    return []


def _can_switch(formulation: Formulation) -> bool:
    """Whether a formulation can say yes or no: by a variable of 0 and 1, or with a bound, or by a condition."""
    conditional = any("implies(" in row.expression for row in formulation.constraints)
    return conditional or any(
        variable.domain == "binary" or (variable.domain == "integer" and variable.upper is not None)
        for variable in formulation.variables
    )
