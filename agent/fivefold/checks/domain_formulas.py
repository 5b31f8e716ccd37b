"""Domains that a text writes as formulas, against those of the variables: `x, y in Z`, `x1 and x2 are integers`."""

from __future__ import annotations

import re

from fivefold.reading.formula_words import bare, names, plainly
from fivefold.reading.slots import read_text
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, warning

_NAME = r"[A-Za-z]+\d*(?:_[A-Za-z0-9]+)*"
_DOMAIN = re.compile(
    rf"(?<![+*/-] )(?<![\w+*/-])(?P<names>{_NAME}(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+){_NAME})*)\s*"
    r"(?:\\in\b|∈|\bin\b|\b(?:are|is|must be|should be|be)(?: all| both)?(?: an?)?\b|)\s*"
    r"(?:\\mathbb\s*)?(?P<set>(?:[ZRN]\b|[ℤℝℕ])(?!\s*[_^]?\s*[+≥>])|integers?\b|real(?: numbers?|s)?\b|binary\b)"
)
_NON_NEGATIVE = re.compile(r">= ?0(?![.\d])|non-?\s?negativ|positive|0 ?<=", re.IGNORECASE)


def check_domain_formulas(formulation: Formulation, text: str) -> list[Finding]:
    """Return a warning for every variable whose domain is another than a formula of the text says."""
    plain = re.sub(r"\s+", " ", plainly(text))
    if not _DOMAIN.search(plain):
        return []
    grounded = check(formulation).grounded
    if grounded is None:
        return []
    known = names(read_text(text, grounded), grounded)
    free = not _NON_NEGATIVE.search(plain)
    variables = {variable.name: variable for variable in formulation.variables}
    findings: dict[str, Finding] = {}
    for match in _DOMAIN.finditer(plain):
        listed = [name for name in re.split(r"[\s,]+", match["names"]) if name and name != "and"]
        meant = {known[bare(name)][0] for name in listed if bare(name) in known}
        if not listed or not all(bare(name) in known for name in listed):
            continue
        for name in meant:
            told = _told(match["set"], variables[name].domain, free and variables[name].lower == 0)
            if told:
                message = f"the text says “{' '.join(match[0].split())}”, but it is {told[0]}"
                findings[name] = warning("domain-formula", f"variable '{name}'", message, told[1])
    return list(findings.values())


def _told(said: str, domain: str, positive: bool) -> tuple[str, str] | None:
    """Return what a variable is and what it should be, where that is not what a formula says."""
    if said == "binary":
        return (domain, "make it binary") if domain != "binary" else None
    if said[0] in "ZNℤℕi":
        return (domain, "make it integer") if domain == "continuous" else None
    if domain != "continuous":
        return domain, "make it continuous"
    return ("at least 0", "let it be below 0") if positive and said in {"R", "ℝ"} else None
